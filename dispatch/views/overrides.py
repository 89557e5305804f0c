"""Overrides: made and taken back at an incident, judged on a page of their own."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, actor, who
from dispatch import hindsight, overriding
from dispatch import words as said
from dispatch.models import Incident, Override
from dispatch.views.acting import act
from dispatch.views.panes import all_exercise
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed


@require_POST
@who(May.OVERRIDE)
def override(request: HttpRequest, number: int) -> HttpResponse:
    """A person decides otherwise than the policy."""
    told = {name: request.POST.get(name, "") for name in ("outcome", "reason", "words")}
    incident = get_object_or_404(Incident, number=number)
    verb = partial(overriding.override, incident=incident, by=actor(request), at=timezone.now(), **told)
    return act(
        request,
        number,
        verb,
        form="override",
        done=lambda made: _("Overridden: %(outcome)s.") % {"outcome": said.outcome(made.outcome).lower()},
        part="decision",
    )


@require_POST
@who(May.OVERRIDE)
def override_lift(request: HttpRequest, id: UUID) -> HttpResponse:
    """The policy's decision holds again."""
    override = get_object_or_404(Override.objects.select_related("incident"), pk=id)
    words = request.POST.get("words", "")
    verb = partial(overriding.lift, override=override, words=words, by=actor(request), at=timezone.now())
    done = _("The override is taken back; the policy’s decision holds.")
    return act(request, override.incident.number, verb, form=f"lift-{id}", done=lambda _made: done, part="decision")


@require_safe
@who(May.REVIEW)
def overrides(request: HttpRequest) -> HttpResponse:
    """What people decided otherwise than the policy, and what came of it: unreviewed first."""
    return _page(request)


@require_POST
@who(May.REVIEW)
def override_review(request: HttpRequest, id: UUID) -> HttpResponse:
    """Was it right?"""
    override = get_object_or_404(Override.objects.select_related("incident"), pk=id)
    told = {name: request.POST.get(name, "") for name in ("verdict", "words")}
    form = f"review-{id}"
    try:
        overriding.review(override=override, by=actor(request), at=timezone.now(), **told)
    except Refused as refused:
        return _page(request, alert=str(refused), typed=Typed(form, typed(request.POST)), status=409)
    except Invalid as invalid:
        return _page(request, typed=Typed(form, typed(request.POST), invalid.errors), status=422)
    messages.success(request, _("Incident %(number)s: reviewed.") % {"number": override.incident.number})
    return redirect("dispatch:overrides")


def _page(request: HttpRequest, *, alert: str = "", typed: Typed | None = None, status: int = 200) -> HttpResponse:
    at, exercises = timezone.now(), "exercises" in request.GET or all_exercise()
    waiting = hindsight.overrides(at=at, exercises=exercises, reviewed=False)
    done = hindsight.overrides(at=at, exercises=exercises, reviewed=True)
    context = {
        "now": at,
        "exercises": exercises,
        "all_exercise": all_exercise(),
        "unreviewed": hindsight.seen(list(waiting[: hindsight.A_PAGE])),
        "more": waiting.count() - hindsight.A_PAGE,
        "reviewed": hindsight.seen(list(done[: hindsight.A_PAGE])),
        "counts": hindsight.counts(at=at, exercises=exercises),
        "reader_id": actor(request).actor_id,
        "verdicts": Override.Verdict.choices,
        "alert": alert,
        "typed": typed or Typed(),
    }
    return render(request, "dispatch/overrides.html", context, status=status)
