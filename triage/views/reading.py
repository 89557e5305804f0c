"""The triage rules in plain words, for everybody who works by them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import May, actor, allows, who
from triage import comparing, plain, queries
from triage.comparing import Differences
from triage.forms.typed import Typed
from triage.models import PolicyVersion
from triage.states import BINDING, VersionStatus
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
    """The versions of one policy, the newest first; what is being written before them."""
    return policy_page(request, slug)


def policy_page(request: HttpRequest, slug: str, *, typed: Typed | None = None, status: int = 200) -> HttpResponse:
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
        "bases": [
            (mark.version, _("Version %(version)s (%(state)s)") % {"version": mark.version, "state": mark.state})
            for _each, mark in marks
        ],
        "base": next((mark.version for _each, mark in marks if mark.is_in_force), ""),
        "typed": typed,
    }
    return render(request, "triage/policy.html", context, status=status)


@who(May.READ_POLICIES)
def version(request: HttpRequest, slug: str, version: str) -> HttpResponse:
    """One version from its first word to its last."""
    return version_page(request, versions.found(request, slug, version))


def version_page(
    request: HttpRequest, found: PolicyVersion, *, alert: str = "", typed: Typed | None = None, status: int = 200
) -> HttpResponse:
    """The version, with what can be done about it by whoever looks."""
    context: dict[str, Any] = {
        "policy": found.policy,
        "version": versions.mark(found, at=timezone.now()),
        "words": versions.words(found),
        "examples": versions.examples(found),
        "floor": plain.floor(),
        "before": None,
        "alert": alert,
        "typed": typed,
    }
    if before := _before(request, found):
        context["before"] = before.version
        if found.state is VersionStatus.IN_REVIEW:
            context["differences"] = compared(before, found)
    if found.state is VersionStatus.IN_REVIEW:
        context["is_writer"] = actor(request).actor_id in found.written_by
    return render(request, "triage/version.html", context, status=status)


def compared(before: PolicyVersion, after: PolicyVersion) -> Differences:
    return comparing.compare(before.document, after.document, examples=(before.examples, after.examples))


def _before(request: HttpRequest, found: PolicyVersion) -> PolicyVersion | None:
    """What a version is compared with first: the one in force while it is not decided upon, then the one before it."""
    binding = found.policy.versions.filter(status__in=BINDING).exclude(pk=found.pk).order_by("-effective_from")
    if found.state in BINDING:
        return binding.filter(effective_from__lt=found.effective_from).first()
    standing = versions.in_force(binding, at=timezone.now())
    return standing or found.based_on or binding.first()
