"""The verbs of cautions that open incidents must hear of: what is known of their place or person has changed.

Each caution has a timer for its end. A caution is locked before the incidents that it is about; whoever holds an
incident reads cautions and never waits for one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from calls import cautions, entries
from calls.models import Caution
from dispatch import decisions, limits
from dispatch.incidents import decide_again
from dispatch.models import Incident
from dispatch.states import INCIDENT
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import record

_INSTANT = timedelta(minutes=5)


def add(*, by: Actor, at: datetime, **told: Any) -> Caution:
    """A caution (`calls.cautions.add`), and every open incident that it is about is decided again."""
    with transaction.atomic():
        caution = cautions.add(by=by, at=at, **told)
        timers.put(kind=limits.CAUTION, subject_id=caution.id, due_at=caution.expires_at, at=at)
        _decide_again(caution, by=by, at=at)
    return caution


def end(*, caution: Caution, reason: str, by: Actor, at: datetime) -> Caution:
    """It is so no more; incidents are decided again without it."""
    with transaction.atomic():
        caution = cautions.end(caution=caution, reason=reason, by=by, at=at)
        timers.cancel(kinds=[limits.CAUTION], subject_id=caution.id, at=at)
        _decide_again(caution, by=by, at=at)
    return caution


def expire(firing: Firing) -> bool:
    """Timer `caution.expiry`: its time is over; incidents are decided again without it."""
    caution = Caution.objects.select_for_update().get(pk=firing.subject_id)
    if caution.ended_at or caution.expires_at > firing.at:
        return False
    record(entries.CautionExpired(), subject=caution, by=CLOCK, at=firing.at)
    _decide_again(caution, by=CLOCK, at=firing.at)
    return True


def find_unheard(at: datetime) -> int:
    """Finder: incidents that were opened in the same instant in which a caution of weapons began or ended, so that
    neither saw the other."""
    lately = at - _INSTANT
    turned = Q(added_at__gt=lately) | Q(ended_at__gt=lately) | Q(expires_at__gt=lately, expires_at__lte=at)
    found = 0
    for caution in Caution.objects.filter(turned, hazard=Caution.Hazard.WEAPONS)[:100]:
        unheard = "none" if caution.ended_at is None and caution.expires_at > at else "history"
        for incident in _about(caution):
            was = decisions.in_force(incident)
            if was and was.facts.get("weapon") == unheard:
                decide_again(incident=incident, by=CLOCK, at=at)
                found += decisions.in_force(incident) != was  # somebody may have said it, or another caution says it
    return found


def _decide_again(caution: Caution, *, by: Actor, at: datetime) -> None:
    """Whatever is decided: what is shown of each, on the phones too, has changed."""
    for incident in _about(caution):
        decide_again(incident=incident, by=by, at=at)
        Incident.objects.filter(pk=incident.pk).update(changed_at=at)


def _about(caution: Caution) -> Iterator[Incident]:
    """The open incidents that it is about: in one order, so that two who lock them cannot wait for each other."""
    open_ones = Incident.objects.filter(status__in=INCIDENT.open).prefetch_related("links__call").order_by("id")
    for incident in open_ones.defer("program__area"):
        calls = [link.call for link in incident.links.all()]
        place = {"latitude": incident.latitude, "longitude": incident.longitude}
        if cautions.is_about(caution, calls, address=incident.address, **place):
            yield incident
