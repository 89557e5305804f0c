"""Append-only, in the change's own transaction, in the order of commits, and never a person's words."""

import threading
import uuid
from dataclasses import dataclass, fields

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from calls.entries import CallRead, CallTaken
from dispatch.entries import IncidentDisposed
from journal.kinds import KINDS, Payload
from journal.models import Entry
from journal.queries import feed
from journal.recording import record
from journal.states import Graph
from tests.conftest import TESTS


class Thing:
    def __init__(self) -> None:
        self.id = uuid.uuid4()


def note(clock, code="closed"):
    record(IncidentDisposed(disposition=code), subject=Thing(), by=TESTS, at=clock.now)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET kind = 'x'",
        "UPDATE journal_entry SET position = 1",
        "UPDATE journal_entry SET position = NULL",
        "DELETE FROM journal_entry",
    ],
)
@pytest.mark.django_db(transaction=True)
def test_postgres_refuses_to_change_the_past(clock, statement):
    with transaction.atomic():
        note(clock)
    with pytest.raises((InternalError, IntegrityError), match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.get().kind == "incident.disposed"


@pytest.mark.django_db(transaction=True)
def test_postgres_refuses_to_empty_the_journal(clock):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER journal_refuse_truncate")
        try:
            with pytest.raises((InternalError, IntegrityError), match="append-only"):
                cursor.execute("TRUNCATE journal_entry")
        finally:
            cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER journal_refuse_truncate")


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused(clock):
    with pytest.raises(RuntimeError, match="within the transaction"):
        note(clock)


@pytest.mark.django_db(transaction=True)
def test_an_entry_goes_with_its_change(clock):
    def fail() -> None:
        with transaction.atomic():
            note(clock)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_feed_has_the_order_of_commits_and_never_skips(clock):
    """Two transactions commit in the opposite order of their start; a reader between them misses neither."""
    first_has_written, second_has_committed = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                note(clock, "slow")
                first_has_written.set()
                assert second_has_committed.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert first_has_written.wait(10)
    with transaction.atomic():
        note(clock, "fast")
    seen = list(feed(after=0))
    second_has_committed.set()
    thread.join(10)
    assert [entry.payload["disposition"] for entry in seen] == ["fast"]
    later = list(feed(after=seen[-1].position))
    assert [entry.payload["disposition"] for entry in later] == ["slow"]
    # By id the slow one came first: a reader that ordered by id would have lost it.
    assert later[0].id < seen[0].id


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_and_a_reader_that_never_misses(clock):
    written, seen, stop = 40, [], threading.Event()

    def write() -> None:
        try:
            for number in range(written):
                with transaction.atomic():
                    note(clock, f"n{number}")
        finally:
            connection.close()

    def read() -> None:
        try:
            last = 0
            while True:
                over = stop.is_set()
                for entry in feed(after=last):
                    seen.append(entry.id)
                    last = entry.position
                if over:
                    return
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(16)]
    reader = threading.Thread(target=read)
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join(60)
    stop.set()
    reader.join(60)
    assert len(seen) == len(set(seen)) == 16 * written


@pytest.mark.django_db
def test_a_payload_holds_no_free_text(clock):
    with pytest.raises(ValueError, match="no free text"), transaction.atomic():
        note(clock, "He said his name is Bob")


def test_every_kind_is_a_dataclass_of_plain_types():
    plain = {"str", "int", "bool", "UUID", "datetime", "tuple", "None", "...", "|"}
    for kind, payload in KINDS.items():
        assert "." in kind
        for annotation in fields(payload):
            names = str(annotation.type).replace("datetime.datetime", "datetime").replace("uuid.UUID", "UUID")
            for word in names.replace("[", " ").replace("]", " ").replace(",", " ").replace("<class '", "").split():
                assert word.strip("'>") in plain, f"{kind}: {annotation.type}"


def test_a_kind_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):

        @dataclass(frozen=True, kw_only=True)
        class Again(Payload, kind="call.taken"):
            pass

    assert KINDS["call.taken"] is CallTaken


@pytest.mark.django_db(transaction=True)
def test_reads_are_in_the_audit_but_not_in_the_feed(clock):
    with transaction.atomic():
        record(CallRead(), subject=Thing(), by=TESTS, at=clock.now)
    assert not feed(after=0).exists()
    assert Entry.objects.get().kind == "call.read"


def test_a_graph_with_an_unreachable_or_missing_state_fails_when_declared():
    from enum import StrEnum

    class Light(StrEnum):
        RED = "red"
        GREEN = "green"

    with pytest.raises(ValueError, match="no edges declared"):
        Graph("light", Light, starts=[Light.RED], edges={Light.RED: set()})
    with pytest.raises(ValueError, match="cannot be reached"):
        Graph("light", Light, starts=[Light.RED], edges={Light.RED: set(), Light.GREEN: {Light.RED}})
