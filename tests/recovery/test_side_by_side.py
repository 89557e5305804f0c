"""Two stacks on one machine, on two DATA_DIRs: neither sees anything of the other, and both end without a trace."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil

from bench.calls import call
from bench.stack import running
from config.services import Postgres, Valkey
from tests.config.waiting import gone, until

SERVERS = (Postgres, Valkey)


def ask(stack, token, method, path, body=None, heard_by=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    if heard_by:
        request.add_header("X-Forwarded-For", heard_by)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            text = answer.read().decode()
            return answer.status, json.loads(text) if "json" in answer.headers["Content-Type"] else text
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def processes(stack):
    """Whatever runs for it: its children by their environment, its servers by their sockets."""
    found = {psutil.Process(pid) for kind in SERVERS if (pid := kind(stack.data_dir, durable=True).pid())}
    for process in psutil.process_iter():
        try:
            if process.environ().get("DATA_DIR") == str(stack.data_dir):
                found.add(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def test_two_stacks_run_side_by_side(tmp_path):
    with ExitStack() as started:
        with ThreadPoolExecutor() as both:
            stacks = list(both.map(lambda name: started.enter_context(running(tmp_path / name)), ("one", "two")))
            tokens = list(
                both.map(
                    lambda stack: stack.manage("api_token", "tests", "--scope", "calls:write", "--scope", "calls:read"),
                    stacks,
                )
            )
        (one, two), (token_one, token_two) = stacks, tokens
        assert one.port != two.port
        status, taken = ask(one, token_one, "POST", "/api/v1/calls/", call(1))
        assert status == 201
        path = f"/api/v1/calls/{taken['id']}/"
        assert ask(one, token_one, "GET", path)[0] == 200
        assert ask(two, token_two, "GET", path)[0] == 404
        assert ask(two, token_two, "GET", "/api/v1/calls/")[1]["results"] == []
        assert ask(two, token_one, "GET", path)[0] == 401, "not even its tokens are known there"
        # The real server tells where a request comes from: metrics open to this machine, not to what a proxy passes on.
        assert ask(one, token_one, "GET", "/metrics", heard_by="198.51.100.1")[0] == 403
        assert 'rightcall_calls_taken_last_hour{exercise="true"} 1.0' in ask(one, token_one, "GET", "/metrics")[1]
        assert 'rightcall_calls_taken_last_hour{exercise="true"} 0.0' in ask(two, token_two, "GET", "/metrics")[1]
        of_one, of_two = processes(one), processes(two)
        assert not of_one & of_two
        # Two servers, the supervisor, web with its two workers, worker, beat.
        assert min(len(of_one), len(of_two)) >= 8
    until(gone([*of_one, *of_two]))
    for server in (kind(stack.data_dir, durable=True) for stack in stacks for kind in SERVERS):
        assert not server.alive()
    assert not processes(one) | processes(two)
