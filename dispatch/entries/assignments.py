"""Journal entries: what happens to teams that are asked and sent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class AssignmentCorrected(Payload, kind="assignment.corrected"):
    """A stamp of a team was wrong."""

    incident: UUID
    unit: UUID
    stamp: str
    before: datetime
    after: datetime
    correction: int


@dataclass(frozen=True, kw_only=True)
class AssignmentOffered(Payload, kind="assignment.offered"):
    """`round` is the same for all that were asked at once."""

    incident: UUID
    unit: UUID
    respond_by: datetime
    round: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class AssignmentSent(Payload, kind="assignment.sent"):
    """The unit was sent by word, not asked on its phone."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentMoved(Payload, kind="assignment.moved"):
    """`reason` is the code of a decline or of a withdrawal; `disposition` that of a clearance; `early` what a
    team that went on scene did not wait for (`dispatch.staging`), by somebody's word."""

    incident: UUID
    unit: UUID
    before: str
    status: str
    reason: str | None = None
    disposition: str | None = None
    early: str | None = None


@dataclass(frozen=True, kw_only=True)
class AssignmentDiverted(Payload, kind="assignment.diverted"):
    """The unit was taken from a less urgent incident. Theirs, by whose consent and why in words is read from the
    diversion."""

    incident: UUID
    unit: UUID
    instead_of: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentDiversionSeen(Payload, kind="assignment.diversion_seen"):
    incident: UUID
    unit: UUID
    by_radio: bool


@dataclass(frozen=True, kw_only=True)
class AssignmentDiversionUnseen(Payload, kind="assignment.diversion_unseen"):
    """They have not said that they have seen it: the dispatcher must radio them."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentAlerted(Payload, kind="assignment.alerted"):
    """A team under way is told that the outcome has changed. `facts` names what was heard; none: a person decided."""

    incident: UUID
    unit: UUID
    before: str
    after: str
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AssignmentAlertSeen(Payload, kind="assignment.alert_seen"):
    incident: UUID
    unit: UUID
    by_radio: bool


@dataclass(frozen=True, kw_only=True)
class AssignmentUnreached(Payload, kind="assignment.unreached"):
    """No phone of the crew that was asked could be reached: somebody must radio them."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentAlertUnseen(Payload, kind="assignment.alert_unseen"):
    """They have not said that they have seen it: the dispatcher must radio them."""

    incident: UUID
    unit: UUID


@dataclass(frozen=True, kw_only=True)
class AssignmentAlertOver(Payload, kind="assignment.alert_over"):
    """The outcome is again what the team was sent to."""

    incident: UUID
    unit: UUID
    outcome: str
