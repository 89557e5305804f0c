"""A message to a person's addresses, handed to real servers: up, refusing, hanging, down."""

import base64
import json
import logging
import threading
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection, transaction
from py_vapid import Vapid

from config.logs import Lines, configuration
from due import carriers, contacts, delivery, messages, sealing
from due.models import Attempt, Contact, Message
from due.registry import SENDERS
from due.sending import send_messages, send_one
from journal.refusals import Invalid, Refused
from tests.conftest import TESTS
from tests.due.provider import Provider

NOTICE = carriers.Notice(subject="PSR1: offer of incident 7", text="Please answer:", url="https://x.example/field/")


@pytest.fixture(autouse=True)
def _settings(settings, monkeypatch):
    settings.CONTACT_SCHEMES = frozenset({"json", "form"})
    settings.PUSH_HOSTS = frozenset({"127.0.0.1"})
    monkeypatch.setitem(SENDERS, "page", lambda message: delivery.deliver(message, NOTICE))
    monkeypatch.setattr(carriers, "READ_SECONDS", 0.5)


@pytest.fixture
def provider():
    with Provider() as server:
        yield server


@pytest.fixture
def second():
    with Provider() as server:
        yield server


def reach(owner, address, clock, way="service"):
    return contacts.add(owner_id=owner, way=way, address=address, by=TESTS, at=clock.now)


def page(owner, clock, *, subject=None, occasion=0, seconds=60):
    subject = subject or uuid4()
    messages.put(
        kind="page",
        recipients=[owner],
        subject_id=subject,
        occasion=occasion,
        deadline=clock.now + timedelta(seconds=seconds),
        at=clock.now,
    )
    return Message.objects.get(recipient_id=owner, subject_id=subject, occasion=occasion)


def became(message):
    message.refresh_from_db()
    return message.status, message.error, [each.outcome for each in message.tries.order_by("id")]


@pytest.mark.django_db
def test_a_page_arrives_with_its_words_and_link(provider, clock):
    rosa = uuid4()
    reach(rosa, provider.url(), clock)
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("sent", "", [""])
    [(_, _, body)] = provider.heard
    told = json.loads(body)
    assert (told["title"], told["message"]) == (NOTICE.subject, "Please answer: https://x.example/field/")


@pytest.mark.django_db
def test_a_provider_that_fails_for_a_moment_is_tried_again(provider, clock):
    rosa = uuid4()
    provider.answers += [500, 503]
    reach(rosa, provider.url(), clock)
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("pending", "refused-500", ["refused-500"])
    clock.advance(2)
    clock.advance(4)
    assert became(message) == ("sent", "", ["refused-500", "refused-503", ""])


@pytest.mark.django_db
def test_a_provider_that_says_no_is_not_asked_again(provider, clock):
    rosa = uuid4()
    provider.answers += [401]
    reach(rosa, provider.url(), clock)
    message = page(rosa, clock)
    clock.advance(0)
    clock.advance(30)
    assert became(message) == ("failed", "refused-401", ["refused-401"])
    assert len(provider.heard) == 1


@pytest.mark.django_db
def test_a_provider_that_falls_silent_may_have_taken_it_so_it_is_not_told_twice(provider, second, clock):
    rosa = uuid4()
    provider.answers += ["hang"]
    reach(rosa, provider.url(), clock)
    message = page(rosa, clock)
    clock.advance(0)
    clock.advance(30)
    assert became(message) == ("failed", "unanswered", ["unanswered"])
    assert len(provider.heard) == 1

    provider.answers += ["hang"]
    reach(rosa, second.url(), clock)
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("sent", "", ["unanswered", ""])
    assert len(second.heard) == 1


@pytest.mark.django_db
def test_one_that_is_down_is_known_not_to_have_heard_and_the_next_address_is_tried_at_once(provider, clock):
    rosa = uuid4()
    reach(rosa, "json://127.0.0.1:9/", clock)
    reach(rosa, provider.url(), clock)
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("sent", "", ["unreachable", ""])


@pytest.mark.django_db
def test_when_all_are_down_each_is_tried_again_until_the_deadline(provider, clock):
    rosa = uuid4()
    reach(rosa, "json://127.0.0.1:9/", clock)
    reach(rosa, "form://127.0.0.1:9/", clock)
    message = page(rosa, clock, seconds=20)
    for _ in range(20):
        clock.advance(1)
    status, error, outcomes = became(message)
    assert (status, error) == ("failed", "unreachable")
    assert len(outcomes) > 3
    assert set(outcomes) == {"unreachable"}
    first, other = Contact.objects.filter(owner_id=rosa).order_by("rank")
    tried = list(message.tries.order_by("id").values_list("contact_id", flat=True))
    assert tried[:4] == [first.id, other.id, first.id, other.id]


@pytest.mark.django_db
def test_a_provider_does_not_choose_whom_we_ask_next(provider, clock):
    rosa = uuid4()
    provider.answers += [307]
    reach(rosa, provider.url(), clock)
    page(rosa, clock)
    clock.advance(0)
    assert [path for path, _, _ in provider.heard] == ["/"]


@pytest.mark.django_db
def test_who_is_told_again_is_told_by_the_next_address_first(provider, second, clock):
    rosa, subject = uuid4(), uuid4()
    reach(rosa, provider.url(), clock)
    reach(rosa, second.url(), clock)
    for occasion in range(3):
        page(rosa, clock, subject=subject, occasion=occasion)
        clock.advance(0)
    assert (len(provider.heard), len(second.heard)) == (2, 1)


@pytest.mark.django_db
def test_the_same_page_reaches_an_address_once_though_two_own_it(provider, clock):
    """The on-call phone lies in a supervisor's own pocket."""
    sue, position, subject = uuid4(), uuid4(), uuid4()
    for owner in (sue, position):
        reach(owner, provider.url(), clock)
    ours, its = page(sue, clock, subject=subject), page(position, clock, subject=subject)
    clock.advance(0)
    assert len(provider.heard) == 1
    assert sorted([became(ours)[:2], became(its)[:2]]) == [("moot", "told-here-already"), ("sent", "")]


@pytest.mark.django_db
def test_whoever_has_no_address_cannot_be_told_and_that_shows(clock):
    message = page(uuid4(), clock)
    clock.advance(0)
    assert became(message) == ("failed", "no-contact", [])


@pytest.mark.django_db
def test_numbers_go_through_the_city_s_own_provider(provider, clock, settings):
    rosa = uuid4()
    settings.TEXT_URL = f"{provider.url()}/text/{{to}}"
    reach(rosa, "+1 (503) 555-0100", clock, way="text")
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("sent", "", [""])
    assert [path for path, _, _ in provider.heard] == ["/text/+15035550100"]
    settings.TEXT_URL = ""
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("failed", "not-set-up", ["not-set-up"])


# Many at once, as workers do


def at_once(count, at):
    """That many senders, each with a connection of its own, until none finds anything."""

    def send() -> None:
        try:
            while send_one(at=at) is not None:
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.django_db(transaction=True)
def test_a_provider_that_hangs_holds_up_no_message_of_another(provider, second, clock, monkeypatch):
    monkeypatch.setattr(carriers, "READ_SECONDS", 20.0)
    provider.answers += ["hang"] * 8
    stuck = [page(owner, clock) for owner in [uuid4() for _ in range(8)] if reach(owner, provider.url(), clock)]
    threads = at_once(6, clock.now)
    for _ in range(delivery.AT_ONCE):
        assert provider.came.acquire(timeout=30)
    # Two of six hang, as many as may. All the others put theirs back and are free.
    free = [page(owner, clock) for owner in [uuid4() for _ in range(5)] if reach(owner, second.url(), clock)]
    threads += at_once(1, clock.now)
    for _ in free:
        assert second.came.acquire(timeout=30)
    assert len(provider.heard) == delivery.AT_ONCE
    provider.let_go.set()
    for thread in threads:
        thread.join(30)
    assert [became(each)[0] for each in free] == ["sent"] * 5
    assert sorted(became(each)[0] for each in stuck) == ["failed"] * 2 + ["pending"] * 6
    assert {each.attempts for each in stuck if each.status == "pending"} == {0}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_a_provider_is_waited_for(provider, clock, monkeypatch):
    monkeypatch.setattr(carriers, "READ_SECONDS", 20.0)
    rosa = uuid4()
    provider.answers += ["hang"]
    reach(rosa, provider.url(), clock)
    message = page(rosa, clock)
    threads = at_once(1, clock.now)
    assert provider.came.acquire(timeout=10)
    with transaction.atomic():
        for model in (Message, Attempt, Contact):
            assert model.objects.select_for_update(nowait=True).count() == 1
            assert list(model.objects.select_for_update(nowait=True))
    assert became(message) == ("sending", "", ["handing-over"])
    provider.let_go.set()
    threads[0].join(30)


# Web push


@pytest.fixture
def phone():
    """The keys of a browser that has subscribed."""
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return private, b"0123456789abcdef", base64.urlsafe_b64encode(point).decode().rstrip("=")


def subscription(provider, phone, path="/push/rosa"):
    _, secret, public = phone
    keys = {"p256dh": public, "auth": base64.urlsafe_b64encode(secret).decode().rstrip("=")}
    return json.dumps({"endpoint": provider.url("http") + path, "expirationTime": None, "keys": keys})


@pytest.mark.django_db
def test_a_push_is_sealed_for_the_phone_and_signed_by_us(provider, phone, clock):
    rosa = uuid4()
    reach(rosa, subscription(provider, phone), clock, way="push")
    message = page(rosa, clock)
    provider.answers += [201]
    clock.advance(0)
    assert became(message) == ("sent", "", [""])
    [(path, headers, body)] = provider.heard
    assert path == "/push/rosa"
    assert (headers["ttl"], headers["urgency"]) == ("60", "high")
    private, secret, _ = phone
    assert json.loads(http_ece.decrypt(body, private_key=private, auth_secret=secret)) == {
        "subject": NOTICE.subject,
        "text": NOTICE.text,
        "url": NOTICE.url,
    }
    assert Vapid.verify(headers["authorization"])
    assert headers["authorization"].endswith(f"k={sealing.public_key()}")


@pytest.mark.django_db
@pytest.mark.parametrize("status", [404, 410])
def test_a_phone_that_is_gone_is_forgotten(provider, phone, clock, status):
    rosa = uuid4()
    provider.answers += [status]
    reach(rosa, subscription(provider, phone), clock, way="push")
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("failed", "gone", ["gone"])
    assert not Contact.objects.exists()


@pytest.mark.django_db
def test_a_push_service_that_is_down_or_silent(provider, phone, clock):
    rosa = uuid4()
    contact = reach(rosa, subscription(provider, phone), clock, way="push")
    provider.answers += [503, "hang"]
    message = page(rosa, clock)
    clock.advance(0)
    clock.advance(2)
    assert became(message) == ("failed", "unanswered", ["refused-503", "unanswered"])
    contacts.remove(contact=contact, by=TESTS, at=clock.now)
    away = json.loads(subscription(provider, phone)) | {"endpoint": "http://127.0.0.1:9/"}
    reach(rosa, json.dumps(away), clock, way="push")
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("pending", "unreachable", ["unreachable"])


# What is kept of an address


@pytest.mark.django_db
def test_an_address_is_sealed_and_is_in_no_log(provider, phone, clock, settings):
    rosa = uuid4()
    handler = logging.StreamHandler(stream := StringIO())
    handler.setFormatter(Lines())
    root, level = logging.getLogger(), logging.getLogger().level
    loggers = configuration("DEBUG")["loggers"]
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in loggers}
    for name, told in loggers.items():
        logging.getLogger(name).setLevel(told["level"])
        logging.getLogger(name).propagate = told.get("propagate", True)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        for way, address in [
            ("service", f"{provider.url()}/secret-of-rosa"),
            ("mail", "secret-of-rosa@example.org"),
            ("push", subscription(provider, phone, "/push/secret-of-rosa")),
        ]:
            provider.answers += [401]
            contact = reach(rosa, address, clock, way=way)
            page(rosa, clock)
            clock.advance(0)
            row = Contact.objects.filter(pk=contact.pk).values().get()
            assert "secret-of-rosa" not in str(row)
            assert sealing.unseal(contact.sealed).count("secret-of-rosa") == 1
            contacts.remove(contact=contact, by=TESTS, at=clock.now)
            provider.answers.clear()
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        for name, (was, passes) in before.items():
            logging.getLogger(name).setLevel(was)
            logging.getLogger(name).propagate = passes
    assert "message not delivered" in stream.getvalue()
    assert "secret-of-rosa" not in stream.getvalue()
    assert "secret-of-rosa" not in str(list(Attempt.objects.values()) + list(Message.objects.values()))


@pytest.mark.django_db
def test_another_key_cannot_read_an_address_and_the_former_one_can(provider, clock, settings):
    rosa = uuid4()
    reach(rosa, provider.url(), clock)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("failed", "not-set-up", ["not-set-up"])
    settings.SECRET_KEY_FALLBACKS = [former]
    message = page(rosa, clock)
    clock.advance(0)
    assert became(message) == ("sent", "", [""])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("way", "address", "field", "says"),
    [
        ("mail", "rosa", "address", "A mail address, such as"),
        ("text", "555 0100", "address", "with its country"),
        ("service", "https://10.0.0.1/", "address", "An Apprise address that begins with"),
        ("service", "file:///etc/passwd", "address", "An Apprise address that begins with"),
        ("service", "json://", "address", "Not a whole json:// address"),
        ("push", '{"endpoint": "https://10.0.0.1/", "keys": {"p256dh": "x", "auth": "y"}}', "address", "push service"),
        ("push", "[]", "address", "push service"),
        ("pigeon", "here", "way", "Choose one of the ways"),
        ("mail", "a\x00b@example.org", "address", "cannot be stored"),
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be(clock, way, address, field, says):
    with pytest.raises(Invalid) as wrong:
        reach(uuid4(), address, clock, way=way)
    assert list(wrong.value.errors) == [field]
    assert says in wrong.value.errors[field]


@pytest.mark.django_db
def test_contacts_have_an_order_and_a_measure(clock):
    rosa = uuid4()
    first = reach(rosa, "rosa@example.org", clock, way="mail")
    second = reach(rosa, "+15035550100", clock, way="text")
    assert [each.shown for each in (first, second)] == ["r…@example.org", "ends in 100"]
    contacts.prefer(contact=second, by=TESTS, at=clock.now)
    assert [each.contact_id for each in delivery.addresses(rosa)] == [second.id, first.id]
    with pytest.raises(Refused, match="there already"):
        reach(rosa, " rosa@example.org", clock, way="mail")
    for number in range(contacts.MOST - 2):
        reach(rosa, f"rosa{number}@example.org", clock, way="mail")
    with pytest.raises(Refused, match="enough"):
        reach(rosa, "more@example.org", clock, way="mail")


@pytest.mark.django_db
def test_a_test_goes_to_one_contact_and_says_what_its_provider_said(provider, second, clock):
    rosa = uuid4()
    reach(rosa, second.url(), clock)
    contact = reach(rosa, provider.url(), clock)
    provider.answers += [403]
    message = contacts.test(contact=contact, by=TESTS, at=clock.now)
    with pytest.raises(Refused, match="on its way"):
        contacts.test(contact=contact, by=TESTS, at=clock.now)
    clock.advance(0)
    assert became(message) == ("failed", "refused-403", ["refused-403"])
    message = contacts.test(contact=contact, by=TESTS, at=clock.now)
    clock.advance(0)
    assert became(message) == ("sent", "", [""])
    assert second.heard == []


@pytest.mark.django_db
def test_of_two_pages_the_second_is_not_lost_with_the_first(provider, clock):
    rosa = uuid4()
    provider.answers += [401]
    reach(rosa, provider.url(), clock)
    lost, told = page(rosa, clock), page(rosa, clock)
    send_messages(at=clock.now)
    assert sorted([became(lost)[0], became(told)[0]]) == ["failed", "sent"]
