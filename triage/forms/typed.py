"""What was typed into a form, and facts as forms send them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from triage.engine import facts


@dataclass(frozen=True)
class Typed:
    """What was typed into one form of a page and what is wrong with it. Nothing typed is ever lost."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> list[tuple[str, str]]:
        """Each error with its element, and named: the sentence alone may not say what it is about."""
        return [(element_id(self.form, name), f"{spoken(name)}: {text}") for name, text in self.errors.items()]


def spoken(name: str) -> str:
    """The name of a field, as people say it."""
    return _(name.rpartition(".")[2].replace("_", " ")).capitalize()


def element_id(form: str, name: str) -> str:
    return f"{form}-{name}".replace(".", "-").replace("_", "-")


def typed(post: Mapping[str, Any]) -> dict[str, str]:
    """What came with a form, without what the person did not type."""
    return {name: str(value) for name, value in post.items() if name != "csrfmiddlewaretoken"}


def answer(fact: str, text: str) -> object:
    """The value of a fact out of its form's text. What is no value stays text, and is refused by that name."""
    known = facts.FACTS.get(fact)
    if known is not None and known.kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if known is not None and known.kind == "integer" and text.isascii() and text.isdigit():
        return int(text[:6])
    return text


def written(value: object) -> str:
    """A fact's value as a form sends it; `answer` reads it back."""
    return str(value).lower() if isinstance(value, bool) else str(value)
