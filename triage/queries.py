"""Reads of policies."""

from django.db.models import Prefetch, QuerySet

from triage.models import Policy, PolicyVersion
from triage.states import BINDING


def binding() -> QuerySet[PolicyVersion]:
    """The versions that have decided or may decide calls: no drafts."""
    return PolicyVersion.objects.filter(status__in=BINDING)


def with_versions() -> QuerySet[Policy]:
    """All policies with their binding versions, newest first."""
    newest_first = Prefetch("versions", binding().order_by("-effective_from"))
    return Policy.objects.order_by("slug").prefetch_related(newest_first)
