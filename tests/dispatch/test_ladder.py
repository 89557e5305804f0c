"""An incident waits for a team: who is turned to, in which order, and that the end is never nobody."""

from datetime import timedelta

import pytest

from dispatch import assignments, climbing, escalation, handoffs, overriding, planned, taking
from dispatch.models import Run, Rung
from dispatch.queries import timeline
from dispatch.states import RunStatus
from due.models import Message, Timer
from due.queries import next_due
from journal.refusals import Invalid, Refused

WAIT = 120  # seconds: priority 2


def asked(incident):
    """Callsigns with an open offer."""
    return [each.unit.callsign for each in incident.assignments.filter(status="offered").order_by("offered_at")]


def rungs(incident):
    found = Rung.objects.filter(run__incident=incident).order_by("run__began_at", "index")
    return [(rung.do, rung.result) for rung in found]


def run_of(incident):
    return Run.objects.get(incident=incident)


@pytest.fixture
def callable(take):
    """An incident whose caller can be called back."""
    return take(caller_phone="503-555-0123")[1]


def test_what_no_dispatcher_offers_in_its_time_is_offered_by_the_ladder(incident, psr1, psr2, clock):
    assert incident.priority == 2
    clock.advance(WAIT - 1)
    assert asked(incident) == []
    clock.advance(1)
    assert asked(incident) == ["PSR1"]
    assert rungs(incident) == [("offer", "")]
    incident.refresh_from_db()
    assert incident.overdue_at == clock.now


def test_all_steps_one_after_the_other_until_a_person_takes_it(
    callable, program, sue, signed_in, dan, psr1, psr3, clock
):
    """PSR1 is near and does not answer, PSR3 is far and does not answer; then the supervisor, the call-back, the
    proposals, and in the end a person is asked for each minute."""
    incident = callable
    sue.email = "sue@example.org"
    sue.save()
    signed_in(sue)
    clock.advance(WAIT)
    assert asked(incident) == ["PSR1"]
    clock.advance(90)
    assert asked(incident) == ["PSR3"]
    assert rungs(incident) == [("offer", "nobody"), ("offer", "")]
    clock.advance(90)
    assert rungs(incident)[1:] == [("offer", "nobody"), ("tell_supervisor", "")]
    notice = Message.objects.get(kind=climbing.SUPERVISOR_NOTICE)
    assert notice.recipient_id == sue.id
    assert "incident.unserved" in [entry.kind for entry in timeline(incident)]
    for seconds, step in [
        (60, ("call_back", "")),
        (120, ("propose", "")),
        (60, ("propose", "")),
    ]:
        clock.advance(seconds)
        assert rungs(incident)[-1] == step
    clock.advance(60)
    run = run_of(incident)
    assert (run.status, run.called) == (RunStatus.CALLING, 1)
    clock.advance(60)
    clock.advance(60)
    run.refresh_from_db()
    assert run.called == 3, "each minute, until a person takes it"
    assert run.id in next_due([run.id])

    climbing.take(incident=incident, by=dan, at=clock.now)
    clock.advance(599)
    run.refresh_from_db()
    assert (run.status, run.by_name, run.called) == (RunStatus.TAKEN, "Dan", 3)
    clock.advance(1)
    run.refresh_from_db()
    assert (run.status, run.called) == (RunStatus.CALLING, 4), "taken is not yet served"


def test_with_nobody_on_duty_every_step_passes_on_at_once_and_is_recorded(incident, clock):
    clock.advance(WAIT)
    assert rungs(incident) == [
        ("offer", "nobody"),
        ("offer", "nobody"),
        ("tell_supervisor", "nobody"),
        ("call_back", "nobody"),
        ("propose", ""),
    ]
    ended = [entry.payload["result"] for entry in timeline(incident) if entry.kind == "ladder.step_ended"]
    assert ended == ["nobody"] * 4


def test_all_decline_then_a_supervisor_then_a_proposed_hand_off_that_is_acknowledged(
    callable, dan, sue, signed_in, rosa, psr1, clock
):
    incident = callable
    sue.email = "sue@example.org"
    sue.save()
    signed_in(sue)
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offer, reason="engaged", by=rosa, at=clock.now)
    assert rungs(incident)[-1] == ("tell_supervisor", ""), "in the same breath"
    clock.advance(60)
    call_back = Rung.objects.get(run__incident=incident, do="call_back")
    climbing.answer(rung=call_back, yes=True, by=dan, at=clock.now)
    assert rungs(incident)[-2:] == [("call_back", "done"), ("propose", "")]
    with_police = Rung.objects.get(run__incident=incident, to="co_response")
    climbing.answer(rung=with_police, yes=False, by=dan, at=clock.now)
    police = Rung.objects.get(run__incident=incident, to="police")
    assert not incident.handoffs.exists(), "nothing goes by itself"
    climbing.answer(rung=police, yes=True, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert (incident.outcome, incident.overrides.get().reason) == ("police", "resources")
    assert run_of(incident).cause == Run.Cause.TURNED
    handoffs.acknowledge(
        handoff=incident.handoffs.get(), acknowledged_by="Sgt. Hale", reference="26-1", acknowledged_at=clock.now,
        by=dan, at=clock.now,
    )  # fmt: skip
    incident.refresh_from_db()
    assert incident.status == "handed_off"
    assert run_of(incident).ending == Run.Ending.OVER
    assert not Timer.objects.filter(done_at=None, cancelled_at=None).exists()


def test_a_team_that_accepts_ends_the_run(incident, rosa, psr1, clock):
    clock.advance(WAIT)
    assignments.accept(assignment=incident.assignments.get(), by=rosa, at=clock.now)
    run = run_of(incident)
    assert (run.status, run.ending) == (RunStatus.ENDED, Run.Ending.SERVED)
    assert run.id not in next_due([run.id])
    assert rungs(incident) == [("offer", "ended")]


def test_it_rests_while_the_decision_is_not_for_a_team_and_goes_on_after(take, tess, dan, psr1, clock):
    call, incident = take()
    clock.advance(WAIT)
    assert asked(incident) == ["PSR1"]
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    run = run_of(incident)
    assert (run.status, run.cause, asked(incident)) == (RunStatus.PAUSED, Run.Cause.TURNED, [])
    with pytest.raises(Refused, match="rests: the decision is not for a team now"):
        climbing.resume(incident=incident, by=dan, at=clock.now)
    clock.advance(1000)
    run.refresh_from_db()
    assert run.status == RunStatus.PAUSED
    taking.amend(call=call, answers={"weapon": "none"}, reason="It was a phone", by=tess, at=clock.now)
    clock.advance(0)
    run.refresh_from_db()
    assert run.status == RunStatus.CLIMBING
    assert asked(incident) == ["PSR1"], "withdrawn is not declined: it may be asked again"


def test_a_run_keeps_the_steps_it_began_with(incident, program, sue, psr1, clock):
    clock.advance(WAIT)
    ladder = {
        "wait_seconds": dict.fromkeys("12345", 30),
        "steps": [{"do": "propose", "to": "police", "seconds": 60}],
        "repeat_seconds": 30,
    }
    planned.adopt(program=program, document={"ladder": ladder}, by=sue, at=clock.now)
    clock.advance(90)
    assert rungs(incident)[-1] == ("propose", "")
    assert run_of(incident).rungs.order_by("index").last().to == "co_response", "not the new plan's police"


def test_the_wait_is_the_programs_own(program, sue, take, psr1, clock):
    ladder = {
        "wait_seconds": dict.fromkeys("12345", 30),
        "steps": [{"do": "offer", "seconds": 60}],
        "repeat_seconds": 30,
    }
    planned.adopt(program=program, document={"ladder": ladder}, by=sue, at=clock.now)
    _, incident = take()
    clock.advance(29)
    assert asked(incident) == []
    clock.advance(1)
    assert asked(incident) == ["PSR1"]


def test_pause_has_an_end_and_words(incident, dan, psr1, psr2, clock):
    clock.advance(WAIT)
    with pytest.raises(Invalid) as wrong:
        climbing.pause(incident=incident, minutes=0, words=" ", by=dan, at=clock.now)
    assert set(wrong.value.errors) == {"minutes", "words"}
    climbing.pause(incident=incident, minutes=5, words="PSR2 calls me back", by=dan, at=clock.now)
    clock.advance(90)
    assert asked(incident) == [], "PSR1 did not answer, and nobody else is asked meanwhile"
    clock.advance(209)
    assert run_of(incident).status == RunStatus.PAUSED
    clock.advance(1)
    assert run_of(incident).status == RunStatus.CLIMBING
    assert asked(incident) == ["PSR2"]


def test_a_person_skips_takes_stands_down_and_resumes(incident, dan, sue, psr1, clock):
    with pytest.raises(Refused, match="is on no ladder"):
        climbing.skip(incident=incident, by=dan, at=clock.now)
    clock.advance(WAIT)
    climbing.skip(incident=incident, by=dan, at=clock.now)
    assert rungs(incident)[0] == ("offer", "skipped")
    assert asked(incident) == ["PSR1"], "an offer stays until it is answered"
    climbing.stand_down(incident=incident, words="Ivo is on his way back", by=dan, at=clock.now)
    run = run_of(incident)
    assert (run.status, run.by_name) == (RunStatus.STOOD_DOWN, "Dan")
    assert set(next_due([incident.id])) == {incident.id}, "the incident's own watch stays"
    clock.advance(3600)
    assert run_of(incident).status == RunStatus.STOOD_DOWN
    climbing.resume(incident=incident, by=sue, at=clock.now)
    clock.advance(0)
    assert run_of(incident).status in (RunStatus.CLIMBING, RunStatus.CALLING)
    climbing.take(incident=incident, by=dan, at=clock.now)
    with pytest.raises(Refused, match="Dan has done so already"):
        climbing.take(incident=incident, by=sue, at=clock.now)


def test_the_first_answer_to_a_proposal_counts(incident, dan, sue, clock):
    clock.advance(WAIT)
    rung = Rung.objects.get(run__incident=incident, to="co_response")
    clock.advance(60)
    rung.refresh_from_db()
    assert rung.result == Rung.Result.LATE
    climbing.answer(rung=rung, yes=True, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.outcome == "co_response"
    with pytest.raises(Refused, match="Dan has answered this already"):
        climbing.answer(rung=rung, yes=False, by=sue, at=clock.now)


def test_an_override_by_hand_rests_the_run_as_a_decision_does(incident, dan, clock):
    clock.advance(WAIT)
    overriding.override(
        incident=incident, outcome="ems", reason="other", words="He collapsed", by=dan, at=clock.now
    )  # fmt: skip
    assert run_of(incident).cause == Run.Cause.TURNED


def test_a_run_whose_timer_is_gone_is_found(incident, psr1, psr2, clock):
    clock.advance(WAIT)
    run = run_of(incident)
    Timer.objects.filter(kind="ladder.step", subject_id=run.id).delete()
    Timer.objects.filter(kind="assignment.expire").delete()
    clock.advance(271)
    assert rungs(incident)[0][1] != ""
    assert run.id in next_due([run.id])


def test_a_late_worker_climbs_no_faster_than_promised(incident, psr1, clock):
    """All workers were dead for an hour: what is due is done, each step has its own time from then on."""
    clock.advance(3600)
    run = run_of(incident)
    assert asked(incident) == ["PSR1"]
    assert run.due_at == clock.now + timedelta(seconds=270)


def test_an_incident_is_always_somebodys(incident, dan, rosa, psr1, clock, api):
    def owner():
        told = api().get(f"/api/v1/incidents/{incident.id}/").json()["owner"]
        return (told["kind"], told["name"]) if told else None

    assert owner() == ("timer", "incident.watch")
    clock.advance(WAIT)
    assert owner() == ("unit", "PSR1")
    escalation.decline(assignment=incident.assignments.get(), reason="engaged", by=rosa, at=clock.now)
    assert owner() == ("timer", "ladder.step")
    climbing.take(incident=incident, by=dan, at=clock.now)
    assert owner() == ("person", "Dan")
    sent = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert owner() == ("unit", "PSR1")
    assignments.clear(assignment=sent, disposition="settled_by_phone", by=dan, at=clock.now)
    assert owner() is None
