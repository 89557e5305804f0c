"""Decide by the version of a policy that is in force."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from journal.refusals import Refused
from triage.engine import Decision, compile_policy
from triage.engine import Policy as CompiledPolicy
from triage.models import Policy, PolicyVersion
from triage.states import BINDING


class NoVersionInForce(Refused):
    """No version of the policy was in force at the moment asked for."""


@lru_cache(maxsize=32)  # of some 3 MB each; a draft is another one after each edit
def _compiled(version_id: uuid.UUID, digest: str) -> CompiledPolicy:
    # The digest is in the look-up too: a draft that was changed in between must not be remembered under its old one.
    return compile_policy(PolicyVersion.objects.values_list("document", flat=True).get(pk=version_id, digest=digest))


def version_at(policy: Policy, at: datetime) -> PolicyVersion:
    """The version in force. Raises NoVersionInForce. No query when the policy's versions are fetched already."""
    if "versions" in getattr(policy, "_prefetched_objects_cache", {}):
        versions = policy.versions.all()
    else:  # not the words of every version and draft, for the dates of one
        versions = policy.versions.filter(status__in=BINDING, effective_from__lte=at).defer("document", "examples")
    for version in versions:
        if version.status not in BINDING:
            continue
        if version.effective_from <= at and (version.effective_until is None or at < version.effective_until):
            return version
    told = {"policy": policy.slug, "moment": f"{at:%Y-%m-%d %H:%M %Z}"}
    raise NoVersionInForce(_("No version of the policy %(policy)s is in force at %(moment)s.") % told)


def decide(version: PolicyVersion, known: Mapping[str, Any], *, at: datetime) -> Decision:
    """The decision that this version makes of these facts at this moment. `known` may hold `area`.

    Its questions stand in the order that the policy's weights give them. No query once the version is compiled and its
    policy fetched.
    """
    return _compiled(version.id, version.digest).decide(known, at=at, weights=version.policy.weights)


def compiled(version: PolicyVersion) -> CompiledPolicy:
    """The engine's form of a version: for pages that show its rules."""
    return _compiled(version.id, version.digest)
