"""Questions that settled many calls come first the next time; safety still before them."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from calls import tasks, weighing
from calls.heard import Heard
from dispatch import taking
from dispatch.models import Incident
from journal.models import Entry
from tests.conftest import CALM, TESTS, Clock
from triage import deciding
from triage.models import Policy, Program

Take = Callable[..., tuple[Any, Incident]]


def order(policy: Policy, clock: Clock) -> list[str]:
    policy = Policy.objects.get(pk=policy.pk)
    version = deciding.version_at(policy, clock.now)
    return [q.fact for q in deciding.decide(version, {"call_type": "welfare_check"}, at=clock.now).next_questions]


def test_what_settles_calls_is_asked_sooner_but_after_safety(
    policy: Policy, program: Program, take: Take, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weighing, "FEWEST", 4)
    before = order(policy, clock)
    safety = before[: before.index("location_class")]
    assert before.index("crime_reported") > before.index("location_class")
    for crime in (True, True, True, False):
        take({**CALM, "crime_reported": crime})
    tasks.learn_weights()
    policy.refresh_from_db()
    assert policy.weights["crime_reported"] == 0.75
    after = order(policy, clock)
    assert after[: len(safety)] == safety
    assert after.index("crime_reported") < after.index("location_class")
    assert sorted(after) == sorted(before)


def test_a_few_calls_teach_nothing(policy: Policy, program: Program, take: Take, clock: Clock) -> None:
    take({**CALM, "crime_reported": True})
    assert weighing.learn(policy=policy, by=TESTS, at=clock.now) == {}
    assert not Entry.objects.filter(kind="policy.weighed").exists()


def test_exercises_teach_nothing_to_a_policy_that_decides_real_calls(
    policy: Policy,
    program: Program,
    exercise_program: Program,
    take: Take,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weighing, "FEWEST", 1)
    take({**CALM, "crime_reported": True}, exercise=True)
    assert weighing.learn(policy=policy, by=TESTS, at=clock.now) == {}
    take({**CALM, "caller_wants_officer": True})
    assert list(weighing.learn(policy=policy, by=TESTS, at=clock.now)) == ["caller_wants_officer"]


def test_a_policy_that_decides_exercises_alone_learns_from_them(
    policy: Policy, exercise_program: Program, tess: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weighing, "FEWEST", 1)
    heard = Heard(source="test", received_at=clock.now, facts={**CALM, "crime_reported": True}, exercise=True)
    taking.take(heard=heard, by=tess, at=clock.now)
    assert list(weighing.learn(policy=policy, by=TESTS, at=clock.now)) == ["crime_reported"]


def test_learning_the_same_twice_writes_nothing(
    policy: Policy, program: Program, take: Take, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weighing, "FEWEST", 1)
    take({**CALM, "crime_reported": True})
    for _ in range(2):
        weighing.learn(policy=policy, by=TESTS, at=clock.now)
    assert Entry.objects.filter(kind="policy.weighed").count() == 1
