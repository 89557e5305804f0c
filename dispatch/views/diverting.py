"""Teams turned to a more urgent incident, at the console."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import diverting
from dispatch.models import Assignment, Diversion, Incident
from dispatch.views.acting import act


@require_POST
@who(May.DISPATCH)
def supersede(request: HttpRequest, number: int) -> HttpResponse:
    """Ask a team about this incident instead of a less urgent one that it has not answered."""
    incident, theirs = _both(request, number)
    verb = partial(diverting.supersede, assignment=theirs, incident=incident, by=actor(request), at=timezone.now())
    done = _("%(unit)s is asked; incident %(number)s goes on to its next team.") % {
        "unit": theirs.unit.callsign,
        "number": theirs.incident.number,
    }
    return act(request, number, verb, form=f"supersede-{theirs.id}", done=lambda _made: done, part="teams")


@require_POST
@who(May.DISPATCH)
def preempt(request: HttpRequest, number: int) -> HttpResponse:
    """Take a team from a less urgent incident, by the dispatcher's consent."""
    incident, theirs = _both(request, number)
    consent, words = bool(request.POST.get("consent")), request.POST.get("words", "")
    verb = partial(
        diverting.preempt,
        assignment=theirs,
        incident=incident,
        consent=consent,
        words=words,
        by=actor(request),
        at=timezone.now(),
    )
    done = _("%(unit)s is sent here; incident %(number)s needs a team again.") % {
        "unit": theirs.unit.callsign,
        "number": theirs.incident.number,
    }
    return act(request, number, verb, form=f"preempt-{theirs.id}", done=lambda _made: done, part="teams")


@require_POST
@who(May.MOVE_UNITS)
def diversion_radioed(request: HttpRequest, id: UUID) -> HttpResponse:
    """The dispatcher has told the team that it goes elsewhere, and they have answered."""
    found = Diversion.objects.select_related("assignment__incident", "assignment__unit")
    diversion = get_object_or_404(found, pk=id)
    verb = partial(diverting.acknowledge, diversion=diversion, by_radio=True, by=actor(request), at=timezone.now())
    team = diversion.assignment
    done = _("%(unit)s has heard it.") % {"unit": team.unit.callsign}
    return act(request, team.incident.number, verb, form=f"diverted-{id}", done=lambda _made: done, part="teams")


def _both(request: HttpRequest, number: int) -> tuple[Incident, Assignment]:
    """This incident, and the assignment that the dispatcher saw."""
    incident = get_object_or_404(Incident, number=number)
    found = Assignment.objects.select_related("incident", "unit")
    return incident, get_object_or_404(found, pk=request.POST.get("assignment", ""))
