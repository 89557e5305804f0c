"""Reads for the responder's phone: only ever their own team."""

import hashlib
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q
from django.shortcuts import get_object_or_404

from accounts.models import User
from dispatch.availability import Standing, standings
from dispatch.models import Assignment, Duress, Incident
from dispatch.states import ENGAGED, AssignmentStatus
from responders.models import CrewMember, Shift
from responders.queries import unit_of
from triage.models import Program

_TOLD_FOR = timedelta(minutes=10)


def engaged(user: User) -> Assignment | None:
    """What this person's crew accepted and has not cleared: theirs until then, however long after the shift's end."""
    mine = CrewMember.objects.filter(
        responder__user=user, shift__unit=OuterRef("unit"), during__contains=OuterRef("accepted_at")
    )
    return (
        Assignment.objects.filter(Exists(mine), status__in=ENGAGED).select_related("unit__program", "incident").first()
    )


def standing_of(user: User, *, at: datetime) -> Standing | None:
    """How this person's team stands; None when they are on no shift now and have nothing left to finish."""
    left = engaged(user)
    unit = left.unit if left else unit_of(user, at=at)
    if unit is None:
        return None
    standing = standings([unit], at=at)[0]
    others = standing.assignment and standing.assignment.status in ENGAGED and left is None
    # The crew before this one is still out with the unit's incident: it is not this crew's to read or to move.
    return replace(standing, assignment=None) if others else standing


def assignment_of(user: User, id: uuid.UUID, *, at: datetime) -> Assignment:
    """An assignment of this person's own team. Raises Http404 for any other: they are not told that it exists."""
    standing = standing_of(user, at=at)
    if standing and standing.assignment and standing.assignment.id == id:
        return standing.assignment
    ended = Assignment.objects.select_related("incident").exclude(status__in=ENGAGED)
    return get_object_or_404(ended, pk=id, unit=unit_of(user, at=at))


def next_shift(user: User, *, at: datetime) -> Shift | None:
    """The shift that this person starts next."""
    return (
        Shift.objects.filter(crew__user=user, during__startswith__gt=at)
        .select_related("unit__program")
        .order_by("during")
        .first()
    )


def zone_of(user: User, standing: Standing | None) -> str | None:
    """The time zone this person works in: their team's, else that of their latest shift, else the first program's."""
    if standing:
        return str(standing.unit.program.time_zone)
    shifts = (
        Shift.objects.filter(crew__user=user).order_by("-during").values_list("unit__program__time_zone", flat=True)
    )
    return shifts.first() or Program.objects.order_by("rank", "slug").values_list("time_zone", flat=True).first()


def lately_ended(standing: Standing, *, at: datetime) -> Assignment | None:
    """What this team was asked or sent to last, where it was taken back a moment ago: they are told why. Nothing once
    they have something to do, which says so itself."""
    last = standing.unit.assignments.select_related("incident").order_by("-offered_at").first()
    if last is None or last.state is not AssignmentStatus.WITHDRAWN or not last.ended_at or not standing.shift:
        return None
    mine = standing.shift.during.lower <= last.offered_at
    return last if mine and last.ended_at > at - _TOLD_FOR else None


def duress_of(user: User, standing: Standing | None) -> Duress | None:
    """The latest that stands: this person's own, or one of their team."""
    theirs = Q(by_id=user.id) | Q(unit=standing.unit if standing else None, unit__isnull=False)
    return Duress.objects.filter(theirs, cleared_at=None).order_by("-at").first()


def version_of(standing: Standing | None, duress: Duress | None) -> str:
    """A mark that changes whenever something changes that this team's page shows; nothing can be read from it."""
    told: list[object] = [duress and duress.id, duress and duress.acknowledged_at]
    if standing is None:
        return _mark([*told, "off shift"])
    told += [
        standing.unit.callsign,
        standing.state,
        standing.unit.out_of_service_reason,
        standing.shift_ends_at,
    ]
    last = standing.unit.assignments.order_by("-offered_at").values_list("id", "status", "words").first()
    told.append(last)
    if assignment := standing.assignment:
        incident = Incident.objects.filter(pk=assignment.incident_id).annotate(said_at=Max("links__call__changed_at"))
        told += [assignment.id, assignment.status, *incident.values_list("changed_at", "said_at").get()]
    return _mark(told)


def _mark(told: list[object]) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
