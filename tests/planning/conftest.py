"""A city for replays: four simulated units, invented calls in the columns of San Antonio, and a clock that jumps."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts import people
from accounts.models import Agency
from accounts.roles import Role
from calls import type_maps
from config.demo import PACKS, SAN_ANTONIO
from journal.actors import Machine
from planning import answers
from planning.replay import Replay
from planning.rows import Rejected, Row, opened, read
from responders import people as responder_people
from responders import shifts, units
from responders.models import Unit
from triage import publishing
from triage.engine import load_pack
from triage.models import Program

TESTS = Machine("Tests")
MAP = "san-antonio"
HEADER = ["IncidentNumber", "ResponseDate", "Address", "Category", "ProblemType", "LAT", "LON"]
STARTS = 1_775_019_600_000  # epoch ms

WELFARE = ("Other Calls", "Welfare Check")
THEFT = ("Property Crime Calls", "Theft")
PATROL = ("Other Calls", "Patrol By")


class JumpClock:
    """Waiting takes no time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def wait_until(self, moment: datetime) -> None:
        self.at = max(self.at, moment)


def line(number: int, seconds: float, words: tuple[str, str] = WELFARE, **other: str) -> dict[str, str]:
    """An invented call, `seconds` after the first."""
    said = {
        "IncidentNumber": f"T-{number}",
        "ResponseDate": str(STARTS + int(seconds * 1000)),
        "Address": f"{number} Invented St",
        "Category": words[0],
        "ProblemType": words[1],
        "LAT": f"{29.42 + number % 7 / 100}",
        "LON": f"{-98.49 - number % 5 / 100}",
    }
    return {**said, **other}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Iterable[dict[str, str]]], Path]:
    def write(lines: Iterable[dict[str, str]]) -> Path:
        path = tmp_path / "calls.csv"
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, HEADER)
            writer.writeheader()
            writer.writerows(lines)
        return path

    return write


@pytest.fixture
def jump() -> JumpClock:
    return JumpClock(datetime(2026, 11, 24, 18, 0, tzinfo=UTC))


def city(
    at: datetime,
    *,
    teams: int = 4,
    area: dict[str, Any] = SAN_ANTONIO,
    centre: tuple[float, float] = (29.45, -98.5),
) -> Program:
    """An exercise program, with so many teams on duty from `at` on, north and south of its centre."""
    agency = Agency.objects.create(name="Exercise Response", kind=Agency.Kind.COMMUNITY)
    policy = publishing.publish_pack(pack=load_pack(PACKS / "demo.yaml"), by=TESTS, at=at)
    program = publishing.establish(
        slug="exercise",
        name="San Antonio (exercise)",
        agency=agency,
        policy=policy,
        time_zone="America/Chicago",
        area=area,
        exercise=True,
        by=TESTS,
        at=at,
    )
    for number in range(1, teams + 1):
        name = f"sim{number}"
        user = people.enroll(username=name, name=name, role=Role.RESPONDER, password=None, by=TESTS, at=at)
        crew = [responder_people.enlist(user=user, profession="medic", by=TESTS, at=at)]
        unit = units.form(callsign=f"SIM{number}", program=program, skills=["medic", "clinician"], by=TESTS, at=at)
        units.move(unit=unit, latitude=centre[0] + (number - 2.5) / 50, longitude=centre[1], by=TESTS, at=at)
        shifts.plan(unit=unit, crew=crew, starts_at=at, ends_at=at + timedelta(hours=12), by=TESTS, at=at)
    return program


@pytest.fixture
def exercise(db: None, jump: JumpClock) -> Program:
    return city(jump.now())


def rows_of(path: Path, limit: int | None = None) -> Iterator[Row | Rejected]:
    by = type_maps.load(MAP)
    with opened(path) as (header, lines):
        for number, each in enumerate(lines):
            if number == limit:
                return
            yield read(each, header=header, by=by)


@pytest.fixture
def replay(exercise: Program, jump: JumpClock) -> Callable[..., Replay]:
    """A replay of a file, not yet run."""

    def replay(path: Path, *, speed: float = 600, limit: int | None = None, drain: float = 40, **more: Any) -> Replay:
        return Replay(
            rows=rows_of(path, limit),
            program=exercise,
            source=f"replay:{MAP}:test",
            answers=more.get("table") or answers.load(answers.DEFAULT),
            speed=speed,
            drain=timedelta(seconds=drain),
            clock=jump,
        )

    return replay


@pytest.fixture
def nobody(exercise: Program) -> None:
    """All teams are out of service."""
    for unit in Unit.objects.filter(program=exercise):
        units.take_out_of_service(unit=unit, reason="Exercise", by=TESTS, at=datetime(2026, 11, 24, 18, 0, tzinfo=UTC))
