"""Public holidays, and rules about the program's own hours."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from triage import plain
from triage.engine import PolicyError, compile_policy

CLOCK = ZoneInfo("America/Los_Angeles")
CHRISTMAS = datetime(2025, 12, 25, 12, tzinfo=CLOCK)  # a Thursday
BOXING_DAY = datetime(2025, 12, 26, 12, tzinfo=CLOCK)
CALM = {"yelling": False, "weapon": "none", "violence": "none", "suicide_risk": "none", "medical_need": "none"}
GO = {"id": "go", "text": "Calm.", "source": "made up", "when": {"yelling": False}, "permit": "community"}


def document(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "slug": "small",
        "version": 1,
        "effective_from": "2025-01-01",
        "time_zone": "America/Los_Angeles",
        "holidays": "US-OR",
        "otherwise": "police",
        "rules": [GO, *rules],
        **more,
    }


def outcome(at: datetime, *rules: dict[str, Any], known: dict[str, Any] | None = None, **more: Any) -> str:
    return compile_policy(document(*rules, **more)).decide({**CALM, **(known or {})}, at=at).outcome


WEEKDAYS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "08:00-18:00")


def test_a_program_closes_on_holidays() -> None:
    hours = {**WEEKDAYS, "holiday": "closed"}
    assert outcome(CHRISTMAS, hours=hours) == "police"
    assert outcome(BOXING_DAY, hours=hours) == "community"
    decision = compile_policy(document(hours=hours)).decide(CALM, at=CHRISTMAS)
    assert [(reason.rule, reason.facts) for reason in decision.reasons][-1] == (
        "hours",
        {"weekday": "thursday", "local_time": "12:00", "holiday": True},
    )
    assert decision.eligible is True


def test_a_holiday_has_hours_of_its_own_even_on_a_day_without_any() -> None:
    hours = {**WEEKDAYS, "holiday": ["10:00-12:00", "14:00-24:00"]}
    new_year_sunday = datetime(2023, 1, 1, 11, tzinfo=CLOCK)
    assert outcome(new_year_sunday, hours=hours) == "community"
    assert outcome(new_year_sunday.replace(hour=13), hours=hours) == "police"
    assert outcome(CHRISTMAS.replace(hour=8), hours=hours) == "police"


def test_without_a_word_about_holidays_they_are_days_like_others() -> None:
    assert outcome(CHRISTMAS, hours=WEEKDAYS) == "community"


def test_holidays_are_those_of_the_place() -> None:
    hours = {**WEEKDAYS, "holiday": "closed"}
    cesar_chavez = datetime(2025, 3, 31, 12, tzinfo=CLOCK)  # a holiday of California, not of Oregon
    assert outcome(cesar_chavez, hours=hours, holidays="US-CA") == "police"
    assert outcome(cesar_chavez, hours=hours) == "community"


def test_a_rule_can_ask_for_holidays_and_for_the_programs_hours() -> None:
    holiday = {"id": "feast", "text": "A holiday.", "source": "made up", "when": {"holiday": True}, "exclude": "ems"}
    shut = {"id": "shut", "text": "Shut.", "source": "made up", "when": {"in_hours": False}, "exclude": "crisis_line"}
    assert outcome(CHRISTMAS, holiday) == "ems"
    assert outcome(BOXING_DAY, holiday) == "community"
    assert outcome(BOXING_DAY, holiday, known={"holiday": True}) == "ems"
    assert outcome(BOXING_DAY.replace(hour=20), shut, hours=WEEKDAYS) == "crisis_line"
    assert outcome(BOXING_DAY, shut, hours=WEEKDAYS) == "community"
    # Neither has a say in who could be served: the hour is not the person's.
    late = compile_policy(document(shut, hours=WEEKDAYS)).decide(CALM, at=BOXING_DAY.replace(hour=20))
    assert late.eligible is True


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"holidays": "US-XX"}, "holidays", "no public holidays of US-XX"),
        ({"holidays": "US-"}, "holidays", "no public holidays of US-"),
        ({"holidays": "NYSE"}, "holidays", "no public holidays of NYSE"),
        ({"holidays": "list_supported_countries"}, "holidays", "an example is US-OR"),
        ({"holidays": None, "hours": {**WEEKDAYS, "holiday": "closed"}}, "hours / holiday", "whose holidays"),
        ({"hours": {"holiday": "closed"}}, "hours", "No day has hours"),
        ({"hours": {**WEEKDAYS, "holiday": "22:00-02:00"}}, "hours / holiday", "ends at midnight"),
        ({"holidays": None, "rules": [{**GO, "when": {"holiday": True}}]}, "rules[0] go / when", "whose they are"),
    ],
)
def test_what_is_wrong_with_holidays_is_said(change: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compile_policy({**document(), **change})
    assert caught.value.place == place
    assert words in caught.value.sentence


def test_hours_in_plain_words() -> None:
    closed = compile_policy(document(hours={**WEEKDAYS, "holiday": "closed"}))
    assert plain.hours(closed.text.hours) == [
        "Monday to Friday: 08:00–18:00",
        "Saturday to Sunday: closed",
        "Public holidays: closed",
    ]
    assert plain.hours(compile_policy(document(hours=WEEKDAYS)).text.hours)[-1] == "Saturday to Sunday: closed"
