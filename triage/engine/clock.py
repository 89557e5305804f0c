"""Windows of the week on the wall clock of a city."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.engine.facts import WEEKDAYS
from triage.engine.reading import refuse, take_mapping, take_text, take_texts, within

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def minute_of_week(at: datetime, zone: ZoneInfo) -> int:
    """The minute on the city's wall clock, counted from Monday 00:00; changes of summer time are the zone's affair."""
    local = at.astimezone(zone)
    return local.weekday() * DAY + local.hour * 60 + local.minute


def minute_of_day(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])


def take_zone(value: object, place: str) -> ZoneInfo:
    name = take_text(value, place)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        refuse(place, f"There is no time zone called {name}; an example is America/Los_Angeles.")


def take_moment(value: object, place: str, zone: ZoneInfo) -> datetime:
    """An instant: a date (its midnight in the zone), or a date and time (in the zone, unless it says its offset)."""
    text = take_text(value, place)
    try:
        moment = datetime.combine(date.fromisoformat(text), datetime.min.time())
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            refuse(place, f"This must be a date such as 2025-03-06, or a date and time, not {text}.")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def take_window(value: object, place: str) -> range:
    """A window such as 22:00-06:00 as minutes counted from midnight; one that passes midnight ends above `DAY`."""
    text = take_text(value, place)
    if not _WINDOW.fullmatch(text):
        refuse(place, f"This must be a window of time such as 08:00-22:00, not {text}.")
    start, end = minute_of_day(text), minute_of_day(text[6:])
    if start == end:
        refuse(place, "This window is empty; the whole day is 00:00-24:00.")
    return range(start, end if end > start else end + DAY)


def take_times(value: object, place: str) -> frozenset[int]:
    """The minutes of the day in one window or in any of a list of them."""
    windows = [take_window(text, place) for text in take_texts(value, place)]
    return frozenset(minute % DAY for window in windows for minute in window)


def take_hours(value: object, place: str) -> frozenset[int]:
    """The minutes of the week in which a service runs.

    ``always``; windows that hold daily; or windows for each day that has any. A window that passes midnight belongs to
    the day on which it starts.
    """
    if value == "always":
        return frozenset(range(WEEK))
    if not isinstance(value, Mapping):
        value = dict.fromkeys(WEEKDAYS, value)
    days = take_mapping(value, place, optional=WEEKDAYS)
    if not days:
        refuse(place, "No day has hours; a service that never closes is written as always.")
    return frozenset(
        (WEEKDAYS.index(day) * DAY + minute) % WEEK
        for day, windows in days.items()
        for text in take_texts(windows, within(place, day))
        for minute in take_window(text, within(place, day))
    )
