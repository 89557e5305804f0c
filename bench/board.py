"""The console with 500 open incidents, as a page: how long it takes, and how many queries, beside the emptiest answer
of the same server."""

import http.client
import json
import time
from collections.abc import Callable

from bench.calls import call
from bench.console import log_in
from bench.figures import Figure, percentile
from bench.stack import Stack, running

INCIDENTS, PAGES = 500, 60

# In a process of its own, on the same tables: over the network queries cannot be counted.
COUNT_QUERIES = """
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from accounts.models import User
browser = Client(HTTP_HOST="127.0.0.1")
browser.force_login(User.objects.get(username="dan"), backend="django.contrib.auth.backends.ModelBackend")
with CaptureQueriesContext(connection) as queries:
    assert browser.get("/").status_code == 200
print(len(queries))
"""


def run() -> list[Figure]:
    with running() as stack:
        token = stack.manage("api_token", "bench", "--scope", "calls:write")
        calls = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        page = {"Cookie": log_in(stack, "dan")}
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)

        def take(number: int) -> None:
            _ask(connection, "POST", "/api/v1/calls/", json.dumps(call(number)), calls)

        def look() -> float:
            return _ask(connection, "GET", "/", None, page)

        for number in range(20):
            take(number)
        few = _queries(stack)
        for number in range(20, INCIDENTS):
            take(number)
        many = _queries(stack)
        first = look()
        quiet = [look() for _ in range(PAGES)]
        # As in a busy hour: between two pages something has changed.
        busy = [_after(lambda number=INCIDENTS + number: take(number), look) for number in range(PAGES)]  # type: ignore[misc]
        empty = [_ask(connection, "GET", "/healthz", None, {}) for _ in range(PAGES)]
    reach = f"reach: as many as with 20 ({few:.0f})"
    return [
        Figure(f"console: {INCIDENTS} open incidents, median", percentile(quiet, 0.5) * 1e3, "ms", "reach: ≤ 50 ms"),
        Figure("console: a call between two pages, median", percentile(busy, 0.5) * 1e3, "ms", "reach: ≤ 50 ms"),
        Figure("console: p95 of these", percentile(busy, 0.95) * 1e3, "ms"),
        Figure("console: first page of a process", first * 1e3, "ms"),
        Figure(f"console: queries with {INCIDENTS} open incidents", many, "queries", reach),
        Figure("console: reference, /healthz, median", percentile(empty, 0.5) * 1e3, "ms"),
    ]


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None, headers: dict[str, str]
) -> float:
    begun = time.perf_counter()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status not in (200, 201):
        raise RuntimeError(f"{answer.status}: {text[:500]!r}")
    return time.perf_counter() - begun


def _after(change: Callable[[], None], look: Callable[[], float]) -> float:
    change()
    return look()


def _queries(stack: Stack) -> float:
    return float(stack.manage("shell", "--no-imports", "-c", COUNT_QUERIES).splitlines()[-1])
