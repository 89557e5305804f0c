"""A console that nobody touches locks over what is typed there, and never over a duress."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bench.stack import running
from tests.browser.people import People
from tests.browser.test_actions import is_the_same, take
from tests.browser.test_duress import HELD, button, on_the_street
from tests.browser.test_pages import OWN, WCAG
from tests.city import City
from tests.facts import CALM

__all__ = ["take"]
QUARTER = 16 * 60  # seconds, and one minute more


@pytest.fixture(scope="module")
def city(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with running(tmp_path_factory.mktemp("city") / "var", LOCK_MINUTES="dispatcher=15") as stack:
        city = City(stack)
        try:
            yield city
        finally:
            city.database.close()


def _typing(people: People, number: int) -> Page:
    dan = people.window("dan")
    dan.clock.install()
    dan.goto(f"/incidents/{number}/")
    dan.evaluate("window.isTheSame = true")
    dan.get_by_text("Add words, correct the place").click()
    dan.get_by_label("More that was said").press_sequentially("She is at the door")
    return dan


def _go_away(dan: Page, city: City) -> None:
    city.rows("UPDATE accounts_session SET active_at = active_at - interval '16 minutes' RETURNING 1")
    dan.clock.fast_forward(QUARTER * 1_000)
    expect(dan.get_by_role("heading", name="Locked", exact=True)).to_be_visible()


def test_what_was_typed_lies_under_the_lock_and_a_duress_over_it(people: People, city: City, take: Any) -> None:
    dan = _typing(people, take(**CALM))
    words = dan.get_by_label("More that was said")
    _go_away(dan, city)
    for hidden in (words, dan.locator("#queue"), dan.locator("#calls"), dan.get_by_role("navigation").first):
        expect(hidden).to_be_hidden()
    password = dan.get_by_label("Password")
    expect(password).to_be_focused()

    rosa = on_the_street(people)
    button(rosa).click(delay=HELD)
    expect(dan.locator("#duress")).to_contain_text("DURESS: PSR1")
    expect(dan.locator("#duress h2")).to_be_visible()
    expect(dan.get_by_role("button", name="I have it")).to_be_hidden()
    for scheme in ("light", "dark"):
        dan.emulate_media(color_scheme=scheme)
        seen = Axe().run(dan, OWN, {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]})
        assert seen.violations_count == 0, seen.generate_report()

    password.fill("not his")
    password.press("Enter")
    expect(dan.get_by_text("That is not your password.")).to_be_visible()
    password.fill(people.password)
    password.press("Enter")
    expect(dan.locator("#lock")).to_be_hidden()
    expect(words).to_have_value("She is at the door")
    expect(words).to_be_focused()
    expect(dan.get_by_role("button", name="I have it")).to_be_visible()
    assert is_the_same(dan)
    people.forgive()


def test_whoever_goes_away_locks_at_once(people: People, take: Any) -> None:
    dan = _typing(people, take(**CALM))
    with dan.expect_response("**/attend/"):
        dan.get_by_role("button", name="Lock", exact=True).click()
    expect(dan.get_by_label("Password")).to_be_focused()
    dan.reload()
    expect(dan.get_by_role("heading", name="Locked", exact=True)).to_be_visible()
    dan.get_by_label("Password").fill(people.password)
    dan.get_by_role("button", name="Unlock").click()
    expect(dan.get_by_label("Password")).to_be_hidden()
    expect(dan.locator("#queue")).to_be_visible()
    people.forgive()


def test_a_lock_holds_in_every_window_and_somebody_else_sees_nothing_of_it(
    people: People, city: City, take: Any
) -> None:
    dan = _typing(people, take(**CALM))
    _go_away(dan, city)
    other = dan.context.new_page()
    other.goto("/")
    expect(other.get_by_role("heading", name="Locked", exact=True)).to_be_visible()
    expect(other.locator("#queue")).to_have_count(0)
    dan.get_by_role("button", name="Log in as somebody else").click()
    dan.get_by_label("User name").fill("tess")
    dan.get_by_label("Password").fill(people.password)
    dan.get_by_role("button", name="Log in").click()
    expect(dan.get_by_role("link", name="Tess")).to_be_visible()
    expect(dan.get_by_text("She is at the door")).to_have_count(0)
    people.forgive()
