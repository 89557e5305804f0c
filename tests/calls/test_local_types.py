"""A city's own words by API: translated where a map knows them, kept where none does, and counted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from calls.models import Call
from tests.conftest import SQUARE, Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def feeds(settings: Any) -> None:
    settings.TYPE_MAPS = {"city-cad": "portland"}


def post(client: APIClient, local_type: str, **more: Any) -> Any:
    told = {"source": "city-cad", "local_type": local_type, "location": SQUARE, **more}
    return client.post("/api/v1/calls/", told, format="json")


def test_known_words_become_facts_and_are_kept(api: Callable[..., APIClient], program: object) -> None:
    answer = post(api(), "UNWANTED PERSON - WITH WEAPON *H")
    assert answer.status_code == 201
    body = answer.json()
    assert body["facts"] == {"call_type": "unwanted_person", "weapon": "seen"}
    assert (body["local_type"], body["type_map"]) == ("UNWANTED PERSON - WITH WEAPON *H", "portland@2016")
    assert body["decision"]["outcome"] == "police"


def test_what_is_told_outright_stands(api: Callable[..., APIClient], program: object) -> None:
    body = post(api(), "unwanted person - with weapon *h", call_type="trespass", facts={"weapon": "used"}).json()
    assert body["facts"] == {"call_type": "trespass", "weapon": "used"}


def test_unknown_words_are_taken_as_something_else(api: Callable[..., APIClient], program: object) -> None:
    body = post(api(), "HAUNTING - COLD").json()
    assert (body["facts"], body["local_type"]) == ({"call_type": "other"}, "HAUNTING - COLD")
    assert body["incident"]["status"] == "triage"


def test_a_patrol_that_is_sent_is_taken(api: Callable[..., APIClient], program: object) -> None:
    """A replay leaves it out; whoever posts it means it."""
    assert post(api(), "PREMISE CHECK").json()["facts"] == {"call_type": "other"}


def test_a_source_without_a_map_keeps_its_words(api: Callable[..., APIClient], program: object) -> None:
    body = post(api(), "Odd job", source="elsewhere").json()
    assert (body["facts"], body["local_type"], body["type_map"]) == ({"call_type": "other"}, "Odd job", "")


def test_a_slip_in_the_settings_costs_no_call(api: Callable[..., APIClient], program: object, settings: Any) -> None:
    settings.TYPE_MAPS = {"city-cad": "atlantis"}
    answer = post(api(), "UNWANTED PERSON")
    assert answer.status_code == 201
    assert (answer.json()["facts"], answer.json()["type_map"]) == ({"call_type": "other"}, "")
    [warning] = [each for each in run_checks() if each.id == "calls.W001"]
    assert "TYPE_MAPS, city-cad: There is no map atlantis" in warning.msg


def test_too_long_words_are_refused_by_name(api: Callable[..., APIClient], program: object) -> None:
    answer = post(api(), "x" * 121)
    assert answer.status_code == 400
    assert "local_type" in answer.json()["errors"]


def test_the_words_stand_beside_the_call(
    api: Callable[..., APIClient], signed_in: Callable[[User], Client], tess: User, program: object
) -> None:
    number = post(api(), "HAUNTING <b>").json()["incident"]["number"]
    assert "HAUNTING &lt;b&gt;" in signed_in(tess).get(f"/incidents/{number}/").content.decode()


def test_supervisors_see_what_no_map_knew(
    api: Callable[..., APIClient], signed_in: Callable[[User], Client], sue: User, program: object, clock: Clock
) -> None:
    client = api()
    for words in ("HAUNTING", "HAUNTING", "GHOST", "UNWANTED PERSON"):
        post(client, words)
    post(client, "Odd job", source="elsewhere")
    page = signed_in(sue).get("/types/")
    shown = [(each.source, each.local_type, each.calls, each.last_at) for each in page.context["unmapped"]]
    assert shown == [
        ("city-cad", "HAUNTING", 2, clock.now),
        ("city-cad", "GHOST", 1, clock.now),
        ("elsewhere", "Odd job", 1, clock.now),
    ]
    text = page.content.decode()
    assert "UNWANTED PERSON - WITH WEAPON *H" in text
    assert "Weapon: Seen or shown" in text
    assert "Sources: city-cad." in text


def test_old_and_simulated_calls_are_not_counted(
    api: Callable[..., APIClient], signed_in: Callable[[User], Client], sue: User, program: object, clock: Clock
) -> None:
    client = api()
    post(client, "OLD")
    clock.advance(91 * 86_400)
    post(client, "SIMULATED")
    Call.objects.filter(local_type="SIMULATED").update(simulated=True)
    assert signed_in(sue).get("/types/").context["unmapped"] == []


def test_the_page_costs_the_same_however_many_words(
    api: Callable[..., APIClient], signed_in: Callable[[User], Client], sue: User, program: object
) -> None:
    client, browser = api(), signed_in(sue)
    counts = []
    for words in ("A", "B", "C"):
        post(client, words)
        with CaptureQueriesContext(connection) as queries:
            browser.get("/types/")
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_only_those_who_keep_the_maps_read_them(signed_in: Callable[[User], Client], tess: User, sue: User) -> None:
    assert signed_in(tess).get("/types/").status_code == 403
    assert signed_in(sue).get("/types/").status_code == 200
