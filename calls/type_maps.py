"""A city's words and the common ones: which column holds what, and which facts each type of call truly states.

Maps are data, one file a city, in `type_maps/`:

    city: San Antonio
    columns: {external_id: …, received_at: …, address: …, latitude: …, longitude: …, type: [… columns that name it]}
    received_at: epoch_ms                     # or iso
    types:                                    # nested by the columns of `type`
      Other Calls:
        Welfare Check: {call_type: welfare_check}
        Patrol By: {reject: officer-initiated}   # no call of the public: not taken, and counted under this reason
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.engine import FactErrors, FactValue, PolicyError, facts, read_yaml

FOLDER = Path(__file__).parent / "type_maps"

FIELDS = ("external_id", "received_at", "address", "latitude", "longitude")
FORMATS = ("epoch_ms", "iso")


class MapError(ValueError):
    """A map cannot be read, or none fits; the text is fit for a screen."""


@dataclass(frozen=True)
class Meaning:
    """What a type states: its facts; or, in `rejected`, why rows of it are not calls of the public."""

    facts: Mapping[str, FactValue]
    rejected: str = ""


@dataclass(frozen=True)
class TypeMap:
    """One city's map. `columns` names the column of each of FIELDS."""

    name: str
    city: str
    columns: Mapping[str, str]
    type_columns: tuple[str, ...]
    received_format: str
    types: Mapping[tuple[str, ...], Meaning]

    def missing(self, header: Collection[str]) -> list[str]:
        """The columns that this map reads and a file with this header does not have."""
        return [column for column in (*self.columns.values(), *self.type_columns) if column not in header]

    def meaning(self, words: tuple[str, ...]) -> Meaning | None:
        """What the city's words for a type mean; None for words that are not in the map."""
        return self.types.get(words)


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load(name: str) -> TypeMap:
    """The map of this name. Raises MapError when there is none, or when it says what it cannot."""
    if name not in names():
        raise MapError(f"There is no map {name}; there are: {', '.join(names())}.")
    try:
        document = read_yaml((FOLDER / f"{name}.yaml").read_text())
        return _read(name, document)
    except (PolicyError, KeyError, TypeError, AttributeError) as error:
        raise MapError(f"The map {name} is not well formed: {error}") from error


def matching(header: Collection[str]) -> TypeMap:
    """The map whose columns this header has. Raises MapError that tells, for each map, which columns lack."""
    maps = [load(name) for name in names()]
    for each in maps:
        if not each.missing(header):
            return each
    lacking = "; ".join(f"{each.name} needs {', '.join(each.missing(header))}" for each in maps)
    raise MapError(f"No map fits the columns of this file. Missing: {lacking}.")


def _read(name: str, document: Any) -> TypeMap:
    columns = dict(document["columns"])
    type_columns = tuple(columns.pop("type"))
    if set(columns) != set(FIELDS):
        raise MapError(f"The map {name} must name the columns of {', '.join(FIELDS)}, and no others.")
    if document["received_at"] not in FORMATS:
        raise MapError(f"The map {name}: received_at must be one of {', '.join(FORMATS)}.")
    types = {}
    for words, said in _leaves(document["types"], len(type_columns)):
        try:
            types[words] = _meaning(said)
        except (FactErrors, ValueError) as error:
            raise MapError(f"The map {name}, type {' / '.join(words)}: {error}") from None
    return TypeMap(name, str(document["city"]), columns, type_columns, document["received_at"], types)


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
