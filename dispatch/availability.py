"""What each unit is doing now: derived from shifts and open assignments, never stored."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dispatch.models import Assignment
from dispatch.states import ASSIGNMENT, PROGRESS, UnitState
from responders.models import CrewMember, Shift, Unit
from responders.queries import on_duty


@dataclass(frozen=True)
class Standing:
    """A unit, the shift it is on, what it has to do, and what that makes of it."""

    unit: Unit
    shift: Shift | None
    assignment: Assignment | None

    @property
    def state(self) -> UnitState:
        if self.assignment:
            return PROGRESS[self.assignment.state][1]
        if self.unit.out_of_service_at:
            return UnitState.OUT_OF_SERVICE
        return UnitState.AVAILABLE if self.shift else UnitState.OFF_DUTY

    @property
    def crew(self) -> list[CrewMember]:
        return list(self.shift.members.all()) if self.shift else []

    @property
    def shift_ends_at(self) -> datetime | None:
        ends_at: datetime | None = self.shift.during.upper if self.shift else None
        return ends_at


def standings(units: Iterable[Unit], *, at: datetime) -> list[Standing]:
    """How these units stand, in the order given. Three queries, however many units."""
    units = list(units)
    ids: list[uuid.UUID] = [unit.id for unit in units]
    shifts = {shift.unit_id: shift for shift in on_duty(at=at).filter(unit__in=ids)}
    busy = {
        assignment.unit_id: assignment
        for assignment in Assignment.objects.filter(unit__in=ids, status__in=ASSIGNMENT.open).select_related("incident")
    }
    return [Standing(unit, shifts.get(unit.id), busy.get(unit.id)) for unit in units]
