"""Several programs over one place: all decide, their order picks, and every decision is kept and shown."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from calls.heard import Heard
from calls.models import Assessment
from config.demo import PACKS
from dispatch import assignments, decisions, incidents, taking
from dispatch.models import IncidentDecision
from journal.refusals import Invalid
from tests.conftest import CALM, TESTS, make_program
from triage import deciding, publishing
from triage.engine import load_pack

AT_HOME = {**CALM, "location_class": "private_residence"}
DOWNTOWN = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "harbor"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-122.69, 45.51], [-122.67, 45.51], [-122.67, 45.53], [-122.69, 45.53], [-122.69, 45.51]]
                ],
            },
        }
    ],
}
EAST = {"latitude": 45.53, "longitude": -122.58}


@pytest.fixture
def harbor(agency, program, clock):
    """Comes first downtown, by a policy that keeps its team out of homes."""
    policy = publishing.publish_pack(pack=load_pack(PACKS / "oakland-macro.yaml"), by=TESTS, at=clock.now)
    return make_program(agency, policy, clock, slug="harbor", name="Harbor team", area=DOWNTOWN, rank=10)


def told(rows):
    return [(each.program.slug, each.outcome, each.chosen) for each in rows]


def test_the_first_that_would_send_a_team_takes_it(harbor, take):
    call, incident = take()
    assert call.program == incident.program == harbor
    assert told(call.assessments.order_by("id")) == [("harbor", "community", True), ("portland", "community", False)]
    assert told(decisions.decided(incident)) == [("harbor", "community", True), ("portland", "community", False)]
    assert call.area == "harbor"


def test_where_the_first_sends_police_the_next_may_send_a_team(harbor, program, take):
    call, incident = take(AT_HOME)
    assert call.program == incident.program == program
    assert incident.outcome == "community"
    assert told(decisions.decided(incident)) == [("portland", "community", True), ("harbor", "police", False)]
    assert not incident.handoffs.exists(), "only the chosen decision is acted on"


def test_where_nobody_would_send_a_team_the_first_by_rank_decides(harbor, take):
    _, incident = take({**CALM, "weapon": "seen"})
    assert incident.program == harbor
    assert told(decisions.decided(incident)) == [("harbor", "police", True), ("portland", "police", False)]
    assert [handoff.to for handoff in incident.handoffs.all()] == ["police"]


def test_an_open_question_of_the_first_comes_before_a_team_of_the_next(harbor, take):
    _, incident = take({name: value for name, value in AT_HOME.items() if name != "location_class"})
    assert incident.program == harbor
    assert incident.outcome == "undetermined"


def test_beyond_the_first_ones_area_only_the_second_decides(harbor, program, take):
    call, incident = take(**EAST)
    assert told(call.assessments.all()) == [("portland", "community", True)]
    assert told(decisions.decided(incident)) == [("portland", "community", True)]
    assert incident.program == program


def test_the_program_follows_the_pick_until_a_team_is_asked(harbor, program, take, tess, dan, psr1, clock):
    call, incident = take()
    assert incident.program == harbor
    call, incident = taking.amend(call=call, answers={"location_class": "private_residence"}, by=tess, at=clock.now)
    assert call.program == incident.program == program
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)

    call, incident = taking.amend(call=call, answers={"location_class": "outdoors"}, by=tess, at=clock.now)
    assert call.program == harbor, "the call by itself would be the harbor team's"
    assert incident.program == program, "a team of Portland has been asked"
    assert told(decisions.decided(incident)) == [("portland", "community", True), ("harbor", "community", False)]


def test_the_asked_programs_word_calls_its_team_back(harbor, program, take, tess, dan, rosa, psr1, clock):
    call, incident = take(AT_HOME)
    visit = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.accept(assignment=visit, by=rosa, at=clock.now)
    # A crime stops Portland's team, and the harbor team would not go to a home anyway.
    call, incident = taking.amend(call=call, answers={"crime_reported": True}, by=tess, at=clock.now)
    assert (incident.program, incident.outcome) == (program, "police")
    assert [handoff.to for handoff in incident.handoffs.all()] == ["police"]


def test_every_decision_can_be_made_again_as_of_then(harbor, take, tess, clock):
    call, _ = take(AT_HOME)
    clock.advance(40)
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    rows = [*Assessment.objects.all(), *IncidentDecision.objects.all()]
    assert len(rows) == 8
    for row in rows:
        again = deciding.decide(row.policy_version, row.facts, at=call.received_at)
        assert again.to_json() == row.decision


def test_what_changes_nothing_writes_nothing(harbor, take, tess, clock):
    _, incident = take(AT_HOME)
    incidents.decide_again(incident=incident, by=tess, at=clock.now)
    assert incident.decisions.count() == 2


def test_a_program_that_is_named_decides_alone_whenever(harbor, program, take, tess, clock):
    call, incident = take(program="portland")
    assert told(call.assessments.all()) == [("portland", "community", True)]
    call, incident = taking.amend(call=call, answers={"age": 40}, by=tess, at=clock.now)
    assert incident.program == program
    assert {each.program for each in incident.decisions.all()} == {program}
    with pytest.raises(Invalid, match="There is no program nowhere"):
        taking.take(heard=Heard(source="x", received_at=clock.now, facts={}, program="nowhere"), by=tess, at=clock.now)


def test_two_decisions_of_one_program_in_one_moment_are_refused(harbor, take):
    call, _ = take(AT_HOME)
    [other] = call.assessments.exclude(beside=None)
    other.pk = None
    with pytest.raises(IntegrityError, match="assessment_of_each_program_once"), transaction.atomic():
        other.save(force_insert=True)


def test_both_decisions_are_shown(harbor, take, tess, dan, api, signed_in):
    call, incident = take(AT_HOME)
    page = signed_in(dan).get(f"/incidents/{incident.number}/").content.decode()
    assert "Also decided: Harbor team: police, because “The person is in a home" in " ".join(page.split())
    for url in (f"/api/v1/calls/{call.id}/", f"/api/v1/incidents/{incident.id}/"):
        body = api().get(url).json()
        assert [(each["program"], each["chosen"], each["outcome"]) for each in body["decisions"]] == [
            ("portland", True, "community"),
            ("harbor", False, "police"),
        ]
        assert body["decisions"][0] == {**body["decision"], "program": "portland", "chosen": True}


def test_a_city_of_one_program_pays_nothing_for_it(take, tess, clock, agency, program):
    """Were these to grow, every call-taker and every feed would wait longer."""
    take()

    def queries(**more):
        with CaptureQueriesContext(connection) as captured:
            call, _ = take(**more)
        with CaptureQueriesContext(connection) as again:
            taking.amend(call=call, answers={"age": 40}, by=tess, at=clock.now)
        return len(captured), len(again)

    assert queries() == (11, 28)
