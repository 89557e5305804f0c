"""The climb of a program's ladder for one incident."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dispatch.models.assignments import Round
from dispatch.models.fields import choices, values
from dispatch.models.incidents import Incident
from dispatch.plans.ladder import Do, Step
from dispatch.states import RUN, RunStatus


class Run(models.Model):
    """An incident that waits for a team and was not served in the promised time, or by the first team asked.

    `steps` are those of the plan that was in force when it began; a plan adopted later is for later runs. While it is
    open somebody or something is due to act: at `due_at`, or whoever its status names.
    """

    class Cause(models.TextChoices):
        """Why it is paused."""

        PERSON = "person", _("a person paused it")
        TURNED = "turned", _("the decision is not for a team now")
        HELD = "held", _("the incident is held")

    class Ending(models.TextChoices):
        """What became of it."""

        SERVED = "served", _("a team goes")
        OVER = "over", _("the incident is over")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="runs")
    steps: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField()
    round = models.ForeignKey(
        Round,
        models.PROTECT,
        related_name="runs",
        help_text="All that it asks: the first to accept has it.",
    )
    repeat_seconds = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=choices(RunStatus))
    cause = models.CharField(max_length=10, blank=True, choices=Cause.choices)
    began_at = models.DateTimeField()
    since = models.DateTimeField(help_text="When it came into this status.")
    due_at = models.DateTimeField(null=True, help_text="When it goes on by itself.")
    unserved_at = models.DateTimeField(null=True, help_text="Since when no team was left to ask.")
    called = models.PositiveIntegerField(default=0, help_text="How often a person has been asked for.")
    by_id = models.UUIDField(null=True, help_text="Who paused it, took the incident or stood it down.")
    by_name = models.CharField(max_length=120, blank=True)
    words = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=10, blank=True, choices=Ending.choices)

    class Meta:
        indexes = [models.Index(fields=["incident", "-began_at"], name="run_of_incident")]
        constraints = [
            models.UniqueConstraint(fields=["incident"], condition=Q(ended_at=None), name="incident_has_one_open_run"),
            models.CheckConstraint(condition=Q(status__in=values(RunStatus)), name="run_status_is_known"),
            models.CheckConstraint(
                condition=Q(status=RunStatus.ENDED.value, ended_at__isnull=False) & ~Q(ending="")
                | (~Q(status=RunStatus.ENDED.value) & Q(ended_at=None, ending="")),
                name="run_end_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[RunStatus.CLIMBING.value, RunStatus.CALLING.value, RunStatus.TAKEN.value])
                | Q(due_at__isnull=False),
                name="run_goes_on_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[RunStatus.TAKEN.value, RunStatus.STOOD_DOWN.value]) | ~Q(by_name=""),
                name="run_is_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status=RunStatus.PAUSED.value) & ~Q(cause="")
                | ~Q(status=RunStatus.PAUSED.value) & Q(cause=""),
                name="run_pause_has_a_cause",
            ),
            models.CheckConstraint(
                condition=~Q(cause="person") | Q(due_at__isnull=False), name="run_is_not_paused_for_ever"
            ),
        ]

    def __str__(self) -> str:
        return f"ladder of {self.incident_id}: {self.status}"

    @property
    def state(self) -> RunStatus:
        return RunStatus(self.status)

    @property
    def is_open(self) -> bool:
        return self.state in RUN.open

    @property
    def ladder(self) -> list[Step]:
        return [Step.take(step, f"steps[{index}]") for index, step in enumerate(self.steps)]


class Rung(models.Model):
    """A step that a run came to, and what became of it."""

    class Result(models.TextChoices):
        """Why the run went on from it."""

        NOBODY = "nobody", _("nobody to turn to")
        LATE = "late", _("its time was over")
        SKIPPED = "skipped", _("skipped by a person")
        DONE = "done", _("done")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        ENDED = "ended", _("the run ended here")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, models.PROTECT, related_name="rungs")
    index = models.PositiveSmallIntegerField()
    do = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Do])
    to = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, blank=True, choices=Result.choices)
    answered_at = models.DateTimeField(null=True, help_text="When a person did or answered what it asks for.")
    answer = models.CharField(max_length=10, blank=True, choices=Result.choices)
    answered_by_id = models.UUIDField(null=True)
    answered_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "index"], name="rung_is_climbed_once"),
            models.UniqueConstraint(fields=["run"], condition=Q(ended_at=None), name="run_stands_on_one_rung"),
            models.CheckConstraint(
                condition=Q(ended_at=None, result="") | (Q(ended_at__isnull=False) & ~Q(result="")),
                name="rung_end_says_how",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by_name="", answer="")
                | (Q(answered_at__isnull=False) & ~Q(answered_by_name="") & ~Q(answer="")),
                name="rung_is_answered_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.do} ({self.index})"
