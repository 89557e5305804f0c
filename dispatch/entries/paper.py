"""Journal entries: paper forms and downtimes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class PaperReserved(Payload, kind="paper.reserved"):
    """A block of incident numbers; between its first and its last a live call may have drawn one."""

    program: str
    count: int
    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class PaperCounted(Payload, kind="paper.counted"):
    """Somebody had it in hand, unused."""

    number: int


@dataclass(frozen=True, kw_only=True)
class PaperVoided(Payload, kind="paper.voided"):
    number: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaperRestored(Payload, kind="paper.restored"):
    """It was void, and is to be accounted for again."""

    number: int


@dataclass(frozen=True, kw_only=True)
class IncidentEntered(Payload, kind="incident.entered"):
    """It was written on paper, and entered now: with the times of then."""

    paper: UUID
    number: int
    received: datetime
    answered: datetime | None
    decided: datetime | None
    closed: datetime | None


@dataclass(frozen=True, kw_only=True)
class AssignmentEntered(Payload, kind="assignment.entered"):
    """A team's line of the unit log."""

    incident: UUID
    unit: UUID
    status: str
    offered: datetime
    accepted: datetime
    en_route: datetime | None
    on_scene: datetime | None
    cleared: datetime | None
    disposition: str | None


@dataclass(frozen=True, kw_only=True)
class HandoffEntered(Payload, kind="handoff.entered"):
    incident: UUID
    to: str
    status: str
    sent: datetime
    acknowledged: datetime | None


@dataclass(frozen=True, kw_only=True)
class DowntimeDeclared(Payload, kind="downtime.declared"):
    began: datetime
    ended: datetime | None


@dataclass(frozen=True, kw_only=True)
class DowntimeEnded(Payload, kind="downtime.ended"):
    ended: datetime


@dataclass(frozen=True, kw_only=True)
class DowntimeStands(Payload, kind="downtime.stands"):
    """It lasts still, or so many of its forms are not accounted for."""

    missing: int
