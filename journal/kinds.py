"""Kinds of entry: each a frozen dataclass whose fields are the entry's payload.

A payload holds ids, states, codes, counts, moments and the names of changed fields; never a person's words. That is
not a habit but a check: a string that is not a plain code is refused (`as_json`).
"""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

_CODE = re.compile(r"[\w.:/+-]{0,80}")

KINDS: dict[str, type["Payload"]] = {}


class Audience(StrEnum):
    """Who is shown an entry."""

    OPERATIONS = "operations"  # consoles, and clients of the journal
    AUDIT = "audit"  # who read what, who logged in: not part of the feed


@dataclass(frozen=True, kw_only=True)
class Payload:
    """Base of all kinds. Subclass with `kind="noun.verbed"`; the subclass must be a frozen dataclass."""

    kind: ClassVar[str]
    audience: ClassVar[Audience]

    def __init_subclass__(cls, *, kind: str, audience: Audience = Audience.OPERATIONS) -> None:
        if kind in KINDS:
            raise ValueError(f"{kind} is declared twice")
        cls.kind = kind
        cls.audience = audience
        KINDS[kind] = cls

    def as_json(self) -> dict[str, Any]:
        """The payload as JSON values. Raises ValueError for a string that could be somebody's words."""
        return {field.name: _json(self.kind, field.name, getattr(self, field.name)) for field in fields(self)}


def _json(kind: str, name: str, value: object) -> object:
    if isinstance(value, str):
        if not _CODE.fullmatch(value):
            raise ValueError(f"{kind}: {name} must be a code without blanks, for the journal holds no free text")
        return str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset):
        return [_json(kind, name, item) for item in (sorted(value) if isinstance(value, frozenset) else value)]
    raise ValueError(f"{kind}: {name} holds a {type(value).__name__}, which the journal does not take")
