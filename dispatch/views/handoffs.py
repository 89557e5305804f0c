"""Hand-offs at the console: another agency is asked and told, says yes or no, or gives it back."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import May, actor, who
from dispatch import handoffs, packet, queries, referrals
from dispatch.models import Handoff, Incident, Referral
from dispatch.views.acting import act
from journal.refusals import Invalid


@require_POST
@who(May.HAND_OFF)
def handoff_propose(request: HttpRequest, number: int) -> HttpResponse:
    """Ask an agency that the decision did not ask for."""
    incident = get_object_or_404(Incident, number=number)
    to = request.POST.get("to", "")
    verb = partial(handoffs.propose, incident=incident, to=to, by=actor(request), at=timezone.now())
    return act(
        request,
        number,
        verb,
        form="handoff-propose",
        done=lambda handoff: _("Hand-off to %(agency)s opened: tell them now.") % {"agency": handoff.get_to_display()},
        part="handoffs",
    )


# A call whose incident could not be opened yet has no page to answer on.
_OPENED = Referral.objects.filter(call__incident_link__isnull=False).select_related("call__incident_link__incident")


@require_GET
@who(May.HAND_OFF)
def handoff_packet(request: HttpRequest, id: UUID) -> HttpResponse:
    """What they need to know, to be read out over the phone or printed. That it was opened is in the audit."""
    handoff, at = _handoff(id), timezone.now()
    program = handoff.incident.program
    context = {
        "handoff": handoff,
        "packet": packet.build(handoff, at=at),
        "link": queries.links(handoff.incident.program_id).get(handoff.to),
        "zone": program.time_zone if program else None,
        "now": at,
    }
    packet.note_read(handoff=handoff, by=actor(request), at=at)
    return render(request, "dispatch/handoff_packet.html", context)


@require_POST
@who(May.HAND_OFF)
def handoff_tell(request: HttpRequest, id: UUID) -> HttpResponse:
    """They are told, by phone."""
    handoff, spoke_with = _handoff(id), request.POST.get("spoke_with", "")
    verb = partial(handoffs.tell, handoff=handoff, spoke_with=spoke_with, by=actor(request), at=timezone.now())
    return act(
        request,
        handoff.incident.number,
        verb,
        form=f"tell-{id}",
        done=lambda each: (
            _("%(agency)s told: enter who takes it, or why they refuse.")
            % {"agency": each.get_to_display().capitalize()}
        ),
        part="handoffs",
    )


@require_POST
@who(May.HAND_OFF)
def handoff_refuse(request: HttpRequest, id: UUID) -> HttpResponse:
    """They do not take it: somebody else must."""
    handoff = _handoff(id)
    told = {name: request.POST.get(name, "") for name in ("reason", "refused_by")}
    verb = partial(handoffs.refuse, handoff=handoff, **told, by=actor(request), at=timezone.now())
    return act(
        request,
        handoff.incident.number,
        verb,
        form=f"refuse-{id}",
        done=lambda each: (
            _("Refused by %(agency)s: somebody else must go. Ask another, or override.")
            % {"agency": each.get_to_display()}
        ),
        part="handoffs",
    )


@require_POST
@who(May.HAND_OFF)
def handoff_acknowledge(request: HttpRequest, id: UUID) -> HttpResponse:
    """They have it: who said so, when, and their number for it."""
    handoff, at = _handoff(id), timezone.now()

    def acknowledge() -> Handoff:
        return handoffs.acknowledge(
            handoff=handoff,
            acknowledged_by=request.POST.get("acknowledged_by", ""),
            reference=request.POST.get("reference", ""),
            acknowledged_at=_moment(request.POST.get("acknowledged_at", "").strip(), handoff, at=at),
            by=actor(request),
            at=at,
        )

    return act(
        request,
        handoff.incident.number,
        acknowledge,
        form=f"acknowledge-{id}",
        done=lambda each: (
            _("Acknowledged for %(agency)s: %(reference)s.")
            % {"agency": each.get_to_display(), "reference": each.reference}
        ),
        part="handoffs",
    )


@require_POST
@who(May.HAND_OFF)
def handoff_return(request: HttpRequest, id: UUID) -> HttpResponse:
    """The other agency gives it back."""
    handoff = _handoff(id)
    reason = request.POST.get("reason", "")
    verb = partial(handoffs.give_back, handoff=handoff, reason=reason, by=actor(request), at=timezone.now())
    return act(
        request,
        handoff.incident.number,
        verb,
        form=f"return-{id}",
        done=lambda each: _("Given back by %(agency)s; it waits here again.") % {"agency": each.get_to_display()},
        part="handoffs",
    )


@require_POST
@who(May.HAND_OFF)
def handoff_withdraw(request: HttpRequest, id: UUID) -> HttpResponse:
    """They have not answered, and are needed no more."""
    handoff, reason = _handoff(id), request.POST.get("reason", "")
    verb = partial(handoffs.withdraw, handoff=handoff, reason=reason, by=actor(request), at=timezone.now())
    return act(
        request,
        handoff.incident.number,
        verb,
        form=f"withdraw-{id}",
        done=lambda each: (
            _("The hand-off to %(agency)s is withdrawn: tell them, if they know of it.")
            % {"agency": each.get_to_display()}
        ),
        part="handoffs",
    )


@require_POST
@who(May.HAND_OFF)
def referral_accept(request: HttpRequest, id: UUID) -> HttpResponse:
    """We take what another agency hands to us."""
    referral = get_object_or_404(_OPENED, pk=id)
    return act(
        request,
        referral.call.incident_link.incident.number,
        partial(referrals.accept, referral=referral, by=actor(request), at=timezone.now()),
        form=f"accept-{id}",
        done=lambda each: (
            _("%(agency)s is answered: we take %(reference)s.") % {"agency": each.agency, "reference": each.reference}
        ),
        part="handoffs",
    )


@require_POST
@who(May.HAND_OFF)
def referral_refuse(request: HttpRequest, id: UUID) -> HttpResponse:
    """We do not take it; it stays theirs."""
    referral = get_object_or_404(_OPENED, pk=id)
    reason = request.POST.get("reason", "")
    return act(
        request,
        referral.call.incident_link.incident.number,
        partial(referrals.refuse, referral=referral, reason=reason, by=actor(request), at=timezone.now()),
        form=f"refuse-{id}",
        done=lambda each: (
            _("Refused: tell %(agency)s by phone, too. Then cancel the incident.") % {"agency": each.agency}
        ),
        part="handoffs",
    )


def _moment(clock: str, handoff: Handoff, *, at: datetime) -> datetime:
    """A time of day on the program's clock as the latest such moment that has been; nothing typed is now.

    It is typed to the minute: within the minute in which the hand-off was proposed it counts as that moment, for
    nobody acknowledges what they were not asked.
    """
    if not clock:
        return at
    program = handoff.incident.program
    zone = ZoneInfo(program.time_zone) if program else timezone.get_default_timezone()
    try:
        hour, minute = map(int, clock.split(":")[:2])
        local = at.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError:
        raise Invalid({"acknowledged_at": _("A time of day such as 18:05, or nothing for now.")}) from None
    if local > at:
        local -= timedelta(days=1)
    proposed = handoff.proposed_at
    return proposed if proposed - timedelta(minutes=1) < local < proposed else local


def _handoff(id: UUID) -> Handoff:
    return get_object_or_404(
        Handoff.objects.select_related("incident__program").defer("incident__program__area"), pk=id
    )
