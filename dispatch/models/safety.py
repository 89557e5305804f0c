"""The safety of a team: when it must be heard from, what help it wants, and duress."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dispatch.models.assignments import Assignment
from dispatch.models.handoffs import Handoff
from dispatch.models.incidents import Incident
from responders.models import Unit


class CheckIn(models.Model):
    """One round: an engaged team must be heard from until `due_at`. An engaged team has exactly one that is open.

    Any report of the team ends it and begins the next. One that is missed asks the team, then tells the dispatcher,
    then proposes backup; it stays open until the team is heard from or is done.
    """

    class Ending(models.TextChoices):
        HEARD = "heard", _("the team was heard from")
        OVER = "over", _("the team is done, or was taken back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="check_ins")
    since = models.DateTimeField(help_text="When the team was last heard from.")
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="When the team was asked on its phone.")
    told_at = models.DateTimeField(null=True, help_text="When the dispatcher was told to radio it.")
    proposed_at = models.DateTimeField(null=True, help_text="When backup was proposed.")
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=10, blank=True, choices=Ending.choices)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120, blank=True, help_text="Who was heard, or entered it.")
    by_radio = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment"], condition=Q(ended_at=None), name="team_has_one_check_in"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="check_in_end_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(ending="heard") | ~Q(by_name=""), name="check_in_is_heard_from_somebody"
            ),
            models.CheckConstraint(
                condition=Q(told_at=None, proposed_at=None)
                | Q(asked_at__isnull=False, told_at__isnull=False, told_at__gte=F("asked_at")),
                name="check_in_asks_the_team_first",
            ),
        ]

    def __str__(self) -> str:
        return f"check-in due {self.due_at:%H:%M:%S}"


class Backup(models.Model):
    """Help for a team under way: it asked for it, or it is silent and Rightcall proposes it. A person decides."""

    class Cause(models.TextChoices):
        ASKED = "asked", _("the team asked for it")
        SILENCE = "silence", _("the team does not answer")

    class Wants(models.TextChoices):
        TEAM = "team", _("a second team")
        POLICE = "police", _("police")

    class Decision(models.TextChoices):
        TEAM = "team", _("a second team is asked")
        POLICE = "police", _("police are asked")
        NONE = "none", _("no backup")
        MOOT = "moot", _("no longer needed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="backups")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="backups")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    wants = models.CharField(max_length=10, blank=True, choices=Wants.choices, help_text="Empty for a silent team.")
    by_radio = models.BooleanField(default=False)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, blank=True, choices=Decision.choices)
    words = models.CharField(max_length=500, blank=True)
    decided_by_id = models.UUIDField(null=True)
    decided_by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident"], name="backup_of_incident")]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "cause"], condition=Q(decided_at=None), name="backup_is_wanted_once"
            ),
            models.CheckConstraint(condition=Q(cause="silence") ^ ~Q(wants=""), name="backup_says_what_is_wanted"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decision="", decided_by_name="")
                | (Q(decided_at__isnull=False) & ~Q(decision="") & ~Q(decided_by_name="")),
                name="backup_is_decided_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(decision="none") | ~Q(words=""), name="backup_is_refused_with_words"),
        ]

    def __str__(self) -> str:
        return f"backup: {self.get_cause_display()}"


class Duress(models.Model):
    """A responder's call for help by one press. Stored whoever presses and wherever: what is known of them is added.

    It stands until a person who has taken it up clears it, with a reason; nothing else ends it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.UUIDField(help_text="Made on the phone, so that sending it again is the same duress.")
    by_id = models.UUIDField()
    by_name = models.CharField(max_length=120)
    pressed_at = models.DateTimeField(help_text="By the phone's own count, which may have tried for a while.")
    at = models.DateTimeField(help_text="When Rightcall had it.")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="duresses")
    incident = models.ForeignKey(
        Incident, models.PROTECT, null=True, related_name="duresses", help_text="Null until one could be opened."
    )
    handoff = models.ForeignKey(Handoff, models.PROTECT, null=True, related_name="duresses")
    latitude = models.FloatField(null=True, help_text="The unit's last known position then.")
    longitude = models.FloatField(null=True)
    position_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.UUIDField(null=True)
    acknowledged_by_name = models.CharField(max_length=120, blank=True)
    cleared_at = models.DateTimeField(null=True)
    cleared_by_id = models.UUIDField(null=True)
    cleared_by_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was cleared.")

    class Meta:
        indexes = [models.Index(fields=["at"], name="duress_standing", condition=Q(cleared_at=None))]
        constraints = [
            models.UniqueConstraint(fields=["by_id", "key"], name="duress_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by_id=None, acknowledged_by_name="")
                | (Q(acknowledged_at__isnull=False, acknowledged_by_id__isnull=False) & ~Q(acknowledged_by_name="")),
                name="duress_is_taken_up_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None, cleared_by_id=None, cleared_by_name="", reason="")
                | (
                    Q(cleared_at__isnull=False, cleared_by_id__isnull=False, acknowledged_at__isnull=False)
                    & ~Q(cleared_by_name="")
                    & ~Q(reason="")
                ),
                name="duress_is_cleared_by_a_person_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"duress of {self.by_name}"
