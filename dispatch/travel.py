"""How long a way takes. The straight line, made longer by a factor and driven at one speed."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from dispatch.plans.recommend import Pace

_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Way:
    """From one place to another. `estimated`: nobody who knows the streets was asked."""

    minutes: float
    km: float
    estimated: bool = True


def way(
    from_latitude: float | None,
    from_longitude: float | None,
    to_latitude: float | None,
    to_longitude: float | None,
    *,
    pace: Pace,
) -> Way | None:
    """None when either place has no position."""
    km = distance_km(from_latitude, from_longitude, to_latitude, to_longitude)
    return None if km is None else Way(km * pace.detour / pace.kmh * 60, km)


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
