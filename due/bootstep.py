"""The loop that runs the sweep inside a Celery worker, from Postgres alone: it ticks with the broker dead."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from celery import bootsteps
from django.db import close_old_connections
from django.utils import timezone

from due.sending import end_stale, send_one
from due.sweep import find, fire_timers, heard

logger = logging.getLogger(__name__)

INTERVAL = 0.5  # seconds between rounds when nothing is due
HEARTBEAT_EVERY = 4  # rounds
FIND_EVERY = 20  # rounds
SENDING = 4  # messages at once


class Sweeper(bootsteps.StartStopStep):
    """Starts the loop before the worker's consumer, which waits for the broker, and ends it with the worker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        # Timers have a thread of their own: providers that hang may hold up messages, never a timer. Messages have
        # more of them than one provider may hold (`due.delivery.AT_ONCE`).
        works = [("timers", self._timers), ("stale", self._stale), *[("messages", self._messages)] * SENDING]
        self._threads = [
            threading.Thread(target=self._loop, args=[work], name=name, daemon=True) for name, work in works
        ]

    def start(self, parent: Any) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, parent: Any) -> None:
        """Each ends what it has begun, if that takes no more than a few seconds."""
        self._stop.set()
        until = time.monotonic() + 3
        for thread in self._threads:
            thread.join(timeout=max(0, until - time.monotonic()))

    terminate = stop

    def _loop(self, work: Callable[[int], int]) -> None:
        rounds = 0
        while not self._stop.is_set():
            done = 0
            try:
                # Connections that a restarted Postgres has dropped are thrown away here.
                close_old_connections()
                done = work(rounds)
            except Exception as error:
                # Most often Postgres is away. The loop is the last thing that may die.
                logger.warning("sweep failed, trying again", extra={"error": type(error).__name__})
            rounds += 1
            if done == 0:
                self._stop.wait(INTERVAL)

    def _timers(self, rounds: int) -> int:
        at = timezone.now()
        if rounds % HEARTBEAT_EVERY == 0:
            heard(f"worker:{socket.gethostname()}:{os.getpid()}", at=at)
        done = fire_timers(at=at)
        return done + (find(at=at) if rounds % FIND_EVERY == 0 else 0)

    def _stale(self, rounds: int) -> int:
        return end_stale(at=timezone.now())

    def _messages(self, rounds: int) -> int:
        return send_one(at=timezone.now()) is not None
