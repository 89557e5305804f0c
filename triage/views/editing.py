"""A draft at its author's desk: the table of its rules, a form for each, and a form for its settings."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import May, actor, who
from journal.refusals import Invalid, Refused
from triage import drafting
from triage.drafting import ORDER, RULE, SETTINGS
from triage.forms import conditions, rules
from triage.forms import settings as settings_form
from triage.forms.rules import RuleForm
from triage.forms.typed import Typed, spoken, typed
from triage.models import PolicyVersion
from triage.views import drafts, trying, versions
from triage.views.drafts import Clash


@who(May.WRITE_POLICIES)
def edit(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """The decision table, what is wrong with the draft, its examples, and the panel to try it."""
    draft = drafts.draft_of(request, slug, version)
    return desk(request, draft) if draft else drafts.elsewhere(request, slug, version)


def desk(request: HttpRequest, draft: PolicyVersion, *, alert: str = "", status: int = 200) -> HttpResponse:
    at = timezone.now()
    parts = drafting.parts_of(draft)
    words = versions.words(draft)
    held = sorted(drafts.held_against(draft), key=lambda each: not each.failure)
    context = {
        "policy": draft.policy,
        "draft": draft,
        "version": versions.mark(draft, at=at),
        "words": words,
        "stamps": {name.removeprefix(RULE): drafting.stamp(part) for name, part in parts.items() if RULE in name},
        "order": drafting.stamp(parts[ORDER]),
        "held": held,
        "failing": sum(1 for each in held if each.failure),
        "moved": request.GET.get("moved", ""),
        "way": request.GET.get("way", ""),
        "alert": alert,
        **trying.panel(draft, {}, at=at),
    }
    return render(request, "triage/edit.html", context, status=status)


@who(May.WRITE_POLICIES)
def findings(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Whether the rules make sense, as a page of its own and as a part of the draft's: it takes a moment."""
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    context = {"policy": draft.policy, "draft": draft, "findings": drafts.findings(draft)}
    return render(request, "triage/findings.html", context)


@require_POST
@who(May.WRITE_POLICIES)
def rule_move(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """One place up or down among the rules that are heard together with it."""
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    name, way = request.POST.get("rule", ""), request.POST.get("way", "")
    order = [each["id"] for each in draft.document["rules"]]
    beside = [each.id for _, group in versions.words(draft).rules for each in group if name in {r.id for r in group}]
    there = beside.index(name) + (-1 if way == "up" else 1) if name in beside else -1
    if not 0 <= there < len(beside):
        return drafts.edit_page(draft)
    one, other = order.index(name), order.index(beside[there])
    order[one], order[other] = order[other], order[one]
    try:
        drafting.put(
            version=draft,
            part=ORDER,
            value=order,
            was=request.POST.get("was", ""),
            by=actor(request),
            at=timezone.now(),
        )
    except Refused as refused:
        return desk(request, draft, alert=_("%(why)s The rule was not moved.") % {"why": refused}, status=409)
    return drafts.edit_page(draft, f"?moved={name}&way={way}#row-{name}")


@require_POST
@who(May.WRITE_POLICIES)
def rule_remove(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    name, was = request.POST.get("rule", ""), request.POST.get("was", "")
    try:
        drafting.put(version=draft, part=f"{RULE}{name}", value=None, was=was, by=actor(request), at=timezone.now())
    except Refused as refused:
        alert = _("%(why)s The rule %(name)s was not removed.") % {"why": refused, "name": name}
        return desk(request, draft, alert=alert, status=409)
    except Invalid as invalid:
        return desk(request, draft, alert=" ".join(invalid.errors.values()), status=422)
    messages.success(request, _("Rule %(name)s is removed from this draft.") % {"name": name})
    return drafts.edit_page(draft, "#rules")


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.WRITE_POLICIES)
def rule_new(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    return _rule(request, slug, version, "")


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.WRITE_POLICIES)
def rule(request: HttpRequest, slug: str, version: str, rule: str) -> HttpResponse:
    return _rule(request, slug, version, rule)


def _rule(request: HttpRequest, slug: str, version: str, name: str) -> HttpResponse:
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    there = drafting.parts_of(draft).get(f"{RULE}{name}") if name else None
    if request.method != "POST":
        if name and there is None:
            raise Http404
        form = rules.shown(there) if isinstance(there, dict) else rules.empty()
        return _rule_page(request, draft, name, form, was=drafting.stamp(there))
    form, was, do = rules.typed(request.POST), request.POST.get("was", ""), request.POST.get("do", "save")
    if do != "save":  # the tree grows or is cut; nothing is stored, and nothing that was typed is lost
        form.tree = conditions.changed(form.tree, do)
        return _rule_page(request, draft, name, form, was=was)
    value = rules.read(form, taken=[each["id"] for each in draft.document["rules"]])
    if value is None:
        return _rule_page(request, draft, name, form, was=was, status=422)
    part = f"{RULE}{name or value['id']}"
    try:
        drafting.put(version=draft, part=part, value=value, was=was, by=actor(request), at=timezone.now())
    except drafting.Changed as changed:
        clash = Clash(now=drafts.rule_words(draft, changed.now), mine=drafts.rule_words(draft, value))
        was = drafting.stamp(changed.now)
        return _rule_page(request, draft, name, form, was=was, clash=clash, alert=str(changed), status=409)
    except Invalid as invalid:
        form.errors = {_rule_field(place): sentence for place, sentence in invalid.errors.items()}
        return _rule_page(request, draft, name, form, was=was, status=422)
    except Refused as refused:
        return _rule_page(request, draft, name, form, was=was, alert=str(refused), status=409)
    messages.success(request, _("Rule %(name)s is kept.") % {"name": value["id"]})
    return drafts.edit_page(draft, f"#row-{value['id']}")


def _rule_field(place: str) -> str:
    """The field of the form that a place in the document belongs to: `rules[3] heat / also[0]` is `also`."""
    _, _, within = place.partition(" / ")
    name = (within or place).partition(" / ")[0].partition("[")[0]
    return {"exclude": "does", "permit": "does", "rules": "does", "holidays": "when"}.get(name, name)


def _rule_page(
    request: HttpRequest,
    draft: PolicyVersion,
    name: str,
    form: RuleForm,
    *,
    was: str,
    clash: Clash | None = None,
    alert: str = "",
    status: int = 200,
) -> HttpResponse:
    areas = {*draft.document.get("areas", [])} if isinstance(draft.document.get("areas"), list) else set()
    context = {
        "policy": draft.policy,
        "draft": draft,
        "name": name,
        "form": form,
        "typed": Typed("rule", form.values, form.summary),
        "root": form.tree,
        "facts": conditions.testable(),
        "groups": conditions.GROUPS.items(),
        "grades": conditions.GRADES.items(),
        "areas": ", ".join(sorted({*areas, "outside"})),
        **rules.choices(),
        "was": was,
        "clash": clash,
        "alert": alert,
    }
    return render(request, "triage/rule_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.WRITE_POLICIES)
def settings(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    draft = drafts.draft_of(request, slug, version)
    if draft is None:
        return drafts.elsewhere(request, slug, version)
    there = drafting.parts_of(draft)[SETTINGS]
    assert isinstance(there, dict)
    if request.method != "POST":
        values = settings_form.shown(there, _dates(draft))
        return _settings_page(request, draft, values, was=drafting.stamp(there))
    values, was = typed(request.POST), request.POST.get("was", "")
    try:
        kept = drafting.put(
            version=draft,
            part=SETTINGS,
            value=settings_form.read(values),
            was=was,
            by=actor(request),
            at=timezone.now(),
        )
    except drafting.Changed as changed:
        draft.refresh_from_db()
        lines = _side_by_side(settings_form.shown(_mapping(changed.now), _dates(draft)), values)
        clash, was = Clash(lines=lines), drafting.stamp(changed.now)
        return _settings_page(request, draft, values, was=was, clash=clash, alert=str(changed), status=409)
    except Invalid as invalid:
        errors = {settings_form.field_of(place) or place: text for place, text in invalid.errors.items()}
        return _settings_page(request, draft, values, was=was, errors=errors, status=422)
    except Refused as refused:
        return _settings_page(request, draft, values, was=was, alert=str(refused), status=409)
    messages.success(request, _("The settings are kept."))
    return drafts.edit_page(kept)


def _mapping(part: Any) -> dict[str, Any]:
    assert isinstance(part, dict)
    return part


def _dates(draft: PolicyVersion) -> dict[str, Any]:
    return {"effective_from": draft.effective_from, "effective_until": draft.effective_until}


def _side_by_side(now: dict[str, str], mine: dict[str, str]) -> list[tuple[str, str, str]]:
    """The fields that differ: name, as it stands now, as it was typed here."""
    return [
        (spoken(name), now[name], mine.get(name, ""))
        for name in settings_form.FIELDS
        if now[name].split() != mine.get(name, "").split()
    ]


def _settings_page(
    request: HttpRequest,
    draft: PolicyVersion,
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
        "typed": Typed("settings", values, errors or {}),
        **settings_form.choices(),
        "was": was,
        "clash": clash,
        "alert": alert,
    }
    return render(request, "triage/settings_edit.html", context, status=status)
