"""Open incidents that a call may be about, too: near and recent, with the reasons. Nothing is joined by guess."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from math import cos, radians

from django.db.models import Q

from calls import place_names
from calls.models import Call
from dispatch.likeness import NEAR, SOON, Likeness, Sight, likeness
from dispatch.models import Incident, IncidentCall
from dispatch.states import INCIDENT

SHOWN = 5
_READ = 400  # calls are compared at most, the newest: so many come in two hours only where all is one event
_DEGREE = 111_000.0  # metres; a little short, so that nothing near is left out


@dataclass(frozen=True)
class Possible:
    """An incident that may be the same, and why."""

    number: int
    call_type: str
    address: str
    status: str
    likeness: Likeness


def sight_of(call: Call) -> Sight:
    """A call as it is compared with others."""
    words = "\n".join(filter(None, (call.narrative, call.subject_description)))
    return Sight(
        call.call_type, call.received_at, place_names.key(call.address).strip(), call.latitude, call.longitude, words
    )


def possible(
    sights: Iterable[Sight], *, exercise: bool, besides: Collection[int] = (), since: str = "apart"
) -> list[Possible]:
    """What any of these sights may be about, the likeliest first; `besides`: numbers of incidents that it is not.

    One query, whatever is open. Real calls and exercises never meet.
    """
    told = list(sights)
    found: dict[int, Possible] = {}
    for incident, other in _recent(told, exercise=exercise):
        if incident.number in besides:
            continue
        number, kept = incident.number, found.get(incident.number)
        for like in filter(None, (likeness(one, other, since=since) for one in told)):
            if kept is None or like.weight > kept.likeness.weight:
                kept = found[number] = Possible(number, incident.call_type, incident.address, incident.status, like)
    return sorted(found.values(), key=lambda each: (-each.likeness.weight, -each.number))[:SHOWN]


def _recent(told: Collection[Sight], *, exercise: bool) -> Iterator[tuple[Incident, Sight]]:
    """The calls of open incidents that came in lately, where one of these places could be near."""
    near = Q(pk__in=())
    for sight in told:
        if sight.latitude is not None and sight.longitude is not None:
            north = NEAR / _DEGREE
            east = north / max(cos(radians(sight.latitude)), 0.01)
            near |= Q(
                call__latitude__range=(sight.latitude - north, sight.latitude + north),
                call__longitude__range=(sight.longitude - east, sight.longitude + east),
            )
            near |= Q(call__latitude=None) & ~Q(call__address="") if sight.place else Q(pk__in=())
        elif sight.place:
            near |= ~Q(call__address="")
    soon = [sight.at for sight in told]
    if not soon:
        return
    links = IncidentCall.objects.filter(
        near,
        incident__status__in=INCIDENT.open,
        incident__exercise=exercise,
        call__received_at__range=(min(soon) - SOON, max(soon) + SOON),
    )
    for link in links.select_related("incident", "call").order_by("-call__received_at")[:_READ]:
        yield link.incident, sight_of(link.call)
