"""Incidents, their calls, and the decisions about them."""

import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from calls.models import Call
from dispatch.dispositions import DISPOSITIONS
from dispatch.models.fields import choices, values
from dispatch.states import INCIDENT, LIVE, IncidentStatus
from triage.models import PolicyVersion, Program


class NextNumber(Func):
    """The next incident number: short, so that people can say it over the radio."""

    function = "nextval"
    output_field = models.BigIntegerField()

    def __init__(self) -> None:
        super().__init__(Value("dispatch_incident_number"))


class Incident(models.Model):
    """What one or several calls are about, and what is done about it.

    Never left alone: while it is live it has a pending timer (`escalation.watch`), and `overdue_at` says since when
    it has waited longer than promised. A stamp that is set is changed by a `Correction` alone: Postgres says so.
    """

    class CancelReason(models.TextChoices):
        """Why it needs nothing after all."""

        CALLER = "caller", _("The caller called it off")
        OVER = "over", _("Over before anybody went")
        MISTAKE = "mistake", _("Opened by mistake, or a test")
        ELSEWHERE = "elsewhere", _("Somebody else took care of it")
        OTHER = "other", _("Another reason")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True, db_default=NextNumber(), editable=False)
    program = models.ForeignKey(Program, models.PROTECT, null=True, related_name="incidents")
    exercise = models.BooleanField(default=False)
    status = models.CharField(max_length=20, choices=choices(IncidentStatus))

    address = models.CharField(max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    location_detail = models.CharField(max_length=200, blank=True)
    placed_at = models.DateTimeField(
        null=True,
        help_text="When its position was given for this address, or a person said that the place will do as it is; "
        "null: nobody has verified it.",
    )

    # The decision in force, repeated from its IncidentDecision so that the board can sort and filter by it.
    call_type = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20)
    eligible = models.BooleanField(null=True)
    priority = models.PositiveSmallIntegerField(null=True)
    required_skills: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=30), default=list)

    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    triaged_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(null=True)
    handed_off_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    reopened_at = models.DateTimeField(null=True, help_text="When it was taken up again last.")
    merged_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    overdue_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    entered_at = models.DateTimeField(
        null=True, help_text="When it was entered from paper, with the times of then; null: it was taken live."
    )

    disposition = models.CharField(
        max_length=30, blank=True, choices=[(each.slug, each.label) for each in DISPOSITIONS.values()]
    )
    cancel_reason = models.CharField(max_length=20, blank=True, choices=CancelReason.choices)

    class Meta:
        indexes = [
            models.Index(
                fields=["priority", "received_at"], name="incident_live", condition=Q(status__in=values(LIVE))
            ),
            models.Index(fields=["changed_at", "id"], name="incident_by_change"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=values(IncidentStatus)), name="incident_status_is_known"),
            models.CheckConstraint(
                condition=~Q(status=IncidentStatus.CLOSED.value) | (Q(closed_at__isnull=False) & ~Q(disposition="")),
                name="incident_closes_with_a_disposition",
            ),
            models.CheckConstraint(
                condition=~Q(status=IncidentStatus.CANCELLED.value)
                | (Q(cancelled_at__isnull=False) & ~Q(cancel_reason="")),
                name="incident_cancels_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status=IncidentStatus.MERGED.value, merged_at__isnull=False, merged_into__isnull=False)
                | (~Q(status=IncidentStatus.MERGED.value) & Q(merged_at=None, merged_into=None)),
                name="incident_merges_into_another",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="incident_merges_not_into_itself"
            ),
            models.CheckConstraint(
                condition=~Q(status=IncidentStatus.HANDED_OFF.value) | Q(handed_off_at__isnull=False),
                name="incident_hand_off_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"incident {self.number}"

    @property
    def state(self) -> IncidentStatus:
        return IncidentStatus(self.status)

    @property
    def is_open(self) -> bool:
        return self.state in INCIDENT.open

    def local(self, at: datetime) -> datetime:
        """A moment as the clocks of its program show it."""
        return at.astimezone(ZoneInfo(self.program.time_zone) if self.program else UTC)


class IncidentCall(models.Model):
    """Which incident a call belongs to: exactly one. Where it was before is in the journal."""

    call = models.OneToOneField(Call, models.PROTECT, primary_key=True, related_name="incident_link")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="links")
    home = models.ForeignKey(
        Incident, models.PROTECT, related_name="home_links", help_text="Where it belongs when no merge counts."
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.call_id} in {self.incident_id}"


class IncidentDecision(models.Model):
    """One program's decision about an incident, over the facts of all its calls. The newest is in force; all are kept.

    Where several programs cover the place, the others' stand `beside` the one that was chosen (`calls.Assessment`).
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    conflicts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    program = models.ForeignKey(Program, models.PROTECT, related_name="incident_decisions")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="incident_decisions")
    beside = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="others", help_text="The chosen one; null when this is it."
    )
    outcome = models.CharField(max_length=20)
    decision: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["incident", "-id"], name="decision_of_incident")]
        constraints = [
            models.UniqueConstraint(fields=["beside", "program"], name="decision_of_each_program_once"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at:%H:%M:%S}"

    @property
    def chosen(self) -> bool:
        return self.beside_id is None
