"""Policies in plain words, and the pages around the others."""

from collections.abc import Callable
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.conftest import TESTS, Clock
from triage import plain, publishing
from triage.engine import load_pack
from triage.engine.clock import take_hours
from triage.engine.conditions import take_condition

PACK = settings.BASE_DIR / "triage" / "packs" / "portland-psr.yaml"


@pytest.mark.django_db
def test_every_version_is_told(signed_in: Callable[[User], Client], rosa: User, policy: object, clock: Clock) -> None:
    pack = load_pack(PACK)
    publishing.publish_pack(pack=pack, by=TESTS, at=clock.now)
    browser = signed_in(rosa)
    assert "Portland Street Response" in browser.get("/policies/").content.decode()
    page = browser.get("/policies/portland-psr/").content.decode()
    for version in pack.policies:
        assert f'id="version-{version.version}"' in page
        told = unescape(browser.get(f"/policies/portland-psr/{version.version}/").content.decode())
        for rule in version.rules:
            assert " ".join(rule.text.split()) in told
    assert "Every day: 06:00–24:00" in told
    assert page.count(">in force<") == 1
    assert browser.get("/policies/none/").status_code == 404
    assert browser.get("/policies/portland-psr/none/").status_code == 404


@pytest.mark.django_db
def test_pages_around(client: Client) -> None:
    assert "Log in" in client.get("/accounts/log-in/").content.decode()
    docs = client.get("/api/v1/docs/")
    assert 'data-schema="/api/v1/schema/"' in docs.content.decode()
    assert client.get("/nothing/").status_code == 404


@pytest.mark.django_db
def test_the_public_reads_the_version_of_today(client: Client, policy: object, clock: Clock) -> None:
    pack = load_pack(PACK)
    publishing.publish_pack(pack=pack, by=TESTS, at=clock.now)
    listed = client.get("/public/policies/").content.decode()
    assert "Portland Street Response" in listed
    assert "Log out" not in listed
    page = unescape(client.get("/public/policies/portland-psr/").content.decode())
    today = pack.in_force(clock.now)
    assert today is not None
    for rule in today.rules:
        assert " ".join(rule.text.split()) in page
    assert f"Version {today.version}." in page
    assert 'href="/policies/' not in page
    assert client.get("/public/policies/none/").status_code == 404


def test_hours_in_words() -> None:
    assert plain.hours(take_hours("always", "")) == ["Always open"]
    assert plain.hours(take_hours("22:00-06:00", "")) == ["Every day: 00:00–06:00, 22:00–24:00"]
    assert plain.hours(take_hours({"monday": "10:00-18:00", "tuesday": "10:00-18:00"}, "")) == [
        "Monday to Tuesday: 10:00–18:00",
        "Wednesday to Sunday: closed",
    ]


def test_conditions_in_words() -> None:
    when = take_condition({"weapon": {"at_least": "seen"}, "age": {"at_least": 18}, "not": {"in_traffic": True}}, "")
    assert plain.condition(when) == plain.Words(
        "All of these hold:",
        (
            plain.Words("Weapon: “Seen or shown” or “Used or pointed at someone”"),
            plain.Words("The person’s age in years: 18 or more"),
            plain.Words("not: The person is in the road or blocking traffic"),
        ),
    )
