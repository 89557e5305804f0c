"""How long until a call is on every open console, while 20 calls a second come in.

Told from the moment at which the call is *sent* to the API: that is before its commit, which cannot be seen from
outside, so each figure is a few milliseconds too long. All consoles, and who posts the calls, share the machine with
what they measure, which real ones do not: so it is told how busy the live process, the consoles and the machine were.
"""

import http.client
import json
import multiprocessing
import time
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import closing, suppress

import psutil
import psycopg

from bench.calls import call
from bench.console import Console, consoles, log_in
from bench.figures import Figure, percentile
from bench.stack import Stack, running
from config.datadir import kept_live_port
from config.services import Postgres

COUNTS = (200, 500, 1000)
CALLS_A_SECOND, SECONDS = 20, 15
BUSY = ("the live process", "the consoles", "the machine, with all else that runs there")
SETTLES = 3.0  # seconds: all consoles are open; and, in the end, the last call has arrived everywhere


def run() -> list[Figure]:
    return [figure for count in COUNTS for figure in _run(count)]


def _run(count: int) -> list[Figure]:
    with running() as stack:
        token = stack.manage("api_token", "bench", "--scope", "calls:write")
        with consoles(stack, log_in(stack, "dan"), count, keep_panes=False) as opened:
            _wait_until_open(opened)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                before = _spent(stack)
                sent = pool.apply(_post, (stack.port, token))
                spent = [after - earlier for after, earlier in zip(_spent(stack), before, strict=True)]
            time.sleep(SETTLES)
            positions = _positions(stack, sent)
        took = [late for console in opened for late in _lateness(console, sent, positions)]
        lost = count * len(sent) - len(took)
        told = {position for console in opened for _, position in console.positions}
        begun, ended = min(positions.values()), max(positions.values())
        renderings = len([position for position in told if begun <= position <= ended])
    return [
        Figure(f"live: a call on {count} consoles, p50", percentile(took, 0.5) * 1e3, "ms"),
        Figure(f"live: a call on {count} consoles, p99", percentile(took, 0.99) * 1e3, "ms", "reach: ≤ 500 ms"),
        Figure(f"live: {count} consoles, calls that one of them lacks", lost, "calls", "reach: 0"),
        Figure(f"live: {count} consoles, renderings for each call", renderings / len(sent), "", "reach: ≤ 1"),
        *(
            Figure(f"live: {count} consoles, busy meanwhile: {who}", 100 * seconds / spent[0], "% of a core")
            for who, seconds in zip(BUSY, spent[1:], strict=True)
        ),
    ]


def _spent(stack: Stack) -> list[float]:
    """Seconds: of the clock, and of the processors by the live process, these consoles and all that runs here."""
    of_live = [process for process in psutil.process_iter() if _is_live(process, kept_live_port(stack.data_dir))]
    machine = psutil.cpu_times()
    return [
        time.monotonic(),
        sum(_of(process) for process in of_live),
        _of(psutil.Process()),
        sum(machine) - machine.idle - machine.iowait,
    ]


def _is_live(process: psutil.Process, port: int | None) -> bool:
    with suppress(psutil.Error):
        told = process.cmdline()
        return "config.asgi:application" in told and str(port) in told
    return False


def _of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _wait_until_open(opened: list[Console]) -> None:
    until = time.monotonic() + 120
    while not all(console.positions for console in opened):
        if time.monotonic() > until:
            raise RuntimeError(f"{sum(not console.positions for console in opened)} consoles are not open")
        time.sleep(0.2)
    time.sleep(SETTLES)


def _post(port: int, token: str) -> dict[str, float]:
    """When each incident's call was sent, by the incident's id."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent, begun = {}, time.time()
    for number in range(CALLS_A_SECOND * SECONDS):
        time.sleep(max(0.0, begun + number / CALLS_A_SECOND - time.time()))
        at = time.time()
        connection.request("POST", "/api/v1/calls/", json.dumps(call(number)), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {told}")
        sent[told["incident"]["id"]] = at
    return sent


def _positions(stack: Stack, sent: Mapping[str, float]) -> dict[str, int]:
    """Where in the journal each incident begins."""
    with closing(psycopg.connect(Postgres(stack.data_dir, durable=True).url)) as database:
        query = (
            "SELECT subject_id::text, min(position) FROM journal_entry WHERE subject_id = ANY(%s::uuid[]) GROUP BY 1"
        )
        return dict(database.execute(query, [list(sent)]).fetchall())


def _lateness(console: Console, sent: Mapping[str, float], positions: Mapping[str, int]) -> list[float]:
    """For each call, how long after it was sent the console had an event as of its position or later."""
    known = [position for _, position in console.positions]
    late = []
    for incident, at in sent.items():
        heard = bisect_left(known, positions[incident])
        if heard < len(known):
            late.append(console.positions[heard][0] - at)
    return late
