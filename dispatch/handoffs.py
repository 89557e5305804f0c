"""The verbs of hand-offs: propose, tell, acknowledge, refuse, return, withdraw."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import entries, limits
from dispatch.models import Handoff, HandoffTo, Incident
from dispatch.queries import plan_of
from dispatch.settling import TO_THEIR_SYSTEM, locked, needed, settle
from dispatch.settling import propose as _propose
from dispatch.states import HANDOFF, HandoffStatus, IncidentStatus
from due import messages, timers
from due.models import Message
from due.queries import messages_about
from journal.actors import Actor
from journal.recording import entry
from journal.refusals import Invalid, Refused, fitting


def propose(*, incident: Incident, to: str, to_system: bool = True, by: Actor, at: datetime) -> Handoff:
    """Ask another agency, beyond what the decision asks for. Asking one that is asked already changes nothing."""
    if to not in HandoffTo.values:
        raise Invalid({"to": _("Must be one of: %(known)s.") % {"known": ", ".join(HandoffTo.values)}})
    with transaction.atomic():
        incident = locked(incident.id)
        if not incident.is_open:
            raise Refused(_("Incident %(number)s has ended.") % {"number": incident.number})
        settle(incident=incident, told=_propose(incident, [to], to_system=to_system, by=by, at=at), by=by, at=at)
        return incident.handoffs.get(to=to, status__in=HANDOFF.open)


def tell(*, handoff: Handoff, spoke_with: str = "", way: str = Handoff.Way.PHONE, by: Actor, at: datetime) -> Handoff:
    """They are told: their time to say yes or no begins. Telling them again begins it anew."""
    [spoke_with] = fitting({"spoke_with": (spoke_with, 120)})
    with transaction.atomic():
        incident, handoff = _locked(handoff)
        if handoff.state is not HandoffStatus.SENT:
            HANDOFF.guard(handoff.state, HandoffStatus.SENT)
        handoff.status, handoff.sent_at, handoff.sent_by = HandoffStatus.SENT, at, way
        handoff.spoke_with = spoke_with or handoff.spoke_with
        handoff.save()
        due_at = at + plan_of(incident.program).watch.answer(incident.priority)
        timers.reset(kind=limits.ANSWER, subject_id=handoff.id, due_at=due_at, at=at)
        sent = entries.HandoffSent(incident=incident.id, to=handoff.to, way=way)
        settle(incident=incident, told=[entry(sent, subject=handoff, by=by, at=at)], by=by, at=at)
    return handoff


def acknowledge(
    *, handoff: Handoff, acknowledged_by: str, reference: str, acknowledged_at: datetime, by: Actor, at: datetime
) -> Handoff:
    """The other agency has said that it has it: who said so, when, and their number for it.

    Raises Invalid when one of the three is missing, or the moment lies in the future or before the call.
    """
    acknowledged_by, reference = fitting(
        {"acknowledged_by": (acknowledged_by, 120), "reference": (reference, 60)},
        needed={
            "acknowledged_by": _("Who took it? A name or a position."),
            "reference": _("Their number for it; “none given” when they have none."),
        },
    )
    if acknowledged_at > at:
        raise Invalid({"acknowledged_at": _("Lies in the future.")})
    with transaction.atomic():
        incident, handoff = _locked(handoff)
        HANDOFF.guard(handoff.state, HandoffStatus.ACKNOWLEDGED)
        if acknowledged_at < min(incident.received_at, at):
            raise Invalid({"acknowledged_at": _("Lies before the call itself.")})
        handoff.status = HandoffStatus.ACKNOWLEDGED
        handoff.acknowledged_by = acknowledged_by
        handoff.reference = reference
        handoff.acknowledged_at = acknowledged_at
        handoff.recorded_by_id, handoff.recorded_by_name = by.actor_id, by.actor_name
        handoff.save()
        timers.cancel(kinds=[limits.ANSWER], subject_id=handoff.id, at=at)
        taken = entries.HandoffAcknowledged(incident=incident.id, to=handoff.to)
        settle(incident=incident, told=[entry(taken, subject=handoff, by=by, at=at)], by=by, at=at)
    return handoff


def refuse(*, handoff: Handoff, reason: str, refused_by: str = "", by: Actor, at: datetime) -> Handoff:
    """They do not take it. The incident stays on the board: somebody else must go, and a person decides who.

    Raises Invalid without a reason.
    """
    reason, refused_by = fitting(
        {"reason": (reason, 500), "refused_by": (refused_by, 120)},
        needed={"reason": _("Why do they not take it? In their words.")},
    )
    with transaction.atomic():
        incident, handoff = _locked(handoff)
        HANDOFF.guard(handoff.state, HandoffStatus.REFUSED)
        handoff.status, handoff.refused_at = HandoffStatus.REFUSED, at
        handoff.refusal_reason, handoff.refused_by = reason, refused_by
        handoff.recorded_by_id, handoff.recorded_by_name = by.actor_id, by.actor_name
        handoff.save()
        timers.cancel(kinds=[limits.ANSWER], subject_id=handoff.id, at=at)
        refused = entries.HandoffRefused(incident=incident.id, to=handoff.to)
        told = [entry(refused, subject=handoff, by=by, at=at)]
        if incident.is_open and handoff.to in needed(incident):
            # Nobody has it now: it stands among what needs someone until a person has found somebody.
            incident.overdue_at = incident.overdue_at or at
        settle(incident=incident, told=told, by=by, at=at)
    return handoff


def give_back(*, handoff: Handoff, reason: str, by: Actor, at: datetime) -> Handoff:
    """The other agency returns it: the incident waits here again. Raises Invalid without a reason."""
    [reason] = fitting({"reason": (reason, 500)}, needed={"reason": _("Why does it come back? A few words.")})
    with transaction.atomic():
        incident, handoff = _locked(handoff)
        if incident.state in (IncidentStatus.CLOSED, IncidentStatus.CANCELLED, IncidentStatus.MERGED):
            raise Refused(
                _("Incident %(number)s has ended; take a new call for what comes back.") % {"number": incident.number}
            )
        HANDOFF.guard(handoff.state, HandoffStatus.RETURNED)
        handoff.status = HandoffStatus.RETURNED
        handoff.returned_at, handoff.return_reason = at, reason
        handoff.save()
        back = entries.HandoffReturned(incident=incident.id, to=handoff.to)
        settle(incident=incident, told=[entry(back, subject=handoff, by=by, at=at)], by=by, at=at)
    return handoff


def withdraw(*, handoff: Handoff, reason: str, by: Actor, at: datetime) -> Handoff:
    """They have not answered and are needed no more. Raises Invalid without a reason; Refused while the outcome asks
    for them: then only their own word ends it."""
    [reason] = fitting({"reason": (reason, 500)}, needed={"reason": _("Why are they needed no more? A few words.")})
    with transaction.atomic():
        incident, handoff = _locked(handoff)
        HANDOFF.guard(handoff.state, HandoffStatus.WITHDRAWN)
        if handoff.to in needed(incident):
            raise Refused(
                _("Incident %(number)s needs them: %(to)s must say that they have it.")
                % {"number": incident.number, "to": handoff.get_to_display()}
            )
        handoff.status, handoff.withdrawn_at, handoff.withdrawal_reason = HandoffStatus.WITHDRAWN, at, reason
        handoff.save()
        timers.cancel(kinds=[limits.ANSWER], subject_id=handoff.id, at=at)
        asked = messages_about(TO_THEIR_SYSTEM, [handoff.id]).get(handoff.id)
        if asked and handoff.agency_id and asked.status in (Message.Status.SENT, Message.Status.SENDING):
            messages.put(
                kind=TO_THEIR_SYSTEM,
                recipients=[handoff.agency_id],
                subject_id=handoff.id,
                occasion=1,
                deadline=at + limits.DELIVERY,
                at=at,
            )
        gone = entries.HandoffWithdrawn(incident=incident.id, to=handoff.to)
        settle(incident=incident, told=[entry(gone, subject=handoff, by=by, at=at)], by=by, at=at)
    return handoff


def _locked(handoff: Handoff) -> tuple[Incident, Handoff]:
    incident = locked(handoff.incident_id)
    return incident, Handoff.objects.select_for_update().get(pk=handoff.pk)
