"""What the policy would make of a call while it is still being taken. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calls import hints, intake
from calls.hints import Proposal
from calls.models import Call
from dispatch import decisions, forms, reports
from dispatch.duplicates import Possible, possible, sight_of
from dispatch.models import Incident
from dispatch.reports import CallReport
from journal.refusals import Invalid
from triage.engine import UNKNOWN
from triage.models import Program

_POSITION = frozenset({"location.latitude", "location.longitude"})


@dataclass(frozen=True)
class Weighed:
    """A decision as far as the form goes (None when no policy is in force), what of the form could not be read, whether
    a caution says what no caller said, what the words suggest and nobody has answered, and the open incidents that it
    may be about."""

    decision: dict[str, Any] | None
    unread: Mapping[str, str]
    joined: Incident | None
    cautioned: bool
    suggested: list[Proposal]
    same: list[Possible]

    @property
    def open_facts(self) -> list[str]:
        return [each["fact"] for each in self.decision["next_questions"]] if self.decision else []


def weigh(values: Mapping[str, str], *, join: Incident | None, program: Program | None = None, at: datetime) -> Weighed:
    """Weigh what is typed so far. A further call is weighed with all that is known of the incident it belongs to; what
    was written on paper by the `program` it was printed for."""
    call, unread = _read(values, at=at)
    if program is not None:
        call.program, call.program_named, call.exercise = program, True, program.exercise
    dismissed = values.get("dismissed", "").split("|")
    suggested = hints.proposals(call.narrative, known=call.facts, dismissed=dismissed)
    joined = join if join is not None and join.is_open else None
    made, cautioned = decisions.weigh(call=call, join=joined, at=at)
    return Weighed(made.decision if made else None, unread, joined, cautioned, suggested, _same(call, values))


def unstored(values: Mapping[str, str], *, at: datetime) -> Call:
    """The call that is typed so far, without what cannot be read of it."""
    return _read(values, at=at)[0]


def _read(values: Mapping[str, str], *, at: datetime) -> tuple[Call, dict[str, str]]:
    report, unread = _readable({name: text for name, text in values.items() if name in forms.WEIGHED})
    heard = reports.heard({**report, "exercise": bool(values.get("exercise"))}, source="", at=at)
    call = intake.unstored(heard=heard, at=at)
    # Words are compared and overheard as they are typed, however long.
    call.narrative, call.subject_description = values.get("narrative", ""), values.get("subject.description", "")
    return call, unread


def _same(call: Call, values: Mapping[str, str]) -> list[Possible]:
    """Nothing once a person has named the incident; what they said is not the same is not shown again."""
    if values.get("incident", "").strip():
        return []
    besides = {int(each) for each in values.get("not_same", "").split("|") if each.isascii() and each.isdigit()}
    return possible([sight_of(call)], exercise=call.exercise, besides=besides, since="ago")


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
