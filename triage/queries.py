"""Reads of policies."""

from django.db.models import Prefetch, QuerySet

from triage.models import Policy, PolicyVersion
from triage.states import BINDING


def binding() -> QuerySet[PolicyVersion]:
    """The versions that have decided or may decide calls: no drafts."""
    return PolicyVersion.objects.filter(status__in=BINDING)


def with_versions(*, drafts: bool = False) -> QuerySet[Policy]:
    """All policies with their binding versions, newest first; with `drafts` whatever is being written too."""
    versions = PolicyVersion.objects.all() if drafts else binding()
    newest_first = Prefetch("versions", versions.order_by("-effective_from", "-changed_at"))
    return Policy.objects.order_by("slug").prefetch_related(newest_first)
