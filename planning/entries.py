"""Journal entries of this app."""

from dataclasses import dataclass
from uuid import UUID

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class PreviewBegun(Payload, kind="preview.begun"):
    version: UUID
    days: int
    calls: int
