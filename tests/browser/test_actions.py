"""What is done on an incident's page moves its parts in place: it is never loaded anew, and nothing typed is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import People
from tests.city import City
from tests.conftest import CALM, SQUARE


@pytest.fixture
def take(city: City) -> Any:
    def take(**facts: Any) -> int:
        told = {"source": "tests", "call_type": "welfare_check", "location": SQUARE, "exercise": True}
        return int(city.ask("POST", "/api/v1/calls/", {**told, "facts": facts})["incident"]["number"])

    return take


def opened(people: People, who: str, number: int) -> Page:
    page = people.window(who)
    page.goto(f"/incidents/{number}/")
    page.evaluate("window.isTheSame = true")
    return page


def is_the_same(page: Page) -> bool:
    return bool(page.evaluate("window.isTheSame"))


def top(element: Locator) -> float:
    box = element.bounding_box()
    assert box
    return box["y"]


def test_an_offer_its_answer_and_a_refusal_move_without_a_reload(people: People, take: Any) -> None:
    number = take(**CALM)
    dan, sue = opened(people, "dan", number), opened(people, "sue", number)
    teams = dan.locator("#teams")
    before = top(dan.locator("#teams-title"))
    dan.get_by_role("button", name="Offer to PSR1").press("Enter")
    team = teams.locator(".box", has_text="PSR1")
    expect(team).to_contain_text("asked, no answer yet")
    expect(teams.locator(".notice")).to_have_text("PSR1 is asked.")
    expect(dan.get_by_role("status").last).to_have_text("PSR1 is asked.")
    assert top(dan.locator("#teams-title")) == before, "what is said pushes nothing down"
    expect(teams).to_be_focused()
    expect(sue.locator("#teams .box", has_text="PSR1")).to_contain_text("asked, no answer yet")

    team.get_by_role("button", name="Accepted").press("Enter")
    expect(team).to_contain_text("accepted, not yet rolling")
    expect(teams.locator(".notice")).to_have_text("PSR1: accepted, not yet rolling.")

    assert is_the_same(dan)

    # Sue has it on scene before Dan's page can know.
    dan.route("**/live/**", lambda route: route.abort())
    dan.reload()
    dan.evaluate("window.isTheSame = true")
    sue.locator("#teams .box", has_text="PSR1").get_by_role("button", name="On scene").press("Enter")
    expect(sue.locator("#teams .box", has_text="PSR1")).to_contain_text("on scene")
    # What is not live is not acted on unseen: once more, and it is sent.
    expect(dan.get_by_text("NOT LIVE")).to_be_visible()
    team.get_by_role("button", name="Staged").press("Enter")
    expect(team.get_by_role("alert")).to_contain_text("Not done: this page is not live")
    expect(team).to_contain_text("accepted, not yet rolling")
    team.get_by_role("button", name="Staged").press("Enter")
    expect(team.get_by_role("alert")).not_to_contain_text("not live")
    expect(team).to_contain_text("on scene")
    assert is_the_same(dan)
    assert is_the_same(sue)
    people.forgive()  # the stream that was cut off


def test_what_is_wrong_stands_at_its_input_and_what_is_typed_elsewhere_stays(people: People, take: Any) -> None:
    dan = opened(people, "dan", take(**{**CALM, "weapon": "seen"}))
    dan.get_by_text("Add words, correct the place").click()
    words = dan.get_by_label("More that was said")
    words.fill("He has left the square.")
    police = dan.locator("#handoffs .box", has_text="Police")
    police.get_by_label("Who took it there").fill("Sgt. Vale")
    police.get_by_label("Their number").fill("PPB 7")
    when = police.get_by_label("When, if not now")
    when.evaluate("input => { input.type = 'text'; input.value = 'noon' }")
    # By keyboard: the mouse presses nothing in a part that has just moved under it.
    when.press("Enter")
    expect(police).to_contain_text("A time of day such as 18:05")
    expect(police.get_by_label("When, if not now")).to_be_focused()
    expect(police.get_by_label("Who took it there")).to_have_value("Sgt. Vale")
    police.get_by_label("When, if not now").fill("")
    police.get_by_label("When, if not now").press("Enter")
    expect(police).to_contain_text("have it: Sgt. Vale")
    expect(words).to_have_value("He has left the square.")

    words.press("Tab")
    dan.locator("#calls").get_by_role("button", name="Store").press("Enter")
    expect(dan.locator("#calls .narrative")).to_contain_text("He has left the square.")
    expect(words).to_be_hidden()
    assert is_the_same(dan)


def test_questions_are_answered_by_keys_in_place(people: People, take: Any) -> None:
    tess = opened(people, "tess", take(channel="911"))
    first = tess.locator("#questions .question__text").inner_text()
    tess.keyboard.press("1")
    expect(tess.locator("#questions .question__text")).not_to_have_text(first)
    expect(tess.locator("#questions .notice")).to_have_text("Answer stored.")
    tess.keyboard.press("g")
    expect(tess.locator("#questions")).to_be_hidden()
    expect(tess.locator(".decision__outcome")).not_to_contain_text("Not decided yet")
    expect(tess.locator("#decision .notice")).to_have_text("The open questions are answered “cannot tell”.")

    # A fact that turns out otherwise, at any later time.
    tess.get_by_text("Add words, correct the place").click()
    tess.get_by_label(re.compile("Is there a weapon")).select_option("seen")
    tess.locator("#calls").get_by_role("button", name="Store").press("Enter")
    expect(tess.locator(".decision__outcome")).to_contain_text("Police take this")
    assert is_the_same(tess)


def test_the_second_half_of_a_double_click_presses_nothing_else(people: People, take: Any) -> None:
    dan = opened(people, "dan", take(**CALM))
    dan.locator("#teams .candidate button").first.dblclick()
    team = dan.locator("#teams .box")
    expect(team).to_contain_text("asked, no answer yet")
    expect(dan.get_by_role("alert").filter(visible=True)).to_have_count(0)
    assert is_the_same(dan)


def test_without_an_answer_or_a_log_in_it_is_said_there(people: People, take: Any) -> None:
    dan = opened(people, "dan", take(**CALM))
    offer = dan.locator("#teams .candidate button").first
    dan.route("**/offer/", lambda route: route.abort())
    offer.click()
    told = dan.locator("#teams .alert")
    expect(told).to_contain_text("may not have been done")
    dan.unroute("**/offer/")

    [session] = [each for each in dan.context.cookies() if each["name"] == "sessionid"]
    dan.context.clear_cookies(name="sessionid")
    offer.click()
    expect(told).to_contain_text("You are logged out")
    # Another tab has logged in, and so changed the token that forms are sent with.
    dan.context.add_cookies([session, {**session, "name": "csrftoken", "value": "b" * 32, "httpOnly": False}])
    offer.click()
    expect(dan.locator("#teams .box")).to_contain_text("asked, no answer yet")
    expect(told).to_have_count(0)
    assert is_the_same(dan)
    people.forgive()  # what was cut off


def test_a_caution_comes_to_the_page_and_goes_without_a_reload(people: People, take: Any) -> None:
    dan, sue = opened(people, "dan", take(**CALM)), people.window("sue")
    cautions = dan.locator("#cautions")
    expect(cautions).to_be_hidden()
    sue.goto("/cautions/")
    sue.get_by_label("What about").select_option("weapons")
    sue.get_by_label("How grave").select_option("danger")
    sue.get_by_label("What a team should know").fill("A machete by the door")
    sue.get_by_label("Who says so").fill("Officer Hale")
    sue.get_by_label("Address, exactly as calls give it").fill(SQUARE["address"])
    sue.get_by_role("button", name="Add the caution").click()
    expect(cautions).to_contain_text("A machete by the door")
    sue.get_by_label("So no more, because").fill("He has moved away")
    sue.get_by_role("button", name="End it").click()
    expect(cautions).to_be_hidden()
    assert is_the_same(dan)
