"""What was typed into a form, and facts as forms send them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop

from journal.states import plain
from triage.engine import facts

# The names of fields that are said before what is wrong with them, for the catalogues.
_FIELDS = (
    gettext_noop("also"), gettext_noop("areas"), gettext_noop("at"), gettext_noop("authority"),
    gettext_noop("based on"), gettext_noop("closed"), gettext_noop("does"), gettext_noop("effective from"),
    gettext_noop("effective until"), gettext_noop("eligible"), gettext_noop("gaps"), gettext_noop("holiday"),
    gettext_noop("holidays"), gettext_noop("hours"), gettext_noop("id"), gettext_noop("mode"),
    gettext_noop("monday"), gettext_noop("tuesday"), gettext_noop("wednesday"), gettext_noop("thursday"),
    gettext_noop("friday"), gettext_noop("saturday"), gettext_noop("sunday"), gettext_noop("name"),
    gettext_noop("next questions"), gettext_noop("note"), gettext_noop("otherwise"), gettext_noop("outcome"),
    gettext_noop("priority"), gettext_noop("reason"), gettext_noop("reasons"), gettext_noop("required skills"),
    gettext_noop("rules"), gettext_noop("skills"), gettext_noop("slug"), gettext_noop("source"),
    gettext_noop("text"), gettext_noop("time zone"), gettext_noop("unknown"), gettext_noop("version"),
    gettext_noop("when"), gettext_noop("why"), gettext_noop("words"),
)  # fmt: skip


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
    return plain(name.rpartition(".")[2]).capitalize()


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
