"""Which programs serve a place, and what the place is called there."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Prefetch
from shapely import Point, prepare
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from triage import queries
from triage.models import Program

OUTSIDE = "outside"


def areas_of(geojson: Mapping[str, Any]) -> list[tuple[str, BaseGeometry]]:
    """The named areas of a program, smallest first, so that the narrowest name wins.

    Raises ValueError when it is not a FeatureCollection of named, valid polygons (EPSG:4326).
    """
    if geojson.get("type") != "FeatureCollection" or not geojson.get("features"):
        raise ValueError("area: must be a GeoJSON FeatureCollection with at least one feature")
    areas = []
    for number, feature in enumerate(geojson["features"]):
        name = (feature.get("properties") or {}).get("name")
        if not name:
            raise ValueError(f"area: feature {number} needs the property `name`")
        try:
            geometry = shape(feature["geometry"])
        except Exception as error:
            raise ValueError(f"area: feature {number} ({name}) has no readable geometry") from error
        if geometry.geom_type not in ("Polygon", "MultiPolygon") or not geometry.is_valid or geometry.is_empty:
            raise ValueError(f"area: feature {number} ({name}) must be a valid Polygon or MultiPolygon")
        prepare(geometry)
        areas.append((str(name), geometry))
    return sorted(areas, key=lambda area: area[1].area)


@dataclass(frozen=True)
class Held:
    """The programs, by rank, with their policies' versions and their areas, as of a stamp."""

    stamp: list[tuple[Any, ...]]
    programs: list[Program]
    areas: dict[uuid.UUID, list[tuple[str, BaseGeometry]]]


_held = Held([], [], {})


def held() -> Held:
    """What each process holds of the programs, read anew when any of them, or a policy, has changed.

    One small query a call instead of building models and parsing GeoJSON; and never stale, as a time limit would be.
    """
    global _held
    ranked = Program.objects.order_by("rank", "slug")
    stamp = list(ranked.values_list("id", "changed_at", "policy__changed_at"))
    if _held.stamp != stamp:
        versions = Prefetch("policy__versions", queries.binding().defer("document", "examples"))
        programs = list(ranked.select_related("policy").prefetch_related(versions))
        _held = Held(stamp, programs, {program.id: areas_of(program.area) for program in programs})
    return _held


def area_at(program: Program, latitude: float | None, longitude: float | None) -> str | None:
    """The name of the program's area at this place: `OUTSIDE` beyond all of them, None for a place without position."""
    return _area(held().areas[program.id], latitude, longitude)


def areas_at(program: Program | None, latitude: float | None, longitude: float | None) -> frozenset[str] | None:
    """The names of all areas of the program that this place lies in: areas may lie within others. None for a place
    without position, and without a program."""
    if program is None or latitude is None or longitude is None:
        return None
    point = Point(longitude, latitude)
    return frozenset(name for name, area in _areas(program.id, program.changed_at) if area.covers(point))


@lru_cache(maxsize=64)
def _areas(program_id: uuid.UUID, changed_at: datetime) -> list[tuple[str, BaseGeometry]]:
    """Read once in a process for each change of the program, and asked for by whoever has just read the program."""
    return areas_of(Program.objects.values_list("area", flat=True).get(pk=program_id))


def _area(areas: list[tuple[str, BaseGeometry]], latitude: float | None, longitude: float | None) -> str | None:
    if latitude is None or longitude is None:
        return None
    point = Point(longitude, latitude)
    return next((name for name, area in areas if area.covers(point)), OUTSIDE)


@dataclass(frozen=True, slots=True)
class Covering:
    """A program that decides for a place, and the place's area there."""

    program: Program
    area: str | None


def covering(
    *, latitude: float | None, longitude: float | None, exercise: bool, slug: str | None = None
) -> list[Covering]:
    """The programs that decide for a place, in the agency's order: by rank.

    All whose area covers it; a place beyond all areas, or without position, falls to the first by rank. `slug` leaves
    that program alone to decide. Exercises go to exercise programs when there are any, real calls to real programs; an
    installation that has only exercise programs takes every call as an exercise. Empty when there is no program at all.
    """
    now = held()
    programs = [program for program in now.programs if slug is None or program.slug == slug]
    candidates = [program for program in programs if program.exercise == exercise] or programs
    found = [Covering(program, _area(now.areas[program.id], latitude, longitude)) for program in candidates]
    return [each for each in found if each.area not in (None, OUTSIDE)] or found[:1]
