"""Forms of the pages: names of inputs are the dotted names of the API's report, so that errors find their input."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from json import JSONDecodeError, dumps, loads
from typing import Any
from zoneinfo import ZoneInfo

from calls.models import Call
from journal.refusals import Invalid
from triage.engine import facts
from triage.forms.typed import answer, written


def nested(values: Mapping[str, str], *, names: frozenset[str], blank: bool = False) -> dict[str, Any]:
    """The report that the inputs of these dotted names make: `location.address` becomes an address in a location.

    An input left blank says nothing; with `blank` it says that there is nothing, except for an answer.
    """
    report: dict[str, Any] = {}
    for name in sorted(names & values.keys()):
        text = values[name].strip()
        group, _, inner = name.rpartition(".")
        if group == "facts":
            if text:
                report.setdefault("facts", {})[inner] = answer(inner, text)
            continue
        if not text and not blank:
            continue
        value = None if not text and inner in ("latitude", "longitude") else text
        (report.setdefault(group, {}) if group else report)[inner] = value
    return report


# Facts that the intake form asks for in a field of the same meaning; every other has an input of its own.
_FIELDS = {"call_type": "call_type", "location_class": "location.class", "caller_relation": "caller.relation"}


def control(fact: str) -> str:
    """The name of the intake form's input that holds this fact."""
    return _FIELDS.get(fact, f"facts.{fact}")


CALLER = frozenset(
    {"caller.name", "caller.phone", "caller.relation", "caller.address", "caller.latitude", "caller.longitude"}
)
SUBJECT = frozenset({"subject.name", "subject.age", "subject.description", "subject.last_seen", "subject.direction"})
PLACE = frozenset({"location.address", "location.latitude", "location.longitude", "location.detail"})
ANSWERS = frozenset(f"facts.{fact.name}" for fact in facts.ASKABLE)
INTAKE = CALLER | SUBJECT | PLACE | ANSWERS | {"call_type", "location.class", "narrative", "language"}
# What decides, as far as it is typed: the place counts by its position, and place and person by their cautions.
WEIGHED = ANSWERS | {
    "call_type",
    "location.class",
    "caller.relation",
    "caller.phone",
    "subject.name",
    "location.address",
    "location.latitude",
    "location.longitude",
}
AMENDABLE = CALLER | SUBJECT | PLACE | ANSWERS | {"language", "narrative", "reason"}


# Asked in one card of the intake form, safety first; the others stand with what they are about.
ASKED_TOGETHER = sorted(
    (fact for fact in facts.ASKABLE if fact.name not in {*_FIELDS, "channel", "age"}), key=lambda fact: not fact.safety
)


def shown(call: Call) -> str:
    """What the form that corrects a call shows of it, to be sent back with the form (`changed`)."""
    fields = {
        "caller.name": call.caller_name,
        "caller.phone": call.caller_phone,
        "caller.address": call.caller_address,
        "caller.latitude": "" if call.caller_latitude is None else str(call.caller_latitude),
        "caller.longitude": "" if call.caller_longitude is None else str(call.caller_longitude),
        "language": call.language,
        "subject.name": call.subject_name,
        "subject.description": call.subject_description,
        "subject.last_seen": call.subject_last_seen,
        "subject.direction": call.subject_direction,
        "location.address": call.address,
        "location.detail": call.location_detail,
        "location.latitude": "" if call.latitude is None else str(call.latitude),
        "location.longitude": "" if call.longitude is None else str(call.longitude),
        **{f"facts.{name}": written(value) for name, value in call.facts.items()},
    }
    return dumps(fields)


def changed(values: Mapping[str, str]) -> dict[str, str]:
    """What the person changed in the form that corrects a call.

    What they left alone is not theirs to say: a colleague may have answered better since the page was opened, and
    sending the old answer along would take a weapon that was seen off the table again. A latitude and its
    longitude are one.
    """
    try:
        before = loads(values.get("shown", "{}"))
    except JSONDecodeError:
        before = {}
    names = {name for name in AMENDABLE & values.keys() if values[name].strip() != str(before.get(name, "")).strip()}
    for group in ("location", "caller"):
        position = {f"{group}.latitude", f"{group}.longitude"}
        if names & position:
            names |= position & values.keys()
    return {name: values[name] for name in names}


def moment_near(clock: str, stands: datetime, zone: ZoneInfo) -> datetime:
    """A time of day on the clocks of that zone, on the day that brings it nearest to what stands there. Raises Invalid
    for anything else."""
    try:
        hour, minute, second = [*map(int, clock.split(":")), 0][:3]
        there = stands.astimezone(zone)
        local = there.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        raise Invalid({"to": "A time of day such as 18:05 or 18:05:30."}) from None
    return min((local + timedelta(days=days) for days in (-1, 0, 1)), key=lambda each: abs(each - there))


def moment_until(text: str, zone: ZoneInfo, *, at: datetime) -> datetime:
    """`+15` is in so many minutes, `18:30` when the clocks of that zone show it next; else a day and a time on them.
    Raises Invalid for anything else."""
    try:
        if text.startswith("+"):
            return at + timedelta(minutes=int(text[1:5]))
        if len(text) <= len("18:30"):
            hour, minute = map(int, text.split(":"))
            there = at.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
            return there if there > at else there + timedelta(days=1)
        told = datetime.fromisoformat(text)
        return told if told.tzinfo else told.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise Invalid({"until": "Say when: a day and a time."}) from None
