"""Teams asked and sent, and what they are told on the way."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dispatch.dispositions import DISPOSITIONS
from dispatch.models.fields import choices, values
from dispatch.models.incidents import Incident
from dispatch.states import ASSIGNMENT, ENGAGED, AssignmentStatus
from responders.models import Unit


class Round(models.Model):
    """Several units asked at once for one incident. As many as are `wanted` get it; the others need not come."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="rounds")
    wanted = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(wanted__gte=1), name="round_wants_somebody")]

    def __str__(self) -> str:
        return f"{self.wanted} wanted for {self.incident_id}"


class Assignment(models.Model):
    """One unit for one incident, from the offer to the end. A unit has one that is open at most: Postgres says so."""

    class Reason(models.TextChoices):
        """Why a team declined. Safety is kept apart: declining for it is a right, not a refusal."""

        SAFETY = "safety", _("Not safe for this team")
        SKILLS = "skills", _("Wrong skills for this")
        TOO_FAR = "too_far", _("Too far away")
        ENGAGED = "engaged", _("Busy with someone here")
        SHIFT_END = "shift_end", _("Shift ends")
        OTHER = "other", _("Another reason")

    class Withdrawal(models.TextChoices):
        """Why an offer or a team was taken back. None of them is the team's doing."""

        DISPATCHER = "dispatcher", _("a dispatcher took it back")
        TAKEN = "taken", _("as many teams as were wanted have it")
        SUPERSEDED = "superseded", _("the team is asked for something more urgent")
        PREEMPTED = "preempted", _("the team was taken for something more urgent")
        HELD = "held", _("the incident is on hold")
        TURNED = "turned", _("the decision turned away from a team")
        OVER = "over", _("the incident is over")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assignments")
    round = models.ForeignKey(
        Round, models.PROTECT, null=True, related_name="assignments", help_text="Null when it was asked by itself."
    )
    status = models.CharField(max_length=20, choices=choices(AssignmentStatus))
    offered_by_id = models.UUIDField(null=True)
    offered_by_name = models.CharField(max_length=120)
    offered_at = models.DateTimeField()
    respond_by = models.DateTimeField(null=True, help_text="Null when the team was sent, not asked.")
    unreached_at = models.DateTimeField(null=True, help_text="When no phone of the crew could be told of the offer.")
    accepted_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    staged_at = models.DateTimeField(null=True)
    on_scene_at = models.DateTimeField(null=True)
    transporting_at = models.DateTimeField(null=True)
    at_destination_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When it was declined, expired or withdrawn.")
    decline_reason = models.CharField(max_length=20, blank=True, choices=Reason.choices)
    withdrawal = models.CharField(max_length=20, blank=True, choices=Withdrawal.choices)
    words = models.CharField(max_length=500, blank=True, help_text="What the person who ended it added.")
    disposition = models.CharField(
        max_length=30, blank=True, choices=[(each.slug, each.label) for each in DISPOSITIONS.values()]
    )

    class Meta:
        indexes = [
            models.Index(fields=["incident", "offered_at"], name="assignment_of_incident"),
            models.Index(fields=["unit", "offered_at"], name="assignment_of_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(status__in=values(ASSIGNMENT.open)),
                name="unit_has_one_open_assignment",
            ),
            models.CheckConstraint(condition=Q(status__in=values(AssignmentStatus)), name="assignment_status_is_known"),
            models.CheckConstraint(
                condition=~Q(status=AssignmentStatus.OFFERED.value) | Q(respond_by__isnull=False),
                name="assignment_offer_has_a_window",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=values(ENGAGED | {AssignmentStatus.CLEARED})) | Q(accepted_at__isnull=False),
                name="assignment_engaged_was_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(status=AssignmentStatus.CLEARED.value)
                | (Q(cleared_at__isnull=False) & ~Q(disposition="")),
                name="assignment_clears_with_a_disposition",
            ),
            models.CheckConstraint(
                condition=~Q(status=AssignmentStatus.DECLINED.value) | ~Q(decline_reason=""),
                name="assignment_declines_with_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(status=AssignmentStatus.WITHDRAWN.value) & ~Q(withdrawal=""))
                | (~Q(status=AssignmentStatus.WITHDRAWN.value) & Q(withdrawal="")),
                name="assignment_withdrawn_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.status}"

    @property
    def state(self) -> AssignmentStatus:
        return AssignmentStatus(self.status)

    @property
    def is_open(self) -> bool:
        return self.state in ASSIGNMENT.open


class Diversion(models.Model):
    """A team under way was taken from one incident for a more urgent one: by whose consent, and whether it knows.

    It knows once it has said that it has seen it, or reports anything on the new one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="diversion")
    instead_of = models.OneToOneField(Assignment, models.PROTECT, related_name="diverted")
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)
    words = models.CharField(max_length=300)
    radio_at = models.DateTimeField(null=True, help_text="Since when the dispatcher is told to radio it.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.UUIDField(null=True)
    acknowledged_by_name = models.CharField(max_length=120, blank=True)
    by_radio = models.BooleanField(default=False, help_text="A dispatcher told them and entered that they have heard.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(assignment=F("instead_of")), name="diversion_leads_elsewhere"),
            models.CheckConstraint(condition=~Q(by_name="") & ~Q(words=""), name="diversion_says_who_and_why"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by_name="", by_radio=False)
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by_name="")),
                name="diversion_is_seen_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instead_of_id} diverted to {self.assignment_id}"

    @property
    def is_unseen(self) -> bool:
        return self.acknowledged_at is None and self.assignment.state is AssignmentStatus.ACCEPTED


class Alert(models.Model):
    """A team that is under way is told that the outcome it was sent to has changed.

    It stands until the outcome is what it was, until a further change takes its place, or until the team has seen it
    and goes on under it; and no longer than the assignment itself. Nothing here ever withdraws a team.
    """

    class Ending(models.TextChoices):
        """Why it stands no more."""

        RESTORED = "restored", _("the outcome is again what the team was sent to")
        REPLACED = "replaced", _("a further change took its place")
        FOLLOWED = "followed", _("the team has seen it and goes on")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="alerts")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="alerts")
    at = models.DateTimeField()
    before = models.CharField(max_length=20, help_text="The outcome that the team was sent to.")
    after = models.CharField(max_length=20)
    changed: "models.JSONField[dict[str, list[Any]], dict[str, list[Any]]]" = models.JSONField(
        default=dict, help_text="Facts with their value before and after; empty when a person decided so."
    )
    radio_at = models.DateTimeField(null=True, help_text="Since when the dispatcher is told to radio it.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.UUIDField(null=True)
    acknowledged_by_name = models.CharField(max_length=120, blank=True)
    by_radio = models.BooleanField(default=False, help_text="A dispatcher told them and entered that they have heard.")
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=10, blank=True, choices=Ending.choices)

    class Meta:
        indexes = [models.Index(fields=["incident", "-at"], name="alert_of_incident")]
        constraints = [
            models.UniqueConstraint(fields=["assignment"], condition=Q(ended_at=None), name="team_has_one_alert"),
            models.CheckConstraint(condition=~Q(after=F("before")), name="alert_tells_of_a_change"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by_name="", by_radio=False)
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by_name="")),
                name="alert_is_seen_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="alert_end_says_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} turned to {self.after}"
