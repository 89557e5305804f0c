"""The console without an incident in focus: what needs attention, and how to read the board."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import May, who
from dispatch import queries
from dispatch.models import Incident
from dispatch.views.desk import seen_by
from dispatch.views.panes import panes

ALONE = frozenset({"queue", "attention", "units", "map"})


@who(May.WATCH)
def console(request: HttpRequest) -> HttpResponse:
    """The board. `?incident=1042`, from the box in the header, goes to that incident."""
    wanted, alert = request.GET.get("incident", "").strip().lstrip("#"), ""
    if wanted:
        if wanted.isascii() and wanted.isdigit() and Incident.objects.filter(number=int(wanted[:18])).exists():
            return redirect("dispatch:incident", int(wanted))
        alert = _("There is no incident %(number)s.") % {"number": wanted[:40]}
    return console_page(request, alert=alert, status=404 if alert else 200)


def console_page(request: HttpRequest, *, alert: str = "", status: int = 200, **more: Any) -> HttpResponse:
    """The board: on GET, and for a page without scripts again after its command line."""
    at = timezone.now()
    context = {
        **panes(at=at),
        **seen_by(request),
        "ended": queries.ended_lately(at=at),
        "alert": alert,
        **more,
    }
    return render(request, "dispatch/console.html", context, status=status)


@who(May.WATCH)
def pane(request: HttpRequest, name: str) -> HttpResponse:
    """One pane by itself, as live as the console: for a window on a second screen."""
    if name not in ALONE:
        raise Http404
    at = timezone.now()
    context = {**panes(at=at), **seen_by(request), "ended": queries.ended_lately(at=at), "alone": name}
    return render(request, "dispatch/pane.html", context)


@require_safe
@who(May.BE_HERE)
def console_worker(request: HttpRequest) -> HttpResponse:
    """The script that shows the last board where Rightcall does not answer; at the top, so that its scope is `/`. Each
    browser looks for a new one by itself, and must not be told an old one."""
    script = (settings.BASE_DIR / "static" / "console_worker.js").read_bytes()
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer
