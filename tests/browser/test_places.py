"""A place is found while it is typed: by keys alone, by the mouse, on the map, and without a script."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.browser.streets import import_places
from tests.browser.test_pages import WCAG
from tests.city import City

CROSSING = "Southeast 39th Avenue & Southeast Hawthorne Boulevard"


@pytest.fixture(scope="module")
def city_with_streets(city: City) -> City:
    import_places(city)
    return city


@pytest.fixture
def tess(people: People, city_with_streets: City) -> Page:
    page = people.window("tess")
    page.goto("/calls/new/")
    page.get_by_label("What is the call about?").select_option("welfare_check")
    return page


def field(page: Page):
    return page.get_by_role("combobox", name="Address, crossing or landmark")


def found(page: Page):
    return page.locator(".places:not([hidden]) [role=option]")


def position(page: Page):
    return [page.get_by_label(name, exact=True) for name in ("Latitude", "Longitude")]


def here(page: Page):
    return page.locator("[data-place-here]").first


def test_by_keys_a_crossing_is_found_and_its_position_filled_in(tess: Page) -> None:
    field(tess).press_sequentially("hawthron & 39")
    options = found(tess)
    expect(options.first).to_contain_text(CROSSING)
    expect(options.first).to_contain_text("crossing")
    expect(field(tess)).to_have_attribute("aria-expanded", "true")
    below = tess.get_by_label("In the caller’s words").bounding_box()
    field(tess).press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field(tess)).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "")
    # The list lies over other inputs, as lists do: what it half covers has no size to be judged by.
    faults = Axe().run(tess, ".input:has(> .places)", {"runOnly": {"type": "tag", "values": WCAG}})
    assert faults.violations_count == 0, faults.generate_report()
    field(tess).press("Enter")
    expect(field(tess)).to_have_value(CROSSING)
    expect(field(tess)).to_be_focused()
    expect(field(tess)).to_have_attribute("aria-expanded", "false")
    expect(options).to_have_count(0)
    expect(position(tess)[0]).to_have_value("45.498000")
    expect(here(tess)).to_contain_text("Served by")
    assert tess.get_by_label("In the caller’s words").bounding_box() == below, "nothing has moved"

    # More may be said of it; another place has another position.
    field(tess).press_sequentially(", rear door")
    expect(position(tess)[0]).to_have_value("45.498000")
    field(tess).fill("Behind the old mill")
    expect(position(tess)[0]).to_have_value("")
    expect(here(tess)).to_contain_text("No position yet")
    tess.keyboard.press("Control+Enter")
    expect(tess).to_have_url(re.compile(r"/incidents/\d+/$"))
    expect(tess.get_by_role("heading", level=2).first).to_be_visible()
    expect(tess.locator("#place")).to_contain_text("Place not verified")
    tess.get_by_role("button", name="It will do as it is").click()
    expect(tess.locator("#place")).to_be_hidden()


def test_escape_closes_the_list_and_keeps_what_is_typed(tess: Page) -> None:
    field(tess).press_sequentially("powell 39")
    expect(found(tess).first).to_be_visible()
    field(tess).press("ArrowDown")
    field(tess).press("Escape")
    expect(found(tess)).to_have_count(0)
    expect(field(tess)).to_have_value("powell 39")
    expect(field(tess)).to_be_focused()
    field(tess).press("ArrowDown")
    expect(found(tess).first).to_be_visible()
    field(tess).press("Tab")
    expect(found(tess)).to_have_count(0)


def test_an_address_brings_its_kind_of_place_and_the_mouse_chooses(tess: Page) -> None:
    field(tess).press_sequentially("3700 hawth")
    found(tess).filter(has_text="3700 SE Hawthorne Blvd").click()
    expect(field(tess)).to_have_value("3700 SE Hawthorne Blvd")
    expect(tess.get_by_label("Kind of place")).to_have_value("open_business")
    # Kept with the draft.
    tess.reload()
    expect(position(tess)[0]).to_have_value("45.498200")


def test_an_answer_that_comes_late_is_dropped(tess: Page) -> None:
    slow = []
    tess.route(re.compile(r"/places/\?q=powell($|&)"), lambda route: slow.append(route))
    field(tess).press_sequentially("powell")
    tess.wait_for_function("() => performance.getEntriesByType('resource').length > 0")
    for _ in range(50):
        if slow:
            break
        tess.wait_for_timeout(50)
    field(tess).press_sequentially(" 39")
    expect(found(tess).first).to_contain_text("39th")
    shown = found(tess).count()
    assert slow, "the first question was asked"
    slow[0].continue_()
    tess.wait_for_timeout(300)
    assert found(tess).count() == shown


def test_a_position_is_picked_on_the_map(tess: Page) -> None:
    button = tess.get_by_role("button", name="Pick on the map")
    button.focus()
    tess.keyboard.press("Enter")
    canvas = tess.get_by_role("group", name="Map: a click sets the position")
    expect(canvas).to_have_attribute("data-fitted", "")
    expect(canvas.locator(".map-street").first).to_be_attached()
    canvas.click(position={"x": 200, "y": 140})
    expect(position(tess)[0]).to_have_value(re.compile(r"^45\.\d{6}$"))
    expect(here(tess)).to_contain_text("Served by")
    expect(canvas.locator(".place__mark")).to_have_count(1)


def test_the_caller_may_be_elsewhere(tess: Page) -> None:
    tess.get_by_text("The caller is somewhere else").click()
    caller = tess.get_by_role("combobox", name="Where the caller is")
    caller.press_sequentially("9200 powell")
    expect(found(tess).first).to_be_visible()
    caller.press("ArrowDown")
    caller.press("Enter")
    expect(tess.get_by_label("Caller’s latitude")).to_have_value("45.486100")
    expect(position(tess)[0]).to_have_value("")


def test_an_incident_is_placed_in_its_call(tess: Page) -> None:
    field(tess).fill("Behind the old mill")
    tess.keyboard.press("Control+Enter")
    expect(tess.locator("#place")).to_contain_text("Place not verified")
    tess.get_by_text("Add words, correct the place or an answer").click()
    address = tess.get_by_role("combobox", name="Address", exact=True)
    address.fill("")
    address.press_sequentially("powell and 39")
    expect(found(tess).first).to_be_visible()
    address.press("ArrowDown")
    address.press("Enter")
    tess.get_by_role("button", name="Store").click()
    expect(tess.locator("#place")).to_be_hidden()
    expect(tess.locator(".incident-head")).to_contain_text("Southeast 39th Avenue & Southeast Powell Boulevard")


def test_streets_lie_under_the_consoles_map(people: People, city_with_streets: City) -> None:
    dan = people.window("dan")
    dan.goto("/")
    expect(dan.locator("#map-canvas .map-street").first).to_be_attached()
