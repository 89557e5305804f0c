"""Journal entries: what is handed to other agencies and by them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from journal.kinds import Audience, Payload


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
class AgencyUnlinked(Payload, kind="agency.unlinked"):
    """It is not reached so any more."""

    agency: UUID
    program: str | None


@dataclass(frozen=True, kw_only=True)
class AgencyTested(Payload, kind="agency.tested"):
    """A message without meaning was sent to its system, to see whether it arrives."""

    agency: UUID


@dataclass(frozen=True, kw_only=True)
class AgencySecretShown(Payload, kind="agency.secret_shown", audience=Audience.AUDIT):
    """Somebody was shown what signs the messages to its system."""

    agency: UUID


@dataclass(frozen=True, kw_only=True)
class HandoffCorrected(Payload, kind="handoff.corrected"):
    """A stamp of a hand-off was wrong."""

    incident: UUID
    to: str
    stamp: str
    before: datetime
    after: datetime
    correction: int


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
class ReferralTold(Payload, kind="referral.told"):
    """Their system has taken our answer."""

    call: UUID
    agency: UUID


@dataclass(frozen=True, kw_only=True)
class ReferralUndelivered(Payload, kind="referral.undelivered"):
    """Our answer did not get through to their system: somebody must phone. `given_up`: it is tried no more."""

    call: UUID
    agency: UUID
    why: str
    given_up: bool


@dataclass(frozen=True, kw_only=True)
class ReferralUnanswered(Payload, kind="referral.unanswered"):
    """We owe another agency an answer, for longer than promised."""

    call: UUID
    agency: UUID
