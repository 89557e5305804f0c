"""Where teams declined for their safety: what it says about places, for supervisors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import May, who
from dispatch import hindsight
from dispatch.views.panes import all_exercise


@require_safe
@who(May.REVIEW)
def safety_declines(request: HttpRequest) -> HttpResponse:
    """By place, where it happened most; never by team: to decline for safety is a right."""
    at, only = timezone.now(), all_exercise()
    places = hindsight.unsafe_places(at=at, exercises=only or "exercises" in request.GET)
    context = {"now": at, "places": places, "all_exercise": only}
    return render(request, "dispatch/safety_declines.html", context)
