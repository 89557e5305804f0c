"""Rows of historic calls, read one by one from a .csv or .csv.gz: each is a call to replay, or is rejected and why."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from calls.type_maps import TypeMap
from triage.engine import FactValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1970, 2100)  # beyond them a moment is a slip, and a replay would wait for it
_LONGEST = {"external_id": 120, "address": 200}  # as calls.models.Call stores them


class BrokenFile(Exception):
    """The file cannot be read on; the text is fit for a screen."""


@dataclass(frozen=True)
class Row:
    """One historic call."""

    external_id: str
    received_at: datetime
    facts: Mapping[str, FactValue]
    address: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class Rejected:
    """A row that is not replayed. `words` is its type, where the reason is that the map does not know it."""

    reason: str
    words: str = ""


UNMAPPED = "type not in the map"


class _Unfit(Exception):
    pass


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[str], Iterator[list[str] | None]]]:
    """The header and the lines of a file; a line that is no CSV is None. Raises BrokenFile, also between lines."""
    with _text(path) as file:
        lines = _lines(csv.reader(file), path)
        header = next(lines, None)
        if not header:
            raise BrokenFile(f"{path.name} has no header.")
        yield header, lines


def _text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return open(path, encoding="utf-8-sig", errors="replace", newline="")


def _lines(reader: Iterator[list[str]], path: Path) -> Iterator[list[str] | None]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
        except (EOFError, OSError, zlib.error) as error:
            raise BrokenFile(f"{path.name} cannot be read on: {type(error).__name__}.") from error


def read(line: list[str] | None, *, header: list[str], by: TypeMap) -> Row | Rejected:
    """One line by a city's map."""
    if line is None:
        return Rejected("line that is no CSV")
    if not line:
        return Rejected("empty line")
    if len(line) != len(header):
        return Rejected("wrong number of fields")
    said = {column: value.strip() for column, value in zip(header, line, strict=True)}
    try:
        return _read(said, by)
    except _Unfit as unfit:
        return Rejected(str(unfit))


def _read(said: Mapping[str, str], by: TypeMap) -> Row | Rejected:
    given = {field: said[column] for field, column in by.columns.items()}
    for field in ("external_id", "received_at"):
        if not given[field]:
            raise _Unfit(f"no {by.columns[field]}")
    for field, longest in _LONGEST.items():
        if len(given[field]) > longest or "\0" in given[field]:
            raise _Unfit(f"{by.columns[field]} cannot be stored")
    words = tuple(said[column] for column in by.type_columns)
    meaning = by.meaning(words)
    if meaning is None:
        return Rejected(UNMAPPED, " / ".join(words))
    if meaning.rejected:
        return Rejected(meaning.rejected)
    latitude, longitude = _position(given, by)
    if latitude is None and not given["address"]:
        raise _Unfit("no place")
    return Row(
        external_id=given["external_id"],
        received_at=_moment(given["received_at"], by),
        facts=meaning.facts,
        address=given["address"],
        latitude=latitude,
        longitude=longitude,
    )


def _moment(value: str, by: TypeMap) -> datetime:
    column = by.columns["received_at"]
    try:
        epoch = by.received_format == "epoch_ms"
        moment = _EPOCH + timedelta(milliseconds=int(value)) if epoch else datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise _Unfit(f"{column} is no moment") from None
    if moment.tzinfo is None:
        raise _Unfit(f"{column} has no time zone")
    if moment.year not in _YEARS:
        raise _Unfit(f"{column} lies outside of {_YEARS.start} to {_YEARS.stop}")
    return moment.astimezone(UTC)


def _position(given: Mapping[str, str], by: TypeMap) -> tuple[float | None, float | None]:
    """Both or neither: callers do not always know where they are, but half a position is a mistake."""
    if not given["latitude"] and not given["longitude"]:
        return None, None
    try:
        latitude, longitude = float(given["latitude"]), float(given["longitude"])
    except ValueError:
        raise _Unfit(f"{by.columns['latitude']}, {by.columns['longitude']} are no position") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _Unfit(f"{by.columns['latitude']}, {by.columns['longitude']} are not on earth")
    return latitude, longitude
