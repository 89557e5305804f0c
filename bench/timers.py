"""How late timers are done: 200 incidents whose watch falls due in the same second, among 10,000 timers that wait.

Told from outside, by looking again and again at what is committed; so each figure is up to a look too long. What is due
is the real thing: each incident is surfaced, told of in the journal, and begins to climb its ladder.
"""

import http.client
import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg

from bench.calls import call
from bench.figures import Figure, percentile
from bench.stack import Stack, running
from config.services import Postgres

PENDING, AT_ONCE = 10_000, 200
AHEAD = timedelta(seconds=4)
LOOK = 0.02  # seconds between two looks
# What the demo's policy asks beyond what each invented call tells.
REST = {"caller_wants_officer": False, "crime_reported": False, "intoxication": "none", "yelling": False}


def run() -> list[Figure]:
    with running() as stack, closing(_connected(stack)) as database:
        incidents = _incidents(stack)
        due_at = _set(database, incidents)
        late = _watch(database, incidents, due_at)
        [(doubled,)] = database.execute(
            "SELECT count(*) FROM (SELECT subject_id FROM journal_entry WHERE kind = 'ladder.begun'"
            " GROUP BY 1 HAVING count(*) > 1) AS twice"
        ).fetchall()
    return [
        Figure(f"timers: {AT_ONCE} due in one second among {PENDING:,}, p50", percentile(late, 0.5), "s"),
        Figure(f"timers: {AT_ONCE} due in one second, p99", percentile(late, 0.99), "s", "reach: ≤ 1.5 s"),
        Figure(f"timers: {AT_ONCE} due in one second, the latest", max(late), "s"),
        Figure("timers: of these lost", AT_ONCE - len(late), "timers", "reach: 0"),
        Figure("timers: of these done twice", doubled, "timers", "reach: 0"),
    ]


def _connected(stack: Stack) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(Postgres(stack.data_dir, durable=True).url, autocommit=True)


def _incidents(stack: Stack) -> list[str]:
    """So many that wait for a team."""
    token = stack.manage("api_token", "bench", "--scope", "calls:write")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    found: list[str] = []
    number = 0
    while len(found) < AT_ONCE:
        told = call(number)
        told["call_type"] = "welfare_check"
        told["facts"] |= {"suicide_risk": "none", "medical_need": "none", **REST}
        connection.request("POST", "/api/v1/calls/", json.dumps(told), headers)
        incident = json.loads(connection.getresponse().read())["incident"]
        number += 1
        if incident["outcome"] == "community":  # else its place lies outside the city
            found.append(incident["id"])
        elif number > 2 * AT_ONCE:
            raise RuntimeError(f"So few are for a team: {len(found)} of {number}")
    return found


def _set(database: "psycopg.Connection[tuple[object, ...]]", incidents: list[str]) -> datetime:
    """Their watches due at one moment soon, and the rest of the timers later."""
    database.execute(
        "INSERT INTO due_timer (id, kind, subject_id, due_at, set_at, failures, error)"
        " SELECT gen_random_uuid(), 'call.open', gen_random_uuid(), now() + interval '1 day', now(), 0, ''"
        " FROM generate_series(1, %s)",
        [PENDING - AT_ONCE],
    )
    database.execute("ANALYZE due_timer")
    due_at = datetime.now(UTC) + AHEAD
    moved = database.execute(
        "UPDATE due_timer SET due_at = %s + random() * interval '1 second' WHERE kind = 'incident.watch'"
        " AND subject_id = ANY(%s::uuid[]) AND done_at IS NULL AND cancelled_at IS NULL",
        [due_at, incidents],
    ).rowcount
    if moved != AT_ONCE:
        raise RuntimeError(f"{moved} watches were found, not {AT_ONCE}")
    return due_at


def _watch(database: "psycopg.Connection[tuple[object, ...]]", incidents: list[str], due_at: datetime) -> list[float]:
    """Of each that was done within a minute, how long after it was due that could be seen."""
    query = (
        "SELECT id, due_at FROM due_timer WHERE kind = 'incident.watch' AND done_at IS NOT NULL"
        " AND due_at BETWEEN %s AND %s AND subject_id = ANY(%s::uuid[])"
    )
    seen: dict[object, float] = {}
    until = time.monotonic() + AHEAD.total_seconds() + 60
    while len(seen) < AT_ONCE and time.monotonic() < until:
        at = datetime.now(UTC)
        for id, due in database.execute(query, [due_at, due_at + timedelta(seconds=1), incidents]):
            assert isinstance(due, datetime)
            seen.setdefault(id, (at - due).total_seconds())
        time.sleep(LOOK)
    return list(seen.values())
