"""Simulated crews: they answer offers, drive, help and clear, as crews do, in simulated time."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from random import Random

from dispatch import assignments, escalation, safety
from dispatch.models import Assignment
from dispatch.states import ENGAGED, AssignmentStatus
from dispatch.travel import distance_km
from journal.actors import Machine
from planning.agenda import Agenda, Pace
from responders import units

CREW = Machine("Simulated crew")

_DECLINES = 0.08
_DOES_NOT_ANSWER = 0.03
_TRANSPORTS = 0.15
_CITY_KMH = 32.0
_DETOUR = 1.3  # streets against the crow's way
_UNKNOWN_KM = 6.0

_REASONS = [
    (Assignment.Reason.ENGAGED, 4),
    (Assignment.Reason.TOO_FAR, 3),
    (Assignment.Reason.SKILLS, 2),
    (Assignment.Reason.SAFETY, 2),
    (Assignment.Reason.SHIFT_END, 1),
]
_ENDS = [
    ("settled_by_contact", 40),
    ("referred", 20),
    ("unable_to_locate", 16),
    ("refused", 10),
    ("treated_released", 8),
    ("no_patient", 6),
]

Step = Callable[[datetime], Assignment]

_CHECKS_IN = timedelta(minutes=4)


def _check_in(assignment: Assignment, at: datetime) -> None:
    safety.check_in(assignment=assignment, by=CREW, at=at)


class Crews:
    """The crews of a replay. What each does next follows from its assignment's status, as the tables have it."""

    def __init__(self, *, agenda: Agenda, pace: Pace, chance: Random, most_silent: int) -> None:
        self._agenda = agenda
        self._pace = pace
        self._chance = chance
        # An offer that nobody answers holds its unit for the program's real window, however fast the replay runs.
        self._most_silent = most_silent
        self._silent_until: list[datetime] = []

    def take_up(self, assignment: Assignment, *, at: datetime) -> None:
        """Plan what the crew of this open assignment does next, unless that is planned."""
        if assignment.id in self._agenda.claimed:
            return
        match assignment.state:
            case AssignmentStatus.OFFERED:
                self._answer(assignment, at)
            case AssignmentStatus.ACCEPTED:
                self._report(assignment, AssignmentStatus.EN_ROUTE, at, self._minutes(1, 2))
            case AssignmentStatus.EN_ROUTE if assignment.incident.outcome == "co_response":
                self._report(assignment, AssignmentStatus.STAGED, at, self._travel(assignment))
            case AssignmentStatus.EN_ROUTE:
                self._report(assignment, AssignmentStatus.ON_SCENE, at, self._travel(assignment))
            case AssignmentStatus.STAGED:
                self._report(assignment, AssignmentStatus.ON_SCENE, at, self._minutes(2, 8))
            case AssignmentStatus.ON_SCENE if self._chance.random() < _TRANSPORTS:
                self._report(assignment, AssignmentStatus.TRANSPORTING, at, self._minutes(10, 30))
            case AssignmentStatus.ON_SCENE:
                self._clear(assignment, self._one_of(_ENDS), at, self._minutes(10, 45))
            case AssignmentStatus.TRANSPORTING:
                self._report(assignment, AssignmentStatus.AT_DESTINATION, at, self._minutes(8, 20))
            case AssignmentStatus.AT_DESTINATION:
                self._clear(assignment, "transported", at, self._minutes(5, 20))

    def _answer(self, offer: Assignment, at: datetime) -> None:
        self._silent_until = [moment for moment in self._silent_until if moment > at]
        draw = self._chance.random()
        if draw < _DOES_NOT_ANSWER and offer.respond_by and len(self._silent_until) < self._most_silent:
            self._silent_until.append(offer.respond_by)
            self._agenda.put(offer.respond_by + timedelta(seconds=2), lambda at: None, about=offer.id)
        elif draw < _DOES_NOT_ANSWER + _DECLINES:
            reason = self._one_of(_REASONS)
            self._plan(
                offer,
                lambda at: escalation.decline(assignment=offer, reason=reason, by=CREW, at=at),
                at,
                self._minutes(0.3, 1),
            )
        else:
            self._plan(
                offer, lambda at: assignments.accept(assignment=offer, by=CREW, at=at), at, self._minutes(0.2, 1)
            )

    def _report(self, assignment: Assignment, status: AssignmentStatus, at: datetime, after: timedelta) -> None:
        place = assignment.incident
        arrives = assignment.state is AssignmentStatus.EN_ROUTE

        def report(at: datetime) -> Assignment:
            moved = assignments.move(assignment=assignment, status=status, confirmed=True, by=CREW, at=at)
            if arrives and place.latitude is not None and place.longitude is not None:
                units.move(unit=moved.unit, latitude=place.latitude, longitude=place.longitude, by=CREW, at=at)
            return moved

        self._plan(assignment, report, at, after)

    def _clear(self, assignment: Assignment, disposition: str, at: datetime, after: timedelta) -> None:
        self._plan(
            assignment,
            lambda at: assignments.clear(assignment=assignment, disposition=disposition, by=CREW, at=at),
            at,
            after,
        )

    def _plan(self, assignment: Assignment, step: Step, at: datetime, after: timedelta) -> None:
        def act(at: datetime) -> None:
            done = step(at)
            done.unit, done.incident = assignment.unit, assignment.incident
            if done.is_open:
                self.take_up(done, at=at)

        when = at + self._pace(after)
        if assignment.state in ENGAGED:
            self._say_all_right(assignment, at, until=when)
        self._agenda.put(when, act, about=assignment.id)

    def _say_all_right(self, assignment: Assignment, at: datetime, *, until: datetime) -> None:
        """What a check-in waits for passes by the real clock, however slow the crew."""
        while (at := at + _CHECKS_IN) < until:
            self._agenda.put(at, partial(_check_in, assignment))

    def _travel(self, assignment: Assignment) -> timedelta:
        place, unit = assignment.incident, assignment.unit
        direct = distance_km(unit.latitude, unit.longitude, place.latitude, place.longitude)
        distance = _UNKNOWN_KM if direct is None else direct
        return timedelta(hours=distance * _DETOUR / _CITY_KMH) + self._minutes(1, 3)

    def _minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self._chance.uniform(least, most))

    def _one_of(self, shares: Sequence[tuple[str, int]]) -> str:
        return str(self._chance.choices([each for each, _ in shares], [share for _, share in shares])[0])
