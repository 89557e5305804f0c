"""A replay: historic calls go through intake as exercises, are answered, decided and carried out, all simulated.

One loop does everything, one action after the other, by a clock that it is given. The tables are the truth: what is
remembered here is only what is still open.
"""

import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from calls import intake
from calls.heard import Heard
from calls.models import Assessment, Call
from dispatch import taking
from dispatch.models import IncidentCall
from due.sweep import sweep
from journal.actors import Machine
from journal.refusals import Invalid
from planning.agenda import Agenda, Clock, Pace
from planning.answers import Answers
from planning.conversation import CallTaker
from planning.crews import Crews
from planning.desk import Desk
from planning.rows import UNMAPPED, BrokenFile, Rejected, Row
from responders.models import Unit
from triage import deciding, programs
from triage.engine import FactValue
from triage.models import Program

logger = logging.getLogger(__name__)

CALL_TAKER = Machine("Simulated call-taker")


@dataclass
class Tally:
    """What became of the rows."""

    read: int = 0
    taken: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    lag: timedelta = timedelta(0)
    worst_lag: timedelta = timedelta(0)
    broken: str = ""

    @property
    def adds_up(self) -> bool:
        return self.read == self.taken + self.rejected.total()


class Replay:
    """One run. `rows` come in the order of their moments; one that does not is taken as soon as it is read."""

    def __init__(
        self,
        *,
        rows: Iterator[Row | Rejected],
        program: Program,
        source: str,
        answers: Answers,
        speed: float,
        drain: timedelta,
        clock: Clock,
    ) -> None:
        self.source = source
        self.program = program
        self.tally = Tally()
        self.agenda = Agenda(clock)
        self.pace = Pace(speed)
        self.stopped = False
        self._rows = rows
        self._call_taker = CallTaker(answers, self.pace)
        self._clock = clock
        self._drain = drain
        self._drain_until: datetime | None = None
        self._first: datetime | None = None
        self._started = self._due = clock.now()
        self._talking: set[uuid.UUID] = set()
        self._unopened: set[uuid.UUID] = set()
        chance = Random(f"{answers.seed}:{source}")
        crews = Crews(
            agenda=self.agenda,
            pace=self.pace,
            chance=chance,
            most_silent=max(1, Unit.objects.filter(program=program).count() // 8),
        )
        self.desk = Desk(program=program, agenda=self.agenda, pace=self.pace, crews=crews, chance=chance)

    @property
    def read_to_the_end(self) -> bool:
        return self._drain_until is not None

    def run(self) -> Tally:
        """Take every row, then go on until all is done, for `drain` at most. `stop` ends it sooner, between actions."""
        glance = timedelta(seconds=1) if 0 < self.pace.speed < 30 else timedelta(milliseconds=500)
        self.agenda.put(self._clock.now(), self._pull)
        self.agenda.every(glance, self.desk.look)
        self.agenda.every(timedelta(seconds=1), self._sweep)
        self.agenda.run(until=self._over)
        return self.tally

    def stop(self) -> None:
        self.stopped = True

    def _over(self) -> bool:
        if self.stopped:
            return True
        if self._drain_until is None:
            return False
        idle = not (self.desk.open or self._talking or self._unopened)
        return idle or self._clock.now() >= self._drain_until

    def _sweep(self, at: datetime) -> None:
        # A running worker does the same; the replay depends on none.
        sweep(at=at)
        if self._unopened:
            for link in IncidentCall.objects.filter(call__in=self._unopened):
                self._unopened.discard(link.call_id)
                self.desk.open.add(link.incident_id)

    def _pull(self, at: datetime) -> None:
        """Read the next row, and take it when its moment comes."""
        try:
            row = next(self._rows, None)
        except BrokenFile as broken:
            self.tally.broken, row = str(broken), None
        except Exception as error:
            logger.exception("file not read on")
            self.tally.broken, row = f"Reading failed: {type(error).__name__}.", None
        if row is None:
            self._drain_until = at + self._drain
            return
        if isinstance(row, Row):
            self._due = max(self._due, self._moment_of(row)) if self.pace.speed else at
            self.agenda.put(self._due, partial(self._take, row, self._due))
        else:
            self.tally.read += 1
            self._reject(row)
            self.agenda.put(at, self._pull)

    def _moment_of(self, row: Row) -> datetime:
        """When this row's call comes in here: the first now, each other as long after it as it was, by the speed."""
        if self._first is None:
            self._first, self._started = row.received_at, self._clock.now()
        return self._started + (row.received_at - self._first) / self.pace.speed

    def _reject(self, rejected: Rejected) -> None:
        self.tally.rejected[rejected.reason] += 1
        if rejected.reason == UNMAPPED:
            self.tally.unmapped[rejected.words] += 1

    def _take(self, row: Row, received_at: datetime, at: datetime) -> None:
        self.agenda.put(at, self._pull)
        self.tally.read += 1  # not when it was looked at, to know its moment: a replay that is stopped has not read it
        self.tally.lag = at - received_at
        self.tally.worst_lag = max(self.tally.worst_lag, self.tally.lag)
        try:
            if Call.objects.filter(source=self.source, external_id=row.external_id).exists():
                self._reject(Rejected("number came before"))
                return
            call, incident = taking.take(heard=self._heard(row, received_at, at), by=CALL_TAKER, at=at)
        except Invalid as invalid:
            self._reject(Rejected(f"refused by intake: {', '.join(sorted(invalid.errors))}"))
        except Exception as error:
            self._reject(Rejected(f"failed: {type(error).__name__}"))
            raise
        else:
            self.tally.taken += 1
            if incident is None:
                self._unopened.add(call.id)
            else:
                self.desk.open.add(incident.id)
            self._ask(call, at)

    def _heard(self, row: Row, received_at: datetime, at: datetime) -> Heard:
        return Heard(
            source=self.source,
            external_id=row.external_id,
            received_at=received_at,
            original_received_at=row.received_at,
            answered_at=at,
            facts={**row.facts, **self._first_minute(row, received_at)},
            address=row.address[:200],
            latitude=row.latitude,
            longitude=row.longitude,
            narrative=row.narrative,
            local_type=row.local_type[:120],
            type_map=row.type_map,
            program=self.program.slug,
            exercise=True,
            simulated=True,
        )

    def _first_minute(self, row: Row, received_at: datetime) -> dict[str, FactValue]:
        """What is said before the call is first saved; nothing where no policy tells what to ask."""
        try:
            version = deciding.version_at(self.program.policy, received_at)
        except deciding.NoVersionInForce:
            return {}
        area = programs.area_at(self.program, row.latitude, row.longitude)
        known = {**row.facts, **({"area": area} if area else {})}
        said, _ = self._call_taker.ask(
            version=version, known=known, call=row.external_id, received_at=received_at, at_least=0
        )
        return said

    def _ask(self, call: Call, at: datetime) -> None:
        """Go on asking, as long as the decision in force wants to know more."""
        assessment: Assessment | None = next(iter(getattr(call, "assessed", [])), None)
        if assessment is None or not assessment.decision["next_questions"]:
            return
        said, takes = self._call_taker.ask(
            version=assessment.policy_version,
            known=intake.known(call),
            call=call.external_id,
            received_at=call.received_at,
            at_least=1,
        )

        def save(at: datetime) -> None:
            self._talking.discard(call.id)  # a conversation that fails must not hold up the end
            amended, _ = taking.amend(call=call, answers=said, by=CALL_TAKER, at=at)
            self._ask(amended, at)

        self._talking.add(call.id)
        self.agenda.put(at + self.pace(takes), save, about=call.id)
