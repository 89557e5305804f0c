"""The verbs of watching: a supervisor follows what somebody has before them, who is told by whom.

A watch lasts for as long as its page is heard from. Nothing need end it: one that fell silent is over by itself, and
the row that shows it on the other's screen is the one that lets its page show anything.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import entries
from dispatch.models import Watch
from dispatch.presence import GONE
from journal.recording import record
from journal.refusals import Refused

KEPT = timedelta(days=1)  # who watched is in the audit for good; what it was shown need not be known longer


def watch(*, of: User, by: User, at: datetime) -> Watch:
    """Begin to follow this person, or go on with it. Refused for oneself."""
    if of.pk == by.pk:
        raise Refused(_("That is your own position."))
    with transaction.atomic():
        User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # one person's two windows take turns
        open_one = Watch.objects.filter(by=by, of=of, ended_at=None).first()
        if open_one and goes_on(open_one, at=at):
            Watch.objects.filter(pk=open_one.pk).update(seen_at=at)
            return open_one
        if open_one:
            Watch.objects.filter(pk=open_one.pk).update(ended_at=F("seen_at"))
        made = Watch.objects.create(by=by, of=of, begun_at=at, seen_at=at)
        record(entries.WatchBegun(of=of.id), subject=made, by=by, at=at)
    return made


def stop(*, of: User, by: User, at: datetime) -> None:
    """Look away."""
    with transaction.atomic():
        for each in Watch.objects.select_for_update().filter(by=by, of=of, ended_at=None):
            each.ended_at = at
            each.save(update_fields=["ended_at"])
            record(entries.WatchEnded(of=of.id), subject=each, by=by, at=at)


def shown_first(watch: Watch, subjects: Collection[UUID]) -> list[UUID]:
    """Those of these calls, drafts and cautions that this watch shows for the first time: each is in the audit once,
    not at every letter that is typed into it."""
    with transaction.atomic():
        watch = Watch.objects.select_for_update().get(pk=watch.pk)
        first = [each for each in dict.fromkeys(subjects) if each not in watch.read]
        if first:
            watch.read = [*watch.read, *first]
            watch.save(update_fields=["read"])
    return first


def goes_on(watch: Watch, *, at: datetime) -> bool:
    """Whether its page is still heard from."""
    return watch.ended_at is None and watch.seen_at > at - GONE


def going_on(*, at: datetime) -> QuerySet[Watch]:
    """All that do."""
    return Watch.objects.filter(ended_at=None, seen_at__gt=at - GONE).select_related("by", "of").order_by("begun_at")


def lately(*, at: datetime) -> list[Watch]:
    """Those, and whichever went on a short while ago."""
    return list(Watch.objects.filter(seen_at__gt=at - 3 * GONE).select_related("by").order_by("begun_at"))


def forget(at: datetime) -> int:
    """Finder: what old watches were shown."""
    return Watch.objects.filter(seen_at__lte=at - KEPT).delete()[0]
