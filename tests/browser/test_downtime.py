"""Forty minutes without Rightcall, at real browsers: forms, papers that are entered, and each number accounted for."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.city import City

PORTLAND = ZoneInfo("America/Los_Angeles")


def _clock(minutes: int) -> str:
    """What the clock showed so many minutes ago."""
    return f"{datetime.now(PORTLAND) - timedelta(minutes=minutes):%H:%M}"


def _ago(minutes: int) -> str:
    """The same as a browser's input for a day and a time holds it."""
    return f"{datetime.now(PORTLAND) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"


def _heard(page: Page, *, received: int, place: str) -> None:
    page.get_by_label("Day", exact=True).fill(f"{datetime.now(PORTLAND) - timedelta(minutes=received):%Y-%m-%d}")
    page.get_by_label("Call received").fill(_clock(received))
    page.get_by_label("What is the call about?").select_option("welfare_check")
    page.get_by_label("Address, crossing or landmark").fill(place)


@pytest.fixture
def forms(people: People) -> list[str]:
    """Sue reserves four and prints them; their numbers as they are printed."""
    page = people.window("sue")
    page.goto("/downtime/")
    page.get_by_label("Program", exact=True).select_option("portland-demo")
    page.get_by_label("How many forms").fill("4")
    page.get_by_role("button", name="Reserve them").click()
    expect(page.get_by_text("Print them now")).to_be_visible()
    page.get_by_role("link", name="Print").first.click()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    numbers = page.locator(".number")
    expect(numbers).to_have_count(4)
    # Each on one page of its own, and nothing of it cut.
    heights = page.evaluate("[...document.querySelectorAll('.form')].map((one) => one.scrollHeight - one.clientHeight)")
    assert heights == [0, 0, 0, 0]
    for size in ("A4", "Letter"):
        printed = page.pdf(format=size)
        assert len(re.findall(rb"/Type /Page\b", printed)) == 4 + _others(page)
    return [each.removeprefix("Incident").strip() for each in numbers.all_inner_texts()]


def _others(page: Page) -> int:
    """The card and the board have a page each, the policy two."""
    return page.locator(".card").count() + page.locator(".board").count() + 2 * page.locator(".rules").count()


def test_a_downtime_from_the_drawer_to_the_last_number(people: People, city: City, forms: list[str]) -> None:
    sue = people.window("sue")
    sue.goto("/downtime/")
    sue.get_by_label("From", exact=True).fill(_ago(0))
    sue.get_by_label("What happened").fill("Power cut")
    sue.get_by_role("button", name="Declare it").click()
    expect(sue.get_by_role("heading", name="A downtime is declared and not ended")).to_be_visible()
    # Time does not pass in a test: the forms were made two hours ago, and it began an hour ago and ends now.
    city.database.execute(
        "UPDATE dispatch_paperblock SET at = at - interval '2 hours';"
        "UPDATE dispatch_paperform SET seen_at = seen_at - interval '2 hours';"
        "UPDATE dispatch_downtime SET began_at = began_at - interval '1 hour', ended_at = now()"
    )
    sue.reload()
    expect(sue.locator(".downtime__missing a")).to_have_count(4)

    tess = people.window("tess")
    tess.goto("/")
    tess.get_by_role("link", name="4 paper forms are not accounted for").click()
    tess.get_by_label("Number on the form").fill(forms[0][:-1] + str((int(forms[0][-1]) + 1) % 10))
    tess.get_by_role("button", name="Enter it").click()
    expect(tess.get_by_role("alert").filter(visible=True).first).to_contain_text("No form has this number")
    tess.get_by_label("Number on the form").fill(forms[0])
    tess.get_by_role("button", name="Enter it").click()
    _heard(tess, received=40, place="Lents Park")
    tess.get_by_label("Unit").first.select_option("PSR1")
    tess.get_by_label("Said yes").first.fill(_clock(35))
    tess.get_by_label("On scene").first.fill(_clock(45))
    tess.get_by_label("Clear").first.fill(_clock(12))
    tess.get_by_label("What came of it").first.select_option("settled_by_contact")
    expect(tess.locator("form.intake")).to_have_attribute("data-kept", "")
    tess.get_by_role("button", name="Enter the paper").click()
    expect(tess.get_by_role("alert").filter(visible=True).first).to_contain_text("Lies before the time")
    tess.get_by_label("On scene").first.fill(_clock(30))
    tess.keyboard.press("Control+Enter")
    expect(tess.get_by_text(f"Paper {forms[0][:-2]} is entered: closed.")).to_be_visible()
    expect(tess).to_have_url(re.compile(r"/downtime/$"))

    tess.get_by_role("link", name=forms[1]).click()
    _heard(tess, received=20, place="SE Foster and 92nd")
    tess.keyboard.press("Control+Enter")
    expect(tess).to_have_url(re.compile(rf"/incidents/{forms[1][:-2]}/$"))
    expect(tess.locator(".incident-head")).to_contain_text("from paper")
    expect(tess.locator(".incident-head")).to_contain_text("overdue")
    expect(tess.locator("#timeline")).to_contain_text("entered later, from paper")

    sue.reload()
    expect(sue.locator(".downtime__missing a")).to_have_count(2)
    sue.get_by_label("Numbers", exact=True).fill(forms[2][:-2])
    sue.get_by_label("Or void, because").select_option("spoilt")
    sue.get_by_role("button", name="Make them void").click()
    expect(sue.get_by_text("1 form is void.")).to_be_visible()
    expect(sue.get_by_label("Numbers", exact=True)).to_have_value(forms[3][:-2])
    sue.get_by_role("button", name="They are unused, in the drawer").click()
    expect(sue.get_by_text("Nothing is missing")).to_be_visible()
    tess.goto("/")
    expect(tess.get_by_role("heading", name="What needs attention")).to_be_visible()
    expect(tess.get_by_text("not accounted for")).to_have_count(0)
