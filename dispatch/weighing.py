"""What the policy would make of a call while it is still being taken. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls import hints, intake
from calls.hints import Proposal
from dispatch import decisions, forms, reports
from dispatch.models import Incident
from dispatch.reports import CallReport
from journal.refusals import Invalid
from triage.engine import UNKNOWN

_POSITION = frozenset({"location.latitude", "location.longitude"})


@dataclass(frozen=True)
class Weighed:
    """A decision as far as the form goes (None when no policy is in force), what of the form could not be read, whether
    a caution says what no caller said, and what the words suggest and nobody has answered."""

    decision: dict[str, Any] | None
    unread: Mapping[str, str]
    joined: Incident | None
    cautioned: bool
    suggested: list[Proposal]

    @property
    def open_facts(self) -> list[str]:
        return [each["fact"] for each in self.decision["next_questions"]] if self.decision else []


def weigh(values: Mapping[str, str], *, join: Incident | None, at: datetime) -> Weighed:
    """Weigh what is typed so far. A further call is weighed with all that is known of the incident it belongs to."""
    report, unread = _readable({name: text for name, text in values.items() if name in forms.WEIGHED})
    heard = reports.heard({**report, "exercise": bool(values.get("exercise"))}, source="", at=at)
    dismissed = values.get("dismissed", "").split("|")
    suggested = hints.proposals(values.get("narrative", ""), known=heard.facts, dismissed=dismissed)
    joined = join if join is not None and join.is_open else None
    made, cautioned = decisions.weigh(call=intake.unstored(heard=heard, at=at), join=joined, at=at)
    return Weighed(made.decision if made else None, unread, joined, cautioned, suggested)


def rest_unknown(values: Mapping[str, str], open_facts: list[str]) -> dict[str, str]:
    """The caller is gone: what still matters and was not asked is unknown."""
    names = (forms.control(fact) for fact in open_facts)
    return {**values, **{name: UNKNOWN for name in names if not values.get(name, "").strip()}}


def _readable(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What can be read, and what is wrong with the rest: half a number must not keep a weapon from being weighed."""
    try:
        return CallReport.read(forms.nested(values, names=forms.WEIGHED)), {}
    except Invalid as invalid:
        wrong = invalid.errors.keys() | (_POSITION if invalid.errors.keys() & _POSITION else set())
        kept = {name: text for name, text in values.items() if name not in wrong}
        report, unread = _readable(kept) if len(kept) < len(values) else ({}, {})
        return report, {**invalid.errors, **unread}
