"""The map as dispatchers use it: marks that move, a view that stays, keys, and a screen reader's way around it."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.browser.test_pages import WCAG
from tests.city import City
from tests.conftest import CALM, SQUARE


@pytest.fixture
def take(city: City) -> Any:
    def take(**more: Any) -> int:
        body = {"source": "tests", "call_type": "welfare_check", "facts": CALM, "exercise": True}
        location = {key: SQUARE[key] for key in ("address", "latitude", "longitude")} | more
        told = {key: value for key, value in location.items() if value is not None}
        taken = city.ask("POST", "/api/v1/calls/", {**body, "location": told})
        return int(taken["incident"]["number"])

    return take


@pytest.fixture
def dan(people: People) -> Page:
    return people.window("dan")


def mark(page: Page, name: str) -> Any:
    return page.locator("#map-canvas").get_by_role("link", name=re.compile(name))


def view(page: Page) -> str:
    """Where the outlines lie: any other zoom or centre shows them elsewhere."""
    boxes: str = page.evaluate(
        "JSON.stringify([...document.querySelectorAll('.map-area')].map((each) => each.getBoundingClientRect()))"
    )
    assert boxes != "[]"
    return boxes


def test_marks_move_and_the_view_stays(dan: Page, city: City, take: Any) -> None:
    number, _ = take(), take(latitude=None, longitude=None)
    dan.goto("/")
    expect(mark(dan, f"P\\d, incident {number}, Welfare check, waiting")).to_be_visible()
    expect(dan.locator("#map-without")).to_have_text("1 without a place")
    unit = mark(dan, "^PSR4 free")
    expect(unit).to_be_visible()
    unit.evaluate("link => { link.isTheSame = true }")
    before, seen = unit.bounding_box(), view(dan)
    rows = dan.locator("#queue").bounding_box()

    # It has driven on, and is asked: the one thing is seen with the other.
    city.rows("UPDATE responders_unit SET latitude = 45.50 WHERE callsign = 'PSR4' RETURNING 1")
    incident = city.ask("GET", "/api/v1/incidents/")["results"]
    (id,) = [each["id"] for each in incident if each["number"] == number]
    city.ask("POST", f"/api/v1/incidents/{id}/assignments/", {"unit": "PSR4"})
    moved = mark(dan, f"^PSR4 asked, no answer yet, incident {number}")
    expect(moved).to_be_visible()
    after = moved.bounding_box()
    assert after["y"] > before["y"] + 20, "south"
    assert moved.evaluate("link => link.isTheSame"), "moved, not drawn anew"
    assert view(dan) == seen
    assert dan.locator("#queue").bounding_box() == rows


def test_a_key_hides_it_and_this_browser_remembers(dan: Page) -> None:
    dan.goto("/")
    expect(dan.locator("#map")).to_be_visible()
    queue = dan.locator("#queue").bounding_box()
    dan.keyboard.press("Alt+m")
    expect(dan.locator("#map")).to_be_hidden()
    assert dan.locator("#queue").bounding_box() == pytest.approx(queue, abs=0.5)
    dan.reload()
    expect(dan.get_by_role("button", name="Show map")).to_be_visible()
    expect(dan.locator("#map")).to_be_hidden()
    dan.keyboard.press("Alt+m")
    expect(dan.get_by_role("button", name="Hide map")).to_have_attribute("aria-expanded", "true")
    dan.reload()
    expect(dan.locator("#map-canvas .map-unit").first).to_be_visible()


def test_by_keyboard_a_mark_opens_its_incident_and_the_map_can_be_skipped(dan: Page, take: Any) -> None:
    number = take(latitude=45.5600, longitude=-122.6000)
    dan.goto("/")
    expect(found := mark(dan, f"incident {number},")).to_be_visible()
    dan.get_by_role("link", name="Skip the map").focus()
    dan.keyboard.press("Enter")
    assert dan.evaluate("location.hash") == "#units"
    scale = dan.locator(".leaflet-control-scale-line").first
    fitted = scale.inner_text()
    dan.locator("#map-canvas").focus()
    dan.keyboard.press("+")
    expect(scale).not_to_have_text(fitted)
    dan.keyboard.press("f")
    expect(scale).to_have_text(fitted)
    found.focus()
    expect(dan.locator("#map-says")).to_contain_text(f"incident {number}")
    dan.keyboard.press("Enter")
    expect(dan).to_have_url(re.compile(f"/incidents/{number}/$"))
    expect(mark(dan, f"incident {number},")).to_be_visible()
    assert dan.locator("#map-canvas .map-incident").count() == 1, "its own, and who is near"
    expect(mark(dan, "^PSR1 free")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_in_it_stops_a_screen_reader(people: People, take: Any, scheme: Any) -> None:
    number = take()
    page = people.window("dan", scheme=scheme)
    for path in ("/", f"/incidents/{number}/"):
        page.goto(path)
        expect(page.locator("#map-canvas .map-incident").first).to_be_visible()
        # The map itself; the rest of the page has its own test. Places lie as near to each other as they do, so marks
        # cannot keep the distance that buttons should; each stands in the lists, too, which WCAG 2.5.8 asks for then.
        rules = {"runOnly": WCAG, "rules": {"target-size": {"enabled": False}}}
        found = Axe().run(page, context="#map", options=rules)
        assert found.response["violations"] == [], found.generate_report()
