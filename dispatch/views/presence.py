"""A page tells that it is open: at an incident, or anywhere at a desk; and what its person has before them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import May, who
from accounts.models import User
from dispatch import presence
from dispatch.models import Incident
from dispatch.views.drafts import id_of


@require_POST
@who(May.WATCH, by_itself=True)
def here(request: HttpRequest, number: int) -> HttpResponse:
    """`typing` names the part of the page that is being filled in; `left` says that the page is closed."""
    incident = get_object_or_404(Incident.objects.only("id"), number=number)
    assert isinstance(request.user, User)
    if request.POST.get("left"):
        presence.leave(incident=incident, user=request.user, at=timezone.now())
        return HttpResponse(status=204)
    typing = request.POST.get("typing", "")
    presence.be_here(incident=incident, user=request.user, typing=typing, at=timezone.now())
    return sit(request, incident)


@require_POST
@who(May.WATCH, by_itself=True)
def seat(request: HttpRequest) -> HttpResponse:
    """From any page of a desk but an incident's, which tells more."""
    return sit(request)


def sit(request: HttpRequest, incident: Incident | None = None) -> HttpResponse:
    """`page` is a `Seat.Page`, `draft` the call that is taken on it; `front` says that it is the window in use."""
    assert isinstance(request.user, User)
    told = request.POST
    presence.sit(
        user=request.user,
        page=told.get("page", ""),
        incident=incident,
        draft=id_of(told.get("draft", "")),
        in_front=bool(told.get("front")),
        at=timezone.now(),
    )
    return HttpResponse(status=204)
