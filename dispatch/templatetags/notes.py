"""What is to be seen on every page of a desk: messages that are not acknowledged, and who watches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from django import template
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import desk_messages, desks, watching
from dispatch.models import Desk, DeskMessage, Watch
from dispatch.positions import supervisors_at_work
from triage.models import Program

register = template.Library()

SUPERVISORS = "supervisors"


@dataclass(frozen=True)
class Notes:
    """For one reader. `hidden`: their screen is locked, and who stands before it reads no words. `nobody`: they ask for
    help, and no supervisor is at a desk."""

    messages: Sequence[DeskMessage]
    watched_by: Sequence[Watch]
    nobody: bool
    desk: Desk
    marks: Sequence[tuple[str, str]]
    zone: str | None
    now: datetime
    hidden: bool = False


def notes_of(person: User, *, at: datetime, hidden: bool = False) -> Notes:
    """In three queries, and one more where something stands."""
    moving, watches = desk_messages.moving(at=at), watching.lately(at=at)
    standing = [each for each in moving if desk_messages.stands(each, person, at=at)]
    asks = any(each.is_help and each.by_id == person.pk and not each.acknowledged_at for each in standing)
    ids = [str(person.pk), *([SUPERVISORS] if person.role == Role.SUPERVISOR else [])]
    known = _marks(moving, watches, at=at)
    first = Program.objects.only("time_zone").order_by("rank", "slug").first() if standing else None
    return Notes(
        messages=standing,
        watched_by=[each for each in watches if each.of_id == person.pk and watching.goes_on(each, at=at)],
        nobody=asks and not supervisors_at_work(at=at),
        desk=desks.desk_of(person),
        marks=[(id, known.get(id, "")) for id in ids],
        zone=first.time_zone if first else None,
        now=at,
        hidden=hidden,
    )


def marks(*, at: datetime) -> Mapping[str, str]:
    """For each person whom something of this concerns now, or has just concerned, and for all supervisors together: a
    mark that changes with what they are to see. Nothing can be read from it, for every console is sent all of them."""
    return _marks(desk_messages.moving(at=at), watching.lately(at=at), at=at)


def _marks(messages: Sequence[DeskMessage], watches: Sequence[Watch], *, at: datetime) -> Mapping[str, str]:
    found: dict[str, list[str]] = defaultdict(list)

    def mark(whom: object, *what: object) -> None:
        found[str(whom)].append(" ".join(map(str, what)))

    asked = any(each.is_help and not each.acknowledged_at for each in messages)
    nobody = asked and not supervisors_at_work(at=at)
    for each in messages:
        done = each.acknowledged_at is not None
        if each.is_help:
            mark(SUPERVISORS, each.pk, each.again, done)
            mark(each.by_id, each.pk, each.again, done, nobody and not done, desk_messages.is_told(each, at=at))
        else:
            mark(each.to_id, each.pk, done)
    for watch in watches:
        mark(watch.of_id, watch.by_id, watching.goes_on(watch, at=at))
    return {whom: blake2b("|".join(what).encode(), digest_size=8).hexdigest() for whom, what in found.items()}


@register.simple_tag(takes_context=True)
def desk_notes(context: template.Context) -> Notes:
    """For whoever reads this page; without words where it is locked."""
    return notes_of(context["request"].user, at=timezone.now(), hidden=bool(context.get("screen_locked")))
