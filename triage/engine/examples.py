"""Cases whose decision is known beforehand: what a policy is held against before anybody relies on it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from triage.engine import facts
from triage.engine.clock import take_moment
from triage.engine.decision import UNDETERMINED, Decision
from triage.engine.document import OUTCOMES
from triage.engine.facts import FactValue, shown
from triage.engine.policy import Policy, in_force
from triage.engine.reading import refuse, take_mapping, take_one_of, take_text, take_texts, within
from triage.engine.sentences import Sentence as _

_NAMES: Final = {"next_questions": "fact", "reasons": "rule"}  # of these only names are expected, among others
_EXPECTABLE: Final = ("outcome", "also", "eligible", "priority", "mode", "required_skills", *_NAMES)


@dataclass(frozen=True, slots=True)
class Example:
    """A case whose decision is known beforehand. ``expect`` has some keys of `Decision.to_json`.

    Of reasons and questions only the names are expected, and only those that must be among them.
    """

    name: str
    at: datetime
    facts: Mapping[str, FactValue]
    expect: Mapping[str, object]
    source: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """As `take_example` reads it."""
        source = {"source": list(self.source)} if self.source else {}
        said = {"facts": dict(self.facts), "expect": dict(self.expect)}
        return {"name": self.name, "at": self.at.isoformat(), **said, **source}

    def differences(self, decision: Decision) -> Iterator[str]:
        """What a decision says otherwise than expected, as sentences."""
        said = decision.to_json()
        for key, expected in self.expect.items():
            actual = said[key]
            if key in _NAMES and isinstance(actual, list) and isinstance(expected, list):
                names = [each[_NAMES[key]] for each in actual]
                if missing := [name for name in expected if name not in names]:
                    told = {"what": key, "missing": ", ".join(missing), "found": ", ".join(names) or _("none")}
                    yield _("%(what)s should hold %(missing)s, and are: %(found)s.", **told)
            elif actual != expected:
                told = {"what": key, "right": shown(expected), "value": shown(actual)}
                yield _("%(what)s should be %(right)s, and is %(value)s.", **told)


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that a policy does not meet, and why not."""

    example: str
    sentence: str


def failures(examples: Sequence[Example], policies: Sequence[Policy]) -> list[Failure]:
    """The examples that fail, each decided by the version in force at its time."""
    found = []
    for example in examples:
        policy = in_force(policies, example.at)
        if policy is None:
            found.append(Failure(example.name, _("No version is in force at its time.")))
            continue
        differences = list(example.differences(policy.decide(example.facts, at=example.at)))
        if differences:
            found.append(Failure(example.name, " ".join(differences)))
    return found


def take_example(value: object, place: str, zone: ZoneInfo) -> Example:
    """Read an example; raises `PolicyError` at the first place that is wrong. Its ``source`` may be left out."""
    example = take_mapping(value, place, required=("name", "at", "facts", "expect"), optional=("source",))
    given = take_mapping(example["facts"], within(place, "facts"), optional=tuple(facts.FACTS))
    expect = take_mapping(example["expect"], within(place, "expect"), optional=_EXPECTABLE)
    if not expect:
        refuse(within(place, "expect"), _("An example expects something, such as {outcome: community}."))
    if "outcome" in expect:
        take_one_of(expect["outcome"], within(place, "expect / outcome"), (*OUTCOMES, UNDETERMINED))
    try:
        known = facts.check(given, allow_context=True)
    except facts.FactErrors as wrong:
        refuse(within(place, "facts"), str(wrong))
    return Example(
        name=take_text(example["name"], within(place, "name")),
        at=take_moment(example["at"], within(place, "at"), zone),
        facts=known,
        expect=expect,
        source=take_texts(example["source"], within(place, "source")) if "source" in example else (),
    )
