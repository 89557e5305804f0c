"""Finding a place among 100,000 while somebody types, beside the bare read of as many rows by their keys."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from bench.figures import Figure, percentile
from bench.stack import environment, running
from config.datadir import BASE_DIR, default_data_dir
from config.services import lease

PLACES, ROADS, TIMES = 100_000, 1_500, 400
SYLLABLES = [
    "al",
    "ber",
    "ca",
    "dor",
    "en",
    "fi",
    "gra",
    "hol",
    "in",
    "ka",
    "lo",
    "mar",
    "nor",
    "ol",
    "per",
    "ros",
    "sa",
    "ton",
    "ver",
    "wil",
]


def run() -> list[Figure]:
    with running(DEMO="0") as stack:
        command = [sys.executable, "-m", "bench.places"]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=environment(stack), stdout=subprocess.PIPE, text=True, check=True
        )
    median, slow, slowest, bare = map(float, done.stdout.split())
    return [
        Figure(f"places: found among {PLACES:,}, median", median * 1e3, "ms", "reach: ≤ 50 ms"),
        Figure("places: p95 of these", slow * 1e3, "ms", "reach: ≤ 50 ms"),
        Figure("places: the slowest of these", slowest * 1e3, "ms"),
        Figure("places: reference, 8 rows read by their keys, median", bare * 1e3, "ms"),
    ]


def main() -> None:
    """Inside the stack's environment: fill its tables, look again and again."""
    with lease(default_data_dir()):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        print(*_measure())


def _measure() -> tuple[float, float, float, float]:
    from django.db import connection
    from django.utils import timezone

    from calls import importing, places
    from calls.models import Place
    from calls.place_files import Named
    from config.demo import SEED

    chance = random.Random(11)
    roads = [_road(chance) for _ in range(ROADS)]
    importing.take_in(
        source="bench", found=(Named(*_named(chance, roads)) for _ in range(PLACES)), by=SEED, at=timezone.now()
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    names = list(Place.objects.order_by("?").values_list("name", flat=True)[:TIMES])
    assert names[0] in [each.name for each in places.search(names[0], exercise=False)]
    took = [_timed(partial(places.search, _typed(chance, name), exercise=False)) for name in names]
    ids = list(Place.objects.values_list("id", flat=True)[:8])
    bare = [_timed(lambda: list(Place.objects.filter(id__in=ids))) for _ in range(TIMES)]
    return percentile(took, 0.5), percentile(took, 0.95), max(took), percentile(bare, 0.5)


def _road(chance: random.Random) -> str:
    quarter, kind = chance.choice(["SE", "SW", "NE", "NW", "N"]), chance.choice(["St", "Ave", "Blvd", "Dr"])
    name = str(chance.randrange(1, 163)) if chance.random() < 0.3 else "".join(chance.sample(SYLLABLES, 3)).title()
    return f"{quarter} {name} {kind}"


def _named(chance: random.Random, roads: list[str]) -> tuple[str, str, float, float]:
    position = 45.43 + chance.random() / 5, -122.84 + chance.random() / 3
    if chance.random() < 0.2:
        return "crossing", " & ".join(chance.sample(roads, 2)), *position
    return "address", f"{chance.randrange(100, 16_000)} {chance.choice(roads)}", *position


def _typed(chance: random.Random, name: str) -> str:
    """A place as it comes letter by letter, its streets in either order, every third with a slip."""
    name = " & ".join(sorted(name.split(" & "), key=lambda _: chance.random()))
    text = name[: chance.randrange(4, len(name) + 1)]
    slip = chance.randrange(1, len(text) - 1)
    return text[:slip] + text[slip + 1 :] if chance.random() < 1 / 3 else text


def _timed(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
