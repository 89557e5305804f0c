"""How other agencies are reached."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Agency
from triage.models import Program


class AgencyLink(models.Model):
    """How an agency of the city is told of what is handed to it: by a dispatcher on the phone, and by a message to its
    system where it has an address for that. For one program, or for all that have no link of their own.

    No secret is here: what signs the messages is derived (`dispatch.linking.secret_of`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="links")
    program = models.ForeignKey(Program, models.PROTECT, null=True, related_name="links")
    phone = models.CharField(max_length=40, blank=True)
    url = models.CharField(max_length=500, blank=True, help_text="Where their system takes messages.")
    secret_turn = models.PositiveIntegerField(default=1, help_text="Rises with each new secret.")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "program"], name="link_once", nulls_distinct=False),
            models.CheckConstraint(condition=~Q(phone="") | ~Q(url=""), name="link_reaches_somebody"),
        ]

    def __str__(self) -> str:
        return f"how {self.agency_id} is reached"
