"""How a person sets the console for themselves: the filter of their queue, and what sounds."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, who
from accounts.models import User
from dispatch import desks
from dispatch.models import Desk
from journal.refusals import Invalid
from triage.forms.typed import Typed, typed


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # `who` has let nobody else pass
    return request.user


def seen_by(request: HttpRequest) -> dict[str, Any]:
    """What a console page shows of its reader's own settings. With `?all` their filter is off on this page."""
    desk = desks.desk_of(_person(request))
    told = {"desk": desk, "desk_says": _said(desk), "desk_off": False}
    if "all" in request.GET and told["desk_says"]:
        off = Desk(person=desk.person, sounds=desk.sounds, volume=desk.volume)
        told |= {"desk": off, "desk_off": True}
    return told


def _said(desk: Desk) -> str:
    """What a filter lets through, in words; empty where there is none."""
    if not desk.programs and not desk.areas:
        return ""
    names = dict(desks.choices()[0])
    parts = [[names.get(slug, slug) for slug in desk.programs], desk.areas]
    return ", ".join(_(" and ").join(part) for part in parts if part)


@require_safe
@who(May.WATCH)
def desk(request: HttpRequest) -> HttpResponse:
    """Their filter and their sounds."""
    return _desk(request)


@require_POST
@who(May.WATCH)
def desk_filter(request: HttpRequest) -> HttpResponse:
    told = {name: request.POST.getlist(name) for name in ("programs", "areas")}
    try:
        kept = desks.filter_board(by=_person(request), at=timezone.now(), **told)
    except Invalid as invalid:
        return _desk(request, Typed("filter", typed(request.POST), invalid.errors), status=422)
    said = _said(kept)
    messages.success(
        request,
        _("Your queue shows only %(said)s, and whatever is urgent.") % {"said": said} if said else _("No filter."),
    )
    return redirect("home")


@require_POST
@who(May.WATCH)
def desk_sounds(request: HttpRequest) -> HttpResponse:
    told: dict[str, Any] = {"sounds": request.POST.getlist("sounds"), "volume": request.POST.get("volume", "").strip()}
    try:
        desks.choose_sounds(by=_person(request), at=timezone.now(), **told)
    except Invalid as invalid:
        return _desk(request, Typed("sounds", typed(request.POST), invalid.errors), status=422)
    messages.success(request, _("Kept."))
    return redirect("dispatch:desk")


def _desk(request: HttpRequest, wrong: Typed | None = None, *, status: int = 200) -> HttpResponse:
    kept = desks.desk_of(_person(request))
    programs, areas = desks.choices()
    again = wrong.form if wrong else ""
    context = {
        "desk": kept,
        "typed": wrong or Typed(),
        "programs": [
            (slug, name, slug in _chosen(request, "programs", kept.programs, again)) for slug, name in programs
        ],
        "areas": [(name, name, name in _chosen(request, "areas", kept.areas, again)) for name in areas],
        "sounds": [
            (value, label, value in _chosen(request, "sounds", kept.sounds, again))
            for value, label in Desk.Sound.choices
        ],
    }
    return render(request, "dispatch/desk.html", context, status=status)


def _chosen(request: HttpRequest, name: str, kept: list[str], form: str) -> list[str]:
    """What is ticked: as it was sent, where that was refused."""
    of = "sounds" if name == "sounds" else "filter"
    return request.POST.getlist(name) if form == of else kept
