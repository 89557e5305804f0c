"""`make run`: the embedded servers, the migrations, the demo city, and then web, live, two workers, beat
and the demo, kept alive.

    python -m config.supervisor

Ends on Ctrl-C or SIGTERM within ten seconds and leaves no process behind; a second Ctrl-C does not wait for anybody.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from types import FrameType
from typing import IO

from config.datadir import BASE_DIR, default_data_dir, kept_live_port, last_lines, lock, open_log, open_private
from config.services import Server, ServiceError, lease

TICK = 0.5
CHILDREN_END_WITHIN = 6.0
ALL_END_WITHIN = 8.5
DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0)  # before a restart: at once the first time, then ever more patient
STEADY_AFTER = 10.0  # who lived this long starts again at once

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Child:
    """A line of the table of children: a name, also of its log, and what `python` runs."""

    name: str
    arguments: tuple[str, ...]


def children(host: str, port: int, live_port: int, *, demo: bool) -> tuple[Child, ...]:
    celery, us = ("-m", "celery", "-A", "config"), os.getpid()
    # A node's name must be its own among all that share a broker: two with one name mistake each other's heartbeats.
    alone = ("--without-gossip", "--without-mingle")
    return (
        Child(
            "web",
            (
                *("-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
                *("--host", host, "--port", str(port), "--workers", "2", "--blocking-threads", "4"),
                *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "4"),
                "config.wsgi:application",
            ),
        ),
        # Streams wait, they do not compute: one event loop holds them all, and its hub renders once for all.
        Child(
            "live",
            (
                *("-m", "granian", "--interface", "asgi", "--http", "1", "--no-ws"),
                *("--host", host, "--port", str(live_port), "--workers", "1"),
                *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "2"),
                "config.asgi:application",
            ),
        ),
        # Two processes: a notice that waits for its provider does not keep the tick waiting.
        Child(
            "worker",
            (*celery, "worker", "--queues=timers,notices", "--concurrency=2", f"--hostname=clock-{us}@%h", *alone),
        ),
        Child("long", (*celery, "worker", "--queues=long", "--concurrency=1", f"--hostname=long-{us}@%h", *alone)),
        # No pid file: after a kill -9 a new beat would refuse to start because of it.
        Child("beat", (*celery, "beat", "--pidfile=")),
        *([Child("demo", ("manage.py", "demo"))] if demo else []),
    )


def choose_live_port(host: str, data_dir: Path) -> int:
    """The port of the live streams: LIVE_PORT, else that of last time while it is free, else the system's choice.

    Kept in DATA_DIR, where the settings find it; and a page that is open finds its stream again after a restart.
    """
    port = int(os.environ.get("LIVE_PORT") or 0) or _free(host, kept_live_port(data_dir)) or _free(host, 0)
    with open_private(data_dir / "live_port", "wb") as file:
        file.write(str(port).encode())
    assert port
    return port


def _free(host: str, port: int | None) -> int | None:
    if port is not None:
        with suppress(OSError), socket.create_server((host, port)) as server:
            return int(server.getsockname()[1])
    return None


def url_of(host: str, port: int) -> str:
    here = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104  it is the user who may bind to all
    return f"http://{here}:{port}"


def say(text: str) -> None:
    # The terminal may be gone (SIGHUP) while there is still something to stop.
    with suppress(OSError):
        print(text, flush=True)


def die_with(parent: int) -> None:
    """Called in a new process: end it when `parent` ends, however that happens."""
    # The kernel minds the *thread* that forked; the supervisor has one. SIGTERM, since a child that is asked to end
    # takes its own children along.
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)


class Process:
    """A child of the table, in a process group of its own, whose output goes to DATA_DIR/log/<name>.log."""

    def __init__(self, child: Child, data_dir: Path, tether: IO[bytes]) -> None:
        self.title = child.name
        self.log = data_dir / "log" / f"{child.name}.log"
        self._arguments = child.arguments
        self._tether = tether
        self._popen: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self, stdout: int | None = None) -> bool:
        self.kill()
        us = os.getpid()
        with open_log(self.log) as log:
            self._popen = subprocess.Popen(
                [sys.executable, *self._arguments],
                cwd=BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                pass_fds=[self._tether.fileno()],
                # A terminal's Ctrl-C reaches the supervisor only, which then ends the others in order.
                process_group=0,
                preexec_fn=lambda: die_with(us),
            )
        return True

    def ask(self) -> None:
        if self._popen:
            self._popen.terminate()

    def kill(self) -> None:
        """Kill it and what it left behind: the orphaned workers of a dead master keep its port and its tasks."""
        if self._popen:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def complete(self) -> str:
        """Run it to its end and return what it printed."""
        try:
            self.start(stdout=subprocess.PIPE)
            assert self._popen
            output, _ = self._popen.communicate()
        finally:
            self.kill()
        if self._popen.returncode != 0:
            raise ServiceError(f"{self.title} failed. {self.log} ends:\n{last_lines(self.log)}")
        return output.decode()


@dataclass
class Kept:
    """A process or a server that is started again whenever it is found dead."""

    one: Process | Server
    started: float = field(default_factory=time.monotonic)
    failures: int = 0
    due: float | None = None  # once it is dead: when to start it

    def look(self) -> None:
        now = time.monotonic()
        if self.one.alive():
            self.due = None
            return
        if self.due is None:
            self.failures = self.failures + 1 if now - self.started < STEADY_AFTER else 1
            delay = DELAYS[min(self.failures, len(DELAYS)) - 1]
            self.due = now + delay
            soon = f" in {delay:g} s" if delay else ""
            say(f"{self.one.title} has died and starts again{soon}. Its log: {self.one.log}")
            if self.failures == 2:  # once may be an accident
                say(last_lines(self.one.log))
        if now >= self.due:
            try:
                if not self.one.start():  # something of it still lives: try again at the next look
                    return
            except (ServiceError, OSError) as error:
                say(f"{self.one.title}: {error}")
            self.started, self.due = now, None


@dataclass
class Supervisor:
    """Runs `steps` one after the other, then keeps `table` and the embedded servers alive until asked to stop.

    The table is made once DATA_DIR is ours alone: only then is it known which ports are free.

    What the last step printed is shown, with the address, once `/healthz` answers. Without `listen`, the host and port
    of the web child, there is nothing to wait for.
    """

    data_dir: Path
    table: Callable[[], Sequence[Child]]
    steps: Sequence[Child] = ()
    listen: tuple[str, int] | None = None
    address: str = ""
    _starting: bool = field(default=True, init=False)
    _asked_at: float | None = field(default=None, init=False)  # when we were asked to stop
    _insisted: bool = field(default=False, init=False)  # and asked again

    def run(self) -> int:
        """The exit status: 0 after a stop that was asked for, 1 when something did not start."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with open_private(self.data_dir / "run.lock", "a+b") as held:
            if not lock(held, patience=0):
                held.seek(0)
                say(f"Rightcall already runs on {self.data_dir}{held.read().decode()}.")
                return 1
            held.truncate(0)
            held.write(f": process {os.getpid()}{self.address and f', {self.address}'}".encode())
            held.flush()
            self._listen_to_signals()
            try:
                self._run()
            except ServiceError as error:
                say(str(error))
                return 1
            except KeyboardInterrupt:
                pass
        say("Rightcall has stopped.")
        return 0

    def _run(self) -> None:
        with open_private(self.data_dir / "children.lock") as tether:
            # All children inherit this lock. Those of a supervisor that was killed are just ending: wait for them, but
            # not for ever, since two workers at once do no harm.
            lock(tether, patience=CHILDREN_END_WITHIN)
            self._check_port()
            with lease(self.data_dir) as services:
                processes = [Process(child, self.data_dir, tether) for child in self.table()]
                try:
                    greeting = ""
                    for step in self.steps:
                        greeting = Process(step, self.data_dir, tether).complete()
                    self._starting = False
                    self._keep([*services.servers, *processes], greeting)
                finally:
                    self._starting = False
                    self._end(processes)
                    # A forgotten manage.py shell must not keep the servers of a stopped Rightcall alive.
                    elapsed = time.monotonic() - (self._asked_at or time.monotonic())
                    services.leave(patience=max(1.0, ALL_END_WITHIN - elapsed), evict=True)

    def _keep(self, ones: Sequence[Process | Server], greeting: str) -> None:
        for one in ones:
            if isinstance(one, Process):
                one.start()
        kept = [Kept(one) for one in ones]
        ready = False
        while self._asked_at is None:
            for each in kept:
                each.look()
            if not ready and (ready := self._healthy()):
                say(f"{greeting}Rightcall is at {self.address}. Logs: {self.data_dir / 'log'}. Ctrl-C stops it.")
            self._pause(TICK if ready else 0.1)

    def _end(self, processes: Sequence[Process]) -> None:
        """Ask all, wait for all, kill who stays; a second signal ends the waiting."""
        for process in processes:
            process.ask()
        deadline = time.monotonic() + CHILDREN_END_WITHIN
        while any(process.alive() for process in processes):
            if time.monotonic() > deadline or self._insisted:
                break
            self._pause(0.1)
        for process in processes:
            process.kill()

    def _healthy(self) -> bool:
        if self.listen is None:
            return True
        # No proxy of the environment between us and our own address.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with suppress(OSError, HTTPException), opener.open(f"{url_of(*self.listen)}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
        return False

    def _check_port(self) -> None:
        if self.listen:
            try:
                socket.create_server(self.listen).close()
            except OSError as error:
                host, port = self.listen
                other = f"Choose another: PORT={port + 1} make run"
                raise ServiceError(f"Cannot listen on {host}, port {port}: {error.strerror}. {other}") from error

    def _listen_to_signals(self) -> None:
        """While starting, a signal interrupts whatever waits. Later it leaves a note and wakes the loop, so that it
        never hits between a fork and the note of the new pid."""

        def ask(number: int, frame: FrameType | None) -> None:
            first, self._asked_at = self._asked_at is None, self._asked_at or time.monotonic()
            # To a whole process group a signal comes twice, once passed on by make; that is not yet impatience.
            self._insisted = time.monotonic() - self._asked_at > 1
            if self._starting and first:
                raise KeyboardInterrupt

        self._wake, write = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a child's death wakes the loop, too

    def _pause(self, seconds: float) -> None:
        """Wait, but no longer than until the next signal."""
        if select.select([self._wake], [], [], seconds)[0]:
            with suppress(BlockingIOError):
                os.read(self._wake, 4096)


def main() -> int:
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    data_dir = default_data_dir()
    os.environ |= {"DATA_DIR": str(data_dir), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    return Supervisor(
        data_dir,
        lambda: children(host, port, choose_live_port(host, data_dir), demo=os.environ.get("DEMO") != "0"),
        steps=(Child("migrate", ("manage.py", "migrate", "--no-input")), Child("seed", ("manage.py", "seed"))),
        listen=(host, port),
        address=os.environ.get("ORIGIN") or url_of(host, port),
    ).run()


if __name__ == "__main__":
    sys.exit(main())
