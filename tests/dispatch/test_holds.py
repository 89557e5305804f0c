"""Incidents that wait because a person has decided so."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from dispatch import assignments, ending, holds, planned, taking
from dispatch.models import Hold, Incident
from dispatch.queries import board, timeline
from dispatch.states import AssignmentStatus, IncidentStatus
from due.models import Timer
from due.queries import next_due
from journal.refusals import Invalid, Refused
from tests.conftest import CALM


@pytest.fixture
def wait(incident, dan, clock):
    def wait(minutes=30, reason="caller_asks", words="She comes home at noon", **more):
        told = {"incident": incident, "reason": reason, "words": words, "by": dan, "at": clock.now, **more}
        return holds.hold(until=clock.now + timedelta(minutes=minutes), **told)

    return wait


def test_on_hold_nobody_is_asked_until_somebody_decides_again(incident, wait, dan, psr1, clock):
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    hold = wait()
    incident.refresh_from_db()
    offered.refresh_from_db()
    assert incident.status == IncidentStatus.ON_HOLD
    assert (offered.status, offered.withdrawal, offered.words) == ("withdrawn", "held", "On hold until 12:30 PST.")
    with pytest.raises(Refused, match=r"Dan put incident \d+ on hold until 12:30 PST: release it first"):
        assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert next_due([incident.id])[incident.id] == hold.until

    clock.advance(30 * 60 - 1)
    incident.refresh_from_db()
    assert incident.overdue_at is None
    clock.advance(1)
    clock.advance(5 * 60)
    incident.refresh_from_db()
    assert (incident.status, incident.overdue_at) == (IncidentStatus.ON_HOLD, hold.until)
    assert timeline(incident).filter(kind="incident.overdue").count() == 2, "surfaced until somebody decides again"

    again = wait(15, instead_of=hold)
    incident.refresh_from_db()
    assert incident.overdue_at is None
    assert next_due([incident.id])[incident.id] == again.until
    holds.release(incident=incident, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING
    assert [hold.ending for hold in incident.holds.order_by("at")] == ["replaced", "released"]
    assert assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)


def test_what_is_scheduled_waits_for_a_team_when_its_time_has_come(incident, wait, clock):
    hold = wait(22 * 60, reason="scheduled", words="Visit her again at ten")
    [row] = board()
    assert row.held == ("scheduled", hold.until, hold.at)
    clock.advance(22 * 3600 - 1)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.ON_HOLD
    clock.advance(1)
    incident.refresh_from_db()
    assert (incident.status, incident.overdue_at) == (IncidentStatus.PENDING, None)
    assert incident.holds.get().ending == "served"
    assert incident.id in next_due([incident.id])


def test_what_is_scheduled_is_found_again_when_its_timer_is_lost(incident, wait, clock):
    wait(60, reason="scheduled", words="Visit her again")
    Timer.objects.filter(kind="hold.serve").delete()
    clock.advance(3600)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING


def test_the_most_urgent_is_not_held_for_long(take, dan, clock):
    _, urgent = take()
    Incident.objects.filter(pk=urgent.pk).update(priority=1)
    for reason in ("no_team", "scheduled"):
        with pytest.raises(Invalid) as wrong:
            holds.hold(
                incident=urgent, reason=reason, words="", until=clock.now + timedelta(minutes=6), by=dan, at=clock.now
            )
        assert wrong.value.errors == {
            "until": "Priority 1 can wait until Tue 12:05 PST at most.",
            "words": "Say why, in a few words.",
        }


def test_how_long_it_may_be_held_is_the_programs_own(incident, wait, program, sue, signed_in, dan, clock):
    document = {"watch": {"hold_minutes": {"2": 10}, "schedule_minutes": {"2": 60}}}
    planned.adopt(program=program, document=document, by=sue, at=clock.now)
    for minutes, reason, latest in [(11, "caller_asks", "12:10"), (61, "scheduled", "13:00")]:
        with pytest.raises(Invalid, match=f"Priority 2 can wait until Tue {latest} PST at most"):
            wait(minutes, reason)
    page = signed_in(dan).get(f"/incidents/{incident.number}/").content.decode()
    assert ('value="+10"' in page, 'value="+15"' in page) == (True, False), "nothing is offered that is refused"
    assert wait(10)
    assert wait(60, "scheduled", instead_of=incident.holds.get())


@pytest.mark.parametrize(
    ("minutes", "reason", "field"), [(0, "other", "until"), (721, "other", "until"), (5, "", "reason")]
)
def test_a_hold_says_why_and_until_when(wait, minutes, reason, field):
    with pytest.raises(Invalid) as wrong:
        wait(minutes, reason)
    assert set(wrong.value.errors) == {field}


def test_what_is_heard_meanwhile_ends_the_hold(take, tess, dan, clock):
    call, incident = take()
    told = {"reason": "caller_asks", "words": "At noon", "by": dan}
    holds.hold(incident=incident, until=clock.now + timedelta(minutes=20), at=clock.now, **told)
    _, incident = taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    assert (incident.status, incident.outcome) == (IncidentStatus.PENDING, "police")
    assert incident.holds.get().ending == "turned"
    assert [handoff.to for handoff in incident.handoffs.all()] == ["police"]


def test_only_what_waits_for_a_team_of_ours_is_held(take, dan, psr1, clock):
    told = {"reason": "other", "words": "Later", "until": clock.now + timedelta(minutes=5), "by": dan, "at": clock.now}
    with pytest.raises(Refused, match="not decided yet"):
        holds.hold(incident=take({"call_type": "welfare_check"})[1], **told)
    with pytest.raises(Refused, match=r"decision for incident \d+ is police"):
        holds.hold(incident=take({**CALM, "weapon": "used"})[1], **told)
    moving = take()[1]
    assignments.send(incident=moving, unit=psr1, by=dan, at=clock.now)
    with pytest.raises(Refused, match=r"PSR1 was assigned to incident \d+ by Dan .* Take it back first"):
        holds.hold(incident=moving, **told)


def test_the_end_of_an_incident_ends_its_hold(incident, wait, dan, clock):
    wait(60, reason="scheduled", words="Again at one")
    ending.cancel(incident=incident, reason="over", by=dan, at=clock.now)
    assert incident.holds.get().ending == "over"
    assert not Timer.objects.filter(done_at=None, cancelled_at=None).exists()


def test_who_comes_second_is_told_what_the_first_decided(incident, wait, dan, sue, clock):
    first = wait(10)
    with pytest.raises(Refused, match=r"Dan put incident \d+ on hold until 12:10 PST at 12:00:00: look once more"):
        wait(20, by=sue)
    holds.release(incident=incident, by=sue, at=clock.now)
    gone = r"not on hold any more: a person released it \(Sue, 12:00:00 PST\)"
    with pytest.raises(Refused, match=gone):
        wait(20, instead_of=first)
    with pytest.raises(Refused, match=r"not on hold: a person released it \(Sue"):
        holds.release(incident=incident, by=dan, at=clock.now)


@pytest.mark.django_db(transaction=True)
def test_an_offer_and_a_hold_in_the_same_instant_leave_no_offer_on_hold(incident, dan, sue, psr1, clock):
    at = clock.now
    gate, refused = threading.Barrier(2), []

    def run(verb, **told):
        try:
            gate.wait(10)
            verb(incident=Incident.objects.get(pk=incident.pk), at=at, **told)
        except Refused as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    waiting = {"reason": "other", "words": "Later", "until": at + timedelta(minutes=5)}
    threads = [
        threading.Thread(target=run, args=[assignments.offer], kwargs={"unit": psr1, "by": dan}),
        threading.Thread(target=run, args=[holds.hold], kwargs={**waiting, "by": sue}),
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.ON_HOLD
    assert not incident.assignments.filter(status=AssignmentStatus.OFFERED).exists()
    assert Hold.objects.filter(ended_at=None).count() == 1
    assert all("Sue put incident" in each for each in refused)
