"""The loop that runs the sweep inside a Celery worker, from Postgres alone: it ticks with the broker dead."""

import logging
import os
import socket
import threading
from typing import Any

from celery import bootsteps
from django.db import close_old_connections
from django.utils import timezone

from due.sweep import find, heard, sweep

logger = logging.getLogger(__name__)

INTERVAL = 0.5  # seconds between rounds when nothing is due
HEARTBEAT_EVERY = 4  # rounds
FIND_EVERY = 20  # rounds


class Sweeper(bootsteps.StartStopStep):
    """Starts the loop before the worker's consumer, which waits for the broker, and ends it with the worker."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, parent: Any) -> None:
        self._thread = threading.Thread(target=self._loop, name="sweeper", daemon=True)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=5)

    terminate = stop

    def _loop(self) -> None:
        name = f"worker:{socket.gethostname()}:{os.getpid()}"
        rounds = 0
        while not self._stop.is_set():
            done = 0
            try:
                # Connections that a restarted Postgres has dropped are thrown away here.
                close_old_connections()
                if rounds % HEARTBEAT_EVERY == 0:
                    heard(name, at=timezone.now())
                done = sweep(at=timezone.now())
                if rounds % FIND_EVERY == 0:
                    done += find(at=timezone.now())
            except Exception as error:
                # Most often Postgres is away. The loop is the last thing that may die.
                logger.warning("sweep failed, trying again", extra={"error": type(error).__name__})
            rounds += 1
            if done == 0:
                self._stop.wait(INTERVAL)
