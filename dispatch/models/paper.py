"""Numbers that are printed on paper before an outage, what became of each, and the outages."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dispatch.models.fields import choices, values
from dispatch.models.incidents import Incident
from dispatch.states import PaperStatus
from triage.models import PolicyVersion, Program, TsTzRange


class PaperBlock(models.Model):
    """Forms that were printed together: of one program, with the questions of one version of its policy."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    program = models.ForeignKey(Program, models.PROTECT, related_name="paper_blocks")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="paper_blocks")
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"paper forms of {self.at:%Y-%m-%d %H:%M}"


class PaperForm(models.Model):
    """One form, and the incident number printed on it.

    The number is drawn as a live call's is, so no call is ever given it. Postgres refuses an incident of this number
    that is not this form's (migration 0023), to enter a form twice, and to take a form away: each is accounted for.
    """

    class Reason(models.TextChoices):
        """Why nobody will enter it."""

        SPOILT = "spoilt", _("Spoilt")
        OUTDATED = "outdated", _("Out of date")
        LOST = "lost", _("Lost")
        OTHER = "other", _("Another reason")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField(unique=True)
    block = models.ForeignKey(PaperBlock, models.PROTECT, related_name="forms")
    status = models.CharField(max_length=10, choices=choices(PaperStatus))
    seen_at = models.DateTimeField(help_text="When somebody last had it in hand unused; at first, when it was made.")
    seen_by_name = models.CharField(max_length=120)
    incident = models.OneToOneField(
        Incident, models.PROTECT, to_field="number", db_column="incident_number", null=True, related_name="paper"
    )
    settled_at = models.DateTimeField(null=True, help_text="When it was entered or made void.")
    settled_by_id = models.UUIDField(null=True)
    settled_by_name = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=10, blank=True, choices=Reason.choices)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["seen_at"], name="paper_in_the_drawer", condition=Q(status="drawer"))]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=values(PaperStatus)), name="paper_status_is_known"),
            models.CheckConstraint(
                condition=Q(incident=None) | Q(incident=F("number")), name="paper_is_entered_under_its_number"
            ),
            models.CheckConstraint(
                condition=Q(status="drawer", incident=None, settled_at=None, reason="")
                | Q(status="entered", incident__isnull=False, settled_at__isnull=False, reason="")
                | (Q(status="void", incident=None, settled_at__isnull=False) & ~Q(reason="")),
                name="paper_is_entered_or_void_or_in_the_drawer",
            ),
        ]

    def __str__(self) -> str:
        return f"paper {self.number}"

    @property
    def state(self) -> PaperStatus:
        return PaperStatus(self.status)


class Downtime(models.Model):
    """A time in which Rightcall could not be used and people wrote on paper. One at a time: Postgres says so.

    Every form that was in the drawer when it ended is accounted for afterwards: entered, void, or counted there again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Null while it lasts.")
    words = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(help_text="When it was declared.")
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("began_at")), name="downtime_ends_after_it_begins"
            ),
            ExclusionConstraint(
                name="downtimes_do_not_overlap",
                expressions=[(TsTzRange("began_at", "ended_at", RangeBoundary()), RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"downtime since {self.began_at:%Y-%m-%d %H:%M}"
