"""What is done when something is due: handlers that the apps above register in their `ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
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

# Hands one claimed message to a provider, outside any transaction; the moment is the message's `claimed_at`. Raises
# Moot when nobody need be told any more, Undelivered when trying again is no use or may double it. Whatever else it
# raises means that it was not taken: it is tried again, ever later, until the message's deadline.
Sender = Callable[[Message], None]

# What else is to be done once a message has ended without being sent: the need is judged anew. In that transaction.
Untold = Callable[[Message], None]

# Looks in the tables for work that nobody was told of, does some of it, and returns how much it did.
Finder = Callable[[datetime], int]


class Moot(Exception):
    """What the message tells has passed, or is not this person's to hear now. `str()` is a code."""


class Undelivered(Exception):
    """It did not go out, or nobody knows whether it did. `str()` is a code; with `again` it may be tried once more."""

    def __init__(self, code: str, *, again: bool = False, at_once: bool = False) -> None:
        super().__init__(code)
        self.again, self.at_once = again, at_once


class Busy(Exception):
    """The provider has as many of ours as it may have at once: to be claimed again shortly, as if never claimed."""


HANDLERS: dict[str, Handler] = {}
SENDERS: dict[str, Sender] = {}
UNTOLD: dict[str, Untold] = {}
# How old a message of this kind may become. Later than that it would mislead: it is dropped, and recorded as missed.
CUT_OFFS: dict[str, timedelta] = {}
FINDERS: dict[str, Finder] = {}
