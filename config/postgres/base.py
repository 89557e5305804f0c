"""A server that is frozen, or behind a network that is gone, holds no process for ever.

What Postgres can bound it bounds itself (`statement_timeout` and its like, in the settings). But one that is stopped
does not look at its clock, and psycopg waits for its answer without end: so we stop waiting, some seconds after it
should have ended the statement by itself, and drop the connection.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg import Connection, OperationalError
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap

LONGER = 5.0  # than the server's own limit, whose error says more than ours
GREETING = 3.0  # for the question whether a kept connection still is one: every request asks it first


class Moment(BaseTzLoader):
    """A `timestamptz`, read by Python's own parser: Django's reads it by a regular expression, ten times slower, and a
    row of ours holds many."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            return _moment(bytes(data))
        except ValueError:  # infinity, or before our era: the slow one says what is wrong
            return super().load(data)  # type: ignore[no-any-return]


@lru_cache(maxsize=16384)  # a board that is looked at every second holds the same ones again and again
def _moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode("ascii"))


class DatabaseWrapper(base.DatabaseWrapper):
    _patience: float | None = settings.STATEMENT_SECONDS + LONGER if settings.STATEMENT_SECONDS else None

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params["context"] = AdaptersMap(params["context"])
        if self.timezone is UTC:
            params["context"].register_loader("timestamptz", Moment)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection: Connection[Any] = super().get_new_connection(conn_params)
        wait = connection.wait

        def bounded(gen: Any, *args: Any, **kwargs: Any) -> Any:
            # psycopg's own word for a wait that is over is private; any that ends by time ends like this.
            try:
                return wait(gen, *args, **({"timeout": self._patience} | kwargs))
            except OperationalError as error:
                if type(error).__name__ != "_WaitTimeout":
                    raise
                connection.close()
                raise OperationalError("the server does not answer") from None

        connection.wait = bounded  # type: ignore[method-assign]
        return connection

    def is_usable(self) -> bool:
        with self._impatient():
            return super().is_usable()

    @contextmanager
    def _impatient(self) -> Iterator[None]:
        before, self._patience = self._patience, GREETING
        try:
            yield
        finally:
            self._patience = before
