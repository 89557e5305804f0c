"""The way in: a call is taken, its incident opened and decided; later facts decide again. Pages and API come here."""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from calls import drafts, intake
from calls.heard import Heard
from calls.models import Call, Receipt
from dispatch import incidents, limits
from dispatch.models import Incident
from due import timers
from journal.actors import Actor
from journal.recording import write
from journal.refusals import Refused

logger = logging.getLogger(__name__)

KEY_LENGTH = 190  # of an idempotency key, as clients may send it


class _NotOpened(Exception):
    """The call could be stored, its incident could not be opened."""


def take(*, heard: Heard, join: Incident | None = None, by: Actor, at: datetime) -> tuple[Call, Incident | None]:
    """Store the call, decide, open its incident or join the one a person chose.

    The call is kept even when its incident cannot be opened; then a timer opens it, and the incident is None here.

    Raises Invalid for wrong facts; Refused when the incident to join has ended.
    """
    try:
        with transaction.atomic():
            call, told = intake.take_call(heard=heard, by=by, at=at)
            if join is not None:
                write(*told)
                return call, incidents.join(call=call, incident=join, by=by, at=at)
            try:
                return call, incidents.open_for(call=call, told=told, by=by, at=at, new=True)
            except Exception as error:
                raise _NotOpened from error
    except _NotOpened:
        # Whatever went wrong there must not cost the call: it is stored once more, alone. A savepoint would do the
        # same, and cost each call two questions to Postgres. A commit that fails does not come here: it may have
        # come to pass.
        logger.exception("incident not opened")
        with transaction.atomic():
            call, told = intake.take_call(heard=heard, by=by, at=at)
            write(*told)
            timers.put(kind=limits.OPEN, subject_id=call.id, due_at=at + timedelta(seconds=1), at=at)
        return call, None


class KeyReused(Exception):
    """The idempotency key came before, with another body."""


def once(
    *,
    verb: Callable[..., tuple[Call, Incident | None]],
    key: str,
    digest: str,
    draft: UUID | None = None,
    by: Actor,
    at: datetime,
) -> tuple[Call, Incident | None]:
    """Take a call by `verb`, but the same key from the same client is the same call, also when both arrive in the same
    instant.

    `draft` is what it was typed into: filed with the call. Raises KeyReused when the key came with another body;
    Refused when a colleague has the draft.
    """
    client = by.actor_id
    assert client is not None
    with transaction.atomic():
        # Two requests with one key wait for each other here, not at the unique index, where the loser would fail.
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7402, hashtext(%s))", [f"{client}:{key}"])
        receipt = Receipt.objects.filter(actor_id=client, key=key).select_related("call__program").first()
        if receipt:
            if receipt.digest != digest:
                raise KeyReused
            link = getattr(receipt.call, "incident_link", None)
            return receipt.call, link.incident if link else None
        if draft:
            drafts.claim(id=draft, by=by)
        call, incident = verb(by=by, at=at)
        if draft:
            drafts.file(id=draft, call=call, by=by, at=at)
        Receipt.objects.create(actor_id=client, key=key, digest=digest, call=call, at=at)
        return call, incident


def amend(
    *,
    call: Call,
    answers: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    add: str = "",
    reason: str = "",
    seen: Mapping[str, Any] | None = None,
    versions: Collection[str] = (),
    by: Actor,
    at: datetime,
) -> tuple[Call, Incident | None]:
    """More was heard: keep it, decide about call and incident again.

    Raises Invalid and Overtaken like `intake.amend`; Refused when the incident has ended: nobody would act on what is
    new.
    """
    with transaction.atomic():
        incident = incidents.of_call(call)
        if incident is not None and not incident.is_open and (answers or changes):
            raise Refused(
                _("Incident %(number)s has ended. Take what is new as a new call.") % {"number": incident.number}
            )
        call = intake.amend(
            call=call,
            answers=answers,
            changes=changes,
            add=add,
            reason=reason,
            seen=seen,
            versions=versions,
            by=by,
            at=at,
        )
        if incident is not None and incident.is_open and incidents.PLACE & (changes or {}).keys():
            incidents.relocate(incident=incident, call=call, by=by, at=at)
        return call, _follow(incident, by=by, at=at)


def answer_rest_unknown(*, call: Call, by: Actor, at: datetime) -> tuple[Call, Incident | None]:
    """The caller is gone: what was not asked is unknown, and that decides."""
    with transaction.atomic():
        incident = incidents.of_call(call)
        call = intake.answer_rest_unknown(call=call, by=by, at=at)
        return call, _follow(incident, by=by, at=at)


def _follow(incident: Incident | None, *, by: Actor, at: datetime) -> Incident | None:
    """Let the incident decide again."""
    if incident is None or not incident.is_open:
        return incident
    return incidents.decide_again(incident=incident, by=by, at=at)
