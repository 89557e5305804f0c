"""DATA_DIR, what one machine keeps: where it is, its logs and its locks."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

BASE_DIR = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """DATA_DIR of the environment, made absolute; without it `var` beside manage.py."""
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()


def open_private(path: Path, mode: str = "ab") -> IO[bytes]:
    """A file for nobody else's eyes: logs quote data, and a lock can be taken by whoever can open its file."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


def open_log(path: Path) -> IO[bytes]:
    """`path`, to append to. What has grown past 20 MB is put aside first, as `<name>.1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if path.stat().st_size > 20_000_000:
            path.replace(f"{path}.1")
    return open_private(path)


def last_lines(path: Path, count: int = 12) -> str:
    """The end of a log, indented, for a message about what did not start."""
    with suppress(FileNotFoundError):
        return "\n".join(f"  {line}" for line in path.read_text(errors="replace").splitlines()[-count:])
    return ""


def lock(file: IO[bytes], *, patience: float, shared: bool = False) -> bool:
    """Lock `file` within `patience` seconds, or say False. The lock ends when the last copy of the file is closed."""
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)


def kept_live_port(data_dir: Path) -> int | None:
    """The port of the live streams on this machine, once the supervisor has chosen one."""
    try:
        return int((data_dir / "live_port").read_text())
    except (FileNotFoundError, ValueError):
        return None
