"""Which questions settle most: learned from what calls were told before, so that the next caller is asked less."""

from collections import Counter
from datetime import datetime
from typing import Final

from django.db.models import Max

from calls.models import Assessment
from journal.actors import Actor
from triage import publishing
from triage.models import Policy, Program

SAMPLE: Final = 5_000  # calls; the newest, since cities and callers change
FEWEST: Final = 200  # below this, chance would speak


def learn(*, policy: Policy, by: Actor, at: datetime) -> dict[str, float]:
    """Learn a policy's weights from its newest calls and keep them; what there was stays when the calls are too few.

    Exercises teach only a policy that decides nothing else: real callers are asked as real callers answered.

    The weight of a fact is the share of calls, among those where it was known, that it settled: where it is among the
    facts of the first reason against a community team. The engine asks what concerns safety first, whatever it weighs.
    """
    exercises = not Program.objects.filter(policy=policy, exercise=False).exists()
    newest = (
        Assessment.objects.filter(policy_version__policy=policy, call__simulated=False, call__exercise=exercises)
        .exclude(outcome="undetermined")
        .values("call")
        .annotate(last=Max("id"))
        .order_by("-last")[:SAMPLE]
    )
    told = Assessment.objects.filter(id__in=[each["last"] for each in newest])
    known, settled = Counter[str](), Counter[str]()
    seen = 0
    for facts, decision in told.values_list("facts", "decision").iterator():
        seen += 1
        known.update(facts.keys())
        against = next((reason for reason in decision["reasons"] if reason["direction"] == "against"), None)
        settled.update(set(against["facts"]) & facts.keys() if against else ())
    if seen < FEWEST:
        return policy.weights
    weights = {name: round(settled[name] / count, 4) for name, count in known.items() if settled[name]}
    publishing.weigh(policy=policy, weights=weights, by=by, at=at)
    return weights
