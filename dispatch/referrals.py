"""The verbs of what other agencies hand to us: receive, accept, refuse; and what happens when nobody answers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Agency
from calls.heard import Heard
from dispatch import entries, limits, queries, taking
from dispatch.models import Incident, Referral
from dispatch.settling import locked, settle
from dispatch.states import REFERRAL, ReferralStatus
from due import messages, timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import entry, record, write
from journal.refusals import Refused, fitting

# The message to their system of whether we take it (`dispatch.webhooks`).
OUR_ANSWER = "referral.webhook"


def receive(
    *, agency: Agency, reference: str, digest: str, heard: Heard, by: Actor, at: datetime
) -> tuple[Referral, bool]:
    """Take what they hand to us as a call, and owe them an answer. The same number of theirs is the same, however often
    it is sent; whether it was new stands beside it.

    Raises Invalid for wrong facts and without a number; Refused when the number came before with another report.
    """
    [reference] = fitting({"reference": (reference, 60)}, needed={"reference": _("Your number for it.")})
    with transaction.atomic():
        # Two reports of one number wait for each other here, not at the unique index, where the loser would fail.
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7404, hashtext(%s))", [f"{agency.id}:{reference}"])
        known = Referral.objects.filter(agency=agency, reference=reference).select_related("call__program").first()
        if known:
            if known.digest != digest:
                raise Refused(
                    _("%(reference)s came before with another report. What is new belongs to its call, %(call)s.")
                    % {"reference": reference, "call": known.call_id}
                )
            return known, False
        call, incident = taking.take(heard=heard, by=by, at=at)
        referral = Referral.objects.create(
            agency=agency,
            reference=reference,
            digest=digest,
            call=call,
            status=ReferralStatus.RECEIVED,
            received_at=at,
        )
        due_at = at + _patience(incident)
        timers.put(kind=limits.REFERRAL, subject_id=referral.id, due_at=due_at, at=at)
        told = entries.ReferralReceived(call=call.id, agency=agency.id)
        record(told, subject=referral, by=by, at=at)
    return referral, True


def accept(*, referral: Referral, by: Actor, at: datetime) -> Referral:
    """We take it: from now on it is ours."""
    return _answer(referral, ReferralStatus.ACCEPTED, "", by=by, at=at)


def refuse(*, referral: Referral, reason: str, by: Actor, at: datetime) -> Referral:
    """We do not take it: it stays theirs. The incident stays on the board until a person has told them and ends it, for
    nobody here knows when they have read our answer. Raises Invalid without a reason."""
    [reason] = fitting({"reason": (reason, 500)}, needed={"reason": _("Why do we not take it? They are told this.")})
    return _answer(referral, ReferralStatus.REFUSED, reason, by=by, at=at)


def _answer(referral: Referral, status: ReferralStatus, reason: str, *, by: Actor, at: datetime) -> Referral:
    with transaction.atomic():
        incident, referral = _locked(referral)
        REFERRAL.guard(referral.state, status)
        referral.status, referral.reason, referral.answered_at = status, reason, at
        referral.answered_by_id, referral.answered_by_name = by.actor_id, by.actor_name
        referral.save()
        timers.cancel(kinds=[limits.REFERRAL], subject_id=referral.id, at=at)
        answered = entries.ReferralAnswered(call=referral.call_id, agency=referral.agency_id, status=status)
        told = entry(answered, subject=referral, by=by, at=at)
        link = queries.links(referral.call.program_id).get(referral.agency.kind)
        if link and link.url and link.agency_id == referral.agency_id and not referral.call.exercise:
            messages.put(
                kind=OUR_ANSWER,
                recipients=[link.agency_id],
                subject_id=referral.id,
                deadline=at + limits.DELIVERY,
                at=at,
            )
        if incident:
            settle(incident=incident, told=[told], by=by, at=at)
        else:
            write(told)
    return referral


def _locked(referral: Referral) -> tuple[Incident | None, Referral]:
    """The incident comes first, as in every verb's order of locks; there is none while it could not be opened."""
    link = Incident.objects.filter(links__call=referral.call_id).values_list("id", flat=True).first()
    return locked(link) if link else None, Referral.objects.select_for_update().get(pk=referral.pk)


def remind(firing: Firing) -> bool:
    """Timer `referral.answer`: we owe another agency an answer. Surfaced again until a person has given one."""
    at = firing.at
    incident, referral = _locked(Referral.objects.get(pk=firing.subject_id))
    if referral.state is not ReferralStatus.RECEIVED or (incident and not incident.is_open):
        return False
    told = entries.ReferralUnanswered(call=referral.call_id, agency=referral.agency_id)
    record(told, subject=referral, by=CLOCK, at=at)
    if incident:
        incident.overdue_at = incident.overdue_at or firing.due_at
        incident.changed_at = at
        incident.save(update_fields=["overdue_at", "changed_at"])
    timers.put(kind=limits.REFERRAL, subject_id=referral.id, due_at=at + _patience(incident), at=at)
    return True


def _patience(incident: Incident | None) -> timedelta:
    """How long another agency may wait for our answer."""
    if incident is None:
        return queries.plan_of(None).watch.answer(None)
    return queries.plan_of(incident.program).watch.answer(incident.priority)
