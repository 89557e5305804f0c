"""Journal entries: how teams are heard from, and what is done when they are not."""

from dataclasses import dataclass
from uuid import UUID

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class AssignmentCheckedIn(Payload, kind="assignment.checked_in"):
    """The team has said that it is all right."""

    incident: UUID
    unit: UUID
    by_radio: bool


@dataclass(frozen=True, kw_only=True)
class AssignmentCheckInAsked(Payload, kind="assignment.check_in_asked"):
    """Not heard from in time: the team is asked on its phone."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentCheckInMissed(Payload, kind="assignment.check_in_missed"):
    """Asked, and no answer: the dispatcher must radio it."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentSilent(Payload, kind="assignment.silent"):
    """Not reached by radio either: backup is proposed."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentBackupWanted(Payload, kind="assignment.backup_wanted"):
    incident: UUID
    unit: UUID
    wants: str
    by_radio: bool


@dataclass(frozen=True, kw_only=True)
class AssignmentBackupUndecided(Payload, kind="assignment.backup_undecided"):
    """Help is wanted, and longer without a decision than promised."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentBackupDecided(Payload, kind="assignment.backup_decided"):
    """`decision`: whom a person asked; `none`, nobody goes; `moot`, needed no more."""

    incident: UUID
    unit: UUID
    decision: str


@dataclass(frozen=True, kw_only=True)
class DuressRaised(Payload, kind="duress.raised"):
    unit: UUID | None


@dataclass(frozen=True, kw_only=True)
class DuressUnanswered(Payload, kind="duress.unanswered"):
    """Nobody has said that they have it."""

    unit: UUID | None


@dataclass(frozen=True, kw_only=True)
class DuressAcknowledged(Payload, kind="duress.acknowledged"):
    unit: UUID | None


@dataclass(frozen=True, kw_only=True)
class DuressStands(Payload, kind="duress.stands"):
    """Somebody has it, and has not said that they are safe."""

    unit: UUID | None


@dataclass(frozen=True, kw_only=True)
class DuressCleared(Payload, kind="duress.cleared"):
    """Why is read from the duress."""

    unit: UUID | None
