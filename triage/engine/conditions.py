"""When a rule holds: tests of single facts, joined by all, any and not.

A test of an answer that is "unknown" is undecided, and joins as Kleene's third truth value: one false part settles an
``all``, one true part settles an ``any``, whatever the undecided ones would have been.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from triage.engine.clock import take_times
from triage.engine.facts import FACTS, UNKNOWN, Fact, FactValue, shown, suggestion
from triage.engine.reading import refuse, take_list, take_mapping, take_texts, within
from triage.engine.sentences import Sentence as _

_DEEPEST: Final = 8  # people can follow no more, and a hostile document must not exhaust the stack


@dataclass(frozen=True, slots=True)
class Test:
    """Whether a fact is one of ``holds``. A local time is tested as a minute of the day."""

    fact: str
    holds: frozenset[FactValue]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Test | All | Any | Not


def tests(condition: Condition) -> Iterator[Test]:
    """Every test inside a condition."""
    match condition:
        case Test():
            yield condition
        case Not(part):
            yield from tests(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from tests(part)


def take_condition(value: object, place: str, depth: int = 0) -> Condition:
    """A mapping whose every key must hold: a fact with its test, or ``all``, ``any`` and ``not`` with conditions."""
    if depth > _DEEPEST:
        refuse(place, _("Conditions are nested more than %(most)s deep.", most=_DEEPEST))
    if not isinstance(value, Mapping) or not value:
        sample = "{weapon: {at_least: seen}}"
        told = {"sample": sample, "value": shown(value)}
        refuse(place, _("A condition names at least one fact, as in %(sample)s, not %(value)s.", **told))
    parts = tuple(_take_part(key, each, within(place, str(key)), depth) for key, each in value.items())
    return parts[0] if len(parts) == 1 else All(parts)


def _take_part(key: object, value: object, place: str, depth: int) -> Condition:
    if key == "not":
        return Not(take_condition(value, place, depth + 1))
    if key in ("all", "any"):
        parts = tuple(
            take_condition(each, f"{place}[{index}]", depth + 1) for index, each in enumerate(take_list(value, place))
        )
        return All(parts) if key == "all" else Any(parts)
    fact = FACTS.get(str(key))
    if fact is None:
        near = suggestion(str(key), [*FACTS, "all", "any", "not"])
        refuse(place, _("There is no fact called %(name)s%(near)s", name=key, near=near))
    holds = _take_holds(fact, value, place)
    if not holds:
        refuse(place, _("No answer to %(fact)s can meet this.", fact=fact.name))
    return Test(fact.name, holds)


def _take_holds(fact: Fact, value: object, place: str) -> frozenset[FactValue]:
    """The values of a fact that meet a test: one value, a list of them, or a range."""
    if fact.kind == "time":
        return frozenset(take_times(value, place))
    if fact.kind == "name":
        return frozenset(take_texts(value, place))
    if isinstance(value, Mapping):
        return _take_range(fact, value, place)
    values = take_list(value, place) if isinstance(value, list) else [value]
    return frozenset(_take_value(fact, each, place) for each in values)


def _take_value(fact: Fact, value: object, place: str) -> FactValue:
    if value == UNKNOWN:
        refuse(place, _('A condition cannot test for unknown; the key "unknown" of the rule says what it means.'))
    if refusal := fact.refusal(value):
        refuse(place, refusal)
    assert isinstance(value, str | int)
    return value


def _take_range(fact: Fact, value: Mapping[object, object], place: str) -> frozenset[FactValue]:
    bounds = take_mapping(value, place, optional=("at_least", "at_most"))
    if not bounds:
        refuse(place, _("A range says at_least, at_most or both."))
    if fact.kind not in ("graded", "integer"):
        refuse(place, _("%(fact)s has no order, so it cannot be at_least or at_most; name its values.", fact=fact.name))
    order = fact.domain
    low, high = 0, len(order) - 1
    if "at_least" in bounds:
        low = order.index(_take_value(fact, bounds["at_least"], within(place, "at_least")))
    if "at_most" in bounds:
        high = order.index(_take_value(fact, bounds["at_most"], within(place, "at_most")))
    return frozenset(order[low : high + 1])
