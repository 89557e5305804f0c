"""Why: the rules that act whatever the open answers are, each with the facts that settle it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from triage.engine.clock import HOLIDAY
from triage.engine.compiler import EXCLUDE, PERMIT, Compiled, role
from triage.engine.conditions import All, Any, Condition, Not, Test
from triage.engine.decision import UNDETERMINED, Direction, Reason
from triage.engine.diagrams import OPEN
from triage.engine.document import SERVED, PolicyText, Rule
from triage.engine.facts import OUTSIDE, FactValue
from triage.engine.floor import FLOOR, Piece
from triage.engine.sentences import Sentence as _
from triage.engine.space import FALSE, LEVEL, MOMENT, TRUE, UNDECIDED, Point, Space

_FLOOR: Final = EXCLUDE - 1  # heard before every rule

# Forms of the reasons into which a city's words are filled: stored decisions hold the text, not what it was made from.
OUT_OF_AREA: Final = _("%(program)s does not serve this area.").form
OUT_OF_HOURS: Final = _("%(program)s is not running at this time.").form
WITH_CARE: Final = _("Not known, so treated with care: %(rule)s").form


class Effect(NamedTuple):
    """What a rule does once its condition is settled. ``leads`` is its outcome; the floor's is police or EMS."""

    kind: int
    name: str
    text: str
    direction: Direction
    leads: str | None
    rule: Rule | None


class Acting(NamedTuple):
    """The effects that are certain, with their reasons in the order of hearing; and whether any rule is still open."""

    effects: list[Effect]
    reasons: list[Reason]
    any_open: bool

    @property
    def answer(self) -> str | None:
        """What the rules that are certain lead to, before hours and area are heard."""
        return next((effect.leads for effect in self.effects if effect.leads), None)

    @property
    def rules(self) -> list[Rule]:
        """The rules that are heard: the permits only when nothing certain stops the call."""
        stopped = any(effect.leads for effect in self.effects if effect.kind < PERMIT)
        return [effect.rule for effect in self.effects if effect.rule and not (stopped and effect.kind == PERMIT)]


@dataclass(frozen=True, slots=True)
class _Source:
    when: Condition
    root: int
    support: int
    effects: tuple[Effect | None, Effect | None, Effect | None]  # by truth


class Reasoning:
    """Finds the reasons of one policy's decisions."""

    def __init__(self, text: PolicyText, compiled: Compiled) -> None:
        self._text = text
        self._space: Space = compiled.space
        self._diagrams = compiled.diagrams
        support = compiled.diagrams.support
        pieces = [
            _Source(piece.when, root, support(root), (None, None, _piece_effect(piece)))
            for piece, root in zip(FLOOR, compiled.floor, strict=True)
        ]
        rules = [
            _Source(rule.when, root, support(root), (None, _effect(rule, UNDECIDED), _effect(rule, TRUE)))
            for rule, root in zip(text.rules, compiled.rules, strict=True)
        ]
        self._sources: Final = pieces + rules

    def acting(self, point: Point, known: Mapping[str, FactValue]) -> Acting:
        """What is certain at a point. ``known`` has the values to show, those of area and clock among them."""
        settle, classes, given = self._diagrams.settle, point.classes, point.given
        found: list[tuple[Effect, Reason]] = []
        any_open = False
        for source in self._sources:
            # A rule none of whose facts is known is open without looking, unless it is constant.
            truth = settle(source.root, classes) if source.support & given or not source.support else OPEN
            if truth == OPEN:
                any_open = True
            elif (effect := source.effects[truth]) is not None:
                shown = {name: known[name] for name in self._grounds(source.when, point, known)[1] if name in known}
                found.append((effect, Reason(effect.name, effect.text, shown, effect.direction)))
        found.sort(key=lambda each: each[0].kind)
        return Acting([effect for effect, _ in found], [reason for _, reason in found], any_open)

    def _grounds(self, when: Condition, point: Point, known: Mapping[str, FactValue]) -> tuple[int, list[str]]:
        """The truth of a condition, `OPEN` while it is not certain, and the facts that make it so."""
        match when:
            case Test(fact):
                value = point.area if fact == "area" else point.moment if LEVEL[fact] == MOMENT else known.get(fact)
                return (OPEN if value is None else self._space.truth(when, value)), [fact]
            case Not(part):
                truth, names = self._grounds(part, point, known)
                return (OPEN if truth == OPEN else TRUE - truth), names
            case All(parts):
                grounds = [self._grounds(part, point, known) for part in parts]
                settled, join = FALSE, min
            case Any(parts):
                grounds = [self._grounds(part, point, known) for part in parts]
                settled, join = TRUE, max
        truths = [truth for truth, _ in grounds]
        whole = settled if settled in truths else OPEN if OPEN in truths else join(truths)
        return whole, list(dict.fromkeys(name for truth, names in grounds if truth == whole for name in names))

    def beyond_rules(self, outcome: str, acting: Acting, point: Point, known: Mapping[str, FactValue]) -> list[Reason]:
        """The reasons that are no rule's: a service that is shut, and the want of any rule that decides."""
        answer = acting.answer
        reasons = []
        if answer is None or answer in SERVED:
            if not self._space.is_inside(point.area):
                area = known.get("area", OUTSIDE)
                reasons.append(Reason("area", _(OUT_OF_AREA, program=self._text.name), {"area": area}, "against"))
            if not self._space.is_open(point.moment):
                clock = {name: known[name] for name in ("weekday", "local_time")}
                if known[HOLIDAY]:
                    clock[HOLIDAY] = True
                reasons.append(Reason("hours", _(OUT_OF_HOURS, program=self._text.name), clock, "against"))
        if answer is None and outcome != UNDETERMINED:
            text = _SAME if acting.any_open else _NO_RULE
            reasons.append(Reason("otherwise", text, {}, "for" if outcome == "community" else "against"))
        return reasons


_SAME: Final = _("Whatever the open answers are, the outcome is the same.")
_NO_RULE: Final = _("No rule permits a community team to go.")


def _piece_effect(piece: Piece) -> Effect:
    return Effect(_FLOOR, "floor", piece.text, "against", piece.sends if piece.stops else None, None)


def _effect(rule: Rule, truth: int) -> Effect | None:
    if (part := role(rule, truth)) is None:
        return None
    text = rule.text if truth == TRUE else _(WITH_CARE, rule=rule.text)
    return Effect(part.kind, rule.id, text, "against" if part.kind == EXCLUDE else "for", part.outcome, rule)
