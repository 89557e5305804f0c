"""The verbs of policies and programs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Agency
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid, Refused, fitting
from triage import entries
from triage.engine import Pack
from triage.entries import code
from triage.models import Policy, PolicyVersion, Program
from triage.programs import areas_of
from triage.states import BINDING, VERSION, VersionStatus


def publish_pack(*, pack: Pack, by: Actor, at: datetime) -> Policy:
    """Publish the versions of a pack that are not there yet.

    Raises Refused when a version is there with another text, or another one for a part of its time: what was
    published, and has decided calls, never changes; and when a draft has its number.
    """
    with transaction.atomic():
        policy, _new = Policy.objects.select_for_update().get_or_create(
            slug=pack.slug, defaults={"name": pack.name, "changed_at": at}
        )
        there = {version.version: version for version in policy.versions.only("version", "digest", "status")}
        for document, compiled in zip(pack.documents, pack.policies, strict=True):
            number = compiled.version
            if known := there.get(number):
                if known.state not in BINDING:
                    told = _("A draft of %(policy)s is called %(version)s. Discard it, or give this a new number.")
                    raise Refused(told % {"policy": pack.slug, "version": number})
                if known.digest != compiled.digest:
                    told = _("Version %(version)s of %(policy)s is published with another text; give it a new number.")
                    raise Refused(told % {"policy": pack.slug, "version": number})
                continue
            version = PolicyVersion(
                policy=policy,
                version=number,
                status=VersionStatus.PUBLISHED,
                document=dict(document),
                digest=compiled.digest,
                examples=[each.to_json() for each in pack.examples if compiled.is_in_force(each.at)],
                effective_from=compiled.effective_from,
                effective_until=compiled.effective_until,
                changed_at=at,
                published_at=at,
            )
            try:
                with transaction.atomic():
                    version.save(force_insert=True)
            except IntegrityError:
                told = _("Another version of %(policy)s is published for a part of the time of %(version)s.")
                raise Refused(told % {"policy": pack.slug, "version": number}) from None
            _announce(version, policy, by=by, at=at)
    return policy


def publish(*, version: PolicyVersion, seen: str, unsafe_reason: str = "", by: Actor, at: datetime) -> PolicyVersion:
    """A second person approves what is in review: from its date on, or from now if that has passed, it decides.

    The version that would have been in force then ends at that moment. Raises Refused for whoever wrote or submitted
    it, for one that is not in review or no longer the text that they have seen (its digest), and when a later version
    has been published already for its time.

    That its preview was looked at is for the caller to see to (`planning`, which holds previews).
    """
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=version.policy_id)  # two approvals come one by one
        version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        VERSION.guard(version.state, VersionStatus.PUBLISHED)
        if by.actor_id is None or by.actor_id in version.written_by:
            told = _("Somebody else approves this version: it was written by %(writers)s.")
            raise Refused(told % {"writers": version.writers})
        if version.digest != seen:  # sent back, changed and submitted again while they read
            raise Refused(_("This version was changed meanwhile. Read it and its preview again, then approve it."))
        begins = max(version.effective_from, at)
        if version.effective_until is not None and version.effective_until <= begins:
            raise Refused(_("This version ends before it could begin. Send it back, and give it other dates."))
        before = policy.versions.filter(status=VersionStatus.PUBLISHED, effective_from__lt=begins).order_by(
            "-effective_from"
        )
        if (last := before.first()) and (last.effective_until is None or last.effective_until > begins):
            last.effective_until = begins
            last.save(update_fields=["effective_until"])
        version.status = VersionStatus.PUBLISHED
        version.effective_from = begins
        version.approved_by_id, version.approved_by_name = by.actor_id, by.actor_name
        version.published_at = version.changed_at = at
        version.unsafe_reason = unsafe_reason
        try:
            with transaction.atomic():
                version.save()
        except IntegrityError:
            told = _("Another version is published already for a part of that time. Change the dates.")
            raise Refused(told) from None
        _announce(version, policy, by=by, at=at)
    return version


def retire(*, version: PolicyVersion, reason: str, by: Actor, at: datetime) -> PolicyVersion:
    """End a published version now; one that has not begun never will. Nothing replaces it by itself.

    Raises Invalid without a reason, Refused for a version that has ended or is not published.
    """
    (reason,) = fitting({"reason": (reason, 500)}, needed={"reason": _("Say why it ends.")})
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=version.policy_id)
        version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        VERSION.guard(version.state, VersionStatus.RETIRED)
        if version.effective_until is not None and version.effective_until <= at:
            raise Refused(_("This version has ended already."))
        version.status = VersionStatus.RETIRED
        version.effective_until = max(version.effective_from, at)
        version.changed_at, version.retired_by_name, version.retired_reason = at, by.actor_name, reason
        version.save()
        told = entries.PolicyMoved(policy=policy.slug, version=code(version.version), status=version.status)
        record(told, subject=version, by=by, at=at)
        _touch(policy, at)
    return version


def weigh(*, policy: Policy, weights: Mapping[str, float], by: Actor, at: datetime) -> None:
    """Keep what was learned of a policy's questions: it orders them and changes no outcome. The same writes nothing."""
    with transaction.atomic():
        policy = Policy.objects.select_for_update().get(pk=policy.pk)
        if policy.weights == weights:
            return
        policy.weights = dict(weights)
        policy.save(update_fields=["weights"])
        heaviest = sorted(weights, key=lambda name: (-weights[name], name))
        record(entries.PolicyWeighed(policy=policy.slug, facts=tuple(heaviest)), subject=policy, by=by, at=at)
        _touch(policy, at)


def _announce(version: PolicyVersion, policy: Policy, *, by: Actor, at: datetime) -> None:
    told = entries.PolicyPublished(policy=policy.slug, version=code(version.version), digest=version.digest)
    record(told, subject=version, by=by, at=at)
    _touch(policy, at)


def _touch(policy: Policy, at: datetime) -> None:
    # By this every process learns that what it holds of the policy is old (`programs.held`).
    policy.changed_at = at
    policy.save(update_fields=["changed_at"])


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
        errors["time_zone"] = _("%(zone)s is not a time zone; use one such as America/Los_Angeles.") % {
            "zone": time_zone
        }
    if offer_seconds < 10:
        errors["offer_seconds"] = _("At least 10: a team must be able to answer.")
    if rank not in range(32_768):
        errors["rank"] = _("0 to 32767; the lowest decides first where areas overlap.")
    if Program.objects.filter(slug=slug).exists():
        errors["slug"] = _("There is a program %(slug)s already.") % {"slug": slug}
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
