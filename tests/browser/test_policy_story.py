"""Rules change as a city changes them: written by one, held against cases, approved by another; then they decide."""

import re

from playwright.sync_api import Page, expect

from tests.browser.people import People
from tests.browser.test_story import answer_calmly, take_a_call

SENTENCE = "Welfare checks come with an ambulance until the spring."


def test_a_rule_is_changed_mended_approved_and_decides(people: People) -> None:
    tess, sue, adam = people.window("tess"), people.window("sue"), people.window("adam")
    take_a_call(tess)
    answer_calmly(tess)
    expect(tess.locator(".decision__outcome")).to_contain_text("A community team may go")
    before = tess.url

    begin(sue)
    add_the_rule(sue)
    sue.get_by_role("link", name="see which").click()
    failing = sue.locator("#examples ~ ul li, section:has(#examples) li").filter(has_text="Fails:")
    expect(failing.first).to_contain_text("also should be")
    sue.get_by_role("button", name="Submit for review").click()
    expect(sue.get_by_role("alert")).to_contain_text("Not submitted. Example")

    mend(sue)
    expect(sue.get_by_text("examples hold.")).to_be_visible()
    try_it(sue)
    sue.get_by_role("button", name="Submit for review").click()
    expect(sue.get_by_text("You wrote a part of it, so somebody else approves it.")).to_be_visible()
    expect(sue.get_by_role("link", name="and approve")).to_have_count(0)

    adam.goto("/policies/demo/")
    adam.get_by_role("link", name="Version 2").click()
    expect(adam.locator(".review")).to_contain_text(SENTENCE)
    adam.get_by_role("link", name="Look at its preview, and approve").click()
    run_preview(adam)
    adam.get_by_role("button", name="Approve and publish").click()
    expect(adam.get_by_role("status")).to_contain_text("Version 2 is published.")

    take_a_call(tess)
    answer_calmly(tess)
    expect(tess.locator(".decision__outcome")).to_contain_text("at once")
    expect(tess.locator(".decision")).to_contain_text("demo, version 2")
    expect(tess.locator(".decision")).to_contain_text(SENTENCE)
    tess.goto(before)
    expect(tess.locator(".decision")).to_contain_text("demo, version 1")
    expect(tess.locator(".decision")).not_to_contain_text(SENTENCE)
    tess.get_by_role("link", name="demo, version 1").click()
    expect(tess.get_by_role("heading", name="Demo program, version 1")).to_contain_text("ended")
    expect(tess.get_by_text(SENTENCE)).to_have_count(0)


def run_preview(adam: Page) -> None:
    """A worker takes it up at its next beat."""
    adam.get_by_role("button", name="Run the preview").click()
    for _ in range(100):
        if not adam.get_by_role("link", name="Look again").count():
            break
        adam.wait_for_timeout(300)
        adam.reload()
    expect(adam.get_by_role("heading", name="of the last 90 days")).to_be_visible()


def begin(sue: Page) -> None:
    sue.goto("/policies/demo/")
    sue.get_by_text("Begin a draft").click()
    sue.get_by_label("Name of the version").fill("2")
    sue.get_by_role("button", name="Begin", exact=True).click()
    expect(sue.get_by_text("Every rule makes sense where it stands.")).to_be_visible()


def add_the_rule(sue: Page) -> None:
    """For every welfare check: one of the examples does not expect that."""
    sue.get_by_role("link", name="Add a rule").click()
    sue.get_by_label("In one sentence").fill(SENTENCE)
    sue.get_by_label("Source").fill("Chief of the fire department, 24 November 2026")
    sue.get_by_label("What is tested").select_option("call_type")
    sue.get_by_text("Welfare check", exact=True).check()
    sue.locator("#rule-does").select_option("add")
    sue.get_by_text("an ambulance", exact=True).check()
    sue.get_by_label("Short name").fill("winter")
    sue.get_by_role("button", name="Save the rule").click()
    expect(sue.locator("#row-winter")).to_contain_text("An ambulance as well, at once.")


def mend(sue: Page) -> None:
    """Only where the caller passes by; nobody says so in the examples."""
    sue.locator("#row-winter").get_by_role("link", name="Change").click()
    sue.get_by_role("button", name="Put into a group").click()
    sue.get_by_label("It holds when").select_option("all")
    sue.get_by_label("What is tested").nth(1).select_option("mental_health_crisis")
    sue.locator("#when-1-fact").wait_for()
    sue.locator("#rule-when-1").get_by_text("Yes", exact=True).check()
    sue.get_by_role("button", name="Save the rule").last.click()
    expect(sue.locator("#row-winter")).to_contain_text("All of these hold")


def try_it(sue: Page) -> None:
    panel = sue.get_by_role("complementary", name="Try it")
    panel.get_by_label("What is the call about?").select_option("fire")
    expect(panel.locator("#tried")).to_contain_text("Goes to the fire department")
    expect(panel.locator("#tried")).to_contain_text(re.compile("decides the same"))
