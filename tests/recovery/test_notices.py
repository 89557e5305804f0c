"""Real workers and a real provider: one killed while it sends, and several that share one outbox and one clock."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.calls import call
from bench.stack import environment, running
from config.datadir import BASE_DIR
from config.services import Postgres, Valkey
from tests.city import City
from tests.due.provider import Provider
from tests.recovery.city import CALM, kill, processes, wait_for


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    # A place of its own: other tests run a stack in the usual one at the same time.
    with running(tmp_path_factory.mktemp("notices") / "var", CONTACT_SCHEMES="json") as stack:
        city = City(stack)
        try:
            yield city
        finally:
            city.database.close()


@pytest.fixture
def city(whole: City) -> City:
    wait_for(lambda: whole.ready()["ready"], 60)
    return whole


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        yield server


ADD_AND_TEST = """
from uuid import uuid4
from django.utils import timezone
from due import contacts
from journal.actors import Machine
by, at = Machine("Tests"), timezone.now()
for number in range({count}):
    contact = contacts.add(owner_id=uuid4(), way="service", address=f"{url}/{{number}}", by=by, at=at)
    contacts.test(contact=contact, by=by, at=at)
"""


def say(city: City, provider: Provider, count: int) -> None:
    """So many messages to as many addresses of this provider."""
    city.stack.manage("shell", "-c", ADD_AND_TEST.format(url=provider.url(), count=count))


def outbox(city: City) -> list[tuple[str, str, int]]:
    return city.rows("SELECT status, error, attempts FROM due_message WHERE kind = 'contact.test' ORDER BY put_at")


def test_a_worker_killed_while_it_sends_has_told_at_most_once_and_that_is_recorded(
    city: City, provider: Provider
) -> None:
    provider.answers += ["hang"]
    say(city, provider, 1)
    assert provider.came.acquire(timeout=30)
    kill(processes(city, "worker"))
    assert outbox(city) == [("sending", "", 1)]
    assert city.rows("SELECT outcome FROM due_attempt") == [("handing-over",)]
    provider.let_go.set()
    # Nobody waits half a minute here: the claim is made as old as one that is given up.
    city.database.execute("UPDATE due_message SET claimed_at = claimed_at - interval '31 seconds'")
    wait_for(lambda: outbox(city) == [("failed", "claimed-and-never-ended", 1)])
    assert len(provider.heard) == 1
    say(city, provider, 1)
    wait_for(lambda: [status for status, _, _ in outbox(city)] == ["failed", "sent"])
    assert len(provider.heard) == 2


@contextmanager
def more_workers(city: City, *names: str) -> Iterator[None]:
    """Workers of other machines: nothing is shared with the first but Postgres and Valkey."""
    urls = {
        "DATABASE_URL": Postgres(city.stack.data_dir, durable=True).url,
        "REDIS_URL": Valkey(city.stack.data_dir, durable=True).url,
    }
    queues = ("--queues=timers,notices,long", "--concurrency=1")
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", *queues]
    started = [
        subprocess.Popen(
            [*command, f"--hostname={name}@%h"],
            cwd=BASE_DIR,
            env=environment(city.stack) | urls,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for name in names
    ]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def test_workers_of_several_machines_do_nothing_twice(city: City, provider: Provider) -> None:
    incidents = [
        city.ask("POST", "/api/v1/calls/", {**call(700 + number), "facts": CALM})["incident"]["id"]
        for number in range(12)
    ]
    before = 2  # the stack's own: the clock's and the long one
    with more_workers(city, "north", "south"):
        heard = "SELECT count(*) FROM due_heartbeat WHERE name LIKE 'worker:%%' AND at > now() - %s::interval"
        wait_for(lambda: city.rows(heard, "3 seconds")[0][0] >= before + 2, 60)
        say(city, provider, 40)
        city.database.execute(
            "UPDATE due_timer SET due_at = now() WHERE kind = 'incident.watch' AND subject_id = ANY(%s)"
            " AND done_at IS NULL AND cancelled_at IS NULL",
            [incidents],
        )
        wait_for(lambda: all(status in ("sent", "failed") for status, _, _ in outbox(city)), 60)
        overdue = (
            "SELECT subject_id, count(*) FROM journal_entry WHERE kind = 'incident.overdue' AND subject_id = ANY(%s)"
            " GROUP BY 1"
        )
        wait_for(lambda: len(city.rows(overdue, incidents)) == len(incidents))
        assert {count for _, count in city.rows(overdue, incidents)} == {1}
    told = [path for path, _, _ in provider.heard]
    assert sorted(told) == sorted(f"/{number}" for number in range(40))
