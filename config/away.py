"""What is answered while Postgres is away: a calm page that needs nothing of it, for machines a problem."""

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from triage.forms.typed import spoken

# Postgres is gone, restarts, does not answer in time, or has ended what took too long: later it may well work.
ERRORS = (OperationalError, InterfaceError)
RETRY_AFTER = 5  # seconds
DETAIL = gettext_lazy(
    "The database does not answer. Whether this was stored is not known. Send it again in a few seconds."
)

_SECRET = frozenset({"password", "csrfmiddlewaretoken"})
_UNTOLD = frozenset({"key", "next"})  # ours, not the person's


def page(request: HttpRequest) -> HttpResponse:
    """503. A form that was sent comes back with all that was typed, to be read off and to be sent again."""
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name not in _SECRET]
    context = {
        "path": request.get_full_path(),
        "sent": sent if request.method == "POST" and "password" not in request.POST else [],
        "typed_in": [(_spoken(name), value) for name, value in sent if value.strip() and name not in _UNTOLD],
        "token": request.POST.get("csrfmiddlewaretoken", ""),
    }
    # Without the request: whose page it is stands in the database.
    html = render_to_string("away.html", context)
    return HttpResponse(html, status=503, headers={"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"})


def _spoken(name: str) -> str:
    return ", ".join(spoken(part) for part in name.removeprefix("facts.").split(".")).capitalize()
