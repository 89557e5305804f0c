"""Programs and the policies that decide for them."""

import uuid
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import Agency


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Policy(models.Model):
    """The triage rules of a city, in versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    changed_at = models.DateTimeField(help_text="When a version was last published.")

    class Meta:
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One version: the document that the engine compiles (docs/policies.md), in force over a range of time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    version = models.CharField(max_length=20, help_text="As people call it, such as 2025-10.")
    document: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the document, in canonical form.")
    effective_from = models.DateTimeField()
    effective_until = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField()

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
            ),
            models.CheckConstraint(
                condition=Q(effective_until=None) | Q(effective_until__gt=F("effective_from")),
                name="policy_version_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} version {self.version}"


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
