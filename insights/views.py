"""The ledger as a page: how many eligible calls a team came to, and why it came to no others."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import May, who
from insights import asking
from insights.ledger import REASONS, Standing, rows, totals
from journal.refusals import Invalid
from triage.models import Program

_A_PAGE = 50


@who(May.READ_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """Totals and calls of a period. What is wrong in the address is said, and the form keeps it."""
    at = timezone.now()
    context: dict[str, Any] = {
        "told": request.GET,
        "programs": Program.objects.order_by("rank", "slug").only("slug", "name"),
        "standings": [(place, Standing(place).label) for place in asking.ANSWERED],
        "errors": {},
    }
    try:
        asked = asking.read(request.GET.dict(), at=at)
    except Invalid as invalid:
        context["errors"] = invalid.errors
        return render(request, "insights/ledger.html", context, status=400)
    counted = totals(asked)
    context |= {
        "asked": asked,
        "counted": counted,
        "lines": [
            (place.label, place.value, counted[place.value]) for place in (Standing.SERVED, *REASONS, Standing.OPEN)
        ],
        "calls": Paginator(rows(asked).order_by("-received_at", "id"), _A_PAGE).get_page(request.GET.get("page")),
        "labels": dict(Standing.choices),
    }
    return render(request, "insights/ledger.html", context)
