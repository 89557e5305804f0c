"""Every eligible call stands in one place of the ledger: served, open, or with one reason why no team came."""

from datetime import timedelta

import pytest

from dispatch import assignments, escalation, handoffs, incidents, overriding
from insights import ledger
from insights.ledger import REASONS, Asked
from tests.conftest import CALM, PACKS, TESTS, make_program
from triage import publishing
from triage.engine import load_pack, take_pack

URL = "/api/v1/ledger/"


@pytest.fixture
def stands(clock):
    """Where one call stands, after the law is held against all of them."""

    def stands(call):
        asked = Asked(clock.now - timedelta(days=2), clock.now + timedelta(days=1))
        counted = ledger.totals(asked)
        assert counted["eligible"] == counted["served"] + counted["open"] + sum(counted[each] for each in REASONS)
        return ledger.rows(asked).get(pk=call.pk).standing

    return stands


def give_away(incident, by, clock):
    handoff = handoffs.propose(incident=incident, to="police", by=by, at=clock.now)
    handoffs.acknowledge(
        handoff=handoff, acknowledged_by="Sgt. Lee", reference="7", acknowledged_at=clock.now, by=by, at=clock.now
    )
    incidents.close(incident=incident, disposition="handed_to_other", by=by, at=clock.now)


def test_served_once_a_team_is_there_and_open_until_then(take, stands, dan, rosa, psr1, clock):
    call, incident = take()
    assert stands(call) == "open"
    visit = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert stands(call) == "open"
    assignments.move(assignment=visit, status="on_scene", by=rosa, at=clock.now)
    assert stands(call) == "served"


def test_settled_by_the_team_by_phone_is_served(take, stands, dan, rosa, psr1, clock):
    call, incident = take()
    visit = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.clear(assignment=visit, disposition="settled_by_phone", by=rosa, at=clock.now)
    assert stands(call) == "served"


def test_cancelled(take, stands, dan, clock):
    call, incident = take()
    incidents.cancel(incident=incident, by=dan, at=clock.now)
    assert stands(call) == "cancelled"


def test_declined(take, stands, dan, rosa, psr1, clock):
    call, incident = take()
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offer, reason="safety", by=rosa, at=clock.now)
    give_away(incident, dan, clock)
    assert stands(call) == "declined"


def test_waited_too_long(take, stands, dan, psr1, clock):
    call, incident = take()
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(91)
    give_away(incident, dan, clock)
    assert stands(call) == "waited_too_long"


def test_no_free_team(take, stands, dan, clock):
    call, incident = take()
    clock.advance(1800)
    give_away(incident, dan, clock)
    assert stands(call) == "no_free_team"


def test_handed_off(take, stands, dan, clock):
    call, incident = take()
    give_away(incident, dan, clock)
    assert stands(call) == "handed_off"


def test_out_of_area(take, stands, dan, clock):
    call, incident = take(latitude=44.05, longitude=-123.09)
    assert incident.outcome == "police"
    give_away(incident, dan, clock)
    assert stands(call) == "out_of_area"


def test_off_hours(take, stands, agency, dan, clock):
    demo = load_pack(PACKS / "demo.yaml").documents[0]
    shut = {**demo, "slug": "mornings", "hours": ["05:00-06:00"]}  # it is noon
    common = {key: shut.pop(key) for key in ("slug", "name", "time_zone")}
    policy = publishing.publish_pack(pack=take_pack({**common, "versions": [shut]}), by=TESTS, at=clock.now)
    make_program(agency, policy, clock, slug="mornings", rank=1)
    call, incident = take(program="mornings")
    assert (incident.outcome, incident.eligible) == ("police", True)
    give_away(incident, dan, clock)
    assert stands(call) == "off_hours"


def test_overridden_away_from_a_team(take, stands, dan, clock):
    call, incident = take()
    told = {"outcome": "police", "reason": "danger_not_captured", "words": "Shots heard there an hour ago."}
    overriding.override(incident=incident, by=dan, at=clock.now, **told)
    give_away(incident, dan, clock)
    assert stands(call) == "override"


def test_what_was_not_asked_enough_stands_apart_and_what_is_not_eligible_nowhere(take, stands, api, clock):
    asked_little, _ = take({})
    not_eligible, _ = take({**CALM, "weapon": "seen"})
    assert stands(asked_little) == "undecided"
    body = api("incidents:read").get(URL).json()
    assert [row["call"] for row in body["results"]] == []
    clock.advance(1)
    body = api("incidents:read").get(URL).json()
    assert [row["call"] for row in body["results"]] == [str(asked_little.id)]
    assert (body["totals"]["eligible"], body["totals"]["undecided"]) == (0, 1)
    assert not_eligible.id not in [row["call"] for row in body["results"]]


def test_the_api_pages_filters_and_names_what_is_wrong(take, dan, api, clock):
    for _ in range(3):
        take()
    clock.advance(1)
    machine = api("incidents:read")
    page = machine.get(URL, {"page_size": 2}).json()
    assert [len(page["results"]), len(machine.get(page["next"]).json()["results"])] == [2, 1]
    assert machine.get(URL, {"reason": "declined"}).json()["results"] == []
    wrong = machine.get(URL, {"from": "yesterday", "program": "nowhere", "reason": "bad_luck", "exercises": "some"})
    assert wrong.status_code == 400
    assert set(wrong.json()["errors"]) == {"from", "program", "reason", "exercises"}
    assert api("calls:read").get(URL).status_code == 403


def test_the_page_adds_up_and_keeps_what_was_wrong(take, signed_in, sue, dan, rosa, tess, program, clock, client):
    _, incident = take()
    take(facts={"call_type": "welfare_check"})
    incidents.cancel(incident=incident, by=dan, at=clock.now)
    clock.advance(60)
    sees = signed_in(sue)
    page = sees.get("/insights/ledger/").content.decode()
    assert "1 eligible" in page
    assert "Apart from these: 1 not asked enough" in page
    assert f"{incident.number}: " in page
    assert "Ended before a team came" in page
    wrong = sees.get("/insights/ledger/?from=yesterday&program=none")
    assert wrong.status_code == 400
    assert "There is no program none." in wrong.content.decode()
    assert 'value="yesterday"' in wrong.content.decode()
    assert [signed_in(user).get("/insights/ledger/").status_code for user in (tess, rosa)] == [403, 403]
    assert client.get("/insights/ledger/").status_code == 302
