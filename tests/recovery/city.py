"""A city under test: a whole Rightcall, how to kill its parts, and what must be true of it afterwards."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from bench.calls import call
from config.services import Server
from tests.city import City

OFFER_SECONDS = 10
LATE = timedelta(seconds=5)

CALM = {
    "weapon": "none",
    "violence": "none",
    "suicide_risk": "none",
    "medical_need": "none",
    "person_down": False,
    "in_traffic": False,
    "mental_health_crisis": True,
    "channel": "911",
    "caller_wants_officer": False,
    "crime_reported": False,
    "intoxication": "none",
}


def wait_for(truth: Callable[[], object], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.1)


def processes(city: City, word: str) -> list[psutil.Process]:
    """The supervisor's children whose command line has this word."""
    mine = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DATA_DIR") == str(city.stack.data_dir) and word in process.cmdline():
                mine.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return mine


def server(city: City, kind: type[Server]) -> psutil.Process:
    pid = kind(city.stack.data_dir, durable=True).pid()
    assert pid
    return psutil.Process(pid)


def kill(found: list[psutil.Process]) -> None:
    assert found
    for process in found:
        os.kill(process.pid, signal.SIGKILL)


@contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    """It holds its sockets and answers nobody, which is worse than gone. In the end it goes on where it was.

    A child may end between being listed and being told: an autovacuum worker comes and goes as it likes, and a parent
    that goes on first may dismiss one.
    """
    family = [process, *process.children(recursive=True)]
    _tell(family, psutil.Process.suspend)
    try:
        yield
    finally:
        _tell(family, psutil.Process.resume)


def _tell(family: list[psutil.Process], what: Callable[[psutil.Process], None]) -> None:
    main, *children = family
    what(main)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            what(child)


@dataclass
class Offers:
    """Offers that nobody answers, and what must have come of them."""

    city: City
    respond_by: dict[str, datetime]

    @classmethod
    def make(cls, city: City, count: int, *, first: int) -> "Offers":
        """So many calls of their own numbers, each offered to a unit that is free."""
        wait_for(lambda: len(_free(city)) >= count)
        free, made = _free(city), {}
        for number in range(count):
            incident = city.ask("POST", "/api/v1/calls/", {**call(first + number), "facts": CALM})["incident"]
            assert incident["outcome"] == "community"
            told = city.ask("POST", f"/api/v1/incidents/{incident['id']}/assignments/", {"unit": free[number]})
            made[told["id"]] = datetime.fromisoformat(told["respond_by"])
        return cls(city, made)

    @property
    def due(self) -> datetime:
        return min(self.respond_by.values())

    def wait_until_due(self) -> None:
        wait_for(lambda: datetime.now(UTC) >= self.due - timedelta(seconds=0.2))

    def check(self, returned: datetime) -> None:
        """Each has expired once, at most LATE after its window or after the return; none of their incidents is alone,
        and none went to two teams at once."""
        mine = list(self.respond_by)
        open_ones = "SELECT 1 FROM dispatch_assignment WHERE id = ANY(%s) AND status = 'offered'"
        wait_for(lambda: self.city.rows(open_ones, mine) == [], 60)
        ends = self.city.rows("SELECT id, status, ended_at FROM dispatch_assignment WHERE id = ANY(%s)", mine)
        assert sorted(status for _, status, _ in ends) == ["expired"] * len(mine)
        for id, _, ended_at in ends:
            respond_by = self.respond_by[str(id)]
            assert respond_by <= ended_at <= max(respond_by, returned) + LATE
        told_of = self.city.rows(
            "SELECT subject_id, count(*) FROM journal_entry WHERE kind = 'assignment.moved' AND subject_id = ANY(%s)"
            " AND payload->>'status' = 'expired' GROUP BY 1",
            mine,
        )
        assert sorted(count for _, count in told_of) == [1] * len(mine)
        asked_together = self.city.rows(
            "SELECT incident_id FROM dispatch_assignment WHERE status IN ('offered', 'accepted')"
            " GROUP BY 1 HAVING count(*) > 1 AND count(DISTINCT round_id) <> 1"
        )
        assert asked_together == [], "two teams asked, of whom the first to accept does not end the other's offer"
        assert twice(self.city) == []
        assert alone(self.city) == []


def twice(city: City) -> list[Any]:
    """Units with two open assignments."""
    return city.rows(
        "SELECT unit_id FROM dispatch_assignment WHERE status <> ALL(%s) GROUP BY 1 HAVING count(*) > 1",
        ["cleared", "declined", "expired", "withdrawn"],
    )


def alone(city: City) -> list[Any]:
    """Live incidents with nothing due."""
    return city.rows(
        "SELECT number FROM dispatch_incident i WHERE status = ANY(%s) AND NOT EXISTS (SELECT 1 FROM due_timer t"
        " WHERE t.subject_id = i.id AND done_at IS NULL AND cancelled_at IS NULL)",
        ["triage", "pending", "on_hold", "assigned", "en_route", "on_scene"],
    )


def _free(city: City) -> list[str]:
    return [unit["callsign"] for unit in city.ask("GET", "/api/v1/units/") if unit["state"] == "available"]


def clear_the_board(city: City) -> None:
    """End what earlier tests left, so that units are free: their offers would go round among themselves for ever."""
    for (id,) in city.rows("SELECT id FROM dispatch_assignment WHERE status = 'offered'"):
        city.database.execute(
            "UPDATE dispatch_assignment SET status = 'withdrawn', withdrawal = 'dispatcher', ended_at = now()"
            " WHERE id = %s",
            [id],
        )
    city.database.execute(
        "UPDATE dispatch_incident SET status = 'cancelled', cancelled_at = now(), cancel_reason = 'other'"
        " WHERE status NOT IN ('closed', 'cancelled', 'merged')"
    )
