"""A page tells that it is open at an incident."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import May, who
from accounts.models import User
from dispatch import presence
from dispatch.models import Incident


@require_POST
@who(May.WATCH, by_itself=True)
def here(request: HttpRequest, number: int) -> HttpResponse:
    """`typing` names the part of the page that is being filled in; `left` says that the page is closed."""
    incident = get_object_or_404(Incident.objects.only("id"), number=number)
    assert isinstance(request.user, User)
    if request.POST.get("left"):
        presence.leave(incident=incident, user=request.user, at=timezone.now())
    else:
        typing = request.POST.get("typing", "")
        presence.be_here(incident=incident, user=request.user, typing=typing, at=timezone.now())
    return HttpResponse(status=204)
