"""A draft tried on a case: what it decides, and what the version in force decides, as the facts change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.views.decorators.http import require_http_methods

from accounts.access import May, who
from triage import drafting, plain, wording
from triage.engine import Decision, FactErrors, facts
from triage.engine.clock import take_moment, take_zone
from triage.engine.reading import PolicyError
from triage.forms import examples
from triage.forms.typed import Typed, typed
from triage.models import PolicyVersion
from triage.views import versions


@dataclass(frozen=True)
class Tried:
    """One version's decision about the case, in words."""

    version: str
    outcome: str
    goes: str
    expects: list[str]
    reasons: list[tuple[str, str]]
    notes: tuple[str, ...]
    questions: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@who(May.WRITE_POLICIES)
def try_it(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """Nothing is stored, whatever is tried."""
    found, values = versions.found(request, slug, version), typed(request.POST)
    context = {"policy": found.policy, "draft": found, **panel(found, values, at=timezone.now())}
    return render(request, "triage/try.html", context)


def panel(version: PolicyVersion, values: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """The form with its facts, and what both versions make of them."""
    known, errors = _checked(values)
    zone = take_zone(version.document["time_zone"], "")
    moment = at
    if text := values.get("at", "").strip():
        try:
            moment = take_moment(text, "at", zone)
        except PolicyError as wrong:
            errors["at"] = wording.told(wrong.sentence)
    standing = versions.in_force(version.policy.versions.exclude(pk=version.pk).order_by("-effective_from"), at=at)
    mine = drafting.always(version.document).decide(known, at=moment)
    theirs = drafting.always(standing.document).decide(known, at=moment) if standing else None
    return {
        "tried": Typed("try", dict(values), errors),
        "fields": examples.FACTS_ASKED,
        "context_fields": examples.CONTEXT,
        "moment": date_format(moment.astimezone(zone), "D Y-m-d H:i T"),
        "mine": _told(str(version.version), mine),
        "theirs": _told(str(standing.version), theirs) if standing and theirs else None,
        "differs": theirs is not None and _core(mine) != _core(theirs),
    }


def _checked(values: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The facts that are right; and for each that is wrong, why."""
    told = examples.facts_of(values)
    try:
        return dict(facts.check(told, allow_context=True)), {}
    except FactErrors as wrong:
        right = {name: value for name, value in told.items() if name not in wrong.errors}
        return right, {f"facts.{name}": wording.told(text) for name, text in wrong.errors.items()}


def _core(decision: Decision) -> tuple[Any, ...]:
    return decision.outcome, decision.also, decision.eligible, decision.priority


def _told(version: str, decision: Decision) -> Tried:
    expect: dict[str, object] = {"also": list(decision.also)} if decision.also else {}
    expect |= {"eligible": decision.eligible, "priority": decision.priority}
    if decision.mode:
        expect["mode"] = decision.mode
    if decision.required_skills:
        expect["required_skills"] = list(decision.required_skills)
    return Tried(
        version=version,
        outcome=decision.outcome,
        goes=plain.goes(decision.outcome),
        expects=plain.expected(expect),
        reasons=[(each.direction, wording.reason(each)) for each in decision.reasons],
        notes=decision.notes,
        questions=[wording.question(each.fact) for each in decision.next_questions],
    )
