"""Whatever is open has something due; what has not is counted as a failure, and mended."""

import pytest
from django.test import Client

from dispatch import assignments, auditing
from dispatch.auditing import AUDITED
from dispatch.models import Incident, Run
from due.models import Timer
from due.queries import next_due


@pytest.fixture
def lost(incident, take, dan, psr1, clock):
    """Timers of an incident, an offer, a hand-off and a ladder, taken away by hand."""
    take({"call_type": "welfare_check", "weapon": "used"})
    _, other = take()
    clock.advance(120)
    Run.objects.get(incident=other)
    Timer.objects.filter(done_at=None, cancelled_at=None).delete()
    return auditing.untimed(at=clock.now)


def test_each_is_counted(lost):
    assert {what for what, count in lost.items() if count} == {"incident", "offer", "hand-off", "ladder"}
    assert lost["incident"] == 3


def test_each_gets_its_timer_again(lost, clock):
    clock.advance(0)
    assert set(auditing.untimed(at=clock.now).values()) == {0}
    live = set(Incident.objects.values_list("id", flat=True))
    assert set(next_due(live)) == live
    run = Run.objects.first()
    assert next_due([run.id]) == {run.id: run.due_at}, "at its own moment, not at once"


def test_a_team_that_nobody_waits_to_hear_from_is_counted_and_mended(incident, dan, psr1, clock):
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    team.check_ins.all().delete()
    lacking = {what: count for what, count in auditing.untimed(at=clock.now).items() if count}
    assert lacking == {"team": 1}
    assert Client().get("/readyz").json()["checks"]["auditor"] == {"ok": False, "untimed": lacking}
    clock.advance(0)
    assert team.check_ins.get().ended_at is None
    assert set(auditing.untimed(at=clock.now).values()) == {0}


def test_nothing_lacks_anything_in_a_city_that_runs(incident, dan, psr1, clock):
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert set(auditing.untimed(at=clock.now)) == set(AUDITED)
    assert set(auditing.untimed(at=clock.now).values()) == {0}


def test_a_lack_is_no_pass_but_a_failure(lost, clock):
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["auditor"] == {
        "ok": False,
        "untimed": {what: count for what, count in lost.items() if count},
    }
