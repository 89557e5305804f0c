"""`manage.py replay`: the door."""

import os
import signal
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dispatch import taking
from planning.replay import Replay
from tests.planning.conftest import PATROL, THEFT, city, line
from triage.models import Program

Write = Callable[..., Path]


@pytest.fixture
def now_exercise(db: None) -> Program:
    return city(timezone.now(), teams=3)


def run(path: Path, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command(
            "replay",
            str(path),
            **{"program": "exercise", "speed": 0.0, "drain": 8.0, **options},
            stdout=out,
            stderr=err,
        )
    except SystemExit as ended:
        err.write(f"exit {ended.code}")
    return out.getvalue(), err.getvalue()


def test_it_prints_its_account(write: Write, now_exercise: Program):
    out, err = run(write([line(1, 0), line(2, 5, THEFT), line(3, 9, PATROL), line(4, 9, ("Other Calls", "Haunting"))]))
    assert err == ""
    assert out.startswith("replay:san-antonio:")
    for told in ("officer-initiated", "Other Calls / Haunting", "offers made", "calls/s", "handed off"):
        assert told in out
    assert "read 4 = taken 2 + rejected 2; nothing failed" in out


def test_two_replays_of_one_file_do_not_join(write: Write, now_exercise: Program):
    path = write([line(1, 0, THEFT)])
    run(path)
    run(path)
    assert now_exercise.incidents.count() == 2


def test_another_program_is_refused_and_the_fit_ones_are_named(write: Write, now_exercise: Program):
    Program.objects.filter(pk=now_exercise.pk).update(exercise=False)
    with pytest.raises(CommandError, match=r"exercise is no exercise program.*There are: none"):
        run(write([]))
    Program.objects.filter(pk=now_exercise.pk).update(exercise=True)
    with pytest.raises(CommandError, match="There are: exercise"):
        run(write([]), program="atlantis")


def test_a_file_that_no_map_fits(now_exercise: Program, tmp_path: Path):
    path = tmp_path / "other.csv"
    path.write_text("id,when\n")
    with pytest.raises(CommandError, match=r"No map fits .*san-antonio needs IncidentNumber"):
        run(path)
    with pytest.raises(CommandError, match="needs columns that the file lacks: IncidentNumber"):
        run(path, map="san-antonio")


def test_files_that_are_not_there(now_exercise: Program, write: Write, tmp_path: Path):
    with pytest.raises(CommandError, match=r"none\.csv"):
        run(tmp_path / "none.csv")
    with pytest.raises(CommandError, match=r"none\.yaml"):
        run(write([]), answers=tmp_path / "none.yaml")


def test_a_failure_makes_the_exit_code_1(write: Write, now_exercise: Program, monkeypatch: pytest.MonkeyPatch):
    def fails(**told: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(taking, "take", fails)
    out, err = run(write([line(1, 0)]))
    assert "failed: RuntimeError" in out
    assert "WRONG: 1 actions failed" in err
    assert "exit 1" in err


def test_asked_to_end_it_prints_its_account(write: Write, now_exercise: Program, monkeypatch: pytest.MonkeyPatch):
    """The second call would come in an hour."""
    take, handler = Replay._take, signal.getsignal(signal.SIGTERM)

    def take_and_end(self: Replay, *args: Any) -> None:
        take(self, *args)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Replay, "_take", take_and_end)
    out, err = run(write([line(1, 0), line(2, 3600)]), speed=1.0)
    assert "taken 1" in out
    assert "exit 143" in err
    assert signal.getsignal(signal.SIGTERM) is handler
