"""Which unit to send, and why; for every other, why not."""

from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt

from dispatch.availability import Standing, standings
from dispatch.models import Incident
from dispatch.states import AssignmentStatus, UnitState
from responders.models import Unit

_EARTH_KM = 6371.0
_DOING = {
    UnitState.OFF_DUTY: "Off duty",
    UnitState.OUT_OF_SERVICE: "Out of service",
}


@dataclass(frozen=True)
class Candidate:
    """A unit as seen from one incident. It can be offered the incident when it has no shortfalls."""

    standing: Standing
    distance_km: float | None
    reasons: tuple[str, ...]
    shortfalls: tuple[str, ...]

    @property
    def unit(self) -> Unit:
        return self.standing.unit

    @property
    def fits(self) -> bool:
        return not self.shortfalls


def recommend(incident: Incident, *, at: datetime) -> list[Candidate]:
    """All units of the incident's program: those that can go first, nearest first; then those that cannot."""
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
        distance = distance_km(incident.latitude, incident.longitude, unit.latitude, unit.longitude)
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
        if distance is not None and unit.position_at:
            age = int((at - unit.position_at).total_seconds() // 60)
            reasons.append(f"{distance:.1f} km away" + (f", position {age} min old" if age >= 10 else ""))
        else:
            reasons.append("Distance unknown")
        if not shortfalls and standing.shift_ends_at:
            reasons.append(f"On shift for {_span(standing.shift_ends_at, at)}")
        candidates.append(Candidate(standing, distance, tuple(reasons), tuple(shortfalls)))
    return sorted(
        candidates, key=lambda each: (not each.fits, each.distance_km is None, each.distance_km, each.unit.callsign)
    )


def _span(ends_at: datetime, at: datetime) -> str:
    minutes = int((ends_at - at).total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def distance_km(
    from_latitude: float | None, from_longitude: float | None, to_latitude: float | None, to_longitude: float | None
) -> float | None:
    """Great-circle distance (haversine) between two positions in degrees; None when either is not known."""
    if from_latitude is None or from_longitude is None or to_latitude is None or to_longitude is None:
        return None
    north = radians(to_latitude - from_latitude) / 2
    east = radians(to_longitude - from_longitude) / 2
    slice_ = sin(north) ** 2 + cos(radians(from_latitude)) * cos(radians(to_latitude)) * sin(east) ** 2
    return 2 * _EARTH_KM * asin(sqrt(slice_))
