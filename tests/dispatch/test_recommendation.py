"""Which unit to send, and why; for every other, why not."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch import assignments, escalation
from dispatch.models import Incident
from dispatch.recommendation import recommend
from dispatch.travel import distance_km
from responders import units
from tests.conftest import TESTS, make_unit


def of(candidates, callsign):
    return next(candidate for candidate in candidates if candidate.unit.callsign == callsign)


def test_the_nearest_that_can_go_comes_first_and_the_others_say_why_not(
    incident, take, program, dan, rosa, psr1, psr2, psr3, clock
):
    units.form(callsign="PSR8", program=program, skills=[], by=TESTS, at=clock.now)
    units.take_out_of_service(unit=psr3, reason="Flat tire", by=TESTS, at=clock.now)
    other = take()[1]
    busy = assignments.send(incident=other, unit=psr2, by=dan, at=clock.now)
    candidates = recommend(incident, at=clock.now)
    assert (candidates[0].unit.callsign, candidates[0].fits) == ("PSR1", True)
    assert "1 min away (estimated, 0.2 km)" in of(candidates, "PSR1").reasons
    assert candidates[0].minutes == pytest.approx(0.157 * 1.3 / 30 * 60, abs=0.01)
    assert of(candidates, "PSR8").minutes is None
    assert of(candidates, "PSR2").shortfalls == (f"Accepted on incident {busy.incident.number}",)
    assert of(candidates, "PSR3").shortfalls == ("Out of service",)
    assert "Off duty" in of(candidates, "PSR8").shortfalls


def test_a_missing_skill_and_an_earlier_no_are_shortfalls(incident, dan, rosa, psr1, psr2, clock):
    Incident.objects.filter(pk=incident.pk).update(required_skills=["clinician", "interpreter"])
    incident.refresh_from_db()
    assert "No interpreter" in of(recommend(incident, at=clock.now), "PSR1").shortfalls
    Incident.objects.filter(pk=incident.pk).update(required_skills=[])
    incident.refresh_from_db()
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offered, reason="too_far", by=rosa, at=clock.now)
    clock.advance(60)
    assert of(recommend(incident, at=clock.now), "PSR1").shortfalls == ("Declined this 1 min ago",)


def test_an_old_position_says_so(incident, psr1, clock):
    clock.advance(45 * 60)
    assert (
        "1 min away (estimated, 0.2 km), position 45 min old" in of(recommend(incident, at=clock.now), "PSR1").reasons
    )


def test_it_takes_as_many_queries_for_many_units_as_for_few(incident, program, person, psr1, clock):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            recommend(incident, at=clock.now)
        return len(captured)

    few = queries()
    for number in range(8):
        make_unit(program, f"X{number}", (45.5, -122.6), [person(f"crew{number}", "responder")], clock)
    assert queries() == few <= 7


def test_distances():
    assert distance_km(45.5189, -122.6793, 45.5189, -122.6793) == 0
    # One degree of latitude on a sphere of 6,371 km.
    assert distance_km(0, 0, 1, 0) == pytest.approx(111.19, abs=0.01)
    assert distance_km(None, None, 1, 0) is None
