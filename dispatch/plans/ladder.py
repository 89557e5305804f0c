"""The ladder: who is turned to, in which order, while an incident waits for a team, and how long each step may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from dispatch.plans.priorities import by_priority
from triage.engine.reading import take_list, take_mapping, take_number, take_one_of, within

_DAY = 24 * 60 * 60


class Do(StrEnum):
    """What a step does. Clocks offer and tell; that somebody else goes is only ever proposed, to a person."""

    OFFER = "offer"
    TELL_SUPERVISOR = "tell_supervisor"
    CALL_BACK = "call_back"
    PROPOSE = "propose"


TO = ("co_response", "police", "ems", "crisis_line")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One rung. `seconds`: its promised time. `minutes`: offers go to teams that can be there in so many, None to all;
    `at_once`: so many are asked together. `supersede_levels`: where none of them is free, one is asked that has not
    answered an offer of an incident at least so many priorities less urgent; None: never. `to`: what a proposal
    proposes."""

    do: Do
    seconds: int
    minutes: int | None = None
    at_once: int = 1
    supersede_levels: int | None = None
    to: str = ""

    @property
    def promise(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        offering = ("minutes", "at_once", "supersede_levels")
        optional = (*offering, "to")
        step = take_mapping(told, place, required=("do", "seconds"), optional=optional)
        do = Do(take_one_of(step["do"], within(place, "do"), [each.value for each in Do]))
        of_it = {Do.OFFER: offering, Do.PROPOSE: ("to",)}.get(do, ())
        take_mapping(told, place, required=("do", "seconds", *(["to"] if do is Do.PROPOSE else [])), optional=of_it)

        def number(name: str, least: int, most: int) -> int:
            return take_number(step[name], within(place, name), least=least, most=most)

        return cls(
            do=do,
            seconds=number("seconds", 10, _DAY),
            minutes=number("minutes", 1, 600) if "minutes" in step else None,
            at_once=number("at_once", 1, 10) if "at_once" in step else 1,
            supersede_levels=number("supersede_levels", 1, 4) if "supersede_levels" in step else None,
            to=take_one_of(step["to"], within(place, "to"), TO) if "to" in step else "",
        )

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"do": self.do.value, "seconds": self.seconds}
        if self.do is Do.OFFER:
            told |= {"at_once": self.at_once} | ({"minutes": self.minutes} if self.minutes else {})
            told |= {"supersede_levels": self.supersede_levels} if self.supersede_levels else {}
        return told | ({"to": self.to} if self.to else {})


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """`wait`: by priority, how long a dispatcher has before the first step. After the last step a person is asked for
    every `repeat`, on all consoles and the on-call phone, until one takes it: the end is never nobody."""

    wait: Mapping[int, timedelta]
    steps: tuple[Step, ...]
    repeat: timedelta

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        ladder = take_mapping(told, place, required=("wait_seconds", "steps", "repeat_seconds"))
        steps = within(place, "steps")
        return cls(
            wait=by_priority(
                ladder["wait_seconds"], within(place, "wait_seconds"), unit=timedelta(seconds=1), least=10, most=_DAY
            ),
            steps=tuple(
                Step.take(each, f"{steps}[{index}]") for index, each in enumerate(take_list(ladder["steps"], steps))
            ),
            repeat=timedelta(
                seconds=take_number(ladder["repeat_seconds"], within(place, "repeat_seconds"), least=10, most=600)
            ),
        )
