"""The sweep: does what is due. Any number of processes may run it at once; each row is done by one of them.

It is driven twice over: by a loop inside each worker (`due.bootstep`), which needs no broker, and by beat's tick.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import F

from due.models import Heartbeat, Timer
from due.registry import FINDERS, HANDLERS, Firing
from due.sending import send_messages

logger = logging.getLogger(__name__)

# Found, locked and done in one statement. Done before the handler runs, in the same transaction: to the verbs it calls,
# this timer is over.
_CLAIM = """
UPDATE due_timer SET done_at = %(at)s, acted = true
WHERE id = (
  SELECT id FROM due_timer
  WHERE done_at IS NULL AND cancelled_at IS NULL AND due_at <= %(at)s AND (retry_at IS NULL OR retry_at <= %(at)s)
  ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, kind, subject_id, due_at, token
"""

BATCH = 20  # whoever sweeps reads the clock anew before the next: what is done bears the moment at which it was


def sweep(*, at: datetime) -> int:
    """One round: timers that are due, messages to send. Returns how much was done."""
    return fire_timers(at=at) + send_messages(at=at)


def fire_timers(*, at: datetime) -> int:
    """Fire the timers due at `at`, oldest first, each in a transaction of its own. Returns how many were ended."""
    done = 0
    for _ in range(BATCH):
        ended = _fire_one(at=at)
        if ended is None:
            break
        done += ended
    return done


def _fire_one(*, at: datetime) -> bool | None:
    """The oldest that is due and that no other process is firing; None when there is none."""
    timer = None
    try:
        with transaction.atomic():
            timer, firing = _claim(at=at)
            if timer is None or firing is None:
                return None
            if not HANDLERS[firing.kind](firing):
                Timer.objects.filter(id=timer).update(acted=False)
            return True
    except Exception as error:
        if timer is None or (isinstance(error, DatabaseError) and not connection.is_usable()):
            raise
        # One bad timer must not stop the others. It stays pending, is tried again, and its lateness shows.
        logger.exception("timer failed", extra={"timer": str(timer)})
        Timer.objects.filter(id=timer).update(
            failures=F("failures") + 1, error=type(error).__name__, retry_at=at + timedelta(seconds=5)
        )
        return False


def _claim(*, at: datetime) -> tuple[UUID, Firing] | tuple[None, None]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"at": at})
        claimed = cursor.fetchone()
    if claimed is None:
        return None, None
    timer, kind, subject_id, due_at, token = claimed
    return timer, Firing(kind=kind, subject_id=subject_id, due_at=due_at, at=at, token=token)


def find(*, at: datetime) -> int:
    """Run the finders, which look for work that no timer tells of. One that fails does not stop the others."""
    found = 0
    for name, finder in FINDERS.items():
        try:
            found += finder(at)
        except DatabaseError:
            raise
        except Exception:
            logger.exception("finder failed", extra={"finder": name})
    return found


def heard(name: str, *, at: datetime) -> None:
    """Note that this clock is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at})


def forget_the_dead(*, at: datetime) -> None:
    """Drop the heartbeats of processes that ended more than a day ago."""
    Heartbeat.objects.filter(at__lt=at - timedelta(days=1)).delete()
