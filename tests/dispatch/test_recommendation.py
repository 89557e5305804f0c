"""Which unit to send, and why; for every other, why not: as the tables tell it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch import assignments, escalation, planned
from dispatch.models import Incident
from dispatch.recommendation import recommend
from responders import credentials, shifts, units
from responders import people as responder_people
from responders.models import Responder
from tests.conftest import TESTS, make_unit

CREW = {"mix": ["medic"], "credentials": {"medic": [["emt", "paramedic"]]}}


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


def test_a_licence_that_has_ended_in_the_programs_zone_leaves_the_unit_out(program, incident, rosa, psr1, sue, clock):
    planned.adopt(program=program, document={"recommend": {"crew": CREW}}, by=sue, at=clock.now)
    incident = Incident.objects.get(pk=incident.pk)
    medic = Responder.objects.get(user=rosa)
    assert of(recommend(incident, at=clock.now), "PSR1").shortfalls == ("Rosa has no EMT licence or paramedic licence",)
    told = {"responder": medic, "kind": "emt", "valid_from": date(2025, 1, 1), "valid_until": date(2026, 11, 24)}
    credentials.grant(**told, by=TESTS, at=clock.now)
    # In Portland the 24th ends at 08:00 UTC; the shift ends at 04:00.
    assert of(recommend(incident, at=clock.now), "PSR1").fits
    assert "Off duty" in of(recommend(incident, at=clock.now + timedelta(hours=9)), "PSR1").shortfalls
    credential = medic.credentials.get()
    credentials.end(credential=credential, last_day=date(2026, 11, 23), by=TESTS, at=clock.now)
    assert of(recommend(incident, at=clock.now), "PSR1").shortfalls == ("Rosa's EMT licence ended 23 Nov",)


def test_any_caller_of_the_incident_may_need_a_language(take, dan, person, program, psr1, clock):
    mei = person("mei", "responder")
    responder_people.enlist(user=mei, profession="peer", languages=["es", "zh"], by=TESTS, at=clock.now)
    make_unit(program, "PSR5", (45.5250, -122.6750), [mei], clock)
    plain, spanish = {"source": "311", "external_id": "1"}, {"source": "311", "external_id": "1", "language": "es-MX"}
    _, incident = take(**plain)
    assert recommend(incident, at=clock.now)[0].unit == psr1
    _, same = take(**spanish)
    assert same == incident
    best, other = recommend(incident, at=clock.now)
    assert (best.unit.callsign, "Mei speaks Mexican Spanish" in best.reasons) == ("PSR5", True)
    assert "Nobody speaks Mexican Spanish" in other.reasons


def test_what_was_done_this_shift_counts_and_what_was_done_before_it_does_not(take, dan, rosa, psr1, psr2, clock):
    for _ in range(2):
        _, earlier = take()
        sent = assignments.send(incident=earlier, unit=psr1, by=dan, at=clock.now)
        assignments.move(assignment=sent, status="on_scene", by=rosa, at=clock.now)
        clock.advance(30 * 60)
        assignments.clear(assignment=sent, disposition="referred", by=rosa, at=clock.now)
    _, incident = take()
    worked = of(recommend(incident, at=clock.now), "PSR1")
    assert "2 incidents this shift, 60 min in all" in worked.reasons
    assert "Cleared 0 min ago" in worked.reasons
    # 0.4 of the way, 3 for its old position, 2 x 2, 1 x 2, 5 for no rest.
    assert worked.cost == pytest.approx(0.157 * 2.6 + 3 + 4 + 2 + 5, abs=0.01)
    assert not [each for each in of(recommend(incident, at=clock.now), "PSR2").reasons if "this shift" in each]
    clock.advance(7 * 3600)
    crew = list(Responder.objects.filter(user=rosa))
    shifts.plan(
        unit=psr1, crew=crew, starts_at=clock.now, ends_at=clock.now + timedelta(hours=8), by=TESTS, at=clock.now
    )
    assert not [each for each in of(recommend(incident, at=clock.now), "PSR1").reasons if "this shift" in each]


def test_a_unit_drawn_out_of_its_area_stands_back(incident, program, psr1, psr2, clock):
    units.base(unit=psr1, home_area="lents", by=TESTS, at=clock.now)
    units.base(unit=psr2, home_area="portland", by=TESTS, at=clock.now)
    best, other = recommend(incident, at=clock.now)
    assert (best.unit, best.reasons[-1]) == (psr2, "In its area, portland")
    assert (other.unit, other.reasons[-1]) == (psr1, "Out of its area, lents")


def test_it_takes_as_many_queries_for_many_units_as_for_few(incident, program, person, psr1, sue, clock):
    planned.adopt(program=program, document={"recommend": {"crew": CREW}}, by=sue, at=clock.now)
    incident = Incident.objects.select_related("program").get(pk=incident.pk)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            recommend(incident, at=clock.now)
        return len(captured)

    queries()  # the areas of programs are read once in a process
    few = queries()
    for number in range(8):
        make_unit(program, f"X{number}", (45.5, -122.6), [person(f"crew{number}", "responder")], clock)
    assert queries() == few == 2


def test_an_incident_without_a_program_or_a_place_has_its_answer_too(incident, psr1, clock):
    incident.latitude = incident.longitude = None
    [unplaced] = recommend(incident, at=clock.now)
    assert (unplaced.fits, unplaced.minutes, unplaced.reasons[0]) == (True, None, "Distance unknown")
    incident.program = None
    assert recommend(incident, at=clock.now) == []


def test_the_api_tells_the_same(incident, psr1, psr2, dan, take, api, clock):
    busy = assignments.send(incident=take()[1], unit=psr2, by=dan, at=clock.now)
    best, other = api("incidents:read").get(f"/api/v1/incidents/{incident.id}/recommendations/").json()
    assert best == {
        "unit": {"id": str(psr1.id), "callsign": "PSR1"},
        "fits": True,
        "minutes": pytest.approx(0.41, abs=0.01),
        "estimated": True,
        "cost": pytest.approx(0.41, abs=0.01),
        "reasons": ["1 min away (estimated, 0.2 km)", "Has clinician", "On shift for 8 h"],
        "shortfalls": [],
    }
    assert (other["fits"], other["shortfalls"]) == (False, [f"Accepted on incident {busy.incident.number}"])
    assert api("units:read").get(f"/api/v1/incidents/{incident.id}/recommendations/").status_code == 403
