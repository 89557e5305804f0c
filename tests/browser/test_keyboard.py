"""A shift by keyboard alone: no mouse is moved in any of these tests."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.browser.test_pages import OWN, WCAG
from tests.city import City
from tests.conftest import CALM, SQUARE


@pytest.fixture
def take(city: City) -> Any:
    def take(**more: Any) -> int:
        told = {"source": "tests", "call_type": "welfare_check", "location": SQUARE, "exercise": True, **more}
        return int(city.ask("POST", "/api/v1/calls/", {**told, "facts": CALM})["incident"]["number"])

    return take


def say(page: Page, line: str, *, answer: str) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Command")).to_be_focused()
    page.keyboard.type(line)
    page.keyboard.press("Enter")
    expect(page.locator("#command-answer")).to_contain_text(answer)
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Command")).not_to_be_focused()


def at_the_line(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Command")).to_be_focused()


def test_a_small_shift_by_keyboard_alone(people: People, take: Any) -> None:
    number = take(caller={"name": "Robin Vale", "phone": "503-555-0188"})
    again, third = take(), take()
    dan = people.window("dan")
    dan.goto("/")

    at_the_line(dan)
    dan.keyboard.type(str(number))
    dan.keyboard.press("Enter")
    dan.wait_for_url(f"**/incidents/{number}/")
    line = dan.get_by_role("combobox", name="Command")
    expect(line).to_be_focused()
    expect(dan.locator("#command-answer")).to_have_text(f"Incident {number}.")
    dan.keyboard.press("Escape")

    say(dan, "d psr1", answer=f"PSR1 is asked for incident {number}.")
    team = dan.locator("#teams .box", has_text="PSR1")
    expect(team).to_contain_text("asked, no answer yet")
    say(dan, "a", answer="PSR1: accepted, not yet rolling")
    say(dan, "en", answer="PSR1: en route")
    say(dan, "os", answer="PSR1: on scene")
    expect(team).to_contain_text("on scene")
    say(dan, "n gate code 4471", answer=f"Noted for incident {number}.")
    expect(dan.locator("#calls")).to_contain_text("Dan")
    expect(dan.locator("#calls")).to_contain_text("gate code 4471")
    say(dan, "c refused", answer="PSR1: clear (evaluated, care refused)")
    expect(dan.locator("#ending")).to_contain_text("refused")

    say(dan, f"h {again} caller_asks +10", answer=f"Incident {again} is on hold until")
    say(dan, f"m {again} {third}", answer=f"Incident {again} is merged into {third}.")
    at_the_line(dan)
    dan.keyboard.press("Control+z")
    expect(dan.locator("#command-answer")).to_contain_text(f"Undone: Incident {again} is merged into {third}.")
    expect(line).to_have_value("")
    dan.keyboard.press("Escape")
    say(dan, f"x {third} police", answer=f"Hand-off of incident {third} to police opened")

    # Find, and on to what was found.
    at_the_line(dan)
    dan.keyboard.type("f robin vale")
    dan.keyboard.press("Enter")
    found = dan.get_by_role("list", name="Found")
    expect(found).to_contain_text("caller Robin Vale")
    dan.keyboard.press("Tab")
    while not dan.evaluate("document.activeElement.closest('#command-found') !== null"):
        dan.keyboard.press("Tab")
    dan.keyboard.press("Enter")
    dan.wait_for_url(f"**/incidents/{number}/")


def test_what_is_refused_stays_to_be_mended_and_what_was_typed_comes_back(people: People, take: Any) -> None:
    number = take()
    dan = people.window("dan")
    dan.goto("/")
    line, answer = dan.get_by_role("combobox", name="Command"), dan.locator("#command-answer")
    at_the_line(dan)
    dan.keyboard.type(f"d psr9 {number}")
    dan.keyboard.press("Enter")
    expect(answer).to_have_text("There is no team psr9.")
    expect(line).to_have_value(f"d psr9 {number}")
    expect(line).to_be_focused()
    line.press("Control+a")
    dan.keyboard.type(f"n {number} he is cold")
    dan.keyboard.press("Enter")
    expect(answer).to_have_text(f"Noted for incident {number}.")
    expect(line).to_have_value("")
    dan.keyboard.press("ArrowUp")
    expect(line).to_have_value(f"n {number} he is cold")
    dan.keyboard.press("ArrowDown")
    expect(line).to_have_value("")
    dan.reload()
    at_the_line(dan)
    dan.keyboard.press("ArrowUp")
    expect(line).to_have_value(f"n {number} he is cold")


def test_completions_are_taken_by_keys_and_tab_is_no_trap(people: People, take: Any) -> None:
    number = take()
    dan = people.window("dan")
    dan.goto(f"/incidents/{number}/")
    line = dan.get_by_role("combobox", name="Command")
    at_the_line(dan)
    dan.keyboard.type("x pol")
    expect(dan.locator("#command-options").get_by_role("option", name="police")).to_be_visible()
    expect(line).to_have_attribute("aria-expanded", "true")
    dan.keyboard.press("Tab")
    expect(line).to_have_value("x police ")
    dan.keyboard.press("Control+a")
    dan.keyboard.type("h ")
    expect(dan.locator("#command-options").get_by_role("option").first).to_be_visible()
    dan.keyboard.press("ArrowDown")
    first = dan.locator("[role=option][aria-selected=true]")
    expect(first).to_have_count(1)
    expect(line).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "")
    taken = first.get_attribute("data-line") or ""
    dan.keyboard.press("Enter")
    expect(line).to_have_value(taken)
    dan.keyboard.press("Tab")
    expect(line).not_to_be_focused()


def test_help_opens_is_readable_and_gives_the_focus_back(people: People) -> None:
    dan = people.window("dan")
    dan.goto("/")
    at_the_line(dan)
    dan.keyboard.type("?")
    dan.keyboard.press("Enter")
    help = dan.get_by_role("dialog", name="Commands and keys")
    expect(help).to_contain_text("D team [incident]")
    seen = Axe().run(dan, OWN, {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
    assert seen.violations_count == 0, seen.generate_report()
    dan.keyboard.press("Escape")
    expect(help).to_be_hidden()
    expect(dan.get_by_role("combobox", name="Command")).to_be_focused()


def test_the_queue_and_the_panes_are_reached_and_single_keys_can_be_switched_off(people: People, take: Any) -> None:
    take(), take()
    dan = people.window("dan")
    dan.goto("/")
    rows = dan.locator("#queue .incident-row")
    dan.keyboard.press("j")
    expect(rows.first).to_be_focused()
    dan.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    dan.keyboard.press("ArrowUp")
    expect(rows.first).to_be_focused()
    dan.keyboard.press("F6")
    expect(dan.locator(".pane--focus")).to_be_focused()
    dan.keyboard.press("F6")
    expect(dan.locator("#units")).to_be_focused()
    dan.keyboard.press("Shift+F6")
    expect(dan.locator(".pane--focus")).to_be_focused()
    dan.keyboard.press("k")
    expect(rows.last).to_be_focused()

    at_the_line(dan)
    dan.keyboard.type("?")
    dan.keyboard.press("Enter")
    keys = dan.get_by_role("dialog").get_by_role("button", name="Single keys")
    keys.focus()
    dan.keyboard.press("Enter")
    expect(keys).to_have_attribute("aria-pressed", "false")
    line = dan.get_by_role("combobox", name="Command")
    dan.keyboard.press("Escape")
    expect(line).to_be_focused()
    dan.keyboard.press("Escape")
    expect(line).not_to_be_focused()
    dan.keyboard.press("/")
    expect(line).not_to_be_focused()
    dan.keyboard.press("Escape")
    expect(line).to_be_focused()
