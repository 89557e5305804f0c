"""Cautions on places and persons: added, reviewed and ended by supervisors. Whoever opens the page is in the audit."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import May, actor, who
from calls import cautions as kept
from calls.models import Caution
from dispatch import cautioning
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed
from triage.models import Program

A_PAGE = 50
_TEXTS = ("hazard", "severity", "words", "source", "address", "subject_name", "subject_phone")


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.REVIEW)
def cautions(request: HttpRequest) -> HttpResponse:
    """Those past their review first; a form adds one."""
    if request.method != "POST":
        return _page(request)
    return _act(request, partial(_add, request), form="caution", done=_("The caution is added."))


@require_POST
@who(May.REVIEW)
def caution_review(request: HttpRequest, id: UUID) -> HttpResponse:
    """It is still so."""

    def review(*, at: datetime) -> Caution:
        until = _day(request.POST.get("review_at", ""), "review_at")
        return kept.review(caution=_caution(id), review_at=until, by=actor(request), at=at)

    return _act(request, review, form=f"review-{id}", done=_("Reviewed."))


@require_POST
@who(May.REVIEW)
def caution_end(request: HttpRequest, id: UUID) -> HttpResponse:
    """It is so no more."""
    reason = request.POST.get("reason", "")
    verb = partial(cautioning.end, caution=_caution(id), reason=reason, by=actor(request))
    return _act(request, verb, form=f"end-{id}", done=_("The caution is ended."))


def _add(request: HttpRequest, *, at: datetime) -> Caution:
    told = {name: request.POST.get(name, "") for name in _TEXTS}
    errors, numbers = {}, {}
    for name, kind in (("latitude", float), ("longitude", float), ("metres", int)):
        text = request.POST.get(name, "").strip()
        try:
            numbers[name] = kind(text) if text else None
        except ValueError:
            errors[name] = _("A number, or nothing.")
    days = {}
    for name in ("expires_at", "review_at"):
        try:
            days[name] = _day(request.POST.get(name, ""), name)
        except Invalid as wrong:
            errors |= wrong.errors
    if errors:
        raise Invalid(errors)
    return cautioning.add(by=actor(request), at=at, **told, **numbers, **days)


def _day(text: str, name: str) -> datetime:
    """The end of a day on the clock of the first program."""
    first = Program.objects.only("time_zone").order_by("rank", "slug").first()
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        raise Invalid({name: _("A day such as 2027-03-31.")}) from None
    return datetime.combine(day, time(23, 59), ZoneInfo(first.time_zone if first else "UTC"))


def _act(request: HttpRequest, verb: Callable[..., Caution], *, form: str, done: str) -> HttpResponse:
    try:
        verb(at=timezone.now())
    except Refused as refused:
        return _page(request, alert=str(refused), typed=Typed(form, typed(request.POST)), status=409)
    except Invalid as invalid:
        return _page(request, typed=Typed(form, typed(request.POST), invalid.errors), status=422)
    messages.success(request, done)
    return redirect("dispatch:cautions")


def _page(request: HttpRequest, *, alert: str = "", typed: Typed | None = None, status: int = 200) -> HttpResponse:
    at = timezone.now()
    found = list(kept.in_force(at=at).order_by("review_at")[:A_PAGE])
    kept.note_read(cautions=found, by=actor(request), at=at)
    first = Program.objects.only("time_zone").order_by("rank", "slug").first()
    context = {
        "now": at,
        "zone": first.time_zone if first else None,
        "due": [each for each in found if each.review_at <= at],
        "standing": [each for each in found if each.review_at > at],
        "hazards": Caution.Hazard.choices,
        "severities": Caution.Severity.choices,
        "in_a_year": (at + timedelta(days=365)).date().isoformat(),
        "in_half_a_year": (at + timedelta(days=182)).date().isoformat(),
        "alert": alert,
        "typed": typed or Typed(),
    }
    return render(request, "dispatch/cautions.html", context, status=status)


def _caution(id: UUID) -> Caution:
    return get_object_or_404(Caution, pk=id)
