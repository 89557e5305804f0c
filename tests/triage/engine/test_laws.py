"""The three laws and the floor, proved against brute force: on random policies, and on the packs as they ship."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.triage.engine import brute, strategies
from triage.engine import Decision, Policy, compile_policy, load_pack

NOW = datetime(2025, 11, 5, 12, tzinfo=UTC)
PACKS = Path(__file__).parents[3] / "triage" / "packs"
SHIPPED = [
    (document, policy)
    for path in sorted(PACKS.glob("*.yaml"))
    for pack in [load_pack(path)]
    for document, policy in zip(pack.documents, pack.policies, strict=True)
]
SHIPPED_IDS = [f"{policy.slug} {policy.version}" for _, policy in SHIPPED]

thorough = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def four(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome,
        "also": list(decision.also),
        "eligible": decision.eligible,
        "priority": decision.priority,
    }


def asked(decision: Decision) -> set[str]:
    return {question.fact for question in decision.next_questions}


def obey(document: Mapping[str, Any], policy: Policy, known: Mapping[str, Any], open_facts: list[str]) -> None:
    """Hold a decision on partial answers against every completion of them."""
    decision = policy.decide(known, at=NOW)
    table = {
        tuple(full[fact] for fact in open_facts): brute.decide(document, full)
        for full in brute.completions(document, known, open_facts)
    }
    ends = list(table.values())

    # Sound, and determined as soon as it can be.
    for name in ("outcome", "eligible", "priority"):
        possible = {end[name] for end in ends}
        undetermined = "undetermined" if name == "outcome" else None
        assert getattr(decision, name) == (possible.pop() if len(possible) == 1 else undetermined), name
    certain = set.intersection(*(set(end["also"]) | sent(end["outcome"]) for end in ends))
    assert set(decision.also) == certain - (sent(decision.outcome) if decision.outcome != "undetermined" else set())

    # Economical: asked exactly when, for some answers to the others, two of its answers differ in the end.
    matters = {fact for index, fact in enumerate(open_facts) if differs(table, index)}
    assert asked(decision) == matters


def sent(outcome: str) -> set[str]:
    return {"police"} if outcome == "co_response" else {outcome} & {"police", "fire", "ems", "crisis_line"}


def differs(table: Mapping[tuple[Any, ...], dict[str, Any]], index: int) -> bool:
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    return any(seen.setdefault(key[:index] + key[index + 1 :], end) != end for key, end in table.items())


@settings(thorough, max_examples=120)
@given(st.data())
def test_random_policies_obey_the_laws(data: st.DataObject) -> None:
    document = data.draw(strategies.documents())
    known, open_facts = data.draw(strategies.known(document, most_open=4))
    obey(document, compile_policy(document), known, open_facts)


@settings(thorough, max_examples=40)
@given(st.data())
def test_answers_never_overturn_what_was_determined(data: st.DataObject) -> None:
    document = data.draw(strategies.documents())
    policy = compile_policy(document)
    known, _ = data.draw(strategies.known(document, most_open=0))
    context = {fact: known[fact] for fact in brute.CONTEXT if fact in known}
    order = data.draw(st.permutations([fact for fact in known if fact not in context]))
    answers = dict(context)
    outcome, eligible = "undetermined", None
    for fact in order:
        answers[fact] = known[fact]
        decision = policy.decide(answers, at=NOW)
        assert outcome in ("undetermined", decision.outcome)
        assert eligible in (None, decision.eligible)
        outcome, eligible = decision.outcome, decision.eligible
    assert four(decision) == brute.decide(document, known)
    assert asked(decision) == set()


@pytest.mark.parametrize(("document", "policy"), SHIPPED, ids=SHIPPED_IDS)
@settings(thorough, max_examples=40)
@given(data=st.data())
def test_packs_obey_the_laws(document: dict[str, Any], policy: Policy, data: st.DataObject) -> None:
    obey(document, policy, *data.draw(strategies.known(document, most_open=3)))


@pytest.mark.parametrize(("document", "policy"), SHIPPED, ids=SHIPPED_IDS)
@settings(thorough, max_examples=40)
@given(data=st.data())
def test_asking_what_is_listed_ends_in_a_total_decision(
    document: dict[str, Any], policy: Policy, data: st.DataObject
) -> None:
    full, _ = data.draw(strategies.known(document, most_open=0))
    answers = {fact: full[fact] for fact in brute.CONTEXT if fact in full}
    while questions := policy.decide(answers, at=NOW).next_questions:
        answers[questions[0].fact] = full[questions[0].fact]
    assert four(policy.decide(answers, at=NOW)) == brute.decide(document, full)


@pytest.mark.parametrize(("document", "policy"), SHIPPED, ids=SHIPPED_IDS)
def test_a_caller_who_is_gone_leaves_nothing_open(document: dict[str, Any], policy: Policy) -> None:
    gone = dict.fromkeys(brute.ASKABLE, "unknown")
    decision = policy.decide(gone, at=NOW)
    # Where a city sends police along when in doubt, it is a co-response: they go all the same.
    assert decision.outcome in ("police", "ems", "fire", "co_response")
    assert (decision.eligible, decision.next_questions) == (False, ())
    assert decision.priority in range(1, 6)


STOPPERS = [
    ({"weapon": "seen"}, "police"),
    ({"weapon": "used"}, "police"),
    ({"violence": "assaulting"}, "police"),
    ({"suicide_risk": "attempt"}, "ems"),
    ({"medical_need": "emergency"}, "ems"),
]
ALLOW_ALL = {
    "slug": "allow-all",
    "version": 1,
    "effective_from": "2020-01-01",
    "time_zone": "America/Los_Angeles",
    "otherwise": "information",
    "rules": [
        {
            "id": "everyone",
            "text": "Everyone.",
            "source": "made up",
            "when": {"any": [{"yelling": True}, {"yelling": False}]},
            "permit": "community",
            "unknown": "yes",
        }
    ],
}


@pytest.mark.parametrize(("stopper", "outcome"), STOPPERS)
def test_the_floor_lies_under_a_policy_that_allows_everything(stopper: dict[str, Any], outcome: str) -> None:
    policy = compile_policy(ALLOW_ALL)
    calm = {"yelling": True, "weapon": "none", "violence": "none", "suicide_risk": "none", "medical_need": "none"}
    assert policy.decide({**calm, "person_down": False}, at=NOW).outcome == "community"
    decision = policy.decide({**calm, **stopper}, at=NOW)
    assert (decision.outcome, decision.also, decision.eligible, decision.priority) == (outcome, (), False, 1)
    assert decision.reasons[0].rule == "floor"
    assert decision.reasons[0].facts == stopper
    assert decision.reasons[0].direction == "against"


@pytest.mark.parametrize("danger", [{"weapon": "seen"}, {"violence": "assaulting"}])
@pytest.mark.parametrize("emergency", [{"suicide_risk": "attempt"}, {"medical_need": "emergency"}])
def test_danger_with_an_emergency_is_police_also_ems(danger: dict[str, str], emergency: dict[str, str]) -> None:
    decision = compile_policy(ALLOW_ALL).decide({**danger, **emergency}, at=NOW)
    assert (decision.outcome, decision.also, decision.next_questions) == ("police", ("ems",), ())


def test_a_person_down_whom_nobody_can_judge_brings_ems_whatever_else_is_answered() -> None:
    policy = compile_policy(ALLOW_ALL)
    down = {"person_down": True, "medical_need": "unknown"}
    early = policy.decide(down, at=NOW)
    assert (early.outcome, early.also, early.reasons[0].rule) == ("undetermined", ("ems",), "floor")
    calm = {**down, "yelling": False, "weapon": "none", "violence": "none", "suicide_risk": "none"}
    assert (policy.decide(calm, at=NOW).outcome, policy.decide(calm, at=NOW).also) == ("community", ("ems",))


@pytest.mark.parametrize(("document", "policy"), SHIPPED, ids=SHIPPED_IDS)
@settings(thorough, max_examples=40)
@given(data=st.data())
def test_no_pack_sends_a_team_under_the_floor_or_with_a_weapon_unasked(
    document: dict[str, Any], policy: Policy, data: st.DataObject
) -> None:
    full, _ = data.draw(strategies.known(document, most_open=0))
    stopper, _ = data.draw(st.sampled_from(STOPPERS))
    stopped = policy.decide({**full, **stopper}, at=NOW)
    assert stopped.outcome in ("police", "fire", "ems")
    assert stopped.eligible is False
    assert "floor" in [reason.rule for reason in stopped.reasons]
    del full["weapon"]
    unasked = policy.decide(full, at=NOW)
    assert unasked.outcome != "community"
    assert unasked.eligible is not True
