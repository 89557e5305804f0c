"""A person's word over the policy's."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dispatch.models.incidents import Incident, IncidentDecision


class Override(models.Model):
    """A person's word over the policy's about one incident: who, why, and what a supervisor said of it later.

    It holds over every later decision until somebody takes it back, or the floor does. Decisions are kept all the same.
    """

    class Outcome(models.TextChoices):
        """What a person may decide: anything but leaving it open."""

        COMMUNITY = "community", _("A community team goes")
        CO_RESPONSE = "co_response", _("A community team goes together with police")
        CRISIS_LINE = "crisis_line", _("The crisis line takes it")
        POLICE = "police", _("Police take it")
        FIRE = "fire", _("The fire department takes it")
        EMS = "ems", _("An ambulance takes it")
        INFORMATION = "information", _("The information line takes it")

    class Reason(models.TextChoices):
        """Why, in either direction."""

        KNOWN = "known_to_team", _("A team knows this person")
        ASKED_TEAM = "caller_asks_for_team", _("The caller asks for a team")
        ASKED_OTHER = "caller_asks_for_other", _("The caller asks for police or an ambulance")
        TRUST = "language_or_trust", _("Language or trust")
        DANGER = "danger_not_captured", _("Danger that the answers do not say")
        CALMER = "calmer_than_answers", _("Calmer than the answers say")
        WITH_POLICE = "safer_with_police", _("Safer with police")
        RESOURCES = "resources", _("Who is free, and how soon")
        NO_TEAM = "no_team", _("No team could come in time")
        POLICY = "policy_is_wrong", _("The policy is wrong here")
        OTHER = "other", _("Another reason")

    class Verdict(models.TextChoices):
        """What a supervisor makes of it."""

        AGREE = "agree", _("Agree")
        DISAGREE = "disagree", _("Disagree")

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
