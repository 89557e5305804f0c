"""The base map in squares, as web maps are cut: at each zoom a square is as many pixels wide, whatever it shows."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import asinh, atan, atan2, degrees, hypot, pi, radians, sinh, tan
from typing import Any, Final

from django.db.models import Count, Max
from shapely import LineString, clip_by_rect
from shapely.geometry.base import BaseGeometry

from calls.models import PlaceSource, Street

SIDE: Final = 256  # px of a square
FARTHEST, NEAREST = 9, 19  # zooms at which streets are drawn
_LIGHTEST: Final = {9: 0, 10: 0, 11: 1, 12: 1, 13: 1}  # by zoom, the weights that are drawn; nearer, all
_NAMED_FROM: Final = 15
_LETTER: Final = 6.5  # px, about
_MARGIN: Final = 8  # px that lines reach over the edge, so that no seam shows

Point = tuple[float, float]
Stamp = tuple[int, Any]
Square = dict[str, list[Any]]
_Run = tuple[float, Point, Point]  # its length, and its ends
_NOWHERE: Final[_Run] = (0.0, (0.0, 0.0), (0.0, 0.0))


def stamp() -> Stamp:
    """Another one once anything was imported."""
    told = PlaceSource.objects.aggregate(sources=Count("id"), newest=Max("imported_at"))
    return told["sources"], told["newest"]


@lru_cache(maxsize=1_000)
def square(of: Stamp, zoom: int, x: int, y: int) -> Square:
    """The streets in a square as of a stamp, in pixels from its upper left corner: `lines`, each its weight and then
    its points in a row; `names`, each with the middle of the piece that it is written along, and its slope in degrees.
    """
    if not (FARTHEST <= zoom <= NEAREST and 0 <= x < 2**zoom and 0 <= y < 2**zoom):
        return {"lines": [], "names": []}
    lines: list[list[int]] = []
    longest: dict[str, _Run] = {}
    for name, weight, points in _within(zoom, x, y):
        drawn = LineString([_pixel(point, zoom, x, y) for point in points]).simplify(0.7)
        edge = (-_MARGIN, -_MARGIN, SIDE + _MARGIN, SIDE + _MARGIN)
        for piece in _pieces(clip_by_rect(drawn, *edge)):
            lines.append([weight, *(round(number) for point in piece for number in point)])
            if name and zoom >= _NAMED_FROM:
                longest[name] = max([longest.get(name, _NOWHERE), *_runs(piece)])
    names = [_written(name, *run) for name, run in longest.items() if run[0] >= len(name) * _LETTER + 12]
    return {"lines": lines, "names": names}


def _within(zoom: int, x: int, y: int) -> Iterator[tuple[str, int, Sequence[list[float]]]]:
    reach = _MARGIN / SIDE
    found = Street.objects.filter(
        weight__lte=_LIGHTEST.get(zoom, 2),
        west__lte=_longitude(x + 1 + reach, zoom),
        east__gte=_longitude(x - reach, zoom),
        south__lte=_latitude(y - reach, zoom),
        north__gte=_latitude(y + 1 + reach, zoom),
    )
    # What is seen from afar lies on top of the rest.
    yield from found.order_by("-weight", "id").values_list("name", "weight", "points")


def _pieces(geometry: BaseGeometry) -> list[list[Point]]:
    lines = getattr(geometry, "geoms", [geometry])
    return [list(line.coords) for line in lines if line.geom_type == "LineString" and not line.is_empty]


def _runs(piece: Sequence[Point]) -> Iterator[_Run]:
    """The straight runs whose middle is in the square, with their lengths."""
    for one, two in pairwise(piece):
        if all(0 <= (a + b) / 2 <= SIDE for a, b in zip(one, two, strict=True)):
            yield hypot(two[0] - one[0], two[1] - one[1]), one, two


def _written(name: str, length: float, one: Point, two: Point) -> list[Any]:
    left, right = sorted((one, two))
    slope = degrees(atan2(right[1] - left[1], right[0] - left[0]))
    return [name, round((left[0] + right[0]) / 2), round((left[1] + right[1]) / 2), round(slope)]


def _pixel(point: Sequence[float], zoom: int, x: int, y: int) -> Point:
    longitude, latitude = point
    across, down = (longitude + 180) / 360, (1 - asinh(tan(radians(latitude))) / pi) / 2
    return (across * 2.0**zoom - x) * SIDE, (down * 2.0**zoom - y) * SIDE


def _longitude(x: float, zoom: int) -> float:
    return x / 2.0**zoom * 360 - 180


def _latitude(y: float, zoom: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * y / 2.0**zoom))))
