"""Real processes, killed for real. A whole Rightcall runs on a DATA_DIR of its own."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from bench.calls import call
from bench.stack import running
from config.services import Valkey
from tests.city import City

OFFER_SECONDS = 10
LATE = timedelta(seconds=5)


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


def wait_for(truth: Callable[[], object], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    with running() as stack:
        city = City(stack)
        city.database.execute("UPDATE triage_program SET offer_seconds = %s, changed_at = now()", [OFFER_SECONDS])
        try:
            yield city
        finally:
            city.database.close()


def test_a_killed_worker_loses_and_doubles_no_offer(city):
    """Ten offers are pending; the worker is killed as the first of them falls due, and is back some seconds later."""
    free = [unit["callsign"] for unit in city.ask("GET", "/api/v1/units/") if unit["state"] == "available"]
    offered = {}
    for number in range(10):
        incident = city.ask("POST", "/api/v1/calls/", {**call(number), "facts": CALM})["incident"]
        assert incident["outcome"] == "community"
        told = city.ask("POST", f"/api/v1/incidents/{incident['id']}/assignments/", {"unit": free[number]})
        offered[told["id"]] = datetime.fromisoformat(told["respond_by"])
    first = min(offered.values())
    wait_for(lambda: datetime.now(UTC) >= first - timedelta(seconds=0.2))
    killed = datetime.now(UTC)
    victims = processes(city, "worker")
    assert victims
    for process in victims:
        process.kill()

    mine = list(offered)
    unanswered = "SELECT 1 FROM dispatch_assignment WHERE id = ANY(%s) AND status = 'offered'"
    wait_for(lambda: city.rows(unanswered, mine) == [])
    (returned,) = city.rows("SELECT min(at) FROM due_heartbeat WHERE name LIKE 'worker:%%' AND at > %s", killed)[0]
    ends = city.rows("SELECT id, status, ended_at, respond_by FROM dispatch_assignment WHERE id = ANY(%s)", mine)
    assert [status for _, status, _, _ in ends] == ["expired"] * 10
    for _, _, ended_at, respond_by in ends:
        assert respond_by <= ended_at <= max(respond_by, returned) + LATE
    told_of = city.rows(
        "SELECT subject_id, count(*) FROM journal_entry WHERE kind = 'assignment.moved' AND subject_id = ANY(%s)"
        " AND payload->>'status' = 'expired' GROUP BY 1",
        mine,
    )
    assert sorted(count for _, count in told_of) == [1] * 10
    # Each went on to a further team at most once, and never to one that was busy.
    again = city.rows(
        "SELECT incident_id, count(*) FROM dispatch_assignment WHERE offered_at >= %s GROUP BY 1 HAVING count(*) > 1",
        first,
    )
    assert again == []
    lonely = city.rows(
        "SELECT i.number FROM dispatch_incident i WHERE status = ANY(%s) AND NOT EXISTS (SELECT 1 FROM due_timer t"
        " WHERE t.subject_id = i.id AND done_at IS NULL AND cancelled_at IS NULL)",
        ["triage", "pending", "on_hold", "assigned", "en_route", "on_scene"],
    )
    assert lonely == []


def test_with_the_broker_dead_a_call_is_taken_and_its_timers_run(city):
    """The broker is frozen: it holds its socket and answers nobody, which is worse than gone."""
    wait_for(lambda: city.ready()["ready"])
    for process in psutil.process_iter():
        try:
            if process.name() == "valkey-server" and _socket_of(city) in " ".join(process.cmdline()):
                process.suspend()
                frozen = process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    try:
        taken = city.ask("POST", "/api/v1/calls/", {**call(77), "facts": CALM})
        incident = taken["incident"]["id"]
        unit = next(u["callsign"] for u in city.ask("GET", "/api/v1/units/") if u["state"] == "available")
        told = city.ask("POST", f"/api/v1/incidents/{incident}/assignments/", {"unit": unit})
        assert city.ready()["checks"]["broker"]["ok"] is False
        wait_for(lambda: city.ask("GET", f"/api/v1/incidents/{incident}/")["assignments"][0]["status"] == "expired")
        ended = city.rows("SELECT ended_at - respond_by FROM dispatch_assignment WHERE id = %s", told["id"])[0][0]
        assert ended <= LATE
    finally:
        frozen.kill()
    wait_for(lambda: city.ready()["ready"], 60)


def _socket_of(city: City) -> str:
    return str(Valkey(city.stack.data_dir, durable=True).socket)


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
