"""Positions: where each person at a desk is, who watches whom, and what they write to each other."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dispatch.models.incidents import Incident


class Seat(models.Model):
    """What a person has before them, in the window that they used last. No history and not logged, like `Presence`."""

    class Page(models.TextChoices):
        BOARD = "board", _("the board")
        INCIDENT = "incident", _("an incident")
        CALL = "call", _("a call that is being taken")
        OTHER = "other", _("another page")

    person = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    page = models.CharField(max_length=10, choices=Page.choices)
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, related_name="+")
    draft_id = models.UUIDField(null=True)  # no foreign key: a page knows it before the first letter is kept
    since = models.DateTimeField(help_text="Since when they have that before them.")
    heard_at = models.DateTimeField(help_text="When any page of theirs was last heard from.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(page="incident", incident__isnull=False) | (~Q(page="incident") & Q(incident=None)),
                name="seat_has_its_incident",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} has {self.page}"


class Watch(models.Model):
    """A supervisor follows what somebody has before them. It lasts for as long as their page says so, and for as long
    as there is a row the other is told: nobody is watched in secret."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    of = models.ForeignKey(User, models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When the page that watches was last heard from.")
    ended_at = models.DateTimeField(null=True)
    read: "ArrayField[list[uuid.UUID], list[Any]]" = ArrayField(
        models.UUIDField(), default=list, help_text="The calls, drafts and cautions that it has shown."
    )

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="watch_lately")]
        constraints = [
            models.UniqueConstraint(fields=["by", "of"], condition=Q(ended_at=None), name="watch_once"),
            models.CheckConstraint(condition=~Q(by=F("of")), name="watch_is_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} watches {self.of_id}"


class DeskMessage(models.Model):
    """What one position writes to another. It stands on the other's screen until they have acknowledged it."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("a message")
        HELP = "help", _("asks for help")
        TAKEN_OVER = "taken_over", _("has taken over")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", help_text="Null: all supervisors.")
    at = models.DateTimeField()
    words = models.CharField(max_length=500, blank=True)
    calls = models.PositiveSmallIntegerField(default=0, help_text="How many calls half taken were taken over.")
    incidents: "ArrayField[list[int], list[Any]]" = ArrayField(
        models.BigIntegerField(), default=list, help_text="The numbers of those that were taken over."
    )
    again = models.PositiveIntegerField(default=0, help_text="How often it was asked anew.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="message_standing", condition=Q(acknowledged_at=None)),
            models.Index(fields=["acknowledged_at"], name="message_acknowledged"),
            models.Index(fields=["to", "at"], name="message_to"),
            models.Index(fields=["by", "at"], name="message_by"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="help", to=None) | (~Q(kind="help") & Q(to__isnull=False)),
                name="message_is_to_one_or_asks_for_help",
            ),
            models.CheckConstraint(condition=Q(to=None) | ~Q(to=F("by")), name="message_is_to_another"),
            models.CheckConstraint(condition=~Q(kind="message") | ~Q(words=""), name="message_has_words"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="message_is_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(to=None) | Q(acknowledged_by=None) | Q(acknowledged_by=F("to")),
                name="message_is_acknowledged_by_its_reader",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.by_id}"

    @property
    def is_help(self) -> bool:
        return self.kind == DeskMessage.Kind.HELP
