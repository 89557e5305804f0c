"""The console's panes: they are sized by hand, remember it, and stand alone on a second screen."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import WIDE, People
from tests.city import City
from tests.conftest import CALM, SQUARE


@pytest.fixture
def take(city: City) -> Any:
    def take(**facts: Any) -> int:
        told = {"source": "tests", "call_type": "welfare_check", "location": SQUARE, "exercise": True}
        return int(city.ask("POST", "/api/v1/calls/", {**told, "facts": facts})["incident"]["number"])

    return take


def width(page: Page, pane: str) -> float:
    box = page.locator(pane).bounding_box()
    assert box
    return box["width"]


def divider(page: Page, name: str) -> Locator:
    return page.get_by_role("separator", name=name)


def test_a_pane_is_sized_by_keys_and_by_hand_and_stays_so_for_that_person(people: People, take: Any) -> None:
    number = take(**CALM)
    dan = people.window("dan")
    dan.goto("/")
    before = width(dan, "#queue")
    queue = divider(dan, "Width of the queue")
    for _ in range(3):
        queue.press("ArrowLeft")
    assert abs(width(dan, "#queue") - (before - 72)) <= 1
    expect(queue).to_have_attribute("aria-valuenow", str(round(width(dan, "#queue"))))

    units = divider(dan, "Width of the units")
    at = units.bounding_box()
    assert at
    was = width(dan, "#units")
    dan.mouse.move(at["x"] + at["width"] / 2, at["y"] + 200)
    dan.mouse.down()
    dan.mouse.move(at["x"] + at["width"] / 2 - 60, at["y"] + 200, steps=4)
    dan.mouse.up()
    assert width(dan, "#units") == was + 60

    dan.goto(f"/incidents/{number}/")
    assert abs(width(dan, "#queue") - (before - 72)) <= 1
    assert width(dan, "#units") == was + 60
    person = dan.locator("script[data-person]").get_attribute("data-person")
    assert dan.evaluate("(id) => localStorage.getItem(`rightcall.panes.${id}`)", person)

    divider(dan, "Width of the queue").press("Enter")
    assert width(dan, "#queue") == before
    assert width(dan, "#units") == was + 60
    dan.goto("/")
    dan.get_by_role("button", name="Set all back").press("Enter")
    assert width(dan, "#units") == was
    dan.reload()
    assert width(dan, "#units") == was


def test_no_size_takes_the_room_of_the_middle(people: People) -> None:
    dan = people.window("dan")
    dan.goto("/")
    divider(dan, "Width of the queue").press("End")
    divider(dan, "Width of the units").press("End")
    assert width(dan, ".pane--focus") >= 400
    assert dan.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_what_needs_someone_is_in_sight_beside_an_incident(people: People, take: Any) -> None:
    number, other = take(**CALM), take(channel="911")
    dan = people.window("dan")
    dan.goto(f"/incidents/{number}/")
    pressing = dan.get_by_role("navigation", name="What needs someone now")
    expect(pressing.get_by_role("link", name="with open questions")).to_be_in_viewport(ratio=1)
    expect(dan.locator(".pane--attention")).to_be_hidden()
    dan.locator(".pane--focus").evaluate("pane => pane.scrollTo(0, 10000)")
    expect(pressing).to_be_in_viewport(ratio=1)

    wide = people.window("dan", at=WIDE)
    wide.goto(f"/incidents/{number}/")
    expect(wide.locator(".pane--attention").get_by_role("link", name=f"{other}: ").first).to_be_in_viewport(ratio=1)
    expect(wide.locator("#decision")).to_be_in_viewport()
    expect(wide.get_by_role("navigation", name="What needs someone now")).to_be_hidden()
    divider(wide, "Width of what needs attention").press("ArrowRight")


def test_a_pane_alone_is_live_and_leads_back_to_the_console(people: People, take: Any) -> None:
    first = take(**CALM)
    dan = people.window("dan")
    dan.goto("/")
    with dan.expect_popup() as opened:
        dan.get_by_role("link", name="The queue in a window of its own").click()
    alone = opened.value
    expect(alone.locator("#queue")).to_contain_text(str(first))
    expect(alone.locator("#units")).to_have_count(0)
    second = take(**CALM)
    expect(alone.locator("#queue")).to_contain_text(str(second))
    alone.locator("#queue a", has_text=str(second)).click()
    expect(dan.get_by_role("heading", name="Decision")).to_be_visible()
    assert dan.url.endswith(f"/incidents/{second}/")
    assert alone.url.endswith("/console/queue/")
