"""A call is taken while it is heard: by keys, and nothing is lost to a reload, a lost connection or an ended log-in."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People

SAID = "He is by the fountain and cries."


@pytest.fixture
def tess(people: People) -> Page:
    page = people.window("tess")
    page.goto("/calls/new/")
    page.get_by_label("What is the call about?").select_option("welfare_check")
    page.get_by_label("Address, crossing or landmark").fill("Pioneer Courthouse Square")
    page.get_by_label("In the caller’s words").fill(SAID)
    page.keyboard.press("Escape")
    expect(question(page)).to_contain_text("Is there a weapon")
    return page


def question(page: Page):
    return page.locator("#weighing .question__text")


def press(page: Page, key: str) -> None:
    """Once the answer is there: a key does nothing while the question that is seen may be out of date."""
    expect(page.locator("#weighing")).not_to_have_attribute("aria-busy", "true")
    page.keyboard.press(key)


def weapon(page: Page):
    return page.locator("form.intake select[name='facts.weapon']")


def test_keys_answer_take_back_and_file(tess: Page) -> None:
    outcome = tess.locator("#weighing .decision__outcome")
    expect(outcome).to_contain_text("Not decided yet")
    first = question(tess).inner_text()
    press(tess, "1")
    expect(question(tess)).not_to_have_text(first)
    expect(weapon(tess)).to_have_value("none")
    press(tess, "u")
    expect(question(tess)).to_have_text(first)
    expect(weapon(tess)).to_have_value("")
    press(tess, "?")
    expect(question(tess)).not_to_have_text(first)
    expect(weapon(tess)).to_have_value("unknown")
    press(tess, "g")
    expect(tess.get_by_text("Nothing more to ask")).to_be_visible()
    expect(outcome).not_to_contain_text("Not decided yet")
    press(tess, "Control+Enter")
    expect(tess).to_have_url(re.compile(r"/incidents/\d+/$"))
    expect(tess.locator(".narrative")).to_have_text(SAID)


def test_a_reload_keeps_what_was_typed(tess: Page) -> None:
    press(tess, "1")
    expect(weapon(tess)).to_have_value("none")
    tess.reload()
    expect(tess.get_by_label("In the caller’s words")).to_have_value(SAID)
    expect(weapon(tess)).to_have_value("none")


def test_a_lost_connection_is_said_and_answers_are_kept(tess: Page, people: People) -> None:
    tess.route("**/calls/weigh/", lambda route: route.abort())
    press(tess, "1")
    expect(tess.locator("#unsaved")).to_contain_text("No connection: not saved yet")
    expect(weapon(tess)).to_have_value("none")
    tess.unroute("**/calls/weigh/")
    expect(tess.locator("#unsaved")).to_be_hidden()
    expect(question(tess)).not_to_contain_text("Is there a weapon")
    people.forgive()  # what was cut off


def test_a_log_in_that_ends_in_mid_call_is_said_and_nothing_is_lost(tess: Page, people: People) -> None:
    [session] = [each for each in tess.context.cookies() if each["name"] == "sessionid"]
    tess.context.clear_cookies(name="sessionid")
    press(tess, "1")
    expect(tess.locator("#unsaved")).to_contain_text("Log in again in another tab")
    press(tess, "Control+Enter")
    expect(tess.locator("#unsaved")).to_contain_text("You are logged out: not saved yet")
    expect(tess.get_by_label("In the caller’s words")).to_have_value(SAID)

    # Another tab has logged in, and so changed the token that forms are sent with.
    tess.context.add_cookies([session, {**session, "name": "csrftoken", "value": "b" * 32, "httpOnly": False}])
    expect(tess.locator("#unsaved")).to_be_hidden()
    press(tess, "Control+Enter")
    expect(tess).to_have_url(re.compile(r"/incidents/\d+/$"))
    expect(tess.locator(".narrative")).to_have_text(SAID)
    people.forgive()  # what was refused while she was logged out


def test_a_second_call_about_the_same_is_added_by_one_key(tess: Page) -> None:
    press(tess, "Control+Enter")
    expect(tess).to_have_url(re.compile(r"/incidents/\d+/$"))
    number = re.search(r"\d+", tess.url.rpartition("incidents/")[2])[0]
    tess.goto("/calls/new/")
    tess.get_by_label("What is the call about?").select_option("welfare_check")
    tess.get_by_label("Address, crossing or landmark").fill("pioneer courthouse  square")
    tess.keyboard.press("Escape")
    asked = tess.locator(".same", has_text=f"The same as {number}?")
    expect(asked).to_contain_text("same address, within a minute, same type")
    belongs = tess.get_by_label("Incident, if it is open already")
    while tess.locator(".same").first.inner_text() != asked.inner_text():
        press(tess, "x")
        expect(tess.locator("#weighing")).not_to_have_attribute("aria-busy", "true")
    for _ in range(20):  # the first brings it into sight: nobody adds to what they have not seen
        if belongs.input_value():
            break
        press(tess, "a")
        tess.wait_for_timeout(200)
    expect(belongs).to_have_value(number)
    expect(tess.get_by_text(f"Together with what incident {number} knows already")).to_be_visible()
    press(tess, "Control+Enter")
    expect(tess).to_have_url(re.compile(rf"/incidents/{number}/$"))
    expect(tess.locator("#calls article")).to_have_count(2)
