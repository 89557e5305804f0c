"""Overrides as they look afterwards: what came of each, and how often people decided otherwise, and why. And places
where teams declined for their safety."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from dispatch.models import Assignment, IncidentDecision, Override
from triage.engine.floor import disqualifiers

COUNTED_OVER = timedelta(days=90)
A_PAGE = 25


@dataclass(frozen=True)
class Seen:
    """An override with what came to light after it."""

    override: Override
    danger: dict[str, Any]  # facts that stop a team alone, and were not known when it was made
    declined: bool  # a team declined for its safety


def overrides(*, at: datetime, exercises: bool, reviewed: bool) -> QuerySet[Override]:
    """Those that nobody has reviewed, the oldest first; or those reviewed of the last 90 days, the latest first."""
    rows = Override.objects.select_related("incident__program", "decision").defer("incident__program__area")
    if not exercises:
        rows = rows.filter(incident__exercise=False)
    if not reviewed:
        return rows.filter(reviewed_at=None).order_by("at")
    return rows.filter(reviewed_at__isnull=False, at__gte=at - COUNTED_OVER).order_by("-at")


def seen(overrides: Sequence[Override]) -> list[Seen]:
    """With what came of them, in two queries however many they are."""
    incidents = {each.incident_id for each in overrides}
    newest = (
        IncidentDecision.objects.filter(incident__in=incidents, beside=None)
        .order_by("incident", "-id")
        .distinct("incident")
    )
    facts = dict(newest.values_list("incident_id", "facts"))
    safety = Assignment.objects.filter(incident__in=incidents, decline_reason=Assignment.Reason.SAFETY)
    declined = list(safety.values_list("incident_id", "ended_at"))
    found = []
    for each in overrides:
        before = disqualifiers(each.decision.facts if each.decision else {})
        now = disqualifiers(facts.get(each.incident_id, {}))
        later = any(of == each.incident_id and ended and ended >= each.at for of, ended in declined)
        found.append(Seen(each, {name: now[name] for name in now if name not in before}, later))
    return found


@dataclass(frozen=True)
class Count:
    """How often one reason was given in the last 90 days, by direction and by what reviewers said."""

    reason: str
    toward: int
    away: int
    elsewhere: int
    agreed: int
    disagreed: int

    @property
    def all(self) -> int:
        return self.toward + self.away + self.elsewhere


def counts(*, at: datetime, exercises: bool) -> list[Count]:
    """By reason, the most frequent first; reasons that nobody gave are left out."""
    rows = Override.objects.filter(at__gte=at - COUNTED_OVER)
    if not exercises:
        rows = rows.filter(incident__exercise=False)
    ways: Counter[tuple[str, str]] = Counter()
    for reason, before, outcome, verdict in rows.values_list("reason", "before", "outcome", "verdict"):
        ways[reason, Override(before=before, outcome=outcome).direction] += 1
        ways[reason, verdict] += 1
    found = [
        Count(
            reason=str(label),
            toward=ways[code, "toward"],
            away=ways[code, "away"],
            elsewhere=ways[code, "elsewhere"],
            agreed=ways[code, Override.Verdict.AGREE],
            disagreed=ways[code, Override.Verdict.DISAGREE],
        )
        for code, label in Override.Reason.choices
    ]
    return sorted((each for each in found if each.all), key=lambda each: -each.all)


@dataclass(frozen=True)
class Place:
    """An address where teams declined for their safety, the latest first."""

    address: str
    declines: Sequence[Assignment]


def unsafe_places(*, at: datetime, exercises: bool) -> list[Place]:
    """Of the last 90 days, where it happened most. A place without an address stands by itself."""
    rows = Assignment.objects.filter(decline_reason=Assignment.Reason.SAFETY, ended_at__gte=at - COUNTED_OVER)
    if not exercises:
        rows = rows.filter(incident__exercise=False)
    rows = rows.select_related("incident__program").defer("incident__program__area").order_by("-ended_at")
    places: dict[str, list[Assignment]] = defaultdict(list)
    for each in rows:
        places[" ".join(each.incident.address.casefold().split()) or str(each.incident_id)].append(each)
    found = [Place(declines[0].incident.address, declines) for declines in places.values()]
    return sorted(found, key=lambda place: -len(place.declines))
