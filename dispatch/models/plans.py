"""What a program does when nobody acts, as data."""

import uuid
from typing import Any

from django.db import models

from triage.models import Program


class Plan(models.Model):
    """A program's plan (`dispatch.plans`). Rows are only ever added: the newest of a program is in force."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="plans")
    document: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["program", "-at"], name="plan_of_program")]

    def __str__(self) -> str:
        return f"plan of {self.program_id} since {self.at:%Y-%m-%d}"
