"""Reads for the responder's phone: only ever their own team."""

import hashlib
import uuid
from datetime import datetime

from django.db.models import Max
from django.shortcuts import get_object_or_404

from accounts.models import User
from dispatch.availability import Standing, standings
from dispatch.models import Assignment, Incident
from responders.models import Shift
from responders.queries import unit_of


def standing_of(user: User, *, at: datetime) -> Standing | None:
    """How this person's team stands; None when they are on no shift now."""
    unit = unit_of(user, at=at)
    return standings([unit], at=at)[0] if unit else None


def assignment_of(user: User, id: uuid.UUID, *, at: datetime) -> Assignment:
    """An assignment of this person's own team. Raises Http404 for any other: they are not told that it exists."""
    unit = unit_of(user, at=at)
    return get_object_or_404(Assignment.objects.select_related("incident"), pk=id, unit=unit)


def next_shift(user: User, *, at: datetime) -> Shift | None:
    """The shift that this person starts next."""
    return (
        Shift.objects.filter(crew__user=user, during__startswith__gt=at)
        .select_related("unit")
        .order_by("during")
        .first()
    )


def version_of(standing: Standing | None) -> str:
    """A mark that changes whenever something changes that this team's page shows; nothing can be read from it."""
    if standing is None:
        return "off shift"
    told: list[object] = [
        standing.unit.callsign,
        standing.state,
        standing.unit.out_of_service_reason,
        standing.shift_ends_at,
    ]
    if assignment := standing.assignment:
        incident = Incident.objects.filter(pk=assignment.incident_id).annotate(said_at=Max("links__call__changed_at"))
        told += [assignment.id, assignment.status, *incident.values_list("changed_at", "said_at").get()]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
