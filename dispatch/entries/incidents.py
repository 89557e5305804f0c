"""Journal entries: what happens to incidents."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class IncidentOpened(Payload, kind="incident.opened"):
    number: int
    call: UUID
    status: str
    exercise: bool


@dataclass(frozen=True, kw_only=True)
class IncidentJoined(Payload, kind="incident.joined"):
    """A further call is about the same."""

    call: UUID


@dataclass(frozen=True, kw_only=True)
class IncidentRelocated(Payload, kind="incident.relocated"):
    """Its place was corrected; the place itself is read from the incident."""


@dataclass(frozen=True, kw_only=True)
class IncidentPlaceAccepted(Payload, kind="incident.place_accepted"):
    """A person said that its place will do, though nobody has verified it."""


@dataclass(frozen=True, kw_only=True)
class IncidentDecided(Payload, kind="incident.decided"):
    decision: int
    outcome: str
    also: tuple[str, ...]
    eligible: bool | None
    priority: int | None


@dataclass(frozen=True, kw_only=True)
class IncidentOverridden(Payload, kind="incident.overridden"):
    """A person decided otherwise than the policy; why in words is read from the override."""

    override: UUID
    before: str
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class IncidentOverrideLifted(Payload, kind="incident.override_lifted"):
    """A person's decision holds no longer. `floor`: the danger that ended it, when no person did."""

    override: UUID
    floor: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IncidentOverrideReviewed(Payload, kind="incident.override_reviewed"):
    override: UUID
    verdict: str


@dataclass(frozen=True, kw_only=True)
class IncidentMoved(Payload, kind="incident.moved"):
    before: str
    status: str


@dataclass(frozen=True, kw_only=True)
class IncidentOverdue(Payload, kind="incident.overdue"):
    """It has been in `status` longer than promised, and still is."""

    status: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class IncidentUnserved(Payload, kind="incident.unserved"):
    """No team is left to offer it to; a dispatcher must act."""


@dataclass(frozen=True, kw_only=True)
class IncidentShort(Payload, kind="incident.short"):
    """Of the teams that were asked at once fewer have accepted than are wanted, and nobody is left to answer."""

    wanted: int
    accepted: int


@dataclass(frozen=True, kw_only=True)
class IncidentHeld(Payload, kind="incident.held"):
    """Nobody is asked about it until then; why in words is read from the hold."""

    hold: UUID
    reason: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class IncidentHoldEnded(Payload, kind="incident.hold_ended"):
    hold: UUID
    ending: str


@dataclass(frozen=True, kw_only=True)
class IncidentDisposed(Payload, kind="incident.disposed"):
    disposition: str


@dataclass(frozen=True, kw_only=True)
class IncidentCancelled(Payload, kind="incident.cancelled"):
    """`remark`: what the person added, where they did."""

    reason: str
    remark: UUID | None


@dataclass(frozen=True, kw_only=True)
class IncidentReopened(Payload, kind="incident.reopened"):
    """How it had ended is told here alone: by a `disposition`, or cancelled for a `reason`."""

    disposition: str | None
    reason: str | None
    remark: UUID


@dataclass(frozen=True, kw_only=True)
class IncidentMerged(Payload, kind="incident.merged"):
    """Its calls went to another incident; `incident.took_in` tells that one."""

    into: UUID
    number: int
    calls: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class IncidentTookIn(Payload, kind="incident.took_in"):
    incident: UUID
    number: int
    calls: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class IncidentUnmerged(Payload, kind="incident.unmerged"):
    """The merge was taken back, and these calls with it; `incident.gave_back` tells the other."""

    out_of: UUID
    number: int
    calls: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class IncidentGaveBack(Payload, kind="incident.gave_back"):
    incident: UUID
    number: int
    calls: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class IncidentSplit(Payload, kind="incident.split"):
    """A call of it got an incident of its own."""

    call: UUID
    incident: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class IncidentLinked(Payload, kind="incident.linked"):
    """It and another concern each other. Each of the two is told."""

    incident: UUID
    number: int
    link: UUID


@dataclass(frozen=True, kw_only=True)
class IncidentUnlinked(Payload, kind="incident.unlinked"):
    incident: UUID
    number: int
    link: UUID


@dataclass(frozen=True, kw_only=True)
class IncidentCorrected(Payload, kind="incident.corrected"):
    """A stamp was wrong."""

    stamp: str
    before: datetime
    after: datetime
    correction: int
