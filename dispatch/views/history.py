"""What was before at a place and from a number, cautions first: beside a call that is being taken, and of an incident.

Never shown unasked: it is personal, so each look at it is in the audit.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, actor, who
from calls import cautions
from calls.intake import note_history
from calls.models import Call, Draft
from dispatch import weighing
from dispatch.history import DAYS, history
from dispatch.models import Incident
from dispatch.views.drafts import id_of
from journal.actors import Actor
from journal.recording import Subject
from triage.forms.typed import typed
from triage.models import Program


@require_POST
@who(May.READ_CALLS)
def call_history(request: HttpRequest) -> HttpResponse:
    """Of the place and the number that are typed so far."""
    at, values = timezone.now(), typed(request.POST)
    call = weighing.unstored(values, at=at)
    first = Program.objects.only("time_zone").order_by("rank", "slug").first()
    context = {"now": at, "zone": first.time_zone if first else None}
    # A form that nobody has typed a letter into has no row yet; it has its key.
    id = id_of(values.get("key", ""))
    context |= _looked_up(call, subject=Draft(id=id) if id else Draft(), by=actor(request), at=at)
    template = "dispatch/_history.html" if "HX-Request" in request.headers else "dispatch/history.html"
    return render(request, template, context)


@require_safe
@who(May.READ_CALLS)
def incident_history(request: HttpRequest, number: int) -> HttpResponse:
    """Of an incident's place, and of the number that its newest call came from."""
    at = timezone.now()
    incidents = Incident.objects.select_related("program").defer("program__area")
    incident = get_object_or_404(incidents, number=number)
    calls = list(Call.objects.filter(incident_link__incident=incident).order_by("-received_at", "-id"))
    phone = next((call.caller_phone for call in calls if call.caller_phone), "")
    asked = Call(
        exercise=incident.exercise,
        address=incident.address,
        latitude=incident.latitude,
        longitude=incident.longitude,
        caller_phone=phone,
        subject_name=next((call.subject_name for call in calls if call.subject_name), ""),
        facts=calls[0].facts if calls else {},
    )
    found = _looked_up(asked, subject=incident, by=actor(request), at=at, besides=incident)
    zone = incident.program.time_zone if incident.program else None
    return render(request, "dispatch/history.html", {**found, "incident": incident, "now": at, "zone": zone})


def _looked_up(
    call: Call, *, subject: Subject, by: Actor, at: datetime, besides: Incident | None = None
) -> dict[str, Any]:
    found = history(call, besides=besides, at=at)
    known = cautions.about([call], address=call.address, latitude=call.latitude, longitude=call.longitude, at=at)
    cautions.note_read(cautions=known, by=by, at=at)
    if found.of:
        note_history(subject=subject, of=found.of, by=by, at=at)
    return {"history": found, "cautions": known, "days": DAYS}
