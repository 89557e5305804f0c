"""Teams asked at once, more than one on an incident, and what those are told who need not come."""

from typing import Any

import pytest

from dispatch import assignments, escalation
from dispatch.models import Assignment
from dispatch.queries import timeline
from dispatch.states import AssignmentStatus, IncidentStatus
from due.models import Timer
from journal.refusals import Invalid, Refused


def of(offers: Any, unit: Any) -> Assignment:
    return next(each for each in offers if each.unit_id == unit.id)


def test_of_several_asked_at_once_the_first_to_accept_has_it(incident, dan, omar, rosa, psr1, psr2, clock):
    asked = assignments.offer_to_several(incident=incident, units=[psr1, psr2], by=dan, at=clock.now)
    assert asked.refusals == {}
    first, second = of(asked.offers, psr1), of(asked.offers, psr2)
    clock.advance(10)
    assignments.accept(assignment=second, by=omar, at=clock.now)
    first.refresh_from_db()
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.ASSIGNED
    assert (first.status, first.withdrawal, first.words) == (AssignmentStatus.WITHDRAWN, "taken", "PSR2 has taken it.")
    told = [each for each in timeline(incident) if each.payload.get("reason") == "taken"]
    assert [each.subject_id for each in told] == [first.id]
    with pytest.raises(Refused, match="withdrawn"):
        assignments.accept(assignment=first, by=rosa, at=clock.now)
    # The window of the other finds its state passed, and asks nobody.
    clock.advance(200)
    assert incident.assignments.count() == 2


def test_two_are_wanted_of_three(incident, dan, psr1, psr2, psr3, clock):
    asked = assignments.offer_to_several(incident=incident, units=[psr1, psr2, psr3], wanted=2, by=dan, at=clock.now)
    assignments.accept(assignment=of(asked.offers, psr1), by=dan, at=clock.now)
    third = of(asked.offers, psr3)
    third.refresh_from_db()
    assert third.status == AssignmentStatus.OFFERED
    assignments.accept(assignment=of(asked.offers, psr2), by=dan, at=clock.now)
    third.refresh_from_db()
    assert third.words == "PSR1 and PSR2 have taken it."


def test_when_fewer_accept_than_are_wanted_the_dispatcher_is_told(incident, dan, psr1, psr2, clock):
    asked = assignments.offer_to_several(incident=incident, units=[psr1, psr2], wanted=2, by=dan, at=clock.now)
    escalation.decline(assignment=of(asked.offers, psr1), reason="too_far", by=dan, at=clock.now)
    assignments.accept(assignment=of(asked.offers, psr2), by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.ASSIGNED
    assert incident.overdue_at == clock.now
    short = timeline(incident).filter(kind="incident.short").get()
    assert short.payload == {"wanted": 2, "accepted": 1}


def test_only_when_all_of_them_are_out_of_the_question_the_next_is_asked(incident, dan, psr1, psr2, psr3, clock):
    asked = assignments.offer_to_several(incident=incident, units=[psr1, psr2], by=dan, at=clock.now)
    escalation.decline(assignment=of(asked.offers, psr1), reason="too_far", by=dan, at=clock.now)
    assert not psr3.assignments.exists()
    clock.advance(90)
    assert psr3.assignments.get().status == AssignmentStatus.OFFERED


def test_who_cannot_be_asked_does_not_keep_the_others_from_it(incident, take, dan, psr1, psr2, clock):
    other = take()[1]
    assignments.send(incident=other, unit=psr1, by=dan, at=clock.now)
    asked = assignments.offer_to_several(incident=incident, units=[psr1, psr2], by=dan, at=clock.now)
    assert [each.unit for each in asked.offers] == [psr2]
    assert asked.refusals["PSR1"].startswith(f"PSR1 was assigned to incident {other.number} by Dan")
    third = take()[1]
    with pytest.raises(Refused, match=r"PSR1 was assigned.*PSR2 was offered"):
        assignments.offer_to_several(incident=third, units=[psr1, psr2], by=dan, at=clock.now)
    assert not third.rounds.exists()


@pytest.mark.parametrize("wanted", [0, 3])
def test_more_are_not_wanted_than_are_asked(incident, dan, psr1, psr2, clock, wanted):
    with pytest.raises(Invalid, match="from 1 to 2"):
        assignments.offer_to_several(incident=incident, units=[psr1, psr2], wanted=wanted, by=dan, at=clock.now)


def test_two_teams_work_one_incident_and_the_last_one_ends_it(incident, dan, rosa, omar, psr1, psr2, clock):
    first = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=first, status="on_scene", by=rosa, at=clock.now)
    second = assignments.offer(incident=incident, unit=psr2, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.ON_SCENE, "asking a second team does not set the first one back"
    assignments.accept(assignment=second, by=omar, at=clock.now)
    assignments.move(assignment=second, status="en_route", by=omar, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.ON_SCENE, "the most advanced team counts"

    assignments.clear(assignment=first, disposition="settled_by_contact", by=rosa, at=clock.now)
    incident.refresh_from_db()
    assert (incident.status, incident.disposition) == (IncidentStatus.EN_ROUTE, "")
    assignments.clear(assignment=second, disposition="cancelled_en_route", by=omar, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING, "the last word was that it still needs somebody"
    assert Timer.objects.filter(subject_id=incident.id, done_at=None, cancelled_at=None).exists()
