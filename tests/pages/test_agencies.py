"""How other agencies are reached, as a supervisor keeps it."""

import json

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.models import Agency
from dispatch import linking
from dispatch.models import AgencyLink
from journal.models import Entry
from tests.conftest import CALM, TESTS

URL = "/agencies/"
ARMED = {**CALM, "weapon": "used"}


def text(answer):
    return " ".join(answer.content.decode().split())


def test_sue_links_an_agency_changes_the_number_and_removes_it(program, sue, signed_in):
    browser = signed_in(sue)
    assert "No agency is linked" in text(browser.get(URL))
    told = {"name": "County Sheriff", "kind": "police", "program": "portland", "phone": "503-555-0199", "url": ""}
    page = text(browser.post(f"{URL}link/", told, follow=True))
    assert "County Sheriff is linked." in page
    link = AgencyLink.objects.get()
    assert (link.program, link.phone) == (program, "503-555-0199")
    assert "<strong>Portland</strong>" in page
    again = browser.post(f"{URL}link/", told)
    assert (again.status_code, "is linked for Portland already: change that" in text(again)) == (409, True)
    browser.post(f"{URL}{link.id}/change/", {"phone": "503-555-0198", "url": ""})
    link.refresh_from_db()
    assert link.phone == "503-555-0198"
    browser.post(f"{URL}{link.id}/unlink/")
    assert not AgencyLink.objects.exists()
    kinds = Entry.objects.filter(kind__startswith="agency.").order_by("id").values_list("kind", "actor_name")
    assert list(kinds) == [("agency.linked", "Sue"), ("agency.linked", "Sue"), ("agency.unlinked", "Sue")]


def test_what_is_wrong_is_named_and_what_was_typed_is_kept(program, sue, signed_in):
    told = {"name": "Police Bureau", "kind": "police", "program": "", "phone": "", "url": "http://cad.example.org/"}
    page = signed_in(sue).post(f"{URL}link/", told)
    assert page.status_code == 422
    assert "Must begin with https://" in text(page)
    assert 'value="http://cad.example.org/"' in text(page)
    assert not Agency.objects.filter(name="Police Bureau").exists(), "nothing is half made"
    told |= {"url": "https://cad.example.org/", "program": "nowhere"}
    assert "Choose one of the list." in text(signed_in(sue).post(f"{URL}link/", told))


def test_the_secret_is_shown_on_demand_alone_and_the_audit_says_to_whom(police, sue, signed_in):
    browser = signed_in(sue)
    assert "whsec_" not in text(browser.get(URL))
    first = linking.secret_of(police)
    shown = browser.post(f"{URL}{police.id}/secret/")
    assert first in text(shown)
    assert shown["Cache-Control"] == "no-store"
    entry = Entry.objects.get(kind="agency.secret_shown")
    assert (entry.actor_name, entry.audience, entry.payload) == ("Sue", "audit", {"agency": str(police.agency_id)})
    renewed = text(browser.post(f"{URL}{police.id}/new-secret/"))
    police.refresh_from_db()
    assert linking.secret_of(police) != first
    assert linking.secret_of(police) in renewed
    assert police.phone == "503-555-0100", "what else was said stands"


def test_a_test_says_whether_messages_arrive(police, desk, sue, signed_in, clock):
    browser, test = signed_in(sue), f"{URL}{police.id}/test/"
    desk.status = 503
    page = text(browser.post(test, follow=True))
    assert "test: on its way" in page
    assert 'hx-trigger="load delay:1s"' in page
    assert browser.post(test).status_code == 409
    assert desk.heard == [], "no request waits for them"
    clock.advance(1)
    assert "test: being tried again: they answered 503" in text(browser.get(URL))
    for _ in range(13):
        clock.advance(10)
    assert "given up: they answered 503" in text(browser.get(URL))
    desk.status = 200
    browser.post(test)
    clock.advance(1)
    page = text(browser.get(URL))
    assert "test: their system has taken it" in page
    assert "hx-trigger" not in page
    said = json.loads(desk.heard[-1][2])
    assert (said["type"], said["data"]) == ("test", {})
    assert "webhook-signature" in desk.heard[-1][1]


def test_what_was_sent_to_them_lately_and_who_of_them_may_hand_us_something(take, police, sue, signed_in, clock):
    told = {"name": "Police CAD", "scopes": ["handoffs:write"], "agency": police.agency}
    tokens.issue(**told, by=TESTS, at=clock.now)
    tokens.issue(**{**told, "name": "Reader", "scopes": ["incidents:read"]}, by=TESTS, at=clock.now)
    numbers = []
    for _ in range(6):
        numbers.append(take(ARMED)[1].number)
        clock.advance(1)
    page = text(signed_in(sue).get(URL))
    shown = [number for number in numbers if f"hand-off of incident {number}: their system has taken it" in page]
    assert shown == numbers[1:], "the latest five"
    assert "Police CAD, never heard" in page
    assert "Reader" not in page


def test_the_page_asks_as_much_of_the_database_for_many_agencies_as_for_one(police, sue, signed_in, clock):
    browser = signed_in(sue)
    with CaptureQueriesContext(connection) as one:
        browser.get(URL)
    for kind in ("fire", "ems", "crisis_line"):
        agency = linking.known_as(name=f"The {kind}", kind=kind)
        linking.link(agency=agency, phone="503-555-0101", by=TESTS, at=clock.now)
    with CaptureQueriesContext(connection) as four:
        page = text(browser.get(URL))
    assert "The crisis_line" in page
    assert len(four) == len(one)
