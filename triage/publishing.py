"""The verbs of policies and programs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from accounts.models import Agency
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, Refused
from triage import entries
from triage.engine import Pack
from triage.models import Policy, PolicyVersion, Program
from triage.programs import areas_of


def publish_pack(*, pack: Pack, by: Actor, at: datetime) -> Policy:
    """Publish the versions of a pack that are not there yet.

    Raises Refused when a version is there with another text: what was published, and has decided calls, never changes.
    """
    with transaction.atomic():
        policy, _ = Policy.objects.select_for_update().get_or_create(
            slug=pack.slug, defaults={"name": pack.name, "changed_at": at}
        )
        there = {version.version: version.digest for version in policy.versions.only("version", "digest")}
        for document, compiled in zip(pack.documents, pack.policies, strict=True):
            number = compiled.version
            if number in there:
                if there[number] != compiled.digest:
                    raise Refused(
                        f"Version {number} of {pack.slug} is published with another text; give it a new number."
                    )
                continue
            version = PolicyVersion.objects.create(
                policy=policy,
                version=number,
                document=dict(document),
                digest=compiled.digest,
                effective_from=compiled.effective_from,
                effective_until=compiled.effective_until,
                published_at=at,
            )
            told = entries.PolicyPublished(policy=pack.slug, version=number, digest=compiled.digest)
            record(told, subject=version, by=by, at=at)
            policy.changed_at = at
            policy.save(update_fields=["changed_at"])
    return policy


def establish(
    *,
    slug: str,
    name: str,
    agency: Agency,
    policy: Policy,
    time_zone: str,
    area: Mapping[str, Any],
    exercise: bool = False,
    offer_seconds: int = 90,
    rank: int = 100,
    by: Actor,
    at: datetime,
) -> Program:
    """A new program. Raises Invalid for an area that is not one, an unknown time zone, or a slug in use."""
    errors = {}
    try:
        areas_of(area)
    except ValueError as error:
        errors["area"] = str(error)
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        errors["time_zone"] = f"{time_zone} is not a time zone; use one such as America/Los_Angeles."
    if offer_seconds < 10:
        errors["offer_seconds"] = "At least 10: a team must be able to answer."
    if Program.objects.filter(slug=slug).exists():
        errors["slug"] = f"There is a program {slug} already."
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        program = Program.objects.create(
            slug=slug,
            name=name,
            agency=agency,
            policy=policy,
            time_zone=time_zone,
            area=dict(area),
            exercise=exercise,
            offer_seconds=offer_seconds,
            rank=rank,
            changed_at=at,
        )
        told = entries.ProgramEstablished(slug=slug, policy=policy.slug, exercise=exercise)
        record(told, subject=program, by=by, at=at)
    return program
