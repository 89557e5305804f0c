"""The ledger as a page: how many eligible calls a team came to, and why it came to no others."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import May, who
from insights import asking, sheet
from insights.ledger import REASONS, Standing, rows, totals
from journal.refusals import Invalid
from triage.models import Program

_A_PAGE = 50


@who(May.READ_LEDGER)
def ledger_csv(request: HttpRequest) -> HttpResponse:
    """Every call that the page's address asks for, as a file."""
    try:
        asked = asking.read(request.GET.dict(), at=timezone.now())
    except Invalid as invalid:
        return _page(request, {"errors": invalid.errors}, status=400)
    return HttpResponse(
        sheet.written(asked),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="ledger-{asked.since:%Y-%m-%d}.csv"'},
    )


@who(May.READ_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """Totals and calls of a period. What is wrong in the address is said, and the form keeps it."""
    try:
        asked = asking.read(request.GET.dict(), at=timezone.now())
    except Invalid as invalid:
        return _page(request, {"errors": invalid.errors}, status=400)
    counted = totals(asked)
    shown = {
        "asked": asked,
        "counted": counted,
        "lines": [
            (place.label, place.value, counted[place.value]) for place in (Standing.SERVED, *REASONS, Standing.OPEN)
        ],
        "calls": Paginator(rows(asked).order_by("-received_at", "id"), _A_PAGE).get_page(request.GET.get("page")),
        "labels": dict(Standing.choices),
    }
    return _page(request, shown)


def _page(request: HttpRequest, shown: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    context = {
        "told": request.GET,
        "programs": Program.objects.order_by("rank", "slug").only("slug", "name"),
        "standings": [(place, Standing(place).label) for place in asking.ANSWERED],
        **shown,
    }
    return render(request, "insights/ledger.html", context, status=status)
