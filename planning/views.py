"""What a draft would have done: its preview, one call under it, and the publishing that comes after."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import May, actor, who
from calls.models import Assessment, Call
from journal.refusals import Invalid, Refused
from planning import previews
from planning.models import Preview, PreviewCase
from triage import deciding
from triage.engine import Decision
from triage.models import PolicyVersion
from triage.states import VersionStatus

_A_PAGE = 50
_DAYS = 90


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.WRITE_POLICIES)
def preview(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Ask for a preview of a draft; see how far it is, and what it found."""
    draft = _version(slug, version)
    errors: Mapping[str, str] = {}
    alert = ""
    if request.method == "POST":
        try:
            days = int(request.POST.get("days", "")) if request.POST.get("days", "").isascii() else 0
        except ValueError:
            days = 0
        try:
            previews.begin(
                version=draft,
                days=days,
                exercises="exercises" in request.POST,
                by=actor(request),
                at=timezone.now(),
            )
            return redirect("planning:preview", slug, version)
        except Invalid as invalid:
            errors = invalid.errors
        except Refused as refused:
            alert = str(refused)
    context = {**_context(request, draft), "errors": errors, "alert": alert}
    if request.method == "POST":
        context["typed_days"] = {"days": request.POST.get("days", ""), "exercises": "exercises" in request.POST}
    return render(request, "planning/preview.html", context, status=400 if errors else 409 if alert else 200)


@require_safe
@who(May.WRITE_POLICIES)
def preview_progress(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """The part of the page that changes while workers are at it."""
    return render(request, "planning/_preview_progress.html", _context(request, _version(slug, version)))


@require_safe
@who(May.WRITE_POLICIES)
def preview_case(request: HttpRequest, slug: str, version: str, call: Any) -> HttpResponse:
    """One stored call: each of its decisions made again as of then, and under this version, with the reasons."""
    draft = _version(slug, version)
    found = get_object_or_404(Call.objects.filter(program__policy=draft.policy_id), pk=call)
    assessments = found.assessments.select_related("policy_version__policy").order_by("id")
    rows = [_again(each, draft, found) for each in assessments]
    case = PreviewCase.objects.filter(preview=previews.of_text(draft, draft.digest), call=found).first()
    context = {"version": draft, "policy": draft.policy, "policy_zone": _zone(draft), "call": found}
    context |= {"rows": rows, "case": case}
    return render(request, "planning/preview_case.html", context)


@require_POST
@who(May.WRITE_POLICIES)
def publish(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """A second person approves what is in review, having seen its preview."""
    draft = _version(slug, version)
    reason = request.POST.get("reason", "")
    try:
        published = previews.publish(
            version=draft, seen=request.POST.get("seen", ""), reason=reason, by=actor(request), at=timezone.now()
        )
    except Invalid as invalid:
        context = {**_context(request, draft), "errors": invalid.errors, "reason": reason}
        return render(request, "planning/preview.html", context, status=400)
    except Refused as refused:
        context = {**_context(request, draft), "alert": str(refused), "reason": reason}
        return render(request, "planning/preview.html", context, status=409)
    messages.success(request, _("Version %(version)s is published.") % {"version": published.version})
    return redirect("triage:policy", slug)


def _version(slug: str, version: str) -> PolicyVersion:
    return get_object_or_404(PolicyVersion.objects.select_related("policy"), policy__slug=slug, version=version)


def _zone(version: PolicyVersion) -> str:
    return str(version.document["time_zone"])


def _context(request: HttpRequest, draft: PolicyVersion) -> dict[str, Any]:
    newest = Preview.objects.filter(version=draft).order_by("-begun_at").first()
    is_draft = draft.state in (VersionStatus.DRAFT, VersionStatus.IN_REVIEW)
    context: dict[str, Any] = {
        "version": draft,
        "policy": draft.policy,
        "policy_zone": _zone(draft),
        "preview": newest,
        "is_current": newest is not None and newest.digest == draft.digest,
        "can_begin": is_draft,
        "can_publish": draft.state is VersionStatus.IN_REVIEW and actor(request).actor_id not in draft.written_by,
        "wrote_it": actor(request).actor_id in draft.written_by,
        "unsafe": previews.unsafe_calls(draft, draft.digest),
        "typed_days": {"days": str(_DAYS), "exercises": draft.policy.programs.filter(exercise=True).exists()},
    }
    if newest is not None:
        wanted = request.GET.get("kind", "")
        found = PreviewCase.objects.filter(preview=newest)
        counts = found.aggregate(
            unsafe=Count("pk", filter=Q(unsafe=True)),
            overridden=Count("pk", filter=~Q(overridden="")),
            **{kind: Count("pk", filter=Q(kind=kind)) for kind in ("gained", "lost", "changed")},
        )
        if wanted == "unsafe":
            found = found.filter(unsafe=True)
        elif wanted == "overridden":
            found = found.exclude(overridden="")
        elif wanted in PreviewCase.Kind.values:
            found = found.filter(kind=wanted)
        order = ["-unsafe", "-overridden", "kind", "id"]
        page = Paginator(found.select_related("call").order_by(*order), _A_PAGE).get_page(request.GET.get("page"))
        context |= {"counts": counts, "cases": page, "kind": wanted}
    return context


def _again(assessment: Assessment, draft: PolicyVersion, call: Call) -> dict[str, Any]:
    as_then = deciding.decide(assessment.policy_version, assessment.facts, at=call.received_at)
    under = deciding.decide(draft, assessment.facts, at=call.received_at)
    return {
        "assessment": assessment,
        "then": as_then,
        "is_same": _answer(as_then.to_json()) == _answer(assessment.decision),
        "under": under,
        "is_changed": _differs(as_then, under),
    }


def _answer(decision: Mapping[str, Any]) -> dict[str, Any]:
    """All of a decision but the order of its questions, which follows what has been learned since."""
    return {**decision, "next_questions": sorted(each["fact"] for each in decision["next_questions"])}


def _differs(one: Decision, other: Decision) -> bool:
    return (one.outcome, one.also, one.eligible, one.priority) != (
        other.outcome,
        other.also,
        other.eligible,
        other.priority,
    )
