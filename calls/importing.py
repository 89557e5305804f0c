"""The verb of imports: what a file brings takes the place of what it brought before."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from calls import entries, place_files, place_names
from calls.models import Place, PlaceSource, Street
from calls.place_files import Line, Named
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid

_BATCH: Final = 2_000
_SAME: Final = 3  # decimals of a degree, about a hundred metres: within these one name is one place

T = TypeVar("T")


@dataclass(frozen=True)
class Imported:
    places: int
    streets: int


def take_in(*, source: str, found: Iterable[Named | Line], by: Actor, at: datetime) -> Imported:
    """Store what a file brings, in place of what the same source brought before: all of it, or nothing.

    Raises Invalid when it brings nothing: an empty file must not empty the map.
    """
    with transaction.atomic():
        # Two imports of one source take turns here.
        PlaceSource.objects.get_or_create(name=source, defaults={"imported_at": at, "imported_by_name": by.actor_name})
        kept = PlaceSource.objects.select_for_update().get(name=source)
        kept.places.all().delete()
        kept.streets.all().delete()
        places = streets = 0
        seen: set[int] = set()
        for batch in _batches(found, _BATCH):
            named = [_place(each, kept) for each in batch if isinstance(each, Named)]
            new = [each for each in named if each.key.strip() and not _met(each, seen)]
            lines = [_street(each, kept) for each in batch if isinstance(each, Line)]
            Place.objects.bulk_create(new)
            Street.objects.bulk_create(lines)
            places, streets = places + len(new), streets + len(lines)
        if not places + streets:
            raise Invalid({"file": _("Nothing in it could be read; what was imported before stands.")})
        kept.imported_at, kept.imported_by_name = at, by.actor_name
        kept.save()
        record(entries.PlacesImported(places=places, streets=streets), subject=kept, by=by, at=at)
    return Imported(places, streets)


def with_crossings(found: Iterable[Named | Line]) -> Iterator[Named | Line]:
    """The same; and where it names no crossing, the points that lines of different names share.

    Streets of a map that pass over each other share no point.
    """
    names: dict[tuple[float, float], set[str]] = {}
    named = False
    for each in found:
        yield each
        if isinstance(each, Named):
            named = named or each.kind == Place.Kind.CROSSING
        elif each.name and not named:
            for point in each.points:
                names.setdefault(point, set()).add(each.name)
    if not named:
        for (longitude, latitude), met in names.items():
            together = " & ".join(sorted(met))
            if len(met) > 1 and len(together) <= place_files.NAME:
                yield Named(Place.Kind.CROSSING, together, latitude, longitude)


def _place(named: Named, source: PlaceSource) -> Place:
    return Place(
        kind=named.kind,
        name=named.name,
        key=place_names.key(named.name),
        latitude=named.latitude,
        longitude=named.longitude,
        location_class=named.location_class,
        source=source,
    )


def _met(place: Place, seen: set[int]) -> bool:
    mark = hash((place.kind, place.key, round(place.latitude, _SAME), round(place.longitude, _SAME)))
    if mark in seen:
        return True
    seen.add(mark)
    return False


def _street(line: Line, source: PlaceSource) -> Street:
    longitudes, latitudes = zip(*line.points, strict=True)
    return Street(
        source=source,
        name=line.name,
        weight=line.weight,
        points=[list(point) for point in line.points],
        west=min(longitudes),
        south=min(latitudes),
        east=max(longitudes),
        north=max(latitudes),
    )


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch
