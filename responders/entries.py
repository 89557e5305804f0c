"""Journal entries of this app."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class ShiftPlanned(Payload, kind="shift.planned"):
    unit: UUID
    starts_at: datetime
    ends_at: datetime
    crew: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class UnitFormed(Payload, kind="unit.formed"):
    callsign: str
    program: str


@dataclass(frozen=True, kw_only=True)
class UnitBased(Payload, kind="unit.based"):
    """It has another home area, or none any more; which one is in its row."""


@dataclass(frozen=True, kw_only=True)
class UnitMoved(Payload, kind="unit.moved"):
    """A new position is known; the position itself is not in the journal."""


@dataclass(frozen=True, kw_only=True)
class UnitOutOfService(Payload, kind="unit.out_of_service"):
    pass


@dataclass(frozen=True, kw_only=True)
class UnitInService(Payload, kind="unit.in_service"):
    pass


@dataclass(frozen=True, kw_only=True)
class ResponderEnlisted(Payload, kind="responder.enlisted"):
    profession: str


@dataclass(frozen=True, kw_only=True)
class CredentialGranted(Payload, kind="credential.granted"):
    """Its number is not in the journal."""

    responder: UUID
    credential: str
    valid_from: str
    valid_until: str | None


@dataclass(frozen=True, kw_only=True)
class CredentialEnded(Payload, kind="credential.ended"):
    responder: UUID
    valid_until: str
