"""The supervisor with stand-in children on real servers: what it restarts, what it refuses, what it leaves behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from config.datadir import BASE_DIR, kept_live_port
from config.services import Postgres, Valkey, lease
from config.supervisor import children, choose_live_port
from tests.config.waiting import gone, running, until

RUN = """
import sys
from pathlib import Path
from config.supervisor import Child, Supervisor
sys.exit(Supervisor(Path(sys.argv[1]), lambda: {table}, {options}).run())
"""
SLEEPER = 'Child("sleeper", ("-c", "import time; time.sleep(600)"))'
# Says no to SIGTERM, and so does its own child.
STUBBORN = textwrap.dedent("""
    Child("stubborn", ("-c", '''if 1:
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.fork()
        print("stubborn", flush=True)
        time.sleep(600)
    '''))
""").strip()


class Run:
    """A supervisor in a process of its own, its output in a file."""

    def __init__(self, data_dir: Path, *table: str, options: str = "") -> None:
        self.data_dir = data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        self.output = data_dir / f"screen {time.monotonic()}"
        code = RUN.format(table=f"({', '.join(table)},)", options=options)
        environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        with self.output.open("w") as screen:
            self.process = psutil.Popen(
                [sys.executable, "-c", code, str(data_dir)],
                cwd=BASE_DIR,
                env=environ,
                stdout=screen,
                stderr=screen,
                start_new_session=True,
            )
        self.servers = Postgres(data_dir.resolve(), durable=True), Valkey(data_dir.resolve(), durable=True)

    def said(self) -> str:
        return self.output.read_text()

    def log(self, name: str) -> str:
        with suppress(FileNotFoundError):
            return (self.data_dir / "log" / f"{name}.log").read_text()
        return ""

    def ready(self) -> "Run":
        until(lambda: "Ctrl-C stops it" in self.said() or self.process.poll() is not None, 30)
        assert self.process.poll() is None, self.said()
        return self

    def family(self) -> list[psutil.Process]:
        return running(self.process.children(recursive=True))

    def child(self, mark: str) -> psutil.Process | None:
        """The child whose command line holds `mark`."""
        for one in self.process.children():
            try:
                if mark in " ".join(one.cmdline()):
                    return one
            except psutil.Error:  # ended while we looked
                continue
        return None

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(15)


Start = Callable[..., Run]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests, which leave it at rest: to make a database takes longer than most of them."""
    return tmp_path_factory.mktemp("supervisor") / "our data"


@pytest.fixture
def start(data_dir: Path) -> Iterator[Start]:
    """Starts supervisors on a path with a space; ends those that a test leaves, and their servers."""
    runs: list[Run] = []

    def make(*table: str, options: str = "") -> Run:
        shutil.rmtree(data_dir / "log", ignore_errors=True)
        runs.append(Run(data_dir, *table, options=options))
        return runs[-1]

    yield make
    for run in runs:
        run.end()
        for server in run.servers:
            server.stop(5)


def test_sigterm_ends_everything_in_time(start: Start) -> None:
    run = start(SLEEPER, STUBBORN).ready()
    until(lambda: run.log("stubborn").count("stubborn") == 2)
    family = run.family()
    assert len(family) > 5  # with the servers' own
    begin = time.monotonic()
    run.process.terminate()
    assert run.process.wait(10) == 0
    assert time.monotonic() - begin < 10
    assert gone(family)()
    assert "Rightcall has stopped." in run.said()


def test_a_second_ctrl_c_does_not_wait(start: Start) -> None:
    run = start(STUBBORN).ready()
    until(lambda: run.log("stubborn").count("stubborn") == 2)
    begin = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    time.sleep(1.1)  # what comes sooner is the same Ctrl-C, passed on by make
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(10) == 0
    assert time.monotonic() - begin < 4


def test_the_dead_are_started_again(start: Start) -> None:
    run = start(SLEEPER).ready()
    child, pids = run.child("sleep(600)"), [server.pid() for server in run.servers]
    assert child
    child.kill()
    for pid in pids:
        os.kill(pid or 0, signal.SIGKILL)
    until(lambda: (again := run.child("sleep(600)")) and again.pid != child.pid, 3)
    until(lambda: all(server.pid() not in (None, old) for server, old in zip(run.servers, pids, strict=True)), 5)
    until(lambda: all(server.answers() for server in run.servers))
    assert set(re.findall("(.*) has died and starts again", run.said())) == {"sleeper", "PostgreSQL", "Valkey"}


def test_what_keeps_dying_is_started_ever_more_patiently(start: Start) -> None:
    run = start('Child("broken", ("-c", "raise SystemExit(\'no such table\')"))').ready()
    until(lambda: "starts again in 1 s" in run.said())
    assert "no such table" in run.said()
    assert run.log("broken").count("no such table") >= 3


def test_a_second_start_says_so_and_exits(start: Start) -> None:
    first = start(SLEEPER, options="address='http://127.0.0.1:8000'").ready()
    second = Run(first.data_dir, SLEEPER)
    assert second.process.wait(10) == 1
    assert "already runs" in second.said()
    assert f"process {first.process.pid}, http://127.0.0.1:8000" in second.said()
    assert first.process.poll() is None


def test_a_taken_port_is_named(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start(SLEEPER, options=f"listen=('127.0.0.1', {port})")
        assert run.process.wait(10) == 1
    assert f"port {port}" in run.said()
    assert f"PORT={port + 1}" in run.said()
    assert not run.servers[0].alive()


def test_killed_it_leaves_no_children_and_its_servers_are_found_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    run = start(SLEEPER).ready()
    child, pids = run.child("sleep(600)"), [server.pid() for server in run.servers]
    assert child
    run.process.kill()
    run.process.wait()
    until(gone([child]))
    with lease(run.data_dir) as held:
        assert [server.pid() for server in held.servers] == pids
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            connection.execute("SELECT 1")
    assert not any(server.alive() for server in run.servers)


def test_a_new_supervisor_waits_for_the_children_of_a_killed_one(start: Start) -> None:
    slow = textwrap.dedent("""
        Child("slow", ("-c", '''if 1:
            import signal, time
            signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), exit()))
            print("up", flush=True)
            time.sleep(600)
        '''))
    """).strip()
    first = start(slow).ready()
    until(lambda: "up" in first.log("slow"))
    child = first.child("sleep(600)")
    assert child
    first.process.kill()
    first.process.wait()
    second = start(slow).ready()
    assert gone([child])()
    assert second.child("sleep(600)")


def test_steps_run_first_and_the_last_one_greets(start: Start) -> None:
    steps = """steps=[
        Child("migrate", ("-c", "import os; print(os.environ['DATABASE_URL'])")),
        Child("seed", ("-c", "print('Log in as Ada')")),
    ]"""
    run = start(SLEEPER, options=steps).ready()
    assert "Log in as Ada" in run.said()
    assert "postgresql://" not in run.said()


def test_a_step_that_fails_ends_the_start_and_says_why(start: Start) -> None:
    run = start(SLEEPER, options='steps=[Child("migrate", ("-c", "raise SystemExit(\'no such migration\')"))]')
    assert run.process.wait(30) == 1
    assert "migrate failed" in run.said()
    assert "no such migration" in run.said()
    assert not any(server.alive() for server in run.servers)


def test_a_signal_during_the_start_ends_it_cleanly(start: Start) -> None:
    run = start(SLEEPER, options='steps=[Child("migrate", ("-c", "import time; time.sleep(599)"))]')
    until(lambda: run.child("sleep(599)"), 30)
    family = run.family()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(10) == 0
    until(gone(family))
    assert "Traceback" not in run.said()
    assert not any(server.alive() for server in run.servers)


def test_a_forgotten_shell_does_not_keep_the_servers(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    run = start(SLEEPER).ready()
    with lease(run.data_dir):
        run.process.terminate()
        assert run.process.wait(10) == 0
        assert not any(server.alive() for server in run.servers)


def test_the_port_of_the_live_streams_stays_while_it_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVE_PORT", raising=False)
    first = choose_live_port("127.0.0.1", tmp_path)
    assert kept_live_port(tmp_path) == first
    assert choose_live_port("127.0.0.1", tmp_path) == first
    with socket.create_server(("127.0.0.1", first)):
        other = choose_live_port("127.0.0.1", tmp_path)
    assert other != first
    assert kept_live_port(tmp_path) == other
    monkeypatch.setenv("LIVE_PORT", "8124")
    assert choose_live_port("127.0.0.1", tmp_path) == 8124


def test_the_children_of_make_run() -> None:
    table = {child.name: child.arguments for child in children("127.0.0.1", 8123, 8124, demo=True)}
    assert list(table) == ["web", "live", "worker", "long", "beat", "demo"]
    assert "demo" not in {child.name for child in children("127.0.0.1", 8123, 8124, demo=False)}
    assert "8123" in table["web"]
    assert "8124" in table["live"]
    for arguments in table.values():
        # Known to the program that is called; nothing is started.
        called = subprocess.run([sys.executable, *arguments, "--help"], cwd=BASE_DIR, capture_output=True, text=True)
        assert (called.returncode, called.stderr) == (0, "")
