"""What one did last by the command line, done once and taken back."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import assignments, climbing, crosslinks, desk_messages, ending, handoffs, holds, merging, queries
from dispatch.commands.carrying import CARRY, Asked, Done
from dispatch.commands.table import ROWS
from dispatch.models import Assignment, Command, CrossLink, DeskMessage, Handoff, Incident
from dispatch.settling import both_locked, locked
from journal.actors import CLOCK, Actor
from journal.models import Entry
from journal.queries import about
from journal.refusals import Refused
from responders import units
from responders.models import Unit

BACK = timedelta(minutes=10)  # later it is no slip of the hand, and others have gone on from it
KEY = 64
_WHY = "Undone: typed by mistake."


class ActedSince(Refused):
    """Somebody else has gone on from it: `entry` tells who and when; the text leaves what to whoever can say it."""

    def __init__(self, done: Command, entry: Entry) -> None:
        super().__init__(
            _("“%(said)s” cannot be undone: %(name)s has acted on it since.")
            % {"said": done.said, "name": entry.actor_name}
        )
        self.done, self.entry = done, entry


def once(name: str, asked: Asked, *, key: str) -> Done:
    """Carry out a row of the table. The same key from the same person is the same command: it is answered again, not
    done again. Verbs' refusals go through, and leave nothing behind."""
    if not 0 < len(key) <= KEY:
        raise Refused(_("Reload the page and type it again."))
    by_id = asked.by.actor_id
    assert by_id is not None, "only a person types"
    with transaction.atomic():
        # One person's commands take turns: two keys struck at once are one after the other, and undo sees the first.
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7405, hashtext(%s))", [str(by_id)])
        before = Command.objects.filter(by_id=by_id, key=key).select_related("incident").first()
        if before:
            return Done(before.said, before.incident)
        done = _undo(asked) if name == "undo" else CARRY[name](asked)
        Command.objects.create(
            key=key,
            by_id=by_id,
            by_name=asked.by.actor_name,
            at=asked.at,
            row=name,
            said=done.said[:300],
            incident=done.incident,
            other=done.other,
            subject_id=done.subject,
            entry=Entry.objects.aggregate(last=Max("id"))["last"] or 0,
        )
        return done


def _undo(asked: Asked) -> Done:
    """Take back the newest of one's own commands. What cannot be is not passed over: whoever undoes means the last."""
    assert asked.by.actor_id is not None
    own = Command.objects.filter(by_id=asked.by.actor_id, undone_at=None, at__gt=asked.at - BACK)
    last = own.exclude(row="undo").select_related("incident", "other").order_by("-id").first()
    if last is None:
        raise Refused(_("There is nothing to undo: you have done nothing here in the last 10 minutes."))
    row = ROWS.get(last.row)
    if row is None or not row.undo:
        raise Refused(
            _("“%(said)s” cannot be undone: %(why)s.")
            % {"said": last.said, "why": row.stands if row else _("it is too old")}
        )
    if last.incident_id and last.other_id:
        both_locked(last.incident_id, last.other_id)
    elif last.incident_id:
        locked(last.incident_id)
    if entry := _since(last):
        raise ActedSince(last, entry)
    UNDO[row.undo](last, by=asked.by, at=asked.at)
    last.undone_at = asked.at
    last.save(update_fields=["undone_at"])
    return Done(_("Undone: %(said)s") % {"said": last.said}, last.incident, last.other, last.subject_id)


def _since(done: Command) -> Entry | None:
    """What another person did to it since. The clock is nobody: what it changed the verbs see for themselves."""
    touched = [each for each in (done.incident, done.other) if each]
    entries = [queries.timeline(each) for each in touched] or [about([done.subject_id] if done.subject_id else [])]
    for each in entries:
        others = each.filter(id__gt=done.entry).exclude(actor_id=done.by_id).exclude(actor_name=CLOCK.actor_name)
        if first := others.first():
            return first
    return None


def _subject(done: Command) -> UUID:
    assert done.subject_id is not None
    return done.subject_id


def _incident(done: Command) -> Incident:
    assert done.incident is not None
    return done.incident


def _withdraw(done: Command, *, by: Actor, at: datetime) -> None:
    team = Assignment.objects.get(pk=_subject(done))
    assignments.withdraw(assignment=team, words=_WHY, by=by, at=at)


def _release(done: Command, *, by: Actor, at: datetime) -> None:
    holds.release(incident=_incident(done), by=by, at=at)


def _resume(done: Command, *, by: Actor, at: datetime) -> None:
    climbing.resume(incident=_incident(done), by=by, at=at)


def _unmerge(done: Command, *, by: Actor, at: datetime) -> None:
    merging.unmerge(incident=_incident(done), by=by, at=at)


def _unlink(done: Command, *, by: Actor, at: datetime) -> None:
    crosslinks.unlink(link=CrossLink.objects.get(pk=_subject(done)), by=by, at=at)


def _ask_no_more(done: Command, *, by: Actor, at: datetime) -> None:
    handoffs.withdraw(handoff=Handoff.objects.get(pk=_subject(done)), reason=_WHY, by=by, at=at)


def _reopen(done: Command, *, by: Actor, at: datetime) -> None:
    ending.reopen(incident=_incident(done), reason=_WHY, by=by, at=at)


def _in_service(done: Command, *, by: Actor, at: datetime) -> None:
    units.return_to_service(unit=Unit.objects.get(pk=_subject(done)), by=by, at=at)


def _need_no_help(done: Command, *, by: Actor, at: datetime) -> None:
    asked = DeskMessage.objects.get(pk=_subject(done))
    if asked.acknowledged_by and asked.acknowledged_by_id != by.actor_id:
        raise Refused(_("%(name)s sees to it already.") % {"name": asked.acknowledged_by.name})
    assert isinstance(by, User), "only a person types"
    desk_messages.acknowledge(message=asked, by=by, at=at)


# By what a row of the table names.
UNDO: Mapping[str, Callable[..., None]] = {
    "withdraw": _withdraw,
    "release": _release,
    "resume": _resume,
    "unmerge": _unmerge,
    "unlink": _unlink,
    "ask_no_more": _ask_no_more,
    "reopen": _reopen,
    "in_service": _in_service,
    "need_no_help": _need_no_help,
}
