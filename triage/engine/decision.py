"""What a policy answers about a call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from triage.engine.facts import FactValue

UNDETERMINED: Final = "undetermined"
Direction = Literal["for", "against"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that acts, whatever is answered to the open questions, and the facts that settle it.

    ``direction`` says whether it speaks for a community team going, or against.
    """

    rule: str
    text: str
    facts: Mapping[str, FactValue]
    direction: Direction


@dataclass(frozen=True, slots=True)
class Question:
    """A fact worth asking for. ``values`` are its answers beside "unknown"; a whole number has none to list."""

    fact: str
    question: str
    values: tuple[FactValue, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who should go, as far as the known facts settle it.

    While answers could still change it, ``outcome`` is "undetermined", and ``eligible`` and ``priority`` are None, each
    for itself. ``also`` holds the agencies that come whatever the open answers are. A decision without questions is
    final in all four.
    """

    outcome: str
    also: tuple[str, ...]
    eligible: bool | None
    priority: int | None
    mode: str | None
    required_skills: tuple[str, ...]
    notes: tuple[str, ...]
    reasons: tuple[Reason, ...]
    next_questions: tuple[Question, ...]
    slug: str
    version: str

    @property
    def is_determined(self) -> bool:
        return self.outcome != UNDETERMINED

    def to_json(self) -> dict[str, object]:
        return {
            "outcome": self.outcome,
            "also": list(self.also),
            "eligible": self.eligible,
            "priority": self.priority,
            "mode": self.mode,
            "required_skills": list(self.required_skills),
            "notes": list(self.notes),
            "reasons": [
                {"rule": each.rule, "text": each.text, "facts": dict(each.facts), "direction": each.direction}
                for each in self.reasons
            ],
            "next_questions": [
                {"fact": each.fact, "question": each.question, "values": list(each.values)}
                for each in self.next_questions
            ],
            "policy": {"slug": self.slug, "version": self.version},
        }
