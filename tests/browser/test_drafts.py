"""Calls half taken, at real browsers: a tab is killed, a line is cut, a colleague takes over; no word is lost."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import People

SAID = "He is by the fountain and cries."
WORDS = "In the caller’s words"


def begin(people: People, who: str = "tess", *, address: str, said: str = SAID) -> Page:
    page = people.window(who)
    page.goto("/calls/new/")
    page.get_by_label("What is the call about?").select_option("welfare_check")
    page.get_by_label("Address, crossing or landmark").fill(address)
    page.get_by_label(WORDS).press_sequentially(said)
    return page


def saved(page: Page) -> None:
    """The server has all that is typed: this browser keeps none of it any more."""
    expect(page.locator("form.intake")).to_have_attribute("data-kept", "")
    assert page.evaluate("localStorage.length") == 0


def tab(page: Page, address: str):
    return page.locator("#drafts .drafts__tab", has_text=address)


def test_a_call_typed_half_and_its_tab_killed_is_all_there(people: People) -> None:
    page = begin(people, address="SE Foster")
    saved(page)
    page.context.close()
    again = people.window("tess")
    again.goto("/calls/new/")
    expect(tab(again, "SE Foster")).to_contain_text("Welfare check, SE Foster")
    number = tab(again, "SE Foster").get_attribute("data-tab")
    again.keyboard.press(f"Alt+Shift+{number}")
    expect(again.get_by_label(WORDS)).to_have_value(SAID)
    expect(again.get_by_label("What is the call about?")).to_have_value("welfare_check")
    expect(again.locator("#weighing .question__text")).to_contain_text("Is there a weapon")
    again.keyboard.press("Escape")
    again.keyboard.press("1")
    expect(again.locator("form.intake select[name='facts.weapon']")).to_have_value("none")
    saved(again)
    again.keyboard.press("Control+Enter")
    expect(again).to_have_url(re.compile(r"/incidents/\d+/$"))
    expect(again.locator(".narrative")).to_have_text(SAID)
    again.goto("/calls/new/")
    expect(tab(again, "SE Foster")).to_have_count(0)


def test_a_tab_killed_at_once_has_sent_its_last_letter(people: People) -> None:
    page = begin(people, address="NE Glisan", said="Last word")
    page.goto("/")  # without a moment for the pause that gathers letters
    page.goto("/calls/new/")
    tab(page, "NE Glisan").click()
    expect(page.get_by_label(WORDS)).to_have_value("Last word")


def test_typed_without_a_connection_it_is_kept_here_and_sent_when_it_is_back(people: People) -> None:
    page = begin(people, address="N Lombard")
    saved(page)
    page.context.set_offline(True)
    page.get_by_label(WORDS).press_sequentially(" She is alone.")
    expect(page.locator("#unsaved")).to_contain_text("No connection: not saved yet")
    page.context.set_offline(False)
    expect(page.locator("#unsaved")).to_be_hidden()
    saved(page)
    page.reload()
    expect(page.get_by_label(WORDS)).to_have_value(f"{SAID} She is alone.")
    people.forgive()  # what was cut off


def test_what_a_killed_tab_could_not_send_comes_with_the_next(people: People) -> None:
    page = begin(people, address="N Denver")
    saved(page)
    page.route("**/save/", lambda route: route.abort())
    page.get_by_label(WORDS).press_sequentially(" More.")
    expect(page.locator("#unsaved")).to_contain_text("No connection")
    other = page.context.new_page()
    page.close(run_before_unload=False)
    other.goto("/calls/new/")
    saved_words = f"{SAID} More."
    tab(other, "N Denver").click()
    expect(other.get_by_label(WORDS)).to_have_value(saved_words)
    people.forgive()  # what was cut off


def test_two_call_takers_and_no_word_is_lost(people: People) -> None:
    tess = begin(people, address="SW Barbur")
    saved(tess)
    dan = people.window("dan")
    dan.goto("/calls/new/")
    dan.locator("#drafts-others summary").click()
    row = dan.locator("#drafts-others li", has_text="SW Barbur")
    row.get_by_role("link").click()
    expect(dan.locator("#drafts")).to_contain_text("Tess")
    expect(dan.get_by_label(WORDS)).to_have_value(SAID)
    expect(dan.get_by_label(WORDS)).to_have_attribute("readonly", "")
    dan.get_by_role("button", name="Take it over").click()
    expect(dan.get_by_label(WORDS)).to_be_editable()

    tess.get_by_label(WORDS).press_sequentially(" Her name is Al.")
    expect(tess.locator("#drafts")).to_contain_text("Dan")
    expect(tess.get_by_label(WORDS)).to_have_attribute("readonly", "")
    expect(tess.get_by_label(WORDS)).to_have_value(re.compile(re.escape(SAID)))

    typed = tess.get_by_label(WORDS).input_value()
    if typed != SAID:  # unless the page was told before the first letter
        aside = dan.locator("#aside li")
        expect(aside).to_contain_text(typed)
        aside.get_by_role("button", name="Use this").click()
        expect(dan.get_by_label(WORDS)).to_have_value(typed)
        expect(aside).to_have_count(0)
    saved(dan)
    dan.get_by_role("button", name="Take the call").click()
    expect(dan).to_have_url(re.compile(r"/incidents/\d+/$"))
    expect(dan.locator(".narrative")).to_have_text(typed)
    expect(tess.locator("#drafts")).to_contain_text("has taken this call")


def test_several_are_open_and_one_key_switches(people: People) -> None:
    page = begin(people, address="First St", said="one")
    saved(page)
    page.keyboard.press("Alt+Shift+N")
    expect(page.get_by_label(WORDS)).to_have_value("")
    page.get_by_label("Address, crossing or landmark").fill("Second St")
    saved(page)
    first = tab(page, "First St").get_attribute("data-tab")
    page.keyboard.press(f"Alt+Shift+{first}")
    expect(page.get_by_label(WORDS)).to_have_value("one")
    expect(tab(page, "Second St")).to_be_visible()
    for address in ("First St", "Second St"):
        tab(page, address).click()
        page.get_by_role("button", name="drop it").click()
        expect(tab(page, address)).to_have_count(0)
    page.locator("#drafts-others summary").click()
    page.locator("#drafts-others li", has_text="First St").get_by_role("button", name="Take up again").click()
    expect(page.get_by_label(WORDS)).to_have_value("one")
