"""The order of teams for an incident: a cost in minutes, made of terms that each say in words what they found.

No tables here: what a term needs stands in `Need` and `Sight` (`dispatch.recommendation` reads them).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import NamedTuple

from dispatch import languages
from dispatch.models import Assignment
from dispatch.plans import Recommend
from dispatch.states import AssignmentStatus
from dispatch.travel import Way
from responders.crews import Member, breaches
from responders.models import Unit


@dataclass(frozen=True, kw_only=True)
class Need:
    """What an incident asks of a team. `languages` are those of its callers; `areas` all that its place lies in, None
    where nobody knows the place. `today`: in the program's zone."""

    skills: tuple[str, ...] = ()
    languages: frozenset[str] = frozenset()
    areas: frozenset[str] | None = None
    today: date


@dataclass(frozen=True, slots=True)
class Worked:
    """What a unit has done this shift."""

    assignments: int = 0
    spent: timedelta = timedelta(0)
    cleared_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """A unit as it stands, and all of it that counts. `busy`: with status and number of what it has to do.
    `shift_ends_at`: None off duty. `asked`: its last answer, or none, to this very incident."""

    unit: Unit
    busy: tuple[str, int] | None = None
    shift_ends_at: datetime | None = None
    way: Way | None = None
    crew: tuple[Member, ...] = ()
    worked: Worked = Worked()
    asked: Assignment | None = None


class Candidate(NamedTuple):
    """A unit as seen from one incident. It can be offered the incident when it has no shortfalls."""

    unit: Unit
    on_duty: bool
    way: Way | None
    cost: float
    reasons: tuple[str, ...]
    shortfalls: tuple[str, ...]

    @property
    def fits(self) -> bool:
        return not self.shortfalls

    @property
    def minutes(self) -> float | None:
        """How long it takes there; None when nobody knows where it is."""
        return self.way.minutes if self.way else None


class Found(NamedTuple):
    """A sentence about a unit; what it costs, in minutes; whether it leaves the unit out."""

    text: str
    cost: float = 0
    stops: bool = False


Term = Callable[[Sight, Need, Recommend, datetime], Iterator[Found]]


def rank(need: Need, sights: Iterable[Sight], *, rules: Recommend, at: datetime) -> list[Candidate]:
    """Each unit once: those that can go first, the least cost first; then those that cannot, who is off duty last."""
    candidates = [_judged(sight, need, rules, at) for sight in sights]
    return sorted(
        candidates,
        key=lambda each: (
            not each.fits,
            not each.on_duty,
            each.cost,
            each.minutes if each.minutes is not None else float("inf"),
            each.unit.callsign,
        ),
    )


def _judged(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Candidate:
    total, reasons, shortfalls = 0.0, list[str](), list[str]()
    for term in _TERMS:
        for text, cost, stops in term(sight, need, rules, at):
            total += cost
            (shortfalls if stops else reasons).append(text)
    on_duty = sight.shift_ends_at is not None
    return Candidate(sight.unit, on_duty, sight.way, total, tuple(reasons), tuple(shortfalls))


def _duty(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    if sight.busy:
        status, number = sight.busy
        yield Found(f"{status.replace('_', ' ').capitalize()} on incident {number}", stops=True)
    elif sight.unit.out_of_service_at:
        yield Found("Out of service", stops=True)
    elif sight.shift_ends_at is None:
        yield Found("Off duty", stops=True)


def _asked(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    if sight.asked:
        what = "Declined this" if sight.asked.status == AssignmentStatus.DECLINED else "Did not answer"
        yield Found(f"{what} {_whole(at - sight.asked.offered_at)} min ago", stops=True)


def _way(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    way, limits, position_at = sight.way, rules.limits, sight.unit.position_at
    if way is None or position_at is None:
        yield Found("Distance unknown", rules.costs.travel * rules.travel.unknown_minutes)
        return
    known = f"estimated, {way.km:.1f} km" if way.estimated else f"{way.km:.1f} km"
    text, cost = f"{way.whole_minutes} min away ({known})", rules.costs.travel * way.minutes
    age = _whole(at - position_at)
    if limits.stale and age >= limits.stale:
        text, cost = f"{text}, position {age} min old", cost + rules.costs.stale
    yield Found(text, cost)
    if limits.lost and age >= limits.lost:
        yield Found(f"Position {age} min old", stops=True)


def _skills(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    if missing := sorted(set(need.skills) - set(sight.unit.skills)):
        yield Found(f"No {' and no '.join(missing)}", stops=True)
    elif need.skills:
        yield Found(f"Has {' and '.join(need.skills)}")


def _crew(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    if sight.shift_ends_at and (rules.crew.mix or rules.crew.credentials):
        for breach in breaches(rules.crew, sight.crew, on=need.today):
            yield Found(breach, stops=True)


def _language(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    if not rules.costs.language:
        return
    for code in sorted(need.languages):
        language = languages.primary(code)
        if language in rules.spoken_by_all:
            continue
        speaks = [each.name for each in sight.crew if language in map(languages.primary, each.languages)]
        if speaks:
            yield Found(f"{' and '.join(speaks)} {'speak' if len(speaks) > 1 else 'speaks'} {languages.name(code)}")
        elif sight.shift_ends_at:
            yield Found(f"Nobody speaks {languages.name(code)}", rules.costs.language)


def _shift(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    ends_at = sight.shift_ends_at
    if ends_at is None or sight.busy:
        return
    left, way = _whole(ends_at - at), ceil(sight.way.minutes) if sight.way else 0
    if rules.limits.shift and left < rules.limits.shift + way:
        there = "" if left < rules.limits.shift else f", {left - way} min after it would be there"
        yield Found(f"Shift ends in {left} min{there}", stops=True)
    else:
        yield Found(f"On shift for {_span(left)}")


def _workload(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    each, an_hour, worked = rules.costs.assignment, rules.costs.busy_hour, sight.worked
    if worked.assignments and (each or an_hour):
        hours = worked.spent / timedelta(hours=1)
        many = "1 incident" if worked.assignments == 1 else f"{worked.assignments} incidents"
        cost = each * worked.assignments + an_hour * hours
        yield Found(f"{many} this shift, {_span(_whole(worked.spent))} in all", cost)


def _rest(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    cleared_at, least = sight.worked.cleared_at, timedelta(minutes=rules.limits.rest)
    if rules.costs.rest and cleared_at and timedelta(0) <= at - cleared_at < least:
        rested = (at - cleared_at) / least
        yield Found(f"Cleared {_whole(at - cleared_at)} min ago", rules.costs.rest * (1 - rested))


def _area(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Iterator[Found]:
    home = sight.unit.home_area
    if not rules.costs.away or not home or need.areas is None:
        return
    if home in need.areas:
        yield Found(f"In its area, {home}")
    else:
        yield Found(f"Out of its area, {home}", rules.costs.away)


# In the order in which a dispatcher reads them.
_TERMS: tuple[Term, ...] = (_duty, _asked, _way, _skills, _crew, _language, _shift, _workload, _rest, _area)


def _whole(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _span(minutes: int) -> str:
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
