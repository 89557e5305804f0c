"""The packs as they ship: each of their example cases, and that together they show what they should."""

from pathlib import Path

import pytest

from triage.engine import OUTCOMES, Example, Pack, check, failures, load_pack

FILES = sorted((Path(__file__).parents[3] / "triage" / "packs").glob("*.yaml"))
PACKS = {path.stem: load_pack(path) for path in FILES}
CASES = [(pack, example) for pack in PACKS.values() for example in pack.examples]


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


@pytest.mark.parametrize("call_type", ["fire", "assault", "theft", "minor_property_crime", "traffic"])
def test_plain_calls_are_decided_by_their_type(call_type: str) -> None:
    for pack in PACKS.values():
        policy = pack.policies[-1]
        decision = policy.decide({"call_type": call_type}, at=policy.effective_from)
        assert (decision.outcome, decision.eligible) == ("fire" if call_type == "fire" else "police", False)
        assert {question.fact for question in decision.next_questions} <= {
            "weapon",
            "violence",
            "suicide_risk",
            "medical_need",
            "person_down",
            # These can still make the call more urgent.
            *({"in_traffic", "mental_health_crisis", "intoxication", "age"} if policy.slug == "demo" else ()),
        }
