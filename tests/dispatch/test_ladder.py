"""An incident waits for a team: who is turned to, in which order, and that the end is never nobody."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from dispatch import assignments, climbing, escalation, handoffs, overriding, planned, settling, taking
from dispatch.models import Incident, Run, Rung
from dispatch.queries import timeline
from dispatch.states import RunStatus
from dispatch.views.timeline import told
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
    assert (incident.outcome, incident.overrides.get().reason) == ("police", "no_team")
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


@pytest.fixture
def of_priority(take):
    """An incident of this priority that has waited for a team since now."""

    def of_priority(priority):
        incident = take()[1]
        Incident.objects.filter(pk=incident.pk).update(priority=priority)
        incident.refresh_from_db()
        with transaction.atomic():
            settling.watch_anew(incident, at=incident.received_at)
        return incident

    return of_priority


def sentences(incident):
    teams = incident.assignments.select_related("unit")
    return [line.text for line in told(timeline(incident), assignments=teams)]


def test_with_no_team_free_one_that_has_not_answered_a_less_urgent_call_is_asked(of_priority, dan, psr1, psr3, clock):
    """PSR1 is near and has Dan's offer of a call that can wait; PSR3 is far away and free."""
    calm, urgent = of_priority(4), of_priority(1)
    first = assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    clock.advance(59)
    assert asked(urgent) == []
    clock.advance(1)
    assert asked(urgent) == ["PSR1"]
    first.refresh_from_db()
    assert (first.status, first.withdrawal, first.ended_at) == ("withdrawn", "superseded", clock.now)
    assert first.words == f"You are asked for incident {urgent.number} instead, which is more urgent."
    assert "No team was free: PSR1 is asked, who had not answered about something less urgent" in sentences(urgent)
    offer = urgent.assignments.get()
    assert (offer.offered_by_name, offer.round, offer.respond_by) == (
        "Rightcall (clock)",
        run_of(urgent).round,
        clock.now + timedelta(seconds=90),
    )
    # What it left looks on in the same breath, with steps of its own and a whole window.
    assert asked(calm) == ["PSR3"]
    assert rungs(calm) == [("offer", "nobody"), ("offer", "")]
    assert "PSR1 is asked for something more urgent" in sentences(calm)
    waiting = {calm.id, urgent.id, offer.id, calm.assignments.get(status="offered").id}
    assert set(next_due(waiting)) == waiting
    assert first.id not in next_due([first.id])


def test_a_free_team_is_asked_before_another_is_turned(of_priority, dan, psr1, psr2, clock):
    calm, urgent = of_priority(4), of_priority(1)
    assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    clock.advance(60)
    assert (asked(urgent), asked(calm)) == (["PSR2"], ["PSR1"])


@pytest.mark.parametrize(("theirs", "ours"), [(3, 2), (2, 2), (1, 3)])
def test_a_team_stays_with_what_is_not_clearly_less_urgent(of_priority, dan, psr1, clock, theirs, ours):
    other, incident = of_priority(theirs), of_priority(ours)
    clock.advance({2: 115, 3: 295}[ours])
    for offer in other.assignments.filter(status="offered"):
        assignments.withdraw(assignment=offer, words="Dan asks them himself", by=dan, at=clock.now)
    for offer in incident.assignments.filter(status="offered"):
        assignments.withdraw(assignment=offer, words="Not yet", by=dan, at=clock.now)
    assignments.offer(incident=other, unit=psr1, by=dan, at=clock.now)
    clock.advance(5)
    assert (asked(other), asked(incident)) == (["PSR1"], [])
    assert rungs(incident)[:2] == [("offer", "nobody"), ("offer", "nobody")]


def test_a_team_that_has_accepted_is_left_to_a_dispatcher(of_priority, dan, rosa, psr1, clock):
    calm, urgent = of_priority(5), of_priority(1)
    offer = assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    assignments.accept(assignment=offer, by=rosa, at=clock.now)
    clock.advance(60)
    offer.refresh_from_db()
    assert (offer.status, asked(urgent)) == ("accepted", [])
    urgent.refresh_from_db()
    assert urgent.overdue_at, "a dispatcher is told, and may take it by consent"


def test_a_plan_that_does_not_say_so_turns_no_team(program, of_priority, dan, sue, psr1, clock):
    ladder = {
        "wait_seconds": dict.fromkeys("12345", 60),
        "steps": [{"do": "offer", "seconds": 60}],
        "repeat_seconds": 30,
    }
    planned.adopt(program=program, document={"ladder": ladder}, by=sue, at=clock.now)
    calm, urgent = of_priority(5), of_priority(1)
    assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    clock.advance(60)
    assert (asked(calm), asked(urgent)) == (["PSR1"], [])


def test_each_of_three_is_turned_to_what_is_more_urgent_and_the_last_is_surfaced(of_priority, dan, psr1, psr2, clock):
    """Two teams, three calls: the most urgent takes from the next, and that one from the last, which has nobody."""
    last, next_one = of_priority(5), of_priority(3)
    assignments.offer(incident=last, unit=psr2, by=dan, at=clock.now)
    assignments.offer(incident=next_one, unit=psr1, by=dan, at=clock.now)
    urgent = of_priority(1)
    clock.advance(60)
    assert [asked(each) for each in (urgent, next_one, last)] == [["PSR1"], ["PSR2"], []]
    last.refresh_from_db()
    assert last.overdue_at == clock.now
    assert "incident.unserved" in [entry.kind for entry in timeline(last)]
    assert set(next_due([last.id, run_of(last).id])) == {last.id, run_of(last).id}


def test_where_a_person_has_stopped_the_other_ladder_its_loss_is_surfaced(of_priority, dan, psr1, clock):
    calm = of_priority(4)
    offer = assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    climbing.offer_next(incident=calm, at=clock.now)
    climbing.stand_down(incident=calm, words="I talk to Rosa myself", by=dan, at=clock.now)
    urgent = of_priority(1)
    clock.advance(60)
    assert (asked(urgent), asked(calm)) == (["PSR1"], [])
    calm.refresh_from_db()
    offer.refresh_from_db()
    assert (calm.overdue_at, offer.withdrawal) == (clock.now, "superseded")


@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_at_this_instant_is_not_waited_for(of_priority, dan, psr1, clock):
    """Two that each hold one incident and want the other's would wait for each other: the ladder goes on instead."""
    calm, urgent = of_priority(4), of_priority(1)
    assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    held, over = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            settling.locked(calm.id)
            held.set()
            over.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    try:
        clock.advance(60)
        assert (asked(calm), asked(urgent)) == (["PSR1"], [])
        assert rungs(urgent)[:2] == [("offer", "nobody"), ("offer", "nobody")]
    finally:
        over.set()
        other.join(10)


def test_nobody_says_that_no_team_could_come_while_teams_can_be_asked(callable, dan, signed_in, psr1, clock):
    incident = callable
    told = {"incident": incident, "outcome": "police", "reason": "no_team", "words": "Nobody is free"}
    page, label = f"/incidents/{incident.number}/", "No team could come in time"
    with pytest.raises(Invalid, match="Teams can still be asked"):
        overriding.override(**told, by=dan, at=clock.now)
    assert label not in signed_in(dan).get(page).content.decode()
    clock.advance(WAIT)
    clock.advance(90)
    clock.advance(90)
    assert run_of(incident).unserved_at
    assert label in signed_in(dan).get(page).content.decode()
    assert overriding.override(**told, by=dan, at=clock.now).reason == "no_team"
