"""Reads of what is due."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Min

from due.models import Heartbeat, Timer


def next_due(subjects: Collection[UUID]) -> dict[UUID, datetime]:
    """For each subject that has a pending timer, the moment of the next."""
    pending = Timer.objects.filter(subject_id__in=subjects, done_at=None, cancelled_at=None)
    return dict(pending.values_list("subject_id").annotate(Min("due_at")))


def worst_lateness(*, at: datetime) -> timedelta:
    """How late the latest timer is that should have fired and has not; zero when none is."""
    first = Timer.objects.filter(due_at__lte=at, done_at=None, cancelled_at=None).aggregate(first=Min("due_at"))[
        "first"
    ]
    return at - first if first else timedelta(0)


def last_heard(prefix: str) -> datetime | None:
    """When a clock whose name starts so was last heard from."""
    return Heartbeat.objects.filter(name__startswith=prefix).order_by("-at").values_list("at", flat=True).first()
