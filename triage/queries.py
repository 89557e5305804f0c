"""Reads of policies."""

from django.db.models import Prefetch, QuerySet

from triage.models import Policy, PolicyVersion


def with_versions() -> QuerySet[Policy]:
    """All policies with their versions, newest first."""
    newest_first = Prefetch("versions", PolicyVersion.objects.order_by("-effective_from"))
    return Policy.objects.order_by("slug").prefetch_related(newest_first)
