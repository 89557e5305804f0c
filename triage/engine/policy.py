"""A policy that decides."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from triage.engine.compiler import NODE_LIMIT, Compiled, Result, compile_text, sent_by
from triage.engine.conditions import tests
from triage.engine.decision import UNDETERMINED, Decision, Question
from triage.engine.document import SERVED, PolicyText, Rule, take_policy
from triage.engine.facts import ASKABLE, FACTS, Fact, FactValue
from triage.engine.floor import FLOOR
from triage.engine.reasons import Reasoning
from triage.engine.space import LEVEL

_WITH_MODE: Final = (*SERVED, "crisis_line", "information")  # police, fire and EMS go in their own ways


def _question(fact: Fact) -> Question:
    return Question(fact.name, fact.question, () if fact.kind == "integer" else fact.values)


# The floor's facts first, in its order, then as the facts are listed.
_FLOOR_FACTS: Final = tuple(dict.fromkeys(test.fact for piece in FLOOR for test in tests(piece.when)))
_QUESTIONS: Final = tuple(
    (1 << LEVEL[name], FACTS[name].safety, _question(FACTS[name]))
    for name in (*_FLOOR_FACTS, *(fact.name for fact in ASKABLE if fact.name not in _FLOOR_FACTS))
)


class Policy:
    """One version of a city's policy. It never changes, so that many threads may ask it at once.

    It is in force from the instant ``effective_from`` until just before ``effective_until``, if it has one.
    """

    def __init__(self, text: PolicyText, compiled: Compiled) -> None:
        self.text: Final = text
        self._compiled: Final = compiled
        self._reasoning: Final = Reasoning(text, compiled)

    @property
    def slug(self) -> str:
        return self.text.slug

    @property
    def name(self) -> str:
        return self.text.name

    @property
    def version(self) -> str:
        return self.text.version

    @property
    def effective_from(self) -> datetime:
        return self.text.effective_from

    @property
    def effective_until(self) -> datetime | None:
        return self.text.effective_until

    @property
    def time_zone(self) -> ZoneInfo:
        return self.text.calendar.zone

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.text.rules

    @property
    def digest(self) -> str:
        """SHA-256 of the document, to prove later by which words a call was decided."""
        return self.text.digest

    @property
    def node_count(self) -> int:
        return len(self._compiled.diagrams)

    def is_in_force(self, at: datetime) -> bool:
        return self.effective_from <= at and (self.effective_until is None or at < self.effective_until)

    def decide(
        self, known: Mapping[str, FactValue], *, at: datetime, weights: Mapping[str, float] | None = None
    ) -> Decision:
        """Decide a call by what is known of it at a moment.

        ``known`` may hold context: without ``area`` the call is inside; ``weekday``, ``local_time`` and ``holiday`` are
        those of ``at`` on the policy's clock and calendar unless given. ``weights`` bring questions forward: safety is
        asked first, then the heaviest. Raises `FactErrors` for what is no fact or no value of one.
        """
        if at.tzinfo is None:
            raise ValueError("A decision needs a moment with a time zone.")
        diagrams = self._compiled.diagrams
        point = self._compiled.space.locate(known, at)
        support, reach = diagrams.restrict(self._compiled.result, point.classes, point.given)
        outcome, also, eligible = _common(diagrams.reached(reach))
        priority_support, reach = diagrams.restrict(self._compiled.priority, point.classes, point.given)
        priorities = diagrams.reached(reach)

        known = {**known, **self._compiled.space.context(point.moment)}
        acting = self._reasoning.acting(point, known)
        rules = acting.rules
        return Decision(
            outcome=outcome,
            also=tuple(sorted(also)),
            eligible=eligible,
            priority=priorities[0] if len(priorities) == 1 else None,
            mode=next((rule.mode for rule in rules if rule.mode), None) if outcome in _WITH_MODE else None,
            required_skills=tuple(sorted({skill for rule in rules for skill in rule.skills})),
            notes=tuple(dict.fromkeys(rule.note for rule in rules if rule.note)),
            reasons=(*acting.reasons, *self._reasoning.beyond_rules(outcome, acting, point, known)),
            next_questions=_questions(support | priority_support, weights),
            slug=self.slug,
            version=self.version,
        )


def compile_policy(document: Mapping[str, object], *, node_limit: int = NODE_LIMIT) -> Policy:
    """The policy that a document describes; raises `PolicyError` with place and sentence if it is wrong."""
    text = take_policy(document)
    return Policy(text, compile_text(text, node_limit=node_limit))


def in_force(policies: Iterable[Policy], at: datetime) -> Policy | None:
    """The version in force at an instant: of several the one that began last."""
    return max((each for each in policies if each.is_in_force(at)), key=lambda each: each.effective_from, default=None)


def _common(results: Sequence[Result]) -> tuple[str, frozenset[str], bool | None]:
    """What all of the results still possible share: outcome, agencies that come in any case, eligibility."""
    outcomes = {result.outcome for result in results}
    eligibles = {result.eligible for result in results}
    certain = frozenset.intersection(*[result.also | sent_by(result.outcome) for result in results])
    eligible = eligibles.pop() if len(eligibles) == 1 else None
    if len(outcomes) > 1:
        return UNDETERMINED, certain, eligible
    outcome = outcomes.pop()
    return outcome, certain - sent_by(outcome), eligible


def _questions(support: int, weights: Mapping[str, float] | None) -> tuple[Question, ...]:
    asked = [(safety, question) for level, safety, question in _QUESTIONS if support & level]
    if weights:
        asked.sort(key=lambda each: (not each[0], 0.0 if each[0] else -weights.get(each[1].fact, 0.0)))
    return tuple(question for _, question in asked)
