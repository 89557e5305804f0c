"""A recommendation among 200 units with crews, credentials and a day's work, beside the bare read of the units."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, percentile
from bench.stack import environment, running
from config.datadir import BASE_DIR, default_data_dir
from config.services import lease

if TYPE_CHECKING:
    from datetime import datetime

    from dispatch.models import Incident
    from triage.models import Program

UNITS, BUSY, EARLIER, TIMES = 200, 60, 3, 100


def run() -> list[Figure]:
    with running(DEMO="0") as stack:
        command = [sys.executable, "-m", "bench.recommend"]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=environment(stack), stdout=subprocess.PIPE, text=True, check=True
        )
    median, slow, read, bare, queries = map(float, done.stdout.split())
    return [
        Figure(f"recommend: {UNITS} units, median", median * 1e3, "ms", "reach: ≤ 10 ms"),
        Figure(f"recommend: {UNITS} units, p95", slow * 1e3, "ms"),
        Figure("recommend: the same, each sentence read, median", read * 1e3, "ms"),
        Figure("recommend: queries", queries, "queries"),
        Figure(f"recommend: reference, {UNITS} units read, median", bare * 1e3, "ms"),
    ]


def main() -> None:
    """Inside the stack's environment: fill its tables, recommend again and again."""
    with lease(default_data_dir()):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        print(*_measure())


def _measure() -> tuple[float, float, float, float, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from config.demo import PLAYED
    from dispatch.recommendation import recommend
    from responders.models import Unit
    from triage.models import Program

    at, program = timezone.now(), Program.objects.get(slug=PLAYED)
    incident = _fill(program, at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    ranked = recommend(incident, at=at)
    assert len(ranked) == UNITS
    assert sum(each.fits for each in ranked) == UNITS - BUSY
    with CaptureQueriesContext(connection) as captured:
        recommend(incident, at=at)
    took = [_timed(lambda: recommend(incident, at=at)) for _ in range(TIMES)]
    read = [_timed(lambda: [(each.reasons, each.shortfalls) for each in recommend(incident, at=at)]) for _ in took]
    bare = [_timed(lambda: list(Unit.objects.filter(program=program))) for _ in range(TIMES)]
    return percentile(took, 0.5), percentile(took, 0.95), percentile(read, 0.5), percentile(bare, 0.5), len(captured)


def _timed(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _fill(program: "Program", at: "datetime") -> "Incident":
    """Teams all over the city, each with three incidents behind it this shift; some are on a fourth."""
    from accounts import people
    from accounts.models import User
    from accounts.roles import Role
    from calls.heard import Heard
    from config.demo import CREDENTIALS, SEED
    from dispatch import taking
    from dispatch.models import Assignment
    from responders import credentials, shifts, units
    from responders import people as responder_people
    from responders.models import Unit

    def take() -> "Incident":
        _, incident = taking.take(
            heard=Heard(
                source="bench",
                received_at=at,
                facts={"call_type": "welfare_check"},
                language="es",
                latitude=45.52,
                longitude=-122.67,
                program=program.slug,
                exercise=True,
            ),
            by=SEED,
            at=at,
        )
        assert incident is not None
        return incident

    incident, earlier = take(), take()
    agency = User.objects.get(username="rosa").agency
    for number in range(Unit.objects.filter(program=program).count(), UNITS):
        unit = units.form(
            callsign=f"B{number}", program=program, skills=["medic"], home_area="portland", by=SEED, at=at
        )
        units.move(unit=unit, latitude=45.48 + number % 14 / 100, longitude=-122.7 + number // 14 / 100, by=SEED, at=at)
        crew = []
        for profession in ("medic", "clinician"):
            user = people.enroll(
                username=f"b{number}{profession}",
                name=f"B {number}",
                role=Role.RESPONDER,
                password=None,
                agency=agency,
                by=SEED,
                at=at,
            )
            crew.append(responder_people.enlist(user=user, profession=profession, languages=["es"], by=SEED, at=at))
            since = at.date() - timedelta(days=9)
            credentials.grant(responder=crew[-1], kind=CREDENTIALS[profession], valid_from=since, by=SEED, at=at)
        begins = at - timedelta(hours=6)
        shifts.plan(unit=unit, crew=crew, starts_at=begins, ends_at=begins + timedelta(hours=12), by=SEED, at=at)
    formed = list(Unit.objects.filter(program=program).order_by("-callsign"))
    behind = [(unit, hours) for unit in formed for hours in range(1, EARLIER + 1)]
    Assignment.objects.bulk_create(
        Assignment(
            unit=unit,
            incident=earlier,
            status="cleared",
            disposition="referred",
            offered_by_name="Bench",
            offered_at=at - timedelta(hours=hours + 1),
            accepted_at=at - timedelta(hours=hours + 1),
            cleared_at=at - timedelta(hours=hours),
        )
        for unit, hours in behind
    )
    Assignment.objects.bulk_create(
        Assignment(
            unit=unit, incident=earlier, status="en_route", offered_by_name="Bench", offered_at=at, accepted_at=at
        )
        for unit in formed[:BUSY]
    )
    return incident


if __name__ == "__main__":
    main()
