"""Whether a policy that can be read makes sense: what no author can have meant, found before anybody relies on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from triage.engine.compiler import Tried, try_out
from triage.engine.document import PolicyText, Rule
from triage.engine.sentences import Sentence as _
from triage.engine.space import FALSE, TRUE


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that makes no sense where it stands: its id, and a sentence that says why."""

    rule: str
    sentence: str


def check(text: PolicyText) -> list[Finding]:
    """What makes no sense in a policy that compiles, in the order of its rules; at most one finding a rule.

    Costs one compilation a rule: for an author's desk, not for each call.
    """
    return list(_findings(text, try_out(text)))


def _findings(text: PolicyText, tried: Tried) -> Iterator[Finding]:
    same: dict[int, list[Rule]] = {}
    for rule, condition, truths, matters in zip(text.rules, *tried, strict=True):
        earlier = same.setdefault(condition, [])
        if sentence := (
            _senseless(rule, truths) or _contrary(rule, earlier) or (None if matters else _idle(rule, earlier))
        ):
            yield Finding(rule.id, sentence)
        earlier.append(rule)


def _senseless(rule: Rule, truths: frozenset[int]) -> str | None:
    if truths == {TRUE}:
        return _(
            "Its condition always holds, so it is none; what holds for every call is said by otherwise and priority."
        )
    if truths == {FALSE}:
        return _("Its condition contradicts itself: no call can meet it.")
    if TRUE not in truths:
        return _(
            "Its condition can never be decided: the known answers all contradict it, and only unknown leaves it open."
        )
    return None


def _contrary(rule: Rule, earlier: list[Rule]) -> str | None:
    leads = rule.exclude or rule.permit
    for other in earlier:
        if leads and (other.exclude or other.permit) not in (None, leads):
            return _("It contradicts %(rule)s: the same condition, and another outcome.", rule=other.id)
    return None


def _idle(rule: Rule, earlier: list[Rule]) -> str | None:
    if rule.mode or rule.skills or rule.note:
        return None  # these act beside the decision, whenever the rule is heard
    if earlier:
        return _("It says again what %(rule)s says.", rule=earlier[-1].id)
    return _(
        "It can change no decision: the floor, or rules that are heard before it, decide every call that it is about."
    )
