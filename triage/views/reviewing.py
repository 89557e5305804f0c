"""From draft to published, between two people: submitted, compared, sent back or approved; and retired."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import May, actor, who
from journal.refusals import Invalid, Refused
from triage import drafting, publishing
from triage.forms.typed import Typed, typed
from triage.models import PolicyVersion
from triage.views import drafts, versions
from triage.views.editing import desk
from triage.views.reading import compared, version_page


@who(May.READ_POLICIES)
def differences(request: HttpRequest, slug: str, version: str, other: str) -> HttpResponse:
    """From `other` to `version`."""
    found, before = versions.found(request, slug, version), versions.found(request, slug, other)
    at = timezone.now()
    others = [each for each in found.policy.versions.order_by("-effective_from") if versions.is_seen(request, each)]
    context = {
        "policy": found.policy,
        "version": versions.mark(found, at=at),
        "other": versions.mark(before, at=at),
        "others": [each.version for each in others if each.pk != found.pk],
        "differences": compared(before, found),
    }
    return render(request, "triage/differences.html", context)


@require_POST
@who(May.WRITE_POLICIES)
def submit(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    try:
        drafting.submit(version=draft, by=actor(request), at=timezone.now())
    except Refused as refused:
        draft.refresh_from_db()
        return desk(request, draft, alert=_("Not submitted. %(why)s") % {"why": refused}, status=409)
    told = _("Version %(version)s is held still for review. Somebody who wrote none of it approves it.")
    messages.success(request, told % {"version": version})
    return redirect("triage:version", slug, version)


@require_POST
@who(May.WRITE_POLICIES)
def send_back(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    def verb(found: PolicyVersion) -> str:
        words = request.POST.get("words", "")
        drafting.send_back(version=found, words=words, by=actor(request), at=timezone.now())
        return _("Version %(version)s is a draft again, with your words on it.") % {"version": version}

    return _act(request, slug, version, verb, form="send-back")


@require_POST
@who(May.WRITE_POLICIES)
def retire(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    def verb(found: PolicyVersion) -> str:
        reason = request.POST.get("reason", "")
        publishing.retire(version=found, reason=reason, by=actor(request), at=timezone.now())
        return _("Version %(version)s is retired. Nothing follows by itself.") % {"version": version}

    return _act(request, slug, version, verb, form="retire")


def _act(
    request: HttpRequest, slug: str, version: str, verb: Callable[[PolicyVersion], str], *, form: str
) -> HttpResponse:
    """Run the verb behind a form of a version's page: done and back, or refused and the same page once more."""
    found = versions.found(request, slug, version)
    try:
        done = verb(found)
    except Refused as refused:
        found.refresh_from_db()
        kept = Typed(form, typed(request.POST))
        return version_page(request, found, alert=str(refused), typed=kept, status=409)
    except Invalid as invalid:
        kept = Typed(form, typed(request.POST), invalid.errors)
        return version_page(request, found, typed=kept, status=422)
    messages.success(request, done)
    return redirect("triage:version", slug, version)
