"""The ledger of two days out of three years: Postgres finds their rows by indexes, and reads little beside them.

Over a longer time it may read a table from end to end, as it sees fit; that it need not is what is asserted.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calls.models import Call
from dispatch import assignments, ending, escalation, handoffs
from dispatch.models import Assignment, Handoff, Incident, IncidentCall, IncidentDecision
from insights import ledger, sheet
from insights.ledger import Asked
from journal.models import Entry
from responders.models import Shift, Unit
from tests.conftest import Clock

CALLS, APART = 100_000, 900  # seconds between two of them: three years
KINDS = ("incident.overdue", "incident.unserved")
COPIED: list[tuple[type[Model], tuple[str, ...]]] = [
    # What is copied, and its columns that hold an id: a copy's is made of the original's and the copy's number.
    (Call, ("id",)),
    (Incident, ("id",)),
    (IncidentCall, ("call_id", "incident_id", "home_id")),
    (IncidentDecision, ("incident_id",)),
    (Assignment, ("id", "incident_id")),
    (Handoff, ("id", "incident_id")),
    (Entry, ("subject_id",)),
]


@pytest.fixture
def years(take: Callable[..., Any], dan: User, rosa: User, psr1: Unit, clock: Clock) -> Asked:
    """Four calls, each with another end, and copies of them back through the years; asked for: the last two days."""
    for number in range(4):
        incident = take()[1]
        if number == 0:
            team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
            assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)
            assignments.clear(assignment=team, disposition="settled_by_contact", by=rosa, at=clock.now)
            continue
        if number == 1:
            offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
            escalation.decline(assignment=offer, reason="safety", by=rosa, at=clock.now)
        clock.advance(1800 if number == 2 else 60)
        handoff = handoffs.propose(incident=incident, to="police", by=dan, at=clock.now)
        told = {"acknowledged_by": "Lee", "reference": "7", "acknowledged_at": clock.now}
        handoffs.acknowledge(handoff=handoff, by=dan, at=clock.now, **told)
        for asked in incident.assignments.filter(status="offered"):  # by the ladder
            assignments.withdraw(assignment=asked, words="Police have it.", by=dan, at=clock.now)
        ending.close(incident=incident, disposition="handed_to_other", by=dan, at=clock.now)
    Shift.objects.update(during=(clock.now - timedelta(days=2000), clock.now + timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5min'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")  # copies of what was checked
        for model, ids in COPIED:
            copy(cursor, model, ids, copies=CALLS // 4)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE")
    return Asked(clock.now - timedelta(days=2), clock.now)


def copy(cursor: Any, model: type[Model], ids: tuple[str, ...], *, copies: int) -> None:
    columns, values = [], []
    for field in model._meta.concrete_fields:
        column = field.column
        if column in ids:
            value = f'md5("{column}"::text || n)::uuid'
        elif field.get_internal_type() == "DateTimeField":
            value = f"\"{column}\" - n * interval '{4 * APART} seconds'"
        elif column in ("id", "number", "position"):  # Postgres gives them
            continue
        else:
            value = f'"{column}"'
        columns.append(f'"{column}"')
        values.append(value)
    table = model._meta.db_table
    told = f"WHERE kind IN {KINDS}" if model is Entry else ""
    cursor.execute(f"CREATE TEMPORARY TABLE originals ON COMMIT DROP AS SELECT * FROM {table} {told}")
    for first in range(1, copies, 5_000):  # each within the time that a statement has
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"SELECT {', '.join(values)} FROM originals, generate_series(%s, %s) AS n",
            [first, first + 4_999],
        )
    cursor.execute("DROP TABLE originals")


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str, float]]:
    """How each table was read: (kind of node, table, rows that were looked at)."""
    if "Relation Name" in plan:
        passed_over = sum(plan.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Index Recheck"))
        yield plan["Node Type"], plan["Relation Name"], (plan["Actual Rows"] + passed_over) * plan["Actual Loops"]
    for each in plan.get("Plans", []):
        yield from scans(each)


READS: dict[str, Callable[[Asked], object]] = {
    "totals": ledger.totals,
    "page": lambda asked: list(ledger.rows(asked).order_by("-received_at", "id")[:50]),
    "count": lambda asked: ledger.rows(asked).count(),
    "file": sheet.written,
}


def test_what_is_read_grows_with_what_is_asked_and_not_with_the_years(years: Asked) -> None:
    large = {model._meta.db_table for model, _ in COPIED}
    assert Call.objects.count() > CALLS
    calls = ledger.rows(years).count()
    assert 150 < calls < 250
    for name, read in READS.items():
        with CaptureQueriesContext(connection) as queries:
            read(years)
        found: list[tuple[str, str, float]] = []
        for each in queries:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + each["sql"].replace("%", "%%"))
                [[[explained]]] = cursor.fetchall()
            found += [scan for scan in scans(explained["Plan"]) if scan[1] in large]
        assert "calls_call" in {table for _, table, _ in found}, name
        assert {table for node, table, _ in found if node == "Seq Scan"} == set(), name
        assert sum(rows for _, _, rows in found) < 20 * calls, f"{name}: {found}"
    counted = ledger.totals(years)
    assert min(counted[each] for each in ("served", "not_safe", "waited_too_long", "handed_off")) > 40, counted
