"""Who is at which incident, and what each has before them, told by their pages every few seconds. Not history, so
nothing goes into the journal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from dispatch.models import Incident, Presence, Seat

GONE = timedelta(seconds=40)  # a page tells every 15 s; one that was lost on the way does not make a person vanish
WRITTEN = timedelta(seconds=10)  # what several windows of one person tell in this time is written once
KEPT = timedelta(minutes=2)


def be_here(*, incident: Incident, user: User, typing: str = "", at: datetime) -> None:
    """This person has the incident open, and types in this part of its page (empty: in none)."""
    typing = typing if typing in Presence.Part else ""
    known = Presence.objects.filter(user=user, incident=incident).first()
    if known and known.typing == typing and known.seen_at > at - WRITTEN:
        return
    Presence.objects.update_or_create(user=user, incident=incident, defaults={"typing": typing, "seen_at": at})
    if known is None:
        Presence.objects.filter(seen_at__lt=at - KEPT).delete()


def leave(*, incident: Incident, user: User, at: datetime) -> None:
    """This person has closed it. The row stays a while, so that every console hears that nobody is there."""
    Presence.objects.filter(user=user, incident=incident).update(typing="", seen_at=at - GONE)


def sit(
    *, user: User, page: str, incident: Incident | None = None, draft: UUID | None = None, in_front: bool, at: datetime
) -> None:
    """A page of this person is open. What they have before them is what was last in front of their other windows."""
    if page not in Seat.Page or (page == Seat.Page.INCIDENT and incident is None):
        page, incident = Seat.Page.OTHER, None
    shown = {
        "page": page,
        "incident_id": incident.pk if incident and page == Seat.Page.INCIDENT else None,
        "draft_id": draft if page == Seat.Page.CALL else None,
    }
    known = Seat.objects.filter(person=user).first()
    same = known is not None and all(getattr(known, name) == value for name, value in shown.items())
    if known and (same or not in_front):
        if known.heard_at <= at - WRITTEN:
            Seat.objects.filter(person=user).update(heard_at=at)
        return
    Seat.objects.update_or_create(person=user, defaults={**shown, "since": at, "heard_at": at})


def present(incident: Incident, *, at: datetime) -> list[Presence]:
    """Who has it open, in the order of their names."""
    return list(
        Presence.objects.filter(incident=incident, seen_at__gt=at - GONE).select_related("user").order_by("user__name")
    )


def everywhere(*, at: datetime) -> Mapping[int, Sequence[Presence]]:
    """Who has which incident open, by its number; empty where the last one has just left."""
    found: dict[int, list[Presence]] = defaultdict(list)
    rows = (
        Presence.objects.filter(seen_at__gt=at - KEPT)
        .select_related("user", "incident")
        .only("typing", "seen_at", "user__name", "incident__number")
    )
    for each in rows.order_by("user__name"):
        here = found[each.incident.number]
        if each.seen_at > at - GONE:
            here.append(each)
    return found
