"""The triage rules in plain words, for everybody who works by them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import May, allows, who
from triage import queries
from triage.engine.floor import FLOOR
from triage.states import BINDING
from triage.views import versions


@who(May.READ_POLICIES)
def policies(request: HttpRequest) -> HttpResponse:
    at, writes = timezone.now(), allows(request.user, May.WRITE_POLICIES)
    found = [
        (policy, [versions.mark(version, at=at) for version in policy.versions.all()])
        for policy in queries.with_versions(drafts=writes)
    ]
    return render(request, "triage/policies.html", {"policies": found})


@who(May.READ_POLICIES)
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """The versions of one policy, the newest first."""
    writes = allows(request.user, May.WRITE_POLICIES)
    found = queries.with_versions(drafts=writes).filter(slug=slug).first()
    if found is None:
        raise Http404
    at = timezone.now()
    marks = [(each, versions.mark(each, at=at)) for each in found.versions.all()]
    context = {
        "policy": found,
        "binding": [mark for each, mark in marks if each.state in BINDING],
        "drafts": [mark for each, mark in marks if each.state not in BINDING],
    }
    return render(request, "triage/policy.html", context)


@who(May.READ_POLICIES)
def version(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """One version from its first word to its last."""
    found, at = versions.found(request, slug, version), timezone.now()
    context = {
        "policy": found.policy,
        "version": versions.mark(found, at=at),
        "words": versions.words(found),
        "examples": versions.examples(found),
        "floor": [piece.text for piece in FLOOR],
    }
    return render(request, "triage/version.html", context)
