"""Reads of policies."""

from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Prefetch, QuerySet, Subquery

from triage.models import Policy, PolicyVersion
from triage.states import BINDING


def binding() -> QuerySet[PolicyVersion]:
    """The versions that have decided or may decide calls: no drafts."""
    return PolicyVersion.objects.filter(status__in=BINDING)


def with_versions(*, drafts: bool = False) -> QuerySet[Policy]:
    """Policies with their binding versions, newest first, where there are any; with `drafts` all of them, and whatever
    is being written."""
    versions = PolicyVersion.objects.all() if drafts else binding()
    newest_first = Prefetch("versions", versions.order_by("-effective_from", "-changed_at"))
    policies = Policy.objects.order_by("slug").prefetch_related(newest_first)
    return policies if drafts else policies.filter(Exists(binding().filter(policy=OuterRef("pk"))))


M = TypeVar("M", bound=Model)


def last_moment(kept: QuerySet[M]) -> QuerySet[M]:
    """Of the decisions kept about one thing, those of the newest moment: the chosen one first, those beside it after.

    They are written one after the other under the lock of what they are about, so none of another moment is between.
    """
    chosen = kept.filter(beside=None).order_by("-id").values("id")[:1]
    return kept.filter(id__gte=Subquery(chosen)).order_by("id").select_related("program").defer("program__area")
