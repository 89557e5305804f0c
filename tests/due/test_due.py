"""Timers fire once, whoever sweeps; a failing one is tried again; the outbox says things once."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from due import messages, timers
from due.models import Message, Timer
from due.queries import worst_lateness
from due.registry import HANDLERS, SENDERS
from due.sweep import fire_timers, send_messages


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
            fire_timers(at=at)
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


@pytest.mark.django_db
def test_a_provider_that_fails_is_seen_and_what_a_dead_process_claimed_is_not_sent_again(sent, clock, monkeypatch):
    def down(message):
        raise ConnectionError("provider down")

    monkeypatch.setitem(SENDERS, "test", down)
    say(clock, uuid4())
    clock.advance(1)
    assert (Message.objects.get().status, Message.objects.get().error) == ("failed", "ConnectionError")

    Message.objects.update(status="sending", claimed_at=clock.now, ended_at=None)
    clock.advance(31)
    assert Message.objects.get().status == "failed"
    assert sent == []
