"""Reading files of places and streets: CSV, JSON lines, GeoJSON, and lists of crossings in JSON. One at a time: a
county's addresses need not fit into memory."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, Final

import ijson
from shapely.errors import ShapelyError
from shapely.geometry import shape

from journal.refusals import Invalid
from triage.engine import facts

NAME: Final = 200  # characters
_LATITUDE, _LONGITUDE = ("latitude", "lat", "y"), ("longitude", "lon", "lng", "long", "x")
_ADDRESS, _CLASS = ("address", "full_address", "address1"), ("location_class", "class")
# What OpenStreetMap calls a street, by how far away it is still drawn.
_WIDE: Final = ("motorway", "trunk", "primary")
_MIDDLING: Final = ("secondary", "tertiary")


@dataclass(frozen=True)
class Named:
    """A place with a name and a position; `kind` is one of `calls.models.Place.Kind`."""

    kind: str
    name: str
    latitude: float
    longitude: float
    location_class: str = ""


@dataclass(frozen=True)
class Line:
    """A piece of a street, as (longitude, latitude). `weight` 0 is seen from afar, 2 only from near."""

    name: str
    weight: int
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Wrong:
    """A row that was left out: which, and what would be right."""

    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}"


def places(path: Path) -> Iterator[Named | Wrong]:
    """The places of a file. Raises Invalid when it is none that can be read at all, OSError when it is not there."""
    for where, row in _rows(path):
        try:
            yield _place(row)
        except ValueError as error:
            yield Wrong(where, str(error))


def streets(path: Path) -> Iterator[Named | Line | Wrong]:
    """The lines of a GeoJSON file, and its crossings where it has any. Raises like `places`."""
    for where, row in _rows(path):
        try:
            geometry = row.get("geometry")
            if not isinstance(geometry, Mapping) or geometry.get("type") not in ("LineString", "MultiLineString"):
                yield _place(row)
            else:
                yield from _lines(row, geometry)
        except ValueError as error:
            yield Wrong(where, str(error))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row with where it stands, its fields in small letters."""
    readers = {".csv": _csv, ".jsonl": _json_lines, ".ndjson": _json_lines, ".json": _json, ".geojson": _json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise Invalid({"file": f"Its name must end in one of: {', '.join(readers)}."})
    with path.open("rb") as file:
        for where, row in reader(file):
            yield where, {str(name).strip().lower(): value for name, value in row.items()}


def _csv(file: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = csv.DictReader((line.decode("utf-8", "replace") for line in file), restkey="more")
    names = {name.strip().lower().lstrip("\ufeff") for name in rows.fieldnames or ()}
    named = names & {*_ADDRESS, "name"} or {"number", "street"} <= names
    if not (named and names & set(_LATITUDE) and names & set(_LONGITUDE)):
        told = ", ".join(sorted(names)) or "nothing"
        raise Invalid(
            {"file": f"Needs the columns address (or number and street, or name), latitude, longitude; has {told}."}
        )
    rows.fieldnames = [name.lstrip("\ufeff") for name in rows.fieldnames or ()]
    for row in rows:
        yield f"line {rows.line_num}", row


def _json_lines(file: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            yield f"line {number}", _flat(row)


def _json(file: BinaryIO) -> Iterator[tuple[str, dict[str, Any]]]:
    begins = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    file.seek(0)
    try:
        entries = ijson.items(file, "item" if begins == b"[" else "features.item", use_float=True)
        for number, entry in enumerate(entries, 1):
            yield f"entry {number}", _flat(entry)
    except ijson.JSONError as error:
        raise Invalid({"file": f"Is not JSON: {error}"}) from None


def _flat(entry: Any) -> dict[str, Any]:
    """An entry with what it nests: a feature's properties beside its geometry, a position in its coordinates."""
    if not isinstance(entry, dict):
        return {}
    nested = [entry[name] for name in ("properties", "coordinates") if isinstance(entry.get(name), dict)]
    flat = dict(entry)
    for each in nested:
        flat |= each
    return flat


def _place(row: Mapping[str, Any]) -> Named:
    latitude, longitude = _position(row)
    together = row.get("streets")
    if isinstance(together, list) and len(together) > 1:
        kind, name = "crossing", " & ".join(map(str, together))
    elif name := _text(row, *_ADDRESS) or " ".join(filter(None, [_text(row, "number"), _text(row, "street")])):
        kind = "address"
    else:
        kind, name = "landmark", _text(row, "name")
    if not name:
        raise ValueError("Needs a name: an address, a number and a street, or a name.")
    if len(name) > NAME:
        raise ValueError(f"Its name has {len(name)} characters; {NAME} at most.")
    return Named(kind, name, latitude, longitude, _location_class(_text(row, *_CLASS)))


def _location_class(told: str) -> str:
    known = facts.FACTS["location_class"].values
    if told and told not in known:
        raise ValueError(f"class: must be one of: {', '.join(map(str, known))}.")
    return told


def _text(row: Mapping[str, Any], *names: str) -> str:
    found = next((row[name] for name in names if row.get(name) not in (None, "")), "")
    return " ".join(str(found).replace("\x00", "").split())


def _position(row: Mapping[str, Any]) -> tuple[float, float]:
    if isinstance(geometry := row.get("geometry"), Mapping):
        try:
            middle = shape(dict(geometry)).representative_point()
            latitude, longitude = middle.y, middle.x
        except (ShapelyError, KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise ValueError("Has no geometry that can be read.") from None
    else:
        try:
            latitude, longitude = float(_text(row, *_LATITUDE)), float(_text(row, *_LONGITUDE))
        except ValueError:
            raise ValueError("Needs a latitude and a longitude, in degrees.") from None
    if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("Its position is not on earth: degrees from -90 to 90, and from -180 to 180.")
    return latitude, longitude


def _lines(row: Mapping[str, Any], geometry: Mapping[str, Any]) -> Iterator[Line]:
    name = _text(row, "name")[:NAME]
    told = str(row.get("highway") or "")
    weight = 0 if told.startswith(_WIDE) else 1 if told.startswith(_MIDDLING) else 2
    parts = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
    try:
        lines = [[(float(longitude), float(latitude)) for longitude, latitude, *_ in part] for part in parts]
    except (TypeError, ValueError):
        raise ValueError("Has no geometry that can be read.") from None
    for points in lines:
        if len(points) < 2 or not all(abs(x) <= 180 and abs(y) <= 90 for x, y in points):
            raise ValueError("A line needs two points on earth, each as [longitude, latitude].")
        yield Line(name, weight, points)
