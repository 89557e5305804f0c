"""What no author can have meant is found, with the rule and a sentence."""

from typing import Any

import pytest

from triage.engine import check, compile_policy


def found(*rules: dict[str, Any], **more: Any) -> dict[str, str]:
    document = {
        "slug": "small",
        "version": 1,
        "effective_from": "2025-01-01",
        "time_zone": "America/Los_Angeles",
        "otherwise": "police",
        "rules": [
            {"id": name, "text": "A rule.", "source": "made up", **rule}
            for name, rule in zip(("first", "second", "third"), rules, strict=False)
        ],
        **more,
    }
    return {finding.rule: finding.sentence for finding in check(compile_policy(document).text)}


YELLING = {"when": {"yelling": True}, "permit": "community"}


def test_a_policy_that_makes_sense_has_no_findings() -> None:
    assert found(YELLING, {"when": {"age": {"at_most": 17}}, "exclude": "ems"}) == {}


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"all": [{"weekday": "monday"}, {"weekday": "sunday"}]}, "no call can meet it"),
        ({"all": [{"weapon": "none"}, {"weapon": "seen"}]}, "can never be decided"),
        ({"yelling": True, "not": {"yelling": True}}, "can never be decided"),
        ({"any": [{"in_hours": True}, {"in_hours": False}]}, "always holds"),
        ({"local_time": "00:00-24:00"}, "always holds"),
    ],
)
def test_a_condition_that_is_none(when: dict[str, Any], words: str) -> None:
    assert words in found(YELLING, {"when": when, "exclude": "ems"})["second"]


def test_two_rules_contradict_each_other() -> None:
    other = {"when": {"not": {"not": {"yelling": True}}}, "exclude": "police"}
    told = found(YELLING, other)
    assert told["second"] == "It contradicts first: the same condition, and another outcome."
    assert "can change no decision" in told["first"]  # what excludes is heard before what permits


def test_a_rule_behind_a_wider_one_is_never_reached() -> None:
    wide = {"when": {"weapon": {"at_least": "history"}}, "exclude": "police"}
    narrow = {"when": {"weapon": {"at_least": "access"}}, "exclude": "ems"}
    assert list(found(wide, narrow, YELLING)) == ["second"]
    assert "can change no decision" in found(wide, narrow, YELLING)["second"]
    assert found(narrow, wide, YELLING) == {}  # in the other order both are reached


def test_of_two_equal_rules_the_second_is_idle() -> None:
    assert found(YELLING, YELLING) == {"second": "It says again what first says."}


def test_a_rule_that_only_brings_a_note_is_not_idle() -> None:
    assert found(YELLING, {"when": {"yelling": True}, "note": "Speak softly."}) == {}


def test_a_rule_that_only_makes_calls_more_urgent_is_not_idle() -> None:
    assert found(YELLING, {"when": {"age": {"at_least": 80}}, "priority": 2}) == {}
    assert list(found(YELLING, {"when": {"age": {"at_least": 80}}, "priority": 3})) == ["second"]  # as all others
