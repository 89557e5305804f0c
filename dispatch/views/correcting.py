"""Times that were wrong, put right at the console."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import correcting, forms, queries
from dispatch.models import Correction, Incident
from dispatch.queries import Stamp
from dispatch.views.acting import act
from dispatch.words import stamp
from journal.refusals import Invalid, Overtaken


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
            to=forms.moment_near(request.POST.get("to", "").strip(), standing.at, _zone(incident)),
            reason=request.POST.get("reason", ""),
            seen=_seen(request.POST.get("shown", ""), standing),
            by=actor(request),
            at=timezone.now(),
        )

    def done(made: Correction) -> str:
        whose = queries.whose(made.assignment or made.handoff)
        return _("%(stamp)s: corrected to %(moment)s.") % {
            "stamp": stamp(made.stamp, whose),
            "moment": f"{made.after.astimezone(_zone(incident)):%H:%M:%S}",
        }

    def again(values: dict[str, str], overtaken: Overtaken) -> dict[str, str]:
        return {**values, "shown": forms.shown_stamps(queries.stamps(incident))}

    return act(request, number, verb, form="correct", done=done, part="timeline", again=again)


def _seen(shown: str, standing: Stamp) -> datetime | None:
    """What the form showed of this time; None where it does not say."""
    for line in shown.split(","):
        key, _, moment = line.partition("=")
        if key == standing.key:
            return parse_datetime(moment)
    return None


def _chosen(incident: Incident, key: str) -> Stamp:
    for each in queries.stamps(incident):
        if each.key == key:
            return each
    raise Invalid({"stamp": _("Choose one of the times.")})


def _zone(incident: Incident) -> ZoneInfo:
    return ZoneInfo(incident.program.time_zone if incident.program else "UTC")
