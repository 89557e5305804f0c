"""Journal entries: who watches whom, who writes to whom, and what changes hands. Never a word of what was written."""

from dataclasses import dataclass
from uuid import UUID

from journal.kinds import Audience, Payload


@dataclass(frozen=True, kw_only=True)
class WatchBegun(Payload, kind="watch.begun", audience=Audience.AUDIT):
    """A supervisor begins to follow what `of` has before them, who is told so on their screen."""

    of: UUID


@dataclass(frozen=True, kw_only=True)
class WatchEnded(Payload, kind="watch.ended", audience=Audience.AUDIT):
    of: UUID


@dataclass(frozen=True, kw_only=True)
class MessageSent(Payload, kind="deskmessage.sent", audience=Audience.AUDIT):
    """`to` is None where all supervisors are asked for help."""

    what: str
    to: UUID | None


@dataclass(frozen=True, kw_only=True)
class MessageAcknowledged(Payload, kind="deskmessage.acknowledged", audience=Audience.AUDIT):
    pass


@dataclass(frozen=True, kw_only=True)
class HelpUnanswered(Payload, kind="deskmessage.unanswered", audience=Audience.AUDIT):
    """No supervisor has said that they see to it: they are asked again."""

    again: int


@dataclass(frozen=True, kw_only=True)
class PositionTakenOver(Payload, kind="user.taken_over"):
    """All that this person had in hand is another's: so many calls half taken, and these incidents."""

    calls: int
    incidents: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class LadderHandedOver(Payload, kind="ladder.handed_over"):
    """Who had taken, paused or stopped the search for a team is relieved of it: `former`."""

    run: UUID
    former: UUID


@dataclass(frozen=True, kw_only=True)
class IncidentHoldHandedOver(Payload, kind="incident.hold_handed_over"):
    """Who had put it on hold is relieved of it: `former`."""

    hold: UUID
    former: UUID


@dataclass(frozen=True, kw_only=True)
class DuressHandedOver(Payload, kind="duress.handed_over"):
    """Who had taken it up is relieved of it: `former`."""

    unit: UUID | None
    former: UUID
