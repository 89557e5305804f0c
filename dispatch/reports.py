"""A call as machines and forms report it: one reading for the API, the intake page and replays.

Every wrong field is named at once, dotted as it was sent (`location.latitude`, `facts.weapon`).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty

from calls import local_types
from calls.heard import Heard
from calls.models import Call
from journal.refusals import Invalid
from triage import wording
from triage.engine import FactErrors, facts


def _text(field: str, **options: Any) -> serializers.CharField:
    longest = getattr(Call._meta.get_field(field), "max_length")  # noqa: B009 (not every kind of field has one)
    return serializers.CharField(required=False, allow_blank=True, max_length=int(longest), **options)


def _one_of(name: str) -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=[*facts.FACTS[name].values, facts.UNKNOWN], required=False, help_text=f"The same as the fact {name}."
    )


class CallerReport(serializers.Serializer[Any]):
    name = _text("caller_name")
    phone = _text("caller_phone")
    relation = _one_of("caller_relation")
    address = _text("caller_address", help_text="Where they are, if not at the place.")
    latitude = serializers.FloatField(required=False, allow_null=True, min_value=-90, max_value=90)
    longitude = serializers.FloatField(required=False, allow_null=True, min_value=-180, max_value=180)


class SubjectReport(serializers.Serializer[Any]):
    name = _text("subject_name")
    age = serializers.IntegerField(
        required=False, min_value=0, max_value=facts.OLDEST, help_text="Whole years. The same as the fact age."
    )
    description = _text("subject_description")
    last_seen = _text("subject_last_seen")
    direction = _text("subject_direction")


class LocationReport(serializers.Serializer[Any]):
    address = _text("address")
    latitude = serializers.FloatField(required=False, allow_null=True, min_value=-90, max_value=90)
    longitude = serializers.FloatField(required=False, allow_null=True, min_value=-180, max_value=180)
    detail = _text("location_detail", help_text="How to find it: the door, the bench.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "class": _one_of("location_class")}  # a Python keyword


class FactsField(serializers.DictField):
    """The answers, by the names and values of the triage vocabulary."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(_("Must be an object: fact names and their values."))
        try:
            return dict(facts.check(data))
        except FactErrors as wrong:
            raise serializers.ValidationError(
                {name: [wording.told(text)] for name, text in wrong.errors.items()}
            ) from None


# Fields that say the same as a fact: where they differ, one of them is wrong, and a guess could cost a life.
SAME = {
    ("call_type",): "call_type",
    ("location", "class"): "location_class",
    ("subject", "age"): "age",
    ("caller", "relation"): "caller_relation",
}


class CallChanges(serializers.Serializer[Any]):
    """What may be told of a call later (`PATCH`)."""

    call_type = _one_of("call_type")
    narrative = _text("narrative", help_text="In a PATCH: added to what is there.")
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text="In a PATCH: why an earlier answer is withdrawn."
    )
    language = _text("language", help_text="BCP 47, such as es or zh-Hant.")
    caller = CallerReport(required=False)
    subject = SubjectReport(required=False)
    location = LocationReport(required=False)
    facts = FactsField(required=False)

    def run_validation(self, data: Any = empty) -> Any:
        """Contradictions are named together with whatever else is wrong, not only once the rest is right."""
        errors: dict[str, Any] = {}
        value: Any = {}
        try:
            value = super().run_validation(data)
        except serializers.ValidationError as wrong:
            errors = dict(wrong.detail) if isinstance(wrong.detail, dict) else {"": wrong.detail}
        if isinstance(data, Mapping):
            for path, sentence in _contradictions(data).items():
                errors.setdefault(path, [sentence])
            if unknown := sorted(set(map(str, data)) - set(self.fields)):
                errors.update({name: [_("There is no such field.")] for name in unknown})
        if errors:
            raise serializers.ValidationError(errors)
        return value

    @classmethod
    def read(cls, raw: Any) -> dict[str, Any]:
        """The checked report. Raises Invalid naming every wrong field."""
        try:
            return dict(_reader(cls).run_validation(raw))
        except serializers.ValidationError as wrong:
            raise Invalid(flatten(wrong.detail)) from None


@cache
def _reader(kind: type[CallChanges]) -> CallChanges:
    # Reading keeps nothing in the serializer, so one serves all; to build its fields anew costs more than to read.
    return kind()


class CallReport(CallChanges):
    """A call as it is posted."""

    source = serializers.CharField(  # type: ignore[assignment]  # the name is the API's
        required=False, max_length=80, help_text="Names the feed; the token's name if absent."
    )
    local_type = _text(
        "local_type", help_text="The city's own words for the type; translated by the map of the source."
    )
    external_id = _text("external_id", help_text="Its number at the source: the same number is the same incident.")
    received_at = serializers.DateTimeField(required=False, help_text="Now if absent.")
    answered_at = serializers.DateTimeField(required=False, allow_null=True)
    program = serializers.SlugField(required=False, help_text="Only to say otherwise than the place does.")
    exercise = serializers.BooleanField(required=False, default=False)


def heard(report: Mapping[str, Any], *, source: str, at: datetime, **more: Any) -> Heard:
    """What a checked CallReport says. `source` and `at` stand in where the report is silent."""
    source, received_at = report.get("source") or source[:80], report.get("received_at") or at
    local_type = report.get("local_type", "").strip()
    said = local_types.translate(local_type, source=source, at=received_at) if local_type else None
    return Heard(
        source=source,
        external_id=report.get("external_id", ""),
        received_at=received_at,
        local_type=local_type,
        type_map=said.type_map if said else "",
        answered_at=report.get("answered_at"),
        program=report.get("program"),
        exercise=report.get("exercise", False),
        narrative=report.get("narrative", ""),
        # What is told outright stands; the city's words add what was not.
        facts={**(said.facts if said else {}), **answers(report)},
        **fields(report),
        **more,
    )


def answers(report: Mapping[str, Any]) -> dict[str, Any]:
    """Every answer in a report, whether it stands among the facts or in a field of the same meaning."""
    told = {fact: _at(report, path) for path, fact in SAME.items()}
    return {**{fact: value for fact, value in told.items() if value is not None}, **report.get("facts", {})}


def fields(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says of caller, subject and place, by the names of the call's own fields."""
    location, told = report.get("location", {}), {}
    for group, names in {
        "caller": ("name", "phone", "address", "latitude", "longitude"),
        "subject": ("name", "description", "last_seen", "direction"),
    }.items():
        told.update({f"{group}_{name}": report[group][name] for name in names if name in report.get(group, {})})
    told.update({name: location[name] for name in ("address", "latitude", "longitude") if name in location})
    if "detail" in location:
        told["location_detail"] = location["detail"]
    if "language" in report:
        told["language"] = report["language"]
    return told


def _contradictions(raw: Mapping[str, Any]) -> dict[str, str]:
    told = raw.get("facts")
    found = {}
    for path, fact in SAME.items():
        value = _at(raw, path)
        if isinstance(told, Mapping) and value is not None and fact in told and told[fact] != value:
            found[".".join(path)] = _("Says %(value)r, but the fact %(fact)s says %(other)r.") % {
                "value": value,
                "fact": fact,
                "other": told[fact],
            }
    for group in ("location", "caller"):
        place = raw.get(group)
        if isinstance(place, Mapping) and (place.get("latitude") is None) != (place.get("longitude") is None):
            found[f"{group}.latitude"] = _("Latitude and longitude go together: send both or neither.")
    return found


def _at(raw: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    for name in path:
        raw = raw.get(name) if isinstance(raw, Mapping) else None  # type: ignore[assignment]
    return raw


def flatten(errors: Any, path: str = "") -> dict[str, str]:
    """DRF's nested errors as one mapping from dotted field to sentence."""
    if isinstance(errors, Mapping):
        found: dict[str, str] = {}
        for name, inner in errors.items():
            dotted = path if name in ("non_field_errors", "") else f"{path}.{name}".lstrip(".")
            found.update(flatten(inner, dotted))
        return found
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        merged: dict[str, str] = {}
        for number, inner in enumerate(errors):
            merged.update(flatten(inner, f"{path}[{number}]"))
        return merged
    return {path or "body": " ".join(map(str, errors)) if isinstance(errors, list) else str(errors)}
