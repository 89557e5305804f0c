"""What stands at the sides of every console page: the queue and the units. Read at one moment, in a fixed number of
queries."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from calls import drafts
from dispatch import drawer, queries, words
from dispatch.availability import Standing, standings
from dispatch.plans.ladder import Do
from dispatch.queries import Row
from dispatch.settling import OURS
from dispatch.states import IncidentStatus, RunStatus, UnitState
from dispatch.troubles import standing, troubles
from due.queries import worst_lateness
from responders.models import Unit
from triage.models import Program

ON_TIME = timedelta(seconds=3)
_WAITING = frozenset({IncidentStatus.TRIAGE, IncidentStatus.PENDING, IncidentStatus.ON_HOLD})


@dataclass(frozen=True)
class Queue:
    """The live incidents, each in one group, the most urgent first."""

    overdue: Sequence[Row]
    waiting: Sequence[Row]
    under_way: Sequence[Row]

    @property
    def groups(self) -> list[tuple[str, str, Sequence[Row]]]:
        return [
            ("overdue", _("Needs someone now"), self.overdue),
            ("waiting", _("Waiting"), self.waiting),
            ("under-way", _("Under way"), self.under_way),
        ]

    @property
    def all(self) -> list[Row]:
        return [*self.overdue, *self.waiting, *self.under_way]

    @property
    def late(self) -> list[Row]:
        return [each for each in self.overdue if each.overdue_at]

    @property
    def turned(self) -> list[Row]:
        return [each for each in self.all if each.turned]

    @property
    def calling(self) -> list[Row]:
        """No step of the ladder is left: a person is asked for."""
        return [each for each in self.all if each.is_unowned]

    @property
    def asking(self) -> list[Row]:
        """The ladder is at a step that a person must answer."""
        climbing = [each for each in self.all if each.ladder and each.ladder.status == RunStatus.CLIMBING]
        return [each for each in climbing if each.ladder and each.ladder.do in (Do.PROPOSE, Do.CALL_BACK)]

    @property
    def endangered(self) -> list[Row]:
        return [each for each in self.all if each.safety]

    @property
    def unreached(self) -> list[Row]:
        return [each for each in self.all if each.unreached]

    @property
    def undecided(self) -> list[Row]:
        return [incident for incident in self.all if incident.outcome == "undetermined"]

    @property
    def without_team(self) -> list[Row]:
        return [each for each in self.all if each.outcome in OURS and not each.teams]

    @property
    def unplaced(self) -> list[Row]:
        """Nobody has verified the place."""
        return [each for each in self.all if not each.placed_at]

    @property
    def unacknowledged(self) -> list[Row]:
        return [each for each in self.all if each.handoffs]


def queue() -> Queue:
    live = queries.board()
    calm = [incident for incident in live if not incident.needs_someone]
    return Queue(
        overdue=[incident for incident in live if incident.needs_someone],
        waiting=[incident for incident in calm if incident.state in _WAITING],
        under_way=[incident for incident in calm if incident.state not in _WAITING],
    )


@dataclass(frozen=True)
class Units:
    """All units: those that have something to do, those that are free, and those that cannot be asked. The first are
    few even where many are free, so they stand on top."""

    free: Sequence[Standing]
    busy: Sequence[Standing]
    away: Sequence[Standing]
    troubled: Mapping[uuid.UUID | None, Sequence[str]]

    @property
    def all(self) -> list[Standing]:
        return sorted([*self.busy, *self.free, *self.away], key=lambda standing: standing.unit.callsign)

    @property
    def groups(self) -> list[tuple[str, str, Sequence[Standing]]]:
        return [
            ("busy", _("On a call"), self.busy),
            ("free", _("Free"), self.free),
            ("away", _("Not available"), self.away),
        ]


def units(*, at: datetime) -> Units:
    every = Unit.objects.select_related("program").defer("program__area").order_by("callsign")
    stand = standings(every, at=at)
    free = [each for each in stand if each.state is UnitState.AVAILABLE]
    busy = [each for each in stand if each.assignment]
    away = [each for each in stand if not each.assignment and each.state is not UnitState.AVAILABLE]
    troubled: dict[uuid.UUID | None, list[str]] = defaultdict(list)
    for trouble in troubles():
        troubled[trouble.unit_id].append(trouble.stage)
    return Units(free=free, busy=busy, away=away, troubled=troubled)


def panes(*, at: datetime) -> dict[str, Any]:
    """The context that every console page has."""
    return {
        "now": at,
        "zone": zone(),
        "queue": queue(),
        "units": units(at=at),
        "duresses": list(standing()),
        "downtime": drawer.standing(),
        "half_taken": list(drafts.waiting(at=at)),
        "timers_late": _late(at=at),
        "all_exercise": all_exercise(),
    }


def zone() -> str | None:
    """The clock of this house: that of its first program."""
    return Program.objects.order_by("rank", "slug").values_list("time_zone", flat=True).first()


def _late(*, at: datetime) -> str:
    """How late the latest timer is that is still to be done: while that grows, what this page promises is not kept.
    Empty when all are on time."""
    late = worst_lateness(at=at)
    return words.span(late) if late >= ON_TIME else ""


def all_exercise() -> bool:
    """Whether this installation has exercise programs alone: then every call that is taken is one."""
    kinds = set(Program.objects.order_by().values_list("exercise", flat=True).distinct())
    return kinds == {True}
