"""What the Teams part of an incident shows: who is on it and may report what, and whom another incident has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dispatch import words
from dispatch.dispositions import DISPOSITIONS
from dispatch.diverting import TAKEABLE
from dispatch.incidents import more_urgent
from dispatch.models import Assignment, CheckIn, Diversion, Hold, Incident
from dispatch.queries import plan_of
from dispatch.recommendation import Candidate
from dispatch.staging import Staging, waits_for
from dispatch.states import ASSIGNMENT, AssignmentStatus
from dispatch.waiting import hold_in_force

_MINUTES = (5, 10, 15, 30, 60, 120, 240)


@dataclass(frozen=True)
class Team:
    """An assignment of the incident, with what a dispatcher may report for the team by radio."""

    assignment: Assignment
    next_states: list[tuple[str, str]]
    dispositions: list[tuple[str, str]]
    stages_for: str  # what it waits for nearby; empty when it may go near at once
    goes_in: str  # the label of the button by which it goes near all the same
    diversion: Diversion | None
    check_in: CheckIn | None  # the round that is open


@dataclass(frozen=True)
class Elsewhere:
    """A unit that a less urgent incident has, and how it can be had for this one."""

    candidate: Candidate
    assignment: Assignment

    @property
    def unanswered(self) -> bool:
        return self.assignment.state is AssignmentStatus.OFFERED


def team_of(assignment: Assignment, check_in: CheckIn | None, *, waits: Staging | None) -> Team:
    following = ASSIGNMENT.edges[assignment.state]
    asks = waits is not None and waits.asks and AssignmentStatus.ON_SCENE in following
    by_button = [
        (state.value, str(text))
        for state, text in words.ASSIGNMENT_BUTTONS.items()
        if state in following and not (asks and state is AssignmentStatus.ON_SCENE)
    ]
    dispositions = [
        (slug, str(each.label))
        for slug, each in DISPOSITIONS.items()
        if not each.on_scene or assignment.on_scene_at is not None
    ]
    return Team(
        assignment,
        by_button,
        dispositions if AssignmentStatus.CLEARED in following else [],
        str(words.STAGING[waits]) if waits and AssignmentStatus.ON_SCENE in following else "",
        str(words.GOES_IN[waits]) if waits and asks else "",
        Diversion.objects.filter(assignment=assignment).select_related("assignment", "instead_of__incident").first(),
        check_in,
    )


def teams_of(incident: Incident, assignments: Iterable[Assignment], rounds: Mapping[UUID, CheckIn]) -> list[Team]:
    open_ones = [each for each in assignments if each.is_open]
    waits = waits_for(incident) if open_ones else None
    return [team_of(each, rounds.get(each.id), waits=waits) for each in open_ones]


def elsewhere(incident: Incident, candidates: Iterable[Candidate]) -> list[Elsewhere]:
    """The units that can be turned to this incident, in the order of the candidates."""
    others = Assignment.objects.filter(unit__program=incident.program_id, status__in=ASSIGNMENT.open)
    busy = {each.unit_id: each for each in others.exclude(incident=incident).select_related("incident")}
    found = []
    for each in candidates:
        theirs = busy.get(each.unit.id)
        if theirs is None:
            continue
        if theirs.state in TAKEABLE | {AssignmentStatus.OFFERED} and more_urgent(
            incident.priority, theirs.incident.priority
        ):
            found.append(Elsewhere(each, theirs))
    return found


def hold_of(incident: Incident) -> dict[str, Any]:
    """The hold in force, and what the forms that put it on hold offer."""
    most = plan_of(incident.program).watch.hold(incident.priority, scheduled=False).total_seconds() / 60
    return {
        "hold": hold_in_force(incident),
        "hold_reasons": [each for each in Hold.Reason.choices if each[0] != Hold.Reason.SCHEDULED],
        "hold_minutes": [(f"+{each}", words.minutes(each)) for each in _MINUTES if each <= most],
    }
