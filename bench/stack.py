"""A whole Rightcall for a benchmark: the supervisor's processes on a DATA_DIR of their own, durable as in earnest."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from config.datadir import BASE_DIR, default_data_dir


@dataclass(frozen=True)
class Stack:
    data_dir: Path
    port: int
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command on it; what it printed."""
        command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
        done = subprocess.run(command, env=environment(self), capture_output=True, text=True, check=True)
        return done.stdout.strip()


def environment(stack: Stack) -> dict[str, str]:
    """What a process needs to find this stack."""
    left = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "ORIGIN")}
    return {
        **left,
        "DATA_DIR": str(stack.data_dir),
        "PORT": str(stack.port),
        "DEMO": "0",
        "LOCK_MINUTES": "dispatcher=1440",
        **stack.variables,
    }


@contextmanager
def running(data_dir: Path | None = None, **variables: str) -> Iterator[Stack]:
    """Start from nothing, wait until it is ready, stop it in the end and leave nothing. Several run side by side, each
    on a `data_dir` of its own. `variables` are added to its environment; the demo plays only where they say DEMO=1."""
    data_dir = data_dir or default_data_dir() / "bench" / "stack"
    shutil.rmtree(data_dir, ignore_errors=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        stack = Stack(data_dir, probe.getsockname()[1], variables)
    command: Sequence[str] = [sys.executable, "-m", "config.supervisor"]
    process = subprocess.Popen(command, cwd=BASE_DIR, env=environment(stack), stdout=subprocess.DEVNULL)
    try:
        _wait_until_ready(stack, process)
        yield stack
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(data_dir, ignore_errors=True)


def _wait_until_ready(stack: Stack, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError(f"The stack ended with {process.returncode}; see {stack.data_dir}/log")
        try:
            with urllib.request.urlopen(f"{stack.origin}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"The stack was not ready in 120 s; see {stack.data_dir}/log")
