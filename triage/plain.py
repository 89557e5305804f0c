"""A policy in plain words: when it runs, when a rule holds, what a rule does."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from triage.engine.clock import DAY, WEEK
from triage.engine.conditions import All, Any, Condition, Not, Test
from triage.engine.document import Rule
from triage.engine.facts import FACTS, UNKNOWN, WEEKDAYS, FactValue

_GOES: Final = {
    "community": "a community team",
    "co_response": "a community team together with police",
    "crisis_line": "the crisis line",
    "police": "police",
    "fire": "the fire department",
    "ems": "an ambulance",
    "information": "the information line",
    "undetermined": "nobody yet: questions are open",
}
# What has two answers is said as a statement: when it holds, and when it does not.
_STATEMENTS: Final = {
    "mental_health_crisis": (
        "The person seems to be in a mental-health crisis",
        "The person does not seem to be in a mental-health crisis",
    ),
    "yelling": ("The person is yelling", "The person is not yelling"),
    "person_down": (
        "The person is lying down and not responding as expected",
        "The person is not lying down, or responds as expected",
    ),
    "needs_referral": (
        "The person needs a service, such as shelter, food or treatment",
        "The person needs no service, such as shelter, food or treatment",
    ),
    "in_traffic": (
        "The person is in the road or blocking traffic",
        "The person is not in the road and not blocking traffic",
    ),
    "subject_has_phone": ("The person can be reached by phone", "The person cannot be reached by phone"),
    "caller_wants_officer": (
        "The caller asks for a police officer",
        "The caller does not ask for a police officer",
    ),
    "crime_reported": ("The caller reports a crime", "The caller reports no crime"),
    "holiday": ("It is a public holiday there", "It is not a public holiday there"),
    "in_hours": ("The program is running", "The program is not running"),
}
_SUBJECTS: Final = {
    "call_type": "The call is about",
    "location_class": "The person is at",
    "intoxication": "Alcohol or drugs",
    "weapon": "Weapon",
    "violence": "Violence",
    "suicide_risk": "Suicide",
    "medical_need": "Hurt or ill",
    "caller_relation": "The caller is",
    "channel": "The call came by",
    "age": "The person\u2019s age in years",
    "area": "The person is in the area",
    "local_time": "The time there is",
    "weekday": "The day there is",
}
_MODES: Final = {
    "solo": "The team goes alone.",
    "staged": "The team waits out of sight until it is called in.",
    "phone": "By phone, without a visit.",
    "follow_up": "As a follow-up visit.",
}


@dataclass(frozen=True)
class Words:
    """A condition as a sentence, with the parts that stand under it."""

    text: str
    parts: tuple["Words", ...] = ()


@dataclass(frozen=True)
class RuleWords:
    """A rule as people read it. `kind` is `exclude`, `permit` or `add`, the order in which rules are heard."""

    id: str
    kind: str
    text: str
    why: str
    source: tuple[str, ...]
    does: tuple[str, ...]
    unknown: str
    when: Words


def goes(outcome: str) -> str:
    return _GOES.get(outcome, outcome)


def kind(rule: Rule) -> str:
    return "exclude" if rule.exclude else "permit" if rule.permit else "add"


def mode(code: str) -> str:
    return _MODES[code]


def rule(rule: Rule) -> RuleWords:
    return RuleWords(
        rule.id, kind(rule), rule.text, rule.why, rule.source, tuple(_does(rule)), _unknown(rule), condition(rule.when)
    )


HEARD: Final = {
    "exclude": "Heard first: calls that go to somebody else",
    "permit": "Heard next: calls that a team may take",
    "add": "Heard besides: what only adds something",
}


def as_heard(rules: Iterable[RuleWords]) -> list[tuple[str, list[RuleWords]]]:
    """The rules under headings, in the order in which a decision hears them."""
    told = list(rules)
    groups = [(heading, [each for each in told if each.kind == kind]) for kind, heading in HEARD.items()]
    return [(heading, group) for heading, group in groups if group]


def _does(rule: Rule) -> Iterator[str]:
    if rule.permit:
        yield f"Then it may go to {goes(rule.permit)}."
    if rule.exclude:
        alone = "" if rule.exclude == "co_response" else ", not to a community team"
        yield f"Then it goes to {goes(rule.exclude)}{alone}."
    if rule.also:
        yield f"{' and '.join(goes(agency) for agency in sorted(rule.also)).capitalize()} as well, at once."
    if rule.priority:
        yield f"Priority {rule.priority}."
    if rule.mode:
        yield _MODES[rule.mode]
    if rule.skills:
        yield f"Needed on the team: {', '.join(rule.skills)}."
    if rule.note:
        yield f"Note for the team: {rule.note}"


def _unknown(rule: Rule) -> str:
    match rule.unknown:
        case "yes":
            return "When nobody can tell, the rule is taken to hold."
        case "no":
            return "When nobody can tell, the rule is taken not to hold."
    return f"When nobody can tell, it goes to {goes(rule.unknown)}."


def condition(when: Condition) -> Words:
    match when:
        case Test(fact, holds):
            return Words(_test(fact, holds))
        case Not(Test(fact, holds)):
            return Words(f"not: {_test(fact, holds)}")
        case Not(part):
            return Words("This does not hold:", (condition(part),))
        case All(parts):
            return Words("All of these hold:", tuple(map(condition, parts)))
        case Any(parts):
            return Words("At least one of these holds:", tuple(map(condition, parts)))


def _test(fact: str, holds: frozenset[FactValue]) -> str:
    known = FACTS[fact]
    if known.kind == "boolean" and len(holds) == 1:
        return statement(fact, next(iter(holds)))
    match known.kind:
        case "boolean":
            return f"It is known: {known.question}"
        case "time":
            answers = " or ".join(_spans(frozenset(minute for minute in holds if isinstance(minute, int)), DAY))
        case "integer":
            answers = _range(sorted(int(value) for value in holds))
        case "name":
            answers = " or ".join(sorted(str(value) for value in holds))
        case _:
            answers = " or ".join(f"\u201c{label}\u201d" for value, label in known.labels.items() if value in holds)
    return f"{_SUBJECTS[fact]}: {answers}"


def statement(fact: str, value: FactValue) -> str:
    """One answer, as a statement about the call."""
    known = FACTS[fact]
    if value == UNKNOWN:
        return f"{known.question} Nobody can tell"
    if fact in _STATEMENTS:
        return _STATEMENTS[fact][value is not True]
    label = known.labels.get(value)
    return f"{_SUBJECTS[fact]}: \u201c{label}\u201d" if label else f"{_SUBJECTS[fact]}: {value}"


def expected(expect: Mapping[str, object]) -> list[str]:
    """What an example expects of a decision, as sentences."""
    return [_expected(key, value) for key, value in expect.items()]


def _expected(key: str, value: object) -> str:
    several = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    match key:
        case "outcome":
            return f"Goes to {goes(several[0])}."
        case "also":
            return f"Comes as well, at once: {', '.join(map(goes, several)) or 'nobody'}."
        case "eligible":
            if value is None:
                return "Whether a team may go without police is open."
            return f"By person and scene alone, a team may {'' if value else 'not '}go without police."
        case "priority":
            return f"Priority {value}." if value else "The priority is open."
        case "mode":
            return _MODES.get(several[0], "No way of going is named.")
        case "required_skills":
            return f"Needed on the team: {', '.join(several) or 'nothing special'}."
        case "next_questions":
            return f"Asked next, among others: {' '.join(FACTS[each].question for each in several if each in FACTS)}"
    return f"Among the reasons: {', '.join(several)}."


def _range(values: list[int]) -> str:
    if values == list(range(values[0], values[-1] + 1)) and len(values) > 1:
        return f"{values[0]} to {values[-1]}" if values[-1] < FACTS["age"].domain[-1] else f"{values[0]} or more"  # type: ignore[operator]
    return " or ".join(map(str, values))


def hours(moments: frozenset[int]) -> list[str]:
    """The moments of its calendar in which a service runs, as lines: days with the same hours stand together."""
    minutes = frozenset(moment for moment in moments if moment < WEEK)
    holidays = frozenset(moment - WEEK for moment in moments if moment >= WEEK)
    lines = _week(minutes)
    if holidays != minutes:
        today = frozenset(minute for minute in holidays if minute < DAY)
        lines.append(f"Public holidays: {', '.join(_spans(today, DAY)) or 'closed'}")
    return lines


def _week(minutes: frozenset[int]) -> list[str]:
    if len(minutes) == WEEK:
        return ["Always open"]
    days = [frozenset(minute % DAY for minute in minutes if minute // DAY == day) for day in range(7)]
    lines, first = [], 0
    for day in range(1, 8):
        if day == 7 or days[day] != days[first]:
            last = f" to {WEEKDAYS[day - 1].capitalize()}" if day - first > 1 else ""
            name = "Every day" if day - first == 7 else f"{WEEKDAYS[first].capitalize()}{last}"
            lines.append(f"{name}: {', '.join(_spans(days[first], DAY)) or 'closed'}")
            first = day
    return lines


def _spans(minutes: frozenset[int], end: int) -> Iterator[str]:
    start = None
    for minute in range(end + 1):
        if minute in minutes and start is None:
            start = minute
        elif minute not in minutes and start is not None:
            yield f"{_clock(start)}–{_clock(minute)}"
            start = None


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
