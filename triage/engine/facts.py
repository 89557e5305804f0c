"""The facts of a call: the closed vocabulary that policies test and call-takers answer.

A fact that was not asked is absent. A fact that the caller cannot tell is ``UNKNOWN``. They differ: an absent fact
keeps a decision open, an unknown one closes it by the policy's own words.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from json import dumps
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from triage.engine.sentences import Sentence as _

Kind = Literal["graded", "choice", "boolean", "integer", "name", "time"]
FactValue = str | int  # a boolean is an int to Python; `check` keeps the two apart

UNKNOWN: Final = "unknown"
OUTSIDE: Final = "outside"  # the area of a place that lies in none of the areas drawn
IN_HOURS: Final = "in_hours"  # the one fact that a policy works out by itself
OLDEST: Final = 130
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that can be known about a call.

    ``values`` are in order of severity for a graded fact, and empty where they cannot be listed (a whole number, the
    name of an area, a time of day). A fact that is not askable is context, set from location and clock. ``safety``
    marks what the floor looks at: these are asked first.
    """

    name: str
    kind: Kind
    question: str
    labels: Mapping[FactValue, str]
    safety: bool = False
    askable: bool = True

    @property
    def values(self) -> tuple[FactValue, ...]:
        return tuple(value for value in self.labels if value != UNKNOWN)

    @property
    def domain(self) -> tuple[FactValue, ...]:
        """Every known answer that `check` lets through; empty for names and times."""
        return tuple(range(OLDEST + 1)) if self.kind == "integer" else self.values

    def refusal(self, value: object) -> str | None:
        """Why ``value`` is no answer to this fact, as a sentence; None when it is one."""
        if self.askable and value == UNKNOWN:
            return None
        match self.kind:
            case "boolean":
                right = isinstance(value, bool)
                wanted = _("true, false or unknown") if self.askable else _("true, false")
            case "integer":
                right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= OLDEST
                wanted = _("a whole number from 0 to %(most)s or unknown", most=OLDEST)
            case "time":
                right = isinstance(value, str) and _CLOCK.fullmatch(value) is not None
                wanted = _("a time of day from 00:00 to 23:59")
            case "name":
                right = isinstance(value, str) and value.strip() != ""
                wanted = _("the name of an area or outside")
            case _:
                right = isinstance(value, str) and value in self.values
                every = ", ".join(str(each) for each in self.values)
                one_of = _("one of %(values)s or unknown") if self.askable else _("one of %(values)s")
                wanted = _(one_of.form, values=every)
        if right:
            return None
        return _(
            "%(fact)s cannot be %(value)s: it must be %(wanted)s.", fact=self.name, value=shown(value), wanted=wanted
        )


class FactErrors(ValueError):
    """Facts that cannot be taken. ``errors`` names each wrong fact with a sentence fit for a screen."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(" ".join(self.errors.values()))


def shown(value: object) -> str:
    """``value`` as its author wrote it, cut short: text in quotes, so that "911" is seen to differ from 911."""
    text = dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else f"{text[:57]}..."


def suggestion(name: str, right: Sequence[str]) -> str:
    """A half sentence that helps with a misspelt name, or nothing."""
    near = get_close_matches(name, right, n=1)
    return _("; did you mean %(name)s?", name=near[0]) if near else "."


_YES_OR_NO: Final[Mapping[FactValue, str]] = {True: _("Yes"), False: _("No")}


def _fact(
    name: str, kind: Kind, question: str, labels: Mapping[FactValue, str] | None = None, *, safety: bool = False
) -> Fact:
    if kind == "boolean":
        labels = _YES_OR_NO
    known: Mapping[FactValue, str] = MappingProxyType({**(labels or {}), UNKNOWN: _("Cannot tell")})
    return Fact(name=name, kind=kind, question=question, labels=known, safety=safety)


def _context(name: str, kind: Kind, question: str, labels: Mapping[FactValue, str] | None = None) -> Fact:
    return Fact(name, kind, question, MappingProxyType(dict(labels or {})), askable=False)


_ALL = (
    _fact(
        "call_type",
        "choice",
        _("What is the call about?"),
        {
            "mental_health": _("Mental-health crisis"),
            "welfare_check": _("Welfare check"),
            "person_down": _("Person down"),
            "intoxication": _("Intoxicated person"),
            "disturbance": _("Disturbance"),
            "unwanted_person": _("Unwanted person"),
            "trespass": _("Trespass"),
            "verbal_dispute": _("Argument, nobody hurt"),
            "domestic_dispute": _("Dispute between partners or family"),
            "suicide_threat": _("Thoughts or threat of suicide"),
            "service_referral": _("Needs shelter, food or another service"),
            "panhandling": _("Panhandling"),
            "indecent_exposure": _("Indecent exposure"),
            "syringe_disposal": _("Syringe to collect"),
            "encampment": _("Camp"),
            "overdose": _("Overdose"),
            "non_emergency_medical": _("Medical, not an emergency"),
            "medical": _("Medical emergency"),
            "assault": _("Assault"),
            "theft": _("Theft"),
            "minor_property_crime": _("Minor property crime"),
            "traffic": _("Traffic"),
            "fire": _("Fire"),
            "transport_request": _("Needs a ride to a service"),
            "follow_up": _("Follow-up of an earlier visit"),
            "other": _("Something else"),
        },
    ),
    _fact(
        "location_class",
        "choice",
        _("What kind of place is the person in?"),
        {
            "outdoors": _("Outdoors"),
            "open_business": _("Business, open to the public now"),
            "government_lobby": _("Lobby of a government building"),
            "public_indoors": _("Other indoor place open to the public"),
            "shelter": _("Shelter"),
            "care_facility": _("Care facility"),
            "school": _("School"),
            "residential_common_area": _("Lobby or hallway of an apartment building"),
            "private_residence": _("Private home"),
            "tent_or_vehicle_home": _("Tent, or vehicle lived in"),
            "transit": _("Bus, train or platform"),
            "locked_building": _("Locked building"),
        },
    ),
    _fact("mental_health_crisis", "boolean", _("Does the person seem to be in a mental-health crisis?")),
    _fact("yelling", "boolean", _("Is the person yelling?")),
    _fact("person_down", "boolean", _("Is the person lying down and not responding as you would expect?"), safety=True),
    _fact("needs_referral", "boolean", _("Does the person need a service, such as shelter, food or treatment?")),
    _fact("in_traffic", "boolean", _("Is the person in the road or blocking traffic?")),
    _fact("subject_has_phone", "boolean", _("Can the person be reached by phone?")),
    _fact("caller_wants_officer", "boolean", _("Does the caller ask for a police officer?")),
    _fact("crime_reported", "boolean", _("Does the caller report a crime?")),
    _fact(
        "intoxication",
        "graded",
        _("Does the person seem affected by alcohol or drugs?"),
        {
            "none": _("No"),
            "affected": _("Affected, but can stand and talk"),
            "severe": _("Cannot stand, talk or be woken"),
        },
    ),
    _fact(
        "weapon",
        "graded",
        _("Is there a weapon, or anything used as one?"),
        {
            "none": _("No weapon"),
            "history": _("Known to have carried one before"),
            "access": _("Within reach, not in sight"),
            "seen": _("Seen or shown"),
            "used": _("Used or pointed at someone"),
        },
        safety=True,
    ),
    _fact(
        "violence",
        "graded",
        _("Is the person violent or threatening others?"),
        {
            "none": _("Calm"),
            "verbal": _("Shouting or insulting"),
            "threatening": _("Threatening or squaring up to someone"),
            "assaulting": _("Hitting or hurting someone"),
        },
        safety=True,
    ),
    _fact(
        "suicide_risk",
        "graded",
        _("Is the person thinking of suicide?"),
        {
            "none": _("No sign of it"),
            "ideation": _("Speaks of it, no plan"),
            "threat": _("Threatens it, or has a plan"),
            "attempt": _("Attempting it, or has just done so"),
        },
        safety=True,
    ),
    _fact(
        "medical_need",
        "graded",
        _("Is the person hurt or ill?"),
        {
            "none": _("No"),
            "minor": _("Yes, but awake and breathing normally"),
            "emergency": _("Not awake, not breathing normally, or bleeding badly"),
        },
        safety=True,
    ),
    _fact(
        "caller_relation",
        "choice",
        _("Who is calling?"),
        {
            "self": _("The person"),
            "family": _("Family or friend"),
            "bystander": _("Passer-by or neighbor"),
            "business": _("Business"),
            "officer": _("Police officer"),
            "other_agency": _("Another agency"),
        },
    ),
    _fact(
        "channel",
        "choice",
        _("How did the call come in?"),
        {
            "911": "911",
            "non_emergency": _("Police non-emergency line"),
            "311": "311",
            "211": "211",
            "988": "988",
            "program_line": _("The program's own number"),
            "referral": _("Referral by an agency"),
            "on_view": _("Seen by a team on the street"),
            "responder_request": _("Asked for by a responder at the scene"),
            "api": _("Another system"),
        },
    ),
    _fact("age", "integer", _("About how old is the person?")),
    _context("area", "name", _("In which area is the person?")),
    _context("local_time", "time", _("What time is it there?")),
    _context(
        "weekday",
        "choice",
        _("What day is it there?"),
        {
            "monday": _("Monday"),
            "tuesday": _("Tuesday"),
            "wednesday": _("Wednesday"),
            "thursday": _("Thursday"),
            "friday": _("Friday"),
            "saturday": _("Saturday"),
            "sunday": _("Sunday"),
        },
    ),
    _context("holiday", "boolean", _("Is it a public holiday there?"), _YES_OR_NO),
    _context(IN_HOURS, "boolean", _("Is the program running now?"), _YES_OR_NO),
)

FACTS: Final[Mapping[str, Fact]] = MappingProxyType({fact.name: fact for fact in _ALL})
ASKABLE: Final = tuple(fact for fact in _ALL if fact.askable)
WEEKDAYS: Final = tuple(str(day) for day in FACTS["weekday"].values)

# One call that says so is enough, whatever a later caller says: each of them changes who may go.
_TRUE_WINS: Final = frozenset({"in_traffic", "crime_reported", "caller_wants_officer"})


def check(raw: Mapping[str, object], *, allow_context: bool = False) -> dict[str, FactValue]:
    """The facts in ``raw``, once each is seen to be one; raises `FactErrors` naming every wrong one at once.

    Context (area, local_time, weekday, holiday) is refused unless ``allow_context``: location and clock set it. Whether
    the program runs (in_hours) follows from these and is never given.
    """
    checked: dict[str, FactValue] = {}
    errors: dict[str, str] = {}
    for name, value in raw.items():
        fact = FACTS.get(name)
        if fact is None:
            near = suggestion(str(name), list(FACTS))
            errors[str(name)] = _("There is no fact called %(name)s%(near)s", name=name, near=near)
        elif name == IN_HOURS:
            errors[name] = _("%(fact)s follows from the policy's own hours, and cannot be given.", fact=name)
        elif not (fact.askable or allow_context):
            errors[name] = _("%(fact)s is set from location and clock, and cannot be given.", fact=name)
        elif refusal := fact.refusal(value):
            errors[name] = refusal
        elif isinstance(value, str | int):
            checked[name] = value
    if errors:
        raise FactErrors(errors)
    return checked


class Merged(NamedTuple):
    """What several calls say together, and where they say different things (values in order of calls)."""

    facts: dict[str, FactValue]
    conflicts: dict[str, list[FactValue]]


def merge(answers: Sequence[Mapping[str, FactValue]], *, weapons_caution: bool = False) -> Merged:
    """One incident's facts out of its calls' facts, given in the order in which people confirmed them.

    Of a graded fact the highest stands; of ``in_traffic``, ``crime_reported`` and ``caller_wants_officer`` the true;
    of the rest the latest. "unknown" never replaces what is known. With ``weapons_caution`` (a caution of weapons on
    the place or the person) no weapon becomes a history of weapons.
    """
    facts: dict[str, FactValue] = {}
    conflicts: dict[str, list[FactValue]] = {}
    for name, fact in FACTS.items():
        given = [answer[name] for answer in answers if name in answer]
        known = [value for value in given if value != UNKNOWN]
        if not known:
            facts.update({name: UNKNOWN} if given else {})
            continue
        if fact.kind == "graded":
            facts[name] = max(known, key=fact.values.index)
        elif name in _TRUE_WINS:
            facts[name] = True in known
        else:
            facts[name] = known[-1]
        if len(different := list(dict.fromkeys(known))) > 1:
            conflicts[name] = different
    if weapons_caution and facts.get("weapon") == "none":
        facts["weapon"] = "history"
    return Merged(facts, conflicts)


def weaker(before: Mapping[str, FactValue], after: Mapping[str, FactValue]) -> list[str]:
    """The facts of ``after`` that say less than in ``before``: a lower grade, or no where it was true for all."""
    less = []
    for name, value in after.items():
        earlier = before.get(name, UNKNOWN)
        if UNKNOWN in (earlier, value):
            continue
        fact = FACTS[name]
        lower = fact.kind == "graded" and fact.values.index(value) < fact.values.index(earlier)
        if lower or (name in _TRUE_WINS and earlier is True and value is False):
            less.append(name)
    return less
