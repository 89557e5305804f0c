"""Timers fire once, whoever sweeps; a failing one is tried again; the outbox says things once."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from due import messages, timers
from due.models import Message, Timer
from due.queries import worst_lateness
from due.registry import CUT_OFFS, HANDLERS, SENDERS, UNTOLD, Moot, Undelivered
from due.sending import send_messages
from due.sweep import fire_timers


@pytest.fixture
def fired(monkeypatch):
    """What a handler of kind `test` was called for."""
    subjects: list[UUID] = []

    def handler(firing):
        subjects.append(firing.subject_id)
        return True

    monkeypatch.setitem(HANDLERS, "test", handler)
    return subjects


def put(clock, seconds=0, subject=None):
    return timers.put(
        kind="test", subject_id=subject or uuid4(), due_at=clock.now + timedelta(seconds=seconds), at=clock.now
    )


@pytest.mark.django_db
def test_a_timer_fires_when_due_and_not_before(fired, clock):
    timer = put(clock, 10)
    clock.advance(9)
    assert fired == []
    clock.advance(1)
    clock.advance(60)
    assert fired == [timer.subject_id]
    timer.refresh_from_db()
    assert (timer.done_at, timer.acted) == (timer.due_at, True)


@pytest.mark.django_db
def test_a_cancelled_timer_does_not_fire(fired, clock):
    timer = put(clock, 10)
    assert timers.cancel(kinds=["test"], subject_id=timer.subject_id, at=clock.now) == 1
    clock.advance(60)
    assert fired == []


@pytest.mark.django_db
def test_a_failing_timer_neither_stops_the_others_nor_is_lost(monkeypatch, fired, clock):
    bad = put(clock)
    good = put(clock, 1)

    def handler(firing):
        if firing.subject_id == bad.subject_id and firing.at < bad.due_at + timedelta(seconds=20):
            raise RuntimeError("not yet")
        fired.append(firing.subject_id)
        return True

    monkeypatch.setitem(HANDLERS, "test", handler)
    clock.advance(2)
    assert fired == [good.subject_id]
    bad.refresh_from_db()
    assert (bad.done_at, bad.failures, bad.error) == (None, 1, "RuntimeError")
    assert worst_lateness(at=clock.now) == timedelta(seconds=2)
    clock.advance(30)
    assert fired == [good.subject_id, bad.subject_id]
    assert worst_lateness(at=clock.now) == timedelta(0)


@pytest.mark.django_db(transaction=True)
def test_many_sweeps_at_once_fire_each_timer_once(fired, clock):
    wanted = {put(clock).subject_id for _ in range(60)}
    gate = threading.Barrier(6)
    at = clock.now

    def sweep() -> None:
        try:
            gate.wait(10)
            while fire_timers(at=at):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(fired) == 60
    assert set(fired) == wanted


@pytest.mark.django_db(transaction=True)
def test_cancelling_does_not_wait_for_a_timer_that_is_being_fired(fired, clock):
    """The handler may be waiting for rows that we hold: waiting for its timer would be a deadlock."""
    timer = put(clock)
    locked, done = threading.Event(), threading.Event()

    def fire() -> None:
        try:
            with transaction.atomic():
                Timer.objects.select_for_update().get(pk=timer.pk)
                locked.set()
                assert done.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=fire)
    thread.start()
    assert locked.wait(10)
    with transaction.atomic():
        assert timers.cancel(kinds=["test"], subject_id=timer.subject_id, at=clock.now) == 0
    done.set()
    thread.join(10)


@pytest.fixture
def sent(monkeypatch):
    told: list[UUID] = []
    monkeypatch.setitem(SENDERS, "test", lambda message: told.append(message.recipient_id))
    return told


def say(clock, *recipients, subject=None, seconds=60):
    messages.put(
        kind="test",
        recipients=recipients,
        subject_id=subject or uuid4(),
        deadline=clock.now + timedelta(seconds=seconds),
        at=clock.now,
    )


@pytest.mark.django_db
def test_a_message_is_sent_once_to_each(sent, clock):
    rosa, omar, subject = uuid4(), uuid4(), uuid4()
    say(clock, rosa, omar, subject=subject)
    say(clock, rosa, subject=subject)
    clock.advance(1)
    clock.advance(1)
    assert sorted(sent) == sorted([rosa, omar])


@pytest.mark.django_db
def test_what_is_not_sent_in_time_is_missed_not_sent_late(sent, clock, monkeypatch):
    say(clock, uuid4(), seconds=5)
    Message.objects.update(status="pending")
    at = clock.now + timedelta(seconds=5)
    send_messages(at=at)
    assert sent == []
    assert Message.objects.get().status == "missed"


@pytest.fixture
def provider(monkeypatch):
    """A sender of kind `test` that does, try for try, what the list says: raises it, or takes the message."""
    answers: list[Exception | None] = []
    tried: list[UUID] = []

    def send(message):
        tried.append(message.recipient_id)
        if answers and (failure := answers.pop(0)):
            raise failure

    monkeypatch.setitem(SENDERS, "test", send)
    return answers, tried


@pytest.fixture
def untold(monkeypatch):
    heard: list[str] = []
    monkeypatch.setitem(UNTOLD, "test", lambda message: heard.append(message.status))
    return heard


def ended():
    message = Message.objects.get()
    return message.status, message.error, message.attempts


@pytest.mark.django_db
def test_what_a_provider_refuses_is_tried_again_ever_later(provider, untold, clock):
    answers, tried = provider
    answers += [ConnectionError("rosa@example.org"), ConnectionError("rosa@example.org")]
    say(clock, uuid4())
    clock.advance(0)
    assert ended() == ("pending", "ConnectionError", 1)
    clock.advance(1)
    assert len(tried) == 1
    clock.advance(1)
    assert ended() == ("pending", "ConnectionError", 2)
    clock.advance(3)
    assert len(tried) == 2
    clock.advance(1)
    assert ended() == ("sent", "", 3)
    assert untold == []


@pytest.mark.django_db
def test_a_provider_that_stays_down_has_failed_before_the_deadline(provider, untold, clock):
    """Known as soon as no further try would be in time, and never later than the deadline."""
    answers, tried = provider
    answers += [ConnectionError()] * 9
    say(clock, uuid4(), seconds=10)
    for _ in range(10):
        clock.advance(1)
    assert ended() == ("failed", "ConnectionError", 3)
    assert len(tried) == 3
    assert untold == ["failed"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("failure", "becomes", "heard"),
    [
        (Undelivered("refused-401"), ("failed", "refused-401", 1), ["failed"]),
        (Moot("off-duty"), ("moot", "off-duty", 1), []),
    ],
)
def test_a_failure_that_is_final_ends_it(provider, untold, clock, failure, becomes, heard):
    answers, tried = provider
    answers.append(failure)
    say(clock, uuid4())
    clock.advance(1)
    clock.advance(30)
    assert ended() == becomes
    assert len(tried) == 1
    assert untold == heard


@pytest.mark.django_db
def test_what_waits_for_its_next_try_holds_up_no_other(provider, clock):
    answers, tried = provider
    answers.append(ConnectionError())
    rosa, omar = uuid4(), uuid4()
    say(clock, rosa)
    clock.advance(0)
    say(clock, omar)
    clock.advance(0)
    assert tried == [rosa, omar]
    assert dict(Message.objects.values_list("recipient_id", "status")) == {rosa: "pending", omar: "sent"}


@pytest.mark.django_db
def test_a_kind_that_would_mislead_when_old_is_dropped_and_its_need_is_judged_again(sent, untold, clock, monkeypatch):
    monkeypatch.setitem(CUT_OFFS, "test", timedelta(minutes=5))
    say(clock, uuid4(), seconds=2 * 60 * 60)
    send_messages(at=clock.now + timedelta(hours=1))
    assert sent == []
    assert ended() == ("missed", "", 0)
    assert untold == ["missed"]


@pytest.mark.django_db
def test_what_a_dead_process_claimed_is_not_sent_again(sent, untold, clock):
    say(clock, uuid4())
    Message.objects.update(status="sending", claimed_at=clock.now, attempts=1)
    clock.advance(29)
    assert ended() == ("sending", "", 1)
    clock.advance(1)
    assert ended() == ("failed", "claimed-and-never-ended", 1)
    assert (sent, untold) == ([], ["failed"])


@pytest.mark.django_db
def test_whoever_cannot_be_told_of_a_failure_does_not_keep_it_alive(provider, clock, monkeypatch):
    def broken(message):
        raise RuntimeError

    answers, _ = provider
    answers.append(Undelivered("refused-401"))
    monkeypatch.setitem(UNTOLD, "test", broken)
    say(clock, uuid4())
    clock.advance(0)
    assert ended() == ("failed", "refused-401", 1)


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_message_once(sent, clock):
    people = {uuid4() for _ in range(40)}
    say(clock, *people)
    gate = threading.Barrier(6)
    at = clock.now

    def send() -> None:
        try:
            gate.wait(10)
            send_messages(at=at)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(sent) == 40
    assert set(sent) == people
