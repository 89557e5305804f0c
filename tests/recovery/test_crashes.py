"""Real processes, killed and frozen for real, with offers pending and a console open.

A whole Rightcall runs on a DATA_DIR of its own. The waits are bounds for recovery, not measures of speed.
"""

import random
import re
import urllib.error
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bench.calls import call
from bench.console import Console, consoles, log_in
from bench.stack import running
from config.services import Postgres, Valkey
from tests.city import City
from tests.recovery import chaos
from tests.recovery.city import (
    CALM,
    LATE,
    OFFER_SECONDS,
    Offers,
    clear_the_board,
    frozen,
    kill,
    processes,
    server,
    wait_for,
)


@pytest.fixture(scope="module")
def whole() -> Iterator[City]:
    with running() as stack:
        city = City(stack)
        city.database.execute("UPDATE triage_program SET offer_seconds = %s, changed_at = now()", [OFFER_SECONDS])
        try:
            yield city
        finally:
            city.database.close()


@pytest.fixture
def city(whole: City) -> City:
    wait_for(lambda: whole.ready()["ready"], 60)
    clear_the_board(whole)
    return whole


@pytest.fixture
def console(city: City) -> Iterator[Console]:
    with consoles(city.stack, log_in(city.stack, "dan")) as (one,):
        wait_for(lambda: one.panes.get("queue"))
        yield one


def heard(city: City, prefix: str, after: datetime) -> datetime:
    """When a clock was heard from again."""
    query = "SELECT min(at) FROM due_heartbeat WHERE name LIKE %s AND at > %s"
    wait_for(lambda: city.rows(query, f"{prefix}%", after) != [(None,)])
    return city.rows(query, f"{prefix}%", after)[0][0]


def caught_up(city: City, console: Console, seconds: float = 40) -> None:
    """A call that comes now is on the screen; so is whatever is live, each once; and nothing ever went back."""
    new = city.ask("POST", "/api/v1/calls/", {**call(990), "facts": CALM})["incident"]["number"]
    wait_for(lambda: shown(console, new) == 1, seconds)

    def all_there() -> bool:
        live = city.rows("SELECT number FROM dispatch_incident WHERE status = 'pending'")
        return all(shown(console, number) == 1 for (number,) in live)

    wait_for(all_there)
    positions = [position for _, position in console.positions]
    assert positions == sorted(positions)


def shown(console: Console, number: int) -> int:
    """How often an incident, by its number, stands in the queue. Its row goes by itself; the queue says where."""
    places = re.findall(r'data-rows="([\d ]*)"', console.panes.get("queue", ""))
    return " ".join(places).split().count(str(number)) if f"queue/{number}" in console.panes else 0


def test_a_killed_worker_loses_and_doubles_no_offer(city, console):
    """The worker is killed as the first offer falls due, and is back some seconds later."""
    offers = Offers.make(city, 5, first=100)
    offers.wait_until_due()
    killed = datetime.now(UTC)
    kill(processes(city, "worker"))
    offers.check(heard(city, "worker:", killed))
    caught_up(city, console)
    assert console.streams == 1, "nothing of the console hangs on a worker"


def test_with_the_broker_dead_and_emptied_timers_run(city, console):
    """It keeps nothing on disk: what it held is gone with it."""
    offers = Offers.make(city, 3, first=200)
    kill([server(city, Valkey)])
    offers.check(offers.due)
    caught_up(city, console)
    wait_for(lambda: city.ready()["ready"], 60)
    assert console.streams == 1


def test_with_the_broker_frozen_a_call_is_taken_and_its_timers_run(city, console):
    with frozen(server(city, Valkey)):
        offers = Offers.make(city, 3, first=300)
        assert city.ready()["checks"]["broker"]["ok"] is False
        offers.check(offers.due)
        caught_up(city, console)


def test_a_killed_live_process_comes_back_and_the_console_with_it(city, console):
    offers = Offers.make(city, 3, first=400)
    kill(processes(city, "config.asgi:application"))
    wait_for(lambda: console.lost_at is not None)
    # What is committed while nobody shows it is on the screen with the first message of the new stream.
    missed = city.ask("POST", "/api/v1/calls/", {**call(450), "facts": CALM})["incident"]["number"]
    wait_for(lambda: shown(console, missed) == 1)
    assert console.streams == 2
    offers.check(offers.due)
    caught_up(city, console)


def test_a_killed_postgres_comes_back_with_all_that_was_acknowledged(city, console):
    """Calls are sent all the while with one key each; whoever got no answer sends again, and it is one call."""
    offers = Offers.make(city, 3, first=500)
    before = city.rows("SELECT count(*) FROM calls_call")[0][0]
    main = server(city, Postgres)
    kill([main, *main.children()])
    acknowledged, refusals = set(), set()
    for number in range(510, 520):
        body = {**call(number), "facts": CALM, "external_id": f"crash-{number}"}

        def sent(body=body) -> bool:
            try:
                acknowledged.add(city.ask("POST", "/api/v1/calls/", body, key=body["external_id"])["id"])
            except urllib.error.HTTPError as error:
                with error:
                    refusals.add((error.code, error.headers["Retry-After"]))
                return False
            return True

        wait_for(sent, 60)
    city.reconnect()
    returned = city.rows("SELECT pg_postmaster_start_time()")[0][0]
    returned = max(returned, heard(city, "worker:", returned))
    assert len(acknowledged) == 10
    assert city.rows("SELECT count(*) FROM calls_call")[0][0] == before + 10
    assert refusals <= {(503, "5")}
    offers.check(returned)
    caught_up(city, console)


def test_a_frozen_postgres_hangs_nobody_for_ever(city, console):
    offers = Offers.make(city, 3, first=600)
    with frozen(server(city, Postgres)), pytest.raises(urllib.error.HTTPError) as refused:
        city.ask("POST", "/api/v1/calls/", {**call(650), "facts": CALM})
    thawed = datetime.now(UTC)
    with refused.value as error:
        assert (error.code, error.headers["Retry-After"]) == (503, "5")
    city.reconnect()
    offers.check(heard(city, "worker:", thawed))
    caught_up(city, console)
    assert city.rows("SELECT count(*) FROM calls_call WHERE received_at > %s", thawed - LATE)[0][0] <= 2


def test_two_parts_at_once_under_a_load_of_calls(city):
    """The short form of `make chaos`."""
    chance = random.Random(5)
    for number, parts in enumerate([("postgres", "worker"), ("valkey", "web")], start=1):
        told = chaos.play(city, number, parts, chance)
        assert told.acknowledged > 20
        assert (told.lost, told.doubled, told.alone) == (0, 0, 0)
        assert told.latest <= LATE.total_seconds()
