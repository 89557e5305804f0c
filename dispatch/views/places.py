"""Places while they are typed: what may be meant, and who serves a position."""

from dataclasses import dataclass
from math import isfinite

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, actor, who
from calls import places as known
from calls.models import Place
from dispatch import incidents
from dispatch.models import Incident
from dispatch.views.acting import act
from dispatch.views.panes import all_exercise
from triage import programs
from triage.models import Program

_LONGEST = 200  # of what is typed


@dataclass(frozen=True)
class Served:
    """A program that serves a position, and the names of its areas there, the narrowest first."""

    program: Program
    areas: list[str]


def served(latitude: float, longitude: float, *, exercise: bool) -> list[Served]:
    """Who serves it, in the order in which they decide; empty outside every program."""
    over = programs.covering(latitude=latitude, longitude=longitude, exercise=exercise)
    return [
        Served(each.program, [each.area, *sorted(_areas(each.program, latitude, longitude) - {each.area})])
        for each in over
        if each.area is not None and each.area != programs.OUTSIDE
    ]


def _areas(program: Program, latitude: float, longitude: float) -> frozenset[str]:
    return programs.areas_at(program, latitude, longitude) or frozenset()


@dataclass(frozen=True)
class Found:
    place: Place
    served: list[Served]


@require_safe
@who(May.TAKE_CALLS)
@never_cache
def places(request: HttpRequest) -> HttpResponse:
    """The places that `?q=` may mean, each an option of the field's list."""
    exercise = _exercise(request)
    found = [
        Found(each, served(each.latitude, each.longitude, exercise=exercise))
        for each in known.search(request.GET.get("q", "")[:_LONGEST], exercise=exercise)
    ]
    return render(request, "dispatch/_places.html", {"found": found})


@require_safe
@who(May.TAKE_CALLS)
@never_cache
def place_here(request: HttpRequest) -> HttpResponse:
    """Program and district of `?latitude=&longitude=`; without a position, what becomes of a place that has none."""
    told = [request.GET.get(name, "") for name in ("latitude", "longitude")]
    return render(request, "dispatch/_place_here.html", {"here": here(*told, exercise=_exercise(request))})


def here(latitude: str, longitude: str, *, exercise: bool) -> dict[str, object]:
    """What the line beside a place says. A position half typed is none yet."""
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        return {"position": None}
    if not (isfinite(north) and isfinite(east) and abs(north) <= 90 and abs(east) <= 180):
        return {"position": None}
    return {"position": (north, east), "served": served(north, east, exercise=exercise)}


@require_POST
@who(May.TAKE_CALLS)
def place_accept(request: HttpRequest, number: int) -> HttpResponse:
    """A place that nobody could verify will do as it is."""
    incident = get_object_or_404(Incident, number=number)
    return act(
        request,
        number,
        lambda: incidents.accept_place(incident=incident, by=actor(request), at=timezone.now()),
        form="place-accept",
        done=lambda _made: _("The place will do as it is."),
        part="place",
    )


def _exercise(request: HttpRequest) -> bool:
    return bool(request.GET.get("exercise")) or all_exercise()
