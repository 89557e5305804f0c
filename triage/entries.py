"""Journal entries of this app."""

from dataclasses import dataclass

from journal.kinds import Payload


def code(name: str) -> str:
    """The name of a version or of a part of one, as the journal can hold it."""
    return "".join(letter if letter.isalnum() or letter in "_.:/+-" else "-" for letter in name)[:80]


@dataclass(frozen=True, kw_only=True)
class PolicyPublished(Payload, kind="policy.published"):
    policy: str
    version: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class PolicyDrafted(Payload, kind="policy.drafted"):
    policy: str
    version: str
    based_on: str | None


@dataclass(frozen=True, kw_only=True)
class PolicyEdited(Payload, kind="policy.edited"):
    policy: str
    version: str
    part: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class PolicyMoved(Payload, kind="policy.moved"):
    """Submitted for review, sent back, retired."""

    policy: str
    version: str
    status: str


@dataclass(frozen=True, kw_only=True)
class PolicyDiscarded(Payload, kind="policy.discarded"):
    policy: str
    version: str


@dataclass(frozen=True, kw_only=True)
class PolicyWeighed(Payload, kind="policy.weighed"):
    policy: str
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProgramEstablished(Payload, kind="program.established"):
    slug: str
    policy: str
    exercise: bool
