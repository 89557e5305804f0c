"""What is done when something is due: handlers that the apps above register in their `ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from due.models import Message


@dataclass(frozen=True, kw_only=True)
class Firing:
    """A timer that is being done at `at`. `token` is its fence (`due.timers.superseded`); a finder, which comes where
    no timer is left, has none."""

    kind: str
    subject_id: UUID
    due_at: datetime
    at: datetime
    token: int | None = None


# Runs in a transaction of its own, at most once at a time for one timer, and perhaps again after a crash. Returns
# whether it acted; False says that the state it was set for has passed.
Handler = Callable[[Firing], bool]

# Hands one claimed message to its provider. Runs outside any transaction. Raises what the provider raises.
Sender = Callable[[Message], None]

# Looks in the tables for work that nobody was told of, does some of it, and returns how much it did.
Finder = Callable[[datetime], int]

HANDLERS: dict[str, Handler] = {}
SENDERS: dict[str, Sender] = {}
FINDERS: dict[str, Finder] = {}
