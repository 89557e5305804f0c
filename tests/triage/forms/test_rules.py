"""A rule that goes through its form comes back as it was: shown, sent by a browser, read."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from hypothesis import given

from tests.triage.engine import strategies
from triage.engine import conditions as engine
from triage.engine import load_pack
from triage.engine.conditions import All, Condition, Not, take_condition
from triage.engine.conditions import Any as AnyOf
from triage.engine.document import Rule, take_policy
from triage.forms import conditions, rules
from triage.forms.conditions import Node
from triage.forms.rules import RuleForm

PACKS = sorted(Path(settings.BASE_DIR, "triage", "packs").glob("*.yaml"))


def sent(form: RuleForm) -> QueryDict:
    """What a browser sends of a form that nobody touched."""
    post = QueryDict(mutable=True)
    post.update(form.values)
    post.setlist("also", form.also)
    for node in form.tree.walk():
        fields = {"kind": node.kind, "fact": node.fact, "grading": node.grading, "grade": node.grade}
        fields |= {"low": node.low, "high": node.high, "lines": node.lines.replace("\n", "\r\n")}
        for name, value in fields.items():
            post[f"{node.path}.{name}"] = value
        post.setlist(f"{node.path}.values", node.values)
    return post


def through_the_form(rule: dict[str, Any]) -> dict[str, Any] | None:
    form = rules.typed(sent(rules.shown(rule)))
    return rules.read(form, taken=[])


def compiled(rule: dict[str, Any]) -> Rule:
    document = {
        "slug": "x",
        "version": "1",
        "effective_from": "2020-01-01",
        "time_zone": "UTC",
        "holidays": "US-OR",
        "otherwise": "police",
    }
    return take_policy({**document, "rules": [rule]}).rules[0]


def plain(when: Condition) -> object:
    """A condition without the ways of writing it: the order of parts, a group of one, groups of the same kind."""
    match when:
        case engine.Test(fact, holds):
            return (fact, holds)
        case Not(part):
            return ("not", plain(part))
        case All(parts) | AnyOf(parts):
            kind = "all" if isinstance(when, All) else "any"
            told = frozenset(map(plain, parts))
            return next(iter(told)) if len(told) == 1 else (kind, told)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_rule_that_ships_comes_back(path: Path) -> None:
    for document in load_pack(path).documents:
        for rule in document["rules"]:
            back = through_the_form(rule)
            assert back is not None
            before, after = compiled(rule), compiled(back)
            assert plain(after.when) == plain(before.when)
            for name in ("id", "permit", "exclude", "unknown", "also", "priority", "mode", "skills", "note"):
                assert getattr(after, name) == getattr(before, name), (rule["id"], name)
            for name in ("text", "why"):
                assert getattr(after, name).split() == getattr(before, name).split()
            assert after.source == before.source


@given(rule=strategies.rules())
def test_any_rule_comes_back(rule: dict[str, Any]) -> None:
    back = through_the_form({"id": "x", **rule})
    assert back is not None
    assert plain(compiled(back).when) == plain(compiled({"id": "x", **rule}).when)


@given(when=strategies.CONDITIONS)
def test_a_condition_stays_as_it_was_written_the_second_time(when: dict[str, Any]) -> None:
    once = conditions.read(conditions.shown(take_condition(when, "")))
    assert once is not None
    assert conditions.read(conditions.shown(take_condition(once, ""))) == once


@pytest.mark.parametrize(
    "when",
    [
        {"age": [12, 14, 15]},
        {"age": {"at_least": 130}},
        {"person_down": [True, False]},
        {"local_time": ["22:00-06:00", "12:00-13:00"]},
        {"local_time": "00:00-24:00"},
        {"weapon": {"at_least": "history", "at_most": "seen"}},
        {"area": ["lents", "outside"]},
        {"not": {"any": [{"weapon": "seen"}, {"yelling": True}]}},
        {"all": [{"yelling": True}, {"age": 3}]},
    ],
)
def test_every_kind_of_test_comes_back(when: dict[str, Any]) -> None:
    back = conditions.read(conditions.shown(take_condition(when, "")))
    assert back is not None
    # Ages with a gap become ranges of which one must hold: the same to every answer, unknown among them.
    expect = {"any": [{"age": 12}, {"age": [14, 15]}]} if when == {"age": [12, 14, 15]} else when
    assert plain(take_condition(back, "")) == plain(take_condition(expect, ""))


def test_as_deep_as_the_engine_reads() -> None:
    when: dict[str, Any] = {"weapon": "seen", "age": 3}
    for _ in range(8):
        when = {"any": [when]}
    back = conditions.read(conditions.shown(take_condition(when, "")))
    assert back is not None
    assert plain(take_condition(back, "")) == plain(take_condition(when, ""))
    tree = conditions.changed(conditions.shown(take_condition(when, "")), "group:when")
    tree.children[1].fact, tree.children[1].values = "yelling", ["true"]
    assert conditions.read(tree) is None
    assert tree.error == "Conditions are nested more than 8 deep."


def test_the_tree_is_grown_and_cut() -> None:
    tree = conditions.changed(Node(fact="weapon", values=["seen"]), "group:when")
    assert [(node.path, node.kind) for node in tree.walk()] == [("when", "any"), ("when.0", "test"), ("when.1", "test")]
    tree = conditions.changed(tree, "add:when")
    tree = conditions.changed(tree, "remove:when.0")
    assert [node.path for node in tree.walk()] == ["when", "when.0", "when.1"]
    tree = conditions.changed(conditions.changed(tree, "remove:when.1"), "ungroup:when")
    assert [(node.path, node.kind) for node in tree.walk()] == [("when", "test")]
    assert conditions.changed(tree, "remove:when").kind == "test"


def test_each_node_says_what_is_wrong_with_it() -> None:
    tree = Node(
        "all",
        children=[
            Node(),
            Node(fact="weapon"),
            Node(fact="weapon", grading="at_least", grade="gun"),
            Node(fact="age", low="old"),
            Node(fact="age", low="60", high="20"),
            Node(fact="local_time", lines="25:00-26:00"),
            Node("any"),
        ],
    )
    assert conditions.read(tree) is None
    assert [child.error for child in tree.children] == [
        "Choose what is tested.",
        "Choose at least one answer.",
        'weapon cannot be "gun": it must be one of none, history, access, seen, used or unknown.',
        'age cannot be "old": it must be a whole number from 0 to 130 or unknown.',
        "No answer to age can meet this.",
        "This must be a window of time such as 08:00-22:00, not 25:00-26:00.",
        "Nothing stands in this group. Add a condition, or remove the group.",
    ]


def test_a_rule_without_a_short_name_is_given_one() -> None:
    form = rules.empty()
    form.values |= {"text": "A fire is out.", "source": "Council", "does": "exclude:fire"}
    form.tree = Node(fact="call_type", values=["fire"])
    first = rules.read(form, taken=[])
    second = rules.read(form, taken=["fire_out"])
    assert first is not None
    assert second is not None
    assert (first["id"], second["id"]) == ("fire_out", "fire_out_2")
