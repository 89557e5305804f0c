"""Journal entries of this app."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from journal.kinds import Audience, Payload


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


@dataclass(frozen=True, kw_only=True)
class LadderBegun(Payload, kind="ladder.begun"):
    """It waits for a team, and the promised time or the first team asked has passed. About the incident, as all of the
    ladder."""

    run: UUID
    steps: int


@dataclass(frozen=True, kw_only=True)
class LadderStepped(Payload, kind="ladder.stepped"):
    run: UUID
    index: int
    do: str
    to: str | None


@dataclass(frozen=True, kw_only=True)
class LadderStepEnded(Payload, kind="ladder.step_ended"):
    run: UUID
    index: int
    do: str
    result: str


@dataclass(frozen=True, kw_only=True)
class LadderAnswered(Payload, kind="ladder.answered"):
    """A person did what a step asks for, or decided what it proposes."""

    run: UUID
    do: str
    to: str | None
    answer: str


@dataclass(frozen=True, kw_only=True)
class LadderCalled(Payload, kind="ladder.called"):
    """No step is left: a person is asked for, the so manyth time."""

    run: UUID
    times: int


@dataclass(frozen=True, kw_only=True)
class LadderTaken(Payload, kind="ladder.taken"):
    run: UUID


@dataclass(frozen=True, kw_only=True)
class LadderPaused(Payload, kind="ladder.paused"):
    run: UUID
    cause: str


@dataclass(frozen=True, kw_only=True)
class LadderResumed(Payload, kind="ladder.resumed"):
    run: UUID


@dataclass(frozen=True, kw_only=True)
class LadderStoodDown(Payload, kind="ladder.stood_down"):
    """A person sees to it without the ladder."""

    run: UUID


@dataclass(frozen=True, kw_only=True)
class LadderEnded(Payload, kind="ladder.ended"):
    run: UUID
    ending: str


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


@dataclass(frozen=True, kw_only=True)
class PlanAdopted(Payload, kind="plan.adopted"):
    """A program does otherwise from now on when nobody acts."""

    program: str


@dataclass(frozen=True, kw_only=True)
class HandoffProposed(Payload, kind="handoff.proposed"):
    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class HandoffAcknowledged(Payload, kind="handoff.acknowledged"):
    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class HandoffSent(Payload, kind="handoff.sent"):
    """They are told, by phone or by a message to their system; told again is another entry."""

    incident: UUID
    to: str
    way: str


@dataclass(frozen=True, kw_only=True)
class HandoffUndelivered(Payload, kind="handoff.undelivered"):
    """The message to their system did not get through: somebody must phone. `given_up`: it is tried no more."""

    incident: UUID
    to: str
    why: str
    given_up: bool


@dataclass(frozen=True, kw_only=True)
class HandoffPacketRead(Payload, kind="handoff.packet_read", audience=Audience.AUDIT):
    """Somebody has opened what the agency is told, or it has gone to the agency's system."""

    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class AgencyLinked(Payload, kind="agency.linked"):
    """How an agency is reached has changed; the number and the address are read from the link."""

    agency: UUID
    program: str | None
    phone: bool
    webhook: bool


@dataclass(frozen=True, kw_only=True)
class HandoffRefused(Payload, kind="handoff.refused"):
    """They do not take it; why is read from the hand-off."""

    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class HandoffUntold(Payload, kind="handoff.untold"):
    """Nobody has told them, for longer than promised."""

    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class HandoffUnanswered(Payload, kind="handoff.unanswered"):
    """Told, and longer without a word than promised."""

    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class HandoffReturned(Payload, kind="handoff.returned"):
    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class HandoffWithdrawn(Payload, kind="handoff.withdrawn"):
    """Asked, not answered, and needed no more."""

    incident: UUID
    to: str


@dataclass(frozen=True, kw_only=True)
class ReferralReceived(Payload, kind="referral.received"):
    """Another agency hands this to us."""

    call: UUID
    agency: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralAnswered(Payload, kind="referral.answered"):
    """We take it or refuse it; why is read from the referral."""

    call: UUID
    agency: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class ReferralUnanswered(Payload, kind="referral.unanswered"):
    """We owe another agency an answer, for longer than promised."""

    call: UUID
    agency: UUID
