"""`make chaos`: parts of a whole Rightcall are killed at random moments under a load of calls, alone and two at once.

After each round every call that was acknowledged must be there once, with an incident; every timer done once and, from
the moment on at which whoever does it was back, in time; no unit on two incidents and nobody alone. The table it prints
tells how late the latest was. A short form of it is a test (`test_crashes.py`).
"""

import random
import sys
import threading
import time
import urllib.error
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.calls import call
from bench.stack import running
from config.services import Postgres, Valkey
from tests.city import City
from tests.recovery.city import CALM, LATE, OFFER_SECONDS, alone, kill, processes, server, twice, wait_for

ROUNDS = 20
CALLS_A_SECOND = 3
UNDER_LOAD = 16.0  # seconds of a round; the kill comes somewhere in its middle
PARTS = ("worker", "beat", "web", "valkey", "postgres")


def strike(city: City, part: str) -> None:
    """kill -9: the process is gone with all that it had in memory; Postgres is gone at once, with its sessions."""
    match part:
        case "valkey":
            kill([server(city, Valkey)])
        case "postgres":
            main = server(city, Postgres)
            kill([main, *main.children()])
        case "web":
            kill(processes(city, "config.wsgi:application"))
        case _:
            kill(processes(city, part))


@dataclass
class Load:
    """Calls that come in while parts die. Whoever gets no answer sends the same call with the same key again."""

    city: City
    round: int
    chance: random.Random
    acknowledged: dict[str, str] = field(default_factory=dict)
    begun: int = 0
    resent: int = 0

    def run(self, until: float) -> None:
        senders = []
        while time.monotonic() < until:
            sender = threading.Thread(target=self._send, args=[self.begun])
            self.begun += 1
            sender.start()
            senders.append(sender)
            time.sleep(1 / CALLS_A_SECOND)
        for sender in senders:
            sender.join(90)

    def _send(self, number: int) -> None:
        key = f"chaos-{self.round}-{number}"
        body = {**call(self.round * 1000 + number), "facts": CALM, "external_id": key}
        for _ in range(120):
            try:
                told = self.city.ask("POST", "/api/v1/calls/", body, key=key)
            except (urllib.error.HTTPError, OSError):
                self.resent += 1
                time.sleep(0.5)
                continue
            self.acknowledged[key] = told["id"]
            self._offer(told["incident"]["id"])
            return

    def _offer(self, incident: str) -> None:
        """To a team that seems free; who is refused, or gets no answer, leaves it to the ladder."""
        try:
            units = self.city.ask("GET", "/api/v1/units/")
            free = [unit["callsign"] for unit in units if unit["state"] == "available"]
            if free:
                unit = self.chance.choice(free)
                self.city.ask("POST", f"/api/v1/incidents/{incident}/assignments/", {"unit": unit})
        except (urllib.error.HTTPError, OSError):
            return


@dataclass(frozen=True)
class Told:
    """What came of one round."""

    parts: Sequence[str]
    acknowledged: int
    resent: int
    lost: int
    doubled: int
    fired: int
    latest: float  # seconds: of a timer, from when it was due and its worker was back
    alone: int

    @property
    def sound(self) -> bool:
        return not (self.lost or self.doubled or self.alone) and self.latest <= LATE.total_seconds()


def play(city: City, number: int, parts: Sequence[str], chance: random.Random) -> Told:
    """One round: load, the parts killed in its middle, the load's end, all parts back; then what the tables say."""
    began = datetime.now(UTC)
    load = Load(city, number, chance)
    loading = threading.Thread(target=load.run, args=[time.monotonic() + UNDER_LOAD])
    loading.start()
    time.sleep(chance.uniform(0.2, 0.7) * UNDER_LOAD)
    for part in parts:
        strike(city, part)
    struck = datetime.now(UTC)
    loading.join()
    wait_for(lambda: city.ready()["ready"], 90)
    city.reconnect()
    # Whoever does timers is back when it is heard from; nothing else may make them late.
    back = _heard(city, struck) if {"worker", "postgres"} & set(parts) else began
    due = "SELECT 1 FROM due_timer WHERE done_at IS NULL AND cancelled_at IS NULL AND due_at < now()"
    wait_for(lambda: city.rows(due) == [], 60)
    ids = list(load.acknowledged.values())
    [(there,)] = city.rows("SELECT count(*) FROM dispatch_incidentcall WHERE call_id = ANY(%s::uuid[])", ids)
    [(stored,)] = city.rows("SELECT count(*) FROM calls_call WHERE external_id LIKE %s", f"chaos-{number}-%")
    ended_twice = city.rows(
        "SELECT subject_id FROM journal_entry WHERE kind = 'assignment.moved' AND at > %s"
        " AND payload->>'before' = 'offered' GROUP BY 1 HAVING count(*) > 1",
        began,
    )
    [(fired, latest)] = city.rows(
        "SELECT count(*), coalesce(max(extract(epoch FROM done_at - greatest(due_at, %s))), 0)"
        " FROM due_timer WHERE done_at > %s",
        back,
        began,
    )
    return Told(
        parts=parts,
        acknowledged=len(ids),
        resent=load.resent,
        lost=len(ids) - there + (load.begun - len(ids)),
        doubled=stored - load.begun + len(ended_twice) + len(twice(city)),
        fired=fired,
        latest=float(latest),
        alone=len(alone(city)),
    )


def clear(city: City) -> None:
    """What a round has left open is ended, as its dispatchers would end it. Else each round would begin in a city that
    drowns a little deeper."""
    for status in ("offered", "accepted"):
        for (assignment,) in city.rows("SELECT id FROM dispatch_assignment WHERE status = %s", status):
            _end(city, f"assignments/{assignment}/status", {"status": "withdrawn", "words": "The round is over."})
    for (incident,) in city.rows("SELECT id FROM dispatch_incident WHERE closed_at IS NULL AND cancelled_at IS NULL"):
        _end(city, f"incidents/{incident}/cancel", {"reason": "over"})


def _end(city: City, what: str, how: dict[str, str]) -> None:
    # Refused where it has ended by itself, or a team was asked meanwhile: the next round bears it.
    with suppress(urllib.error.HTTPError):
        city.ask("POST", f"/api/v1/{what}/", how)


def _heard(city: City, after: datetime) -> datetime:
    query = "SELECT min(at) FROM due_heartbeat WHERE name LIKE 'worker%%' AND at > %s"
    wait_for(lambda: city.rows(query, after) != [(None,)], 60)
    at: datetime = city.rows(query, after)[0][0]
    return at


def rounds(chance: random.Random) -> list[tuple[str, ...]]:
    """Each part alone, twice; then pairs as they fall."""
    singles = [(part,) for part in PARTS for _ in range(2)]
    pairs = [tuple(sorted(chance.sample(PARTS, 2))) for _ in range(ROUNDS - len(singles))]
    return [*singles, *pairs]


def begin(city: City) -> None:
    city.database.execute("UPDATE triage_program SET offer_seconds = %s, changed_at = now()", [OFFER_SECONDS])


def main(say: Callable[[str], object] = print) -> int:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10_000)
    chance = random.Random(seed)
    say(f"Seed {seed}. Twenty rounds of {CALLS_A_SECOND} calls a second; each some 40 s.\n")
    say(f"round  {'killed':20} calls sent again lost doubled timers   latest")
    sound = True
    with TemporaryDirectory() as directory, running(Path(directory) / "var") as stack:
        city = City(stack, "chaos")
        begin(city)
        for number, parts in enumerate(rounds(chance), start=1):
            told = play(city, number, parts, chance)
            clear(city)
            sound = sound and told.sound
            say(
                f"{number:5}  {' and '.join(parts):20} {told.acknowledged:5} {told.resent:10} {told.lost:4}"
                f" {told.doubled:7} {told.fired:6} {told.latest:6.2f} s{'' if told.sound else '  NOT SOUND'}"
            )
        city.database.close()
    say("\nNothing was lost or doubled, and nothing later than 5 s after the return." if sound else "\nNOT SOUND.")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
