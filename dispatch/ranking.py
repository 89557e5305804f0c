"""The order of teams for an incident: a cost in minutes, made of terms that each say in words what they found.

No tables here: what a term needs stands in `Need` and `Sight` (`dispatch.recommendation` and `dispatch.sighting` read
them). A sentence is made when somebody reads it, in their language; most rankings are read by clocks, which want the
order alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from math import ceil, inf
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dispatch import languages
from dispatch.plans import Recommend
from dispatch.states import AssignmentStatus
from dispatch.travel import Way
from journal.states import plain
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


class Answer(NamedTuple):
    """What a unit that was asked has said: no, or nothing."""

    status: str
    offered_at: datetime


@dataclass(kw_only=True, slots=True)  # not frozen: hundreds are made at once, and that would double what it takes
class Sight:
    """A unit as it stands, and all of it that counts. `busy`: with status and number of what it has to do.
    `shift_ends_at`: None off duty. `asked`: its last answer to this very incident."""

    unit: Unit
    busy: tuple[str, int] | None = None
    shift_ends_at: datetime | None = None
    way: Way | None = None
    crew: tuple[Member, ...] = ()
    worked: Worked = Worked()
    asked: Answer | None = None


Say = Callable[[], str]


@dataclass(slots=True, eq=False)
class Candidate:
    """A unit as seen from one incident. It can be offered the incident when it has no shortfalls."""

    unit: Unit
    on_duty: bool
    way: Way | None
    cost: float = 0
    _reasons: list[Say] = field(default_factory=list)
    _shortfalls: list[Say] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        return not self._shortfalls

    @property
    def minutes(self) -> float | None:
        """How long it takes there; None when nobody knows where it is."""
        return self.way.minutes if self.way else None

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(say() for say in self._reasons)

    @property
    def shortfalls(self) -> tuple[str, ...]:
        return tuple(say() for say in self._shortfalls)

    def note(self, say: Say, cost: float = 0) -> None:
        """A sentence about the unit, and what it costs, in minutes."""
        self.cost += cost
        self._reasons.append(say)

    def leave_out(self, say: Say) -> None:
        """It cannot go; the sentence that says why."""
        self._shortfalls.append(say)


Term = Callable[[Candidate, Sight, Need, Recommend, datetime], None]


def rank(need: Need, sights: Iterable[Sight], *, rules: Recommend, at: datetime) -> list[Candidate]:
    """Each unit once: those that can go first, the least cost first; then those that cannot, who is off duty last."""
    candidates = [_judged(sight, need, rules, at) for sight in sights]
    return sorted(
        candidates,
        key=lambda each: (
            not each.fits,
            not each.on_duty,
            each.cost,
            each.way.minutes if each.way else inf,
            each.unit.callsign,
        ),
    )


def _judged(sight: Sight, need: Need, rules: Recommend, at: datetime) -> Candidate:
    candidate = Candidate(sight.unit, sight.shift_ends_at is not None, sight.way)
    for term in _TERMS:
        term(candidate, sight, need, rules, at)
    return candidate


# A sentence is made long after its term: nothing that it is made of may be given another value behind it.


def _duty(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    if sight.busy:
        status, number = sight.busy
        unit.leave_out(
            lambda: _("%(state)s on incident %(number)s") % {"state": plain(status).capitalize(), "number": number}
        )
    elif sight.unit.out_of_service_at:
        unit.leave_out(lambda: _("Out of service"))
    elif sight.shift_ends_at is None:
        unit.leave_out(lambda: _("Off duty"))


def _asked(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    if answer := sight.asked:
        unit.leave_out(lambda: _answered(answer, _whole(at - answer.offered_at)))


def _answered(answer: Answer, minutes: int) -> str:
    if answer.status == AssignmentStatus.DECLINED:
        return _("Declined this %(minutes)s min ago") % {"minutes": minutes}
    return _("Did not answer %(minutes)s min ago") % {"minutes": minutes}


def _way(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    way, limits, position_at = sight.way, rules.limits, sight.unit.position_at
    if way is None or position_at is None:
        unit.note(lambda: _("Distance unknown"), rules.costs.travel * rules.travel.unknown_minutes)
        return
    age, cost = _whole(at - position_at), rules.costs.travel * way.minutes
    if limits.stale and age >= limits.stale:
        unit.note(
            lambda: _("%(away)s, position %(minutes)s min old") % {"away": _away(way), "minutes": age},
            cost + rules.costs.stale,
        )
    else:
        unit.note(lambda: _away(way), cost)
    if limits.lost and age >= limits.lost:
        unit.leave_out(lambda: _("Position %(minutes)s min old") % {"minutes": age})


def _away(way: Way) -> str:
    told = {"minutes": way.whole_minutes, "km": f"{way.km:.1f}"}
    if way.estimated:
        return _("%(minutes)s min away (estimated, %(km)s km)") % told
    return _("%(minutes)s min away (%(km)s km)") % told


def _skills(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    if missing := sorted(set(need.skills) - set(sight.unit.skills)):
        unit.leave_out(lambda: _("No %(skills)s") % {"skills": _(" and no ").join(missing)})
    elif need.skills:
        unit.note(lambda: _("Has %(skills)s") % {"skills": _(" and ").join(need.skills)})


def _crew(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    if sight.shift_ends_at and (rules.crew.mix or rules.crew.credentials):
        for breach in breaches(rules.crew, sight.crew, on=need.today):
            unit.leave_out(partial(str, breach))


def _language(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    if not rules.costs.language:
        return
    for code, language in _languages(need.languages):
        if language in rules.spoken_by_all:
            continue
        speaks = [each.name for each in sight.crew if language in map(languages.primary, each.languages)]
        if speaks:
            unit.note(partial(_speak, speaks, code))
        elif sight.shift_ends_at:
            unit.note(partial(_nobody_speaks, code), rules.costs.language)


@lru_cache(maxsize=64)
def _languages(codes: frozenset[str]) -> list[tuple[str, str]]:
    return [(code, languages.primary(code)) for code in sorted(codes)]


def _speak(names: Sequence[str], code: str) -> str:
    sentence = ngettext("%(names)s speaks %(language)s", "%(names)s speak %(language)s", len(names))
    return sentence % {"names": _(" and ").join(names), "language": languages.name(code)}


def _nobody_speaks(code: str) -> str:
    return _("Nobody speaks %(language)s") % {"language": languages.name(code)}


def _shift(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    ends_at = sight.shift_ends_at
    if ends_at is None or sight.busy:
        return
    left, way = _whole(ends_at - at), ceil(sight.way.minutes) if sight.way else 0
    if rules.limits.shift and left < rules.limits.shift + way:
        unit.leave_out(lambda: _ends(left, None if left < rules.limits.shift else left - way))
    else:
        unit.note(lambda: _("On shift for %(span)s") % {"span": _span(left)})


def _ends(left: int, there: int | None) -> str:
    """`there`: so many minutes after it would have arrived."""
    if there is None:
        return _("Shift ends in %(left)s min") % {"left": left}
    return _("Shift ends in %(left)s min, %(there)s min after it would be there") % {"left": left, "there": there}


def _workload(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    each, an_hour, worked = rules.costs.assignment, rules.costs.busy_hour, sight.worked
    if worked.assignments and (each or an_hour):
        unit.note(lambda: _done(worked), each * worked.assignments + an_hour * (worked.spent / _HOUR))


def _done(worked: Worked) -> str:
    sentence = ngettext(
        "%(count)s incident this shift, %(span)s in all",
        "%(count)s incidents this shift, %(span)s in all",
        worked.assignments,
    )
    return sentence % {"count": worked.assignments, "span": _span(_whole(worked.spent))}


def _rest(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    if not rules.costs.rest or not sight.worked.cleared_at:
        return
    rested, least = at - sight.worked.cleared_at, rules.limits.rest * _MINUTE
    if timedelta(0) <= rested < least:
        unit.note(
            lambda: _("Cleared %(minutes)s min ago") % {"minutes": _whole(rested)},
            rules.costs.rest * (1 - rested / least),
        )


def _area(unit: Candidate, sight: Sight, need: Need, rules: Recommend, at: datetime) -> None:
    home = sight.unit.home_area
    if not rules.costs.away or not home or need.areas is None:
        return
    if home in need.areas:
        unit.note(lambda: _("In its area, %(area)s") % {"area": home})
    else:
        unit.note(lambda: _("Out of its area, %(area)s") % {"area": home}, rules.costs.away)


# In the order in which a dispatcher reads them.
_TERMS: tuple[Term, ...] = (_duty, _asked, _way, _skills, _crew, _language, _shift, _workload, _rest, _area)


_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


def _whole(length: timedelta) -> int:
    return length // _MINUTE


def _span(minutes: int) -> str:
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
