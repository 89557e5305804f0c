"""Hours, areas and dates: when and where a service runs, and what that may not touch."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from triage.engine import Policy, compile_policy, in_force

PORTLAND = ZoneInfo("America/Los_Angeles")
CALM: dict[str, Any] = {
    "yelling": True,
    "weapon": "none",
    "violence": "none",
    "suicide_risk": "none",
    "medical_need": "none",
    "person_down": False,
}
YELLING = {"id": "yelling", "text": "Yelling.", "source": "made up", "when": {"yelling": True}, "permit": "community"}


def policy(*rules: dict[str, Any], **changes: Any) -> Policy:
    return compile_policy(
        {
            "slug": "small",
            "version": 1,
            "effective_from": "2020-01-01",
            "time_zone": "America/Los_Angeles",
            "otherwise": "police",
            "rules": [*rules, YELLING],
            **changes,
        }
    )


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PORTLAND)


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        ("2025-11-07T21:59", "police"),  # a Friday
        ("2025-11-07T22:00", "community"),
        ("2025-11-08T05:59", "community"),  # still Friday's window
        ("2025-11-08T06:00", "police"),
        ("2025-11-09T23:59", "community"),
        ("2025-11-10T01:59", "community"),  # Sunday's window runs into Monday, over the end of the week
        ("2025-11-10T02:00", "police"),
        ("2025-11-09T00:30", "police"),
    ],
)
def test_a_window_that_passes_midnight_belongs_to_the_day_it_starts(at: str, outcome: str) -> None:
    night = policy(hours={"friday": ["22:00-06:00"], "sunday": ["23:00-02:00"]})
    assert night.decide(CALM, at=local(at)).outcome == outcome


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (datetime(2025, 3, 9, 14, 59, tzinfo=UTC), "police"),  # clocks went forward that night: 07:59
        (datetime(2025, 3, 9, 15, 0, tzinfo=UTC), "community"),
        (datetime(2025, 3, 8, 15, 0, tzinfo=UTC), "police"),  # the day before, 07:00
        (datetime(2025, 11, 2, 15, 59, tzinfo=UTC), "police"),  # clocks went back: 07:59
        (datetime(2025, 11, 2, 16, 0, tzinfo=UTC), "community"),
    ],
)
def test_hours_are_read_off_the_clock_on_the_wall(at: datetime, outcome: str) -> None:
    assert policy(hours=["08:00-22:00"]).decide(CALM, at=at).outcome == outcome


def test_a_preview_may_set_day_and_time() -> None:
    weekdays = policy(hours={"monday": ["08:00-22:00"]})
    sunday_night = local("2025-11-09T23:00")
    assert weekdays.decide(CALM, at=sunday_night).outcome == "police"
    assert weekdays.decide({**CALM, "weekday": "monday"}, at=sunday_night).outcome == "police"
    assert weekdays.decide({**CALM, "weekday": "monday", "local_time": "08:00"}, at=sunday_night).outcome == "community"


@pytest.mark.parametrize(
    ("areas", "area", "outcome"),
    [
        (["lents"], None, "community"),
        (["lents"], "lents", "community"),
        (["lents"], "downtown", "police"),
        (["lents"], "outside", "police"),
        ("everywhere", "downtown", "community"),
        ("everywhere", "outside", "community"),
        (["*"], "downtown", "police"),
    ],
)
def test_the_area_decides_who_is_served(areas: Any, area: str | None, outcome: str) -> None:
    decision = policy(areas=areas).decide(
        CALM if area is None else {**CALM, "area": area}, at=local("2025-11-07T12:00")
    )
    assert (decision.outcome, decision.eligible) == (outcome, True)
    assert [reason.rule for reason in decision.reasons] == ["yelling", *(["area"] if outcome == "police" else [])]


def test_what_is_shut_is_told_with_the_time_and_leaves_eligibility_open_to_be_counted() -> None:
    decision = policy(hours=["08:00-22:00"], closed="crisis_line").decide(CALM, at=local("2025-11-07T23:30"))
    assert (decision.outcome, decision.eligible) == ("crisis_line", True)
    yelling, hours = decision.reasons
    assert (yelling.rule, yelling.direction, yelling.facts) == ("yelling", "for", {"yelling": True})
    assert (hours.rule, hours.direction) == ("hours", "against")
    assert hours.facts == {"weekday": "friday", "local_time": "23:30"}


def test_while_shut_questions_of_eligibility_are_still_asked() -> None:
    decision = policy(hours=["08:00-22:00"]).decide({}, at=local("2025-11-07T23:30"))
    assert decision.eligible is None
    assert "yelling" in [question.fact for question in decision.next_questions]


def test_a_co_response_that_is_shut_keeps_its_police() -> None:
    rule = {**YELLING, "id": "down", "when": {"age": {"at_least": 65}}, "exclude": "co_response"}
    del rule["permit"]
    shut = policy(rule, hours=["08:00-22:00"], closed="ems")
    old = {**CALM, "age": 80}
    day, night = shut.decide(old, at=local("2025-11-07T12:00")), shut.decide(old, at=local("2025-11-07T23:00"))
    assert (day.outcome, day.also, day.eligible) == ("co_response", (), False)
    assert (night.outcome, night.also, night.eligible) == ("ems", ("police",), False)


@pytest.mark.parametrize(
    "when", [{"local_time": "22:00-06:00"}, {"weekday": ["friday"]}, {"not": {"area": "lents"}, "yelling": True}]
)
def test_rules_about_clock_and_area_have_no_say_in_eligibility(when: dict[str, Any]) -> None:
    night = {"id": "night", "text": "At night.", "source": "made up", "when": when}
    friday_night = local("2025-11-07T23:00")
    call = {**CALM, "area": "downtown"}
    stopped = policy({**night, "exclude": "police"}).decide(call, at=friday_night)
    assert (stopped.outcome, stopped.eligible, stopped.reasons[0].rule) == ("police", True, "night")
    quiet = {**call, "yelling": False}
    allowed = policy({**night, "permit": "community"}).decide(call, at=friday_night)
    assert (allowed.outcome, allowed.eligible) == ("community", True)
    if "yelling" not in when:
        allowed = policy({**night, "permit": "community"}).decide(quiet, at=friday_night)
        assert (allowed.outcome, allowed.eligible) == ("community", False)


def test_a_call_without_area_is_somewhere_inside() -> None:
    lents = {"id": "lents", "text": "In Lents.", "source": "made up", "when": {"area": "lents"}, "exclude": "fire"}
    noon = local("2025-11-07T12:00")
    assert policy(lents, areas=["lents"]).decide(CALM, at=noon).outcome == "fire"
    assert policy(lents, areas=["downtown"]).decide(CALM, at=noon).outcome == "community"
    # Either of two: undecided, so the rule's `unknown` says what it means.
    assert policy({**lents, "unknown": "no"}, areas=["lents", "downtown"]).decide(CALM, at=noon).outcome == "community"
    assert policy({**lents, "unknown": "ems"}, areas=["lents", "downtown"]).decide(CALM, at=noon).outcome == "ems"


def test_the_version_in_force_is_the_one_whose_dates_hold_the_moment() -> None:
    first = policy(effective_from="2021-02-16", effective_until="2022-03-28")
    second = policy(version=2, effective_from="2022-03-28", effective_until="2025-03-06T12:00:00+00:00")
    versions = [second, first]
    assert in_force(versions, local("2021-02-15T23:59")) is None
    assert in_force(versions, local("2021-02-16T00:00")) is first
    assert in_force(versions, local("2022-03-27T23:59")) is first
    assert in_force(versions, local("2022-03-28T00:00")) is second
    assert in_force(versions, datetime(2025, 3, 6, 11, 59, tzinfo=UTC)) is second
    assert in_force(versions, datetime(2025, 3, 6, 12, 0, tzinfo=UTC)) is None
