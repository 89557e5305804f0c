"""Two incidents beside each other: whether they are the same, and what to do about it. And one call of several that is
about something else."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, actor, who
from calls.intake import note_read
from calls.models import Call
from dispatch import crosslinks, merging, queries
from dispatch.models import CrossLink, Incident
from dispatch.views.acting import act
from dispatch.views.incident import incident_page
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed


@require_safe
@who(May.DISPATCH)
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Both, with what was said in their calls. Nothing moves here while somebody reads."""
    incident, told = get_object_or_404(Incident, number=number), request.GET.get("with", "").strip()
    try:
        other = _named(told)
    except Invalid as invalid:
        return incident_page(request, incident, typed=Typed("compare", {"with": told}, invalid.errors), status=422)
    return _page(request, incident, other)


@require_POST
@who(May.DISPATCH)
def merge(request: HttpRequest, number: int, into: int) -> HttpResponse:
    """They are the same: the calls of the one go to the other."""
    incident, other = get_object_or_404(Incident, number=number), get_object_or_404(Incident, number=into)
    try:
        merging.merge(incident=incident, into=other, by=actor(request), at=timezone.now())
    except Refused as refused:
        return _page(request, incident, other, alert=str(refused), status=409)
    messages.success(
        request, _("Incident %(number)s is merged into this one. To undo it, open %(number)s.") % {"number": number}
    )
    return redirect("dispatch:incident", into)


@require_POST
@who(May.DISPATCH)
def unmerge(request: HttpRequest, number: int) -> HttpResponse:
    """They were not the same after all."""
    incident = get_object_or_404(Incident, number=number)
    verb = partial(merging.unmerge, incident=incident, by=actor(request), at=timezone.now())
    done = _("Incident %(number)s stands by itself again.") % {"number": number}
    return act(request, number, verb, form="unmerge", done=lambda _made: done, part="ending")


@require_POST
@who(May.DISPATCH)
def split(request: HttpRequest, id: UUID) -> HttpResponse:
    """A call of several is about something else: on to the incident that it gets."""
    call = get_object_or_404(Call.objects.select_related("incident_link__incident"), pk=id, incident_link__isnull=False)
    try:
        new = merging.split(call=call, by=actor(request), at=timezone.now())
    except Refused as refused:
        return incident_page(request, call.incident_link.incident, alert=str(refused), status=409)
    messages.success(request, _("This call has an incident of its own now: %(number)s.") % {"number": new.number})
    return redirect("dispatch:incident", new.number)


@require_POST
@who(May.DISPATCH)
def link(request: HttpRequest, number: int, other: int) -> HttpResponse:
    """They are not the same, and concern each other."""
    incident, far = get_object_or_404(Incident, number=number), get_object_or_404(Incident, number=other)
    words = request.POST.get("words", "")
    try:
        crosslinks.link(incident=incident, other=far, words=words, by=actor(request), at=timezone.now())
    except Refused as refused:
        kept = Typed("link", typed(request.POST))
        return _page(request, incident, far, alert=str(refused), typed=kept, status=409)
    except Invalid as invalid:
        kept = Typed("link", typed(request.POST), invalid.errors)
        return _page(request, incident, far, typed=kept, status=422)
    messages.success(request, _("Incidents %(number)s and %(other)s are linked.") % {"number": number, "other": other})
    return redirect("dispatch:incident", number)


@require_POST
@who(May.DISPATCH)
def unlink(request: HttpRequest, number: int, id: UUID) -> HttpResponse:
    """They have nothing to do with each other."""
    standing = get_object_or_404(CrossLink.objects.select_related("one", "two"), pk=id)
    verb = partial(crosslinks.unlink, link=standing, by=actor(request), at=timezone.now())
    return act(request, number, verb, form=f"unlink-{id}", done=lambda _made: _("The link is gone."), part="ending")


def _named(number: str) -> Incident:
    known = number.isascii() and number.isdigit() and len(number) < 19
    found = Incident.objects.filter(number=int(number)).first() if known else None
    if found is None:
        unknown = _("There is no incident %(number)s.") if known else _("The number of an incident, as 1042.")
        raise Invalid({"with": unknown % {"number": number}})
    return found


def _page(
    request: HttpRequest,
    incident: Incident,
    other: Incident,
    *,
    alert: str = "",
    typed: Typed | None = None,
    status: int = 200,
) -> HttpResponse:
    at, by = timezone.now(), actor(request)
    both = Incident.objects.filter(pk__in=[incident.pk, other.pk]).select_related("program").defer("program__area")
    found = {each.pk: each for each in queries.detailed(both)}
    sides = []
    for each in (found[incident.pk], found[other.pk]):
        calls = sorted((link.call for link in each.links.all()), key=lambda call: (call.taken_at, call.id))
        for call in calls:
            note_read(call=call, by=by, at=at)
        sides.append({"incident": each, "calls": calls})
    context = {
        "now": at,
        "zone": incident.program.time_zone if incident.program else None,
        "incident": found[incident.pk],
        "other": found[other.pk],
        "sides": sides,
        "obstacle": merging.obstacle(incident, other),
        "linked": any(each.far == other for each in queries.linked(incident)),
        "alert": alert,
        "typed": typed or Typed(),
    }
    return render(request, "dispatch/compare.html", context, status=status)
