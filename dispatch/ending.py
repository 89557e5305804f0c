"""How incidents end by a person's word, and are taken up again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import entries
from dispatch.dispositions import DISPOSITIONS
from dispatch.incidents import decide_again
from dispatch.models import Assignment, Incident, Remark
from dispatch.settling import in_duress, locked, owed, settle
from dispatch.states import ASSIGNMENT, AWAITED, IncidentStatus
from journal.actors import Actor
from journal.recording import entry
from journal.refusals import Invalid, Refused, fitting
from journal.states import plain


def close(*, incident: Incident, disposition: str, by: Actor, at: datetime) -> Incident:
    """End an incident with what came of it.

    Raises Invalid for an unknown disposition or one that does not resolve; Refused while a team is engaged or asked,
    or while another agency has not said that it has it.
    """
    known_disposition = DISPOSITIONS.get(disposition)
    if known_disposition is None or not known_disposition.resolves:
        allowed = ", ".join(slug for slug, each in DISPOSITIONS.items() if each.resolves)
        raise Invalid({"disposition": _("Must be one of: %(known)s.") % {"known": allowed}})
    with transaction.atomic():
        incident = locked(incident.id)
        _guard_end(incident)
        incident.disposition = disposition
        told = entry(entries.IncidentDisposed(disposition=disposition), subject=incident, by=by, at=at)
        return settle(incident=incident, told=[told], by=by, at=at)


def cancel(*, incident: Incident, reason: str, words: str = "", by: Actor, at: datetime) -> Incident:
    """End an incident that needs nothing after all, with a reason from the list. Refused like `close`.

    Raises Invalid for another reason, and without words where the list has none that fits.
    """
    if reason not in Incident.CancelReason.values:
        raise Invalid({"reason": _("Must be one of: %(known)s.") % {"known": ", ".join(Incident.CancelReason.values)}})
    needed = {"words": _("Which reason? A few words.")} if reason == Incident.CancelReason.OTHER else None
    [words] = fitting({"words": (words, 500)}, needed=needed)
    with transaction.atomic():
        incident = locked(incident.id)
        _guard_end(incident)
        incident.cancel_reason = reason
        said = _remark(incident, words, by=by, at=at).id if words else None
        told = entry(entries.IncidentCancelled(reason=reason, remark=said), subject=incident, by=by, at=at)
        return settle(incident=incident, to=IncidentStatus.CANCELLED, told=[told], by=by, at=at)


def _guard_end(incident: Incident) -> None:
    if not incident.is_open:
        raise Refused(
            _("Incident %(number)s is %(status)s already.")
            % {"number": incident.number, "status": plain(incident.status)}
        )
    busy = Assignment.objects.filter(incident=incident, status__in=ASSIGNMENT.open).select_related("unit").first()
    if busy:
        raise Refused(
            _("%(unit)s is still %(status)s: clear or withdraw it first.")
            % {"unit": busy.unit.callsign, "status": plain(busy.status)}
        )
    if in_duress(incident):
        raise Refused(
            _("Somebody on incident %(number)s is in duress: clear that first.") % {"number": incident.number}
        )
    waiting = incident.handoffs.filter(status__in=AWAITED).first()
    if waiting:
        raise Refused(
            _("The hand-off to %(agency)s is not acknowledged: somebody there must say that they have it.")
            % {"agency": waiting.get_to_display()}
        )
    if referral := owed(incident):
        raise Refused(
            _("%(agency)s handed this to us and waits for an answer: take it or refuse it first.")
            % {"agency": referral.agency}
        )


def reopen(*, incident: Incident, reason: str, by: Actor, at: datetime) -> Incident:
    """It was closed or cancelled too soon: it is again what decision, hand-offs and calls make of it, and is watched
    anew. How it had ended stays in the journal; nothing that was set before can end it again (`due.timers`).

    Raises Invalid without a reason; Refused for what is open, and for what was merged: that is taken back instead. What
    another agency has is theirs still, until they return it.
    """
    [reason] = fitting({"reason": (reason, 500)}, needed={"reason": _("Why is it not over? A few words.")})
    with transaction.atomic():
        incident = locked(incident.id)
        if incident.is_open:
            raise Refused(_("Incident %(number)s is open.") % {"number": incident.number})
        if incident.state is IncidentStatus.MERGED:
            raise Refused(
                _("Incident %(number)s was merged: take the merge back instead.") % {"number": incident.number}
            )
        reopened = entries.IncidentReopened(
            disposition=incident.disposition or None,
            reason=incident.cancel_reason or None,
            remark=_remark(incident, reason, by=by, at=at).id,
        )
        incident.disposition = incident.cancel_reason = ""
        incident.closed_at = incident.cancelled_at = None
        incident.reopened_at = at
        told = [entry(reopened, subject=incident, by=by, at=at)]
        settle(incident=incident, back=True, told=told, by=by, at=at)
        return decide_again(incident=incident, by=by, at=at)


def _remark(incident: Incident, words: str, *, by: Actor, at: datetime) -> Remark:
    """Keep a person's words, which no journal entry may hold; the entry names what this returns."""
    return Remark.objects.create(incident=incident, words=words, at=at, by_id=by.actor_id, by_name=by.actor_name)
