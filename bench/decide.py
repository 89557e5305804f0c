"""One decision in process, its facts in the order in which the engine asks."""

import random
import time
from datetime import UTC, datetime

from bench.figures import Figure, percentile
from config.datadir import BASE_DIR
from triage.engine import UNKNOWN, Policy, load_pack

AT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
CALLS = 400


def run() -> list[Figure]:
    figures = []
    for path in sorted((BASE_DIR / "triage" / "packs").glob("*.yaml")):
        begun = time.perf_counter()
        policy = load_pack(path).policies[-1]
        compiled = time.perf_counter() - begun
        times = [took for seed in range(CALLS) for took in _call(policy, random.Random(seed))]
        figures += [
            Figure(f"decide: {policy.slug}, median", percentile(times, 0.5) * 1e6, "µs", "reach: ≤ 100 µs"),
            Figure(f"decide: {policy.slug}, p99", percentile(times, 0.99) * 1e6, "µs"),
            Figure(f"decide: {policy.slug}, whole pack compiled", compiled * 1e3, "ms"),
        ]
    return figures


def _call(policy: Policy, draw: random.Random) -> list[float]:
    """Answer what is asked until nothing is; how long each decision took, in seconds."""
    known, times = {"call_type": draw.choice(["welfare_check", "mental_health", "disturbance"])}, []
    while True:
        begun = time.perf_counter()
        decision = policy.decide(known, at=AT)
        times.append(time.perf_counter() - begun)
        if not decision.next_questions:
            return times
        question = decision.next_questions[0]
        known[question.fact] = draw.choice([*question.values, UNKNOWN])
