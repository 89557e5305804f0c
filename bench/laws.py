"""The three laws on 100,000 random decisions of random policies against brute force. Not timed against anything."""

import time

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from bench.figures import Figure
from tests.triage.engine import strategies
from tests.triage.engine.test_laws import obey
from triage.engine import compile_policy

DECISIONS, A_POLICY = 100_000, 50


def run() -> list[Figure]:
    """Raises the first breach, with the policy and the facts that show it."""
    held = 0

    @seed(911)
    @settings(
        max_examples=DECISIONS // A_POLICY,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        nonlocal held
        document = data.draw(strategies.documents())
        policy = compile_policy(document)
        for _ in range(A_POLICY):
            obey(document, policy, *data.draw(strategies.known(document, most_open=2)))
            held += 1

    begun = time.perf_counter()
    hold()
    return [
        Figure("laws: random decisions against brute force, no breach", held, "decisions", "reach: 100,000"),
        Figure("laws: took", time.perf_counter() - begun, "s"),
    ]
