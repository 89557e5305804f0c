"""The simulated dispatcher: offers incidents that wait to units that are free, and gets hand-offs acknowledged.

It looks at the tables again and again, as a dispatcher looks at the board, and trusts nothing else: offers that
Rightcall itself made after a decline, and what people do at their consoles meanwhile, are found in the same look.
"""

import uuid
from datetime import datetime, timedelta
from random import Random

from django.db.models import Exists, OuterRef

from dispatch import assignments, handoffs
from dispatch.availability import standings
from dispatch.models import Assignment, Handoff, Incident
from dispatch.recommendation import recommend
from dispatch.settling import OURS
from dispatch.states import ASSIGNMENT, AWAITED, LIVE, IncidentStatus, UnitState
from journal.actors import Machine
from journal.refusals import Refused
from planning.agenda import Agenda, Pace
from planning.crews import Crews
from responders.models import Unit
from triage.models import Program

DISPATCHER = Machine("Simulated dispatcher")

_READ_AHEAD = 20  # waiting incidents looked at for each unit that is free


class Desk:
    """`open` holds the replay's incidents that somebody here must still end; nothing else is remembered of them."""

    def __init__(self, *, program: Program, agenda: Agenda, pace: Pace, crews: Crews, chance: Random) -> None:
        self.open: set[uuid.UUID] = set()
        self._program = program
        self._agenda = agenda
        self._pace = pace
        self._crews = crews
        self._chance = chance
        self._in_vain: dict[uuid.UUID, frozenset[uuid.UUID]] = {}
        self._references = 0

    def look(self, at: datetime) -> None:
        """One look at the board: what is over, which crews are asked or under way, what waits and for whom."""
        if not self.open:
            return
        ended = Incident.objects.filter(id__in=self.open).exclude(status__in=LIVE)
        for incident_id in list(ended.values_list("id", flat=True)):
            self.open.discard(incident_id)
            self._in_vain.pop(incident_id, None)
        for assignment in self._under_way():
            self._crews.take_up(assignment, at=at)
        self._offer(at)
        self._telephone(at)

    def _under_way(self) -> list[Assignment]:
        found = Assignment.objects.filter(status__in=ASSIGNMENT.open, incident__in=self.open)
        return list(found.select_related("unit", "incident"))

    def _offer(self, at: datetime) -> None:
        units = standings(Unit.objects.filter(program=self._program), at=at)
        free = {each.unit.id for each in units if each.state is UnitState.AVAILABLE}
        if not free:
            return
        theirs = Assignment.objects.filter(incident=OuterRef("pk"), status__in=ASSIGNMENT.open)
        waiting = Incident.objects.filter(
            ~Exists(theirs), id__in=self.open, status=IncidentStatus.PENDING, outcome__in=OURS
        ).order_by("priority", "received_at")
        # Whoever no free unit can help is not looked at again before another unit is free, so that those behind are.
        new = [each for each in waiting[: 200 * len(free)] if not free <= self._in_vain.get(each.id, frozenset())]
        for incident in new[: _READ_AHEAD * len(free)]:
            if not free:
                return
            best = next((each for each in recommend(incident, at=at) if each.fits and each.unit.id in free), None)
            if best is None:
                self._in_vain[incident.id] = frozenset(free)
                continue
            free.discard(best.unit.id)
            try:
                offered = assignments.offer(incident=incident, unit=best.unit, by=DISPATCHER, at=at)
            except Refused:
                self._agenda.refused += 1  # the sweep or a person was first
                continue
            offered.incident, offered.unit = incident, best.unit
            self._crews.take_up(offered, at=at)

    def _telephone(self, at: datetime) -> None:
        for handoff in Handoff.objects.filter(status__in=AWAITED, incident__in=self.open):
            if handoff.id not in self._agenda.claimed:
                self._ring(handoff, at)

    def _ring(self, handoff: Handoff, at: datetime) -> None:
        self._references += 1
        reference = f"SIM-{self._references}"

        def acknowledge(at: datetime) -> None:
            handoffs.acknowledge(
                handoff=handoff,
                acknowledged_by=f"Simulated {handoff.get_to_display()} desk",
                reference=reference,
                acknowledged_at=at,
                by=DISPATCHER,
                at=at,
            )

        takes = timedelta(seconds=self._chance.uniform(20, 90))
        self._agenda.put(at + self._pace(takes), acknowledge, about=handoff.id)
