"""What stands where: the doors of the map, in GeoJSON. Numbers, states and positions, nothing about a person."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from accounts.access import May, who
from calls import streets
from dispatch import words
from dispatch.availability import Standing, standings
from dispatch.models import Incident
from dispatch.states import LIVE, UnitState
from responders.models import Unit
from triage.programs import held


@require_safe
@who(May.WATCH)
@cache_control(private=True, no_store=True)
def map_features(request: HttpRequest) -> HttpResponseBase:
    """The live incidents and the units on duty. What has no place has no geometry, so that it can be counted.

    `version` is that of the live pane `map-version`: a page that holds it need not ask again.
    """
    at = timezone.now()
    found = features(at=at)
    return _geojson(found, version=version_of(found), at=at.isoformat())


def _areas_etag(request: HttpRequest) -> str:
    return _digest(held().stamp)


@require_safe
@who(May.WATCH)
@cache_control(private=True, no_cache=True)
@condition(etag_func=_areas_etag)
def map_areas(request: HttpRequest) -> HttpResponseBase:
    """The areas of the programs, by rank."""
    return _geojson(
        [
            {
                "type": "Feature",
                "geometry": area["geometry"],
                "properties": {
                    "program": program.slug,
                    "program_name": program.name,
                    "name": area["properties"]["name"],
                },
            }
            for program in held().programs
            for area in program.area["features"]
        ]
    )


def _streets_etag(request: HttpRequest, zoom: int, x: int, y: int) -> str:
    return _digest(streets.stamp())


@require_safe
@who(May.WATCH)
@cache_control(private=True, max_age=600)
@condition(etag_func=_streets_etag)
def map_streets(request: HttpRequest, zoom: int, x: int, y: int) -> HttpResponseBase:
    """One square of the base map (`calls.streets.square`). A city's streets may be ten minutes old."""
    return JsonResponse(streets.square(streets.stamp(), zoom, x, y))


def features(stand: Iterable[Standing] | None = None, *, at: datetime) -> list[dict[str, Any]]:
    """In a number of queries that does not grow. Without ages, which would make each moment differ from the last.
    `stand`: all units by callsign, for whoever has read them."""
    incidents = Incident.objects.filter(status__in=LIVE).order_by("number")
    shown = ("number", "status", "call_type", "priority", "overdue_at", "exercise", "program__slug")
    if stand is None:
        stand = standings(Unit.objects.select_related("program").defer("program__area").order_by("callsign"), at=at)
    return [
        *(_incident(each) for each in incidents.values(*shown, "latitude", "longitude")),
        *(_unit(each) for each in stand if each.state is not UnitState.OFF_DUTY),
    ]


def version_of(found: list[dict[str, Any]]) -> str:
    return _digest(found)


def _incident(row: dict[str, Any]) -> dict[str, Any]:
    state = words.incident_state(row["status"])
    what = {"number": row["number"], "type": words.answer("call_type", row["call_type"]), "state": state}
    overdue = row["overdue_at"] is not None
    label = (
        _("incident %(number)s, %(type)s, %(state)s, overdue")
        if overdue
        else _("incident %(number)s, %(type)s, %(state)s")
    )
    return _feature(
        f"incident-{row['number']}",
        row["latitude"],
        row["longitude"],
        kind="incident",
        program=row["program__slug"],
        number=row["number"],
        url=_page(row["number"]),
        priority=row["priority"],
        state=row["status"],
        overdue=overdue,
        exercise=row["exercise"],
        label=label % what,
    )


def _unit(standing: Standing) -> dict[str, Any]:
    unit, assignment = standing.unit, standing.assignment
    label, incident = _("free") if standing.state is UnitState.AVAILABLE else words.unit_state(standing.state), None
    if assignment:
        label, incident = words.assignment_state(assignment.status), assignment.incident.number
    return _feature(
        f"unit-{unit.id}",
        unit.latitude,
        unit.longitude,
        kind="unit",
        program=unit.program.slug,
        callsign=unit.callsign,
        url=_page(incident) if incident else f"#unit-row-{unit.id}",
        state=standing.state,
        incident=incident,
        exercise=unit.program.exercise,
        position_at=unit.position_at.isoformat() if unit.position_at else None,
        short=label.split(",")[0],
        label=_("%(state)s, incident %(number)s") % {"state": label, "number": incident} if incident else label,
    )


@lru_cache(maxsize=4096)
def _page(number: int) -> str:
    return reverse("dispatch:incident", args=[number])


def _feature(id: str, latitude: float | None, longitude: float | None, **properties: Any) -> dict[str, Any]:
    place = None if latitude is None or longitude is None else [longitude, latitude]
    geometry = None if place is None else {"type": "Point", "coordinates": place}
    return {"type": "Feature", "id": id, "geometry": geometry, "properties": properties}


def _geojson(found: list[dict[str, Any]], **more: Any) -> JsonResponse:
    collection = {"type": "FeatureCollection", "features": found, **more}
    return JsonResponse(collection, content_type="application/geo+json")


def _digest(thing: Any) -> str:
    return hashlib.blake2s(json.dumps(thing, default=str).encode(), digest_size=8).hexdigest()
