"""A rule as a form: its words, what it does, and its condition as a tree."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from triage import plain
from triage.engine.conditions import take_condition
from triage.engine.document import ADDED, EXCLUDED, MODES, PERMITTED, PRIORITIES, PSEUDO_RULES
from triage.forms import conditions
from triage.forms.conditions import Node

_TEXTS: Final = ("id", "text", "why", "note")
_CHOICES: Final = ("does", "unknown", "mode", "priority")
FIELDS: Final = (*_TEXTS, *_CHOICES, "source", "skills")


def choices() -> dict[str, list[tuple[str, str]]]:
    """What a form offers to choose from, as codes with their words."""
    goes, may_go = _("The call goes to %(whom)s"), _("The call may go to %(whom)s")
    goes_then = _("the call goes to %(whom)s")
    return {
        "does": [
            *((f"exclude:{each}", goes % {"whom": plain.goes(each)}) for each in EXCLUDED),
            *((f"permit:{each}", may_go % {"whom": plain.goes(each)}) for each in PERMITTED),
            ("add", _("It only adds what stands below")),
        ],
        "unknowns": [
            ("yes", _("the rule is taken to hold")),
            ("no", _("the rule is taken not to hold")),
            *((each, goes_then % {"whom": plain.goes(each)}) for each in EXCLUDED),
        ],
        "modes": [(each, plain.mode(each)) for each in MODES],
        "priorities": [(str(each), str(each)) for each in PRIORITIES],
    }


@dataclass
class RuleForm:
    """What stands in the form. `errors` has the sentence for each field that is wrong; the tree holds its own."""

    values: dict[str, str]
    also: list[str]
    tree: Node
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def agencies(self) -> list[tuple[str, str, bool]]:
        return [(code, plain.goes(code), code in self.also) for code in ADDED]

    @property
    def summary(self) -> dict[str, str]:
        """All that is wrong, by the element that holds it."""
        wrong = {node.path: node.error for node in self.tree.walk() if node.error}
        return {**self.errors, **wrong}


def empty() -> RuleForm:
    return RuleForm(dict.fromkeys(FIELDS, ""), [], Node(is_new=True))


def shown(rule: Mapping[str, Any]) -> RuleForm:
    """The form of a rule as a document says it."""
    leads = [f"{key}:{rule[key]}" for key in ("permit", "exclude") if key in rule]
    values = {
        **{name: str(rule.get(name, "")) for name in (*_TEXTS, "unknown", "mode", "priority")},
        "does": leads[0] if leads else "add",
        "source": lines(rule.get("source")),
        "skills": ", ".join(_listed(rule.get("skills"))),
    }
    return RuleForm(values, _listed(rule.get("also")), conditions.shown(take_condition(rule["when"], "when")))


def typed(post: QueryDict) -> RuleForm:
    values = {name: str(post.get(name, "")) for name in FIELDS}
    return RuleForm(values, [str(each) for each in post.getlist("also")], conditions.typed(post))


def read(form: RuleForm, *, taken: Iterable[str]) -> dict[str, Any] | None:
    """The rule as a document says it; None when it cannot be, and the form then has its errors. A rule without a short
    name is given one that is not `taken`."""
    values = {name: _plain(text) for name, text in form.values.items()}
    needed = {
        "text": _("Say the rule in one sentence."),
        "source": _("Name where this was read, or who decided it."),
        "does": _("Choose what the rule does."),
    }
    form.errors = {name: sentence for name, sentence in needed.items() if not values[name]}
    when = conditions.read(form.tree)
    if form.errors or when is None:
        return None
    kind, _sep, outcome = values["does"].partition(":")
    rule: dict[str, Any] = {
        "id": values["id"] or _named(values["text"], {*taken, *PSEUDO_RULES}),
        "text": values["text"],
        "source": unlisted(values["source"].splitlines()),
        "when": when,
        **({kind: outcome} if outcome else {}),
        **{name: values[name] for name in ("why", "note", "unknown", "mode") if values[name]},
    }
    if form.also:
        rule["also"] = form.also
    if values["priority"]:
        rule["priority"] = int(values["priority"]) if values["priority"].isdecimal() else values["priority"]
    if skills := [each.strip() for each in values["skills"].split(",") if each.strip()]:
        rule["skills"] = skills
    return rule


def lines(value: object) -> str:
    """One text, or a list of them, for a field with one on each line."""
    return "\n".join(" ".join(each.split()) for each in _listed(value))


def unlisted(texts: Iterable[str]) -> str | list[str]:
    told = [each.strip() for each in texts if each.strip()]
    return told[0] if len(told) == 1 else told


def _listed(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(each) for each in value] if isinstance(value, list) else []


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _named(text: str, taken: set[str]) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())
    words = [word for word in words if word not in ("a", "an", "the", "is", "are", "of", "or", "and", "to")][:4]
    name = "_".join(words).lstrip("0123456789_") or "rule"
    names = [name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in names if each not in taken)
