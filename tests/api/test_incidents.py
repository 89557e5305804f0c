"""Incidents, assignments, hand-offs and units over the API."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch import overriding
from dispatch.models import Assignment
from tests.conftest import CALM


@pytest.fixture
def machine(api):
    return api()


def offer(machine, incident, unit, **more):
    return machine.post(f"/api/v1/incidents/{incident.id}/assignments/", {"unit": unit.callsign, **more}, format="json")


def report(machine, assignment, status, **more):
    return machine.post(f"/api/v1/assignments/{assignment}/status/", {"status": status, **more}, format="json")


def test_a_visit_by_api(machine, incident, psr1, clock):
    offered = offer(machine, incident, psr1)
    assert offered.status_code == 201
    assignment = offered.json()["id"]
    assert offered.json()["status"] == "offered"
    units = {unit["callsign"]: unit for unit in machine.get("/api/v1/units/").json()}
    assert units["PSR1"]["state"] == "offered"
    assert units["PSR1"]["incident"] == str(incident.id)
    for status, unit_state, incident_status in [
        ("accepted", "offered", "assigned"),
        ("en_route", "en_route", "en_route"),
        ("on_scene", "on_scene", "on_scene"),
        ("transporting", "transporting", "on_scene"),
        ("at_destination", "at_destination", "on_scene"),
    ]:
        clock.advance(10)
        assert report(machine, assignment, status).status_code == 200
        units = {unit["callsign"]: unit for unit in machine.get("/api/v1/units/").json()}
        assert units["PSR1"]["state"] == unit_state
        assert machine.get(f"/api/v1/incidents/{incident.id}/").json()["status"] == incident_status
    cleared = report(machine, assignment, "cleared", disposition="transported")
    assert cleared.json()["status"] == "cleared"
    whole = machine.get(f"/api/v1/incidents/{incident.id}/").json()
    assert (whole["status"], whole["disposition"]) == ("closed", "transported")
    assert whole["dispatched_at"] < whole["en_route_at"] < whole["on_scene_at"] < whole["closed_at"]
    assert whole["next_due_at"] is None
    assert [row["status"] for row in whole["assignments"]] == ["cleared"]
    timeline = machine.get(f"/api/v1/incidents/{incident.id}/timeline/").json()
    assert timeline[0]["kind"] == "call.taken"
    assert timeline[-1]["payload"] == {"before": "on_scene", "status": "closed"}
    assert {row["actor"] for row in timeline} == {"Tess", "CAD"}


def test_what_cannot_be_is_a_409_with_the_reason(machine, incident, psr1):
    assignment = offer(machine, incident, psr1).json()["id"]
    again = offer(machine, incident, psr1)
    assert again.status_code == 409
    assert f"PSR1 was offered incident {incident.number} by CAD" in again.json()["detail"]
    skipped = report(machine, assignment, "transporting")
    assert skipped.status_code == 409
    assert "cannot become transporting" in skipped.json()["detail"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"status"}),
        ({"status": "flying"}, {"status"}),
        ({"status": "declined"}, {"reason"}),
        ({"status": "cleared"}, {"disposition"}),
        ({"status": "withdrawn"}, {"words"}),
    ],
)
def test_a_status_that_lacks_something_names_it(machine, incident, psr1, body, fields):
    assignment = offer(machine, incident, psr1).json()["id"]
    answer = machine.post(f"/api/v1/assignments/{assignment}/status/", body, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == fields


def test_sending_a_unit_that_said_yes_by_word(machine, incident, psr1):
    sent = offer(machine, incident, psr1, send=True)
    assert (sent.status_code, sent.json()["status"]) == (201, "accepted")
    assert sent.json()["respond_by"] is None


def test_unknown_units_and_ids(machine, incident):
    nobody = machine.post(f"/api/v1/incidents/{incident.id}/assignments/", {"unit": "PSR99"}, format="json")
    assert nobody.json()["errors"] == {"unit": "There is no unit PSR99."}
    missing = machine.get("/api/v1/incidents/00000000-0000-0000-0000-000000000000/")
    assert missing.status_code == 404
    assert missing["Content-Type"] == "application/problem+json"
    nowhere = machine.get("/api/v1/nothing/")
    assert nowhere.status_code == 404
    assert nowhere["Content-Type"] == "application/problem+json"


def test_a_hand_off_by_api(machine, take):
    _, incident = take({**CALM, "weapon": "used"})
    handoff = machine.get(f"/api/v1/incidents/{incident.id}/").json()["handoffs"][0]
    assert (handoff["to"], handoff["status"]) == ("police", "proposed")
    url = f"/api/v1/handoffs/{handoff['id']}"
    assert set(machine.post(f"{url}/acknowledge/", {}, format="json").json()["errors"]) == {
        "acknowledged_by",
        "reference",
    }
    told = {"acknowledged_by": "Sgt. Hale", "reference": "26-4411"}
    assert machine.post(f"{url}/acknowledge/", told, format="json").json()["status"] == "acknowledged"
    assert machine.post(f"{url}/acknowledge/", told, format="json").status_code == 409
    assert machine.get(f"/api/v1/incidents/{incident.id}/").json()["status"] == "handed_off"
    assert machine.post(f"{url}/return/", {"reason": "No officer free"}, format="json").json()["status"] == "returned"
    assert machine.get(f"/api/v1/incidents/{incident.id}/").json()["status"] == "pending"


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_offer_the_same_unit_at_the_same_instant(take, psr1, api):
    """Real connections, held at a barrier: one wins, the other is told who was first."""
    incidents = [take()[1] for _ in range(4)]
    machines = [api() for _ in incidents]
    gate, answers = threading.Barrier(len(incidents)), []

    def go(machine, incident) -> None:
        try:
            gate.wait(10)
            answers.append(offer(machine, incident, psr1))
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in zip(machines, incidents, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    winner = Assignment.objects.get()
    for answer in answers:
        if answer.status_code == 409:
            assert f"PSR1 was offered incident {winner.incident.number} by CAD" in answer.json()["detail"]


def test_lists_take_as_many_queries_for_many_as_for_few(machine, take, psr1, psr2):

    def queries(url):
        with CaptureQueriesContext(connection) as captured:
            assert machine.get(url).status_code == 200
        return len(captured)

    urls = ["/api/v1/incidents/", "/api/v1/calls/", "/api/v1/units/", "/api/v1/shifts/", "/api/v1/journal/"]
    take()
    machine.get(urls[0])  # notes that the token was used
    few = {url: queries(url) for url in urls}
    for _ in range(8):
        take()
    assert {url: queries(url) for url in urls} == few
    assert max(few.values()) <= 8


def test_shifts_and_policies(machine, psr1, rosa):
    shift = machine.get("/api/v1/shifts/").json()["results"][0]
    assert shift["unit"] == "PSR1"
    assert shift["crew"][0]["name"] == "Rosa"
    policy = machine.get("/api/v1/policies/").json()[0]
    assert policy["slug"] == "demo"
    assert policy["versions"][0]["document"]["rules"]


def test_an_override_is_told_without_its_words(machine, incident, dan, clock):
    assert machine.get(f"/api/v1/incidents/{incident.id}/").json()["override"] is None
    told = {"outcome": "police", "reason": "danger_not_captured", "words": "His brother has a gun"}
    made = overriding.override(incident=incident, by=dan, at=clock.now, **told)
    whole = machine.get(f"/api/v1/incidents/{incident.id}/").json()
    assert whole["outcome"] == "police"
    assert whole["decision"]["outcome"] == "community", "what the policy said stays"
    assert whole["override"] == {
        "id": str(made.id),
        "at": "2026-11-24T20:00:00.000000Z",
        "by": "Dan",
        "before": "community",
        "outcome": "police",
        "reason": "danger_not_captured",
    }
