"""How the teams of a program are ranked."""

from dataclasses import dataclass
from typing import Self

from triage.engine.reading import take_mapping, take_number, within


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How a straight line becomes a way: so many times as long, at this speed."""

    kmh: int
    detour: float

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        travel = take_mapping(told, place, required=("kmh", "detour_percent"))
        detour = take_number(travel["detour_percent"], within(place, "detour_percent"), least=100, most=500)
        return cls(kmh=take_number(travel["kmh"], within(place, "kmh"), least=1, most=200), detour=detour / 100)


@dataclass(frozen=True, kw_only=True)
class Recommend:
    travel: Pace

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        section = take_mapping(told, place, required=("travel",))
        return cls(travel=Pace.take(section["travel"], within(place, "travel")))
