"""The commands that take an empty installation to its first call."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from config.demo import PACKS, PORTLAND
from due.sweep import heard
from journal.models import Entry
from triage.models import Program


def manage(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def area(tmp_path):
    file = tmp_path / "area.json"
    file.write_text(json.dumps(PORTLAND))
    return file


@pytest.fixture
def established(db, area):
    manage("policy", "install", str(PACKS / "portland-psr.yaml"))
    told = ["--name", "Portland", "--agency", "Street Response", "--policy", "portland-psr", "--area", str(area)]
    return [*told, "--time-zone", "America/Los_Angeles"]


def test_an_administrator_is_enrolled_and_can_log_in(db, client):
    password = manage("enroll", "Ada", "--name", "Ada", "--role", "administrator")
    assert "\n" not in password
    user = User.objects.get(username="ada")
    assert user.check_password(password)
    told = {"username": "ada", "password": password}
    assert client.post("/accounts/log-in/", told).status_code == 302
    assert Entry.objects.filter(subject_id=user.id, actor_name="command line").count() == 1


def test_a_password_may_be_typed_and_a_weak_one_is_refused(db, monkeypatch):
    monkeypatch.setattr("accounts.management.commands.enroll.getpass", lambda prompt: "short")
    with pytest.raises(CommandError, match=r"password: .*12"):
        manage("enroll", "ada", "--name", "Ada", "--role", "administrator", "--ask")
    assert not User.objects.exists()


def test_enroll_names_what_is_wrong(established):
    with pytest.raises(CommandError, match="role: Must be one of: call_taker"):
        manage("enroll", "ada", "--name", "Ada", "--role", "boss")
    with pytest.raises(CommandError, match=r"there is no Nobody\. Known: none"):
        manage("enroll", "ada", "--name", "Ada", "--role", "responder", "--agency", "Nobody")


def test_a_pack_and_a_program_open_the_doors(established):
    assert manage("policy", "install", str(PACKS / "portland-psr.yaml")).endswith(
        "portland-psr: 2021-02, 2022-03, 2025-03, 2025-10"
    )  # again, harmlessly
    assert manage("establish_program", "portland", *established) == "portland"
    program = Program.objects.get()
    assert (program.agency.name, program.policy.slug, program.exercise) == ("Street Response", "portland-psr", False)
    assert manage("enroll", "rosa", "--name", "Rosa", "--role", "responder", "--agency", "Street Response")
    with pytest.raises(CommandError, match="slug: There is a program portland already"):
        manage("establish_program", "portland", *established)


def test_what_cannot_be_read_is_said(established, tmp_path, area):
    with pytest.raises(CommandError, match="No such file"):
        manage("policy", "install", str(tmp_path / "none.yaml"))
    area.write_text("{}")
    with pytest.raises(CommandError, match="area: must be a GeoJSON FeatureCollection"):
        manage("establish_program", "portland", *established)
    area.write_text("nothing")
    with pytest.raises(CommandError, match="area: "):
        manage("establish_program", "portland", *established)
    with pytest.raises(CommandError, match=r"there is no other\. Known: portland-psr"):
        manage("establish_program", "portland", *established, "--policy", "other")


def test_a_clock_that_fell_silent_is_not_well(db):
    with pytest.raises(CommandError, match="never heard"):
        manage("heard", "beat")
    heard("worker:a:1", at=timezone.now())
    heard("worker:b:1", at=timezone.now() - timedelta(minutes=1))
    manage("heard", "worker:a:")
    with pytest.raises(CommandError, match="not lately"):
        manage("heard", "worker:b:")
