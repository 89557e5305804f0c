"""What a plan says by priority, 1 to 5."""

from collections.abc import Mapping
from datetime import timedelta

from triage.engine.reading import take_mapping, take_number, within

ALL = ("1", "2", "3", "4", "5")
UNKNOWN = 2  # as what the priority of an incident counts until it is known


def by_priority(
    told: object, place: str, *, most: int, unit: timedelta, least: int = 1, default: object = None
) -> Mapping[int, timedelta]:
    """So many of `unit` for each priority; of one that is left out as many as by `default`, if there is one."""
    given = take_mapping(_named(told), place, required=() if default else ALL, optional=ALL if default else ())
    every = {**take_mapping(_named(default or {}), place, optional=ALL), **given}
    return {
        int(priority): unit * take_number(every[priority], within(place, priority), least=least, most=most)
        for priority in ALL
    }


def _named(told: object) -> object:
    # YAML reads `1:` as a number, JSON cannot.
    return {str(key): value for key, value in told.items()} if isinstance(told, Mapping) else told
