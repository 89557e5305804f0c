"""How an action of a page runs its verb: done and back to the page, or refused and the same page once more.

A page with scripts sends its forms by htmx and is answered at once with its parts as they are now.
"""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dispatch.models import Incident
from dispatch.views.incident import incident_page
from journal.refusals import Invalid, Overtaken, Refused
from triage.forms.typed import Typed, typed

T = TypeVar("T")


Again = Callable[[dict[str, str], Overtaken], dict[str, str]]


def as_typed(values: dict[str, str], overtaken: Overtaken) -> dict[str, str]:
    return values


def act(
    request: HttpRequest,
    number: int,
    verb: Callable[[], T],
    *,
    form: str,
    done: Callable[[T], str],
    part: str,
    again: Again = as_typed,
) -> HttpResponse:
    """Run the verb behind a form of an incident's page, and return to that part of the page.

    `form` is the name of the form on the page: when the verb refuses, what was typed into it is shown again; when a
    colleague was first, as `again` lays it over what is stored now.
    """
    try:
        result = verb()
    except Overtaken as overtaken:
        kept = Typed(form, again(typed(request.POST), overtaken))
        incident = Incident.objects.get(number=number)
        return incident_page(request, incident, alert=str(overtaken), typed=kept, status=409)
    except Refused as refused:
        kept = Typed(form, typed(request.POST))
        return incident_page(request, Incident.objects.get(number=number), alert=str(refused), typed=kept, status=409)
    except Invalid as invalid:
        kept = Typed(form, typed(request.POST), invalid.errors)
        return incident_page(request, Incident.objects.get(number=number), typed=kept, status=422)
    messages.success(request, done(result))
    if "HX-Request" in request.headers:
        return incident_page(request, Incident.objects.get(number=number))
    return redirect(f"{reverse('dispatch:incident', args=[number])}#{part}")
