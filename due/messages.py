"""The verbs of the outbox, called by other verbs inside their transactions."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from due.models import Message
from due.registry import CUT_OFFS
from journal.refusals import Refused

_TEST_WITHIN = timedelta(minutes=2)


def put(
    *,
    kind: str,
    recipients: Collection[UUID],
    subject_id: UUID,
    occasion: int = 0,
    deadline: datetime,
    at: datetime,
) -> None:
    """Queue one message to each recipient: a person, or a position such as a program's on-call phone.

    The same kind about the same subject is told to a recipient once; who must be told again gives each time an
    `occasion` of its own. It is dropped at `deadline`, or when it is older than its kind may become.
    """
    if kind in CUT_OFFS:
        deadline = min(deadline, at + CUT_OFFS[kind])
    Message.objects.bulk_create(
        [
            Message(
                kind=kind,
                recipient_id=recipient,
                subject_id=subject_id,
                occasion=occasion,
                put_at=at,
                deadline=deadline,
            )
            for recipient in recipients
        ],
        ignore_conflicts=True,
    )


def put_test(*, kind: str, recipient: UUID, subject_id: UUID, at: datetime) -> Message:
    """A message without meaning, which tells whether an address is reached. One at a time: the caller holds the lock of
    the subject's row. Raises Refused while one is on its way."""
    before = Message.objects.filter(kind=kind, subject_id=subject_id)
    if before.filter(status__in=[Message.Status.PENDING, Message.Status.SENDING]).exists():
        raise Refused(_("A test is on its way."))
    again = before.count()
    put(kind=kind, recipients=[recipient], subject_id=subject_id, occasion=again, deadline=at + _TEST_WITHIN, at=at)
    return before.get(occasion=again)
