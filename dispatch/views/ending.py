"""The ends of an incident at the console."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from dispatch import ending
from dispatch.models import Incident
from dispatch.views.acting import act


@require_POST
@who(May.DISPATCH)
def close(request: HttpRequest, number: int) -> HttpResponse:
    """It is over, and this is what came of it."""
    incident = get_object_or_404(Incident, number=number)
    disposition = request.POST.get("disposition", "")
    verb = partial(ending.close, incident=incident, disposition=disposition, by=actor(request), at=timezone.now())
    return act(
        request,
        number,
        verb,
        form="close",
        done=lambda each: _("Incident %(number)s is closed.") % {"number": each.number},
        part="ending",
    )


@require_POST
@who(May.DISPATCH)
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """It needs nothing after all."""
    incident = get_object_or_404(Incident, number=number)
    told = {name: request.POST.get(name, "") for name in ("reason", "words")}
    verb = partial(ending.cancel, incident=incident, by=actor(request), at=timezone.now(), **told)
    done = _("Incident %(number)s is cancelled.") % {"number": number}
    return act(request, number, verb, form="cancel", done=lambda _made: done, part="ending")


@require_POST
@who(May.DISPATCH)
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    """It is not over."""
    incident, reason = get_object_or_404(Incident, number=number), request.POST.get("reason", "")
    verb = partial(ending.reopen, incident=incident, reason=reason, by=actor(request), at=timezone.now())
    done = _("Incident %(number)s is open again.") % {"number": number}
    return act(request, number, verb, form="reopen", done=lambda _made: done, part="ending")
