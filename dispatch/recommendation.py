"""Which unit to send, and why; for every other, why not: read from the tables, ranked by the program's plan.

A constant number of queries, of the columns that count: two hundred units with their crews are many rows. No network
here: `look_ahead` asks for ways before rows are locked, `recommend` takes what is known of them.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, Max, OuterRef, Sum, Value
from django.db.models.functions import Coalesce

from dispatch import travel
from dispatch.models import Assignment, Incident
from dispatch.plans import Recommend
from dispatch.queries import plan_of
from dispatch.ranking import Candidate, Need, Sight, Worked, rank
from dispatch.states import ASSIGNMENT, AssignmentStatus
from responders.crews import Held, Member
from responders.models import Credential, Shift, Unit
from triage import programs

_LONGEST_SHIFT, _LONGEST_OFFER = timedelta(hours=24), timedelta(hours=1)


def recommend(incident: Incident, *, freed: Collection[UUID] = (), at: datetime) -> list[Candidate]:
    """All units of the incident's program: those that can go first, the best on top; then those that cannot. Units that
    are `freed` count as free, whatever they are asked about now."""
    rules = plan_of(incident.program).recommend
    shifts, busy, worked = _shifts(incident.program_id, rules, at), _busy(incident.program_id), _worked(incident, at)
    need, asked, place = _need(incident, at), _asked(incident), _place(incident)
    sights = []
    for unit in Unit.objects.filter(program=incident.program_id).defer("out_of_service_reason"):
        on_shift = shifts.get(unit.id, _OFF)
        sights.append(
            Sight(
                unit=unit,
                busy=None if unit.id in freed else busy.get(unit.id),
                shift_ends_at=on_shift.ends_at,
                way=travel.way(_place(unit), place, pace=rules.travel, at=at),
                crew=tuple(on_shift.crew),
                worked=worked.get(unit.id, _NOTHING),
                asked=asked.get(unit.id),
            )
        )
    return rank(need, sights, rules=rules, at=at)


def anybody_is_free(incident: Incident, *, at: datetime) -> bool:
    """Whether any unit could fit at all. In a bad night none is, and then hundreds of incidents need no ranking."""
    on_duty = Unit.objects.filter(program=incident.program_id, shifts__during__contains=at, out_of_service_at=None)
    busy = Assignment.objects.filter(unit=OuterRef("pk"), status__in=ASSIGNMENT.open)
    return on_duty.exclude(Exists(busy)).exists()


def look_ahead(incident: Incident, *, at: datetime) -> None:
    """Have the ways of all units on duty asked for, so that `recommend` knows them. Half a second at most; nothing at
    all without a routing server. To be called before rows are locked: nobody may wait for another's network."""
    to = _place(incident)
    if not travel.is_served() or to is None:
        return
    on_duty = Unit.objects.filter(program=incident.program_id, shifts__during__contains=at).order_by("callsign")
    travel.look_ahead([place for place in map(_place, on_duty) if place], to, at=at)


def _place(what: Incident | Unit) -> travel.Place | None:
    return None if what.latitude is None or what.longitude is None else (what.latitude, what.longitude)


def _need(incident: Incident, at: datetime) -> Need:
    spoken = incident.links.exclude(call__language="").values_list("call__language", flat=True)
    zone = ZoneInfo(incident.program.time_zone) if incident.program else None
    return Need(
        skills=tuple(incident.required_skills),
        languages=frozenset(spoken),
        areas=programs.areas_at(incident.program_id, incident.latitude, incident.longitude),
        today=at.astimezone(zone).date(),
    )


@dataclass(frozen=True)
class OnShift:
    ends_at: datetime | None
    crew: list[Member] = field(default_factory=list)


_OFF, _NOTHING = OnShift(None), Worked()


def _shifts(program_id: UUID | None, rules: Recommend, at: datetime) -> Mapping[UUID, OnShift]:
    """Who is on duty, by unit. Credentials are read only where the rules ask for some."""
    held = defaultdict(list)
    if rules.crew.credentials:
        on_duty = Credential.objects.filter(
            responder__memberships__shift__unit__program=program_id,
            responder__memberships__shift__during__contains=at,
        )
        for responder, kind, begins, ends in on_duty.values_list("responder_id", "kind", "valid_from", "valid_until"):
            held[responder].append(Held(kind, begins, ends))
    shifts: dict[UUID, OnShift] = {}
    rows = Shift.objects.filter(unit__program=program_id, during__contains=at).order_by("members__id")
    for unit_id, ends_at, responder, name, profession, spoken in rows.values_list(
        "unit_id",
        "during__endswith",
        "members__responder_id",
        "members__responder__user__name",
        "members__responder__profession",
        "members__responder__languages",
    ):
        shift = shifts.setdefault(unit_id, OnShift(ends_at))
        if responder:
            shift.crew.append(Member(name, profession, tuple(spoken), tuple(held[responder])))
    return shifts


def _busy(program_id: UUID | None) -> Mapping[UUID, tuple[str, int]]:
    busy = Assignment.objects.filter(unit__program=program_id, status__in=ASSIGNMENT.open)
    told = busy.values_list("unit_id", "status", "incident__number")
    return {unit_id: (status, number) for unit_id, status, number in told}


def _worked(incident: Incident, at: datetime) -> Mapping[UUID, Worked]:
    """By unit: what it has accepted since its shift began, and how long that took."""
    of_shift = Assignment.objects.filter(
        unit__program=incident.program_id,
        unit__shifts__during__contains=at,
        accepted_at__gte=F("unit__shifts__during__startswith"),
        offered_at__gt=at - _LONGEST_SHIFT - _LONGEST_OFFER,  # so that its index bounds what is read
    )
    spent = Sum(Coalesce("cleared_at", "ended_at", Value(at)) - F("accepted_at"))
    rows = of_shift.order_by().values_list("unit_id").annotate(many=Count("id"), spent=spent, cleared=Max("cleared_at"))
    return {unit_id: Worked(many, spent, cleared_at) for unit_id, many, spent, cleared_at in rows}


def _asked(incident: Incident) -> Mapping[UUID, Assignment]:
    unwilling = incident.assignments.filter(status__in=[AssignmentStatus.DECLINED, AssignmentStatus.EXPIRED])
    return {assignment.unit_id: assignment for assignment in unwilling.order_by("offered_at")}


__all__ = ["Candidate", "anybody_is_free", "look_ahead", "recommend"]
