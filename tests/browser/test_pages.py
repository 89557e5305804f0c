"""Every screen, light and dark: readable by everyone, whole at its width, and without a fault."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.night import Night
from tests.browser.people import People
from tests.browser.screens import SCREENS, open_screen
from tests.city import City

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OWN = {"exclude": [["#map-canvas"]]}  # has its own test, with the one rule that a map cannot keep

# Text that ends in dots because there was no room for it.
CUT = """[...document.querySelectorAll("body *")]
    .filter((each) => each.scrollWidth > each.clientWidth && getComputedStyle(each).textOverflow === "ellipsis")
    .filter((each) => !each.matches("input, select"))
    .map((each) => each.textContent.trim())"""


@pytest.fixture(scope="module")
def night(city: City) -> Night:
    return Night(city).begin()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_readable_by_everyone(screen, people: People, night: Night) -> None:
    page = open_screen(screen, people, night)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        seen = Axe().run(page, OWN, {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
        assert seen.violations_count == 0, f"{scheme}: {seen.generate_report()}"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "nobody should have to scroll sideways"
    assert page.evaluate(CUT) == []
    if screen.fault:
        assert all(screen.fault in fault for fault in people.faults)
        people.faults.clear()


def test_who_is_out_and_who_is_free_are_in_sight_at_once(people: People, night: Night) -> None:
    dan = people.window("dan")
    dan.goto("/")
    units = dan.locator("#units")
    expect(units.locator(".unit-row", has_text="PSR2")).to_be_in_viewport(ratio=1)
    expect(units.get_by_role("heading", name="Free")).to_be_in_viewport(ratio=1)
