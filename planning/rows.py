"""Rows of historic calls, read one by one from a .csv or .csv.gz: each is a call to replay, or is rejected and why."""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import IO

from calls import type_maps
from calls.type_maps import TypeMap
from triage.engine import FactValue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1970, 2100)  # beyond them a moment is a slip, and a replay would wait for it
_LONGEST = {"external_id": 120, "address": 200, "narrative": 20_000}  # as calls.models.Call stores them


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
    local_type: str = ""
    type_map: str = ""
    narrative: str = ""


@dataclass(frozen=True)
class Rejected:
    """A row that is not replayed. `words` is its type, where the reason is that the map does not know it."""

    reason: str
    words: str = ""


UNMAPPED = "type not in the map"
INVENTED = "The source tells the day alone; the time of day is invented."


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


def in_order(rows: Iterable[Row | Rejected], *, by: TypeMap) -> Iterator[Row | Rejected]:
    """Rows in the order of their moments, one day after the other, where the file has days alone or whole minutes."""
    if by.clock.zone is None:
        yield from rows
        return
    # A rejected row belongs to the day that it stands in.
    day = date.min

    def day_of(row: Row | Rejected) -> object:
        nonlocal day
        if isinstance(row, Row):
            day = row.received_at.astimezone(by.clock.zone).date()
        return day

    for _, group in groupby(rows, key=day_of):
        several = list(group)
        yield from (row for row in several if isinstance(row, Rejected))
        yield from sorted((row for row in several if isinstance(row, Row)), key=lambda row: row.received_at)


def read(line: list[str] | None, *, header: list[str], by: TypeMap, number: int = 0) -> Row | Rejected:
    """One line by a city's map. `number` is its place in the file: its name where the city gives it none."""
    if line is None:
        return Rejected("line that is no CSV")
    if not line:
        return Rejected("empty line")
    if len(line) != len(header):
        return Rejected("wrong number of fields")
    said = {column: value.strip() for column, value in zip(header, line, strict=True)}
    try:
        return _read(said, by, number)
    except _Unfit as unfit:
        return Rejected(str(unfit))


def _read(said: Mapping[str, str], by: TypeMap, number: int) -> Row | Rejected:
    given = dict.fromkeys(type_maps.FIELDS, "")
    for field, columns in by.columns.items():
        given[field] = " ".join(said[column] for column in columns).strip()
        if field in ("external_id", "received_at") and not all(said[column] for column in columns):
            raise _Unfit(f"no {_named(field, by)}")
    for field, longest in _LONGEST.items():
        if len(given[field]) > longest or "\0" in given[field]:
            raise _Unfit(f"{_named(field, by)} cannot be stored")
    for column, reasons in by.rejects.items():
        if said[column] in reasons:
            return Rejected(reasons[said[column]])
    words = tuple(said[column] for column in by.type_columns)
    meaning = by.meaning(words)
    if meaning is None:
        return Rejected(UNMAPPED, type_maps.joined(words))
    if meaning.rejected:
        return Rejected(meaning.rejected)
    latitude, longitude = _position(given, by)
    if by.place_required and latitude is None and not given["address"]:
        raise _Unfit("no place")
    external_id = given["external_id"] or f"row {number}"
    return Row(
        external_id=external_id,
        received_at=_moment(given["received_at"], by, external_id),
        facts=meaning.facts,
        address=given["address"],
        latitude=latitude,
        longitude=longitude,
        local_type=type_maps.joined(words),
        type_map=str(by),
        narrative=given["narrative"] or (INVENTED if by.clock.spread else ""),
    )


def _named(field: str, by: TypeMap) -> str:
    return " ".join(by.columns.get(field, (field,)))


def _moment(value: str, by: TypeMap, external_id: str) -> datetime:
    column = _named("received_at", by)
    try:
        match by.clock.format:
            case "epoch_ms":
                moment = _EPOCH + timedelta(milliseconds=int(value))
            case "iso":
                moment = datetime.fromisoformat(value)
            case written:
                moment = datetime.strptime(value, written).replace(tzinfo=by.clock.zone)
        if by.clock.spread:
            # Not by chance: every replay of a file has its calls at the same times of day.
            share = int.from_bytes(sha256(f"{value} {external_id}".encode()).digest()[:4]) / 2**32
            moment += timedelta(seconds=int(share * 86_400))
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
        raise _Unfit(f"{_named('latitude', by)}, {_named('longitude', by)} are no position") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise _Unfit(f"{_named('latitude', by)}, {_named('longitude', by)} are not on earth")
    return latitude, longitude
