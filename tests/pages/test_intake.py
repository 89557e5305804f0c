"""The intake form: what is enough, what is wrong, and that nothing typed is lost."""

import re
from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.test import Client

from accounts.models import User
from calls.models import Call
from dispatch import incidents
from dispatch.models import Incident
from tests.conftest import Clock

pytestmark = pytest.mark.django_db

ENOUGH = {"call_type": "welfare_check", "location.address": "Lents Park"}


@pytest.fixture
def tess_browser(signed_in: Callable[[User], Client], tess: User, program: object) -> Client:
    return signed_in(tess)


def test_type_and_place_are_enough(tess_browser: Client, clock: Clock) -> None:
    answer = tess_browser.post("/calls/new/", ENOUGH)
    call = Call.objects.get()
    assert answer.url == f"/incidents/{call.incident_link.incident.number}/"
    assert (call.source, call.received_at, call.facts) == ("console", clock.now, {"call_type": "welfare_check"})


def test_everything_typed_is_stored(tess_browser: Client) -> None:
    told = {
        **ENOUGH,
        "location.latitude": "45.469",
        "location.longitude": "-122.567",
        "location.class": "outdoors",
        "location.detail": "By the swings",
        "caller.name": "Jo",
        "caller.phone": "503 555 0142",
        "caller.relation": "family",
        "language": "es",
        "subject.name": "Al",
        "subject.age": "40",
        "subject.description": "Grey coat",
        "narrative": "He is <crying>.",
        "facts.weapon": "none",
        "facts.violence": "",
        "facts.medical_need": "unknown",
        "facts.channel": "911",
    }
    tess_browser.post("/calls/new/", told)
    call = Call.objects.get()
    assert call.facts == {
        "call_type": "welfare_check",
        "location_class": "outdoors",
        "caller_relation": "family",
        "age": 40,
        "weapon": "none",
        "medical_need": "unknown",
        "channel": "911",
    }
    assert (call.latitude, call.longitude, call.area) == (45.469, -122.567, "lents")
    assert (call.caller_name, call.caller_phone, call.language) == ("Jo", "503 555 0142", "es")
    assert (call.subject_name, call.subject_description) == ("Al", "Grey coat")
    assert call.narrative == "He is <crying>."


def test_every_wrong_input_is_named_and_nothing_is_lost(tess_browser: Client) -> None:
    typed = {"location.latitude": "95", "subject.age": "old", "incident": "77", "narrative": 'She said "<b>help</b>"'}
    answer = tess_browser.post("/calls/new/", {**typed, "facts.weapon": "seen"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page
    for target in (
        "call-call-type",
        "call-location-latitude",
        "call-subject-age",
        "call-incident",
    ):
        assert f'href="#{target}"' in page
        assert f'id="{target}"' in page
    assert "There is no incident 77" in page
    assert "She said &quot;&lt;b&gt;help&lt;/b&gt;&quot;" in page
    assert 'value="old"' in page
    assert re.search(r'name="facts.weapon"\s+value="seen"\s+checked', page)
    assert not Call.objects.exists()
    assert 'href="#call-location-address"' in tess_browser.post("/calls/new/", {}).content.decode()


def test_a_double_click_takes_one_call(tess_browser: Client) -> None:
    form = {**ENOUGH, "key": "a-key"}
    first, second = (tess_browser.post("/calls/new/", form) for _ in range(2))
    assert first.url == second.url
    assert Call.objects.count() == 1


def test_a_form_changed_and_sent_again_asks_first(tess_browser: Client) -> None:
    tess_browser.post("/calls/new/", {**ENOUGH, "key": "a-key"})
    answer = tess_browser.post("/calls/new/", {**ENOUGH, "key": "a-key", "narrative": "More"})
    assert answer.status_code == 409
    assert Call.objects.count() == 1
    key = answer.context["typed"].values["key"]
    tess_browser.post("/calls/new/", {**ENOUGH, "key": key, "narrative": "More"})
    assert Call.objects.count() == 2


def test_a_call_joins_the_incident_that_a_person_names(tess_browser: Client, incident: Incident) -> None:
    prepared = tess_browser.get("/calls/new/", {"incident": incident.number})
    assert f'value="{incident.address}"' in prepared.content.decode()
    answer = tess_browser.post("/calls/new/", {**ENOUGH, "incident": incident.number})
    assert answer.url == f"/incidents/{incident.number}/"
    assert incident.links.count() == 2


def test_an_ended_incident_takes_no_call_but_the_form_stays(
    tess_browser: Client, tess: User, incident: Incident, clock: Clock
) -> None:
    incidents.cancel(incident=incident, by=tess, at=clock.now)
    answer = tess_browser.post("/calls/new/", {**ENOUGH, "incident": incident.number, "narrative": "Again"})
    assert answer.status_code == 409
    assert "has ended" in answer.content.decode()
    assert "Again" in answer.content.decode()


def test_a_call_is_kept_when_its_incident_cannot_be_opened(tess_browser: Client) -> None:
    with patch("dispatch.incidents.open_for", side_effect=RuntimeError):
        answer = tess_browser.post("/calls/new/", ENOUGH)
    assert answer.status_code == 202
    assert "The call is stored" in answer.content.decode()
    assert Call.objects.count() == 1


def test_responders_take_no_calls(signed_in: Callable[[User], Client], rosa: User) -> None:
    assert signed_in(rosa).get("/calls/new/").status_code == 403
