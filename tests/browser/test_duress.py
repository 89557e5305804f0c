"""Duress on a real phone: held for a second, sent until it is received, and on the console until somebody has it."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import PHONE, People
from tests.browser.test_pages import OWN, WCAG
from tests.city import City

HELD = 1_200  # ms
TAPPED = 200


def on_the_street(people: People) -> Page:
    rosa = people.window("rosa", at=PHONE)
    rosa.goto("/field/")
    return rosa


def button(page: Page) -> Locator:
    return page.locator("[data-hold]")


def presses(city: City) -> int:
    return int(city.rows("SELECT count(*) FROM dispatch_duress")[0][0])


def test_a_held_press_is_received_and_lies_over_the_console_until_it_is_cleared(people: People, city: City) -> None:
    rosa, dan, tess = on_the_street(people), people.window("dan"), people.window("tess")
    for page in (dan, tess):
        page.goto("/")
    line = dan.get_by_role("combobox", name="Command")
    line.fill("10")
    queue_top = dan.locator("#queue").bounding_box()

    button(rosa).click(delay=TAPPED)
    expect(rosa.locator("[data-told]")).to_be_empty()
    assert presses(city) == 0, "a tap is not meant"
    button(rosa).click(delay=HELD)
    expect(rosa.locator("[data-told]")).to_have_text(
        re.compile(r"SENT \d\d:\d\d:\d\d \w+\. Receipt [0-9A-F]{8}\. It rings at dispatch\.")
    )
    expect(rosa.locator("#main")).to_contain_text("Nobody has said yet that they have it.")

    banner = dan.locator("#duress")
    expect(banner).to_contain_text("DURESS: PSR1")
    expect(banner).to_be_in_viewport()
    expect(dan).to_have_title(re.compile("^DURESS: PSR1"))
    expect(line).to_be_focused()
    expect(line).to_have_value("10")
    assert dan.locator("#queue").bounding_box() == queue_top, "nothing moves under a hand"
    expect(tess.locator("#duress")).to_contain_text("Nobody has it yet.")
    expect(tess.get_by_role("button", name="I have it")).to_have_count(0)
    for page in (dan, rosa):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            seen = Axe().run(page, OWN, {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
            assert seen.violations_count == 0, seen.generate_report()

    dan.get_by_role("button", name="I have it").press("Enter")
    expect(banner).to_contain_text("has it since")
    expect(tess.locator("#duress")).to_contain_text("has it since")
    expect(rosa.locator("#main")).to_contain_text("has it since")
    expect(dan).not_to_have_title(re.compile("DURESS"))
    dan.get_by_text("They are safe…").click()
    dan.get_by_label("How do you know").fill("Spoke with both by radio")
    dan.get_by_role("button", name="Clear the duress of PSR1").press("Enter")
    for page in (dan, tess):
        expect(page.locator("#duress")).to_be_hidden()
    expect(rosa.locator("#main")).not_to_contain_text("DURESS is on")


def test_it_lies_over_the_form_of_a_new_call_which_keeps_what_is_typed(people: People, city: City) -> None:
    rosa, dan = on_the_street(people), people.window("dan")
    dan.goto("/calls/new/")
    words, address = dan.get_by_label("In the caller’s words"), dan.get_by_label("Address, crossing or landmark")
    address.fill("Lents Park")
    words.fill("He is cold")
    words_top = words.bounding_box()
    button(rosa).click(delay=HELD)
    banner = dan.locator("#duress")
    expect(banner).to_contain_text("DURESS: PSR1")
    expect(banner).to_be_in_viewport(ratio=1)
    expect(dan).to_have_title(re.compile("^DURESS: PSR1"))
    expect(words).to_be_focused()
    assert words.bounding_box() == words_top, "nothing moves under a hand"
    dan.get_by_role("button", name="Take the call").click(trial=True)  # it is not covered

    dan.get_by_role("button", name="I have it").press("Enter")
    expect(banner).to_contain_text("has it since")
    dan.get_by_text("They are safe…").click()
    dan.get_by_label("How do you know").fill("Spoke with both by radio")
    dan.get_by_role("button", name="Clear the duress of PSR1").press("Enter")
    expect(banner).to_be_hidden()
    expect(address).to_have_value("Lents Park")
    expect(words).to_have_value("He is cold")


def test_without_an_answer_the_radio_is_named_and_it_is_sent_once_when_rightcall_is_back(
    people: People, city: City
) -> None:
    before, rosa, dan = presses(city), on_the_street(people), people.window("dan")
    dan.goto("/")
    rosa.route("**/field/duress/", lambda route: route.abort())
    button(rosa).click(delay=HELD)
    expect(rosa.locator("[data-not-sent]")).to_have_text("NOT SENT, USE RADIO")
    rosa.reload()
    expect(rosa.locator("[data-not-sent]")).to_have_text("NOT SENT, USE RADIO")
    assert presses(city) == before

    rosa.unroute("**/field/duress/")
    expect(rosa.locator("[data-told]")).to_contain_text("SENT")
    expect(rosa.locator("[data-not-sent]")).to_be_empty()
    expect(dan.locator("#duress")).to_contain_text("DURESS: PSR1")
    assert presses(city) == before + 1
    people.forgive()  # the tries that were cut off
