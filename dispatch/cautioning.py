"""The verbs of cautions that open incidents must hear of: what is known of their place or person has changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from calls import cautions
from calls.models import Caution
from dispatch import decisions
from dispatch.incidents import decide_again
from dispatch.models import Incident
from dispatch.states import INCIDENT
from journal.actors import CLOCK, Actor

_INSTANT = timedelta(minutes=5)


def add(*, by: Actor, at: datetime, **told: Any) -> Caution:
    """A caution (`calls.cautions.add`), and every open incident that it is about is decided again."""
    with transaction.atomic():
        caution = cautions.add(by=by, at=at, **told)
        _decide_again(caution, by=by, at=at)
    return caution


def end(*, caution: Caution, reason: str, by: Actor, at: datetime) -> Caution:
    """It is so no more; incidents are decided again without it."""
    with transaction.atomic():
        caution = cautions.end(caution=caution, reason=reason, by=by, at=at)
        _decide_again(caution, by=by, at=at)
    return caution


def find_unheard(at: datetime) -> int:
    """Finder: incidents that were opened in the same instant in which a caution of weapons was added, so that neither
    saw the other."""
    recent = cautions.in_force(at=at).filter(hazard=Caution.Hazard.WEAPONS, added_at__gt=at - _INSTANT)
    found = 0
    for caution in recent[:100]:
        for incident in _about(caution):
            decided = decisions.in_force(incident)
            if decided and decided.facts.get("weapon") == "none":
                decide_again(incident=incident, by=CLOCK, at=at)
                found += 1
    return found


def _decide_again(caution: Caution, *, by: Actor, at: datetime) -> None:
    for incident in _about(caution):
        decide_again(incident=incident, by=by, at=at)


def _about(caution: Caution) -> Iterator[Incident]:
    """The open incidents that it is about: in one order, so that two who lock them cannot wait for each other."""
    open_ones = Incident.objects.filter(status__in=INCIDENT.open).prefetch_related("links__call").order_by("id")
    for incident in open_ones.defer("program__area"):
        calls = [link.call for link in incident.links.all()]
        place = {"latitude": incident.latitude, "longitude": incident.longitude}
        if cautions.is_about(caution, calls, address=incident.address, **place):
            yield incident
