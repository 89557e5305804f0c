"""How long a way takes: as a routing server knows it, else the straight line, longer by a factor, at one speed.

`way` never asks anybody: it may be called with rows locked. Who holds none calls `look_ahead` first, which asks the
server of ROUTING_URL for all that is not known yet, in one request; what it learns is kept for minutes, in the process.
A server that fails or is slow is let alone for a while, so that it costs a page half a second at most, and only then.
"""

import json
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, ceil, cos, radians, sin, sqrt
from time import monotonic
from urllib.error import HTTPError
from urllib.request import urlopen

from django.conf import settings

from dispatch.plans.recommend import Pace

logger = logging.getLogger(__name__)

WAIT = 0.5  # seconds, for a name to be looked up, a connection and the whole answer
LET_ALONE = timedelta(seconds=30)
KEPT = timedelta(minutes=5)
_MOST_KEPT = 20_000
_MOST_BYTES = 1_000_000
_EARTH_KM = 6371.0

Place = tuple[float, float]  # latitude, longitude


@dataclass(slots=True)  # not frozen, as `ranking.Sight` is not
class Way:
    """From one place to another; `km` as the crow flies. `estimated`: nobody who knows the streets has said so."""

    minutes: float
    km: float
    estimated: bool = True

    @property
    def whole_minutes(self) -> int:
        """As people say it: rounded up, and never none."""
        return max(1, ceil(self.minutes))


class NoAnswer(Exception):
    """The routing server has not answered in time, or not with a table of durations."""


_known: dict[tuple[Place, Place], tuple[datetime, float]] = {}  # when it was learned, and the minutes
_failed_at: datetime | None = None


def way(origin: Place | None, to: Place | None, *, pace: Pace, at: datetime) -> Way | None:
    """None when either place is not known."""
    if origin is None or to is None:
        return None
    km = distance_km(*origin, *to) or 0.0
    told = _known.get((_near(origin), _near(to))) if _known else None
    if told and at - told[0] < KEPT:
        return Way(told[1], km, estimated=False)
    return Way(km * pace.detour / pace.kmh * 60, km)


def is_served() -> bool:
    """Whether there is a routing server to ask."""
    return bool(settings.ROUTING_URL)


def look_ahead(origins: Iterable[Place], to: Place, *, at: datetime) -> None:
    """Ask the routing server, if there is one, for the ways that are not known yet. Not to be called with rows locked.

    Whether it answers or not is no concern of the caller's: `way` then estimates, and says so.
    """
    global _failed_at
    if not is_served() or (_failed_at and timedelta(0) <= at - _failed_at < LET_ALONE):
        return
    goal = _near(to)
    open_ = [each for each in dict.fromkeys(map(_near, origins)) if not _is_known(each, goal, at)]
    if not open_:
        return
    # In a thread, for nothing else bounds the look-up of a name. It ends by itself, soon after.
    asking = ThreadPoolExecutor(1, thread_name_prefix="routing")
    try:
        minutes = asking.submit(_ask, settings.ROUTING_URL, open_, goal).result(WAIT)
    except Exception as error:  # whatever it is: no page and no offer fails for it
        _failed_at = at
        logger.warning("routing: no answer (%s), ways are estimated", type(error).__name__)
        return
    finally:
        asking.shutdown(wait=False)
    if len(_known) > _MOST_KEPT:
        _known.clear()
    _known.update({(each, goal): (at, took) for each, took in zip(open_, minutes, strict=True) if took is not None})


def forget() -> None:
    """All that was learned, and that the server failed."""
    global _failed_at
    _known.clear()
    _failed_at = None


def _is_known(origin: Place, goal: Place, at: datetime) -> bool:
    told = _known.get((origin, goal))
    return told is not None and at - told[0] < KEPT


def _near(place: Place) -> Place:
    # Within some ten metres it is the same way: a receiver that stands still wanders as far.
    return round(place[0], 4), round(place[1], 4)


def _ask(url: str, origins: list[Place], goal: Place) -> list[float | None]:
    """Minutes from each origin; None where the server knows no way. OSRM's table service."""
    until = monotonic() + WAIT
    places = ";".join(f"{longitude},{latitude}" for latitude, longitude in [*origins, goal])
    sources = ";".join(map(str, range(len(origins))))
    query = f"sources={sources}&destinations={len(origins)}&annotations=duration"
    try:
        answer = urlopen(f"{url}/table/v1/driving/{places}?{query}", timeout=WAIT)  # noqa: S310 (ours, see settings)
    except HTTPError as error:
        error.close()
        raise NoAnswer from None
    with answer:
        text = b""
        while piece := answer.read1(65536):
            text += piece
            if monotonic() > until or len(text) > _MOST_BYTES:
                raise NoAnswer
    return _minutes(json.loads(text), len(origins))


def _minutes(told: object, count: int) -> list[float | None]:
    durations = told.get("durations") if isinstance(told, dict) else None
    if not isinstance(durations, list) or len(durations) != count:
        raise NoAnswer
    return [_of_row(row) for row in durations]


def _of_row(row: object) -> float | None:
    match row:
        case [None]:
            return None
        case [int() | float() as seconds] if 0 <= seconds < 1e6:
            return seconds / 60
    raise NoAnswer


def distance_km(
    from_latitude: float | None, from_longitude: float | None, to_latitude: float | None, to_longitude: float | None
) -> float | None:
    """Great-circle distance (haversine) between two positions in degrees; None when either is not known."""
    if from_latitude is None or from_longitude is None or to_latitude is None or to_longitude is None:
        return None
    north = radians(to_latitude - from_latitude) / 2
    east = radians(to_longitude - from_longitude) / 2
    slice_ = sin(north) ** 2 + cos(radians(from_latitude)) * cos(radians(to_latitude)) * sin(east) ** 2
    return 2 * _EARTH_KM * asin(sqrt(slice_))
