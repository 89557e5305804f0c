"""The packs as they ship: each of their example cases, and that together they show what they should."""

import re
from pathlib import Path

import pytest

from triage.engine import OUTCOMES, Example, Pack, check, failures, load_pack

BASE = Path(__file__).parents[3]
FILES = sorted((BASE / "triage" / "packs").glob("*.yaml"))
PACKS = {path.stem: load_pack(path) for path in FILES}
CASES = [(pack, example) for pack in PACKS.values() for example in pack.examples]

PLAIN = {"fire": "fire", **dict.fromkeys(("assault", "theft", "minor_property_crime", "traffic"), "police")}
# The plain calls that a program's published rules let its team take, if nothing speaks against it.
TAKEN_BY_TEAM = {"oak-park-echo": {"theft", "minor_property_crime", "traffic"}}
ASKED_BY_THE_FLOOR = {"weapon", "violence", "suicide_risk", "medical_need", "person_down"}
# What can still make a plain call more urgent, where a policy has priorities.
STILL_MORE_URGENT = {"demo": {"in_traffic", "mental_health_crisis", "intoxication", "age"}}


@pytest.mark.parametrize(("pack", "example"), CASES, ids=[f"{pack.slug}: {example.name}" for pack, example in CASES])
def test_example(pack: Pack, example: Example) -> None:
    assert failures([example], pack.policies) == []


@pytest.mark.parametrize("slug", PACKS)
def test_every_rule_makes_sense(slug: str) -> None:
    pack = PACKS[slug]
    assert pack.slug == slug
    assert {policy.version: check(policy.text) for policy in pack.policies} == {
        policy.version: [] for policy in pack.policies
    }


def test_portland_has_its_four_versions() -> None:
    began = [policy.effective_from.date().isoformat() for policy in PACKS["portland-psr"].policies]
    assert began == ["2021-02-16", "2022-03-28", "2025-03-06", "2025-10-01"]


@pytest.mark.parametrize("slug", PACKS)
def test_every_version_is_shown_by_examples(slug: str) -> None:
    pack = PACKS[slug]
    assert {pack.in_force(example.at) for example in pack.examples if example.source} == set(pack.policies)


def test_the_demo_shows_every_outcome() -> None:
    shown = {example.expect.get("outcome") for example in PACKS["demo"].examples}
    assert shown == {*OUTCOMES, "undetermined"}


@pytest.mark.parametrize(
    ("area", "outcome"), [("portland", "community"), ("san_antonio", "community"), ("outside", "police")]
)
def test_the_demo_never_closes_and_serves_its_areas(area: str, outcome: str) -> None:
    demo = PACKS["demo"]
    calm = demo.examples[0]
    decisions = [
        demo.policies[0].decide({**calm.facts, "weekday": day, "local_time": time, "area": area}, at=calm.at)
        for day in ("monday", "sunday")
        for time in ("00:00", "12:00", "23:59")
    ]
    assert {decision.outcome for decision in decisions} == {outcome}
    # Where a team does not serve it is eligible all the same, and counted.
    assert {decision.eligible for decision in decisions} == {True}


@pytest.mark.parametrize("slug", PACKS)
def test_plain_calls_are_decided_by_their_type(slug: str) -> None:
    policy = PACKS[slug].policies[-1]
    for call_type, outcome in PLAIN.items():
        decision = policy.decide({"call_type": call_type}, at=policy.effective_from)
        if call_type in TAKEN_BY_TEAM.get(slug, set()):
            assert (call_type, decision.outcome, decision.eligible) == (call_type, "undetermined", None)
            continue
        assert (call_type, decision.outcome, decision.eligible) == (call_type, outcome, False)
        asked = {question.fact for question in decision.next_questions}
        assert asked <= ASKED_BY_THE_FLOOR | STILL_MORE_URGENT.get(slug, set())


def test_the_table_of_packs_has_each_with_its_days() -> None:
    table = (BASE / "docs" / "packs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(.+?)\]\(\.\./triage/packs/(.+?)\.yaml\) \| .+? \| (.+?) \|", table, re.MULTILINE)
    assert sorted(rows) == [(slug, slug, _in_force(pack)) for slug, pack in PACKS.items()]


def _in_force(pack: Pack) -> str:
    began = ", ".join(policy.effective_from.date().isoformat() for policy in pack.policies)
    ended = pack.policies[-1].effective_until
    return f"{began}, until {ended.date().isoformat()}" if ended else began
