"""Reads of units, shifts and crews."""

import uuid
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from responders.models import CrewMember, Shift, Unit


def on_duty(*, at: datetime) -> QuerySet[Shift]:
    """The shifts that run at this moment, with unit and crew."""
    members = Prefetch("members", CrewMember.objects.select_related("responder__user"))
    shifts = Shift.objects.filter(during__contains=at).select_related("unit__program")
    return shifts.defer("unit__program__area").prefetch_related(members)  # a city's outline in each row weighs much


def unit_of(user: User, *, at: datetime) -> Unit | None:
    """The unit whose crew this person is on now."""
    shift = on_duty(at=at).filter(crew__user=user).first()
    return shift.unit if shift else None


def crew_of(unit_id: uuid.UUID, *, at: datetime) -> list[User]:
    """The people on duty in this unit now."""
    members = CrewMember.objects.filter(shift__unit=unit_id, during__contains=at)
    return [member.responder.user for member in members.select_related("responder__user")]
