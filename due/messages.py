"""The verb of the outbox, called by other verbs inside their transactions."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from due.models import Message
from due.registry import CUT_OFFS


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
