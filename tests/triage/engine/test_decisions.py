"""What a decision tells beside its outcome: reasons, questions, mode, skills, notes."""

from datetime import UTC, datetime
from typing import Any

from triage.engine import Policy, compile_policy, facts

NOW = datetime(2025, 11, 5, 20, 30, tzinfo=UTC)
CALM: dict[str, Any] = {
    "weapon": "none",
    "violence": "none",
    "suicide_risk": "none",
    "medical_need": "none",
    "person_down": False,
}


def policy(*rules: dict[str, Any], **changes: Any) -> Policy:
    common = {"text": "A rule.", "source": "made up"}
    return compile_policy(
        {
            "slug": "small",
            "version": "draft",
            "effective_from": "2020-01-01",
            "time_zone": "America/Los_Angeles",
            "otherwise": "police",
            "rules": [{**common, **rule} for rule in rules],
            **changes,
        }
    )


DOWN = {
    "id": "down",
    "when": {"person_down": True},
    "permit": "community",
    "mode": "solo",
    "skills": ["medic"],
    "priority": 2,
}
CHILD = {
    "id": "child",
    "when": {"age": {"at_most": 17}},
    "skills": ["youth"],
    "note": "Ask for a guardian.",
    "unknown": "no",
}
TRAFFIC = {"id": "traffic", "when": {"in_traffic": True}, "exclude": "police", "also": ["fire"]}


def test_a_decision_as_json_has_exactly_the_fixed_keys() -> None:
    call = {**CALM, "person_down": True, "in_traffic": False}
    assert policy(TRAFFIC, DOWN, CHILD).decide({**call, "age": 12}, at=NOW).to_json() == {
        "outcome": "community",
        "also": [],
        "eligible": True,
        "priority": 2,
        "mode": "solo",
        "required_skills": ["medic", "youth"],
        "notes": ["Ask for a guardian."],
        "reasons": [
            {"rule": "down", "text": "A rule.", "facts": {"person_down": True}, "direction": "for"},
            {"rule": "child", "text": "A rule.", "facts": {"age": 12}, "direction": "for"},
        ],
        "next_questions": [],
        "policy": {"slug": "small", "version": "draft"},
    }


def test_a_question_has_its_wording_and_its_answers() -> None:
    decision = policy(TRAFFIC, DOWN).decide(CALM | {"person_down": True}, at=NOW)
    assert decision.to_json()["next_questions"] == [
        {"fact": "in_traffic", "question": facts.FACTS["in_traffic"].question, "values": [True, False]}
    ]


def test_safety_is_asked_first_and_weights_order_the_rest() -> None:
    permits = {"id": "any", "when": {"any": [{"yelling": True}, {"age": {"at_least": 65}}]}, "permit": "community"}
    rules = policy(TRAFFIC, permits)
    safety = ["weapon", "violence", "suicide_risk", "medical_need", "person_down"]
    usual = rules.decide({}, at=NOW)
    assert [question.fact for question in usual.next_questions] == [*safety, "yelling", "in_traffic", "age"]
    weighed = rules.decide({}, at=NOW, weights={"age": 2.0, "in_traffic": 1.0, "medical_need": 9.0})
    assert [question.fact for question in weighed.next_questions] == [*safety, "age", "in_traffic", "yelling"]


def test_rules_that_are_settled_are_told_while_the_outcome_is_open() -> None:
    decision = policy(TRAFFIC, DOWN).decide({"person_down": True}, at=NOW)
    assert (decision.outcome, decision.eligible, decision.priority) == ("undetermined", None, None)
    assert [(reason.rule, reason.direction) for reason in decision.reasons] == [("down", "for")]


def test_reasons_name_only_the_facts_that_settle_them() -> None:
    either = {"id": "either", "when": {"any": [{"yelling": True}, {"in_traffic": True}]}, "exclude": "police"}
    rules = policy(either, DOWN)
    one = rules.decide({"yelling": True, "in_traffic": False}, at=NOW).reasons[0]
    assert one.facts == {"yelling": True}
    both = rules.decide({"yelling": True, "in_traffic": True}, at=NOW).reasons[0]
    assert both.facts == {"yelling": True, "in_traffic": True}


def test_a_rule_that_stops_what_is_not_known_says_so() -> None:
    reason = policy(TRAFFIC, DOWN).decide({"in_traffic": "unknown"}, at=NOW).reasons[0]
    assert reason.text == "Not known, so treated with care: A rule."
    assert (reason.facts, reason.direction) == ({"in_traffic": "unknown"}, "against")


def test_a_permit_that_is_unknown_may_exclude_instead() -> None:
    decision = policy({**DOWN, "unknown": "ems"}).decide({**CALM, "person_down": "unknown"}, at=NOW)
    assert (decision.outcome, decision.eligible, decision.priority) == ("ems", False, 2)
    assert [(reason.rule, reason.direction) for reason in decision.reasons] == [("down", "against")]


def test_when_no_rule_decides_it_is_said() -> None:
    decision = policy(DOWN).decide(CALM, at=NOW)
    assert (decision.outcome, decision.eligible, decision.mode) == ("police", False, None)
    assert [(reason.rule, reason.text) for reason in decision.reasons] == [
        ("otherwise", "No rule permits a community team to go.")
    ]


def test_when_every_open_answer_leads_to_the_same_outcome_it_is_said() -> None:
    one = {"id": "one", "when": {"yelling": True}, "exclude": "fire", "unknown": "no"}
    other = {"id": "other", "when": {"yelling": False}, "exclude": "fire"}
    decision = policy(one, other).decide(CALM, at=NOW)
    assert (decision.outcome, decision.next_questions) == ("fire", ())
    assert [(reason.rule, reason.text) for reason in decision.reasons] == [
        ("otherwise", "Whatever the open answers are, the outcome is the same.")
    ]


def test_whom_the_floor_displaces_comes_also() -> None:
    emergency = {**CALM, "person_down": False, "medical_need": "emergency"}
    to_ems = policy({**TRAFFIC, "exclude": "co_response"}, DOWN).decide({**emergency, "in_traffic": True}, at=NOW)
    assert (to_ems.outcome, to_ems.also) == ("ems", ("fire", "police"))
    kept = policy({**TRAFFIC, "exclude": "fire", "also": "crisis_line"}, DOWN).decide(
        {**emergency, "in_traffic": True, "weapon": "used"}, at=NOW
    )
    assert (kept.outcome, kept.also) == ("fire", ("crisis_line", "ems", "police"))


def test_permits_are_told_and_add_nothing_once_a_rule_excludes() -> None:
    decision = policy(TRAFFIC, DOWN).decide({**CALM, "person_down": True, "in_traffic": True}, at=NOW)
    assert [(reason.rule, reason.direction) for reason in decision.reasons] == [("traffic", "against"), ("down", "for")]
    assert (decision.outcome, decision.also, decision.priority) == ("police", ("fire",), 3)
    assert (decision.mode, decision.required_skills) == (None, ())


def test_a_service_that_is_shut_is_told_while_the_answer_is_open() -> None:
    shut = policy(TRAFFIC, DOWN, hours=["08:00-09:00"])
    assert [reason.rule for reason in shut.decide({}, at=NOW).reasons] == ["hours"]
    assert [reason.rule for reason in shut.decide({"in_traffic": True}, at=NOW).reasons] == ["traffic"]
