"""Who goes: incidents, their decisions, assignments and hand-offs."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value

from calls.models import Call
from dispatch.dispositions import DISPOSITIONS
from dispatch.states import (
    ASSIGNMENT,
    ENGAGED,
    INCIDENT,
    LIVE,
    AssignmentStatus,
    HandoffStatus,
    IncidentStatus,
)
from responders.models import Unit
from triage.models import PolicyVersion, Program


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in words]


def _values(words: Any) -> list[str]:
    # Plain strings: migrations would else name the members of an enumeration that may change.
    return sorted(word.value for word in words)


class NextNumber(Func):
    """The next incident number: short, so that people can say it over the radio."""

    function = "nextval"
    output_field = models.BigIntegerField()

    def __init__(self) -> None:
        super().__init__(Value("dispatch_incident_number"))


class Incident(models.Model):
    """What one or several calls are about, and what is done about it.

    Never left alone: while it is live it has a pending timer (`escalation.watch`), and `overdue_at` says since when
    it has waited longer than promised.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True, db_default=NextNumber(), editable=False)
    program = models.ForeignKey(Program, models.PROTECT, null=True, related_name="incidents")
    exercise = models.BooleanField(default=False)
    status = models.CharField(max_length=20, choices=_choices(IncidentStatus))

    address = models.CharField(max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    location_detail = models.CharField(max_length=200, blank=True)

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
    overdue_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    disposition = models.CharField(
        max_length=30, blank=True, choices=[(each.slug, each.label) for each in DISPOSITIONS.values()]
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["priority", "received_at"], name="incident_live", condition=Q(status__in=_values(LIVE))
            ),
            models.Index(fields=["changed_at", "id"], name="incident_by_change"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=_values(IncidentStatus)), name="incident_status_is_known"),
            models.CheckConstraint(
                condition=~Q(status=IncidentStatus.CLOSED.value) | (Q(closed_at__isnull=False) & ~Q(disposition="")),
                name="incident_closes_with_a_disposition",
            ),
            models.CheckConstraint(
                condition=~Q(status=IncidentStatus.CANCELLED.value) | Q(cancelled_at__isnull=False),
                name="incident_cancellation_has_its_moment",
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


class IncidentCall(models.Model):
    """Which incident a call belongs to: exactly one."""

    call = models.OneToOneField(Call, models.PROTECT, primary_key=True, related_name="incident_link")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="links")
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


class Override(models.Model):
    """A person's word over the policy's about one incident: who, why, and what a supervisor said of it later.

    It holds over every later decision until somebody takes it back, or the floor does. Decisions are kept all the same.
    """

    class Outcome(models.TextChoices):
        """What a person may decide: anything but leaving it open."""

        COMMUNITY = "community", "A community team goes"
        CO_RESPONSE = "co_response", "A community team goes together with police"
        CRISIS_LINE = "crisis_line", "The crisis line takes it"
        POLICE = "police", "Police take it"
        FIRE = "fire", "The fire department takes it"
        EMS = "ems", "An ambulance takes it"
        INFORMATION = "information", "The information line takes it"

    class Reason(models.TextChoices):
        """Why, in either direction."""

        KNOWN = "known_to_team", "A team knows this person"
        ASKED_TEAM = "caller_asks_for_team", "The caller asks for a team"
        ASKED_OTHER = "caller_asks_for_other", "The caller asks for police or an ambulance"
        TRUST = "language_or_trust", "Language or trust"
        DANGER = "danger_not_captured", "Danger that the answers do not say"
        CALMER = "calmer_than_answers", "Calmer than the answers say"
        WITH_POLICE = "safer_with_police", "Safer with police"
        RESOURCES = "resources", "Who is free, and how soon"
        POLICY = "policy_is_wrong", "The policy is wrong here"
        OTHER = "other", "Another reason"

    class Verdict(models.TextChoices):
        """What a supervisor makes of it."""

        AGREE = "agree", "Agree"
        DISAGREE = "disagree", "Disagree"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="overrides")
    decision = models.ForeignKey(
        IncidentDecision, models.PROTECT, null=True, related_name="overrides", help_text="Null where no policy decided."
    )
    at = models.DateTimeField()
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=120)
    before = models.CharField(max_length=20, help_text="The outcome until then.")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    reason = models.CharField(max_length=30, choices=Reason.choices)
    words = models.CharField(max_length=500)
    lifted_at = models.DateTimeField(null=True)
    lifted_by_id = models.UUIDField(null=True)
    lifted_by_name = models.CharField(max_length=120, blank=True)
    lifted_words = models.CharField(max_length=500, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by_id = models.UUIDField(null=True)
    reviewed_by_name = models.CharField(max_length=120, blank=True)
    verdict = models.CharField(max_length=10, blank=True, choices=Verdict.choices)
    review_words = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["incident"], name="override_of_incident"),
            models.Index(fields=["-at"], name="override_by_moment"),
            models.Index(fields=["-at"], name="override_unreviewed", condition=Q(reviewed_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(lifted_at=None), name="incident_has_one_override_in_force"
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(words=""), name="override_says_why"),
            models.CheckConstraint(condition=~Q(outcome=F("before")), name="override_changes_the_outcome"),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | (~Q(lifted_by_name="") & ~Q(lifted_words="")),
                name="override_is_lifted_by_somebody_with_words",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by_id=None, verdict="")
                | (Q(reviewed_at__isnull=False, reviewed_by_id__isnull=False) & ~Q(verdict="")),
                name="override_review_is_whole",
            ),
            models.CheckConstraint(condition=~Q(reviewed_by_id=F("by_id")), name="override_is_reviewed_by_another"),
            models.CheckConstraint(
                condition=~Q(verdict="disagree") | ~Q(review_words=""), name="override_disagreement_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} overridden to {self.outcome}"

    @property
    def direction(self) -> str:
        """Toward a team, away from one, or elsewhere; a team together with police stands between."""
        nearness = {"community": 2, "co_response": 1}
        change = nearness.get(self.outcome, 0) - nearness.get(self.before, 0)
        return "toward" if change > 0 else "away" if change < 0 else "elsewhere"


class Assignment(models.Model):
    """One unit for one incident, from the offer to the end. A unit has one that is open at most: Postgres says so."""

    class Reason(models.TextChoices):
        """Why a team declined. Safety is kept apart: declining for it is a right, not a refusal."""

        SAFETY = "safety", "Not safe for this team"
        SKILLS = "skills", "Wrong skills for this"
        TOO_FAR = "too_far", "Too far away"
        ENGAGED = "engaged", "Busy with someone here"
        SHIFT_END = "shift_end", "Shift ends"
        OTHER = "other", "Another reason"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assignments")
    status = models.CharField(max_length=20, choices=_choices(AssignmentStatus))
    offered_by_id = models.UUIDField(null=True)
    offered_by_name = models.CharField(max_length=120)
    offered_at = models.DateTimeField()
    respond_by = models.DateTimeField(null=True, help_text="Null when the team was sent, not asked.")
    accepted_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    staged_at = models.DateTimeField(null=True)
    on_scene_at = models.DateTimeField(null=True)
    transporting_at = models.DateTimeField(null=True)
    at_destination_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When it was declined, expired or withdrawn.")
    decline_reason = models.CharField(max_length=20, blank=True, choices=Reason.choices)
    words = models.CharField(max_length=500, blank=True, help_text="What the person who ended it added.")
    disposition = models.CharField(
        max_length=30, blank=True, choices=[(each.slug, each.label) for each in DISPOSITIONS.values()]
    )

    class Meta:
        indexes = [models.Index(fields=["incident", "offered_at"], name="assignment_of_incident")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(status__in=_values(ASSIGNMENT.open)),
                name="unit_has_one_open_assignment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=_values(AssignmentStatus)), name="assignment_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=AssignmentStatus.OFFERED.value) | Q(respond_by__isnull=False),
                name="assignment_offer_has_a_window",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=_values(ENGAGED | {AssignmentStatus.CLEARED})) | Q(accepted_at__isnull=False),
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
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.status}"

    @property
    def state(self) -> AssignmentStatus:
        return AssignmentStatus(self.status)

    @property
    def is_open(self) -> bool:
        return self.state in ASSIGNMENT.open


class Alert(models.Model):
    """A team that is under way is told that the outcome it was sent to has changed.

    It stands until the outcome is what it was, until a further change takes its place, or until the team has seen it
    and goes on under it; and no longer than the assignment itself. Nothing here ever withdraws a team.
    """

    class Ending(models.TextChoices):
        """Why it stands no more."""

        RESTORED = "restored", "the outcome is again what the team was sent to"
        REPLACED = "replaced", "a further change took its place"
        FOLLOWED = "followed", "the team has seen it and goes on"

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


class HandoffTo(models.TextChoices):
    """Who else can take or join an incident."""

    POLICE = "police", "police"
    FIRE = "fire", "fire"
    EMS = "ems", "ambulance"
    CRISIS_LINE = "crisis_line", "crisis line"
    INFORMATION = "information", "information line"


class Handoff(models.Model):
    """Another agency asked to take or to join an incident. It ends only when they have said that they have it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="handoffs")
    to = models.CharField(max_length=20, choices=HandoffTo.choices)
    status = models.CharField(max_length=20, choices=_choices(HandoffStatus))
    proposed_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=120, blank=True, help_text="Who took it, at the other agency.")
    reference = models.CharField(max_length=60, blank=True, help_text="Their number for it.")
    recorded_by_id = models.UUIDField(null=True)
    recorded_by_name = models.CharField(max_length=120, blank=True)
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident"], name="handoff_of_incident")]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "to"],
                condition=Q(status__in=_values([HandoffStatus.PROPOSED, HandoffStatus.ACKNOWLEDGED])),
                name="handoff_once_to_each_agency",
            ),
            models.CheckConstraint(condition=Q(to__in=HandoffTo.values), name="handoff_agency_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=_values([HandoffStatus.PROPOSED, HandoffStatus.WITHDRAWN]))
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by="") & ~Q(reference="")),
                name="handoff_is_acknowledged_by_someone_with_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.WITHDRAWN.value)
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason="")),
                name="handoff_is_withdrawn_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"hand-off to {self.get_to_display()}"
