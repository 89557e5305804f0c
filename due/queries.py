"""Reads of what is due."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q

from due.models import Attempt, Heartbeat, Message, Timer


def next_due(subjects: Collection[UUID]) -> dict[UUID, datetime]:
    """For each subject that has a pending timer, the moment of the next."""
    pending = Timer.objects.filter(subject_id__in=subjects, done_at=None, cancelled_at=None)
    return dict(pending.values_list("subject_id").annotate(Min("due_at")))


def pending_of(kind: str) -> Exists:
    """For a finder: whether a row has a pending timer of this kind."""
    return Exists(Timer.objects.filter(kind=kind, subject_id=OuterRef("pk"), done_at=None, cancelled_at=None))


def worst_lateness(*, at: datetime) -> timedelta:
    """How late the latest timer is that should have fired and has not; zero when none is."""
    first = Timer.objects.filter(due_at__lte=at, done_at=None, cancelled_at=None).aggregate(first=Min("due_at"))[
        "first"
    ]
    return at - first if first else timedelta(0)


def last_heard(prefix: str) -> datetime | None:
    """When a clock whose name starts so was last heard from."""
    return Heartbeat.objects.filter(name__startswith=prefix).order_by("-at").values_list("at", flat=True).first()


def pending() -> dict[str, tuple[int, int]]:
    """For each kind that has any: how many timers are pending, and how many of them have failed at least once."""
    kinds = Timer.objects.filter(done_at=None, cancelled_at=None).values("kind").order_by()
    counted = kinds.annotate(pending=Count("id"), failing=Count("id", filter=Q(failures__gt=0)))
    return {row["kind"]: (row["pending"], row["failing"]) for row in counted}


def lateness(quantiles: Sequence[float], *, since: datetime) -> list[timedelta] | None:
    """These quantiles of how late the timers were that were done since; None when none was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY done_at - due_at)"
            " FROM due_timer WHERE done_at >= %s",
            [list(quantiles), since],
        )
        row = cursor.fetchone()
    found: list[timedelta] | None = row[0] if row else None
    return found


def messages_about(kind: str, subjects: Collection[UUID]) -> dict[UUID, Message]:
    """For each subject the newest message of this kind."""
    found = Message.objects.filter(kind=kind, subject_id__in=subjects).order_by("put_at", "occasion")
    return {message.subject_id: message for message in found}


def tried(*, since: datetime) -> dict[tuple[str, str], int]:
    """How many messages were handed to a provider since, by way and by what came of it: taken, refused, unreachable…"""
    counts: Counter[tuple[str, str]] = Counter()
    for row in Attempt.objects.filter(at__gte=since).values("way", "outcome").order_by().annotate(count=Count("id")):
        counts[row["way"], "refused" if row["outcome"].startswith("refused") else row["outcome"] or "taken"] += row[
            "count"
        ]
    return counts


def messages(*, since: datetime) -> dict[str, int]:
    """How many messages were put into the outbox since, by what has become of them."""
    statuses = Message.objects.filter(put_at__gte=since).values("status").order_by()
    return {row["status"]: row["count"] for row in statuses.annotate(count=Count("id"))}
