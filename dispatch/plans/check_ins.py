"""Check-ins: how often a team under way must be heard from, and how long each has to answer when it is not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from dispatch.states import ENGAGED, AssignmentStatus
from triage.engine import UNKNOWN, facts
from triage.engine.reading import refuse, take_list, take_mapping, take_number, take_one_of, within

Every = Mapping[AssignmentStatus, timedelta]

_STATUSES = tuple(status.value for status in AssignmentStatus if status in ENGAGED)
_GRADED = tuple(fact.name for fact in facts.FACTS.values() if fact.kind == "graded")
_LEAST, _MOST = 30, 4 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Risk:
    """Where all of what is set holds, a team is heard from at least this often, in the statuses that it names.

    `priority`: this or more urgent. `graded`: facts of this grade or graver, and those the caller could not tell.
    `places`: kinds of place. `caution`: a caution on the place or the person.
    """

    every: Every
    priority: int | None = None
    graded: Mapping[str, str]
    places: frozenset[str] = frozenset()
    caution: bool = False

    def holds(self, *, priority: int | None, known: Mapping[str, Any], cautioned: bool) -> bool:
        return (
            (self.priority is None or (priority is not None and priority <= self.priority))
            and all(_reaches(fact, known.get(fact), least) for fact, least in self.graded.items())
            and (not self.places or known.get("location_class") in self.places)
            and (cautioned or not self.caution)
        )

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        risk = take_mapping(told, place, required=("when", "every_seconds"))
        here = within(place, "when")
        when = take_mapping(risk["when"], here, optional=("priority", "location_class", "caution", *_GRADED))
        if not when:
            refuse(here, "Name at least one condition.")
        if when.get("caution", True) is not True:
            refuse(within(here, "caution"), "This can only be true; leave it out otherwise.")

        def classes() -> Collection[str]:
            listed, at = take_list(when["location_class"], within(here, "location_class")), "location_class"
            return [
                take_one_of(each, f"{within(here, at)}[{index}]", _values("location_class"))
                for index, each in enumerate(listed)
            ]

        return cls(
            every=_every(risk["every_seconds"], within(place, "every_seconds")),
            priority=take_number(when["priority"], within(here, "priority"), least=1, most=5)
            if "priority" in when
            else None,
            graded={
                fact: take_one_of(when[fact], within(here, fact), _values(fact)) for fact in _GRADED if fact in when
            },
            places=frozenset(classes()) if "location_class" in when else frozenset(),
            caution="caution" in when,
        )


@dataclass(frozen=True, kw_only=True)
class CheckIns:
    """`every`: in each status of a team under way, how often it must be heard from; a risk makes it sooner. One that is
    missed asks the team, which has `answer`; then the dispatcher, who has `dispatcher` to reach it; then backup is
    proposed, and the silence is told again every `repeat`."""

    every: Every
    risks: tuple[Risk, ...]
    answer: timedelta
    dispatcher: timedelta
    repeat: timedelta

    def interval(
        self, status: AssignmentStatus, *, priority: int | None, known: Mapping[str, Any], cautioned: bool
    ) -> timedelta:
        """How long a team may go unheard in this status: the shortest of what applies."""
        sooner = [
            risk.every[status]
            for risk in self.risks
            if status in risk.every and risk.holds(priority=priority, known=known, cautioned=cautioned)
        ]
        return min([self.every[status], *sooner])

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        patience = ("answer_seconds", "dispatcher_seconds", "repeat_seconds")
        section = take_mapping(told, place, required=("every_seconds", *patience), optional=("risks",))
        risks = within(place, "risks")
        answer, dispatcher, repeat = (
            timedelta(seconds=take_number(section[name], within(place, name), least=10, most=1800)) for name in patience
        )
        return cls(
            every=_every(section["every_seconds"], within(place, "every_seconds"), whole=True),
            risks=tuple(
                Risk.take(each, f"{risks}[{index}]") for index, each in enumerate(take_list(section["risks"], risks))
            )
            if "risks" in section
            else (),
            answer=answer,
            dispatcher=dispatcher,
            repeat=repeat,
        )


def _every(told: object, place: str, *, whole: bool = False) -> Every:
    seconds = take_mapping(told, place, required=_STATUSES if whole else (), optional=_STATUSES)
    if not seconds:
        refuse(place, "Name at least one status.")
    return {
        AssignmentStatus(status): timedelta(seconds=take_number(each, within(place, status), least=_LEAST, most=_MOST))
        for status, each in seconds.items()
    }


def _values(fact: str) -> list[str]:
    return [str(value) for value in facts.FACTS[fact].values]


def _reaches(fact: str, value: object, least: str) -> bool:
    if value is None or value == UNKNOWN:
        return value == UNKNOWN
    grades = _values(fact)
    return grades.index(str(value)) >= grades.index(least)
