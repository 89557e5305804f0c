"""The variables of a policy: facts, each with its values grouped by the tests that tell them apart."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from triage.engine import facts
from triage.engine.clock import DAY, WEEK, minute_of_day, minute_of_week
from triage.engine.conditions import Test
from triage.engine.diagrams import OPEN
from triage.engine.facts import ASKABLE, FACTS, OUTSIDE, UNKNOWN, WEEKDAYS, FactValue

# Truth after Kleene: `all` is the least of its parts, `any` the greatest, `not` the mirror image.
FALSE, UNDECIDED, TRUE = range(3)

AREA: Final = 0
MOMENT: Final = 1  # weekday and local time in one, since a window may pass midnight

# The order of levels: what is always known, then what is asked first. Known levels on top make restricting a walk.
_FIRST: Final = ("call_type", *(fact.name for fact in ASKABLE if fact.safety))
ORDER: Final = ("area", "moment", *_FIRST, *(fact.name for fact in ASKABLE if fact.name not in _FIRST))
LEVEL: Final[Mapping[str, int]] = {name: level for level, name in enumerate(ORDER)} | {
    "weekday": MOMENT,
    "local_time": MOMENT,
}

_SOMEWHERE: Final = ""  # stands for a call without an area: inside, but nobody says where
_ELSEWHERE: Final = "\0"  # stands for each area that the policy does not name

Signature = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """``table`` sends each value to its class; the truth of a test, or the state of service, is the same in a class."""

    table: Mapping[FactValue, int]
    samples: tuple[FactValue, ...]  # one value of each class


class Point(NamedTuple):
    """Where a call stands: the class of each level, `OPEN` where nothing is known, and the mask of the known levels."""

    classes: list[int]
    given: int
    area: FactValue
    minute: int


def _group(values: Iterable[FactValue], sign: Callable[[FactValue], Signature]) -> Variable:
    """One class for all the values that have the same signature."""
    classes: dict[Signature, int] = {}
    samples: list[FactValue] = []
    table: dict[FactValue, int] = {}
    for value in values:
        signature = sign(value)
        if signature not in classes:
            classes[signature] = len(samples)
            samples.append(value)
        table[value] = classes[signature]
    return Variable(table, tuple(samples))


class Space:
    """What a policy can tell apart: the tests of its rules, and the hours and areas of its service.

    A fact that is not tested has a single class, and so no diagram asks for it.
    """

    def __init__(self, tests: Iterable[Test], hours: frozenset[int], areas: frozenset[str], zone: ZoneInfo) -> None:
        self._zone = zone
        self._hours = hours
        self._areas = areas
        by_level: dict[int, list[Test]] = {level: [] for level in range(len(ORDER))}
        for test in dict.fromkeys(tests):
            by_level[LEVEL[test.fact]].append(test)

        def group(level: int, values: Iterable[FactValue], *more: Callable[[FactValue], bool]) -> Variable:
            told = by_level[level]
            return _group(
                values, lambda value: (*(self.truth(test, value) for test in told), *(m(value) for m in more))
            )

        named = {name for test in by_level[AREA] for name in test.holds}
        self.variables = [
            group(AREA, [_SOMEWHERE, _ELSEWHERE, OUTSIDE, *sorted({*areas, *map(str, named)})], self.is_inside),
            group(MOMENT, range(WEEK), self.is_open),
            *(group(level, (*FACTS[ORDER[level]].domain, UNKNOWN)) for level in range(MOMENT + 1, len(ORDER))),
        ]
        self._tables = {name: (level, self.variables[level].table) for name, level in LEVEL.items() if level > MOMENT}

    def truth(self, test: Test, value: FactValue) -> int:
        """The truth of a test for a value of its level: an answer, a minute of the week or an area."""
        if test.fact == "weekday":
            value = WEEKDAYS[int(value) // DAY]
        elif test.fact == "local_time":
            value = int(value) % DAY
        elif value == _SOMEWHERE and test.fact == "area":
            if self._areas and self._areas <= test.holds:
                return TRUE
            possible = test.holds & self._areas if self._areas else test.holds - {OUTSIDE}
            return UNDECIDED if possible else FALSE
        if value in test.holds:
            return TRUE
        return UNDECIDED if value == UNKNOWN else FALSE

    def is_inside(self, area: FactValue) -> bool:
        """Whether a policy serves an area; one that serves everywhere serves even what lies outside its map."""
        return not self._areas or area == _SOMEWHERE or area in self._areas

    def is_open(self, minute: FactValue) -> bool:
        return minute in self._hours

    def locate(self, known: Mapping[str, FactValue], at: datetime) -> Point:
        """Where a call stands; raises `FactErrors` for what is no fact or no value of it."""
        classes = [OPEN] * len(ORDER)
        given = 1 << AREA | 1 << MOMENT
        try:
            for name, value in known.items():
                if name in self._tables:
                    level, table = self._tables[name]
                    classes[level] = table[value]
                    given |= 1 << level
                elif name not in FACTS:
                    raise KeyError(name)
            area, minute = known.get("area", _SOMEWHERE), self._minute(known, at)
            areas = self.variables[AREA].table
            classes[AREA] = areas.get(area, areas[_ELSEWHERE])
            classes[MOMENT] = self.variables[MOMENT].table[minute]
        except (KeyError, TypeError, ValueError):
            facts.check(known, allow_context=True)
            raise
        return Point(classes, given, area, minute)

    def _minute(self, known: Mapping[str, FactValue], at: datetime) -> int:
        minute = minute_of_week(at, self._zone)
        if "weekday" in known:
            minute = WEEKDAYS.index(str(known["weekday"])) * DAY + minute % DAY
        if "local_time" in known:
            minute = minute - minute % DAY + minute_of_day(str(known["local_time"]))
        return minute
