"""Holds at the console: an incident waits until a named moment, and no longer."""

from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import holds
from dispatch.forms import moment_until
from dispatch.models import Hold, Incident
from dispatch.views.acting import act
from dispatch.words import on_hold


@require_POST
@who(May.DISPATCH)
def hold(request: HttpRequest, number: int) -> HttpResponse:
    """Put on hold, or hold otherwise; with the reason `scheduled`, serve it at a time of its own."""
    incident, at = get_object_or_404(Incident, number=number), timezone.now()
    told = {name: request.POST.get(name, "") for name in ("reason", "words", "until", "instead_of")}

    def verb() -> Hold:
        return holds.hold(
            incident=incident,
            reason=told["reason"],
            words=told["words"],
            until=moment_until(told["until"], _zone(incident), at=at),
            instead_of=_seen(told["instead_of"]),
            by=actor(request),
            at=at,
        )

    def done(put: Hold) -> str:
        return on_hold(number, incident.local(put.until), scheduled=put.is_scheduled)

    form = "schedule" if told["reason"] == Hold.Reason.SCHEDULED else "hold"
    return act(request, number, verb, form=form, done=done, part="teams")


@require_POST
@who(May.DISPATCH)
def release(request: HttpRequest, number: int) -> HttpResponse:
    """It waits for a team again, as of now."""
    incident = get_object_or_404(Incident, number=number)
    verb = partial(holds.release, incident=incident, by=actor(request), at=timezone.now())
    return act(
        request,
        number,
        verb,
        form="release",
        done=lambda _made: _("Incident %(number)s waits for a team.") % {"number": number},
        part="teams",
    )


def _zone(incident: Incident) -> ZoneInfo:
    return ZoneInfo(incident.program.time_zone) if incident.program else ZoneInfo(settings.TIME_ZONE)


def _seen(id: str) -> Hold | None:
    try:
        return Hold.objects.filter(pk=UUID(id)).first() if id else None
    except ValueError:
        return None
