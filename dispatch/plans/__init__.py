"""What a program does when nobody acts, and whom it sends first: data, one document for each program (docs/plans.md).

Each section is a frozen value with a `take` of its own, which says exactly where a document is wrong. What a document
leaves out stands as in `default.yaml`. What is under way keeps what it began with: a run of the ladder freezes its
steps.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from dispatch.plans.check_ins import CheckIns
from dispatch.plans.defaults import DEFAULT, default
from dispatch.plans.ladder import Ladder
from dispatch.plans.recommend import Recommend
from dispatch.plans.watch import Watch
from triage.engine.reading import PolicyError, take_mapping

SECTIONS: Mapping[str, Callable[[object, str], Any]] = {
    "ladder": Ladder.take,
    "recommend": Recommend.take,
    "check_ins": CheckIns.take,
    "watch": Watch.take,
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A program's plan, checked."""

    ladder: Ladder
    recommend: Recommend
    check_ins: CheckIns
    watch: Watch

    @classmethod
    def take(cls, document: Mapping[str, Any]) -> Self:
        """Raises PolicyError with the place and a sentence."""
        told = {**default(), **take_mapping(document, "", optional=tuple(SECTIONS))}
        return cls(**{name: take(told[name], name) for name, take in SECTIONS.items()})


__all__ = ["DEFAULT", "CheckIns", "Ladder", "Plan", "PolicyError", "Recommend", "Watch"]
