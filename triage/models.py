"""Programs and the policies that decide for them."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Agency
from triage.states import BINDING, VersionStatus


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _values(states: Iterable[VersionStatus]) -> list[str]:
    return sorted(state.value for state in states)


class Policy(models.Model):
    """The triage rules of a city, in versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(help_text="When a version was last published, or its weights learned.")
    weights: "models.JSONField[dict[str, float], dict[str, float]]" = models.JSONField(
        default=dict, help_text="How often each fact settles a call; brings its question forward (calls.weighing)."
    )

    class Meta:
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One version: the document that the engine compiles (docs/policies.md), and the examples that prove it.

    Once published it decides over its range of time and never changes; Postgres refuses it (migration 0003), and an
    approval by anybody who wrote it. Only its end may come sooner: another version follows, or a person retires it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    version = models.CharField(max_length=20, help_text="As people call it, such as 2025-10.")
    status = models.CharField(max_length=20, choices=[(each.value, each.value) for each in VersionStatus])
    document: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the document, in canonical form.")
    examples: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    effective_from = models.DateTimeField(help_text="Of a draft: as its document wishes.")
    effective_until = models.DateTimeField(null=True, blank=True)

    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="drafts")
    written_by: "ArrayField[list[uuid.UUID], list[uuid.UUID]]" = ArrayField(
        models.UUIDField(), default=list, help_text="Everybody who changed or submitted it: none of them approves it."
    )
    writers = models.CharField(max_length=500, blank=True, help_text="The same people's names.")
    changed_at = models.DateTimeField()
    review_words = models.CharField(max_length=1000, blank=True, help_text="Why a reviewer sent it back last.")
    approved_by_id = models.UUIDField(null=True)
    approved_by_name = models.CharField(max_length=120, blank=True)
    published_at = models.DateTimeField(null=True)
    unsafe_reason = models.CharField(
        max_length=1000, blank=True, help_text="Why it was published although its preview showed unsafe changes."
    )
    retired_by_name = models.CharField(max_length=120, blank=True)
    retired_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "version"], name="policy_version_once"),
            ExclusionConstraint(
                name="policy_versions_do_not_overlap",
                expressions=[
                    ("policy", RangeOperators.EQUAL),
                    (
                        TsTzRange("effective_from", "effective_until", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status__in=_values(BINDING)),
            ),
            models.CheckConstraint(
                condition=Q(status__in=_values(VersionStatus)), name="policy_version_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(effective_until=None)
                | Q(effective_until__gt=F("effective_from"))
                | Q(status=VersionStatus.RETIRED.value, effective_until=F("effective_from")),  # before it began
                name="policy_version_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=_values(BINDING)) | Q(published_at__isnull=False),
                name="policy_version_binds_since_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} version {self.version}"

    @property
    def state(self) -> VersionStatus:
        return VersionStatus(self.status)


class Program(models.Model):
    """A community-response program: where it serves, by which policy, and how long a team has to answer an offer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="programs")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="programs")
    time_zone = models.CharField(max_length=60)
    area: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        help_text="GeoJSON FeatureCollection of polygons; each feature's property `name` is a value of the fact `area`."
    )
    exercise = models.BooleanField(
        default=False, help_text="Everything here is an exercise: its own units only, nobody outside is told."
    )
    offer_seconds = models.PositiveIntegerField(default=90, help_text="How long a team has to answer an offer.")
    rank = models.PositiveIntegerField(default=100, help_text="Where areas overlap, the lowest decides.")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(offer_seconds__gte=10), name="program_offer_can_be_answered"),
        ]

    def __str__(self) -> str:
        return self.name
