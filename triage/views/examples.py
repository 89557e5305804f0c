"""The examples that prove a draft: added, changed, removed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import May, actor, who
from journal.refusals import Invalid, Refused
from triage import drafting
from triage.drafting import EXAMPLE
from triage.forms import examples
from triage.forms.typed import Typed, typed
from triage.models import PolicyVersion
from triage.views import drafts, trying, versions
from triage.views.drafts import Clash
from triage.views.editing import desk


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.WRITE_POLICIES)
def example(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """`?name=` changes the one of that name; without it a new one is written."""
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    name = request.GET.get("name", "")
    there = drafting.parts_of(draft).get(f"{EXAMPLE}{name}")
    if request.method != "POST":
        if name and not isinstance(there, dict):
            raise Http404
        values = examples.shown(there) if isinstance(there, dict) else {"at": f"{timezone.now():%Y-%m-%dT%H:%MZ}"}
        return _page(request, draft, name, values, was=drafting.stamp(there))
    values, was = typed(request.POST), request.POST.get("was", "")
    if "keep" in request.POST:  # comes from the panel where the draft was tried: its facts, and what is right for them
        return _page(request, draft, "", _prepared(draft, values), was="")
    value, errors = examples.read(values)
    if errors:
        return _page(request, draft, name, values, was=was, errors=errors, status=422)
    part = f"{EXAMPLE}{name or value['name']}"
    try:
        drafting.put(version=draft, part=part, value=value, was=was, by=actor(request), at=timezone.now())
    except drafting.Changed as changed:
        now = versions.example_words(draft, changed.now) if changed.now else None
        try:
            mine = versions.example_words(draft, value)
        except ValueError:
            mine = None
        clash, was = Clash(now=now, mine=mine), drafting.stamp(changed.now)
        return _page(request, draft, name, values, was=was, clash=clash, alert=str(changed), status=409)
    except Invalid as invalid:
        errors = {examples.field_of(place): text for place, text in invalid.errors.items()}
        return _page(request, draft, name, values, was=was, errors=errors, status=422)
    except Refused as refused:
        return _page(request, draft, name, values, was=was, alert=str(refused), status=409)
    messages.success(request, _("Example “%(name)s” is kept.") % {"name": value["name"]})
    return drafts.edit_page(draft, "#examples")


@require_POST
@who(May.WRITE_POLICIES)
def example_remove(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    name, was = request.POST.get("name", ""), request.POST.get("was", "")
    try:
        drafting.put(version=draft, part=f"{EXAMPLE}{name}", value=None, was=was, by=actor(request), at=timezone.now())
    except Refused as refused:
        return desk(request, draft, alert=_("%(why)s The example was not removed.") % {"why": refused}, status=409)
    messages.success(request, _("Example “%(name)s” is removed from this draft.") % {"name": name})
    return drafts.edit_page(draft, "#examples")


def _prepared(draft: PolicyVersion, values: dict[str, str]) -> dict[str, str]:
    tried = trying.panel(draft, values, at=timezone.now())
    at = values.get("at", "").strip() or f"{timezone.now():%Y-%m-%dT%H:%MZ}"
    return {**values, "at": at, "outcome": tried["mine"].outcome}


def _page(
    request: HttpRequest,
    draft: PolicyVersion,
    name: str,
    values: dict[str, str],
    *,
    was: str,
    errors: dict[str, str] | None = None,
    clash: Clash | None = None,
    alert: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "policy": draft.policy,
        "draft": draft,
        "name": name,
        "typed": Typed("example", values, errors or {}),
        "fields": examples.FACTS_ASKED,
        "context_fields": examples.CONTEXT,
        **examples.choices(),
        "was": was,
        "clash": clash,
        "alert": alert,
    }
    return render(request, "triage/example_edit.html", context, status=status)
