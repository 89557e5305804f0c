"""Whole stories, with time moved by hand."""

from datetime import timedelta

import pytest

from dispatch import assignments, decisions, ending, escalation, handoffs, incidents, taking
from dispatch.models import Assignment
from dispatch.queries import timeline
from dispatch.states import AssignmentStatus, IncidentStatus
from due.models import Message, Timer
from due.queries import next_due
from journal.refusals import Invalid, Refused
from tests.conftest import CALM, SQUARE


def test_a_call_becomes_a_visit(take, dan, rosa, psr1, clock):
    _, incident = take()
    assert incident.outcome == "community"
    assert incident.status == IncidentStatus.PENDING
    assert incident.eligible is True

    assignment = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    for step, status in [
        (assignments.accept, None),
        (assignments.move, "en_route"),
        (assignments.move, "on_scene"),
    ]:
        clock.advance(30)
        more = {"status": status} if status else {}
        step(assignment=assignment, by=rosa, at=clock.now, **more)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.ON_SCENE

    clock.advance(600)
    assignments.clear(assignment=assignment, disposition="settled_by_contact", by=rosa, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.CLOSED
    assert incident.disposition == "settled_by_contact"
    assert incident.closed_at == clock.now
    kinds = [entry.kind for entry in timeline(incident)]
    assert kinds == [
        "call.taken",
        "call.assessed",
        "incident.opened",
        "incident.decided",
        "incident.moved",
        "assignment.offered",
        "assignment.moved",
        "incident.moved",
        "assignment.moved",
        "incident.moved",
        "assignment.moved",
        "incident.moved",
        "assignment.moved",
        "incident.moved",
    ]
    assert not Timer.objects.filter(done_at=None, cancelled_at=None).exists()


def test_an_unanswered_offer_reaches_the_next_team_in_90_seconds(incident, dan, psr1, psr2, clock):
    first = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(89)
    first.refresh_from_db()
    assert first.status == AssignmentStatus.OFFERED

    clock.advance(1)
    first.refresh_from_db()
    assert first.status == AssignmentStatus.EXPIRED
    second = Assignment.objects.get(incident=incident, status=AssignmentStatus.OFFERED)
    assert second.unit == psr2
    assert second.offered_at == clock.now
    assert second.offered_by_name == "Rightcall (clock)"


def test_when_nobody_answers_the_incident_is_surfaced_at_once(incident, dan, psr1, psr2, clock):
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(90)
    clock.advance(90)
    incident.refresh_from_db()
    assert incident.overdue_at is not None
    assert "incident.unserved" in [entry.kind for entry in timeline(incident)]
    assert not incident.assignments.filter(status=AssignmentStatus.OFFERED).exists()
    assert incident.id in next_due([incident.id])


def test_a_declined_offer_goes_on_at_once_and_keeps_its_reason(incident, dan, rosa, psr1, psr2, clock):
    first = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(5)
    escalation.decline(assignment=first, reason="safety", words="Two men fighting", by=rosa, at=clock.now)
    first.refresh_from_db()
    assert (first.status, first.decline_reason) == (AssignmentStatus.DECLINED, "safety")
    assert Assignment.objects.get(incident=incident, status=AssignmentStatus.OFFERED).unit == psr2
    # The expiry of the first offer finds its state passed.
    clock.advance(85)
    assert Assignment.objects.get(incident=incident, status=AssignmentStatus.OFFERED).unit == psr2


def test_an_undecided_call_waits_in_triage_and_is_surfaced_after_two_minutes(take, clock):
    _, incident = take({"call_type": "welfare_check"})
    assert incident.status == IncidentStatus.TRIAGE
    assert incident.priority is None
    clock.advance(119)
    incident.refresh_from_db()
    assert incident.overdue_at is None
    clock.advance(1)
    incident.refresh_from_db()
    assert incident.overdue_at == clock.now
    # And again each minute, until somebody answers.
    clock.advance(60)
    overdue = [entry for entry in timeline(incident) if entry.kind == "incident.overdue"]
    assert len(overdue) == 2


def test_a_wait_counts_from_the_promise_not_from_when_a_worker_came_to_it(take, clock):
    _, incident = take({"call_type": "welfare_check"})
    _, other = take({**CALM, "weapon": "used"})
    taken = clock.now
    clock.advance(600)  # all workers were dead for ten minutes
    incident.refresh_from_db()
    other.refresh_from_db()
    assert incident.overdue_at == taken + timedelta(seconds=120)
    assert other.overdue_at == taken + timedelta(seconds=60)


def test_later_facts_decide_again_and_end_what_was_offered(take, tess, dan, psr1, clock):
    call, incident = take()
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(10)
    _, incident = taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    assert incident.outcome == "police"
    assert incident.eligible is False
    offered.refresh_from_db()
    assert offered.status == AssignmentStatus.WITHDRAWN
    assert [handoff.to for handoff in incident.handoffs.all()] == ["police"]
    with pytest.raises(Refused, match=r"The decision for incident \d+ is police"):
        assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)


def test_a_team_cannot_accept_once_the_decision_has_turned(take, tess, dan, rosa, psr1, clock, monkeypatch):
    call, incident = take()
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    # As if the offers had not ended with the decision.
    monkeypatch.setattr(incidents, "end_offers", lambda *_, **__: [])
    taking.amend(call=call, answers={"violence": "assaulting"}, by=tess, at=clock.now)
    with pytest.raises(Refused, match="not one for a community team"):
        assignments.accept(assignment=offered, by=rosa, at=clock.now)


def test_a_police_call_stays_until_police_say_that_they_have_it(take, dan, clock):
    _, incident = take({**CALM, "weapon": "used"})
    assert incident.status == IncidentStatus.PENDING
    handoff = incident.handoffs.get()
    with pytest.raises(Refused, match="not acknowledged"):
        ending.close(incident=incident, disposition="handed_to_other", by=dan, at=clock.now)
    with pytest.raises(Invalid) as wrong:
        handoffs.acknowledge(
            handoff=handoff, acknowledged_by=" ", reference="", acknowledged_at=clock.now, by=dan, at=clock.now
        )
    assert set(wrong.value.errors) == {"acknowledged_by", "reference"}

    clock.advance(20)
    handoffs.acknowledge(
        handoff=handoff,
        acknowledged_by="Sgt. Hale",
        reference="26-4411",
        acknowledged_at=clock.now,
        by=dan,
        at=clock.now,
    )
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.HANDED_OFF
    assert incident.handed_off_at == clock.now

    clock.advance(60)
    handoffs.give_back(handoff=handoff, reason="No officer free", by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING
    assert incident.id in next_due([incident.id])


def test_an_unknown_medical_need_of_a_person_down_asks_an_ambulance_too(take):
    _, incident = take({**CALM, "person_down": True, "medical_need": "unknown"})
    assert "ems" in {handoff.to for handoff in incident.handoffs.all()}


def test_the_caller_is_gone(take, tess, clock):
    call, incident = take({"call_type": "welfare_check", "location_class": "outdoors"})
    assert incident.outcome == "undetermined"
    call, incident = taking.answer_rest_unknown(call=call, by=tess, at=clock.now)
    assert incident.outcome != "undetermined"
    assert "unknown" in call.facts.values()
    assert call.facts["location_class"] == "outdoors"


def test_a_second_call_of_the_same_source_and_number_joins(take):
    _, first = take(external_id="A-17", source="cad")
    _, second = take({**CALM, "violence": "verbal"}, external_id="A-17", source="cad")
    _, other = take(external_id="A-17", source="another")
    assert second.id == first.id
    assert other.id != first.id
    assert first.links.count() == 2


def test_a_further_call_places_what_nobody_could_place_and_moves_nothing_else(take, clock):
    lost = {"address": "by the river", "latitude": None, "longitude": None}
    _, incident = take(external_id="A-19", source="cad", **lost)
    assert incident.latitude is None
    clock.advance(5)
    _, incident = take(external_id="A-19", source="cad")
    assert (incident.address, incident.latitude) == (SQUARE["address"], SQUARE["latitude"])
    clock.advance(5)
    _, incident = take(
        external_id="A-19", source="cad", address="NW 5th & Couch", latitude=45.5237, longitude=-122.6756
    )
    assert incident.address == SQUARE["address"]


def test_over_several_calls_the_worst_of_graded_facts_stands_and_the_conflict_shows(take, clock):
    _, incident = take(external_id="A-18", source="cad")
    clock.advance(5)
    _, incident = take({**CALM, "weapon": "seen"}, external_id="A-18", source="cad")
    assert incident.outcome == "police"
    assert decisions.in_force(incident).conflicts["weapon"] == ["none", "seen"]
    clock.advance(5)
    _, incident = take(external_id="A-18", source="cad")
    assert incident.outcome == "police"


def test_clearing_needs_a_disposition_that_fits(incident, dan, rosa, psr1, clock):
    assignment = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    with pytest.raises(Invalid, match="on scene"):
        assignments.clear(assignment=assignment, disposition="settled_by_contact", by=rosa, at=clock.now)
    with pytest.raises(Invalid, match="disposition"):
        assignments.clear(assignment=assignment, disposition="", by=rosa, at=clock.now)
    assignments.clear(assignment=assignment, disposition="cancelled_en_route", by=rosa, at=clock.now)
    incident.refresh_from_db()
    # It still needs somebody.
    assert incident.status == IncidentStatus.PENDING
    assert incident.id in next_due([incident.id])


def test_a_late_yes_is_refused(incident, dan, rosa, psr1, clock):
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    late = offered.respond_by
    with pytest.raises(Refused, match="time to answer"):
        assignments.accept(assignment=offered, by=rosa, at=late)


def test_a_call_is_kept_when_its_incident_cannot_be_opened(program, tess, clock, monkeypatch):
    from calls.heard import Heard
    from calls.models import Call

    def broken(**_: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(taking.incidents, "open_for", broken)
    heard = Heard(source="console", received_at=clock.now, facts=CALM)
    call, incident = taking.take(heard=heard, by=tess, at=clock.now)
    assert incident is None
    assert Call.objects.filter(pk=call.pk).exists()
    monkeypatch.undo()
    clock.advance(1)
    assert Call.objects.get(pk=call.pk).incident_link.incident.outcome == "community"


def test_the_auditor_finds_a_call_without_incident_and_an_incident_without_watch(incident, take, clock):
    Timer.objects.all().delete()
    clock.advance(1)
    assert incident.id in next_due([incident.id])


def test_an_offer_is_told_to_the_crew_by_mail_once(incident, dan, rosa, psr1, clock, mailoutbox):
    rosa.email = "rosa@example.org"
    rosa.save()
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(1)
    clock.advance(1)
    assert [mail.to for mail in mailoutbox] == [["rosa@example.org"]]
    assert str(incident.number) in mailoutbox[0].subject
    assert Message.objects.get().status == Message.Status.SENT


def test_a_crew_whose_shift_has_ended_meanwhile_is_not_told(take, dan, rosa, psr1, clock, mailoutbox):
    rosa.email = "rosa@example.org"
    rosa.save()
    clock.advance(8 * 60 * 60 - 1)
    _, incident = take()
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(1)
    message = Message.objects.get()
    assert (message.status, message.error) == ("moot", "off-duty")
    assert mailoutbox == []


def test_nobody_outside_is_told_of_an_exercise(exercise_program, tess, dan, rosa, clock, mailoutbox):
    from calls.heard import Heard
    from tests.conftest import make_unit

    rosa.email = "rosa@example.org"
    rosa.save()
    unit = make_unit(exercise_program, "EX1", (45.52, -122.67), [rosa], clock)
    _, incident = taking.take(
        heard=Heard(source="console", received_at=clock.now, facts=CALM, exercise=True), by=tess, at=clock.now
    )
    assert incident.exercise
    assignments.offer(incident=incident, unit=unit, by=dan, at=clock.now)
    clock.advance(1)
    assert mailoutbox == []


def test_exercise_and_real_do_not_mix(incident, exercise_program, dan, olga, clock):
    from tests.conftest import make_unit

    unit = make_unit(exercise_program, "EX1", (45.52, -122.67), [olga], clock)
    with pytest.raises(Refused, match="exercise"):
        assignments.offer(incident=incident, unit=unit, by=dan, at=clock.now)
