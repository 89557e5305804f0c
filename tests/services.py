"""The servers of a test run: real PostgreSQL and Valkey, a database of the run's own, fsync off.

A pytest plugin (`-p tests.services`), so that it comes before Django reads its settings. Workers of pytest-xdist find
the variables set.
"""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg

from config.services import lease

_ROOT = Path(__file__).resolve().parent.parent
_stack = ExitStack()


def _changed(files: list[Path]) -> list[float]:
    return [file.stat().st_mtime for file in files]


if "PYTEST_XDIST_WORKER" not in os.environ:
    # As `make test` does, for whoever runs pytest by hand after a word was changed.
    written, made = ([*_ROOT.glob(f"locale/*/LC_MESSAGES/*.{kind}")] for kind in ("po", "mo"))
    if len(made) < len(written) or max(_changed(written)) > min(_changed(made)):
        compiling = ["--quiet", "compile", "--directory", str(_ROOT / "locale"), "--domain", "django djangojs"]
        subprocess.run([sys.executable, "-m", "babel.messages.frontend", *compiling], check=True)
    data_dir = Path(os.environ.get("DATA_DIR", _ROOT / "var")) / "test"
    _stack.enter_context(lease(data_dir.resolve(), durable=False))
    os.environ["DATA_DIR"] = str(data_dir.resolve())
    url = os.environ["DATABASE_URL"]
    # Two runs at once share the server, never the database; those of runs that were killed are dropped here.
    with psycopg.connect(url, autocommit=True) as connection:
        for (name,) in connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_run%'"
        ).fetchall():
            if not psutil.pid_exists(int(name.removeprefix("test_run").split("_")[0])):
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    os.environ["DATABASE_URL"] = url.replace("/rightcall", f"/run{os.getpid()}")


def pytest_unconfigure() -> None:
    _stack.close()
