"""The simulated call-taker: asks what the decision wants to know, one question after another."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from planning.agenda import Pace
from planning.answers import Answers
from triage import deciding
from triage.engine import FactValue
from triage.models import PolicyVersion

_QUESTION_TAKES = timedelta(seconds=6)


class CallTaker:
    """Each question follows from the answers before it, saved or not, as on a call-taker's screen.

    Each save decides anew and writes its journal, so what is said within one tick of the clock is saved together: at
    the world's own speed first the call as it came and then each answer by itself; at 600 times that speed the call
    together with the first minute's ten answers. Saved one by one, a city's day could not be had at that speed.
    """

    def __init__(self, answers: Answers, pace: Pace) -> None:
        self._answers = answers
        self._pace = pace

    def ask(
        self, *, version: PolicyVersion, known: Mapping[str, FactValue], call: str, received_at: datetime, at_least: int
    ) -> tuple[dict[str, FactValue], timedelta]:
        """The answers of one tick, and how long they take in the world: `at_least` so many, while anything is asked.

        `call` is the number by which the table draws. Nothing is stored.
        """
        said: dict[str, FactValue] = {}
        takes = timedelta(0)
        while len(said) < at_least or self._pace.exact(takes + _QUESTION_TAKES) <= self._pace.TICK:
            decision = deciding.decide(version, {**known, **said}, at=received_at)
            if not decision.next_questions:
                break
            fact = decision.next_questions[0].fact
            said[fact] = self._answers.draw(fact, call_type=str(known.get("call_type", "other")), call=call)
            takes += _QUESTION_TAKES
        return said, takes
