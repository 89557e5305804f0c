"""The verbs of timers, called by other verbs inside their transactions."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from due.models import Timer
from due.registry import Firing


def put(*, kind: str, subject_id: UUID, due_at: datetime, at: datetime) -> Timer:
    """Set a timer. It fires once, at `due_at` or as soon after as a worker lives."""
    return Timer.objects.create(kind=kind, subject_id=subject_id, due_at=due_at, set_at=at)


def cancel(*, kinds: Collection[str], subject_id: UUID, at: datetime) -> int:
    """Cancel the pending timers of these kinds; returns how many.

    A timer that a worker is firing just now is left to it: waiting for it here, while its handler waits for the rows
    that our caller holds, would be a deadlock. Its handler finds the state passed and does nothing.
    """
    pending = Timer.objects.filter(subject_id=subject_id, kind__in=kinds, done_at=None, cancelled_at=None)
    free = pending.select_for_update(skip_locked=True)
    return Timer.objects.filter(id__in=free.values("id")).update(cancelled_at=at)


def superseded(firing: Firing) -> bool:
    """For a handler that holds its subject's lock: whether a later timer of the same kind about the same has been set.

    While this one was being claimed somebody may have set another, whose `cancel` could not reach this one any more.
    """
    if firing.token is None:
        return False
    same = Timer.objects.filter(kind=firing.kind, subject_id=firing.subject_id)
    return same.filter(token__gt=firing.token).exists()


def reset(*, kind: str, subject_id: UUID, due_at: datetime, at: datetime) -> Timer:
    """Cancel what is pending of this kind and set it anew."""
    cancel(kinds=[kind], subject_id=subject_id, at=at)
    return put(kind=kind, subject_id=subject_id, due_at=due_at, at=at)
