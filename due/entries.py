"""Journal entries of this app. Which way somebody is reached is theirs: for the audit alone, and never the address."""

from dataclasses import dataclass
from uuid import UUID

from journal.kinds import Audience, Payload


@dataclass(frozen=True, kw_only=True)
class ContactAdded(Payload, kind="contact.added", audience=Audience.AUDIT):
    owner: UUID
    way: str


@dataclass(frozen=True, kw_only=True)
class ContactRemoved(Payload, kind="contact.removed", audience=Audience.AUDIT):
    owner: UUID
    way: str


@dataclass(frozen=True, kw_only=True)
class ContactPreferred(Payload, kind="contact.preferred", audience=Audience.AUDIT):
    owner: UUID
    way: str


@dataclass(frozen=True, kw_only=True)
class ContactTested(Payload, kind="contact.tested", audience=Audience.AUDIT):
    owner: UUID
    way: str
