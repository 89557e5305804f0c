"""What the form that corrects a call was made from, and what was overtaken in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.models import Call
from dispatch import forms, queries, words
from triage.forms.typed import Typed, answer, element_id

register = template.Library()

register.filter("shown_values", forms.shown)
register.filter("shown_stamps", forms.shown_stamps)
register.filter("control", forms.control)

_LABELS = {
    "keep.location": gettext_lazy("Address and position"),
    "keep.caller": gettext_lazy("Where the caller is"),
    "location.detail": gettext_lazy("How to find it"),
    "caller.name": gettext_lazy("Caller’s name"),
    "caller.phone": gettext_lazy("Caller’s phone"),
    "language": gettext_lazy("Language"),
    "subject.name": gettext_lazy("Person’s name"),
    "subject.description": gettext_lazy("What they look like"),
    "subject.last_seen": gettext_lazy("Last seen"),
    "subject.direction": gettext_lazy("Went which way"),
}


@dataclass(frozen=True)
class Choice:
    """One difference between two people, in words."""

    id: str
    name: str
    label: str
    theirs: str
    mine: str
    by: str
    at: datetime | None
    kept: str
    error: str


@register.simple_tag
def choices(typed: Typed, call: Call) -> list[Choice]:
    """What the form of this call, sent after a colleague's, puts to the choice."""
    found = []
    for clash in forms.clashes(typed.values):
        first = clash.names[0]
        label = _LABELS.get(clash.choice) or _LABELS.get(first) or words.fact_name(first.removeprefix("facts."))
        last = queries.last_amended(call, forms.stored(clash.names))
        found.append(
            Choice(
                id=element_id(typed.form, clash.choice),
                name=clash.choice,
                label=str(label),
                theirs=_said(clash.theirs),
                mine=_said(clash.mine),
                by=last.actor_name if last else _("a colleague"),
                at=last.at if last else None,
                kept=typed.values.get(clash.choice, ""),
                error=typed.errors.get(clash.choice, ""),
            )
        )
    return found


def _said(told: Mapping[str, str]) -> str:
    """In the order address, latitude, longitude, as the names are sorted."""
    said = [
        words.answer(fact, answer(fact, value)) if (fact := name.removeprefix("facts.")) != name else value
        for name, value in told.items()
        if value.strip()
    ]
    return ", ".join(said) or _("nothing")
