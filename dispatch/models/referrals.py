"""Incidents that other agencies hand to the community program."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Agency
from calls.models import Call
from dispatch.models.fields import choices
from dispatch.states import ReferralStatus


class Referral(models.Model):
    """What another agency hands to us: a call like any other, and beside it their number and our answer.

    A person answers. Until then they have it, whatever the policy says and whoever is on the way.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="referrals")
    reference = models.CharField(max_length=60, help_text="Their number for it.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what they sent: sent again it is the same.")
    call = models.OneToOneField(Call, models.PROTECT, related_name="referral")
    status = models.CharField(max_length=20, choices=choices(ReferralStatus))
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by_id = models.UUIDField(null=True)
    answered_by_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why we do not take it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "reference"], name="referral_once"),
            models.CheckConstraint(
                condition=Q(status=ReferralStatus.RECEIVED.value) | Q(answered_at__isnull=False),
                name="referral_is_answered_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status=ReferralStatus.REFUSED.value) | ~Q(reason=""),
                name="referral_is_refused_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} hands over {self.reference}"

    @property
    def state(self) -> ReferralStatus:
        return ReferralStatus(self.status)
