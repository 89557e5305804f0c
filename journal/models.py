"""The journal's one table."""

from typing import Any

from django.db import models

from journal.kinds import Audience


class Entry(models.Model):
    """One change, written in the change's own transaction.

    Append-only: Postgres refuses updates, deletes and truncation (migration 0002). Actor and subject are ids without
    foreign keys, so that the journal never holds back, nor loses anything with, the rows that it tells of.
    """

    position = models.BigIntegerField(
        null=True,
        unique=True,
        editable=False,
        help_text="Place in the order of commits; given by a trigger at commit, null inside the transaction itself.",
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    audience = models.CharField(max_length=20, choices=[(a.value, a.value) for a in Audience])
    subject_type = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    payload: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject_id", "id"], name="entry_of_subject")]

    def __str__(self) -> str:
        return f"{self.position}: {self.kind} {self.subject_type} {self.subject_id}"
