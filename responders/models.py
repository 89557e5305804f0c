"""Who can go: units, the people of their crews with what they may do, and the shifts that put them on duty."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    DateRangeField,
    DateTimeRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q

from accounts.models import User
from responders import crews
from triage.models import Program


class Unit(models.Model):
    """A team as dispatchers call it. Whether it is busy is derived from its open assignments, never stored here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    callsign = models.CharField(max_length=20, unique=True)
    program = models.ForeignKey(Program, models.PROTECT, related_name="units")
    skills: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=30), default=list)
    home_area = models.CharField(
        max_length=80, blank=True, help_text="The name of the program's area that it is meant for; empty: of all."
    )
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    position_at = models.DateTimeField(null=True, blank=True)
    out_of_service_at = models.DateTimeField(null=True, blank=True)
    out_of_service_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None, position_at=None)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180), position_at__isnull=False),
                name="unit_position_is_on_earth_and_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.callsign


class Responder(models.Model):
    """A person who goes out: a medic, a clinician, a peer."""

    Profession = crews.Profession

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, models.PROTECT, related_name="responder")
    profession = models.CharField(max_length=20, choices=crews.Profession.choices)
    languages: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=35), default=list)

    def __str__(self) -> str:
        return self.user.name


class DateRange(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class Credential(models.Model):
    """What a responder may do, from one day to another, both included: a licence, a registration, a certificate."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    responder = models.ForeignKey(Responder, models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=20, choices=crews.Kind.choices)
    number = models.CharField(max_length=60, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="The last day; empty: until it is ended.")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="credentials_of_a_kind_do_not_overlap",
                expressions=[
                    ("responder", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_until", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="credential_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(kind__in=crews.Kind.values), name="credential_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.responder_id}"


class Shift(models.Model):
    """A unit on duty over a range of time, with its crew. `during` is closed at its start and open at its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="shifts")
    during = DateTimeRangeField()
    crew: "models.ManyToManyField[Responder, CrewMember]" = models.ManyToManyField(
        Responder, through="CrewMember", related_name="shifts"
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="unit_shifts_do_not_overlap",
                expressions=[("unit", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
                name="shift_begins_and_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.during}"


class CrewMember(models.Model):
    """A responder on a shift. `during` repeats the shift's, so that Postgres can refuse one person in two places."""

    shift = models.ForeignKey(Shift, models.CASCADE, related_name="members")
    responder = models.ForeignKey(Responder, models.PROTECT, related_name="memberships")
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="responder_shifts_do_not_overlap",
                expressions=[("responder", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.responder_id} {self.during}"
