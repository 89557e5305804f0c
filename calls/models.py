"""What was heard: calls, and every decision made about each; and the places that are known."""

import uuid
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower, Trim
from django.utils.translation import gettext_lazy as _

from triage.models import PolicyVersion, Program


def like_address(column: str) -> Func:
    """An address as it is looked for: small letters, single blanks."""
    blanks = Func(Trim(column), Value(r"\s+"), Value(" "), Value("g"), function="regexp_replace")
    return Lower(blanks, output_field=models.TextField())


def digits(column: str) -> Func:
    """A phone's digits alone, as it is looked for."""
    told = (F(column), Value(r"\D"), Value(""), Value("g"))
    return Func(*told, function="regexp_replace", output_field=models.TextField())


class Call(models.Model):
    """One call, as it was heard. Its incident is dispatch's business; this app does not know it.

    `facts` holds every answer, `answered` the moment of each. The fields named in PERSONAL tell of a person: they are
    shown only to those who may read calls (`May.READ_CALLS`), and opening them is in the audit.
    """

    PERSONAL = frozenset(
        {
            "caller_name",
            "caller_phone",
            "caller_address",
            "caller_latitude",
            "caller_longitude",
            "narrative",
            "subject_name",
            "subject_description",
            "subject_last_seen",
            "subject_direction",
        }
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=80, help_text="The feed it came by.")
    external_id = models.CharField(max_length=120, blank=True, help_text="Its number at the source.")
    received_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(help_text="When Rightcall stored it.")
    changed_at = models.DateTimeField()
    taken_by_id = models.UUIDField(null=True)
    taken_by_name = models.CharField(max_length=120)
    original_received_at = models.DateTimeField(null=True, help_text="Replays: when it was received in truth.")

    program = models.ForeignKey(Program, models.PROTECT, null=True, related_name="calls")
    exercise = models.BooleanField(default=False)
    program_named = models.BooleanField(
        default=False, help_text="Its source named the program: no other decides, wherever the place is."
    )
    simulated = models.BooleanField(default=False, help_text="Its answers were drawn at random, for a replay.")

    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    answered: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)

    local_type = models.CharField(max_length=120, blank=True, help_text="The city's own words for its type.")
    type_map = models.CharField(max_length=80, blank=True, help_text="The map that translated them, and its version.")

    address = models.CharField(max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    location_detail = models.CharField(max_length=200, blank=True)
    placed_at = models.DateTimeField(
        null=True, help_text="When its position was given for this address; null: nobody has verified the place."
    )
    area = models.CharField(max_length=80, blank=True)

    narrative = models.TextField(max_length=20_000, blank=True)
    language = models.CharField(max_length=35, blank=True, help_text="BCP 47, such as es or zh-Hant.")
    caller_name = models.CharField(max_length=120, blank=True)
    caller_phone = models.CharField(max_length=40, blank=True)
    caller_address = models.CharField(max_length=200, blank=True, help_text="Where they are, if not at the place.")
    caller_latitude = models.FloatField(null=True, blank=True)
    caller_longitude = models.FloatField(null=True, blank=True)
    subject_name = models.CharField(max_length=120, blank=True)
    subject_description = models.CharField(max_length=1000, blank=True)
    subject_last_seen = models.CharField(max_length=200, blank=True)
    subject_direction = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["taken_at"], name="call_by_age"),
            models.Index(fields=["changed_at", "id"], name="call_by_change"),
            models.Index(fields=["received_at", "id"], name="call_by_receipt"),
            models.Index(fields=["source", "external_id"], name="call_by_origin", condition=~Q(external_id="")),
            models.Index(fields=["local_type"], name="call_by_local_type", condition=~Q(local_type="")),
            # As its history is looked for (dispatch.history).
            models.Index(
                fields=["latitude", "longitude"], name="call_by_position", condition=Q(latitude__isnull=False)
            ),
            models.Index(like_address("address"), name="call_by_address", condition=~Q(address="")),
            models.Index(digits("caller_phone"), name="call_by_phone", condition=~Q(caller_phone="")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None) | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="call_position_is_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(caller_latitude=None, caller_longitude=None)
                | Q(caller_latitude__range=(-90, 90), caller_longitude__range=(-180, 180)),
                name="call_position_of_caller_is_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(placed_at=None) | Q(latitude__isnull=False), name="call_is_placed_by_a_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_type} at {self.address or 'an unknown place'}"

    @property
    def call_type(self) -> str:
        return str(self.facts.get("call_type", "other"))


class Assessment(models.Model):
    """One program's decision about a call, with all that it was made from, so that it can be made again years later.

    Where several programs cover the place, each has decided. The one that counts was chosen by the order of the
    programs (`triage.ruling`); the others stand `beside` it, so of one moment exactly one is chosen.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="assessments")
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120)
    facts: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    program = models.ForeignKey(Program, models.PROTECT, related_name="assessments")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="assessments")
    beside = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="others", help_text="The chosen one; null when this is it."
    )
    outcome = models.CharField(max_length=20)
    eligible = models.BooleanField(null=True)
    priority = models.PositiveSmallIntegerField(null=True)
    decision: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["call", "-id"], name="assessment_of_call")]
        constraints = [
            models.UniqueConstraint(fields=["beside", "program"], name="assessment_of_each_program_once"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at:%H:%M:%S}"

    @property
    def chosen(self) -> bool:
        return self.beside_id is None


class Receipt(models.Model):
    """The promise behind `Idempotency-Key`: the same key from the same client is the same call, however often sent."""

    actor_id = models.UUIDField()
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body; another body under the key is refused.")
    call = models.ForeignKey(Call, models.PROTECT, related_name="receipts")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor_id", "key"], name="receipt_once")]

    def __str__(self) -> str:
        return self.key


class Draft(models.Model):
    """A call that is being taken: what is typed of it so far, from the first letter. Its id is the key of its form.

    Personal, as a call is. It belongs to whoever takes the call, until a colleague takes it over. What ends keeps its
    row, so that whoever still types there is told what became of it: without a word once it is filed or has lapsed,
    with its words where it was only dropped, for that may be taken back.
    """

    class Ending(models.TextChoices):
        FILED = "filed", _("filed as a call")
        DROPPED = "dropped", _("dropped")
        LAPSED = "lapsed", _("left for a day")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_id = models.UUIDField()
    owner_name = models.CharField(max_length=120)
    begun_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    values: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    count = models.PositiveBigIntegerField(help_text="How often it was changed, as its writer counts: the newer wins.")
    page = models.CharField(max_length=40, help_text="Which window wrote it last.")
    # What somebody else typed meanwhile: who, when, and each field that differed. Shown, never thrown away.
    aside: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="drafts")

    class Meta:
        indexes = [models.Index(fields=["begun_at"], name="draft_open", condition=Q(ended_at=None))]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="draft_ends_in_some_way",
            ),
            models.CheckConstraint(
                condition=~Q(ending__in=["filed", "lapsed"]) | Q(values={}, aside=[]),
                name="draft_keeps_no_word_once_filed",
            ),
            models.CheckConstraint(
                condition=Q(ending="filed", call__isnull=False) | (~Q(ending="filed") & Q(call=None)),
                name="draft_is_filed_as_a_call",
            ),
        ]

    def __str__(self) -> str:
        return f"a call begun at {self.begun_at:%H:%M:%S}"

    @property
    def call_type(self) -> str:
        return self.values.get("call_type", "")

    @property
    def address(self) -> str:
        return self.values.get("location.address", "")

    @property
    def has_place(self) -> bool:
        """Whether anybody could be sent there."""
        return bool(self.address or self.values.get("location.latitude"))


class Caution(models.Model):
    """What a team should know of a place or a person before it goes there: until it expires, or somebody ends it.

    Personal, as the fields of a call are: shown only where calls may be read, and each reading is in the audit.
    """

    class Hazard(models.TextChoices):
        WEAPONS = "weapons", _("weapons")
        VIOLENCE = "violence", _("violence")
        ANIMAL = "animal", _("an animal")
        HEALTH = "health", _("a hazard to health")
        ACCESS = "access", _("the way in")
        NOTE = "note", _("a note")

    class Severity(models.TextChoices):
        DANGER = "danger", _("danger")
        CAUTION = "caution", _("caution")
        NOTE = "note", _("to know")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hazard = models.CharField(max_length=10, choices=Hazard.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    words = models.CharField(max_length=500)
    source = models.CharField(max_length=120, help_text="Who says so.")
    address = models.CharField(max_length=200, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    metres = models.PositiveIntegerField(null=True, help_text="How far around the position it holds.")
    subject_name = models.CharField(max_length=120, blank=True)
    subject_phone = models.CharField(max_length=40, blank=True)
    # As they are looked for: small letters and single blanks, digits alone.
    address_key = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=120, blank=True)
    phone_key = models.CharField(max_length=40, blank=True)
    added_at = models.DateTimeField()
    added_by_id = models.UUIDField(null=True)
    added_by_name = models.CharField(max_length=120)
    expires_at = models.DateTimeField()
    review_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by_name = models.CharField(max_length=120, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)
    ended_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["address_key"], name="caution_by_address", condition=Q(ended_at=None)),
            models.Index(fields=["latitude"], name="caution_by_position", condition=Q(ended_at=None)),
            models.Index(fields=["name_key"], name="caution_by_name", condition=Q(ended_at=None)),
            models.Index(fields=["phone_key"], name="caution_by_phone", condition=Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(address_key="", name_key="", phone_key="", latitude=None),
                name="caution_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None, metres=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    metres__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                    metres__range=(1, 1000),
                ),
                name="caution_position_has_a_reach",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("added_at")), name="caution_expires_later"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_reason="") | (Q(ended_at__isnull=False) & ~Q(ended_reason="")),
                name="caution_ends_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()}: {self.get_hazard_display()}"


class PlaceSource(models.Model):
    """A file of places or streets, as it was imported last. Imported again it replaces what it brought."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    imported_at = models.DateTimeField()
    imported_by_name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """A place that is found by its name: of a file, or where a call was. Nothing about a person."""

    class Kind(models.TextChoices):
        CROSSING = "crossing", _("crossing")
        ADDRESS = "address", _("address")
        LANDMARK = "landmark", _("landmark")
        PAST = "past", _("earlier call")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=240, help_text="The name as it is looked for (calls.place_names).")
    latitude = models.FloatField()
    longitude = models.FloatField()
    location_class = models.CharField(max_length=40, blank=True)
    source = models.ForeignKey(PlaceSource, models.CASCADE, null=True, related_name="places")
    exercise = models.BooleanField(default=False, help_text="Of earlier calls: they were exercises.")
    seen_at = models.DateTimeField(null=True, help_text="Of earlier calls: when one was there last.")

    class Meta:
        indexes = [GinIndex(fields=["key"], opclasses=["gin_trgm_ops"], name="place_by_words")]
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="place_is_on_earth"
            ),
            models.CheckConstraint(
                condition=Q(kind="past", source=None, seen_at__isnull=False)
                | (~Q(kind="past") & Q(source__isnull=False, seen_at=None, exercise=False)),
                name="place_comes_from_a_file_or_a_call",
            ),
            models.UniqueConstraint(fields=["key", "exercise"], condition=Q(kind="past"), name="place_past_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_near(self, other: "Place", degrees: float) -> bool:
        return abs(self.latitude - other.latitude) < degrees and abs(self.longitude - other.longitude) < degrees


class Street(models.Model):
    """A line of the base map."""

    source = models.ForeignKey(PlaceSource, models.CASCADE, related_name="streets")
    name = models.CharField(max_length=200, blank=True)
    weight = models.PositiveSmallIntegerField(help_text="0 is seen from afar, 2 only from near.")
    points: "models.JSONField[list[list[float]], list[list[float]]]" = models.JSONField(
        help_text="[longitude, latitude] each."
    )
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["west", "east"], name="street_by_longitude")]

    def __str__(self) -> str:
        return self.name or "a street without a name"
