"""Supervisor, dispatcher and call-taker, each at a browser of their own: watched, written to, taken over, helped."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.browser.test_actions import is_the_same, opened, take
from tests.browser.test_drafts import WORDS, begin, saved
from tests.facts import CALM

__all__ = ["take"]

HEARS = """() => {
  window.heard = [];
  document.addEventListener("sounded", (event) => window.heard.push(event.detail));
}"""


def hears(page: Page) -> Page:
    """Sound is on, and what sounds is noted."""
    page.evaluate("localStorage.setItem('rightcall.sound', 'on')")
    page.evaluate(HEARS)
    return page


def position(sue: Page, name: str) -> Page:
    sue.goto("/positions/")
    sue.locator(".position", has_text=name).get_by_role("link", name=name, exact=True).click()
    return sue


def watch(sue: Page, name: str) -> Page:
    position(sue, name).get_by_role("button", name=re.compile(f"Watch {name}")).click()
    expect(sue.get_by_text(f"You watch {name}")).to_be_visible()
    return sue


def test_a_supervisor_follows_what_somebody_has_before_them_who_sees_it(people: People, take: Any) -> None:
    first, second = take(**CALM), take(**CALM)
    dan = opened(people, "dan", first)
    sue = watch(people.window("sue"), "Dan")
    before = sue.locator("#before-them")
    expect(before.locator(".incident-head")).to_contain_text(str(first))
    expect(before.locator("#calls")).to_be_visible()
    expect(before.locator("form, button")).to_have_count(0)
    watched = dan.locator("#watched")
    expect(watched).to_contain_text("Sue watches what you have before you")
    assert is_the_same(dan)
    sue.evaluate("window.isTheSame = true")
    dan.goto(f"/incidents/{second}/")
    expect(before.locator(".incident-head")).to_contain_text(str(second))
    expect(watched).to_contain_text("Sue watches")
    assert is_the_same(sue)
    dan.goto("/")
    expect(before).to_contain_text("The board, with no incident in focus")
    sue.get_by_role("button", name="Stop watching").click()
    expect(watched).to_be_hidden()


def test_a_supervisor_writes_and_it_is_heard_over_a_reload_until_it_is_seen(people: People, take: Any) -> None:
    dan = hears(opened(people, "dan", take(**CALM)))
    box = dan.locator("#decision-title").bounding_box()
    sue = position(people.window("sue"), "Dan")
    sue.get_by_label("Words").fill("Please look at the square first")
    sue.get_by_role("button", name="Send").click()
    expect(sue.get_by_text("Not acknowledged yet")).to_be_visible()
    notes = dan.locator("#notes")
    expect(notes).to_contain_text("Please look at the square first")
    dan.wait_for_function("window.heard.includes('message')")
    assert dan.locator("#decision-title").bounding_box() == box, "nothing moves when it comes"
    assert is_the_same(dan)
    dan.reload()
    expect(notes).to_contain_text("Please look at the square first")
    notes.get_by_label("Answer").fill("Doing so")
    notes.get_by_role("button", name="Seen").press("Enter")
    expect(notes).to_be_hidden()
    expect(sue.locator("#notes")).to_contain_text("Doing so")
    sue.locator("#notes").get_by_role("button", name="Seen").press("Enter")
    expect(sue.locator("#notes")).to_be_hidden()
    sue.reload()
    expect(sue.get_by_text("Not acknowledged yet")).to_have_count(0)


def test_a_half_typed_call_is_taken_over_and_its_call_taker_is_told(people: People) -> None:
    tess = begin(people, address="NE Killingsworth", said="He is on the roof.")
    saved(tess)
    sue = watch(people.window("sue"), "Tess")
    before = sue.locator("#before-them")
    expect(before).to_contain_text("He is on the roof.")
    tess.get_by_label(WORDS).press_sequentially(" He has no coat.")
    expect(before).to_contain_text("He has no coat.")
    expect(tess.locator("#watched")).to_contain_text("Sue watches what you have before you")

    sue.goto("/positions/")
    row = sue.locator(".position", has_text="Tess")
    row.get_by_text("Take over…").click()
    row.get_by_role("button", name="Take over from Tess").press("Enter")
    expect(sue).to_have_url(re.compile(r"/calls/new/\?draft="))
    expect(sue.get_by_label(WORDS)).to_have_value("He is on the roof. He has no coat.")
    notes = tess.locator("#notes")
    expect(notes).to_contain_text("Sue has taken over what you had open")
    expect(tess.get_by_label(WORDS)).to_have_attribute("readonly", "")
    expect(tess.get_by_label(WORDS)).to_have_value("He is on the roof. He has no coat.")
    notes.get_by_role("button", name="Seen").press("Enter")
    expect(notes).to_be_hidden()
    sue.get_by_role("button", name="drop it").click()


def test_help_is_asked_by_a_key_heard_and_seen_to(people: People) -> None:
    sue = people.window("sue")
    sue.goto("/")
    hears(sue)
    tess = begin(people, address="N Skidmore", said="She screams.")
    saved(tess)
    tess.keyboard.press("Alt+Shift+H")
    tess.get_by_label("What for?").fill("I cannot calm her")
    tess.keyboard.press("Enter")
    asked = tess.locator("#notes")
    expect(asked).to_contain_text("You asked the supervisors for help")
    expect(tess.get_by_label("What for?")).to_be_hidden()
    expect(tess.get_by_label(WORDS)).to_have_value("She screams.")
    notes = sue.locator("#notes")
    expect(notes).to_contain_text("Tess asks for help")
    expect(notes).to_contain_text("I cannot calm her")
    sue.wait_for_function("window.heard.includes('message')")
    notes.get_by_role("button", name="I see to it").press("Enter")
    expect(notes).to_be_hidden()
    expect(asked).to_contain_text("Sue sees to it")
    tess.get_by_role("button", name="drop it").click()
