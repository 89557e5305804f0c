"""The wall clock and the calendar of a city, and windows of its week."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays as libholidays

from triage.engine.facts import WEEKDAYS
from triage.engine.reading import refuse, take_mapping, take_text, take_texts, within
from triage.engine.sentences import Sentence as _

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
MOMENTS: Final = 2 * WEEK  # the minutes of an ordinary week, then those of a week of holidays
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
HOLIDAY: Final = "holiday"
CLOSED: Final = "closed"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A city's clock and its public holidays: those of a country or a part of one, such as US-OR, or none."""

    zone: ZoneInfo
    holidays: str | None = None

    def moment(self, at: datetime, known: Mapping[str, object] | None = None) -> int:
        """The minute on the wall clock, counted from Monday 00:00; on a holiday `WEEK` more.

        ``known`` may set weekday, local_time and holiday otherwise. Changes of summer time are the zone's affair.
        """
        local = at.astimezone(self.zone)
        day, minute, holiday = local.weekday(), local.hour * 60 + local.minute, self.is_holiday(local.date())
        if known:
            if HOLIDAY in known:
                holiday = _truth(known[HOLIDAY])
            if "weekday" in known:
                day = WEEKDAYS.index(str(known["weekday"]))
            if "local_time" in known:
                minute = minute_of_day(str(known["local_time"]))
        return holiday * WEEK + day * DAY + minute

    def is_holiday(self, day: date) -> bool:
        return self.holidays is not None and day in _holidays(self.holidays, day.year)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


@lru_cache(maxsize=1024)
def _holidays(place: str, year: int) -> frozenset[date]:
    # The library's own object fills itself as it is read, which threads must not do to one another.
    country, _, part = place.partition("-")
    return frozenset(libholidays.country_holidays(country, subdiv=part or None, years=year))


def minute_of_day(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])


def take_zone(value: object, place: str) -> ZoneInfo:
    name = take_text(value, place)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        refuse(place, _("There is no time zone called %(name)s; an example is America/Los_Angeles.", name=name))


def take_holidays(value: object, place: str) -> str | None:
    """Whose holidays count: a country, or a country and its part, as ISO 3166 calls them."""
    if value is None:
        return None
    name = take_text(value, place)
    try:
        if not _PLACE.fullmatch(name):  # the library takes any name that its own code has for a country
            raise NotImplementedError
        _holidays(name, 2024)
    except NotImplementedError:
        refuse(
            place, _("There are no public holidays of %(name)s on file; an example is US-OR, for Oregon.", name=name)
        )
    return name


def take_moment(value: object, place: str, zone: ZoneInfo) -> datetime:
    """An instant: a date (its midnight in the zone), or a date and time (in the zone, unless it says its offset)."""
    text = take_text(value, place)
    try:
        moment = datetime.combine(date.fromisoformat(text), datetime.min.time())
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            refuse(place, _("This must be a date such as 2025-03-06, or a date and time, not %(value)s.", value=text))
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def take_window(value: object, place: str) -> range:
    """A window such as 22:00-06:00 as minutes counted from midnight; one that passes midnight ends above `DAY`."""
    text = take_text(value, place)
    if not _WINDOW.fullmatch(text):
        refuse(place, _("This must be a window of time such as 08:00-22:00, not %(value)s.", value=text))
    start, end = minute_of_day(text), minute_of_day(text[6:])
    if start == end:
        refuse(place, _("This window is empty; the whole day is 00:00-24:00."))
    return range(start, end if end > start else end + DAY)


def take_times(value: object, place: str) -> frozenset[int]:
    """The minutes of the day in one window or in any of a list of them."""
    windows = [take_window(text, place) for text in take_texts(value, place)]
    return frozenset(minute % DAY for window in windows for minute in window)


def take_hours(value: object, place: str, *, has_holidays: bool = False) -> frozenset[int]:
    """The moments (below `MOMENTS`) in which a service runs.

    ``always``; windows that hold daily; or windows for each day that has any. A window that passes midnight belongs to
    the day on which it starts. ``holiday`` says otherwise for the whole date of a public holiday, midnight to midnight:
    its windows, or ``closed``; without it a holiday is a day like others.
    """
    if value == "always":
        return frozenset(range(MOMENTS))
    if not isinstance(value, Mapping):
        value = dict.fromkeys(WEEKDAYS, value)
    days = take_mapping(value, place, optional=(*WEEKDAYS, HOLIDAY))
    if not days.keys() - {HOLIDAY}:
        refuse(place, _("No day has hours; a service that never closes is written as always."))
    week = frozenset(
        (WEEKDAYS.index(day) * DAY + minute) % WEEK
        for day, windows in days.items()
        if day != HOLIDAY
        for text in take_texts(windows, within(place, day))
        for minute in take_window(text, within(place, day))
    )
    if HOLIDAY not in days:
        return week | {WEEK + minute for minute in week}
    if not has_holidays:
        refuse(within(place, HOLIDAY), _("Say whose holidays they are: the key holidays, such as US-OR."))
    today = _take_holiday(days[HOLIDAY], within(place, HOLIDAY))
    return week | {WEEK + day * DAY + minute for day in range(7) for minute in today}


def _take_holiday(value: object, place: str) -> frozenset[int]:
    if value == CLOSED:
        return frozenset()
    windows = [take_window(text, place) for text in take_texts(value, place)]
    if any(window.stop > DAY for window in windows):
        refuse(place, _("A holiday's window ends at midnight, as 22:00-24:00: the next day has hours of its own."))
    return frozenset(minute for window in windows for minute in window)
