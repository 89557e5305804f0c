"""What /metrics tells, and what it costs."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from config import metrics
from dispatch import assignments, overriding
from dispatch.limits import WATCH
from due import contacts, sweep, timers
from due.models import Attempt, Message, Timer
from due.registry import HANDLERS
from journal.models import Entry
from tests.conftest import TESTS
from tests.due.provider import Provider


@pytest.fixture
def scrape(client):
    def scrape():
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=")
        assert "no-store" in answer["Cache-Control"]
        told = {}
        for family in text_string_to_metric_families(answer.content.decode()):
            assert family.name.startswith("rightcall_")
            assert family.documentation
            for sample in family.samples:
                told[(sample.name.removeprefix("rightcall_"), *sorted(sample.labels.values()))] = sample.value
        return told

    return scrape


def test_an_empty_installation_tells_noughts_not_nothing(db, scrape):
    told = scrape()
    assert told["database_up",] == told["broker_up",] == 1
    assert told["incidents_open", "false", "pending"] == told["incidents_overdue", "true"] == 0
    assert told["units", "available", "false"] == told["calls_taken_last_hour", "false"] == 0
    assert told["messages", "sent"] == told["timers_pending", WATCH] == told["journal_position_total",] == 0
    assert told["heartbeat_age_seconds", "worker"] == float("inf")
    assert not any(name == "timer_lateness_seconds" for name, *_ in told)


def test_every_figure_is_explained_to_operators_and_no_other(db, client):
    text = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text()
    explained = re.findall(r"(?m)^\| `rightcall_(\w+)(?:\{([\w,]+)\})?` \|", text)
    told = {}
    for family in text_string_to_metric_families(client.get("/metrics").content.decode()):
        counter = "_total" * (family.type == "counter")
        told[family.name.removeprefix("rightcall_") + counter] = (
            sorted(family.samples[0].labels) if family.samples else []
        )
    told["timer_lateness_seconds"] = ["quantile"]  # has no sample before a timer is done
    assert {name: sorted(filter(None, labels.split(","))) for name, labels in explained} == told


def test_it_tells_of_calls_teams_and_clocks(take, psr1, psr2, dan, rosa, clock, scrape):
    rosa.email = "rosa@example.org"
    rosa.save()
    _, incident = take()
    take()
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    sweep.heard("worker:here:1", at=clock.now - timedelta(seconds=60))
    sweep.heard("worker:here:2", at=clock.now - timedelta(seconds=3))
    told = scrape()
    assert told["incidents_open", "false", "pending"] == 2
    assert told["incidents_open", "pending", "true"] == 0
    assert told["calls_taken_last_hour", "false"] == 2
    assert (told["units", "false", "offered"], told["units", "available", "false"]) == (1, 1)
    assert told["heartbeat_age_seconds", "worker"] == 3
    assert told["timers_pending", WATCH] == 2
    assert told["messages", "pending"] == 1

    clock.advance(3600)
    told = scrape()
    assert (told["messages", "pending"], told["messages", "missed"]) == (0, 1)
    assert told["incidents_overdue", "false"] == 2
    assert told["calls_taken_last_hour", "false"] == 2
    clock.advance(1)
    assert scrape()["calls_taken_last_hour", "false"] == 0


def test_it_tells_how_late_timers_are(db, clock, scrape, monkeypatch):
    monkeypatch.setitem(HANDLERS, "test", lambda firing: True)
    at = clock.now
    for late in range(100):
        timers.put(kind="test", subject_id=uuid4(), due_at=at - timedelta(seconds=late), at=at)
    assert scrape()["timer_lateness_seconds_worst",] == 99
    while sweep.sweep(at=at):
        pass
    told = scrape()
    assert told["timer_lateness_seconds_worst",] == 0
    assert [told["timer_lateness_seconds", quantile] for quantile in ("0.5", "0.95", "0.99", "1.0")] == [49, 94, 98, 99]
    clock.advance(301)
    assert ("timer_lateness_seconds", "0.5") not in scrape()


def test_it_tells_which_timers_fail(db, clock, scrape, monkeypatch):
    def broken(firing):
        raise ValueError

    monkeypatch.setitem(HANDLERS, "test", broken)
    timers.put(kind="test", subject_id=uuid4(), due_at=clock.now, at=clock.now)
    sweep.sweep(at=clock.now)
    assert scrape()["timers_failing", "test"] == 1


@pytest.mark.django_db(transaction=True)
def test_the_journal_s_position_is_that_of_what_is_committed(take, scrape):
    take()
    assert scrape()["journal_position_total",] == Entry.objects.order_by("-position").first().position > 0


def test_a_scrape_costs_the_same_however_much_there_is(take, psr1, psr2, psr3, scrape, client):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/metrics")
        return len(queries)

    before = cost()
    for _ in range(5):
        take()
    assert cost() == before <= 40


def test_it_says_that_postgres_is_away(db, scrape, monkeypatch):
    def away(*, at):
        raise DatabaseError

    monkeypatch.setattr(metrics.due, "worst_lateness", away)
    told = scrape()
    assert (told["database_up",], told["broker_up",]) == (0, 1)
    assert len(told) == 2


def test_it_says_that_the_broker_is_away(db, scrape, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    told = scrape()
    assert (told["database_up",], told["broker_up",]) == (1, 0)


def test_open_formats_are_spoken(client, db):
    wanted = "application/openmetrics-text; version=1.0.0"
    answer = client.get("/metrics", headers={"Accept": wanted})
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")


def test_it_tells_what_providers_said(incident, dan, rosa, psr1, clock, scrape, settings):
    settings.CONTACT_SCHEMES = frozenset({"json"})
    assert scrape()["handed_over", "service", "taken"] == 0
    with Provider() as provider:
        contacts.add(owner_id=rosa.id, way="service", address=provider.url(), by=TESTS, at=clock.now)
        provider.answers += [503]
        assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
        clock.advance(0)
        clock.advance(2)
    told = scrape()
    assert told["handed_over", "refused", "service"] == told["handed_over", "service", "taken"] == 1


def test_its_queries_stand_on_indexes(db, clock):
    """Each count over a table that only grows can be made without reading all of it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query, index in {
            Timer.objects.filter(done_at=None, cancelled_at=None): "timer_pending",
            Timer.objects.filter(done_at__gte=clock.now): "timer_done",
            Message.objects.filter(put_at__gte=clock.now): "message_by_age",
            Attempt.objects.filter(at__gte=clock.now): "attempt_by_age",
        }.items():
            assert index in query.explain()


def test_it_tells_of_overrides_that_wait_for_a_review(incident, dan, sue, clock, scrape):
    why = {"reason": "danger_not_captured", "words": "Shots here last week"}
    made = overriding.override(incident=incident, outcome="police", by=dan, at=clock.now, **why)
    assert scrape()["overrides_unreviewed", "false"] == 1
    overriding.review(override=made, verdict="agree", by=sue, at=clock.now)
    assert scrape()["overrides_unreviewed", "false"] == 0
