"""What a simulation has still to do, and when: a heap of actions, and the clock that it waits by."""

import heapq
import logging
import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

from django.db import close_old_connections, connection
from django.utils import timezone

from journal.refusals import Refused

logger = logging.getLogger(__name__)

Action = Callable[[datetime], None]

_PAUSE_AFTER_FAILURE = timedelta(seconds=5)


class Clock(Protocol):
    """Tells the time and waits. Tests use one that jumps."""

    def now(self) -> datetime: ...

    def wait_until(self, moment: datetime) -> None:
        """Return at `moment`, or before it when somebody asks to stop."""


class RealClock:
    """The machine's clock; `interrupt` ends a wait, and may be called by a signal handler."""

    def __init__(self) -> None:
        self._interrupted = threading.Event()

    def now(self) -> datetime:
        return timezone.now()

    def wait_until(self, moment: datetime) -> None:
        self._interrupted.wait(max(0.0, (moment - timezone.now()).total_seconds()))

    def interrupt(self) -> None:
        self._interrupted.set()


class Agenda:
    """Actions in the order of their moments; those of one moment in the order in which they were put.

    `claimed` holds what some action that is still to come is about, so that nobody plans a second one for it.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.claimed: set[Hashable] = set()
        self.refused = 0
        self.failed = 0
        self._heap: list[tuple[datetime, int, Action, Hashable | None]] = []
        self._order = count()

    def put(self, when: datetime, action: Action, *, about: Hashable | None = None) -> None:
        """Do `action` at `when`, or as soon after as what comes before is done. `about` is claimed until then."""
        heapq.heappush(self._heap, (when, next(self._order), action, about))
        if about is not None:
            self.claimed.add(about)

    def every(self, interval: timedelta, action: Action) -> None:
        """Do `action` now and `interval` after each end of it, also when it fails."""

        def again(at: datetime) -> None:
            try:
                action(at)
            finally:
                self.put(self.clock.now() + interval, again)

        self.put(self.clock.now(), again)

    def run(self, *, until: Callable[[], bool]) -> None:
        """Do what is due, moment by moment, until `until` says that it is enough."""
        while self._heap and not until():
            when = self._heap[0][0]
            if when > self.clock.now():
                self.clock.wait_until(when)
                continue
            _, _, action, about = heapq.heappop(self._heap)
            self._do(action, about)

    def _do(self, action: Action, about: Hashable | None) -> None:
        at = self.clock.now()
        self.claimed.discard(about)
        try:
            action(at)
        except Refused:
            # Somebody was first: a person at the console, or the sweep. The tables tell what is to be done now.
            self.refused += 1
        except Exception:
            logger.exception("simulated action failed")
            self.failed += 1
            if not connection.in_atomic_block:
                close_old_connections()  # those that a restarted Postgres has dropped
            if about is not None:
                self.put(at + _PAUSE_AFTER_FAILURE, lambda at: None, about=about)


class Pace:
    """How long something takes here that takes `simulated` in the world. Speed 0 is as fast as it goes."""

    TICK = timedelta(milliseconds=100)

    def __init__(self, speed: float) -> None:
        self.speed = speed

    def exact(self, simulated: timedelta) -> timedelta:
        return simulated / self.speed if self.speed else timedelta(0)

    def __call__(self, simulated: timedelta) -> timedelta:
        """At least a tick: nobody does anything in no time."""
        return max(self.TICK, self.exact(simulated))
