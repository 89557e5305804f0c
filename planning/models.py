"""What a draft policy would have done: a preview over stored calls, and the calls that it would change."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calls.models import Call
from triage.models import PolicyVersion


class Preview(models.Model):
    """One run of a draft over the calls of some days.

    Its progress is in the row: `cursor` is the last call that was looked at, so whichever worker comes next goes on
    from there. It speaks for the draft only as long as `digest` is the draft's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="previews")
    digest = models.CharField(max_length=64)
    days = models.PositiveIntegerField()
    exercises = models.BooleanField(help_text="Whether calls of replays and training are looked at too.")
    asked_by_name = models.CharField(max_length=120)
    begun_at = models.DateTimeField(help_text="Calls taken later are left out.")
    ended_at = models.DateTimeField(null=True)
    failed = models.BooleanField(default=False)

    cursor_at = models.DateTimeField(null=True)
    cursor_id = models.UUIDField(null=True)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["begun_at"], name="preview_unfinished", condition=Q(ended_at=None)),
            models.Index(fields=["version", "-begun_at"], name="preview_of_version"),
        ]

    def __str__(self) -> str:
        return f"preview of {self.version_id} over {self.days} days"


class PreviewCase(models.Model):
    """A stored call that the draft decides otherwise, or sends a team to although danger came to light later, or for
    which a person overrode the policy, and a supervisor agreed."""

    class Kind(models.TextChoices):
        GAINED = "gained", _("would get a community team")
        LOST = "lost", _("would no longer get a community team")
        CHANGED = "changed", _("would be decided otherwise")
        SAME = "same", _("stays as it is")  # kept only when unsafe or overridden

    preview = models.ForeignKey(Preview, models.CASCADE, related_name="cases")
    call = models.ForeignKey(Call, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    unsafe = models.BooleanField(default=False)
    danger: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(
        default=dict, help_text="What came to light later, as facts; a team that declined for its safety among them."
    )
    overridden = models.CharField(
        max_length=20, blank=True, help_text="The outcome that a person decided, where a supervisor agreed."
    )
    before: "models.JSONField[dict[str, Any] | None, dict[str, Any] | None]" = models.JSONField(null=True)
    after: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()

    class Meta:
        constraints = [
            # Also what makes a second run over the same calls harmless.
            models.UniqueConstraint(fields=["preview", "call"], name="preview_case_once"),
            models.CheckConstraint(
                condition=~Q(kind="same") | Q(unsafe=True) | ~Q(overridden=""), name="preview_case_says_something"
            ),
        ]
        indexes = [
            models.Index(fields=["preview", "-unsafe", "-overridden", "kind", "id"], name="preview_cases_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind}"

    @property
    def agrees(self) -> bool:
        """Whether the draft now decides as people did."""
        return bool(self.after["outcome"] == self.overridden)
