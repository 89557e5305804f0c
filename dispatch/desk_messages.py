"""The verbs of messages between positions: a supervisor and anybody at a desk; and a call for help to all supervisors.

A message is a row, so neither a reload nor a lost connection nor a lock loses it: it stands on the other's screen until
they have acknowledged it. Help that nobody has taken up is asked for again by a timer. Its words are personal data:
read by the two alone (help by every supervisor), never in the journal, and erased after a while.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import AT_A_DESK, Role
from dispatch import entries, limits
from dispatch.models import DeskMessage
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import record
from journal.refusals import Refused, fitting

KEPT = timedelta(days=30)
LENGTH = 500
SEEN = timedelta(minutes=2)  # for which whoever asked for help is told that somebody sees to it


def send(*, to: User, words: str, by: User, at: datetime) -> DeskMessage:
    """Write to a position. Raises Invalid without words; Refused unless one of the two is a supervisor, and where the
    other has no desk to read it at."""
    [words] = fitting({"words": (words, LENGTH)}, needed={"words": _("Say it in a few words.")})
    if to.pk == by.pk:
        raise Refused(_("That is your own position."))
    if to.role not in AT_A_DESK or not to.is_active:
        raise Refused(_("%(name)s has no desk to read it at.") % {"name": to.name})
    if Role.SUPERVISOR not in (by.role, to.role):
        raise Refused(_("Only supervisors write to %(name)s. HELP and your words reach them.") % {"name": to.name})
    return _write(DeskMessage(kind=DeskMessage.Kind.MESSAGE, by=by, to=to, at=at, words=words))


def ask_help(*, words: str = "", by: User, at: datetime) -> DeskMessage:
    """Ask all supervisors at once; asked again until one of them sees to it. Words may follow: nobody in need must look
    for them first. Asked twice it is the same, with the newer words added."""
    [words] = fitting({"words": (words, LENGTH)})
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        kind = DeskMessage.Kind.HELP
        asked = DeskMessage.objects.filter(kind=kind, by=by, acknowledged_at=None).order_by("at").first()
        if asked is None:
            asked = _write(DeskMessage(kind=kind, by=by, at=at, words=words))
            timers.put(kind=limits.HELP, subject_id=asked.id, due_at=at + limits.HELP_AGAIN, at=at)
            return asked
        asked.words = " · ".join(filter(None, [asked.words, words]))[-LENGTH:]
        _ask_again(asked, by=by, at=at)
    return asked


def tell_taken_over(*, to: User, calls: int, incidents: Sequence[int], by: User, at: datetime) -> DeskMessage:
    """Whoever is relieved of their work hears what went, and to whom. It is said as what it is, not in stored words:
    those would be in one language."""
    taken = DeskMessage(kind=DeskMessage.Kind.TAKEN_OVER, by=by, to=to, at=at, calls=calls, incidents=list(incidents))
    return _write(taken)


def acknowledge(*, message: DeskMessage, by: User, at: datetime) -> DeskMessage:
    """Its reader has read it; a supervisor sees to the help, or whoever asked for it needs none any more. Whoever was
    first counts. Raises Refused for anybody else."""
    with transaction.atomic():
        message = DeskMessage.objects.select_for_update(of=("self",)).select_related("by").get(pk=message.pk)
        if not may_acknowledge(message, by):
            raise Refused(_("This message is not to you."))
        if message.acknowledged_at:
            return message
        message.acknowledged_at, message.acknowledged_by = at, by
        message.save(update_fields=["acknowledged_at", "acknowledged_by"])
        timers.cancel(kinds=[limits.HELP], subject_id=message.id, at=at)
        record(entries.MessageAcknowledged(), subject=message, by=by, at=at)
    return message


def answer(*, message: DeskMessage, words: str, by: User, at: datetime) -> DeskMessage:
    """Acknowledge it and write back, in one."""
    with transaction.atomic():
        acknowledge(message=message, by=by, at=at)
        return send(to=message.by, words=words, by=by, at=at)


def remind(firing: Firing) -> bool:
    """Timer `help.answer`: no supervisor has said that they see to it. All of them are asked again."""
    message = DeskMessage.objects.select_for_update(of=("self",)).filter(pk=firing.subject_id).first()
    if message is None or message.acknowledged_at or timers.superseded(firing):
        return False
    _ask_again(message, by=CLOCK, at=firing.at)
    return True


def forget(at: datetime) -> int:
    """Finder: erases what was written longer ago than it is kept. Help that nobody took up goes on being asked for."""
    old = DeskMessage.objects.filter(at__lte=at - KEPT).exclude(kind=DeskMessage.Kind.HELP, acknowledged_at=None)
    return old.delete()[0]


# Reads


def may_acknowledge(message: DeskMessage, person: User) -> bool:
    if message.is_help:
        return person.role == Role.SUPERVISOR or message.by_id == person.pk
    return message.to_id == person.pk


def readable(person: User) -> QuerySet[DeskMessage]:
    """What they may read, the newest first."""
    theirs = Q(to=person) | Q(by=person)
    if person.role == Role.SUPERVISOR:
        theirs |= Q(kind=DeskMessage.Kind.HELP)
    return DeskMessage.objects.filter(theirs).select_related("by", "to", "acknowledged_by").order_by("-at", "-id")


def moving(*, at: datetime) -> list[DeskMessage]:
    """What stands on anybody's screen, or has just left it, the oldest first. A handful at any time."""
    lately = Q(acknowledged_at=None) | Q(acknowledged_at__gt=at - 2 * SEEN)
    found = DeskMessage.objects.filter(lately).select_related("by", "to", "acknowledged_by")
    return list(found.order_by("at", "id"))


def stands(message: DeskMessage, person: User, *, at: datetime) -> bool:
    """Whether it is on this person's screen: what they have not acknowledged; and the help that they asked for, until
    they have been told for a while who sees to it."""
    if message.is_help and message.by_id == person.pk:
        return message.acknowledged_by_id != person.pk and not is_told(message, at=at)
    return message.acknowledged_at is None and may_acknowledge(message, person)


def is_told(message: DeskMessage, *, at: datetime) -> bool:
    """Whether whoever asked for help has been told for long enough that somebody sees to it."""
    return message.acknowledged_at is not None and message.acknowledged_at <= at - SEEN


def standing(person: User, *, at: datetime) -> list[DeskMessage]:
    """What stands on this person's screen."""
    return [each for each in moving(at=at) if stands(each, person, at=at)]


def _write(message: DeskMessage) -> DeskMessage:
    assert isinstance(message.by, User)
    with transaction.atomic():
        message.save(force_insert=True)
        record(entries.MessageSent(what=message.kind, to=message.to_id), subject=message, by=message.by, at=message.at)
    return message


def _ask_again(message: DeskMessage, *, by: Actor, at: datetime) -> None:
    message.again += 1
    message.save(update_fields=["again", "words"])
    timers.reset(kind=limits.HELP, subject_id=message.id, due_at=at + limits.HELP_AGAIN, at=at)
    record(entries.HelpUnanswered(again=message.again), subject=message, by=by, at=at)
