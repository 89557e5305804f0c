"""How the teams of a program are ranked: by a cost in minutes, the least first; and what leaves a team out."""

from dataclasses import dataclass, fields
from typing import Any, Self

from dispatch.languages import primary
from dispatch.plans import defaults
from responders.crews import CrewRules
from triage.engine.reading import take_list, take_mapping, take_number, take_text, within

_HOURS = 10 * 60


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How a straight line becomes a way: so many times as long, at this speed. `unknown_minutes` stands for the way of
    a team whose position nobody knows."""

    kmh: int
    detour: float
    unknown_minutes: int

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        travel = take_mapping(told, place, required=("kmh", "detour_percent", "unknown_minutes"))

        def number(name: str, least: int, most: int) -> int:
            return take_number(travel[name], within(place, name), least=least, most=most)

        return cls(
            kmh=number("kmh", 1, 200),
            detour=number("detour_percent", 100, 500) / 100,
            unknown_minutes=number("unknown_minutes", 0, _HOURS),
        )


@dataclass(frozen=True, kw_only=True)
class Limits:
    """In minutes; 0 is no limit. `shift`: so much of it must be left on arrival. `stale`: from this age on a position
    says how old it is; from `lost` on it leaves the team out. `rest`: so long after its last clearance it costs
    something to send it again."""

    shift: int
    stale: int
    lost: int
    rest: int

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        return cls(**_numbers(cls, told, place, suffix="_minutes"))


@dataclass(frozen=True, kw_only=True)
class Costs:
    """In minutes; 0 switches a term off, and nothing is said of it.

    `travel`: for each minute of the way. `stale`: for an old position. `language`: for a language of a caller that
    nobody of the crew speaks. `assignment`, `busy_hour`: for each of this shift. `rest`: right after a clearance,
    falling to nothing. `away`: outside of its home area.
    """

    travel: int
    stale: int
    language: int
    assignment: int
    busy_hour: int
    rest: int
    away: int

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        return cls(**_numbers(cls, told, place))


def _numbers(of: type[Any], told: object, place: str, *, suffix: str = "") -> dict[str, int]:
    names = [each.name for each in fields(of)]
    numbers = take_mapping(told, place, required=[name + suffix for name in names])
    return {
        name: take_number(numbers[name + suffix], within(place, name + suffix), least=0, most=_HOURS) for name in names
    }


@dataclass(frozen=True, kw_only=True)
class Recommend:
    """`spoken_by_all`: languages that everybody speaks, so that no crew is asked for one who does."""

    travel: Pace
    limits: Limits
    costs: Costs
    spoken_by_all: frozenset[str]
    crew: CrewRules

    @classmethod
    def take(cls, told: object, place: str) -> Self:
        """Each number that is left out stands as by default: who changes one need not repeat the others."""
        default = defaults.default()["recommend"]
        section = {**default, **take_mapping(told, place, optional=tuple(default))}
        for part in ("travel", "limits", "costs"):
            section[part] = {
                **default[part],
                **take_mapping(section[part], within(place, part), optional=tuple(default[part])),
            }
        spoken = within(place, "spoken_by_all")
        return cls(
            travel=Pace.take(section["travel"], within(place, "travel")),
            limits=Limits.take(section["limits"], within(place, "limits")),
            costs=Costs.take(section["costs"], within(place, "costs")),
            spoken_by_all=frozenset(
                primary(take_text(each, spoken)) for each in take_list(section["spoken_by_all"], spoken)
            ),
            crew=CrewRules.take(section["crew"], within(place, "crew")),
        )
