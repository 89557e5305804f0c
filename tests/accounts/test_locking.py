"""A screen that nobody touches locks, and shows nothing of anybody until its person is back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Session, User
from dispatch.models import Incident
from journal.models import Entry
from tests.conftest import PASSWORD, Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _minutes(_nobody_locks: None, settings: Any) -> None:
    settings.LOCK_MINUTES = {"dispatcher": 15, "supervisor": 10}


def page(browser: Client, incident: Incident, **more: Any) -> Any:
    return browser.get(f"/incidents/{incident.number}/", **more)


def test_after_its_time_the_screen_shows_nothing_until_the_password(
    signed_in: Callable[[User], Client], dan: User, take: Callable[..., Any], clock: Clock
) -> None:
    _, incident = take(narrative="He is crying.")
    browser = signed_in(dan)
    assert "He is crying." in page(browser, incident).content.decode()
    clock.advance(15 * 60)
    locked = page(browser, incident)
    assert locked.status_code == 423
    assert "He is crying." not in locked.content.decode()
    assert "Dan, type your password" in " ".join(locked.content.decode().split())
    assert browser.post(f"/incidents/{incident.number}/offer/", {"unit": "PSR1"}).status_code == 423
    assert page(browser, incident, headers={"Sec-Fetch-Mode": "cors"}).content == b""
    passed_on = {"Sec-Fetch-Mode": "same-origin", "Accept": "text/html,application/xhtml+xml"}
    assert b"type your password" in page(browser, incident, headers=passed_on).content

    wrong = browser.post("/accounts/unlock/", {"password": "not his"})
    assert (wrong.status_code, page(browser, incident).status_code) == (422, 423)
    told = browser.post("/accounts/unlock/", {"password": PASSWORD, "next": f"/incidents/{incident.number}/"})
    assert told.url == f"/incidents/{incident.number}/"
    assert "He is crying." in page(browser, incident).content.decode()
    kinds = Entry.objects.filter(subject_id=dan.id, kind__startswith="user.screen").order_by("id")
    assert [each.kind for each in kinds] == ["user.screen_locked", "user.screen_unlocked"]


def test_whoever_works_is_not_locked_out_and_each_role_has_its_time(
    signed_in: Callable[[User], Client], dan: User, sue: User, rosa: User, incident: Incident, clock: Clock
) -> None:
    dispatcher, supervisor, phone = signed_in(dan), signed_in(sue), signed_in(rosa)
    for _ in range(3):
        clock.advance(9 * 60)
        assert page(dispatcher, incident).status_code == 200
    assert page(supervisor, incident).status_code == 423
    clock.advance(10 * 60 * 60)
    assert phone.get("/field/").status_code == 200, "a responder's phone never locks"


def test_what_the_page_does_by_itself_keeps_nothing_open(
    signed_in: Callable[[User], Client], dan: User, incident: Incident, clock: Clock
) -> None:
    browser = signed_in(dan)
    for _ in range(4):
        clock.advance(4 * 60)
        browser.post(f"/incidents/{incident.number}/here/", {"typing": ""})
        page(browser, incident, headers={"Sec-Fetch-Mode": "cors"})
    assert page(browser, incident).status_code == 423


def test_a_page_tells_when_its_person_was_last_there_and_hears_how_long_is_left(
    signed_in: Callable[[User], Client], dan: User, clock: Clock
) -> None:
    browser = signed_in(dan)
    clock.advance(14 * 60)
    assert browser.post("/accounts/attend/", {"idle": "60"}).json() == {"locked": False, "left": 14 * 60}
    clock.advance(13 * 60)
    assert browser.post("/accounts/attend/", {"idle": "840"}).json() == {"locked": False, "left": 60}
    clock.advance(60)
    assert browser.post("/accounts/attend/", {"idle": "900"}).json() == {"locked": True, "left": 0}
    assert browser.post("/accounts/attend/", {"idle": "0"}).json()["locked"], "to touch it is no password"


def test_what_a_request_keeps_in_its_session_opens_no_lock(
    signed_in: Callable[[User], Client], dan: User, incident: Incident, clock: Clock
) -> None:
    browser = signed_in(dan)
    begun = browser.session  # of a request that began before the lock, and ends after it
    begun.load()
    assert browser.post("/accounts/attend/", {"lock": "1"}).json()["locked"]
    begun["seen"] = True
    begun.save()
    assert Session.objects.get(user_id=dan.id).locked_at == clock.now
    assert page(browser, incident).status_code == 423


def test_only_its_own_person_opens_it_and_another_may_log_in(
    signed_in: Callable[[User], Client], dan: User, sue: User, incident: Incident, clock: Clock
) -> None:
    browser = signed_in(dan)
    browser.post("/accounts/attend/", {"lock": "1"})
    assert browser.post("/accounts/unlock/", {"username": "sue", "password": "x"}).status_code == 422
    assert browser.post("/accounts/log-out/").status_code == 302
    browser.post("/accounts/log-in/", {"username": "sue", "password": PASSWORD})
    assert page(browser, incident).status_code == 200


def test_five_wrong_passwords_close_it_as_at_log_in(
    signed_in: Callable[[User], Client], dan: User, clock: Clock
) -> None:
    browser = signed_in(dan)
    browser.post("/accounts/attend/", {"lock": "1"})
    answers = [browser.post("/accounts/unlock/", {"password": "x"}).status_code for _ in range(5)]
    assert answers == [422] * 4 + [429]
    assert browser.post("/accounts/unlock/", {"password": PASSWORD}).status_code == 429
