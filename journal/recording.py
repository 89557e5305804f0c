"""The verb of the journal: `record`, called by every other verb inside its transaction."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import transaction

from journal.actors import Actor
from journal.kinds import Payload
from journal.models import Entry


class Subject(Protocol):
    """What an entry can be about: a model with a UUID key."""

    id: UUID


def entry(payload: Payload, *, subject: Subject, by: Actor, at: datetime) -> Entry:
    """The entry, not yet written: for verbs that write several at once with `write`."""
    return Entry(
        at=at,
        kind=payload.kind,
        audience=payload.audience,
        subject_type=type(subject).__name__.lower(),
        subject_id=subject.id,
        actor_id=by.actor_id,
        actor_name=by.actor_name,
        payload=payload.as_json(),
    )


def write(*entries: Entry) -> None:
    """Append entries, in this order, in one statement.

    Raises RuntimeError outside a transaction: an entry that could commit without its change would be a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A journal entry is written only within the transaction of its change")
    Entry.objects.bulk_create(entries)


def record(payload: Payload, *, subject: Subject, by: Actor, at: datetime) -> None:
    """Append one entry about `subject`: `by` did at `at` what `payload` says."""
    write(entry(payload, subject=subject, by=by, at=at))
