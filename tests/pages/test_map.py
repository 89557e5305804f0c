"""The map's doors: what stands where, for whom, and at what cost."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from config.tiles import origin_of
from dispatch import assignments
from dispatch.models import Incident
from dispatch.views.live import _board
from responders import units
from responders.models import Unit
from tests.conftest import CALM, TESTS, Clock, make_unit

FEATURES, AREAS = "/map/features/", "/map/areas/"


@pytest.fixture
def ask(signed_in: Callable[[User], Client], dan: User) -> Callable[[], dict[str, Any]]:
    browser = signed_in(dan)

    def ask() -> dict[str, Any]:
        answer = browser.get(FEATURES)
        assert answer["Content-Type"] == "application/geo+json"
        assert "no-store" in answer["Cache-Control"]
        return answer.json()

    return ask


def of(told: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in told["features"] if each["properties"]["kind"] == kind]


@pytest.mark.django_db
def test_what_is_open_and_who_is_where(ask, incident: Incident, psr1: Unit, dan: User, clock: Clock) -> None:
    [found], [unit] = of(told := ask(), "incident"), of(told, "unit")
    assert told["type"] == "FeatureCollection"
    assert found == {
        "type": "Feature",
        "id": f"incident-{incident.number}",
        "geometry": {"type": "Point", "coordinates": [-122.6793, 45.5189]},
        "properties": {
            "kind": "incident",
            "program": "portland",
            "number": incident.number,
            "url": f"/incidents/{incident.number}/",
            "priority": incident.priority,
            "state": "pending",
            "overdue": False,
            "exercise": False,
            "label": f"incident {incident.number}, Welfare check, waiting",
        },
    }
    assert unit["geometry"]["coordinates"] == [-122.6780, 45.5200]
    assert (unit["properties"]["callsign"], unit["properties"]["label"]) == ("PSR1", "free")
    assert unit["properties"]["url"] == f"#unit-row-{psr1.id}"

    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    units.move(unit=psr1, latitude=45.6, longitude=-122.6, by=TESTS, at=clock.now)
    [moved] = of(ask(), "unit")
    assert moved["id"] == unit["id"]
    assert moved["geometry"]["coordinates"] == [-122.6, 45.6]
    assert moved["properties"]["incident"] == incident.number
    assert moved["properties"]["url"] == f"/incidents/{incident.number}/"
    assert moved["properties"]["short"] == "asked"
    assert moved["properties"]["label"] == f"asked, no answer yet, incident {incident.number}"

    clock.advance(9 * 3600)
    told = ask()
    assert of(told, "unit") == [], "off duty"
    assert of(told, "incident")[0]["properties"]["overdue"] is True


@pytest.mark.django_db
def test_what_has_no_place_is_there_to_be_counted(ask, take: Callable, clock: Clock) -> None:
    _, nowhere = take(latitude=None, longitude=None)
    assert [each["geometry"] for each in of(ask(), "incident") if each["properties"]["number"] == nowhere.number] == [
        None
    ]


@pytest.mark.django_db
def test_nobody_is_in_it(ask, take: Callable, psr1: Unit, signed_in, dan, caplog) -> None:
    take(narrative="She sits by the fountain", caller_name="Ada Byron", subject_name="Bo", address="12 Oak St")
    told = signed_in(dan).get(FEATURES).content.decode()
    assert "Welfare check" in told
    for personal in ("fountain", "Ada", "Byron", 'Bo"', "Oak", "Rosa"):
        assert personal not in told


@pytest.mark.django_db
def test_its_cost_does_not_grow(ask, take: Callable, program, person, clock: Clock) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            ask()
        return len(queries)

    take()
    make_unit(program, "PSR7", (45.5, -122.6), [person("una", "responder")], clock)
    before = cost()
    for number in range(4):
        take({**CALM, "weapon": "seen"})
        make_unit(program, f"PSR{10 + number}", (45.5, -122.6), [person(f"r{number}", "responder")], clock)
    assert cost() == before <= 8


@pytest.mark.django_db
def test_the_live_pane_names_the_version_that_the_door_tells(ask, incident: Incident, psr1: Unit, dan, clock) -> None:
    def pane() -> str:
        return _board("", timezone.now())["map-version"]

    first = ask()["version"]
    assert f'data-version="{first}"' in pane()
    clock.advance(7)
    assert ask()["version"] == first, "an hour in which nothing moves makes nobody read again"
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert ask()["version"] != first
    assert f'data-version="{ask()["version"]}"' in pane()


@pytest.mark.django_db
def test_the_outlines_are_sent_again_only_when_they_change(signed_in, dan, program) -> None:
    browser = signed_in(dan)
    answer = browser.get(AREAS)
    assert {each["properties"]["name"] for each in answer.json()["features"]} == {"portland", "lents"}
    assert {each["properties"]["program"] for each in answer.json()["features"]} == {"portland"}
    assert answer["Cache-Control"] == "private, no-cache"
    again = browser.get(AREAS, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    type(program).objects.update(changed_at=timezone.now().replace(year=2027))
    assert browser.get(AREAS, headers={"If-None-Match": answer["ETag"]}).status_code == 200


@pytest.mark.django_db
def test_both_pages_have_it_and_say_where_it_reads(signed_in, dan, incident: Incident, settings) -> None:
    browser = signed_in(dan)
    page = browser.get("/").content.decode()
    assert f'data-features="{FEATURES}"' in page
    assert f'data-areas="{AREAS}"' in page
    assert "data-incident" not in page
    assert 'data-tiles=""' in page
    settings.TILE_URL = "https://tiles.example.org/{z}/{x}/{y}.png"
    settings.TILE_ATTRIBUTION = "© OpenStreetMap contributors <b>, www.openstreetmap.org/copyright"
    page = browser.get(f"/incidents/{incident.number}/").content.decode()
    assert f'data-incident="{incident.number}"' in page
    assert 'data-tiles="https://tiles.example.org/{z}/{x}/{y}.png"' in page
    assert 'href="http://www.openstreetmap.org/copyright"' in page.replace("https", "http")
    assert "contributors &lt;b&gt;" in page


# Tiles


def policy_with(**told: str) -> subprocess.CompletedProcess[str]:
    probe = "from config import settings; print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'])"
    return subprocess.run(
        [sys.executable, "-c", probe],
        cwd=settings.BASE_DIR,
        env=os.environ | {"ORIGIN": "http://127.0.0.1:8000"} | told,
        capture_output=True,
        text=True,
    )


def test_browsers_may_load_tiles_from_there_and_from_nowhere_else() -> None:
    assert policy_with(TILE_URL="").stdout == "[\"'self'\", 'data:']\n"
    told = policy_with(TILE_URL="https://tiles.example.org:8443/osm/{z}/{x}/{y}.png?key=1").stdout
    assert told == "[\"'self'\", 'data:', 'https://tiles.example.org:8443']\n"
    assert policy_with(TILE_URL="/tiles/{z}/{x}/{y}.png").stdout == "[\"'self'\", 'data:']\n"


def test_a_wrong_address_is_refused_at_the_start() -> None:
    done = policy_with(TILE_URL="https://tiles.example.org/")
    assert done.returncode != 0
    assert "TILE_URL: one host, {z}, {x} and {y}" in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "https://{s}.example.org/{z}/{x}/{y}.png",
        "https://a.example.org; script-src *;/{z}/{x}/{y}.png",
        "//tiles.example.org/{z}/{x}/{y}.png",
        "tiles.example.org/{z}/{x}/{y}.png",
        "ftp://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{x}/{y}.png",
        "http://tiles.example.org/{z}/{x}/{y}.png",  # into an https page
    ],
)
def test_addresses_that_no_browser_would_load(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TILE_URL"):
        origin_of(url, https=True)
