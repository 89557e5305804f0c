"""From the text of a policy to diagrams that decide.

The rules are folded into a diagram from the least to the most telling: permits from last to first, excludes from last
to first, the floor, then hours and area. What a more telling rule overrides is forgotten on the way, which keeps the
diagrams small.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, NamedTuple, TypeVar

from triage.engine import floor
from triage.engine.conditions import All, Any, Condition, Not, Test, tests
from triage.engine.diagrams import Builder, Diagrams, TooLargeError
from triage.engine.document import ADDED, SERVED, PolicyText, Rule
from triage.engine.reading import refuse
from triage.engine.sentences import Sentence as _
from triage.engine.space import AREA, FALSE, LEVEL, MOMENT, TRUE, UNDECIDED, Space

NODE_LIMIT: Final = 20_000  # of intermediate nodes too, so it bounds the time to compile; the demo needs 1,200

_AGENCIES: Final = frozenset(ADDED)
_CO_RESPONSE: Final = frozenset({"police"})


class Result(NamedTuple):
    """What a decision comes to. ``also`` never names whom the outcome itself sends."""

    outcome: str
    also: frozenset[str]
    eligible: bool


class Verdict(NamedTuple):
    """What the rules say before floor, hours and area are heard.

    ``stop`` is where the first exclude sends the call, ``go`` what the first permit allows. ``barred`` and ``welcome``
    are the same for eligibility: by the rules about person and scene alone. ``also`` comes from the rules that exclude
    or, when none does, from those that permit; ``added`` from the rules that only add.
    """

    stop: str | None = None
    go: str | None = None
    barred: bool = False
    welcome: bool = False
    also: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()


class Urgency(NamedTuple):
    """The most urgent priority that the rules name so far, and whether one of them excluded."""

    excluded: bool = False
    priority: int | None = None


Told = TypeVar("Told", Verdict, Urgency)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A policy ready to decide: its space, its diagrams, and the roots in them."""

    space: Space
    diagrams: Diagrams
    result: int
    priority: int
    rules: tuple[int, ...]  # the truth of each rule
    floor: tuple[int, ...]  # the truth of each piece of the floor


def sent_by(outcome: str) -> frozenset[str]:
    """The agencies that an outcome sends by itself, out of those that may come also."""
    return _CO_RESPONSE if outcome == "co_response" else frozenset({outcome}) & _AGENCIES


class Role(NamedTuple):
    """What a rule does in a call: one of `EXCLUDE`, `PERMIT` and `ADD`, with the outcome of the first two."""

    kind: int
    outcome: str | None = None


EXCLUDE, PERMIT, ADD = range(3)  # in the order in which they are heard


def role(rule: Rule, truth: int) -> Role | None:
    """What a rule does, given the truth of its condition; None when nothing."""
    if truth == FALSE or (truth == UNDECIDED and rule.unknown == "no"):
        return None
    if truth == UNDECIDED and rule.unknown != "yes":
        return Role(EXCLUDE, rule.unknown)
    if rule.exclude:
        return Role(EXCLUDE, rule.exclude)
    return Role(PERMIT, rule.permit) if rule.permit else Role(ADD)


def compile_text(text: PolicyText, *, node_limit: int = NODE_LIMIT) -> Compiled:
    """Compile a policy; raises `PolicyError` when its rules entangle too many facts to be decided quickly."""
    try:
        return _Compiler(_space(text), Builder(node_limit)).compile(text)
    except TooLargeError:
        form = _("The rules tie too many facts together: they need more than %(most)s nodes.").form
        refuse("rules", _(form, most=node_limit))


class Tried(NamedTuple):
    """What each rule of a policy comes to, in the order of the rules."""

    conditions: list[int]  # equal numbers are equal conditions
    truths: list[frozenset[int]]  # that the condition can have
    matters: list[bool]  # whether outcome, also, eligible or priority of some call would differ without the rule


def try_out(text: PolicyText) -> Tried:
    """Try each rule of a policy that compiles: costs one compilation a rule."""
    compiler = _Compiler(_space(text), Builder((len(text.rules) + 1) * NODE_LIMIT))
    return compiler.try_out(text)


def _space(text: PolicyText) -> Space:
    conditions = [*(rule.when for rule in text.rules), *(piece.when for piece in floor.FLOOR)]
    return Space((test for when in conditions for test in tests(when)), text.hours, text.areas, text.calendar)


class _Compiler:
    def __init__(self, space: Space, builder: Builder) -> None:
        self._space = space
        self._build = builder

    def try_out(self, text: PolicyText) -> Tried:
        nodes = [self._condition(rule.when) for rule in text.rules]
        laid = self._floor([self._condition(piece.when) for piece in floor.FLOOR])

        def roots(kept: list[int]) -> tuple[int, int]:
            some, their = (
                replace(text, rules=tuple(text.rules[index] for index in kept)),
                [nodes[index] for index in kept],
            )
            return self._result(some, their, laid), self._priority(some, their, laid)

        # From the last on, without those found idle already: of two that say the same, the first is not the idle one.
        kept = list(range(len(nodes)))
        whole = roots(kept)
        for index in reversed(range(len(nodes))):
            if roots(others := [each for each in kept if each != index]) == whole:
                kept = others
        return Tried(
            nodes, [self._build.results(node) for node in nodes], [index in kept for index in range(len(nodes))]
        )

    def compile(self, text: PolicyText) -> Compiled:
        rules = [self._condition(rule.when) for rule in text.rules]
        pieces = [self._condition(piece.when) for piece in floor.FLOOR]
        laid = self._floor(pieces)
        result = self._result(text, rules, laid)
        priority = self._priority(text, rules, laid)
        diagrams = Diagrams(self._build, [result, priority, *rules, *pieces])
        result, priority, *others = diagrams.roots
        return Compiled(
            self._space, diagrams, result, priority, tuple(others[: len(rules)]), tuple(others[len(rules) :])
        )

    def _test(self, level: int, sign: Callable[[int | str], int | bool]) -> int:
        samples = self._space.variables[level].samples
        return self._build.node(level, tuple(self._build.leaf(sign(sample)) for sample in samples))

    def _condition(self, condition: Condition) -> int:
        match condition:
            case Test(fact):
                return self._test(LEVEL[fact], lambda value: self._space.truth(condition, value))
            case Not(part):
                return self._build.combine(self._build.leaf(TRUE), self._condition(part), lambda true, it: true - it)
            case All(parts):
                return self._join(map(self._condition, parts), min)
            case Any(parts):
                return self._join(map(self._condition, parts), max)

    def _join(self, nodes: Iterable[int], join: Callable[[int, int], int]) -> int:
        return reduce(lambda one, two: self._build.combine(one, two, join), nodes)

    def _floor(self, pieces: list[int]) -> int:
        """The diagram of the pieces that act, as a set of their numbers."""
        laid = self._build.leaf(frozenset[int]())
        for number, piece in enumerate(pieces):

            def lay(so_far: frozenset[int], truth: int, number: int = number) -> frozenset[int]:
                return so_far | {number} if truth == TRUE else so_far

            laid = self._build.combine(laid, piece, lay)
        return laid

    def _result(self, text: PolicyText, rules: list[int], laid: int) -> int:
        verdict = self._hear(text, rules, Verdict(), _heed)
        # Eligibility hears no hours: the floor and the rules are judged first, service last.
        judged = self._build.combine(verdict, laid, lambda said, pieces: _judge(text, said, pieces))
        inside, is_open = self._test(AREA, self._space.is_inside), self._test(MOMENT, self._space.is_open)
        served = self._build.combine(inside, is_open, lambda one, two: one and two)
        return self._build.combine(judged, served, lambda result, runs: _serve(text, result, runs))

    def _priority(self, text: PolicyText, rules: list[int], laid: int) -> int:
        def conclude(urgency: Urgency, pieces: frozenset[int]) -> int:
            if any(floor.FLOOR[number].stops for number in pieces):
                return floor.PRIORITY
            return text.priority if urgency.priority is None else urgency.priority

        return self._build.combine(self._hear(text, rules, Urgency(), _urge), laid, conclude)

    def _hear(self, text: PolicyText, rules: list[int], silence: Told, heed: Callable[[Told, Rule, Role], Told]) -> int:
        """Fold the rules into ``silence``: permits, then excludes, then additions, and of each kind the first last."""
        told = self._build.leaf(silence)
        for kind in (PERMIT, EXCLUDE, ADD):
            for rule, node in zip(reversed(text.rules), reversed(rules), strict=True):
                roles = [role(rule, truth) for truth in (FALSE, UNDECIDED, TRUE)]
                mine = [part if part and part.kind == kind else None for part in roles]
                if any(mine):
                    told = self._build.combine(told, node, _hearing(rule, mine, heed))
        return told


def _hearing(
    rule: Rule, parts: list[Role | None], heed: Callable[[Told, Rule, Role], Told]
) -> Callable[[Told, int], Told]:
    def hear(so_far: Told, truth: int) -> Told:
        part = parts[truth]
        return heed(so_far, rule, part) if part else so_far

    return hear


def _heed(so_far: Verdict, rule: Rule, part: Role) -> Verdict:
    """The verdict once a rule is heard that comes before those heard so far."""
    if part.kind == ADD:
        return so_far._replace(added=so_far.added | rule.also)
    if part.kind == PERMIT:
        said = so_far._replace(go=part.outcome, also=so_far.also | rule.also)
        return said if rule.is_about_service else said._replace(welcome=part.outcome == "community")
    also = rule.also | (so_far.also if so_far.stop else frozenset())
    said = so_far._replace(stop=part.outcome, go=None, also=also)
    return said if rule.is_about_service else said._replace(barred=True, welcome=False)


def _urge(so_far: Urgency, rule: Rule, part: Role) -> Urgency:
    """The urgency once a rule is heard; an exclude silences the permits, which were heard before it."""
    before = None if part.kind == EXCLUDE and not so_far.excluded else so_far.priority
    named = [priority for priority in (before, rule.priority) if priority is not None]
    return Urgency(so_far.excluded or part.kind == EXCLUDE, min(named, default=None))


def _judge(text: PolicyText, said: Verdict, pieces: frozenset[int]) -> Result:
    """What verdict and floor come to, were the service to run always and everywhere."""
    acting = [floor.FLOOR[number] for number in pieces]
    sent = frozenset(piece.sends for piece in acting) | said.added
    if any(piece.stops for piece in acting):
        outcome = floor.lead(sent, said.stop)
        if said.stop:  # whom the rules would have sent comes also, with what they add; permits are silent
            sent |= said.also | (sent_by(said.stop) & {"police", "fire", "ems"})
        return Result(outcome, sent - sent_by(outcome), False)
    outcome = said.stop or said.go or text.otherwise
    return Result(outcome, (said.also | sent) - sent_by(outcome), said.welcome and not said.barred)


def _serve(text: PolicyText, result: Result, runs: bool) -> Result:
    """What a result comes to by hours and area."""
    if runs or result.outcome not in SERVED:
        return result
    # A co-response that is closed still needs its police.
    return Result(text.closed, (result.also | sent_by(result.outcome)) - sent_by(text.closed), result.eligible)
