"""The rules as the public reads them: no log-in, nothing about anybody."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import May, who
from triage import plain, queries
from triage.models import Policy
from triage.views import versions
from triage.views.versions import Mark


@dataclass(frozen=True)
class Standing:
    """A policy today: what is in force, what comes next, and whether it is more than training."""

    slug: str
    name: str
    now: Mark | None
    next: Mark | None
    exercise: bool
    programs: list[str]


def _standing(policy: Policy, *, at: datetime) -> Standing:
    now = versions.in_force(policy.versions.all(), at=at)
    coming = versions.following(policy.versions.all(), at=at)
    named = now or coming
    programs = sorted(policy.programs.all(), key=lambda program: program.rank)
    return Standing(
        slug=policy.slug,
        name=named.document.get("name", policy.name) if named else policy.name,
        now=versions.mark(now, at=at) if now else None,
        next=versions.mark(coming, at=at) if coming else None,
        exercise=bool(programs) and all(program.exercise for program in programs),
        programs=[program.name for program in programs],
    )


@who(May.ENTER)
def public_policies(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    found = queries.with_versions().prefetch_related("programs")
    standing = [_standing(policy, at=at) for policy in found]
    return render(
        request, "triage/public_policies.html", {"policies": [one for one in standing if one.now or one.next]}
    )


@who(May.ENTER)
def public_policy(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in force today, in full, and what comes next."""
    policy = queries.with_versions().prefetch_related("programs").filter(slug=slug).first()
    if policy is None:
        raise Http404
    at = timezone.now()
    now = versions.in_force(policy.versions.all(), at=at)
    context = {
        "policy": _standing(policy, at=at),
        "words": versions.words(now) if now else None,
        "floor": plain.floor(),
    }
    return render(request, "triage/public_policy.html", context)
