"""Rules of the house that no linter sees."""

import json
import logging
import re
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template

from calls.models import Call
from config import demo
from config.logs import Lines, configuration
from due.sweep import heard
from responders.models import Shift, Unit
from tests.api.test_calls import BODY, URL
from triage.models import Program

ORDER = ["journal", "accounts", "due", "triage", ("calls", "responders"), "dispatch", "field", "planning"]
RANK = {app: rank for rank, apps_ in enumerate(ORDER) for app in ([apps_] if isinstance(apps_, str) else apps_)}
ROOT = Path(settings.BASE_DIR)


def test_foreign_keys_run_the_way_that_imports_run():
    """A foreign key named by a string escapes the import linter."""
    for model in apps.get_models():
        rank = RANK.get(model._meta.app_label)
        if rank is None:
            continue
        for field in model._meta.get_fields():
            other = field.related_model if field.is_relation and field.concrete else None
            if other is None or other._meta.app_label == model._meta.app_label:
                continue
            assert RANK[other._meta.app_label] < rank, f"{model.__name__}.{field.name} → {other.__name__}"


def test_the_journal_has_no_foreign_keys():
    for model in apps.get_app_config("journal").get_models():
        assert not any(field.is_relation for field in model._meta.get_fields())


TEMPLATES = sorted(str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.*"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_one(name):
    assert get_template(name)


def test_no_template_has_script_or_style_within():
    for name in TEMPLATES:
        text = (ROOT / "templates" / name).read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), name
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), name
        assert "|safe" not in text, name


def test_pages_forbid_inline_script(client, db):
    policy = client.get("/accounts/log-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_logs_hold_no_words_of_anybody(program, api):
    """A whole intake, a refused one and a broken one: nothing that was said is in what was logged."""
    handler = logging.StreamHandler(stream := StringIO())
    handler.setFormatter(Lines())
    logging.getLogger().addHandler(handler)
    try:
        machine = api()
        call = machine.post(URL, BODY, format="json").json()
        machine.get(f"{URL}{call['id']}/")
        machine.post(URL, {**BODY, "subject": {"age": "Ada Byron"}}, format="json")
        try:
            raise ValueError("Ada Byron said so")
        except ValueError:
            logging.getLogger("calls").exception("failed")
    finally:
        logging.getLogger().removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) >= 4
    text = stream.getvalue()
    for word in ("Ada", "Byron", "503-555", "blanket", "fountain", "Courthouse"):
        assert word not in text
    answered = [line for line in lines if line["message"] == "answered"]
    assert all(line["request_id"] for line in answered)
    assert "ValueError" in text
    assert configuration("INFO")["root"]["level"] == "INFO"


def test_a_request_keeps_the_id_of_the_proxy_and_no_other_text(client, db):
    assert client.get("/healthz", headers={"X-Request-ID": "abcd-1234"})["X-Request-ID"] == "abcd-1234"
    assert client.get("/healthz", headers={"X-Request-ID": 'x"\ny{}'})["X-Request-ID"] != 'x"\ny{}'


def test_personal_fields_are_marked(db):
    names = {field.name for field in Call._meta.get_fields()}
    assert names >= Call.PERSONAL
    for prefix in ("caller_", "subject_"):
        assert {name for name in names if name.startswith(prefix)} <= Call.PERSONAL
    assert "narrative" in Call.PERSONAL


def test_seeding_makes_the_demo_city_once(db, clock, monkeypatch):
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
    assert demo.seed(password="correct horse battery", at=clock.now) is True
    assert demo.seed(password="another horse battery", at=clock.now) is False
    assert Unit.objects.filter(program__slug="portland-demo").count() == 6
    assert all(Program.objects.values_list("exercise", flat=True))
    assert demo.keep_on_duty(at=clock.now) > 0
    assert demo.keep_on_duty(at=clock.now) == 0
    assert Shift.objects.filter(unit__callsign="PSR1", during__contains=clock.now).get().crew.count() == 2


def test_readyz_names_what_is_not_well(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["database"] == {"ok": True}
    assert checks["broker"] == {"ok": True}
    assert checks["worker"] == {"ok": False, "why": "never heard from"}
    assert checks["timers"]["worst_lateness_seconds"] == 0


def test_readyz_hears_each_kind_of_process(client, db, clock):
    for name in ("worker:here:1", "beat", "live:here:2"):
        heard(name, at=clock.now)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["live"] == {"ok": True, "silent_seconds": 0.0}
    clock.advance(20)
    for name in ("worker:here:1", "beat"):
        heard(name, at=clock.now)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["live"] == {"ok": False, "silent_seconds": 20.0}
    assert [name for name, check in checks.items() if not check["ok"]] == ["live"]


@pytest.mark.parametrize(
    ("origin", "asked", "led_to"),
    [
        ("http://127.0.0.1:8000", "localhost:8000", "http://127.0.0.1:8000/incidents/7/?a=b%26c"),
        ("http://localhost:8000", "127.0.0.1:8000", "http://localhost:8000/incidents/7/?a=b%26c"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", None),
        ("http://127.0.0.1:8000", "localhost:9000", None),  # a tunnel: ORIGIN is not there for who uses it
        ("https://calls.example.org", "localhost:8000", None),
    ],
)
def test_of_the_two_names_of_this_machine_pages_go_by_one(client, db, settings, origin, asked, led_to):
    settings.ORIGIN = origin
    page = client.get("/incidents/7/?a=b%26c", headers={"host": asked, "accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 302
    if led_to:
        assert page["Location"] == led_to
    else:
        assert page["Location"].startswith("/accounts/log-in/")
    assert client.get("/healthz", headers={"host": asked, "accept": "*/*"}).status_code == 200
    assert client.post("/accounts/log-in/", headers={"host": asked, "accept": "text/html"}).status_code == 422


def test_nothing_of_this_machine_is_in_the_project():
    """No address of a registry, no absolute path of a home."""
    for path in [*ROOT.glob("requirements*.txt"), *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        assert not re.search(r"index-url|find-links|/root/|/home/", path.read_text()), path
