"""A city's words and the common ones: which column holds what, and which facts each type of call truly states.

Maps are data, in `type_maps/`: one file for each version of a city's map, `portland.yaml`, `portland@2.yaml` …

    city: San Antonio
    version: "1"
    effective_from: 2022-11-01                # of calls received on this day or later, in UTC
    columns: {external_id: …, received_at: …, address: …, latitude: …, longitude: …, type: [… columns that name it]}
    received_at: epoch_ms                     # or iso, or {format: "%m/%d/%y %H:%M", zone: America/Los_Angeles}
    place: optional                           # a row without a place is a call, too
    reject: {Reception: {RADIO: officer-initiated}}   # whatever the type: by what another column says
    types:                                    # nested by the columns of `type`
      Other Calls:
        Welfare Check: {call_type: welfare_check}
        Patrol By: {reject: officer-initiated}   # no call of the public: not taken, and counted under this reason

Of the columns only `received_at` and `type` must be named; `received_at` may be several, joined by a blank, and
`narrative` is what the dispatcher noted. A source that tells the day alone says `{format: …, zone: …, spread: day}`:
each row then gets a time of that day, always the same one, and says that it is invented.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.engine import FactErrors, FactValue, PolicyError, facts, read_yaml

FOLDER = Path(__file__).parent / "type_maps"

FIELDS = ("external_id", "received_at", "address", "latitude", "longitude", "narrative")
FORMATS = ("epoch_ms", "iso")


class MapError(ValueError):
    """A map cannot be read, or none fits; the text is fit for a screen."""


@dataclass(frozen=True)
class Meaning:
    """What a type states: its facts; or, in `rejected`, why rows of it are not calls of the public."""

    facts: Mapping[str, FactValue]
    rejected: str = ""


@dataclass(frozen=True)
class Clock:
    """How a file writes moments: by `format` in `zone`, where format is one of FORMATS or strptime's. With `spread` it
    tells the day alone."""

    format: str
    zone: ZoneInfo | None = None
    spread: bool = False


@dataclass(frozen=True)
class TypeMap:
    """One version of one city's map. `columns` names the columns of each of FIELDS that the city has."""

    name: str
    version: str
    effective_from: date
    city: str
    columns: Mapping[str, tuple[str, ...]]
    type_columns: tuple[str, ...]
    clock: Clock
    place_required: bool
    rejects: Mapping[str, Mapping[str, str]]
    types: Mapping[tuple[str, ...], Meaning]

    def __str__(self) -> str:
        """The name that a call keeps, and that `load` takes."""
        return f"{self.name}@{self.version}"

    def missing(self, header: Collection[str]) -> list[str]:
        """The columns that this map reads and a file with this header does not have."""
        read = [column for columns in self.columns.values() for column in columns]
        return [column for column in (*read, *self.type_columns, *self.rejects) if column not in header]

    def meaning(self, words: tuple[str, ...]) -> Meaning | None:
        """What the city's words for a type mean; None for words that are not in the map."""
        return self.types.get(words)

    def spoken(self, words: str) -> Meaning | None:
        """The same for words as a call keeps them (`joined`), in upper case or lower."""
        return self._joined.get(words.strip().casefold())

    @cached_property
    def _joined(self) -> Mapping[str, Meaning]:
        return {joined(words).casefold(): meaning for words, meaning in self.types.items()}


def joined(words: tuple[str, ...]) -> str:
    """A type as a call keeps it."""
    return " / ".join(words)


def names() -> list[str]:
    return sorted({path.stem.partition("@")[0] for path in FOLDER.glob("*.yaml")})


def versions(name: str) -> list[TypeMap]:
    """Every version of this map, the oldest first. Raises MapError when there is none, or one says what it cannot."""
    files = [path for path in sorted(FOLDER.glob("*.yaml")) if path.stem.partition("@")[0] == name]
    if not files:
        raise MapError(f"There is no map {name}; there are: {', '.join(names())}.")
    return sorted((_load(path, name) for path in files), key=lambda each: each.effective_from)


def load(name: str) -> TypeMap:
    """The newest map of this name, or the version that `name@version` names. Raises MapError like `versions`."""
    plain, _, version = name.partition("@")
    every = versions(plain)
    if not version:
        return every[-1]
    for each in every:
        if each.version == version:
            return each
    raise MapError(f"The map {plain} has no version {version}; it has: {', '.join(each.version for each in every)}.")


def in_force(name: str, at: datetime) -> TypeMap:
    """The version for a call received at this moment: the newest that had begun, or the first of all."""
    every = versions(name)
    begun = [each for each in every if each.effective_from <= at.astimezone(UTC).date()]
    return begun[-1] if begun else every[0]


def matching(header: Collection[str]) -> TypeMap:
    """The map whose columns this header has. Raises MapError that tells, for each map, which columns lack."""
    maps = [load(name) for name in names()]
    for each in maps:
        if not each.missing(header):
            return each
    lacking = "; ".join(f"{each.name} needs {', '.join(each.missing(header))}" for each in maps)
    raise MapError(f"No map fits the columns of this file. Missing: {lacking}.")


@cache
def _load(path: Path, name: str) -> TypeMap:
    try:
        return _read(name, read_yaml(path.read_text()))
    except (PolicyError, KeyError, TypeError, AttributeError) as error:
        raise MapError(f"The map {path.stem} is not well formed: {error}") from error


def _read(name: str, document: Any) -> TypeMap:
    columns = {field: _listed(column) for field, column in document["columns"].items()}
    type_columns = columns.pop("type")
    if unknown := set(columns) - set(FIELDS) or {"received_at"} - set(columns):
        raise MapError(
            f"The map {name} names columns of {', '.join(FIELDS)}, received_at always: {', '.join(unknown)}."
        )
    types = {}
    for words, said in _leaves(document["types"], len(type_columns)):
        try:
            types[words] = _meaning(said)
        except (FactErrors, ValueError) as error:
            raise MapError(f"The map {name}, type {joined(words)}: {error}") from None
    return TypeMap(
        name=name,
        version=str(document["version"]),
        effective_from=_day(name, str(document["effective_from"])),
        city=str(document["city"]),
        columns=columns,
        type_columns=type_columns,
        clock=_clock(name, document["received_at"]),
        place_required=document.get("place") != "optional",
        rejects=document.get("reject", {}),
        types=types,
    )


def _listed(column: str | list[str]) -> tuple[str, ...]:
    return (column,) if isinstance(column, str) else tuple(column)


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MapError(f"The map {name}: effective_from must be a day, such as 2025-10-05.") from None


def _clock(name: str, said: Any) -> Clock:
    if said in FORMATS:
        return Clock(said)
    try:
        return Clock(said["format"], ZoneInfo(said["zone"]), said.get("spread") == "day")
    except (TypeError, KeyError, ZoneInfoNotFoundError):
        wanted = f"one of {', '.join(FORMATS)}, or a format with its zone"
        raise MapError(f"The map {name}: received_at must be {wanted}.") from None


def _leaves(node: Mapping[str, Any], depth: int) -> list[tuple[tuple[str, ...], Mapping[str, Any]]]:
    if depth == 0:
        return [((), node)]
    return [((str(word), *rest), said) for word, inner in node.items() for rest, said in _leaves(inner, depth - 1)]


def _meaning(said: Mapping[str, Any]) -> Meaning:
    if "reject" in said:
        if len(said) > 1 or not said["reject"]:
            raise ValueError("reject stands alone, with its reason.")
        return Meaning({}, str(said["reject"]))
    if "call_type" not in said:
        raise ValueError("a type that is taken needs a call_type.")
    return Meaning(facts.check(said))
