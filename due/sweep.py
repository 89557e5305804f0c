"""The sweep: does what is due. Any number of processes may run it at once; each row is done by one of them.

It is driven twice over: by a loop inside each worker (`due.bootstep`), which needs no broker, and by beat's tick.
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q

from due.models import Heartbeat, Timer
from due.registry import FINDERS, HANDLERS, Firing
from due.sending import send_messages

logger = logging.getLogger(__name__)

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
    ready = Q(retry_at=None) | Q(retry_at__lte=at)
    pending = Timer.objects.filter(ready, due_at__lte=at, done_at=None, cancelled_at=None).order_by("due_at")
    timer = None
    try:
        with transaction.atomic():
            timer = pending.select_for_update(skip_locked=True).first()
            if timer is None:
                return None
            # Done before the handler runs, in the same transaction: to the verbs it calls, this timer is over.
            timer.done_at, timer.acted = at, True
            timer.save(update_fields=["done_at", "acted"])
            if not HANDLERS[timer.kind](_firing(timer, at)):
                timer.acted = False
                timer.save(update_fields=["acted"])
            return True
    except Exception as error:
        if timer is None or (isinstance(error, DatabaseError) and not connection.is_usable()):
            raise
        # One bad timer must not stop the others. It stays pending, is tried again, and its lateness shows.
        logger.exception("timer failed", extra={"timer": str(timer.id)})
        Timer.objects.filter(id=timer.id).update(
            failures=F("failures") + 1, error=type(error).__name__, retry_at=at + timedelta(seconds=5)
        )
        return False


def _firing(timer: Timer, at: datetime) -> Firing:
    return Firing(kind=timer.kind, subject_id=timer.subject_id, due_at=timer.due_at, at=at, token=timer.token)


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
