"""What a review found broken once, told as stories."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from calls.heard import Heard
from dispatch import assignments, ending, handoffs, taking
from dispatch.models import Assignment, Incident
from dispatch.states import AssignmentStatus, IncidentStatus
from due.models import Timer
from field.queries import assignment_of, standing_of
from journal.models import Entry
from journal.refusals import Invalid, Refused
from responders import shifts
from responders.models import Responder
from tests.conftest import CALM, SQUARE, TESTS


def acknowledge(handoff, dan, clock):
    return handoffs.acknowledge(
        handoff=handoff, acknowledged_by="Hale", reference="26-1", acknowledged_at=clock.now, by=dan, at=clock.now
    )


def test_a_real_call_never_joins_an_exercise_of_the_same_number(take, exercise_program, tess, clock):
    heard = Heard(source="cad", external_id="7", received_at=clock.now, facts=CALM, exercise=True, **SQUARE)
    _, training = taking.take(heard=heard, by=tess, at=clock.now)
    _, real = take(source="cad", external_id="7")
    assert training.exercise
    assert not real.exercise
    assert real.id != training.id


@pytest.mark.parametrize("fact", ["weapon", "violence", "suicide_risk", "medical_need"])
def test_neither_unknown_nor_a_lower_answer_lifts_the_floor(take, tess, clock, fact):
    worst = {"weapon": "used", "violence": "assaulting", "suicide_risk": "attempt", "medical_need": "emergency"}[fact]
    call, before = take({**CALM, fact: worst})
    _, after = taking.amend(call=call, answers={fact: "unknown"}, by=tess, at=clock.now)
    assert (after.outcome, after.eligible) == (before.outcome, False)
    with pytest.raises(Invalid) as wrong:
        taking.amend(call=call, answers={fact: "none"}, by=tess, at=clock.now)
    assert set(wrong.value.errors) == {f"facts.{fact}"}
    call, after = taking.amend(call=call, answers={fact: "none"}, reason="Wrong key", by=tess, at=clock.now)
    assert after.outcome == "community"
    assert f"Withdrawn ({fact}): Wrong key" in call.narrative


def test_a_place_that_turns_out_to_be_elsewhere_moves_to_the_program_there(take, tess, clock):
    call, incident = take()
    far = {"latitude": 29.42, "longitude": -98.49}
    call, incident = taking.amend(call=call, answers={}, changes=far, by=tess, at=clock.now)
    assert call.area == "outside"
    assert incident.outcome == "police"


def test_a_hand_off_that_is_acknowledged_or_returned_has_no_timer(take, dan, clock):
    _, incident = take({"weapon": "seen"})
    handoff = incident.handoffs.get()
    pending = Timer.objects.filter(subject_id=handoff.id, done_at=None, cancelled_at=None)
    assert [timer.kind for timer in pending] == ["handoff.answer"]
    said = {"acknowledged_by": "Desk 4", "reference": "26-881", "acknowledged_at": clock.now}
    handoff = handoffs.acknowledge(handoff=handoff, **said, by=dan, at=clock.now)
    assert not pending.all()
    handoffs.give_back(handoff=handoff, reason="Gone on arrival", by=dan, at=clock.now)
    assert not pending.all()
    assert Timer.objects.filter(subject_id=incident.id, done_at=None, cancelled_at=None).count() == 1, "it waits here"


def test_a_hand_off_that_nobody_told_is_surfaced_while_a_team_is_under_way(take, tess, dan, rosa, psr1, clock):
    call, incident = take()
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=team, status="en_route", by=rosa, at=clock.now)
    taking.amend(call=call, answers={"weapon": "used"}, by=tess, at=clock.now)
    clock.advance(30)
    incident.refresh_from_db()
    assert incident.overdue_at == clock.now, "the dispatcher is told to radio the team"
    clock.advance(30)
    assert Entry.objects.filter(kind="handoff.untold").count() == 1
    clock.advance(60)
    assert Entry.objects.filter(kind="handoff.untold").count() == 2
    acknowledge(incident.handoffs.get(), dan, clock)
    clock.advance(300)
    assert Entry.objects.filter(kind="handoff.untold").count() == 2


def test_a_further_call_that_turns_the_decision_ends_the_offer(take, dan, psr1, clock):
    _, incident = take(source="cad", external_id="9")
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    _, incident = take({**CALM, "weapon": "seen"}, source="cad", external_id="9")
    offer.refresh_from_db()
    assert (incident.outcome, offer.status) == ("police", AssignmentStatus.WITHDRAWN)


def test_what_police_return_waits_here_though_the_ambulance_has_its_part(take, dan, clock):
    _, incident = take({**CALM, "weapon": "used", "medical_need": "emergency"})
    parts = {handoff.to: acknowledge(handoff, dan, clock) for handoff in incident.handoffs.all()}
    assert set(parts) == {"police", "ems"}
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.HANDED_OFF
    handoffs.give_back(handoff=parts["police"], reason="Nobody free", by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING


def test_an_old_result_does_not_close_an_incident_under_a_new_offer(take, dan, rosa, psr1, psr2, clock):
    _, incident = take()
    handoffs.propose(incident=incident, to="ems", by=dan, at=clock.now)
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.clear(assignment=team, disposition="settled_by_phone", by=rosa, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING, "the ambulance has not answered"
    assignments.offer(incident=incident, unit=psr2, by=dan, at=clock.now)
    acknowledge(incident.handoffs.get(), dan, clock)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING


def test_the_last_team_says_what_came_of_it(incident, dan, rosa, omar, psr1, psr2, clock):
    first = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    second = assignments.send(incident=incident, unit=psr2, by=dan, at=clock.now)
    assignments.clear(assignment=first, disposition="settled_by_phone", by=rosa, at=clock.now)
    assignments.clear(assignment=second, disposition="cancelled_en_route", by=omar, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING


def test_a_team_keeps_its_incident_after_its_shift_and_the_next_crew_does_not_get_it(
    incident, dan, rosa, olga, psr1, clock
):
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    over = clock.now + timedelta(hours=8)
    night = Responder.objects.get(user=olga)
    shifts.plan(unit=psr1, crew=[night], starts_at=over, ends_at=over + timedelta(hours=8), by=TESTS, at=clock.now)
    later = over + timedelta(minutes=5)
    assert assignment_of(rosa, team.id, at=later) == team
    assert standing_of(olga, at=later).assignment is None
    assert standing_of(rosa, at=later).assignment == team


@pytest.mark.django_db(transaction=True)
def test_the_same_number_in_the_same_instant_is_one_incident(program, tess, clock):
    gate = threading.Barrier(4)
    at = clock.now

    def post() -> None:
        try:
            gate.wait(10)
            heard = Heard(source="cad", external_id="11", received_at=at, facts=CALM, **SQUARE)
            taking.take(heard=heard, by=tess, at=at)
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Incident.objects.get().links.count() == 4


def test_a_call_before_1970_is_refused(program, tess, clock):
    heard = Heard(source="cad", received_at=datetime(1, 1, 1, tzinfo=UTC), facts=CALM)
    with pytest.raises(Invalid) as wrong:
        taking.take(heard=heard, by=tess, at=clock.now)
    assert set(wrong.value.errors) == {"received_at"}


def test_a_danger_that_comes_after_the_end_is_not_taken_in_silence(take, tess, dan, clock):
    call, incident = take()
    ending.cancel(incident=incident, reason="over", by=dan, at=clock.now)
    with pytest.raises(Refused, match="has ended"):
        taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)


def test_a_status_reported_twice_keeps_its_first_moment(incident, dan, rosa, psr1, clock):
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    first = clock.now
    for status in ("en_route", "staged", "en_route"):
        assignments.move(assignment=team, status=status, by=rosa, at=clock.now)
        clock.advance(60)
    assert Assignment.objects.get(pk=team.pk).en_route_at == first


@pytest.mark.parametrize("words", ["x" * 501, "nul \x00 here"])
def test_words_that_cannot_be_stored_are_named_and_nothing_is_lost(incident, dan, rosa, psr1, clock, words):
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    with pytest.raises(Invalid) as wrong:
        assignments.withdraw(assignment=team, words=words, by=dan, at=clock.now)
    assert set(wrong.value.errors) == {"words"}


def test_made_up_cursors_are_not_found(api, program):
    machine = api()
    for url in ("/api/v1/calls/", "/api/v1/incidents/", "/api/v1/shifts/"):
        for cursor in ("cD1nYXJiYWdl", "cD0lMDA=", "x"):
            assert machine.get(url, {"cursor": cursor}).status_code == 404


def test_a_form_with_a_nul_is_a_400(signed_in, dan, program):
    assert signed_in(dan).post("/calls/new/", {"narrative": "nul \x00 here"}).status_code == 400


def test_withdrawing_takes_the_scope_of_a_dispatcher(api, incident, dan, psr1, clock):
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    url = f"/api/v1/assignments/{offer.id}/status/"
    told = {"status": "withdrawn", "words": "Mistake"}
    assert api("units:write").post(url, told, format="json").status_code == 403
    assert api("units:write", "incidents:write").post(url, told, format="json").status_code == 200
