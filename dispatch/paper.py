"""The verbs of paper: reserve numbers for it, count it, make it void, take that back; declare a downtime and its end.

Numbers are drawn from the sequence that live calls draw from (docs/decisions/0012-numbers-on-paper.md): it gives none
twice, whoever asks at once, so a reserved number needs no guard of its own against calls.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dispatch import drawer, entries, limits
from dispatch.models import Downtime, PaperBlock, PaperForm
from dispatch.states import PAPER, PaperStatus
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import entry, record, write
from journal.refusals import Invalid, Refused, fitting
from triage.deciding import version_at
from triage.models import Program

MOST = 500  # forms in one block: a ream of paper


def reserve(*, program: Program, count: int, by: Actor, at: datetime) -> PaperBlock:
    """Reserve so many incident numbers for paper, with the questions of the program's policy in force.

    Raises Invalid for a count out of bounds; NoVersionInForce when there is nothing to ask.
    """
    if not 1 <= count <= MOST:
        raise Invalid({"count": _("From 1 to %(most)s.") % {"most": MOST}})
    version = version_at(program.policy, at)
    with transaction.atomic():
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SELECT nextval('dispatch_incident_number') FROM generate_series(1, %s)", [count])
            drawn = [number for (number,) in cursor.fetchall()]
        block = PaperBlock.objects.create(
            program=program, policy_version=version, at=at, by_id=by.actor_id, by_name=by.actor_name
        )
        PaperForm.objects.bulk_create(
            PaperForm(number=number, block=block, status=PaperStatus.DRAWER, seen_at=at, seen_by_name=by.actor_name)
            for number in drawn
        )
        reserved = entries.PaperReserved(program=program.slug, count=count, first=min(drawn), last=max(drawn))
        record(reserved, subject=block, by=by, at=at)
    return block


def count(*, numbers: Sequence[tuple[int, int]], by: Actor, at: datetime) -> int:
    """Somebody has these in hand, unused: they are back in the drawer. Returns how many they are.

    Raises Refused while a downtime lasts, for they may still be used, and for any of them that is no unused form.
    """
    with transaction.atomic():
        if Downtime.objects.select_for_update().filter(ended_at=None).exists():
            raise Refused(_("The downtime lasts, and forms may still be used: count them when it is over."))
        forms = _unused(numbers)
        told = []
        for form in forms:
            form.seen_at, form.seen_by_name = at, by.actor_name
            told.append(entry(entries.PaperCounted(number=form.number), subject=form, by=by, at=at))
        PaperForm.objects.bulk_update(forms, ["seen_at", "seen_by_name"])
        write(*told)
    return len(forms)


def void(*, numbers: Sequence[tuple[int, int]], reason: str, words: str = "", by: Actor, at: datetime) -> int:
    """Nobody will enter these, for a reason from the list. Returns how many they are.

    Raises Invalid for another reason, and without words where the list has none that fits or one is lost; Refused for
    any of them that is no unused form.
    """
    if reason not in PaperForm.Reason.values:
        raise Invalid({"reason": _("Choose a reason of the list.")})
    explained = reason in (PaperForm.Reason.OTHER, PaperForm.Reason.LOST)
    needed = {"words": _("What happened? A few words.")} if explained else None
    [words] = fitting({"words": (words, 300)}, needed=needed)
    with transaction.atomic():
        forms = _unused(numbers)
        told = []
        for form in forms:
            form.status, form.reason, form.words = PaperStatus.VOID, reason, words
            form.settled_at, form.settled_by_id, form.settled_by_name = at, by.actor_id, by.actor_name
            voided = entries.PaperVoided(number=form.number, reason=reason)
            told.append(entry(voided, subject=form, by=by, at=at))
        settled = ["settled_at", "settled_by_id", "settled_by_name"]
        PaperForm.objects.bulk_update(forms, ["status", "reason", "words", *settled])
        write(*told)
    return len(forms)


def restore(*, number: int, by: Actor, at: datetime) -> PaperForm:
    """What was made void has turned up: it is to be accounted for again. Raises Refused for any other."""
    with transaction.atomic():
        form = PaperForm.objects.select_for_update().filter(number=number).first()
        if form is None or form.state is not PaperStatus.VOID:
            raise Refused(_("Paper %(number)s is not void.") % {"number": number})
        PAPER.guard(form.state, PaperStatus.DRAWER)
        form.status, form.reason, form.words = PaperStatus.DRAWER, "", ""
        form.settled_at, form.settled_by_id, form.settled_by_name = None, None, ""
        form.save()
        record(entries.PaperRestored(number=number), subject=form, by=by, at=at)
        for each in Downtime.objects.filter(ended_at__gt=form.seen_at):
            timers.reset(kind=limits.DOWNTIME, subject_id=each.id, due_at=at + limits.DOWNTIME_AGAIN, at=at)
    return form


def declare(
    *, began_at: datetime, ended_at: datetime | None = None, words: str = "", by: Actor, at: datetime
) -> Downtime:
    """Rightcall could not be used from then on; until then, where it is over. Afterwards every form that lay in the
    drawer is to be accounted for, and is asked after until it is.

    Raises Invalid for moments in the future or in the wrong order; Refused when it overlaps one that is declared.
    """
    [words] = fitting({"words": (words, 300)})
    errors = _wrong_moments(began_at, ended_at, at=at)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        downtime = Downtime(began_at=began_at, ended_at=ended_at, words=words, at=at)
        downtime.by_id, downtime.by_name = by.actor_id, by.actor_name
        try:
            with transaction.atomic():
                downtime.save(force_insert=True)
        except IntegrityError as error:
            if "downtimes_do_not_overlap" not in str(error):
                raise
            raise Refused(_("A downtime is declared for that time already.")) from None
        declared = entries.DowntimeDeclared(began=began_at, ended=ended_at)
        record(declared, subject=downtime, by=by, at=at)
        timers.put(kind=limits.DOWNTIME, subject_id=downtime.id, due_at=at + limits.DOWNTIME_AGAIN, at=at)
    return downtime


def end(*, downtime: Downtime, ended_at: datetime, by: Actor, at: datetime) -> Downtime:
    """It is over. Raises Invalid for a moment in the future or before it began; Refused when it has ended."""
    with transaction.atomic():
        downtime = Downtime.objects.select_for_update().get(pk=downtime.pk)
        if downtime.ended_at:
            raise Refused(_("This downtime has ended."))
        errors = _wrong_moments(downtime.began_at, ended_at, at=at)
        if errors:
            raise Invalid(errors)
        downtime.ended_at = ended_at
        downtime.save(update_fields=["ended_at"])
        record(entries.DowntimeEnded(ended=ended_at), subject=downtime, by=by, at=at)
        timers.reset(kind=limits.DOWNTIME, subject_id=downtime.id, due_at=at + limits.DOWNTIME_AGAIN, at=at)
    return downtime


def remind(firing: Firing) -> bool:
    """Timer `downtime.account`: it lasts still, or forms of it are missing. Said again until neither is so."""
    at = firing.at
    downtime = Downtime.objects.select_for_update().get(pk=firing.subject_id)
    if timers.superseded(firing):
        return False
    missing = _missing(downtime).count() if downtime.ended_at else 0
    if downtime.ended_at and not missing:
        return False
    record(entries.DowntimeStands(missing=missing), subject=downtime, by=CLOCK, at=at)
    timers.put(kind=limits.DOWNTIME, subject_id=downtime.id, due_at=at + limits.DOWNTIME_AGAIN, at=at)
    return True


def _missing(downtime: Downtime) -> QuerySet[PaperForm]:
    return drawer.unaccounted().filter(seen_at__lt=downtime.ended_at)


def _wrong_moments(began_at: datetime, ended_at: datetime | None, *, at: datetime) -> dict[str, str]:
    errors: dict[str, Any] = {}
    if began_at > at:
        errors["began"] = _("Lies in the future.")
    if ended_at and ended_at > at:
        errors["ended"] = _("Lies in the future.")
    elif ended_at and ended_at <= began_at:
        errors["ended"] = _("Must come after it began.")
    return errors


def _unused(numbers: Sequence[tuple[int, int]]) -> list[PaperForm]:
    """These forms, locked in the order of their numbers; all of them must be unused."""
    forms = list(PaperForm.objects.select_for_update().filter(drawer.among(numbers)).order_by("number"))
    known = {form.number: form for form in forms}
    for number in (each for first, last in numbers for each in range(first, last + 1)):
        # Of a range only what is on paper counts: between two forms a live call may have drawn a number.
        if number not in known and (number, number) in numbers:
            raise Refused(_("No form has the number %(number)s.") % {"number": number})
    if not forms:
        raise Refused(_("No form has any of these numbers."))
    for form in forms:
        if form.state is not PaperStatus.DRAWER:
            raise Refused(told(form))
    return forms


def told(form: PaperForm) -> str:
    """What became of a form, in a sentence: for whoever comes second."""
    said = {"number": form.number, "name": form.settled_by_name}
    if form.state is PaperStatus.ENTERED:
        return _("%(name)s has entered paper %(number)s: open incident %(number)s.") % said
    if form.state is PaperStatus.VOID:
        said["reason"] = form.get_reason_display().lower()
        return _("%(name)s made paper %(number)s void (%(reason)s): a supervisor can take that back.") % said
    return _("Paper %(number)s is unused.") % said
