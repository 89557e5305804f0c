"""Two people at one incident, each at a browser of their own."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.browser.test_actions import is_the_same, opened, take
from tests.facts import CALM

__all__ = ["take"]


def _amending(page: Page) -> Page:
    page.get_by_text("Add words, correct the place").click()
    return page


def test_both_keep_their_words_and_the_second_chooses(people: People, take: Any) -> None:
    number = take(**CALM)
    tess, dan = (_amending(opened(people, who, number)) for who in ("tess", "dan"))
    dan.get_by_label("More that was said").fill("Dan heard shouting.")
    dan.get_by_label("Caller’s name").fill("Anna")
    tess.get_by_label("More that was said").fill("Tess heard crying.")
    tess.get_by_label("Caller’s name").fill("Hannah")
    dan.locator("#calls").get_by_role("button", name="Store").press("Enter")
    expect(dan.locator("#calls .narrative")).to_contain_text("Dan heard shouting.")

    tess.locator("#calls").get_by_role("button", name="Store").press("Enter")
    clash = tess.locator(".clash")
    expect(clash).to_contain_text("Theirs: Anna")
    expect(clash).to_contain_text("Yours: Hannah")
    expect(clash.get_by_label("Theirs: Anna")).to_be_focused()
    expect(tess.get_by_label("More that was said")).to_have_value("Tess heard crying.")
    expect(tess.locator("#calls .narrative")).to_contain_text("Dan heard shouting.")
    clash.get_by_label("Yours: Hannah").check()
    tess.locator("#calls").get_by_role("button", name="Store").press("Enter")
    for page in (tess, dan):
        expect(page.locator("#calls .narrative")).to_contain_text("Dan heard shouting.")
        expect(page.locator("#calls .narrative")).to_contain_text("Tess heard crying.")
        expect(page.locator("#calls .facts")).to_contain_text("Hannah")
        assert is_the_same(page)


def test_who_is_here_and_who_is_typing_is_seen_live_and_moves_nothing(people: People, take: Any) -> None:
    number = take(**CALM)
    dan = opened(people, "dan", number)
    before = dan.locator("#decision-title").bounding_box()
    tess = opened(people, "tess", number)
    here = dan.locator(".here__person").filter(visible=True)
    expect(here).to_have_text(["Tess is here"])
    expect(tess.locator(".here__person").filter(visible=True)).to_have_text(["Dan is here"])
    _amending(tess).get_by_label("More that was said").press_sequentially("He")
    expect(here).to_have_text(["Tess is editing the call"])
    assert dan.locator("#decision-title").bounding_box() == before
    tess.get_by_role(
        "link", name="Console", exact=True
    ).click()  # as people go: a driver that jumps cuts last words off
    expect(here).to_have_count(0)
    assert is_the_same(dan)
