"""A call from the first word to the last, at three browsers at once. No page is loaded anew, whoever acts."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import PHONE, SPANISH, People
from tests.facts import CALM

SQUARE = "Pioneer Courthouse Square"


def test_a_call_is_taken_offered_accepted_and_cleared(people: People) -> None:
    tess, dan, rosa = people.window("tess"), people.window("dan"), people.window("rosa", at=PHONE)
    dan.goto("/")
    rosa.goto("/field/")
    expect(rosa.get_by_role("heading", name="Nothing to do")).to_be_visible()
    expect(rosa.get_by_text("EXERCISE — this is training")).to_be_visible()

    number = take_a_call(tess)
    expect(tess.locator(".decision__outcome")).to_contain_text("Not decided yet")
    row = dan.locator(".incident-row", has_text=number)
    expect(row).to_contain_text("Welfare check")
    expect(row).to_contain_text("not decided")

    answer_calmly(tess)
    expect(tess.locator(".decision__outcome")).to_contain_text("A community team may go")
    expect(row).to_contain_text("no team yet")

    row.click()
    dan.get_by_role("button", name="Offer to PSR1").click()
    expect(dan.locator("#teams .notice")).to_contain_text("PSR1 is asked")
    team = dan.locator("#teams .box", has_text="PSR1")
    expect(team).to_contain_text("asked, no answer yet")

    expect(rosa.get_by_role("heading", name="Will you go?")).to_be_visible()
    expect(rosa.get_by_text(SQUARE)).to_be_visible()
    # The time she has runs down before her eyes.
    left = rosa.locator("[data-left]")
    expect(left).not_to_have_text(left.inner_text())
    # What the caller said is for the team that goes.
    expect(rosa.get_by_text("no shoes")).to_have_count(0)
    rosa.get_by_role("button", name="Accept").click()
    expect(rosa.get_by_text("no shoes")).to_be_visible()
    expect(team).to_contain_text("accepted, not yet rolling")
    expect(row).to_contain_text("PSR1: accepted")

    rosa.get_by_role("button", name="En route").click()
    expect(team).to_contain_text("en route")
    rosa.get_by_role("button", name="On scene").click()
    expect(team).to_contain_text("on scene")
    expect(dan.locator("#units", has_text="On a call").locator(".unit-row", has_text=number)).to_contain_text("PSR1")

    clear(rosa)
    expect(rosa.get_by_role("heading", name="Nothing to do")).to_be_visible()
    expect(dan.locator(".incident-head .tag").first).to_have_text("closed")
    expect(row).to_have_count(0)
    expect(tess.locator(".incident-head .tag").first).to_have_text("closed")
    told = dan.locator("#timeline li").all_inner_texts()
    for moment, by in [("Call taken", "Tess"), ("asked", "Dan"), ("accepted", "Rosa"), ("on scene", "Rosa")]:
        assert [line for line in told if moment.lower() in line.lower() and by in line], (moment, by, told)


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
    expect(team).to_contain_text("sin respuesta aún")
    left = rosa.locator("[data-left]")
    expect(left).not_to_have_text(left.inner_text())
    rosa.get_by_role("button", name="Accept").click()
    expect(rosa.get_by_text("no shoes")).to_be_visible()
    expect(team).to_contain_text("Última señal")
    rosa.get_by_role("button", name="En route").click()
    expect(dan.locator("#units .unit-row", has_text="PSR1")).to_contain_text("en camino")
    rosa.get_by_role("button", name="On scene").click()
    expect(row).to_contain_text("PSR1: en el lugar")
    expect(tess.locator(".incident-row", has_text=number)).to_contain_text("PSR1: on scene")


def take_a_call(tess: Page) -> str:
    """With what she hears first; the number of its incident."""
    tess.goto("/calls/new/")
    tess.get_by_label("What is the call about?").select_option("welfare_check")
    tess.get_by_label("Address, crossing or landmark").fill(SQUARE)
    tess.get_by_label("Latitude", exact=True).fill("45.5189")
    tess.get_by_label("Longitude", exact=True).fill("-122.6793")
    tess.get_by_label("In the caller’s words").fill("A man with no shoes talks to himself.")
    tess.get_by_role("button", name="Take the call").click()
    expect(tess.locator("#messages")).to_contain_text("Call taken")
    taken = re.search(r"/incidents/(\d+)/", tess.url)
    assert taken
    return taken[1]


def answer_calmly(tess: Page) -> None:
    """One press a question, until nothing is open."""
    while (question := tess.locator(".question--first")).count():
        fact = question.locator("input[name=fact]").input_value()
        answer = str(CALM.get(fact, "unknown")).lower()
        question.locator(f"button[value={answer}]").press("Enter")
        expect(tess.locator(".part .notice")).to_contain_text("Answer stored")


def clear(rosa: Page) -> None:
    # On scene nothing else is next: the form is unfolded.
    rosa.get_by_label("What came of it").select_option("settled_by_contact")
    rosa.get_by_role("button", name="Clear").click()
