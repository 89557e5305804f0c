"""Which unit to send, and why; for every other, why not."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from dispatch.availability import Standing, standings
from dispatch.models import Incident
from dispatch.queries import plan_of
from dispatch.states import AssignmentStatus, UnitState
from dispatch.travel import Way, way
from responders.models import Unit

_DOING = {
    UnitState.OFF_DUTY: "Off duty",
    UnitState.OUT_OF_SERVICE: "Out of service",
}


@dataclass(frozen=True)
class Candidate:
    """A unit as seen from one incident. It can be offered the incident when it has no shortfalls."""

    standing: Standing
    way: Way | None
    reasons: tuple[str, ...]
    shortfalls: tuple[str, ...]

    @property
    def unit(self) -> Unit:
        return self.standing.unit

    @property
    def fits(self) -> bool:
        return not self.shortfalls

    @property
    def minutes(self) -> float | None:
        """How long it takes there; None when nobody knows where it is."""
        return self.way.minutes if self.way else None


def recommend(incident: Incident, *, at: datetime) -> list[Candidate]:
    """All units of the incident's program: those that can go first, nearest first; then those that cannot."""
    rules = plan_of(incident.program).recommend
    units = Unit.objects.filter(program=incident.program_id).select_related("program").order_by("callsign")
    asked = {
        assignment.unit_id: assignment
        for assignment in incident.assignments.filter(
            status__in=[AssignmentStatus.DECLINED, AssignmentStatus.EXPIRED]
        ).order_by("offered_at")
    }
    candidates = []
    for standing in standings(units, at=at):
        unit = standing.unit
        there = way(unit.latitude, unit.longitude, incident.latitude, incident.longitude, pace=rules.travel)
        reasons, shortfalls = [], []
        if standing.assignment:
            doing = standing.assignment.status.replace("_", " ")
            shortfalls.append(f"{doing.capitalize()} on incident {standing.assignment.incident.number}")
        elif standing.state in _DOING:
            shortfalls.append(_DOING[standing.state])
        if missing := sorted(set(incident.required_skills) - set(unit.skills)):
            shortfalls.append(f"No {' and no '.join(missing)}")
        elif incident.required_skills:
            reasons.append(f"Has {' and '.join(incident.required_skills)}")
        if unit.id in asked:
            minutes = int((at - asked[unit.id].offered_at).total_seconds() // 60)
            what = "Declined this" if asked[unit.id].status == AssignmentStatus.DECLINED else "Did not answer"
            shortfalls.append(f"{what} {minutes} min ago")
        if there is not None and unit.position_at:
            age = int((at - unit.position_at).total_seconds() // 60)
            reasons.append(_away(there) + (f", position {age} min old" if age >= 10 else ""))
        else:
            reasons.append("Distance unknown")
        if not shortfalls and standing.shift_ends_at:
            reasons.append(f"On shift for {_span(standing.shift_ends_at, at)}")
        candidates.append(Candidate(standing, there, tuple(reasons), tuple(shortfalls)))
    return sorted(candidates, key=lambda each: (not each.fits, each.minutes is None, each.minutes, each.unit.callsign))


def _away(there: Way) -> str:
    known = f"estimated, {there.km:.1f} km" if there.estimated else f"{there.km:.1f} km"
    return f"{max(1, ceil(there.minutes))} min away ({known})"


def _span(ends_at: datetime, at: datetime) -> str:
    minutes = int((ends_at - at).total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
