"""Reads of the journal."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Max, QuerySet

from journal.kinds import Audience
from journal.models import Entry


def feed(*, after: int) -> QuerySet[Entry]:
    """Everything committed after position `after`, in the order of commits.

    A reader that asks again with the last position it saw misses nothing: what commits later stands later.
    """
    return Entry.objects.filter(position__gt=after, audience=Audience.OPERATIONS).order_by("position")


def about(subjects: Collection[UUID]) -> QuerySet[Entry]:
    """What happened to these subjects, in the order in which it was written."""
    return Entry.objects.filter(subject_id__in=subjects, audience=Audience.OPERATIONS).order_by("id")


def newest() -> int:
    """The position of the last entry; 0 while there is none."""
    last: int | None = Entry.objects.aggregate(last=Max("position"))["last"]
    return last or 0
