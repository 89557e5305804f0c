"""What the pages of a draft share: who may open it, and what is shown when a change of it is refused."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from triage import drafting, plain, wording
from triage.engine import PolicyError, check, failures, take_example
from triage.engine.document import take_policy
from triage.models import PolicyVersion
from triage.states import BINDING, VersionStatus
from triage.views import versions


@dataclass(frozen=True)
class Clash:
    """Two people at one part: what stands there now, and what was typed here, in words."""

    now: Any = None
    mine: Any = None
    lines: list[tuple[str, str, str]] = field(default_factory=list)


def draft_of(request: HttpRequest, slug: str, version: str) -> PolicyVersion | None:
    """The draft; None when it is no draft any more, and its own page says what it is now."""
    found = versions.found(request, slug, version)
    if found.state in BINDING and request.method == "GET":
        raise Http404
    return found if found.state is VersionStatus.DRAFT else None


def elsewhere(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    messages.warning(request, _("This version is no draft any more, so nothing was changed."))
    return redirect("triage:version", slug, version)


def edit_page(draft: PolicyVersion, part: str = "") -> HttpResponse:
    return redirect(f"{reverse('triage:edit', args=[draft.policy.slug, draft.version])}{part}")


def rule_words(draft: PolicyVersion, rule: Any) -> plain.RuleWords | None:
    """A rule in words, as it would stand in this draft; None when it cannot be read."""
    if rule is None:
        return None
    try:
        return plain.rule(take_policy({**draft.document, "rules": [rule]}).rules[0])
    except PolicyError:
        return None


@dataclass(frozen=True)
class Held:
    """An example of a draft, and what the draft decides otherwise."""

    words: versions.ExampleWords
    stamp: str
    failure: str


def held_against(draft: PolicyVersion) -> list[Held]:
    """The draft's examples, each decided by the draft, whatever its dates."""
    zone = ZoneInfo(draft.document["time_zone"])
    taken = [take_example(each, "example", zone) for each in draft.examples]
    failed = {each.example: wording.told(each.sentence) for each in failures(taken, [drafting.always(draft.document)])}
    return [
        Held(versions.example_words(draft, each), drafting.stamp(each), failed.get(each["name"], ""))
        for each in draft.examples
    ]


@lru_cache(maxsize=64)
def _findings(digest: str, version: PolicyVersion) -> tuple[tuple[str, str], ...]:
    return tuple((finding.rule, finding.sentence) for finding in check(take_policy(version.document)))


def findings(draft: PolicyVersion) -> list[tuple[str, str]]:
    """The rules that make no sense, as (rule, sentence): a compilation a rule, so it is kept for as long as nothing
    changes."""
    return [(rule, wording.told(sentence)) for rule, sentence in _findings(draft.digest, draft)]
