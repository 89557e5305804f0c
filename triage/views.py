"""The triage rules in plain words, for everybody who works by them."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import May, who
from triage import deciding, plain, queries
from triage.engine.floor import FLOOR
from triage.models import PolicyVersion


@dataclass(frozen=True)
class VersionWords:
    """One version of a policy as people read it."""

    version: str
    state: str
    begins: str
    ends: str
    why: tuple[str, ...]
    source: tuple[str, ...]
    gaps: tuple[str, ...]
    hours: list[str]
    areas: list[str]
    otherwise: str
    closed: str
    priority: int
    rules: list[plain.RuleWords]
    digest: str


@who(May.READ_POLICIES)
def policies(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    found = [
        (policy, [_mark(version, at=at) for version in policy.versions.all()]) for policy in queries.with_versions()
    ]
    return render(request, "triage/policies.html", {"policies": found})


@who(May.READ_POLICIES)
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version of one policy, the newest first."""
    found = queries.with_versions().filter(slug=slug).first()
    if found is None:
        raise Http404
    at = timezone.now()
    context = {
        "policy": found,
        "versions": [_words(version, at=at) for version in found.versions.all()],
        "floor": [piece.text for piece in FLOOR],
    }
    return render(request, "triage/policy.html", context)


def _words(version: PolicyVersion, *, at: datetime) -> VersionWords:
    text, document = deciding.compiled(version).text, version.document
    return VersionWords(
        version=str(version.version),
        state=_state(version, at),
        begins=_moment(version, version.effective_from),
        ends=_moment(version, version.effective_until),
        why=_texts(document.get("why")),
        source=_texts(document.get("source")),
        gaps=_texts(document.get("gaps")),
        hours=plain.hours(text.hours),
        areas=sorted(text.areas),
        otherwise=plain.goes(text.otherwise),
        closed=plain.goes(text.closed),
        priority=text.priority,
        rules=[plain.rule(rule) for rule in text.rules],
        digest=version.digest,
    )


def _mark(version: PolicyVersion, *, at: datetime) -> dict[str, str]:
    return {
        "version": str(version.version),
        "state": _state(version, at),
        "begins": _moment(version, version.effective_from),
        "ends": _moment(version, version.effective_until),
    }


def _moment(version: PolicyVersion, at: datetime | None) -> str:
    """On the policy's own clock; a midnight is a date."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(version.document["time_zone"]))
    day = f"{local.day} {local:%B %Y}"
    return day if (local.hour, local.minute) == (0, 0) else f"{day}, {local:%H:%M %Z}"


def _texts(value: str | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _state(version: PolicyVersion, at: datetime) -> str:
    if version.effective_from > at:
        return "not yet in force"
    return "in force" if version.effective_until is None or version.effective_until > at else "no longer in force"
