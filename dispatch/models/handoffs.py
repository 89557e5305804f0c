"""Other agencies asked to take or to join an incident."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency
from dispatch.models.fields import choices, values
from dispatch.models.incidents import Incident
from dispatch.states import AWAITED, HANDOFF, HandoffStatus


class HandoffTo(models.TextChoices):
    """Who else can take or join an incident."""

    POLICE = "police", _("police")
    FIRE = "fire", _("fire")
    EMS = "ems", _("ambulance")
    CRISIS_LINE = "crisis_line", _("crisis line")
    INFORMATION = "information", _("information line")


def agencies(outcome: str) -> set[str]:
    """Whom an outcome needs besides our teams. One that goes with police needs somebody to tell police."""
    return {"police"} if outcome == "co_response" else {outcome} & set(HandoffTo.values)


class Handoff(models.Model):
    """Another agency asked to take or to join an incident. It ends by their word alone: they have it, or they refuse.

    `sent_at` is when they were told last; each time that they were told is in the journal.
    """

    class Way(models.TextChoices):
        PHONE = "phone", _("by phone")
        WEBHOOK = "webhook", _("by their system")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="handoffs")
    to = models.CharField(max_length=20, choices=HandoffTo.choices)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, related_name="handoffs", help_text="Which one, where a link says so."
    )
    status = models.CharField(max_length=20, choices=choices(HandoffStatus))
    proposed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=10, blank=True, choices=Way.choices)
    spoke_with = models.CharField(max_length=120, blank=True, help_text="Whom our side told, there.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=120, blank=True, help_text="Who took it, at the other agency.")
    reference = models.CharField(max_length=60, blank=True, help_text="Their number for it.")
    recorded_by_id = models.UUIDField(null=True)
    recorded_by_name = models.CharField(max_length=120, blank=True)
    refused_at = models.DateTimeField(null=True)
    refused_by = models.CharField(max_length=120, blank=True, help_text="Who said no, at the other agency.")
    refusal_reason = models.CharField(max_length=500, blank=True)
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident"], name="handoff_of_incident")]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "to"],
                condition=Q(status__in=values(HANDOFF.open)),
                name="handoff_once_to_each_agency",
            ),
            models.CheckConstraint(condition=Q(to__in=HandoffTo.values), name="handoff_agency_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=values([*AWAITED, HandoffStatus.REFUSED, HandoffStatus.WITHDRAWN]))
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by="") & ~Q(reference="")),
                name="handoff_is_acknowledged_by_someone_with_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.SENT.value) | (Q(sent_at__isnull=False) & ~Q(sent_by="")),
                name="handoff_is_sent_in_some_way",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.REFUSED.value)
                | (Q(refused_at__isnull=False) & ~Q(refusal_reason="")),
                name="handoff_is_refused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=HandoffStatus.WITHDRAWN.value)
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason="")),
                name="handoff_is_withdrawn_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return gettext("hand-off to %(agency)s") % {"agency": self.get_to_display()}

    @property
    def state(self) -> HandoffStatus:
        return HandoffStatus(self.status)

    @property
    def is_awaited(self) -> bool:
        return self.state in AWAITED
