"""Every eligible call stands in one place of the ledger: served, open, or with one reason why no team came."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from dispatch import assignments, climbing, ending, escalation, handoffs, merging, overriding
from dispatch.models import Rung
from insights import ledger
from insights.ledger import REASONS, Asked
from responders import units
from responders.models import Shift, Unit
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
    for asked in incident.assignments.filter(status="offered"):
        assignments.withdraw(assignment=asked, words="Police are there", by=by, at=clock.now)
    handoff = handoffs.propose(incident=incident, to="police", by=by, at=clock.now)
    handoffs.acknowledge(
        handoff=handoff, acknowledged_by="Sgt. Lee", reference="7", acknowledged_at=clock.now, by=by, at=clock.now
    )
    ending.close(incident=incident, disposition="handed_to_other", by=by, at=clock.now)


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
    ending.cancel(incident=incident, reason="over", by=dan, at=clock.now)
    assert stands(call) == "cancelled"


def test_merged_it_stands_with_the_incident_that_it_went_into(take, stands, dan, rosa, psr1, clock):
    (first, one), (second, other) = take(), take()
    merging.merge(incident=other, into=one, by=dan, at=clock.now)
    asked = Asked(clock.now - timedelta(days=2), clock.now + timedelta(days=1))
    assert [call.number for call in ledger.rows(asked)] == [one.number] * 2
    assert (stands(first), stands(second)) == ("open", "open")
    visit = assignments.send(incident=one, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=visit, status="on_scene", by=rosa, at=clock.now)
    assert (stands(first), stands(second)) == ("served", "served")


def test_declined(take, stands, dan, rosa, psr1, clock):
    call, incident = take()
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offer, reason="too_far", by=rosa, at=clock.now)
    give_away(incident, dan, clock)
    assert stands(call) == "declined"


def test_to_decline_for_safety_is_no_refusal(take, stands, dan, rosa, psr1, psr2, clock):
    call, incident = take()
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offer, reason="safety", by=rosa, at=clock.now)
    second = incident.assignments.get(status="offered")
    assignments.withdraw(assignment=second, words="Not safe", by=dan, at=clock.now)
    give_away(incident, dan, clock)
    assert stands(call) == "not_safe"


def test_one_refusal_among_those_for_safety_counts_as_one(take, stands, dan, rosa, psr1, psr2, clock):
    call, incident = take()
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offer, reason="safety", by=rosa, at=clock.now)
    escalation.decline(assignment=incident.assignments.get(status="offered"), reason="too_far", by=dan, at=clock.now)
    give_away(incident, dan, clock)
    assert stands(call) == "declined"


def test_waited_too_long(take, stands, dan, psr1, clock):
    call, incident = take()
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(91)
    give_away(incident, dan, clock)
    assert stands(call) == "waited_too_long"


def test_no_free_team_where_there_is_none(take, stands, dan, clock):
    call, incident = take()
    clock.advance(1800)
    give_away(incident, dan, clock)
    assert stands(call) == "no_free_team"


def test_no_free_team_though_the_dispatcher_saw_it_at_once(take, stands, dan, clock):
    call, incident = take()
    clock.advance(20)
    give_away(incident, dan, clock)
    assert stands(call) == "no_free_team"


def test_a_dispatcher_who_is_slow_while_a_team_is_free(take, stands, dan, psr1, clock):
    call, incident = take()
    while not incident.assignments.exists():  # until the ladder asks, for want of a person who does
        clock.advance(30)
    give_away(incident, dan, clock)
    assert incident.assignments.get().status == "withdrawn"
    assert stands(call) == "waited_too_long"


def test_no_free_team_while_the_only_one_is_with_somebody_else(take, stands, dan, psr1, clock):
    elsewhere = assignments.send(incident=take()[1], unit=psr1, by=dan, at=clock.now)
    clock.advance(60)
    call, incident = take()
    clock.advance(1800)
    give_away(incident, dan, clock)
    assignments.clear(assignment=elsewhere, disposition="settled_by_phone", by=dan, at=clock.now)
    clock.advance(600)
    assert stands(call) == "no_free_team"


def test_a_team_that_came_free_in_the_wait_was_free(take, stands, dan, psr1, clock):
    for _ in range(2):  # the second is the one of the wait
        elsewhere = assignments.send(incident=take()[1], unit=psr1, by=dan, at=clock.now)
        clock.advance(60)
        call, incident = take()
        clock.advance(900)
        assignments.clear(assignment=elsewhere, disposition="settled_by_phone", by=dan, at=clock.now)
        clock.advance(900)
        give_away(incident, dan, clock)
        assert stands(call) == "waited_too_long"


@pytest.mark.parametrize("back", [False, True])
def test_a_team_out_of_service_is_not_free_until_it_is_back(take, stands, dan, psr1, clock, back):
    units.take_out_of_service(unit=psr1, reason="Fuel", by=dan, at=clock.now)
    clock.advance(60)
    call, incident = take()
    clock.advance(900)
    if back:
        units.return_to_service(unit=psr1, by=dan, at=clock.now)
    clock.advance(900)
    give_away(incident, dan, clock)
    if not back:
        units.return_to_service(unit=psr1, by=dan, at=clock.now)
    assert stands(call) == ("waited_too_long" if back else "no_free_team")


def test_neither_is_one_whose_shift_is_over_nor_one_without_the_skills(take, stands, dan, psr1, clock):
    clock.advance(8 * 3600)
    call, incident = take()
    clock.advance(1800)
    give_away(incident, dan, clock)
    assert stands(call) == "no_free_team"
    Unit.objects.filter(pk=psr1.pk).update(skills=["peer"])
    Shift.objects.update(during=(clock.now, clock.now + timedelta(hours=9)))
    skilled, incident = take()
    assert set(incident.required_skills) - {"peer"}
    clock.advance(1800)
    give_away(incident, dan, clock)
    assert stands(skilled) == "no_free_team"


def test_handed_off_though_a_team_was_free(take, stands, dan, psr1, clock):
    call, incident = take()
    clock.advance(20)
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


def test_page_and_api_give_the_same_file(take, dan, ana, signed_in, api, clock):
    served, incident = take()
    ending.cancel(incident=incident, reason="over", by=dan, at=clock.now)
    clock.advance(1)
    undecided, _ = take(facts={"call_type": "welfare_check"})
    clock.advance(1)
    reader, machine = signed_in(ana), api("incidents:read")
    page = reader.get("/insights/ledger/?program=portland").content.decode()
    assert 'href="/insights/ledger.csv?program=portland"' in page
    assert "All 2 as a file" in page
    file, sent = reader.get("/insights/ledger.csv?program=portland"), machine.get("/api/v1/ledger.csv")
    assert file.content == sent.content
    for answer in (file, sent):
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
    first, second = csv.DictReader(StringIO(file.content.decode()))
    assert (first["call"], first["standing"], first["in_words"]) == (
        str(served.id), "cancelled", "Ended before a team came",
    )  # fmt: skip
    assert first | {"number": str(incident.number), "eligible": "true", "program": "portland"} == first
    assert (second["call"], second["standing"], second["eligible"]) == (str(undecided.id), "undecided", "")
    [only] = csv.DictReader(StringIO(machine.get("/api/v1/ledger.csv?reason=undecided").content.decode()))
    assert only["call"] == str(undecided.id)


def test_a_file_that_cannot_be_says_why(api, signed_in, ana, clock):
    wrong = api("incidents:read").get("/api/v1/ledger.csv?from=yesterday")
    assert (wrong.status_code, wrong["Content-Type"]) == (400, "application/problem+json")
    assert wrong.json()["errors"].keys() == {"from"}
    page = signed_in(ana).get("/insights/ledger.csv?from=yesterday")
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert 'value="yesterday"' in page.content.decode()


def test_the_page_adds_up_and_keeps_what_was_wrong(take, signed_in, sue, dan, rosa, tess, program, clock, client):
    _, incident = take()
    take(facts={"call_type": "welfare_check"})
    ending.cancel(incident=incident, reason="over", by=dan, at=clock.now)
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


def test_who_agrees_that_another_goes_for_want_of_a_team_decides_nothing_against_one(take, stands, dan, clock):
    call, incident = take()
    while not (proposal := Rung.objects.filter(run__incident=incident, do="propose", to="police").first()):
        clock.advance(30)
    climbing.answer(rung=proposal, yes=True, by=dan, at=clock.now)
    acknowledged = {"acknowledged_by": "Sgt. Lee", "reference": "7", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=incident.handoffs.get(to="police"), **acknowledged, by=dan, at=clock.now)
    ending.close(incident=incident, disposition="handed_to_other", by=dan, at=clock.now)
    assert stands(call) == "no_free_team"


def test_a_merged_call_waited_from_its_own_beginning(take, stands, dan, psr1, clock):
    """A team was free while the first caller waited alone, and none once the second had called."""
    call, first = take()
    clock.advance(30)
    Shift.objects.update(during=(clock.now - timedelta(hours=1), clock.now - timedelta(seconds=1)))
    _, second = take()
    merging.merge(incident=first, into=second, by=dan, at=clock.now)
    clock.advance(1800)
    give_away(second, dan, clock)
    assert stands(call) == "waited_too_long"
