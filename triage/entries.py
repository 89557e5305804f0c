"""Journal entries of this app."""

from dataclasses import dataclass

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class PolicyPublished(Payload, kind="policy.published"):
    policy: str
    version: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class ProgramEstablished(Payload, kind="program.established"):
    slug: str
    policy: str
    exercise: bool
