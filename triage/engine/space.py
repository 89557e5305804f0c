"""The variables of a policy: facts, each with its values grouped by the tests that tell them apart."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from triage.engine import facts
from triage.engine.clock import DAY, HOLIDAY, MOMENTS, WEEK, Calendar
from triage.engine.conditions import Test
from triage.engine.diagrams import OPEN
from triage.engine.facts import ASKABLE, FACTS, IN_HOURS, OUTSIDE, UNKNOWN, WEEKDAYS, FactValue

# Truth after Kleene: `all` is the least of its parts, `any` the greatest, `not` the mirror image.
FALSE, UNDECIDED, TRUE = range(3)

AREA: Final = 0
MOMENT: Final = 1  # weekday, holiday and local time in one, since a window may pass midnight

# The order of levels: what is always known, then what is asked first. Known levels on top make restricting a walk.
_FIRST: Final = ("call_type", *(fact.name for fact in ASKABLE if fact.safety))
ORDER: Final = ("area", "moment", *_FIRST, *(fact.name for fact in ASKABLE if fact.name not in _FIRST))
LEVEL: Final[Mapping[str, int]] = {name: level for level, name in enumerate(ORDER)} | {
    "weekday": MOMENT,
    "local_time": MOMENT,
    HOLIDAY: MOMENT,
    IN_HOURS: MOMENT,
}

_SOMEWHERE: Final = ""  # stands for a call without an area: inside, but nobody says where
_ELSEWHERE: Final = "\0"  # stands for each area that the policy does not name

Signature = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """``table`` sends each value to its class; the truth of a test, or the state of service, is the same in a class."""

    table: Mapping[FactValue, int]  # the moments' is by minute, and the space's own
    samples: tuple[FactValue, ...]  # one value of each class


class Point(NamedTuple):
    """Where a call stands: the class of each level, `OPEN` where nothing is known, and the mask of the known levels."""

    classes: list[int]
    given: int
    area: FactValue
    moment: int  # as `Calendar.moment` counts


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

    def __init__(self, tests: Iterable[Test], hours: frozenset[int], areas: frozenset[str], calendar: Calendar) -> None:
        self._calendar = calendar
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

        moments, self._moments = self._group_moments(by_level[MOMENT])
        named = {name for test in by_level[AREA] for name in test.holds}
        self.variables = [
            group(AREA, [_SOMEWHERE, _ELSEWHERE, OUTSIDE, *sorted({*areas, *map(str, named)})], self.is_inside),
            moments,
            *(group(level, (*FACTS[ORDER[level]].domain, UNKNOWN)) for level in range(MOMENT + 1, len(ORDER))),
        ]
        self._tables = {name: (level, self.variables[level].table) for name, level in LEVEL.items() if level > MOMENT}

    def _group_moments(self, told: Sequence[Test]) -> tuple[Variable, Sequence[int]]:
        """The moments as a variable, and the class of each; only where a window or a day begins can a class change."""
        times = [test.holds for test in told if test.fact == "local_time"]
        edges = {DAY * day for day in range(MOMENTS // DAY)}
        edges |= {moment for moment in range(MOMENTS) if (moment in self._hours) != (moment - 1 in self._hours)}
        for holds in times:
            turns = [minute for minute in range(DAY) if (minute in holds) != (minute - 1 in holds)]
            edges |= {DAY * day + minute for day in range(MOMENTS // DAY) for minute in turns}
        begins = sorted(edges)
        grouped = _group(begins, lambda moment: (*(self.truth(test, moment) for test in told), self.is_open(moment)))
        classes: list[int] = []
        for begin, end in pairwise([*begins, MOMENTS]):
            classes += [grouped.table[begin]] * (end - begin)
        return Variable({}, grouped.samples), tuple(classes)

    def truth(self, test: Test, value: FactValue) -> int:
        """The truth of a test for a value of its level: an answer, a moment or an area."""
        if test.fact == "weekday":
            value = WEEKDAYS[int(value) % WEEK // DAY]
        elif test.fact == "local_time":
            value = int(value) % DAY
        elif test.fact == HOLIDAY:
            value = int(value) >= WEEK
        elif test.fact == IN_HOURS:
            value = self.is_open(value)
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

    def is_open(self, moment: FactValue) -> bool:
        return moment in self._hours

    def context(self, moment: int) -> dict[str, FactValue]:
        """What the clock says at a moment, as facts."""
        minute = moment % DAY
        return {
            "weekday": WEEKDAYS[moment % WEEK // DAY],
            "local_time": f"{minute // 60:02}:{minute % 60:02}",
            HOLIDAY: moment >= WEEK,
            IN_HOURS: self.is_open(moment),
        }

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
                elif name not in FACTS or name == IN_HOURS:
                    raise KeyError(name)
            area, moment = known.get("area", _SOMEWHERE), self._calendar.moment(at, known)
            areas = self.variables[AREA].table
            classes[AREA] = areas.get(area, areas[_ELSEWHERE])
            classes[MOMENT] = self._moments[moment]
        except (KeyError, TypeError, ValueError):
            facts.check(known, allow_context=True)
            raise
        return Point(classes, given, area, moment)
