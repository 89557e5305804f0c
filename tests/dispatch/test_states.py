"""The graphs of states: Python and Postgres hold the same edges, and Postgres refuses every other change."""

import pytest
from django.db import IntegrityError, connection, transaction

from dispatch import ending
from dispatch.models import Assignment, Handoff, Incident, PaperForm, Referral, Run
from dispatch.states import ASSIGNMENT, HANDOFF, INCIDENT, PAPER, REFERRAL, RUN
from journal.guarding import kept

GRAPHS = [
    (Incident, INCIDENT),
    (Assignment, ASSIGNMENT),
    (Handoff, HANDOFF),
    (Referral, REFERRAL),
    (Run, RUN),
    (PaperForm, PAPER),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "graph"), GRAPHS)
def test_postgres_keeps_the_edges_that_python_has(model, graph):
    told = f"after a change of {graph.noun}'s graph: a migration with guarding.keep"
    assert kept(model._meta.db_table) == graph.changes, told


def test_what_has_ended_stays_an_end_though_a_person_may_take_it_back():
    assert {"closed", "cancelled", "merged"} == INCIDENT.ends
    assert ("closed", "pending") in INCIDENT.changes
    assert ("closed", "on_scene") not in INCIDENT.changes


@pytest.mark.parametrize(
    ("before", "after", "passes"),
    [
        ("pending", "on_scene", True),
        ("pending", "pending", True),
        ("closed", "pending", True),
        ("closed", "on_scene", False),
        ("closed", "cancelled", False),
    ],
)
def test_postgres_refuses_a_change_that_the_graph_does_not_have(incident, dan, clock, before, after, passes):
    if before == "closed":
        ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)

    def change() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            told = "UPDATE dispatch_incident SET status = %s, cancelled_at = now() WHERE id = %s"
            cursor.execute(told, [after, incident.id])

    if passes:
        change()
    else:
        with pytest.raises(IntegrityError, match=f"no dispatch_incident becomes {after} after {before}"):
            change()
