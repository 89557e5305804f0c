"""Answers are drawn by seed, call and fact; nothing else moves them."""

from collections import Counter
from pathlib import Path

import pytest

from planning import answers
from planning.answers import TableError
from triage.engine import facts


def test_the_default_table_answers_every_question():
    table = answers.load(answers.DEFAULT)
    assert set(table.shares) == {fact.name for fact in facts.ASKABLE}


def test_the_order_of_questions_and_calls_moves_nothing():
    table = answers.load(answers.DEFAULT)
    asked = [(fact, call) for fact in table.shares for call in ("A1", "A2", "A3")]

    def drawn(order: list[tuple[str, str]]) -> dict[tuple[str, str], object]:
        return {each: table.draw(each[0], call_type="disturbance", call=each[1]) for each in order}

    assert drawn(asked) == drawn(asked[::-1])


def test_another_seed_answers_otherwise(tmp_path: Path):
    def drawn(seed: int) -> list[object]:
        path = tmp_path / "table.yaml"
        path.write_text(f"seed: {seed}\nanswers: {{age: {{0-100: 100}}}}")
        return [answers.load(path).draw("age", call_type="other", call=str(call)) for call in range(9)]

    assert drawn(1) == drawn(1) != drawn(2)


def test_shares_are_kept_and_answers_are_fit(tmp_path: Path):
    table = answers.load(answers.DEFAULT)
    for fact, shares in table.shares.items():
        drawn = Counter(table.draw(fact, call_type="other", call=str(call)) for call in range(400))
        assert all(facts.FACTS[fact].refusal(answer) is None for answer in drawn)
        assert len(drawn) >= sum(share > 5 for share in shares.values())


def test_a_call_type_has_answers_of_its_own(tmp_path: Path):
    path = tmp_path / "table.yaml"
    path.write_text("answers: {yelling: {false: 100}}\nfor: {disturbance: {yelling: {true: 100}}}")
    table = answers.load(path)
    assert table.draw("yelling", call_type="disturbance", call="A1") is True
    assert table.draw("yelling", call_type="theft", call="A1") is False


def test_what_the_table_does_not_name_nobody_can_tell(tmp_path: Path):
    path = tmp_path / "table.yaml"
    path.write_text("answers: {yelling: {false: 100}}")
    assert answers.load(path).draw("weapon", call_type="theft", call="A1") == "unknown"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("answers: {yelling: {true: 60, false: 60}}", "the shares make 120, not 100"),
        ("answers: {yeling: {true: 100}}", "yeling is no fact that can be asked"),
        ("answers: {area: {downtown: 100}}", "area is no fact that can be asked"),
        ("answers: {weapon: {bazooka: 100}}", "weapon cannot be"),
        ("answers: {age: {90-20: 100}}", "ends before it begins"),
        ("answers: {age: {20-190: 100}}", "age cannot be 190"),
        ("answers: {weapon: {none: many}}", "needs its share"),
        ("answers: {}\nfor: {brawl: {}}", "call_type cannot be"),
        ("answers: {}\nseed: abc", "seed must be a whole number"),
        ("answers: {}\nextra: 1", "no place for extra"),
        ("weapons: {}", "holds `answers`"),
        ("answers: {", "not YAML"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, text: str, message: str):
    path = tmp_path / "table.yaml"
    path.write_text(text)
    with pytest.raises(TableError, match=message):
        answers.load(path)
