"""Notices on a device: asked for by a touch alone, shown while no page is open, and leading to their page."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People

TOLD = {"subject": "PSR1: offer of incident 7, priority 2", "text": "Please answer until 20:15:00 PST:"}


@pytest.fixture
def page(people: People) -> Page:
    page = people.window("rosa")
    page.goto("/me/")
    return page


def registrations(page: Page) -> int:
    return int(page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)"))


def test_nothing_is_asked_before_a_touch(page: Page) -> None:
    expect(page.get_by_role("button", name="Show notices on this device")).to_be_enabled()
    assert registrations(page) == 0
    asked = "(window.asked = 0, Notification.requestPermission = () => (window.asked++, Promise.resolve('denied')))"
    page.evaluate(f"() => {{ {asked} }}")
    page.get_by_role("button", name="Show notices on this device").click()
    expect(page.locator("#push-said")).to_have_text("The browser does not allow it. Its settings for this page can.")
    assert page.evaluate("window.asked") == 1
    assert registrations(page) == 0


def test_a_browser_that_allows_it_is_told_of(page: Page, people: People) -> None:
    """The push service is a company's: here a stand-in for the browser's part of it, up to the request to Rightcall."""
    page.evaluate(
        """() => {
          Notification.requestPermission = () => Promise.resolve("granted");
          PushManager.prototype.getSubscription = () => Promise.resolve(null);
          PushManager.prototype.subscribe = (wanted) => {
            window.wanted = wanted;
            const keys = { p256dh: "k", auth: "a" };
            return Promise.resolve({ endpoint: "https://fcm.googleapis.com/fcm/send/x", keys });
          };
        }"""
    )
    page.get_by_role("button", name="Show notices on this device").click()
    expect(page.locator(".contacts")).to_contain_text("Chrome on")
    assert registrations(page) == 1


def test_a_push_is_shown_and_leads_to_its_page(page: Page) -> None:
    page.context.grant_permissions(["notifications"])
    browser = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    browser.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    browser.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.register('/field/sw.js').then(() => null)")
    page.wait_for_function(
        "navigator.serviceWorker.getRegistration('/field/').then((one) => one?.active?.state === 'activated')"
    )
    worker = next(each for each in found if each["scopeURL"].endswith("/field/"))
    told = {**TOLD, "url": f"{page.url}".replace("/me/", "/field/")}
    for _ in range(2):  # the same twice is shown once
        sent = {
            "origin": page.url.replace("/me/", ""),
            "registrationId": worker["registrationId"],
            "data": json.dumps(told),
        }
        browser.send("ServiceWorker.deliverPushMessage", sent)
    shown = "navigator.serviceWorker.getRegistration('/field/').then((one) => one.getNotifications())"
    page.wait_for_function(f"{shown}.then((all) => all.length === 1)")
    seen = page.evaluate(f"{shown}.then(([one]) => ({{title: one.title, body: one.body, url: one.data.url}}))")
    assert seen == {"title": TOLD["subject"], "body": TOLD["text"], "url": told["url"]}
