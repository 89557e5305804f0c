"""What people said about incidents, and what they put right."""

import uuid

from django.db import models
from django.db.models import F, Q

from dispatch.models.assignments import Assignment
from dispatch.models.handoffs import Handoff
from dispatch.models.incidents import Incident


class Remark(models.Model):
    """Why a person did something to an incident, in their words: the entry that tells of it names the remark.

    Never changed: Postgres refuses it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="remarks")
    words = models.CharField(max_length=500)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.words


class CrossLink(models.Model):
    """Two incidents that concern each other, in either direction, and how. It stands until a person takes it away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    one = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    two = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    words = models.CharField(max_length=200)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True)
    ended_by_id = models.UUIDField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            # The lesser id first: so one index finds the pair, whichever was named first.
            models.CheckConstraint(condition=Q(one__lt=F("two")), name="incidents_linked_in_order"),
            models.UniqueConstraint(fields=["one", "two"], condition=Q(ended_at=None), name="incidents_linked_once"),
            models.CheckConstraint(condition=~Q(words=""), name="incidents_linked_with_words"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} and {self.two_id}: {self.words}"


# The stamps that can be wrong, as people report or enter them.
INCIDENT_STAMPS = ("received", "answered", "triaged", "queued", "handed_off", "closed", "cancelled")
ASSIGNMENT_STAMPS = (
    "offered", "accepted", "en_route", "staged", "on_scene", "transporting", "at_destination", "cleared", "ended",
)  # fmt: skip
HANDOFF_STAMPS = ("proposed", "sent", "acknowledged", "refused", "returned", "withdrawn")


class Correction(models.Model):
    """A stamp that was wrong: what stood there and what stands there now. The first one's `before` is the original.

    The stamp itself holds what is right, so that every reader has it without a look here. Never changed, either.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="corrections")
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, null=True, related_name="corrections", help_text="Whose stamp it is: a team's,"
    )
    handoff = models.ForeignKey(
        Handoff,
        models.PROTECT,
        null=True,
        related_name="corrections",
        help_text="or a hand-off's; else the incident's.",
    )
    stamp = models.CharField(max_length=20)
    before = models.DateTimeField()
    after = models.DateTimeField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["incident", "id"], name="correction_of_incident")]
        constraints = [
            models.CheckConstraint(
                condition=Q(assignment=None, handoff=None, stamp__in=INCIDENT_STAMPS)
                | Q(assignment__isnull=False, handoff=None, stamp__in=ASSIGNMENT_STAMPS)
                | Q(assignment=None, handoff__isnull=False, stamp__in=HANDOFF_STAMPS),
                name="correction_is_of_a_stamp",
            ),
            models.CheckConstraint(condition=~Q(after=F("before")), name="correction_changes_something"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.stamp}: {self.before:%H:%M:%S}, now {self.after:%H:%M:%S}"

    @property
    def row_id(self) -> uuid.UUID:
        """The row that has the stamp."""
        return self.assignment_id or self.handoff_id or self.incident_id
