"""Places by their names: however they are spelled, in whichever order, among a hundred thousand of them."""

import json
import random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from calls import importing, place_names, places, streets
from calls.models import Place, Street
from calls.place_files import Named
from journal.models import Entry
from tests.conftest import TESTS

DIRECTIONS = [("SE", "Southeast"), ("SW", "Southwest"), ("NE", "Northeast"), ("NW", "Northwest"), ("N", "North")]
KINDS = [("Ave", "Avenue"), ("St", "Street"), ("Blvd", "Boulevard"), ("Dr", "Drive"), ("Ct", "Court"), ("Rd", "Road")]
NAMES = ["Powell", "Hawthorne", "Belmont", "Burnside", "Division", "Foster", "Salmon", "Ankeny", "Tillamook", "Holgate"]


@st.composite
def street(draw):
    """One street, as somebody abbreviates it and as somebody writes it out."""
    number = draw(st.integers(1, 162))
    tail = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    short, long = draw(st.sampled_from([(name, name) for name in NAMES] + [(str(number), f"{number}{tail}")]))
    side, quarter = draw(st.sampled_from(DIRECTIONS))
    kind, whole = draw(st.sampled_from(KINDS))
    return f"{side} {short} {kind}.", f"{quarter} {long} {whole}".upper()


@given(street(), street(), st.sampled_from([" & ", " and ", "/", " at ", " AND "]))
def test_a_crossing_has_one_key_however_it_is_written(one, two, between):
    assert place_names.key(f"{one[0]}{between}{two[0]}") == place_names.key(f"{two[1]} & {one[1]}")


@given(st.text(max_size=400))
def test_any_text_has_a_key_that_fits_and_is_its_own(text):
    key = place_names.key(text)
    assert key.startswith(" ")
    assert key.endswith(" ")
    assert len(key) <= place_names.LONGEST
    words = key.split()
    assert sorted(place_names.key(" ".join(words)).split()) == sorted(words)
    assert len(place_names.asked(text).names) <= place_names.MOST


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("39th and Powell", " 39 powell "),
        ("SE Powell Boulevard & SE 39th Avenue", " 39 ave se powell blvd se "),
        ("powell/39", " 39 powell "),
        ("3900 block of SE Powell Blvd", " 3900 powell blvd se "),
        ("4100 SE Powell Blvd, Apt. 12b", " 4100 powell blvd se "),
        ("Café on O'Bryant Square", " cafe obryant sq "),
        ("Third Ave.", " 3 ave "),
        ("St. Johns Bridge", " johns bridge st "),
        ("Saint Johns Bridge", " johns bridge st "),
        ("MLK & Alberta", " alberta martin luther king "),
        ("!?", "  "),
    ],
)
def test_words_have_one_spelling(said, key):
    assert place_names.key(said) == key


def test_what_is_asked_tells_names_from_what_only_ranks():
    asked = place_names.asked("SE 39th & Powell Blvd")
    assert asked == place_names.Asked(("39", "powell"), frozenset({"se", "blvd"}), crossing=True)


CROSSINGS = [
    {"streets": ["Southeast 39th Avenue", "Southeast Powell Boulevard"], "lat": 45.4974, "lon": -122.6229},
    # The other carriageway: the same place to whoever looks for it.
    {"streets": ["Southeast Powell Boulevard", "Southeast 39th Avenue"], "lat": 45.4972, "lon": -122.6228},
    {"streets": ["Northeast 39th Avenue", "Northeast Tillamook Street"], "lat": 45.5374, "lon": -122.6230},
    {"streets": ["Southeast 39th Avenue", "Southeast Hawthorne Boulevard"], "lat": 45.5120, "lon": -122.6229},
    {"streets": ["Southwest 3rd Avenue", "Southwest Main Street"], "lat": 45.5150, "lon": -122.6772},
    {"streets": ["Southeast 3rd Avenue", "Southeast Main Street"], "lat": 45.5136, "lon": -122.6629},
]
ADDRESSES = (
    "\ufeffNumber,Street,LON,LAT,class\r\n"
    "3900,SE Powell Blvd,-122.6231,45.4973,\r\n"
    "4100,SE Powell Blvd,-122.6205,45.4972,care_facility\r\n"
    "4101,SE Powell Blvd,-122.6205,45.4975,\r\n"
    "12,,north,45.5,\r\n"
    "3700,SE Hawthorne Blvd,-122.6260,45.5120,palace\r\n"
    "3701,SE Hawthorne Blvd,-222.6260,45.5120,\r\n"
    ",,-122.6260,45.5120,\r\n"
    "3702,SE Hawthorne Blvd,-122.6260,45.5121,\r\n"
)
LANDMARKS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "Lents Park"},
            "geometry": {"type": "Polygon", "coordinates": [[[-122.57, 45.48], [-122.56, 45.48], [-122.56, 45.49]]]},
        },
        {"type": "Feature", "properties": {"name": "Nowhere"}, "geometry": {"type": "Point", "coordinates": []}},
    ],
}  # fmt: skip


@pytest.fixture
def files(tmp_path):
    (tmp_path / "crossings.json").write_text(json.dumps(CROSSINGS))
    (tmp_path / "addresses.csv").write_text(ADDRESSES)
    (tmp_path / "parks.geojson").write_text(json.dumps(LANDMARKS))
    return tmp_path


@pytest.fixture
def known(db, clock, files, capsys):
    for name in ("crossings.json", "addresses.csv", "parks.geojson"):
        call_command("import_places", str(files / name))
    return capsys.readouterr()


def found(text, exercise=False):
    return [each.name for each in places.search(text, exercise=exercise)]


def test_a_file_is_imported_and_bad_rows_are_named(known):
    assert known.out.splitlines() == [
        "crossings.json: 5 places, 0 pieces of streets.",
        "addresses.csv: 4 places, 0 pieces of streets.",
        "parks.geojson: 1 places, 0 pieces of streets.",
    ]
    assert known.err.splitlines() == [
        "Left out: line 5: Needs a latitude and a longitude, in degrees.",
        "Left out: line 6: class: must be one of: outdoors, open_business, government_lobby, public_indoors, shelter, "
        "care_facility, school, residential_common_area, private_residence, tent_or_vehicle_home, transit, "
        "locked_building.",
        "Left out: line 7: Its position is not on earth: degrees from -90 to 90, and from -180 to 180.",
        "Left out: line 8: Needs a name: an address, a number and a street, or a name.",
        "Left out: entry 2: Has no geometry that can be read.",
    ]
    told = Entry.objects.filter(kind="places.imported").order_by("id")
    assert [entry.payload for entry in told] == [
        {"places": 5, "streets": 0},
        {"places": 4, "streets": 0},
        {"places": 1, "streets": 0},
    ]
    assert Place.objects.get(name="4100 SE Powell Blvd").location_class == "care_facility"


def test_a_file_that_comes_again_replaces_what_it_brought(known, files):
    (files / "addresses.csv").write_text("address,latitude,longitude\n1 SE Main St,45.5,-122.6\n")
    call_command("import_places", str(files / "addresses.csv"))
    call_command("import_places", str(files / "addresses.csv"))
    assert [each.name for each in Place.objects.filter(source__name="addresses.csv")] == ["1 SE Main St"]
    assert Place.objects.filter(source__name="crossings.json").count() == 5


@pytest.mark.parametrize(
    ("name", "text", "refusal"),
    [
        ("addresses.csv", "address,latitude,longitude\n,,\n", "what was imported before stands"),
        ("addresses.csv", "wo,lat\n", "has lat, wo"),
        ("addresses.json", '[{"name": "x", "lat": 1, "lon": 2}, {', "Is not JSON"),
        ("addresses.shp", "x", "must end in one of"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(known, files, name, text, refusal):
    (files / name).write_text(text)
    with pytest.raises(CommandError, match=refusal):
        call_command("import_places", str(files / name), "--source", "addresses.csv")
    assert Place.objects.filter(source__name="addresses.csv").count() == 4


def test_json_lines_of_addresses_are_read(db, clock, tmp_path):
    row = {"address1": "1129 I Street", "city": "Anchorage", "coordinates": {"lat": 61.21, "lng": -149.89}}
    (tmp_path / "some.jsonl").write_text(f"{json.dumps(row)}\nnot json\n")
    call_command("import_places", str(tmp_path / "some.jsonl"))
    [place] = Place.objects.all()
    assert (place.name, place.kind, place.latitude, place.longitude) == ("1129 I Street", "address", 61.21, -149.89)


POWELL = "Southeast 39th Avenue & Southeast Powell Boulevard"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("39th and Powell", POWELL),
        ("SE Powell & 39th", POWELL),
        ("powell/39", POWELL),
        ("se pow & 39", POWELL),
        ("39th & Powel", POWELL),
        ("39th & Powwel", POWELL),
        ("hawthron and 39", "Southeast 39th Avenue & Southeast Hawthorne Boulevard"),
        ("39 and tilamook", "Northeast 39th Avenue & Northeast Tillamook Street"),
        ("SW 3rd & Main", "Southwest 3rd Avenue & Southwest Main Street"),
        ("third and main se", "Southeast 3rd Avenue & Southeast Main Street"),
        ("4100 Southeast Powell Boulevard #7", "4100 SE Powell Blvd"),
        ("4101 powell", "4101 SE Powell Blvd"),
        ("lentz park", "Lents Park"),
        ("Lents P", "Lents Park"),
    ],
)
def test_the_likeliest_comes_first(known, typed, first):
    assert found(typed)[0] == first


def test_no_number_is_taken_for_another(known):
    assert found("4102 powell") == []
    assert found("410 powell") == ["4100 SE Powell Blvd", "4101 SE Powell Blvd"]


@pytest.mark.parametrize("typed", ["", "p", "3", "se", "st", "zzyzx", "'; DROP TABLE calls_place; --", "%", "_\\"])
def test_what_says_nothing_finds_nothing(known, typed):
    assert found(typed) == []


def test_places_of_earlier_calls_are_found_and_exercises_stay_apart(take, clock):
    take(address="Under the Steel Bridge", narrative="He is called Bo.")
    take(address="Behind the Steel Mill", latitude=None, longitude=None)
    assert found("steel") == []
    assert places.learn() == 1
    assert found("steel bridge") == ["Under the Steel Bridge"]
    assert found("steel", exercise=True) == []
    [place] = Place.objects.all()
    assert (place.kind, place.latitude, place.seen_at) == ("past", 45.5189, clock.now)

    # Again at the same place: still one, where the newest call was.
    clock.advance(600)
    take(address="under the STEEL bridge", latitude=45.5275, longitude=-122.6691)
    assert places.learn() == 0
    [place] = Place.objects.all()
    assert (place.latitude, place.seen_at) == (45.5275, clock.now)


def test_an_address_that_was_changed_alone_teaches_no_place(take, tess, clock):
    from dispatch import taking

    call, _ = take(address="Under the Steel Bridge")
    taking.amend(call=call, answers={}, changes={"address": "Powell & 39th"}, by=tess, at=clock.now)
    assert places.learn() == 0


def test_among_a_hundred_thousand_the_index_is_asked(db, clock):
    chance = random.Random(7)
    syllables = ["ash", "bel", "cor", "dun", "el", "fal", "gra", "hol", "ing", "jas", "kel", "lin", "mor", "nes", "ock"]
    roads = ["".join(chance.sample(syllables, 3)).title() for _ in range(800)]
    names = [f"{chance.randrange(100, 13000)} SE {chance.choice(roads)} St" for _ in range(100_000)]
    rows = (Named("address", name, 45.5, -122.6 + number / 1e5) for number, name in enumerate(names))
    importing.take_in(source="many", found=rows, by=TESTS, at=clock.now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calls_place")
    number, _, road, _ = names[500].split()
    for typed in (names[500], f"{number} {road[:6]}", f"{number[:3]} {road[:-1]}x", road):
        with places.by_index():
            plan = places.ranked(place_names.asked(typed), exercise=False).explain()
        assert "place_by_words" in plan, typed
        assert "Seq Scan on calls_place" not in plan, typed
    assert names[500] in found(f"{number} {road}")


STREETS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": name, "highway": kind},
            "geometry": {"type": "LineString", "coordinates": points},
        }
        for name, kind, points in [
            ("Powell Boulevard", "primary", [[-122.63, 45.497], [-122.62, 45.497], [-122.61, 45.497]]),
            ("39th Avenue", "secondary", [[-122.62, 45.490], [-122.62, 45.497]]),
            ("39th Avenue", "secondary", [[-122.62, 45.497], [-122.62, 45.510]]),
            ("", "service", [[-122.61, 45.497], [-122.61, 45.498]]),
            ("Under It", "residential", [[-122.625, 45.490], [-122.625, 45.510]]),  # shares no point with Powell
            ("Broken", "residential", [[-122.625, 45.490]]),
        ]
    ],
}


@pytest.fixture
def mapped(db, clock, tmp_path, capsys):
    (tmp_path / "streets.geojson").write_text(json.dumps(STREETS))
    call_command("import_map", str(tmp_path / "streets.geojson"))
    return capsys.readouterr()


def test_streets_are_imported_and_their_crossings_found(mapped):
    assert mapped.out == "streets.geojson: 1 places, 5 pieces of streets.\n"
    assert mapped.err == "Left out: entry 6: A line needs two points on earth, each as [longitude, latitude].\n"
    assert list(Street.objects.order_by("id").values_list("weight", flat=True)) == [0, 1, 1, 2, 2]
    assert found("powell & 39") == ["39th Avenue & Powell Boulevard"]


def test_crossings_that_a_map_names_are_the_only_ones(db, clock, tmp_path):
    point = {"type": "Point", "coordinates": [-122.6, 45.5]}
    named = {"type": "Feature", "properties": {"streets": ["A Street", "B Street"]}, "geometry": point}
    (tmp_path / "m.geojson").write_text(json.dumps({**STREETS, "features": [named, *STREETS["features"]]}))
    call_command("import_map", str(tmp_path / "m.geojson"))
    assert list(Place.objects.values_list("name", flat=True)) == ["A Street & B Street"]


def test_a_square_of_the_map_holds_its_streets_in_pixels(mapped):
    # Worked out by hand: at zoom 14 this square reaches from -122.6294 to -122.6074, and from 45.4909 to 45.5063.
    square = streets.square(streets.stamp(), 14, 2611, 5861)
    assert square["names"] == []
    assert [line[0] for line in square["lines"]] == sorted((line[0] for line in square["lines"]), reverse=True)
    assert [0, -7, 155, 226, 155] in square["lines"]
    # Farther away only what is weighty is drawn; nearer names are written along it.
    assert [line[0] for line in streets.square(streets.stamp(), 11, 326, 732)["lines"]] == [1, 1, 0]
    names = streets.square(streets.stamp(), 16, 10445, 23446)["names"]
    assert sorted(names) == [["39th Avenue", 182, 187, 90], ["Powell Boulevard", 128, 109, 0]]
    assert streets.square(streets.stamp(), 14, 0, 0) == {"lines": [], "names": []}
    assert streets.square(streets.stamp(), 22, 0, 0) == {"lines": [], "names": []}
