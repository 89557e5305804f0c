"""The law of the ledger in random cities: whatever people do in any order, every eligible call stands in one place.

What the ledger reads in one query is counted here again one call at a time, by other means: eligibility by the decision
in force, service by the stamps, and who was free by looking at the street before time passes.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Agency
from calls.heard import Heard
from calls.models import Call
from dispatch import assignments, decisions, ending, escalation, handoffs, overriding, taking
from dispatch.availability import standings
from dispatch.models import Incident
from dispatch.states import ASSIGNMENT, LIVE, UnitState
from due.sweep import sweep
from insights import ledger
from insights.ledger import REASONS, Asked, Standing
from journal.refusals import Invalid, Refused
from responders import units
from responders.models import Unit
from tests.conftest import CALM, SQUARE, make_program
from tests.dispatch.test_machine import PACK, SOMEBODY, Still
from triage import publishing

ELSEWHERE = {"address": "Eugene", "latitude": 44.05, "longitude": -123.09}
SPAN = timedelta(days=400)
HEARD = {
    "calm": {"facts": CALM, **SQUARE},
    "elsewhere": {"facts": CALM, **ELSEWHERE},
    "armed": {"facts": {**CALM, "weapon": "seen"}, **SQUARE},
    "hardly asked": {"facts": {"call_type": "welfare_check"}, **SQUARE},
}
WAITS = st.sampled_from([1, 30, 91, 400, 1300])
EVENTS = st.tuples(
    st.sampled_from([*["calm"] * 5, *HEARD]),
    WAITS,
    st.sampled_from([*["nobody is asked", "one declines", "it is not safe"] * 2, "one does not answer", "one is sent"]),
    WAITS,
    st.sampled_from([*["police"] * 6, "a team comes", "by phone", "override", "nobody needs it", "it goes on"]),
    st.sampled_from(["", "", "all out of service", "PSR1 out of service", "all in service", "all in service"]),
)
SEEN: Counter[Standing] = Counter()


class Town:
    """Two teams, one of them without the skills that most need; what each call's people do, one call after the other.
    Teams stay where they were sent until their call ends, and calls may stay open, so that each finds another street.
    """

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
        # The street as it stood from one moment to the next: what those who were free could do.
        self.street: list[tuple[datetime, datetime, list[set[str]]]] = []
        agency = Agency.objects.create(name="Portland Street Response", kind=Agency.Kind.COMMUNITY)
        policy = publishing.publish_pack(pack=PACK, by=SOMEBODY, at=self.now)
        program = make_program(agency, policy, Still(self.now))
        for callsign, skills in (("PSR1", ["medic", "clinician"]), ("PSR2", ["peer"])):
            unit = units.form(callsign=callsign, program=program, skills=skills, by=SOMEBODY, at=self.now)
            unit.shifts.create(during=(self.now, self.now + timedelta(hours=2)))

    def act(self, verb: Any, **told: Any) -> Any:
        try:
            with transaction.atomic():
                return verb(by=SOMEBODY, at=self.now, **told)
        except (Refused, Invalid):
            return None

    def wait(self, seconds: int) -> None:
        free = [
            set(each.unit.skills)
            for each in standings(Unit.objects.all(), at=self.now)
            if each.state is UnitState.AVAILABLE
        ]
        before, self.now = self.now, self.now + timedelta(seconds=seconds)
        self.street.append((before, self.now, free))
        while sweep(at=self.now):
            pass

    def run(self, kind: str, first: int, asked: str, then: int, end: str, street: str) -> None:
        told = {"source": "cad", "received_at": self.now, "program": "portland", **HEARD[kind]}
        _, incident = self.act(taking.take, heard=Heard(**told))
        self.wait(first)
        unit, team = Unit.objects.get(callsign="PSR1"), None
        if asked == "one is sent":
            team = self.act(assignments.send, incident=incident, unit=unit)
        elif asked != "nobody is asked":
            team = self.act(assignments.offer, incident=incident, unit=unit)
        if team and asked in ("one declines", "it is not safe"):
            reason = "too_far" if asked == "one declines" else "safety"
            self.act(escalation.decline, assignment=team, reason=reason)
        self.wait(then)
        self.end(incident, unit, end)
        for each in Unit.objects.filter(callsign__startswith=street[:4] if "PSR" in street else "PSR"):
            if "out" in street:
                self.act(units.take_out_of_service, unit=each, reason="Fuel")
            elif street:
                self.act(units.return_to_service, unit=each)

    def end(self, incident: Incident, unit: Unit, how: str) -> None:
        if how == "it goes on":
            return
        team = incident.assignments.filter(status__in=ASSIGNMENT.open).first()
        if how in ("a team comes", "by phone"):
            team = team or self.act(assignments.send, incident=incident, unit=unit)
            if team and how == "a team comes":
                self.act(assignments.move, assignment=team, status="on_scene")
            if team:
                self.act(assignments.clear, assignment=team, disposition="settled_by_phone")
            return
        for each in incident.assignments.filter(status__in=ASSIGNMENT.open):  # the ladder may have asked too
            self.act(assignments.withdraw, assignment=each, words="Needed elsewhere")
        if how == "override":
            told = {"outcome": "police", "reason": "danger_not_captured", "words": "Shots heard there."}
            self.act(overriding.override, incident=incident, **told)
        elif how == "police":
            self.act(handoffs.propose, incident=incident, to="police")
        for handoff in incident.handoffs.filter(status="proposed"):
            told = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": self.now}
            self.act(handoffs.acknowledge, handoff=handoff, **told)
        if how == "nobody needs it":
            self.act(ending.cancel, incident=incident, reason="over")
        else:
            self.act(ending.close, incident=incident, disposition="handed_to_other")

    def hold_the_law(self) -> None:
        asked = Asked(self.now - SPAN, self.now + SPAN)
        counted = ledger.totals(asked)
        standing = {call: Standing(place) for call, place in ledger.rows(asked).values_list("id", "standing")}
        every = {call: incident_of(call) for call in Call.objects.values_list("id", flat=True)}
        undecided = {call for call, incident in every.items() if is_eligible(incident) is None}
        eligible = {call: incident for call, incident in every.items() if is_eligible(incident)}
        served = {call for call, incident in eligible.items() if was_served(incident)}
        assert standing.keys() == eligible.keys() | undecided
        assert counted["eligible"] == len(eligible)
        assert counted["undecided"] == len(undecided)
        assert counted["served"] == len(served)
        assert sum(counted[each] for each in REASONS) == len(eligible) - len(served) - counted["open"]
        for call, incident in eligible.items():
            place = standing[call]
            SEEN[place] += 1
            assert (place is Standing.SERVED) == (call in served)
            assert (place is Standing.OPEN) == (incident.state in LIVE and call not in served)
            if place is Standing.NO_FREE_TEAM:
                assert not self.somebody_was_free(incident), "somebody was free, and it says nobody was"
            if place is Standing.HANDED_OFF:
                assert self.somebody_was_free(incident), "nobody was free, and it says that they chose another agency"

    def somebody_was_free(self, incident: Incident) -> bool:
        begins = incident.queued_at or incident.received_at
        ended = [incident.handed_off_at, incident.closed_at, incident.cancelled_at]
        ends = next((each for each in ended if each and each >= begins), begins)
        needed = set(incident.required_skills)
        return any(
            since < ends and until > begins and any(needed <= skills for skills in free)
            for since, until, free in self.street
        )


def incident_of(call: UUID) -> Incident:
    return Incident.objects.get(links__call=call)


def is_eligible(incident: Incident) -> bool | None:
    found = decisions.in_force(incident)
    eligible: bool | None = found.decision["eligible"] if found else None
    return eligible


def was_served(incident: Incident) -> bool:
    return any(team.on_scene_at or team.disposition == "settled_by_phone" for team in incident.assignments.all())


@settings(max_examples=35, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(EVENTS, min_size=3, max_size=6))
def play(calls: list[Any]) -> None:
    with transaction.atomic():
        town = Town()
        for each in calls:
            town.run(*each)
        town.hold_the_law()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_ledger_adds_up_in_any_city() -> None:
    play()
    # Random people do not keep to one corner of the book.
    assert SEEN.keys() >= {*Standing} - {Standing.UNDECIDED, Standing.OFF_HOURS}, SEEN
