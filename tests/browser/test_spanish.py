"""A browser that asks for Spanish: a call is worked in it while colleagues read English, and longer words fit."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.night import Night
from tests.browser.people import DESK, PHONE, People
from tests.browser.screens import SCREENS
from tests.browser.test_pages import CUT, OWN, WCAG
from tests.browser.test_story import answer_calmly, take_a_call
from tests.city import City

SPANISH = "es-US"
LOOKED_AT = {
    "log-in": "Iniciar sesión",
    "console": "Lo que necesita atención",
    "incident-on-scene": "Equipos",
    "incident-police": "Traspasos",
    "incident-waiting": "Quién puede ir, el mejor primero",
    "call-new": "Nueva llamada",
    "field-offer": "",
    "field-engaged": "",
    "public-policies": "",
    "public-policy": "",
}


@pytest.fixture(scope="module")
def night(city: City) -> Night:
    return Night(city).begin()


def test_a_call_is_worked_in_two_languages_at_once(people: People) -> None:
    """Tess and Rosa read English, Dan Spanish: each change comes to him in his, on pages that nobody loads anew."""
    tess, rosa = people.window("tess"), people.window("rosa", at=PHONE)
    dan = people.window("dan", locale=SPANISH)
    dan.goto("/")
    expect(dan.locator("html")).to_have_attribute("lang", "es")
    rosa.goto("/field/")

    number = take_a_call(tess)
    row = dan.locator(".incident-row", has_text=number)
    expect(row).to_contain_text("sin decidir")
    answer_calmly(tess)
    expect(tess.locator(".decision__outcome")).to_contain_text("A community team may go")
    expect(row).to_contain_text("aún sin equipo")

    row.click()
    dan.get_by_role("button", name="Ofrecer a PSR1").click()
    expect(dan.locator("#teams .notice")).to_contain_text("PSR1")
    team = dan.locator("#teams .box", has_text="PSR1")
    expect(team).to_contain_text("Por radio:")
    rosa.get_by_role("button", name="Accept").click()
    expect(team).to_contain_text("Última señal")
    rosa.get_by_role("button", name="En route").click()
    expect(dan.locator("#units .unit-row", has_text="PSR1")).to_contain_text("en camino")
    rosa.get_by_role("button", name="On scene").click()
    expect(row).to_contain_text("PSR1: en el lugar")
    expect(tess.locator(".incident-row", has_text=number)).to_contain_text("PSR1: on scene")


@pytest.mark.parametrize("screen", [each for each in SCREENS if each.name in LOOKED_AT], ids=lambda screen: screen.name)
def test_a_screen_is_readable_in_spanish(screen, people: People, night: Night) -> None:
    page = people.window(screen.who, at=PHONE if screen.phone else DESK, locale=SPANISH)
    page.goto(screen.path if isinstance(screen.path, str) else screen.path(night))
    expect(page.locator("html")).to_have_attribute("lang", "es")
    if LOOKED_AT[screen.name]:
        expect(page.get_by_role("heading", name=LOOKED_AT[screen.name]).first).to_be_attached()
    seen = Axe().run(page, OWN, {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
    assert seen.violations_count == 0, seen.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, "nobody should have to scroll sideways"
    assert page.evaluate(CUT) == []


def test_whoever_cannot_read_a_page_finds_their_language_on_it(people: People) -> None:
    stranger = people.window()
    stranger.goto("/public/policies/")
    stranger.get_by_role("button", name="Español").click()
    expect(stranger.locator("html")).to_have_attribute("lang", "es")
    assert stranger.url.endswith("/public/policies/"), "and they stay where they were"
    stranger.goto("/accounts/log-in/")
    stranger.get_by_role("button", name="English").click()
    expect(stranger.get_by_role("heading", name="Log in")).to_be_visible()
