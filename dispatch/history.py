"""What was before at a place, and from a telephone number: earlier incidents, the latest first. Reads alone.

Three small queries, each by its own index (`calls.models.Call`): an `OR` over them would be one plan for all, and the
planner takes the time of receipt for it as soon as the place is a busy one. Exercises and real calls are never mixed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians

from django.db.models import QuerySet

from calls.models import Call, digits, like_address
from dispatch.likeness import Sight, metres
from dispatch.models import Incident

DAYS = 90
SHOWN = 12
_NEAR = 50.0  # metres: the same place
_DEGREE = 111_000.0
_FEWEST = 7  # digits; fewer are no number of one person
_READ = 200


@dataclass(frozen=True)
class Earlier:
    """An incident that was there before, with the call that it was found by."""

    incident: Incident
    call: Call


@dataclass(frozen=True)
class History:
    """`of`: what was looked up; a code for each."""

    at_place: list[Earlier]
    from_number: list[Earlier]
    of: tuple[str, ...]


def history(call: Call, *, besides: Incident | None = None, at: datetime) -> History:
    """What was before where this call is, and from its number, in the last 90 days; without the incident it is in."""
    recent = (
        Call.objects.filter(exercise=call.exercise, received_at__gte=at - timedelta(days=DAYS), received_at__lte=at)
        .filter(incident_link__isnull=False)
        .select_related("incident_link__incident__program")
        .defer("incident_link__incident__program__area")
        .order_by("-received_at", "-id")
    )
    place, number = address_key(call.address), "".join(filter(str.isdecimal, call.caller_phone))
    at_place: list[Call] = []
    if call.latitude is not None and call.longitude is not None:
        here = Sight("", at, latitude=call.latitude, longitude=call.longitude)
        at_place += (each for each in around(recent, call.latitude, call.longitude)[:_READ] if _is_near(each, here, at))
    if place:
        at_place += of_address(recent, place)[:_READ]
    from_number = of_number(recent, number)[:_READ] if len(number) >= _FEWEST else ()
    told = {"place": bool(place or call.latitude is not None), "number": len(number) >= _FEWEST}
    return History(
        _apart(at_place, besides), _apart(from_number, besides), tuple(name for name, asked in told.items() if asked)
    )


def around(calls: QuerySet[Call], latitude: float, longitude: float) -> QuerySet[Call]:
    """In a square about this position, a little wider than what counts as the same place."""
    north = _NEAR / _DEGREE
    east = north / max(cos(radians(latitude)), 0.01)
    return calls.filter(
        latitude__range=(latitude - north, latitude + north), longitude__range=(longitude - east, longitude + east)
    )


def of_address(calls: QuerySet[Call], key: str) -> QuerySet[Call]:
    return calls.exclude(address="").alias(key=like_address("address")).filter(key=key)


def of_number(calls: QuerySet[Call], number: str) -> QuerySet[Call]:
    return calls.exclude(caller_phone="").alias(number=digits("caller_phone")).filter(number=number)


def address_key(address: str) -> str:
    """An address as `like_address` makes it."""
    return " ".join(address.split()).lower()


def _is_near(call: Call, here: Sight, at: datetime) -> bool:
    apart = metres(here, Sight("", at, latitude=call.latitude, longitude=call.longitude))
    return apart is not None and apart <= _NEAR


def _apart(calls: Iterable[Call], besides: Incident | None) -> list[Earlier]:
    """Each incident once, by its newest call."""
    found: dict[int, Earlier] = {}
    for call in sorted(calls, key=lambda call: call.received_at, reverse=True):
        incident = call.incident_link.incident
        if incident != besides:
            found.setdefault(incident.number, Earlier(incident, call))
    return list(found.values())[:SHOWN]
