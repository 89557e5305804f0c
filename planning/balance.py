"""What became of a replay's calls, counted from the tables alone; and what still waits, why, and until when."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from calls.models import Call
from dispatch.availability import standings
from dispatch.models import Assignment, Handoff, Incident
from dispatch.settling import OURS
from dispatch.states import ASSIGNMENT, AWAITED, LIVE, AssignmentStatus, HandoffStatus, IncidentStatus, UnitState
from due.queries import next_due
from responders.models import Unit
from triage.models import Program


@dataclass(frozen=True)
class Waiting:
    """An incident that is still live: why, and when somebody is told of it next."""

    number: int
    why: str
    due_at: datetime | None
    unit: str = ""  # the one that has it


@dataclass(frozen=True)
class Balance:
    calls: int
    incidents: int
    outcomes: Mapping[str, int]
    eligible: Mapping[bool | None, int]
    statuses: Mapping[str, int]
    served: int
    offers: int
    ends: Mapping[str, int]
    handoffs: Mapping[str, int]
    waiting: list[Waiting]
    lost_calls: int

    @property
    def alone(self) -> list[Waiting]:
        """Live incidents that nobody will ever be told of. There must be none."""
        return [each for each in self.waiting if each.due_at is None]


def balance(*, source: str, program: Program, at: datetime) -> Balance:
    """The balance of the calls that came by this source."""
    calls = Call.objects.filter(source=source)
    incidents = Incident.objects.filter(links__call__source=source)
    assignments = Assignment.objects.filter(incident__links__call__source=source)
    handoffs = Handoff.objects.filter(incident__links__call__source=source, status=HandoffStatus.ACKNOWLEDGED)
    unopened = set(calls.filter(incident_link=None).values_list("id", flat=True))
    ends = _count(assignments, "status")
    return Balance(
        calls=calls.count(),
        incidents=incidents.count(),
        outcomes=_count(incidents, "outcome"),
        eligible=_count(incidents, "eligible"),
        statuses=_count(incidents, "status"),
        served=assignments.filter(status=AssignmentStatus.CLEARED, on_scene_at__isnull=False).count(),
        offers=sum(ends.values()),
        ends=ends,
        handoffs=_count(handoffs, "to"),
        waiting=_waiting(list(incidents.filter(status__in=LIVE).order_by("received_at")), program, at),
        lost_calls=len(unopened - next_due(unopened).keys()),
    )


def _count(rows: QuerySet[Any], column: str) -> dict[Any, int]:
    return dict(rows.order_by().values_list(column).annotate(Count("pk", distinct=True)))


def _waiting(incidents: list[Incident], program: Program, at: datetime) -> list[Waiting]:
    ids = [incident.id for incident in incidents]
    due = next_due(ids)
    engaged = {
        each.incident_id: each.unit.callsign
        for each in Assignment.objects.filter(incident__in=ids, status__in=ASSIGNMENT.open).select_related("unit")
    }
    asked: dict[uuid.UUID, set[uuid.UUID]] = {}
    said_no = Q(status__in=[AssignmentStatus.DECLINED, AssignmentStatus.EXPIRED])
    for incident_id, unit_id in Assignment.objects.filter(said_no, incident__in=ids).values_list("incident", "unit"):
        asked.setdefault(incident_id, set()).add(unit_id)
    units = standings(Unit.objects.filter(program=program), at=at)
    agencies: dict[uuid.UUID, str] = {
        handoff.incident_id: handoff.get_to_display()
        for handoff in Handoff.objects.filter(incident__in=ids, status__in=AWAITED)
    }

    def why(incident: Incident) -> str:
        if incident.id in engaged:
            return "a unit is asked or under way"
        if incident.state is IncidentStatus.TRIAGE:
            return "not decided: its questions are not all answered"
        if incident.outcome not in OURS:
            return f"the {agencies.get(incident.id, incident.outcome)} has not acknowledged"
        able = [each for each in units if set(incident.required_skills) <= set(each.unit.skills)]
        if not able:
            return f"no unit has {' and '.join(incident.required_skills)}"
        left = [each for each in able if each.unit.id not in asked.get(incident.id, set())]
        if not left:
            return "every unit that could go has declined or not answered"
        if any(each.state is UnitState.AVAILABLE for each in left):
            return "a unit has just become free"
        return "no unit is free"

    return [
        Waiting(incident.number, why(incident), due.get(incident.id), engaged.get(incident.id, ""))
        for incident in incidents
    ]
