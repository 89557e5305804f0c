"""What begins and what is thrown away: a policy with its first draft, and further drafts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import May, actor, who
from journal.refusals import Invalid, Refused
from triage import drafting
from triage.forms.typed import Typed, typed
from triage.models import Policy, Program
from triage.views import drafts
from triage.views.reading import policy_page


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.WRITE_POLICIES)
def policy_new(request: HttpRequest) -> HttpResponse:
    """A policy that no file has brought: its first draft is written here, and goes on at its author's desk."""
    if request.method != "POST":
        return _policy_new_page(request)
    values = typed(request.POST)
    told = {name: values.get(name, "") for name in ("slug", "name", "time_zone", "version")}
    try:
        draft = drafting.begin_policy(**told, by=actor(request), at=timezone.now())
    except Invalid as invalid:
        return _policy_new_page(request, Typed("policy", values, invalid.errors), status=422)
    said = _("%(policy)s has a first draft. Nothing is decided by it until it is published.")
    messages.success(request, said % {"policy": draft.policy.name})
    return drafts.edit_page(draft)


def _policy_new_page(request: HttpRequest, typed: Typed | None = None, *, status: int = 200) -> HttpResponse:
    zone = Program.objects.order_by("rank").values_list("time_zone", flat=True).first()
    return render(request, "triage/policy_new.html", {"typed": typed, "zone": zone}, status=status)


@require_POST
@who(May.WRITE_POLICIES)
def draft_new(request: HttpRequest, slug: str) -> HttpResponse:
    policy, values = get_object_or_404(Policy, slug=slug), typed(request.POST)
    based_on = policy.versions.filter(version=values.get("based_on", "")).first()
    try:
        draft = drafting.begin(
            policy=policy,
            version=values.get("version", ""),
            based_on=based_on,
            by=actor(request),
            at=timezone.now(),
        )
    except Invalid as invalid:
        return policy_page(request, slug, typed=Typed("draft", values, invalid.errors), status=422)
    except Refused as refused:
        messages.warning(request, str(refused))
        return redirect("triage:policies")
    told = _("Draft %(version)s begun. Nothing is decided by it until it is published.")
    messages.success(request, told % {"version": draft.version})
    return drafts.edit_page(draft)


@require_POST
@who(May.WRITE_POLICIES)
def draft_discard(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    drafting.discard(version=draft, by=actor(request), at=timezone.now())
    messages.success(request, _("Draft %(version)s is discarded.") % {"version": version})
    # With its last draft a policy that never decided goes too.
    there = Policy.objects.filter(slug=slug).exists()
    return redirect("triage:policy", slug) if there else redirect("triage:policies")
