"""Incidents that wait because a person has decided so."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dispatch.models.incidents import Incident


class Hold(models.Model):
    """Nobody is asked about the incident until a moment that a person has named: who, why, and when to look again.

    At `until` it is surfaced until somebody decides again. One that is scheduled waits for a team of itself then.
    """

    class Reason(models.TextChoices):
        """Why it waits."""

        CALLER_ASKS = "caller_asks", _("The caller asks to wait")
        PERSON_AWAY = "person_away", _("The person is not there now")
        NOT_SAFE = "not_safe", _("Not safe to go yet")
        OTHER_AGENCY = "other_agency", _("Waits for another agency")
        NO_TEAM = "no_team", _("No team for now, and the caller knows")
        SCHEDULED = "scheduled", _("Scheduled for later")
        OTHER = "other", _("Another reason")

    class Ending(models.TextChoices):
        """Why it waits no longer."""

        RELEASED = "released", _("a person released it")
        SERVED = "served", _("the time it was scheduled for has come")
        REPLACED = "replaced", _("a person decided again")
        TURNED = "turned", _("the decision has changed")
        OVER = "over", _("the incident has ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    words = models.CharField(max_length=500)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.UUIDField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ending = models.CharField(max_length=20, blank=True, choices=Ending.choices)

    class Meta:
        indexes = [models.Index(fields=["incident", "-at"], name="hold_of_incident")]
        constraints = [
            models.UniqueConstraint(fields=["incident"], condition=Q(ended_at=None), name="incident_is_held_once"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(words=""), name="hold_says_why"),
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="hold_ends_later_than_it_begins"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by_name="", ending="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by_name="") & ~Q(ending="")),
                name="hold_is_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} until {self.until:%H:%M:%S}"

    @property
    def is_scheduled(self) -> bool:
        return self.reason == Hold.Reason.SCHEDULED
