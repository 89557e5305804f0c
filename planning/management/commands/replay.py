import signal
import threading
import uuid
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls import type_maps
from planning import answers
from planning.agenda import RealClock
from planning.balance import Balance, Waiting, balance
from planning.replay import Replay
from planning.rows import INVENTED, BrokenFile, in_order, opened, read
from triage.models import Program

_SHOWN = 10  # waiting incidents that are named one by one


def _number(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ArgumentTypeError("must be 0 or more")
    return value


class Command(BaseCommand):
    help = (
        "Replay historic calls into an exercise program. Exit code 0: every row is accounted for and nothing failed; "
        "1: not so; 130 or 143: ended by Ctrl-C or SIGTERM, with the summary printed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a .csv or .csv.gz in the order of its moments")
        parser.add_argument("--program", required=True, help="the exercise program that takes them")
        parser.add_argument(
            "--map",
            help="the city's map in calls/type_maps/, or name@version (default: the newest that fits the header)",
        )
        parser.add_argument("--answers", type=Path, default=answers.DEFAULT, help="the table to draw answers from")
        parser.add_argument("--speed", type=_number, default=1.0, help="times faster; 0: as fast as it goes")
        parser.add_argument("--limit", type=int, help="read so many rows at most")
        parser.add_argument(
            "--drain",
            type=_number,
            help="seconds to go on after the last row (default: two hours by --speed, or 120)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        program = _exercise(options["program"])
        speed: float = options["speed"]
        drain = options["drain"] if options["drain"] is not None else max(120.0, 7200 / speed if speed else 0.0)
        try:
            table = answers.load(options["answers"])
            with opened(options["file"]) as (header, lines):
                by = type_maps.load(options["map"]) if options["map"] else type_maps.matching(header)
                if missing := by.missing(header):
                    raise CommandError(f"The map {by.name} needs columns that the file lacks: {', '.join(missing)}.")
                source = f"replay:{by.name}:{uuid.uuid4().hex[:8]}"
                self.stdout.write(f"{source} into {program.slug}, {f'{speed:g}×' if speed else 'as fast as it goes'}")
                if by.clock.spread:
                    self.stdout.write(INVENTED)
                clock = RealClock()
                replay = Replay(
                    rows=in_order(
                        (
                            read(line, header=header, by=by, number=number)
                            for number, line in enumerate(islice(lines, options["limit"]), start=2)
                        ),
                        by=by,
                    ),
                    program=program,
                    source=source,
                    answers=table,
                    speed=speed,
                    drain=timedelta(seconds=drain),
                    clock=clock,
                )
                begun = clock.now()
                replay.agenda.every(timedelta(seconds=1), lambda at: self._progress(replay, begun, at))
                with _signals(replay, clock) as ended_by:
                    replay.run()
        except (type_maps.MapError, answers.TableError, BrokenFile, OSError) as error:
            raise CommandError(str(error)) from None
        self._progress(replay, begun, clock.now())
        sound = self._account(replay, balance(source=source, program=program, at=clock.now()))
        if not sound:
            raise SystemExit(1)
        if ended_by:
            raise SystemExit(128 + ended_by[0])

    def _progress(self, replay: Replay, begun: datetime, at: datetime) -> None:
        tally = replay.tally
        seconds = (at - begun).total_seconds()
        line = (
            f"{seconds:6.0f} s  {tally.read} read  {tally.taken} taken  {tally.taken / max(seconds, 1):.1f} calls/s  "
            f"lag {tally.lag.total_seconds():.1f} s  {len(replay.desk.open)} open"
        )
        self.stdout.write(line + ("  draining" if replay.read_to_the_end else ""))
        self.stdout.flush()

    def _account(self, replay: Replay, found: Balance) -> bool:
        """Print the final account; whether it is sound."""
        tally = replay.tally
        self._table("rows", {"read": tally.read, "taken": tally.taken, "rejected": tally.rejected.total()})
        self._table("rejected, by reason", tally.rejected)
        self._table("unmapped types", tally.unmapped)
        self._table("decided", found.outcomes)
        words = {True: "true", False: "false", None: "open"}
        self._table("eligible", {words[value]: count for value, count in found.eligible.items()})
        self._table(
            "teams",
            {
                "offers made": found.offers,
                "declined": found.ends.get("declined", 0),
                "expired": found.ends.get("expired", 0),
                "withdrawn": found.ends.get("withdrawn", 0),
                "served on scene": found.served,
            },
        )
        self._table("handed off, acknowledged by", found.handoffs)
        self._table("incidents now", found.statuses)
        self._waiting(found.waiting)
        lag = tally.worst_lag.total_seconds()
        self.stdout.write(f"\nworst lag {lag:.1f} s; somebody else was first {replay.agenda.refused}×")
        wrong = _wrong(replay, found)
        for sentence in wrong:
            self.stderr.write(f"WRONG: {sentence}")
        if not wrong:
            sums = f"read {tally.read} = taken {tally.taken} + rejected {tally.rejected.total()}"
            self.stdout.write(f"{sums}; nothing failed")
        return not wrong

    def _table(self, title: str, rows: Mapping[str, int]) -> None:
        if not rows:
            return
        self.stdout.write(f"\n{title}")
        for name, count in sorted(rows.items(), key=lambda row: (-row[1], row[0])):
            self.stdout.write(f"  {count:>7}  {name.replace('_', ' ')}")

    def _waiting(self, waiting: list[Waiting]) -> None:
        if not waiting:
            return
        why = [each.why for each in waiting]
        self._table("still waiting, each until its next due time", {each: why.count(each) for each in set(why)})
        for each in waiting[:_SHOWN]:
            due = f"{each.due_at:%H:%M:%S} UTC" if each.due_at else "never"
            self.stdout.write(f"    incident {each.number}: {each.unit or each.why}, due {due}")
        if len(waiting) > _SHOWN:
            self.stdout.write(f"    and {len(waiting) - _SHOWN} more")


def _exercise(slug: str) -> Program:
    exercises = Program.objects.filter(exercise=True).order_by("slug")
    program = exercises.select_related("policy").filter(slug=slug).first()
    if program is None:
        known = ", ".join(exercises.values_list("slug", flat=True)) or "none"
        raise CommandError(f"{slug} is no exercise program, and a replay goes into no other. There are: {known}.")
    return program


def _wrong(replay: Replay, found: Balance) -> list[str]:
    tally = replay.tally
    return [
        *([tally.broken] if tally.broken else []),
        *([] if tally.adds_up else [f"{tally.read} read, but {tally.taken} + {tally.rejected.total()} accounted for."]),
        *([] if found.calls == tally.taken else [f"{tally.taken} taken, but {found.calls} in the tables."]),
        *([f"{replay.agenda.failed} actions failed; the log tells which."] if replay.agenda.failed else []),
        *([f"{found.lost_calls} calls have neither incident nor timer."] if found.lost_calls else []),
        *(f"Incident {each.number} waits without owner or due time: {each.why}." for each in found.alone),
    ]


@contextmanager
def _signals(replay: Replay, clock: RealClock) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM end the replay after the action at hand; a second one ends the command as usual."""
    came: list[int] = []
    before: dict[signal.Signals, Any] = {}

    def stop(number: int, frame: FrameType | None) -> None:
        came.append(number)
        replay.stop()
        clock.interrupt()
        signal.signal(number, before[signal.Signals(number)])

    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, stop)
    try:
        yield came
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
