"""The settings of a version as a form: its name and dates, when and where it runs, and on whose word."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from triage import plain
from triage.engine.clock import HOLIDAY
from triage.engine.document import FALLBACKS, PRIORITIES
from triage.engine.facts import WEEKDAYS
from triage.forms.rules import lines, unlisted

_TEXTS: Final = ("name", "version", "time_zone", "holidays", "otherwise", "closed", "priority")
_DATES: Final = ("effective_from", "effective_until")
_LISTS: Final = ("authority", "why", "source", "gaps")
_HOURS: Final = tuple(f"hours.{day}" for day in (*WEEKDAYS, HOLIDAY))
FIELDS: Final = (*_TEXTS, *_DATES, *_LISTS, "areas", "always", *_HOURS)


def choices() -> dict[str, list[tuple[str, str]]]:
    """What a form offers to choose from, as codes with their words; and its days, as fields with theirs."""
    return {
        "days": [(f"hours.{day}", plain.weekday(day)) for day in WEEKDAYS],
        "fallbacks": [(each, plain.goes(each).capitalize()) for each in FALLBACKS],
        "priorities": [(str(each), str(each)) for each in PRIORITIES],
    }


def shown(settings: Mapping[str, Any], dates: Mapping[str, datetime | None]) -> dict[str, str]:
    """The values of the form. Dates are shown on the policy's own clock."""
    zone = ZoneInfo(settings["time_zone"])
    areas = settings.get("areas", "everywhere")
    return {
        **{name: str(settings.get(name) or "") for name in _TEXTS},
        **{name: _date(moment, zone) for name, moment in dates.items()},
        **{name: lines(settings.get(name)) for name in _LISTS},
        "areas": "" if areas == "everywhere" else lines(areas),
        **_shown_hours(settings.get("hours", "always")),
    }


def read(values: Mapping[str, str]) -> dict[str, Any]:
    """The settings as a document says them; whatever is wrong in them is the engine's to say."""
    told = {name: values.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    settings: dict[str, Any] = {
        "version": told["version"],
        "effective_from": told["effective_from"],
        "effective_until": told["effective_until"] or None,
        "time_zone": told["time_zone"],
        "otherwise": told["otherwise"],
        **{name: told[name] for name in ("name", "holidays", "closed") if told[name]},
        **{name: unlisted(told[name].splitlines()) for name in (*_LISTS, "areas") if told[name]},
    }
    if told["priority"]:
        settings["priority"] = int(told["priority"]) if told["priority"].isdecimal() else told["priority"]
    settings["hours"] = "always" if told["always"] else _hours(told)
    return settings


def field_of(place: str) -> str:
    """The field that a place in the document belongs to."""
    names = [each.partition("[")[0] for each in place.split(" / ")]
    if names[0] == "hours":
        return f"hours.{names[1]}" if len(names) > 1 else "hours.monday"
    return names[0] if names[0] in FIELDS else ""


def _date(moment: datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def _shown_hours(hours: Any) -> dict[str, str]:
    if hours == "always":
        return {"always": "yes", **dict.fromkeys(_HOURS, "")}
    days = hours if isinstance(hours, Mapping) else dict.fromkeys(WEEKDAYS, hours)
    return {
        "always": "",
        **{f"hours.{day}": ", ".join(lines(days.get(day)).splitlines()) for day in (*WEEKDAYS, HOLIDAY)},
    }


def _hours(told: Mapping[str, str]) -> dict[str, Any]:
    days = {day: told[f"hours.{day}"] for day in (*WEEKDAYS, HOLIDAY)}
    return {day: unlisted(text.replace("–", "-").split(",")) for day, text in days.items() if text}
