"""Bounded waits for what other processes do."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import psutil


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def running(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that run; one that only waits for its parent to notice its end does not."""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def gone(processes: list[psutil.Process]) -> Callable[[], bool]:
    return lambda: not running(processes)
