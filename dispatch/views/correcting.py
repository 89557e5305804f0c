"""Times that were wrong, put right at the console."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import correcting, queries
from dispatch.models import Correction, Incident
from dispatch.queries import Stamp
from dispatch.views.acting import act
from dispatch.words import stamp
from journal.refusals import Invalid


@require_POST
@who(May.DISPATCH)
def correct(request: HttpRequest, number: int) -> HttpResponse:
    """One of the times was wrong: which, what is right, why."""
    incident = get_object_or_404(Incident.objects.select_related("program").defer("program__area"), number=number)

    def verb() -> Correction:
        standing = _chosen(incident, request.POST.get("stamp", ""))
        return correcting.correct(
            incident=incident,
            of=standing.of,
            stamp=standing.name,
            to=_moment(request.POST.get("to", "").strip(), standing, incident),
            reason=request.POST.get("reason", ""),
            by=actor(request),
            at=timezone.now(),
        )

    def done(made: Correction) -> str:
        whose = queries.whose(made.assignment or made.handoff)
        return f"{stamp(made.stamp, whose)}: corrected to {made.after.astimezone(_zone(incident)):%H:%M:%S}."

    return act(request, number, verb, form="correct", done=done, part="timeline")


def _chosen(incident: Incident, key: str) -> Stamp:
    for each in queries.stamps(incident):
        if each.key == key:
            return each
    raise Invalid({"stamp": "Choose one of the times."})


def _moment(clock: str, standing: Stamp, incident: Incident) -> datetime:
    """A time of day on the program's clock, on the day that brings it nearest to what stands there."""
    zone = _zone(incident)
    try:
        hour, minute, second = [*map(int, clock.split(":")), 0][:3]
        there = standing.at.astimezone(zone)
        local = there.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        raise Invalid({"to": "A time of day such as 18:05 or 18:05:30."}) from None
    return min((local + timedelta(days=days) for days in (-1, 0, 1)), key=lambda each: abs(each - there))


def _zone(incident: Incident) -> ZoneInfo:
    return ZoneInfo(incident.program.time_zone if incident.program else "UTC")
