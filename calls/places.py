"""Known places: looked for while somebody types, and learned from the calls that were there."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import reduce
from operator import add, and_
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, F, FloatField, Max, Q, QuerySet, Value, When
from django.db.models.functions import Length

from calls import place_names
from calls.models import Call, Place
from calls.place_names import Asked

SHOWN = 8
# How much of a word must be found, by its groups of three letters: half of "Hawthron" is in "Hawthorne".
_ALIKE = 0.4
_CANDIDATES = 3_000  # are ranked at most; where more fit, more must be typed
_NEAR = 0.001  # degrees: two of one name and this near are one to whoever reads
_OVERLAP = timedelta(minutes=5)


def search(text: str, *, exercise: bool) -> list[Place]:
    """The places that this may mean, the likeliest first, whatever the order of its words and small slips in them.

    Where real calls were is not told to an exercise, nor the other way.
    """
    asked = place_names.asked(text)
    if sum(map(len, asked.names)) < 2:
        return []
    with by_index():
        return _apart(ranked(asked, exercise=exercise)[: SHOWN * 4])


@contextmanager
def by_index() -> Iterator[None]:
    """Words are as much alike as we hold them to be; and they are looked up, whatever Postgres guesses of how many
    fit: of likeness it knows nothing, and would read the whole table to find three."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true),"
            " set_config('enable_seqscan', 'off', true)",
            [str(_ALIKE)],
        )
        yield


def ranked(asked: Asked, *, exercise: bool) -> QuerySet[Place]:
    """What has all the names, by how well it has them."""
    fitting = Place.objects.filter(reduce(and_, map(_has, asked.names))).exclude(
        Q(kind=Place.Kind.PAST) & ~Q(exercise=exercise)
    )
    score: list[Any] = [TrigramWordSimilarity(name, "key") for name in asked.names]
    score += [_worth(0.3, key__contains=f" {rank} ") for rank in sorted(asked.ranks)]
    if asked.crossing:
        score.append(_worth(0.4, kind=Place.Kind.CROSSING))
    few = Place.objects.filter(pk__in=fitting.values("pk")[:_CANDIDATES])
    return few.alias(score=reduce(add, score)).order_by(F("score").desc(), Length("key"), "name", "id")


def _worth(points: float, **when: Any) -> Case:
    return Case(When(**when, then=Value(points)), default=Value(0.0), output_field=FloatField())


def _has(name: str) -> Q:
    # A number is not looked for by likeness: 4101 is not 4100. Nor is a word too short to be like anything.
    if name[0].isdigit() or len(name) < 3:
        return Q(key__contains=f" {name}")
    return Q(key__trigram_word_similar=name)


def _apart(found: Iterable[Place]) -> list[Place]:
    """Without what would look the same: the carriageways of one crossing, the flats of one house."""
    shown: list[Place] = []
    for place in found:
        if not any(place.key == other.key and place.is_near(other, _NEAR) for other in shown):
            shown.append(place)
    return shown[:SHOWN]


def learn() -> int:
    """Remember where calls have been since it was last done: address and position, nothing of whom. How many are new.

    A table of its own, not a search of the calls: so that no call waits for an index of words when it is taken.
    """
    newest = Place.objects.aggregate(newest=Max("seen_at"))["newest"]
    calls = Call.objects.filter(placed_at__isnull=False, latitude__isnull=False).exclude(address="")
    if newest:
        calls = calls.filter(changed_at__gt=newest - _OVERLAP)
    found = {}
    told = ("address", "latitude", "longitude", "exercise", "changed_at")
    rows = calls.order_by("changed_at").values_list(*told).iterator()
    for address, latitude, longitude, exercise, seen_at in rows:
        key = place_names.key(address)
        if key.strip():
            found[key, exercise] = Place(
                kind=Place.Kind.PAST,
                name=address,
                key=key,
                latitude=latitude,
                longitude=longitude,
                exercise=exercise,
                seen_at=seen_at,
            )
    past = Place.objects.filter(kind=Place.Kind.PAST)
    with transaction.atomic():
        known = {(each.key, each.exercise): each for each in past.filter(key__in={key for key, _ in found})}
        for mark in found.keys() & known.keys():
            known[mark].name, known[mark].seen_at = found[mark].name, found[mark].seen_at
            known[mark].latitude, known[mark].longitude = found[mark].latitude, found[mark].longitude
        Place.objects.bulk_update(known.values(), ["name", "latitude", "longitude", "seen_at"], batch_size=500)
        new = [found[mark] for mark in found.keys() - known.keys()]
        # Two workers at once learn the same: the second finds it there.
        Place.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
