"""A small town's streets and places, invented, in the forms in which cities publish theirs."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.city import City

SOUTH, WEST, APART = 45.470, -122.700, 0.006  # degrees
ACROSS = [
    "Ankeny Street",
    "Belmont Street",
    "Hawthorne Boulevard",
    "Division Street",
    "Powell Boulevard",
    "Holgate Boulevard",
]
UP = [f"{number}th Avenue" for number in (5, 12, 20, 28, 39, 52, 60, 72, 82, 92)]


def _line(name: str, highway: str, points: list[list[float]]) -> dict[str, Any]:
    geometry = {"type": "LineString", "coordinates": points}
    return {"type": "Feature", "properties": {"name": f"Southeast {name}", "highway": highway}, "geometry": geometry}


def _streets() -> dict[str, Any]:
    """A grid whose lines share their crossings."""
    east, north = ([start + number * APART * step for number in range(count)] for start, count, step in [
        (WEST, len(UP), 2.5), (SOUTH + 0.04, len(ACROSS), -1)
    ])  # fmt: skip
    kinds = ["residential", "tertiary", "primary"]
    return {
        "type": "FeatureCollection",
        "features": [
            *(
                _line(name, kinds[number % 3], [[x, y] for x in east])
                for number, (name, y) in enumerate(zip(ACROSS, north, strict=True))
            ),
            *(
                _line(name, kinds[number % 3], [[x, y] for y in north])
                for number, (name, x) in enumerate(zip(UP, east, strict=True))
            ),
        ],
    }


ADDRESSES = """address,latitude,longitude,class
3700 SE Hawthorne Blvd,45.4982,-122.6420,open_business
3702 SE Hawthorne Blvd,45.4983,-122.6421,private_residence
9200 SE Powell Blvd,45.4861,-122.5650,care_facility
"""


def import_places(city: City) -> None:
    with TemporaryDirectory() as folder:
        streets, addresses = Path(folder) / "streets.geojson", Path(folder) / "addresses.csv"
        streets.write_text(json.dumps(_streets()))
        addresses.write_text(ADDRESSES)
        city.stack.manage("import_map", str(streets))
        city.stack.manage("import_places", str(addresses))
