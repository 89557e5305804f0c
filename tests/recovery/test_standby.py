"""The primary of Postgres dies for good and its standby is promoted, as docs/operations.md says."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from bench.calls import call
from bench.stack import running
from config.services import Account, Postgres
from tests.city import City
from tests.recovery.city import CALM, OFFER_SECONDS, Offers, alone, wait_for


@contextmanager
def server(data_dir: Path, *, copy_of: Postgres | None = None) -> Iterator[Postgres]:
    """A server of its own; a standby, where it is a copy of another."""
    postgres = Postgres(data_dir, durable=False)
    (data_dir / "log").mkdir(parents=True)
    if copy_of:
        _copy(copy_of, data_dir)
    try:
        postgres.ensure()
        yield postgres
    finally:
        postgres.stop(5)


def _copy(primary: Postgres, data_dir: Path) -> None:
    spec = find_spec(Postgres.package)
    [root] = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    program = Path(root) / Postgres.program
    account = Account.choose(primary.data_dir, program)
    copy = data_dir / "postgres"
    copy.mkdir(mode=0o700)
    os.chown(copy, account.uid, account.gid)
    backup = program.with_name("pg_basebackup")
    done = account.run(
        backup, "-h", primary.sockets, "-U", "postgres", "-D", copy, "-R", "-X", "stream", "-c", "fast", "--no-sync"
    )
    assert done.returncode == 0, done.stdout


def own(postgres: Postgres) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(postgres.url, autocommit=True)


def commit_together(primary: Postgres) -> None:
    """From now on nothing is committed without the standby's word."""
    with own(primary) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        wait_for(lambda: connection.execute(state).fetchall() == [("sync",)])


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Postgres, Postgres]]:
    """A primary and its standby."""
    with server(tmp_path / "one") as primary, server(tmp_path / "two", copy_of=primary) as standby:
        yield primary, standby


def test_a_standby_is_promoted_and_the_city_goes_on(pair: tuple[Postgres, Postgres], tmp_path: Path) -> None:
    primary, standby = pair
    hosts = ",".join(quote(str(each.sockets), safe="") for each in pair)
    url = f"postgresql://postgres@{hosts}/rightcall?target_session_attrs=read-write"
    with running(tmp_path / "var", DATABASE_URL=url) as stack:
        commit_together(primary)
        city = City(stack)
        city.database.execute("UPDATE triage_program SET offer_seconds = %s, changed_at = now()", [OFFER_SECONDS])
        offers = Offers.make(city, 2, first=1)

        os.kill(primary.pid() or 0, signal.SIGKILL)
        wait_for(lambda: not primary.alive())
        with own(standby) as connection:
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
            assert connection.execute("SELECT pg_promote(wait => true)").fetchone() == (True,)
        promoted = datetime.now(UTC)
        city.reconnect()

        wait_for(lambda: city.ready()["ready"])
        taken = city.ask("POST", "/api/v1/calls/", {**call(9), "facts": CALM})
        assert taken["incident"]["outcome"] == "community"
        offers.check(promoted)
        assert alone(city) == []
        assert city.rows("SELECT count(*) FROM calls_call") == [(3,)], "what was acknowledged before is there"
        city.database.close()
