"""Journal entries of this app."""

from dataclasses import dataclass
from uuid import UUID

from journal.kinds import Audience, Payload


@dataclass(frozen=True, kw_only=True)
class CallTaken(Payload, kind="call.taken"):
    call_type: str
    channel: str | None
    exercise: bool
    program: str | None


@dataclass(frozen=True, kw_only=True)
class CallAmended(Payload, kind="call.amended"):
    """`fields` and `facts` are names only; what they hold now is read from the call."""

    fields: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CallAssessed(Payload, kind="call.assessed"):
    assessment: int
    outcome: str
    eligible: bool | None
    priority: int | None
    policy: str
    version: str


@dataclass(frozen=True, kw_only=True)
class CallRead(Payload, kind="call.read", audience=Audience.AUDIT):
    """Somebody opened the personal data of this call."""


@dataclass(frozen=True, kw_only=True)
class DraftBegun(Payload, kind="draft.begun"):
    """Somebody began to type a call. What they type is in the draft alone, and no letter of it here."""


@dataclass(frozen=True, kw_only=True)
class DraftTakenOver(Payload, kind="draft.taken_over"):
    """A call half taken changed hands: `by` goes on with it."""

    former: UUID
    ended: str  # how it had ended before it was taken up again; empty when it was open


@dataclass(frozen=True, kw_only=True)
class DraftEnded(Payload, kind="draft.ended"):
    """`ending` is a `Draft.Ending`; `call` is what it was filed as."""

    ending: str
    call: UUID | None


@dataclass(frozen=True, kw_only=True)
class DraftRead(Payload, kind="draft.read", audience=Audience.AUDIT):
    """Somebody opened the call that a colleague is taking."""


@dataclass(frozen=True, kw_only=True)
class HistoryRead(Payload, kind="history.read", audience=Audience.AUDIT):
    """Somebody looked up what was before at a place, or from a number: `of` says which, never what was asked for. Its
    subject is the incident or the draft that they had before them."""

    of: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CautionAdded(Payload, kind="caution.added"):
    """Whom and what it is about is read from the caution."""

    hazard: str
    severity: str


@dataclass(frozen=True, kw_only=True)
class CautionReviewed(Payload, kind="caution.reviewed"):
    """Somebody said that it is still so."""


@dataclass(frozen=True, kw_only=True)
class CautionEnded(Payload, kind="caution.ended"):
    """It is so no more."""


@dataclass(frozen=True, kw_only=True)
class CautionExpired(Payload, kind="caution.expired"):
    """Its time is over, and nobody has said that it is still so."""


@dataclass(frozen=True, kw_only=True)
class CautionRead(Payload, kind="caution.read", audience=Audience.AUDIT):
    """Somebody was shown this caution."""


@dataclass(frozen=True, kw_only=True)
class PlacesImported(Payload, kind="places.imported"):
    """A file of places or streets was read, in place of what it had brought before."""

    places: int
    streets: int
