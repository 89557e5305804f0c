"""How long an incident may stay as it is before somebody is told, and for how long somebody may let it wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from dispatch.plans import defaults
from dispatch.plans.priorities import UNKNOWN, by_priority
from dispatch.states import IncidentStatus
from triage.engine.reading import take_mapping, take_number, within

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_LEAST, _MOST = 10, 4 * 60 * 60
_TWO_WEEKS = 14 * 24 * 60

# Those in which a dispatcher or a team is at it. What waits for a team of ours has its ladder, what is held its hold.
_STATES = (IncidentStatus.TRIAGE, IncidentStatus.ASSIGNED, IncidentStatus.EN_ROUTE, IncidentStatus.ON_SCENE)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """`states`: how long it may stay in each. By priority `pending`: how long while others must go; `again`: until it
    is surfaced once more; `answers`: for a hand-off to be told, and then to be answered; `holds` and `schedules`: how
    far ahead a person may put it off."""

    states: Mapping[IncidentStatus, timedelta]
    pending: Mapping[int, timedelta]
    again: Mapping[int, timedelta]
    answers: Mapping[int, timedelta]
    holds: Mapping[int, timedelta]
    schedules: Mapping[int, timedelta]

    def limit(self, status: IncidentStatus, priority: int | None) -> timedelta:
        """How long an incident of this priority may stay in this state unremarked; while it waits for a team of ours,
        its program's ladder says so instead, and on hold its hold."""
        if status is IncidentStatus.PENDING:
            return self.pending[priority or UNKNOWN]
        return self.states[status]

    def repeat(self, status: IncidentStatus, priority: int | None) -> timedelta:
        """After how long an incident that was surfaced, and is still there, is surfaced again."""
        level = priority or UNKNOWN
        # Nobody knows yet what it is: whatever its priority seems to be, it may be worse.
        return self.again[min(level, UNKNOWN) if status is IncidentStatus.TRIAGE else level]

    def answer(self, priority: int | None) -> timedelta:
        """How long a hand-off may stay without being told, or told and without an answer; after as long again it is
        surfaced again."""
        return self.answers[priority or UNKNOWN]

    def hold(self, priority: int | None, *, scheduled: bool) -> timedelta:
        """How long it may be held at most before somebody looks again."""
        return (self.schedules if scheduled else self.holds)[priority or UNKNOWN]

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        """Each number that is left out stands as by default: who changes one need not repeat the others."""
        default = defaults.default()["watch"]
        section = take_mapping(told, place, optional=tuple(default))

        def each(name: str, *, unit: timedelta, least: int, most: int) -> Mapping[int, timedelta]:
            given = section.get(name, {})
            return by_priority(given, within(place, name), unit=unit, least=least, most=most, default=default[name])

        states = within(place, "state_seconds")
        given = take_mapping(section.get("state_seconds", {}), states, optional=[status.value for status in _STATES])
        seconds = {**default["state_seconds"], **given}
        return cls(
            states={
                status: _SECOND * take_number(seconds[status.value], within(states, status), least=_LEAST, most=_MOST)
                for status in _STATES
            },
            pending=each("pending_seconds", unit=_SECOND, least=_LEAST, most=_MOST),
            again=each("repeat_seconds", unit=_SECOND, least=_LEAST, most=_MOST),
            answers=each("answer_seconds", unit=_SECOND, least=_LEAST, most=_MOST),
            holds=each("hold_minutes", unit=_MINUTE, least=1, most=_TWO_WEEKS),
            schedules=each("schedule_minutes", unit=_MINUTE, least=1, most=_TWO_WEEKS),
        )
