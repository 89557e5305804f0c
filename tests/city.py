"""A whole Rightcall that runs, as a client and as its database see it."""

import json
import urllib.error
import urllib.request
from typing import Any

import psycopg

from bench.stack import Stack
from config.services import Postgres

SCOPES = [
    "calls:write", "calls:read", "incidents:read", "incidents:write", "units:read", "units:write", "handoffs:write",
]  # fmt: skip


class City:
    """A running stack, its API and its tables."""

    def __init__(self, stack: Stack, client: str = "tests") -> None:
        self.stack = stack
        self.token = stack.manage("api_token", client, *(word for scope in SCOPES for word in ("--scope", scope)))
        self.database = self._connected()

    def reconnect(self) -> None:
        """Look at the tables over a new connection: the former one has died with its server."""
        self.database.close()
        self.database = self._connected()

    def _connected(self) -> psycopg.Connection[Any]:
        own = Postgres(self.stack.data_dir, durable=True).url
        return psycopg.connect(self.stack.variables.get("DATABASE_URL", own), autocommit=True)

    def ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        request = urllib.request.Request(
            f"{self.stack.origin}{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        if key:
            request.add_header("Idempotency-Key", key)
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.loads(answer.read())

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.database.execute(query, values).fetchall()

    def ready(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.stack.origin}/readyz", timeout=5) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return json.loads(error.read())
