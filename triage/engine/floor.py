"""The floor under every policy: what no unarmed team is ever sent to alone, whatever a city's rules say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from triage.engine.conditions import All, Any, Condition, Test, tests
from triage.engine.facts import UNKNOWN, FactValue
from triage.engine.sentences import Sentence as _


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the floor: when it holds, whom it sends, and whether it stops the community team.

    A piece acts only when its condition holds; what an unknown answer means beyond that is each policy's to say.
    """

    text: str
    when: Condition
    sends: str
    stops: bool


FLOOR: Final = (
    Piece(
        text=_("A weapon was seen or used, or someone is being assaulted: police go."),
        when=Any((Test("weapon", frozenset({"seen", "used"})), Test("violence", frozenset({"assaulting"})))),
        sends="police",
        stops=True,
    ),
    Piece(
        text=_("A suicide attempt or a medical emergency: EMS go."),
        when=Any((Test("suicide_risk", frozenset({"attempt"})), Test("medical_need", frozenset({"emergency"})))),
        sends="ems",
        stops=True,
    ),
    Piece(
        text=_("A person is down and nobody can tell how they are: EMS go too."),
        when=All((Test("person_down", frozenset({True})), Test("medical_need", frozenset({UNKNOWN})))),
        sends="ems",
        stops=False,
    ),
)

_STOPS: Final = [test for piece in FLOOR if piece.stops for test in tests(piece.when)]


def disqualifiers(known: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The facts because of which the floor stops a community team; each alone is enough."""
    return {test.fact: known[test.fact] for test in _STOPS if known.get(test.fact) in test.holds}


def unasked(known: Mapping[str, FactValue]) -> list[str]:
    """The facts that could stop a community team and that nobody has asked for yet."""
    return [fact for fact in dict.fromkeys(test.fact for test in _STOPS) if fact not in known]


PRIORITY: Final = 1  # of a call that the floor stops


def lead(sent: frozenset[str], excluded: str | None) -> str:
    """The outcome of a stopped call, given whom the floor sends and to whom the policy had excluded the call.

    Police or fire that the policy sends by its own rule keep the call; otherwise police lead where the floor sends
    them, and EMS where it does not.
    """
    if excluded in ("police", "fire"):
        return excluded
    return "police" if "police" in sent else "ems"
