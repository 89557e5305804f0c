"""Teams at the console: asked, sent, reported for, taken back."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import assignments, escalation
from dispatch.models import Assignment, Incident
from dispatch.states import AssignmentStatus
from dispatch.views.acting import act
from dispatch.words import assignment_state
from journal.refusals import Invalid
from responders.models import Unit


@require_POST
@who(May.DISPATCH)
def offer(request: HttpRequest, number: int) -> HttpResponse:
    """Ask a unit whether it goes."""
    incident, unit = _chosen(request, number)
    verb = partial(assignments.offer, incident=incident, unit=unit, by=actor(request), at=timezone.now())
    return act(
        request,
        number,
        verb,
        form="offer",
        done=lambda _made: _("%(unit)s is asked.") % {"unit": unit.callsign},
        part="teams",
    )


@require_POST
@who(May.DISPATCH)
def offer_to_several(request: HttpRequest, number: int) -> HttpResponse:
    """Ask several units at once; the first to accept have it."""
    incident = get_object_or_404(Incident, number=number)
    named = request.POST.getlist("units")
    units = list(Unit.objects.filter(callsign__in=named).order_by("callsign"))
    told = request.POST.get("wanted", "1")
    wanted = int(told) if told.isascii() and told.isdigit() else 0

    def verb() -> assignments.Asked:
        if not units:
            raise Invalid({"units": _("Choose the teams to ask.")})
        return assignments.offer_to_several(
            incident=incident, units=units, wanted=wanted, by=actor(request), at=timezone.now()
        )

    def done(asked: assignments.Asked) -> str:
        callsigns = sorted(unit.callsign for unit in units if unit.callsign not in asked.refusals)
        sentence = ngettext("%(units)s is asked.", "%(units)s are asked.", len(callsigns))
        return " ".join([sentence % {"units": _(" and ").join(callsigns)}, *asked.refusals.values()])

    return act(request, number, verb, form="several", done=done, part="teams")


@require_POST
@who(May.DISPATCH)
def send(request: HttpRequest, number: int) -> HttpResponse:
    """Assign a unit that has said yes over the radio."""
    incident, unit = _chosen(request, number)
    verb = partial(assignments.send, incident=incident, unit=unit, by=actor(request), at=timezone.now())
    return act(
        request,
        number,
        verb,
        form="send",
        done=lambda _made: _("%(unit)s is assigned.") % {"unit": unit.callsign},
        part="teams",
    )


@require_POST
@who(May.DISPATCH)
def withdraw(request: HttpRequest, id: UUID) -> HttpResponse:
    """Take an offer or a team back, with words that say why."""
    assignment = _assignment(id)
    words = request.POST.get("words", "")
    verb = partial(assignments.withdraw, assignment=assignment, words=words, by=actor(request), at=timezone.now())
    number, callsign = assignment.incident.number, assignment.unit.callsign
    return act(
        request,
        number,
        verb,
        form=f"withdraw-{id}",
        done=lambda _made: _("%(unit)s is taken back.") % {"unit": callsign},
        part="teams",
    )


@require_POST
@who(May.MOVE_UNITS)
def assignment_status(request: HttpRequest, id: UUID) -> HttpResponse:
    """What a team says over the radio, reported for it."""
    assignment, by, at = _assignment(id), actor(request), timezone.now()
    status, words = request.POST.get("status", ""), request.POST.get("words", "")
    verb: Callable[[], Assignment]
    match status:
        case AssignmentStatus.ACCEPTED:
            form, verb = "status", partial(assignments.accept, assignment=assignment, by=by, at=at)
        case AssignmentStatus.DECLINED:
            reason = request.POST.get("reason", "")
            form = "decline"
            verb = partial(escalation.decline, assignment=assignment, reason=reason, words=words, by=by, at=at)
        case AssignmentStatus.CLEARED:
            end = request.POST.get("disposition", "")
            form = "clear"
            verb = partial(assignments.clear, assignment=assignment, disposition=end, words=words, by=by, at=at)
        case _:
            form, confirmed = "status", bool(request.POST.get("confirmed"))
            verb = partial(assignments.move, assignment=assignment, status=status, confirmed=confirmed, by=by, at=at)
    callsign = assignment.unit.callsign
    return act(
        request,
        assignment.incident.number,
        verb,
        form=f"{form}-{id}",
        done=lambda moved: f"{callsign}: {assignment_state(moved.status)}.",
        part="teams",
    )


def _chosen(request: HttpRequest, number: int) -> tuple[Incident, Unit]:
    incident = get_object_or_404(Incident, number=number)
    return incident, get_object_or_404(Unit, callsign=request.POST.get("unit", ""))


def _assignment(id: UUID) -> Assignment:
    return get_object_or_404(Assignment.objects.select_related("incident", "unit"), pk=id)
