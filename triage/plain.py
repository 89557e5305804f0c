"""A policy in plain words: when it runs, when a rule holds, what a rule does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from triage.engine.clock import DAY, WEEK
from triage.engine.conditions import All, Any, Condition, Not, Test
from triage.engine.document import Rule
from triage.engine.facts import FACTS, WEEKDAYS, FactValue

_GOES: Final = {
    "community": "a community team",
    "co_response": "a community team together with police",
    "crisis_line": "the crisis line",
    "police": "police",
    "fire": "the fire department",
    "ems": "an ambulance",
    "information": "the information line",
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
    """A rule as people read it."""

    id: str
    text: str
    why: str
    source: tuple[str, ...]
    does: tuple[str, ...]
    unknown: str
    when: Words


def goes(outcome: str) -> str:
    return _GOES.get(outcome, outcome)


def rule(rule: Rule) -> RuleWords:
    return RuleWords(
        rule.id, rule.text, rule.why, rule.source, tuple(_does(rule)), _unknown(rule), condition(rule.when)
    )


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
    match known.kind:
        case "time":
            answers = " or ".join(_spans(frozenset(minute for minute in holds if isinstance(minute, int)), DAY))
        case "integer":
            answers = _range(sorted(int(value) for value in holds))
        case "name":
            answers = " or ".join(sorted(str(value) for value in holds))
        case _:
            answers = " or ".join(f"“{label}”" for value, label in known.labels.items() if value in holds)
    return f"{known.question} {answers}"


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
