"""Open questions as the screens put them: the next one large, with an answer to each key; and what was overheard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from calls.hints import Excerpt, Proposal
from dispatch import forms
from triage import wording
from triage.engine import UNKNOWN, facts
from triage.forms.typed import element_id, written

# One for each answer but "cannot tell", which is always "?". The letters leave out what other keys mean: g and u.
_KEYS = "123456789abcdef"


@dataclass(frozen=True)
class Answer:
    value: str
    label: str
    key: str


@dataclass(frozen=True)
class OpenQuestion:
    """A question with the answers that one key or one click gives."""

    fact: str
    text: str
    is_number: bool
    answers: list[Answer]

    @property
    def is_list(self) -> bool:
        """More answers than there are keys: to be chosen from a list."""
        return len(self.answers) > len(_KEYS) + 1

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(answer.value, answer.label) for answer in self.answers]

    @property
    def control(self) -> str:
        return forms.control(self.fact)

    @property
    def control_id(self) -> str:
        return element_id("call", self.control)


def open_questions(listed: Iterable[Mapping[str, Any]]) -> list[OpenQuestion]:
    """The questions of a decision, in its order."""
    return [_question(facts.FACTS[each["fact"]]) for each in listed]


def _question(fact: facts.Fact) -> OpenQuestion:
    said = wording.labels(fact.name)
    known = [(written(value), said[value]) for value in fact.values]
    keys = dict(zip([value for value, _ in known], _KEYS, strict=False))
    answers = [Answer(value, label, keys.get(value, "")) for value, label in known]
    answers.append(Answer(UNKNOWN, said[UNKNOWN], "?"))
    return OpenQuestion(fact.name, wording.question(fact.name), fact.kind == "integer", answers)


@dataclass(frozen=True)
class Suggestion:
    """What was overheard, put as the question that it may answer. `dismissed` is all that is dismissed once it is."""

    fact: str
    text: str
    value: str
    label: str
    excerpts: tuple[Excerpt, ...]
    mark: str
    dismissed: str

    @property
    def control(self) -> str:
        return forms.control(self.fact)


def suggestions(proposals: Iterable[Proposal], *, dismissed: str = "") -> list[Suggestion]:
    """What a narrative suggests, as it is put to a person."""
    return [
        Suggestion(
            fact=each.fact,
            text=wording.question(each.fact),
            value=written(each.value),
            label=wording.label(each.fact, each.value),
            excerpts=each.excerpts,
            mark=each.mark,
            dismissed=f"{dismissed}|{each.mark}".lstrip("|"),
        )
        for each in proposals
    ]
