"""The outbox emptied: any number of threads of any number of workers send at once; each message is sent by one.

A message is claimed, that is committed, and only then handed over: outside any transaction, so that a provider that
hangs holds no rows, and so that a process that dies in between leaves it told at most once.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from due.models import Message
from due.registry import SENDERS, UNTOLD, Busy, Moot, Undelivered

logger = logging.getLogger(__name__)

BATCH = 200
# Longer than any provider is waited for: who holds a message longer has died.
CLAIM = timedelta(seconds=30)
_BUSY_PAUSE = timedelta(seconds=1)
_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=1)


def send_messages(*, at: datetime) -> int:
    """One round: end what is past its time, send what is in the outbox. Returns how many were ended."""
    ended = end_stale(at=at)
    for _ in range(BATCH):
        done = send_one(at=at)
        if done is None:
            break
        ended += done
    return ended


def end_stale(*, at: datetime) -> int:
    """End what nobody tried in time, and what was claimed by a process that died: whether the provider got that is
    unknown, so it is not sent again. Returns how many were ended."""
    past = Q(status=Message.Status.PENDING, deadline__lte=at)
    dead = Q(status=Message.Status.SENDING, claimed_at__lte=at - CLAIM)
    ended = 0
    for message_id in Message.objects.filter(past | dead).order_by("put_at").values_list("id", flat=True)[:BATCH]:
        with transaction.atomic():
            message = Message.objects.select_for_update(skip_locked=True).filter(past | dead, id=message_id).first()
            if message is None:
                continue
            if message.status == Message.Status.SENDING:
                _end(message, Message.Status.FAILED, error="claimed-and-never-ended", at=at)
            else:
                tried = message.attempts > 0
                _end(message, Message.Status.FAILED if tried else Message.Status.MISSED, error=message.error, at=at)
            ended += 1
    return ended


def send_one(*, at: datetime) -> bool | None:
    """Send the message that has waited longest. Returns whether it has ended, sent or not; None when none is ready."""
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(Q(retry_at=None) | Q(retry_at__lte=at), status=Message.Status.PENDING, deadline__gt=at)
            .order_by(Coalesce("retry_at", "put_at"))
            .first()
        )
        if message is None:
            return None
        message.status, message.claimed_at = Message.Status.SENDING, at
        message.attempts += 1
        message.save(update_fields=["status", "claimed_at", "attempts"])
    try:
        status, error, retry_at = _handed_over(message, at)
    except Busy:
        status, error, retry_at = Message.Status.PENDING, message.error, at + _BUSY_PAUSE
    with transaction.atomic():
        claimed = Message.objects.select_for_update().filter(
            id=message.id, status=Message.Status.SENDING, attempts=message.attempts
        )
        if not claimed.exists():  # we took longer than a claim holds: somebody has given it up in our name
            return False
        if retry_at:
            tried = message.attempts - (status == Message.Status.PENDING)
            claimed.update(status=Message.Status.PENDING, retry_at=retry_at, error=error, attempts=tried)
            return False
        _end(message, status, error=error, at=at)
    return True


def _handed_over(message: Message, at: datetime) -> tuple[Message.Status, str, datetime | None]:
    """What came of it: the status it ends with, why, and when to try again if it does not end."""
    try:
        SENDERS[message.kind](message)
        return Message.Status.SENT, "", None
    except Moot as moot:
        return Message.Status.MOOT, str(moot), None
    except Busy:
        raise
    except Undelivered as failure:
        logger.warning(
            "message not delivered",
            extra={"message_id": str(message.id), "message_kind": message.kind, "why": str(failure)},
        )
        again, at_once, error = failure.again, failure.at_once, str(failure)
    except Exception as failure:
        logger.exception("message failed", extra={"message_id": str(message.id), "message_kind": message.kind})
        again, at_once, error = True, False, type(failure).__name__
    retry_at = at if at_once else at + min(_FIRST_PAUSE * 2 ** min(message.attempts - 1, 10), _LONGEST_PAUSE)
    return Message.Status.FAILED, error, retry_at if again and retry_at < message.deadline else None


def _end(message: Message, status: Message.Status, *, error: str, at: datetime) -> None:
    message.status, message.error, message.ended_at = status, error, at
    message.save(update_fields=["status", "error", "ended_at"])
    if status in (Message.Status.FAILED, Message.Status.MISSED) and message.kind in UNTOLD:
        try:
            with transaction.atomic():
                UNTOLD[message.kind](message)
        except Exception:
            # Whoever is to hear of it must not keep the message from ending: it would be ended again for ever.
            logger.exception("nobody was told that a message failed", extra={"message_id": str(message.id)})
