"""The vocabulary, what is refused as an answer, and how several calls become one incident's facts."""

import pytest

from tests.triage.engine import brute
from triage.engine import FactErrors, facts


def test_the_vocabulary_is_the_fixed_one() -> None:
    askable = {name: fact for name, fact in facts.FACTS.items() if fact.askable}
    assert set(askable) == set(brute.ASKABLE)
    assert set(facts.FACTS) - set(askable) == set(brute.CONTEXT)
    assert {name: list(fact.domain) for name, fact in askable.items()} == {n: brute.values(n) for n in brute.ASKABLE}
    assert {name for name, fact in askable.items() if fact.kind == "graded"} == set(brute.GRADES)
    assert {name for name, fact in askable.items() if fact.safety} == set(brute.FLOOR)


@pytest.mark.parametrize("name", brute.ASKABLE)
def test_each_askable_fact_has_a_wording_for_itself_and_for_every_answer(name: str) -> None:
    fact = facts.FACTS[name]
    assert fact.question.endswith("?")
    assert all(fact.labels[value] for value in (*fact.values, "unknown"))
    assert facts.check({name: "unknown"}) == {name: "unknown"}


def test_every_wrong_fact_is_named_at_once() -> None:
    raw = {"weapn": "none", "violence": "loud", "yelling": "true", "age": 131, "area": "lents", "weapon": "none"}
    with pytest.raises(FactErrors) as caught:
        facts.check(raw)
    assert caught.value.errors == {
        "weapn": "There is no fact called weapn; did you mean weapon?",
        "violence": 'violence cannot be "loud": it must be one of none, verbal, threatening, assaulting or unknown.',
        "yelling": 'yelling cannot be "true": it must be true, false or unknown.',
        "age": "age cannot be 131: it must be a whole number from 0 to 130 or unknown.",
        "area": "area is set from location and clock, and cannot be given.",
    }


def test_whether_the_program_runs_is_never_given() -> None:
    with pytest.raises(FactErrors) as caught:
        facts.check({"in_hours": True, "holiday": True}, allow_context=True)
    assert caught.value.errors == {"in_hours": "in_hours follows from the policy's own hours, and cannot be given."}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("yelling", 1),
        ("yelling", None),
        ("age", True),
        ("age", 3.0),
        ("age", -1),
        ("age", "40"),
        ("channel", 911),
        ("weapon", ["seen"]),
        ("weapon", {}),
        ("weapon", "Seen"),
        ("local_time", "24:00"),
        ("local_time", "unknown"),
        ("weekday", "unknown"),
        ("area", ""),
    ],
)
def test_what_only_looks_like_an_answer_is_refused(name: str, value: object) -> None:
    with pytest.raises(FactErrors) as caught:
        facts.check({name: value}, allow_context=True)
    assert list(caught.value.errors) == [name]


def test_right_answers_come_back_as_they_are() -> None:
    raw = {"weapon": "seen", "yelling": False, "age": 0, "channel": "911", "area": "lents", "local_time": "23:59"}
    assert facts.check(raw, allow_context=True) == raw


def test_of_graded_facts_the_highest_stands() -> None:
    merged = facts.merge([{"weapon": "seen", "violence": "none"}, {"weapon": "none", "violence": "verbal"}])
    assert merged.facts == {"weapon": "seen", "violence": "verbal"}
    assert merged.conflicts == {"weapon": ["seen", "none"], "violence": ["none", "verbal"]}


@pytest.mark.parametrize("name", ["in_traffic", "crime_reported", "caller_wants_officer"])
def test_of_some_facts_the_true_stands(name: str) -> None:
    assert facts.merge([{name: True}, {name: False}, {name: "unknown"}]) == ({name: True}, {name: [True, False]})
    assert facts.merge([{name: False}, {name: False}]) == ({name: False}, {})


def test_of_the_rest_the_latest_stands() -> None:
    merged = facts.merge([{"yelling": True, "age": 30}, {"yelling": False, "age": 40}, {"age": 30}])
    assert merged == ({"yelling": False, "age": 30}, {"yelling": [True, False], "age": [30, 40]})


@pytest.mark.parametrize(("name", "value"), [("weapon", "none"), ("in_traffic", False), ("yelling", True), ("age", 0)])
def test_unknown_replaces_nothing_that_is_known(name: str, value: object) -> None:
    known, unknown = {name: value}, {name: "unknown"}
    assert facts.merge([known, unknown]) == (known, {})  # type: ignore[list-item]
    assert facts.merge([unknown, known]) == (known, {})  # type: ignore[list-item]
    assert facts.merge([unknown, unknown]) == (unknown, {})


@pytest.mark.parametrize(
    ("answers", "weapon"),
    [([{"weapon": "none"}], "history"), ([{"weapon": "seen"}], "seen"), ([{"weapon": "unknown"}], "unknown")],
)
def test_a_caution_of_weapons_makes_none_into_history(answers: list[dict[str, str]], weapon: str) -> None:
    assert facts.merge(answers, weapons_caution=True).facts == {"weapon": weapon}


def test_a_caution_of_weapons_answers_no_question() -> None:
    assert facts.merge([], weapons_caution=True) == ({}, {})
