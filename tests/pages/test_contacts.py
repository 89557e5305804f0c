"""How a person says where they are reached, how supervisors keep the on-call phone, and what could not be told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dispatch import assignments
from due import contacts, delivery, messages
from due.models import Contact, Message
from journal.models import Entry
from tests.conftest import TESTS
from tests.due.provider import Provider


@pytest.fixture(autouse=True)
def _schemes(settings):
    settings.CONTACT_SCHEMES = frozenset({"json"})


@pytest.fixture
def provider():
    with Provider() as server:
        yield server


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_rosa_says_where_she_is_reached_and_tries_it(rosa, signed_in, provider, clock):
    phone = signed_in(rosa)
    assert "Nothing yet: only a page that is open tells you." in text_of(phone.get("/me/"))
    add = f"/contacts/of/{rosa.id}/add/"
    page = text_of(phone.post(add, {"way": "service", "address": f"{provider.url()}/of-rosa"}, follow=True))
    assert "Added. Send a test" in page
    assert "Never tested" in page
    assert "of-rosa" not in page
    contact = Contact.objects.get(owner_id=rosa.id)
    page = text_of(phone.post(f"/contacts/{contact.id}/test/", follow=True))
    assert "Last test: on its way" in page
    assert 'hx-trigger="load delay:1s"' in page
    assert provider.heard == []  # no request waits for a provider
    clock.advance(0)
    page = text_of(phone.get("/me/"))
    assert "Last test: the provider has taken it" in page
    assert "hx-trigger" not in page
    provider.answers += [401]
    phone.post(f"/contacts/{contact.id}/test/")
    clock.advance(0)
    assert "Last test: the provider refused it (401)" in text_of(phone.get("/me/"))
    phone.post(f"/contacts/{contact.id}/remove/")
    assert not Contact.objects.exists()
    kinds = list(Entry.objects.filter(kind__startswith="contact.").order_by("id").values_list("kind", "audience"))
    assert kinds == [(f"contact.{what}", "audit") for what in ("added", "tested", "tested", "removed")]


def test_what_was_typed_is_kept_and_the_field_named(rosa, signed_in):
    answer = signed_in(rosa).post(f"/contacts/of/{rosa.id}/add/", {"way": "text", "address": "555 0100"})
    assert answer.status_code == 422
    page = text_of(answer)
    assert "Address: A number with its country, such as +1 503 555 0100." in page
    assert 'value="555 0100"' in page


def test_nobody_touches_anybody_else_s_contacts(rosa, omar, sue, dan, program, signed_in, clock):
    contact = contacts.add(owner_id=rosa.id, way="mail", address="rosa@example.org", by=TESTS, at=clock.now)
    position = contacts.add(owner_id=program.id, way="mail", address="duty@example.org", by=TESTS, at=clock.now)
    for who in (omar, sue, dan):
        for verb in ("remove", "prefer", "test"):
            assert signed_in(who).post(f"/contacts/{contact.id}/{verb}/").status_code == 404
        assert (
            signed_in(who).post(f"/contacts/of/{rosa.id}/add/", {"way": "mail", "address": "x@y.org"}).status_code
            == 404
        )
    for who in (omar, dan):
        assert signed_in(who).post(f"/contacts/{position.id}/remove/").status_code == 404
    assert Contact.objects.count() == 2


def test_sue_keeps_the_on_call_phone(sue, adam, program, exercise_program, signed_in, clock):
    desk = signed_in(sue)
    page = text_of(desk.get("/notices/"))
    assert "Nobody can be rung: enter the on-call phone." in page
    assert exercise_program.name not in page  # of exercises nobody is told
    for way, address in [("mail", "duty@example.org"), ("text", "+1 503 555 0100")]:
        assert desk.post(f"/contacts/of/{program.id}/add/", {"way": way, "address": address}).status_code == 302
    second = Contact.objects.get(way="text")
    desk.post(f"/contacts/{second.id}/prefer/")
    assert [each.way for each in delivery.addresses(program.id)] == ["text", "mail"]
    page = text_of(desk.get("/notices/"))
    assert "ends in 100" in page
    assert "duty@example.org" not in page
    # An administrator sees how it stands, and changes nothing.
    page = text_of(signed_in(adam).get("/notices/"))
    assert "ends in 100" in page
    assert "Try first" not in page


def test_what_reached_nobody_is_told_with_its_reason_and_without_an_address(
    incident, dan, rosa, sue, psr1, signed_in, provider, clock
):
    contacts.add(owner_id=rosa.id, way="service", address=f"{provider.url()}/of-rosa", by=TESTS, at=clock.now)
    provider.answers += [401]
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(0)
    page = text_of(signed_in(sue).get("/notices/"))
    assert "<td>Rosa</td> <td>an offer</td> <td>the provider refused it (401)</td> <td>1</td>" in page
    assert "of-rosa" not in page
    assert "<td>1</td>" in page
    clock.advance(24 * 60 * 60 + 1)
    assert "Nothing: all that was sent was taken by a provider." in text_of(signed_in(sue).get("/notices/"))


def test_the_page_asks_no_more_of_the_tables_for_more_people(sue, program, signed_in, clock):
    desk = signed_in(sue)

    def lose(count):
        for number in range(count):
            messages.put(
                kind="assignment.offer",
                recipients=[sue.id],
                subject_id=program.id,
                occasion=Message.objects.count() + number,
                deadline=clock.now + timedelta(seconds=1),
                at=clock.now,
            )
        Message.objects.update(status="missed")

    lose(2)
    with CaptureQueriesContext(connection) as few:
        desk.get("/notices/")
    lose(20)
    with CaptureQueriesContext(connection) as many:
        desk.get("/notices/")
    assert len(many) == len(few)


PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"


def test_a_browser_that_may_show_notices_becomes_a_way(rosa, signed_in, settings):
    settings.PUSH_HOSTS = frozenset({"push.example.org"})
    phone = signed_in(rosa)
    told = '{"endpoint": "https://a.push.example.org/x", "keys": {"p256dh": "k", "auth": "a"}}'

    def subscribe(subscription):
        return phone.post("/contacts/subscribe/", {"subscription": subscription}, headers={"User-Agent": PHONE})

    assert subscribe(told).status_code == 201
    assert "Chrome on Android" in text_of(phone.get("/me/"))
    again = subscribe(told)
    assert (again.status_code, again.json()) == (409, {"why": "That one is there already."})
    wrong = subscribe(told.replace("a.push.example.org", "10.0.0.1"))
    assert (wrong.status_code, wrong.json()["why"]) == (
        422,
        "This browser’s push service is not one that we send to.",
    )


def test_the_worker_of_pushes_stands_where_its_scope_is(rosa, signed_in):
    answer = signed_in(rosa).get("/field/sw.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer["Cache-Control"] == "no-cache"
    script = answer.content.decode()
    assert "showNotification" in script
    for more in ("caches", "fetch", "indexedDB"):
        assert more not in script
