"""Every screen, light and dark: readable by everyone, whole at its width, and without a fault."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.night import Night
from tests.browser.people import DESK, PHONE, SPANISH, People
from tests.browser.screens import SCREENS, open_screen
from tests.city import City

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OWN = {"exclude": [["#map-canvas"]]}  # has its own test, with the one rule that a map cannot keep

# Text that ends in dots because there was no room for it.
CUT = """[...document.querySelectorAll("body *")]
    .filter((each) => each.scrollWidth > each.clientWidth && getComputedStyle(each).textOverflow === "ellipsis")
    .filter((each) => !each.matches("input, select"))
    .map((each) => each.textContent.trim())"""


def violations(page: Page) -> str:
    """What axe finds, in a window as high as the page: what a bar at its lower edge lies over meanwhile can be scrolled
    out from under it."""
    width, height = page.evaluate("[innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]")
    page.set_viewport_size({"width": width, "height": height})
    seen = Axe().run(page, OWN, {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
    return seen.generate_report() if seen.violations_count else ""


@pytest.fixture(scope="module")
def night(city: City) -> Night:
    return Night(city).begin()


# These two see the night as it begins: among the screens are some that change it.


def test_who_is_out_and_who_is_free_are_in_sight_at_once(people: People, night: Night) -> None:
    dan = people.window("dan")
    dan.goto("/")
    units = dan.locator("#units")
    expect(units.locator(".unit-row", has_text="PSR2")).to_be_in_viewport(ratio=1)
    expect(units.get_by_role("heading", name="Free")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("log-in", "Iniciar sesión"),
        ("console", "Lo que necesita atención"),
        ("incident-on-scene", "Equipos"),
        ("incident-police", "Traspasos"),
        ("incident-waiting", "Quién puede ir, el mejor primero"),
        ("call-new", "Nueva llamada"),
        ("field-engaged", "Lo que se dijo"),
        ("public-policy", "Cuándo y dónde viene un equipo"),
    ],
)
def test_a_screen_is_readable_in_spanish(name, heading, people: People, night: Night) -> None:
    """Its words are longer: they fit all the same."""
    (screen,) = [each for each in SCREENS if each.name == name]
    page = people.window(screen.who, at=PHONE if screen.phone else DESK, locale=SPANISH)
    page.goto(screen.path if isinstance(screen.path, str) else screen.path(night))
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", name=heading).first).to_be_attached()
    assert violations(page) == ""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "nobody should have to scroll sideways"
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_readable_by_everyone(screen, people: People, night: Night) -> None:
    page = open_screen(screen, people, night)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == "", scheme
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "nobody should have to scroll sideways"
    assert page.evaluate(CUT) == []
    if screen.fault:
        assert all(screen.fault in fault for fault in people.faults)
        people.faults.clear()


def test_whoever_cannot_read_a_page_finds_their_language_on_it(people: People) -> None:
    stranger = people.window()
    stranger.goto("/public/policies/")
    stranger.get_by_role("button", name="Español").click()
    expect(stranger.locator("html")).to_have_attribute("lang", "es")
    assert stranger.url.endswith("/public/policies/"), "and they stay where they were"
    stranger.goto("/accounts/log-in/")
    stranger.get_by_role("button", name="English").click()
    expect(stranger.get_by_role("heading", name="Log in")).to_be_visible()
