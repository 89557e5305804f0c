"""Forms of the pages: names of inputs are the dotted names of the API's report, so that errors find their input."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import JSONDecodeError, dumps, loads
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls.models import Call
from dispatch.queries import Stamp
from journal.refusals import Invalid
from triage.engine import facts
from triage.forms.typed import answer, written

# How people read the names of the console's fields and of the facts (`journal.states.plain`), for the catalogues.
_SPOKEN = (
    gettext_noop("acknowledged at"), gettext_noop("acknowledged by"), gettext_noop("address"),
    gettext_noop("agency"), gettext_noop("areas"), gettext_noop("call"), gettext_noop("call type"),
    gettext_noop("callsign"), gettext_noop("consent"), gettext_noop("crew"), gettext_noop("decision"),
    gettext_noop("disposition"), gettext_noop("do"), gettext_noop("ends at"), gettext_noop("expires at"),
    gettext_noop("file"), gettext_noop("hazard"), gettext_noop("incident"), gettext_noop("kind"),
    gettext_noop("language"), gettext_noop("last day"), gettext_noop("latitude"), gettext_noop("link"),
    gettext_noop("longitude"), gettext_noop("metres"), gettext_noop("minutes"), gettext_noop("name"),
    gettext_noop("narrative"), gettext_noop("outcome"), gettext_noop("password"), gettext_noop("phone"),
    gettext_noop("profession"), gettext_noop("program"), gettext_noop("programs"), gettext_noop("reason"),
    gettext_noop("reference"), gettext_noop("refused by"), gettext_noop("review at"), gettext_noop("role"),
    gettext_noop("scope"), gettext_noop("severity"), gettext_noop("sounds"), gettext_noop("source"),
    gettext_noop("spoke with"), gettext_noop("stamp"), gettext_noop("status"), gettext_noop("to"),
    gettext_noop("unit"), gettext_noop("units"), gettext_noop("until"), gettext_noop("url"), gettext_noop("user"),
    gettext_noop("username"), gettext_noop("valid from"), gettext_noop("valid until"), gettext_noop("verdict"),
    gettext_noop("volume"), gettext_noop("wanted"), gettext_noop("wants"), gettext_noop("way"), gettext_noop("with"),
    gettext_noop("words"), gettext_noop("location detail"), gettext_noop("caller name"),
    gettext_noop("caller phone"), gettext_noop("caller address"), gettext_noop("caller latitude"),
    gettext_noop("caller longitude"), gettext_noop("subject name"), gettext_noop("subject phone"),
    gettext_noop("subject description"), gettext_noop("subject last seen"), gettext_noop("subject direction"),
    gettext_noop("detail"), gettext_noop("description"), gettext_noop("last seen"), gettext_noop("direction"),
    gettext_noop("relation"), gettext_noop("class"), gettext_noop("age"), gettext_noop("location class"),
    gettext_noop("mental health crisis"), gettext_noop("yelling"), gettext_noop("person down"),
    gettext_noop("needs referral"), gettext_noop("in traffic"), gettext_noop("subject has phone"),
    gettext_noop("caller wants officer"), gettext_noop("crime reported"), gettext_noop("intoxication"),
    gettext_noop("weapon"), gettext_noop("violence"), gettext_noop("suicide risk"), gettext_noop("medical need"),
    gettext_noop("caller relation"), gettext_noop("channel"), gettext_noop("area"), gettext_noop("local time"),
    gettext_noop("weekday"),
)  # fmt: skip


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


def shown_stamps(stamps: Iterable[Stamp]) -> str:
    """What the form that corrects a time shows of all of them."""
    return ",".join(f"{each.key}={each.at.isoformat()}" for each in stamps)


def changed(values: Mapping[str, str]) -> dict[str, str]:
    """What the person changed in the form that corrects a call.

    What they left alone is not theirs to say: a colleague may have answered better since the page was opened, and
    sending the old answer along would take a weapon that was seen off the table again. A latitude and its
    longitude are one.
    """
    before = seen(values)
    names = {name for name in AMENDABLE & values.keys() if values[name].strip() != before.get(name, "").strip()}
    for place in PLACES.values():
        position = {name for name in place if not name.endswith(".address")}
        if names & position:
            names |= position & values.keys()
    return {name: values[name] for name in names}


# Address and position are one thing, as for `calls.intake`.
PLACES = {
    group: frozenset({f"{group}.address", f"{group}.latitude", f"{group}.longitude"})
    for group in ("location", "caller")
}


def with_places(names: Collection[str]) -> frozenset[str]:
    """These inputs, and the rest of each place that one of them is of."""
    return frozenset(names).union(*(place for place in PLACES.values() if place & set(names)))


def seen(values: Mapping[str, str]) -> dict[str, str]:
    """What the form that corrects a call showed when it was opened."""
    try:
        before = loads(values.get("shown", "{}"))
    except JSONDecodeError:
        return {}
    return {str(name): str(value) for name, value in before.items()} if isinstance(before, dict) else {}


@dataclass(frozen=True)
class Clash:
    """What two people have changed at once: `theirs` is stored, `mine` is in the form that came second."""

    choice: str  # the name of the input that chooses
    names: tuple[str, ...]
    theirs: Mapping[str, str]
    mine: Mapping[str, str]


def clashes(values: Mapping[str, str]) -> list[Clash]:
    """What is to be chosen before this form can be stored."""
    now, found = seen(values), []
    for named in values.get("clashes", "").split():
        names = tuple(sorted(PLACES.get(named, {named})))
        if set(names) <= AMENDABLE:
            theirs, mine = ({name: told.get(name, "") for name in names} for told in (now, values))
            found.append(Clash(f"keep.{named}", names, theirs, mine))
    return found


def chosen(values: Mapping[str, str]) -> dict[str, str]:
    """The form with theirs in place of mine wherever that was chosen.

    Raises Invalid where nothing was: neither is taken for right by itself.
    """
    result, errors = dict(values), {}
    for clash in clashes(values):
        match values.get(clash.choice):
            case "theirs":
                result.update(clash.theirs)
            case "mine":
                pass
            case _:
                errors[clash.choice] = _("Choose theirs or yours.")
    if errors:
        raise Invalid(errors)
    return result


def rebased(values: Mapping[str, str], call: Call, overtaken: Collection[str]) -> dict[str, str]:
    """The form over the call as it is now: what was changed in it stays, what was left alone is as it is now, and what
    a colleague has changed as well (`overtaken`: names of fields and facts) is put to the choice."""
    before, now = seen(values), dict.fromkeys(AMENDABLE, "") | loads(shown(call))
    names = {_NAMES.get(name, f"facts.{name}") for name in overtaken}
    result = dict(values)
    for name in AMENDABLE & values.keys() - names - {"narrative", "reason"}:
        if values[name].strip() == before.get(name, "").strip():
            result[name] = str(now[name])
    places = {group for group, place in PLACES.items() if names & place}
    asked = sorted(names.difference(*PLACES.values()) | places)
    for name in [name for name in result if name.startswith("keep.")]:
        del result[name]  # chosen against what was stored then
    return {**result, "shown": shown(call), "clashes": " ".join(asked)}


def stored(names: Collection[str]) -> set[str]:
    """The call's own names of what these inputs hold."""
    own = {theirs: ours for ours, theirs in _NAMES.items()}
    return {own.get(name, name.removeprefix("facts.")) for name in names}


# How the form calls the call's own fields.
_NAMES = {
    "caller_name": "caller.name",
    "caller_phone": "caller.phone",
    "caller_address": "caller.address",
    "caller_latitude": "caller.latitude",
    "caller_longitude": "caller.longitude",
    "subject_name": "subject.name",
    "subject_description": "subject.description",
    "subject_last_seen": "subject.last_seen",
    "subject_direction": "subject.direction",
    "address": "location.address",
    "latitude": "location.latitude",
    "longitude": "location.longitude",
    "location_detail": "location.detail",
    "language": "language",
}


def moment_near(clock: str, stands: datetime, zone: ZoneInfo) -> datetime:
    """A time of day on the clocks of that zone, on the day that brings it nearest to what stands there. Raises Invalid
    for anything else."""
    try:
        hour, minute, second = [*map(int, clock.split(":")), 0][:3]
        there = stands.astimezone(zone)
        local = there.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        raise Invalid({"to": _("A time of day such as 18:05 or 18:05:30.")}) from None
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
        raise Invalid({"until": _("Say when: a day and a time.")}) from None
