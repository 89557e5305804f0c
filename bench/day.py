"""One whole day of a city's calls at 600×, with ten consoles open: DAY=file make bench ARGS=day

The file is San Antonio's, as published; of several days in it the first whole one is taken. It is given, for real calls
are no part of this project.
"""

import csv
import gzip
import os
import re
import subprocess
import sys
import urllib.request
from bisect import bisect_left
from contextlib import closing
from pathlib import Path

import psycopg

from bench.console import Console, consoles, log_in
from bench.figures import Figure, percentile
from bench.stack import Stack, environment, running
from config.datadir import BASE_DIR
from config.services import Postgres

CONSOLES, SPEED = 10, 600
PROGRAM, LOCAL = "san-antonio-exercise", "ResponseLocal"


def run() -> list[Figure]:
    """Raises RuntimeError without a file, and when the replay's own account is not sound."""
    given = os.environ.get("DAY")
    if not given:
        raise RuntimeError('Name a file of calls: DAY=file make bench ARGS="day"')
    with running(DEMO="0") as stack:
        rows, day = _first_day(Path(given), stack.data_dir / "day.csv")
        with consoles(stack, log_in(stack, "dan"), CONSOLES) as opened:
            said = _replay(stack, day)
        with urllib.request.urlopen(f"{stack.origin}/readyz", timeout=10) as answer:
            ready = answer.status == 200
        late, stale = _timers(stack), _staleness(stack, opened)
    taken = re.search(r"= taken (\d+)", said)
    lag = re.search(r"worst lag ([\d.]+) s", said)
    if taken is None or lag is None:
        raise RuntimeError(f"The replay said:\n{said[-2000:]}")
    return [
        Figure("day: rows, officer-initiated among them", rows, "rows"),
        Figure("day: calls taken", float(taken[1]), "calls"),
        Figure(f"day: worst lag of the replay at {SPEED}×", float(lag[1]), "s"),
        Figure("day: timers, the latest done after it was due", late, "s", "reach: ≤ 5 s"),
        Figure(f"day: {CONSOLES} consoles, from a change to the screen, p50", percentile(stale, 0.5) * 1e3, "ms"),
        Figure(f"day: {CONSOLES} consoles, from a change to the screen, p99", percentile(stale, 0.99) * 1e3, "ms"),
        Figure("day: streams lost", sum(console.streams - 1 for console in opened if console.streams), "streams"),
        Figure("day: ready at the end", float(ready), "", "reach: 1"),
    ]


def _first_day(source: Path, target: Path) -> tuple[int, Path]:
    """The rows of the file's first day, as many as they are."""
    with (
        gzip.open(source, "rt", newline="") if source.suffix == ".gz" else open(source, newline="") as file,
        open(target, "w", newline="") as out,
    ):
        lines = csv.DictReader(file)
        writer = csv.DictWriter(out, lines.fieldnames or [])
        writer.writeheader()
        first, count = "", 0
        for line in lines:
            first = first or line[LOCAL][:10]
            if line[LOCAL][:10] == first:
                writer.writerow(line)
                count += 1
    return count, target


def _replay(stack: Stack, day: Path) -> str:
    """What `manage.py replay` printed; its progress goes on to the screen."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "replay", str(day)]
    options = ["--program", PROGRAM, "--speed", str(SPEED)]
    with subprocess.Popen(
        [*command, *options], env=environment(stack), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = []
        for number, line in enumerate(process.stdout):
            said.append(line)
            if number % 20 == 0:
                print(f"  {line.strip()}", flush=True)
    if process.returncode:
        raise RuntimeError(f"The replay ended with {process.returncode}:\n{''.join(said[-40:])}")
    return "".join(said)


def _timers(stack: Stack) -> float:
    query = "SELECT coalesce(max(extract(epoch FROM done_at - due_at)), 0) FROM due_timer WHERE done_at IS NOT NULL"
    with closing(psycopg.connect(Postgres(stack.data_dir, durable=True).url)) as database:
        return float(database.execute(query).fetchall()[0][0])


def _staleness(stack: Stack, opened: list[Console]) -> list[float]:
    """For each entry of the journal, how long after its moment each console had an event as of it or of a later one."""
    query = "SELECT position, extract(epoch FROM at) FROM journal_entry WHERE kind LIKE 'incident.%' ORDER BY position"
    with closing(psycopg.connect(Postgres(stack.data_dir, durable=True).url)) as database:
        entries = [(int(position), float(at)) for position, at in database.execute(query)]
    late = []
    for console in opened:
        known = [position for _, position in console.positions]
        if not known:
            raise RuntimeError("A console was never open.")
        for position, at in entries:
            heard = bisect_left(known, position)
            if known[0] < position and heard < len(known):
                late.append(console.positions[heard][0] - at)
    return late
