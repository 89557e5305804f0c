"""Who did it: a person, an API client, or Rightcall itself."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Actor(Protocol):
    """What a verb's `by` must tell. Users and API tokens are actors."""

    @property
    def actor_id(self) -> UUID | None: ...

    @property
    def actor_name(self) -> str: ...


@dataclass(frozen=True)
class Machine:
    """A part of Rightcall that acts without a person, as the clock does."""

    actor_name: str
    actor_id: None = None


CLOCK = Machine("Rightcall (clock)")
