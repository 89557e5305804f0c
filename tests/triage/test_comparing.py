"""What differs between two versions, in words."""

from typing import Any

from triage.comparing import Change, Line, compare


def rule(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "text": f"{name}.",
        "source": "Council",
        "when": {"call_type": "fire"},
        "exclude": "fire",
        **more,
    }


def version(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"slug": "x", "version": "1", "effective_from": "2026-01-01", "time_zone": "UTC", "otherwise": "police"}
    return {**told, "rules": list(rules), **more}


def test_rules_are_added_removed_changed_and_moved() -> None:
    before = version(rule("a"), rule("b"), rule("c"), rule("gone"))
    after = version(rule("c"), rule("a", exclude="ems", unknown="no"), rule("b"), rule("new"))
    told = compare(before, after)
    assert [(change.kind, change.name) for change in told.rules] == [
        ("moved", "c"),
        ("changed", "a"),
        ("added", "new"),
        ("removed", "gone"),
    ]
    assert told.rules[0].lines == (Line("Place", "after b", "first of its kind"),)
    assert told.rules[1].lines == (
        Line(
            "What it does",
            "Then it goes to the fire department, not to a community team.",
            "Then it goes to an ambulance, not to a community team.",
        ),
        Line(
            "When nobody can tell",
            "When nobody can tell, the rule is taken to hold.",
            "When nobody can tell, the rule is taken not to hold.",
        ),
    )
    assert not told.settings


def test_ways_of_writing_do_not_differ() -> None:
    one = rule("a", when={"weapon": {"at_least": "seen"}, "yelling": True})
    other = rule("a", when={"all": [{"yelling": True}, {"weapon": ["used", "seen"]}]}, source=["Council"])
    assert not compare(version(one), version(other, hours="always"))
    assert not compare(version(rule("a"), rule("b", exclude="ems")), version(rule("a"), rule("b", exclude="ems")))


def test_only_the_order_that_is_heard_counts() -> None:
    permit = {"id": "p", "text": "p.", "source": "Council", "when": {"yelling": True}, "permit": "community"}
    assert not compare(version(rule("a"), permit), version(permit, rule("a")))


def test_settings_and_examples_are_told() -> None:
    case = {"name": "Fire", "at": "2026-01-01", "facts": {"call_type": "fire"}, "expect": {"outcome": "fire"}}
    told = compare(
        version(rule("a")),
        version(rule("a"), areas=["lents"], hours="10:00-18:00", otherwise="information"),
        examples=([], [case]),
    )
    assert told.settings == [
        Line("Hours", "Always open", "Every day: 10:00–18:00"),
        Line("Areas", "everywhere", "lents"),
        Line("When no rule applies", "police", "the information line"),
        Line("When closed, or outside", "police", "the information line"),
    ]
    assert told.examples == [Change("added", "Fire", "Goes to the fire department.")]
