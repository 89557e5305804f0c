"""The intake form: what is enough, what is wrong, and that nothing typed is lost."""

from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calls.models import Call
from dispatch import ending
from dispatch.models import Incident
from journal.models import Entry
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
        "facts.age": "40",
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
    typed = {"location.latitude": "95", "facts.age": "old", "incident": "77", "narrative": 'She said "<b>help</b>"'}
    answer = tess_browser.post("/calls/new/", {**typed, "facts.weapon": "seen"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page
    for target in (
        "call-call-type",
        "call-location-latitude",
        "call-facts-age",
        "call-incident",
    ):
        assert f'href="#{target}"' in page
        assert f'id="{target}"' in page
    assert "There is no incident 77" in page
    assert "She said &quot;&lt;b&gt;help&lt;/b&gt;&quot;" in page
    assert 'value="old"' in page
    assert '<option value="seen" selected>' in page
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
    ending.cancel(incident=incident, reason="over", by=tess, at=clock.now)
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


def weigh(browser: Client, told: dict[str, str], **headers: str) -> str:
    answer = browser.post("/calls/weigh/", told, headers={"HX-Request": "true", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_next_question_comes_first_and_two_more_at_most(tess_browser: Client) -> None:
    page = tess_browser.get("/calls/new/").content.decode()
    assert "Not decided yet" in page
    assert page.count('class="question__text"') == 1
    asked = weigh(tess_browser, {"call_type": "welfare_check"})
    assert "Is there a weapon, or anything used as one?" in asked
    assert "Is the person violent or threatening others?" in asked
    assert "Is the person thinking of suicide?" in asked
    assert "Is the person hurt or ill?" not in asked, "it comes when it is its turn"


def test_each_answer_is_weighed_and_has_its_key(tess_browser: Client) -> None:
    told = {"call_type": "welfare_check", "facts.weapon": "none"}
    asked = tess_browser.post("/calls/weigh/", told, headers={"HX-Request": "true"}).context["questions"][0]
    assert (asked.fact, [(answer.key, answer.value) for answer in asked.answers]) == (
        "violence",
        [("1", "none"), ("2", "verbal"), ("3", "threatening"), ("4", "assaulting"), ("?", "unknown")],
    )
    decided = weigh(tess_browser, {**told, "facts.violence": "assaulting", "facts.medical_need": "emergency"})
    assert "Police take this" in decided
    assert "and ambulance at once" in decided
    assert "Priority 1" in decided
    assert "a community team may not go without police" in decided
    assert "someone is being assaulted: police go." in decided


def test_weighing_stores_nothing(tess_browser: Client) -> None:
    before = Entry.objects.count()
    weigh(tess_browser, {**ENOUGH, "facts.weapon": "seen", "caller.name": "Jo", "narrative": "He is crying."})
    assert (Call.objects.count(), Incident.objects.count(), Entry.objects.count()) == (0, 0, before)


def test_half_a_number_keeps_no_weapon_from_being_weighed(tess_browser: Client) -> None:
    told = {**ENOUGH, "facts.weapon": "seen", "facts.age": "fif", "location.latitude": "95", "location.longitude": ""}
    decided = weigh(tess_browser, told)
    assert "Police take this" in decided
    assert "Not counted yet: age cannot be" in decided


def test_the_place_is_weighed_by_its_position(tess_browser: Client) -> None:
    outside = {**ENOUGH, "location.latitude": "40.0", "location.longitude": "-100.0"}
    inside = {**ENOUGH, "location.latitude": "45.5189", "location.longitude": "-122.6793"}
    assert "Nothing more to ask" not in weigh(tess_browser, inside)
    assert weigh(tess_browser, outside) != weigh(tess_browser, inside)


def test_a_further_call_is_weighed_with_what_its_incident_knows(tess_browser: Client, incident: Incident) -> None:
    weighed = weigh(tess_browser, {"incident": str(incident.number)})
    assert f"Together with what incident {incident.number} knows already" in weighed
    assert "A community team may go" in weighed
    assert "Police take this" in weigh(tess_browser, {"incident": str(incident.number), "facts.weapon": "seen"})


def test_without_scripts_the_button_of_an_answer_brings_the_form_back(tess_browser: Client) -> None:
    answer = tess_browser.post("/calls/weigh/", {**ENOUGH, "facts.weapon": ["", "none"], "narrative": "He is crying."})
    page = answer.content.decode()
    assert answer.context["questions"][0].fact == "violence"
    assert '<option value="none" selected>No weapon' in page
    assert "He is crying." in page
    gone = tess_browser.post("/calls/weigh/", {**ENOUGH, "facts.weapon": "none", "rest": "unknown"})
    typed = gone.context["typed"].values
    assert (typed["facts.weapon"], typed["facts.violence"]) == ("none", "unknown")
    assert gone.context["questions"] == []


def test_what_is_filed_was_weighed_alike(tess_browser: Client) -> None:
    told = {**ENOUGH, "facts.weapon": "history", "facts.violence": "verbal", "location.class": "outdoors"}
    weighed = tess_browser.post("/calls/weigh/", told, headers={"HX-Request": "true"}).context["decision"]
    tess_browser.post("/calls/new/", told)
    assert Call.objects.get().assessments.get().decision == weighed


def test_htmx_is_sent_on_to_the_incident(tess_browser: Client) -> None:
    answer = tess_browser.post("/calls/new/", ENOUGH, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"/incidents/{Incident.objects.get().number}/"


def test_weighing_costs_the_same_however_much_is_told(
    tess_browser: Client, django_assert_num_queries: Callable, take: Callable
) -> None:
    little_told = {**ENOUGH, "facts.weapon": "none"}
    weigh(tess_browser, little_told)
    with CaptureQueriesContext(connection) as little:
        weigh(tess_browser, little_told)
    for _ in range(3):
        take()
    told = {**ENOUGH, "facts.weapon": "none", "facts.violence": "none", "facts.age": "x", "location.latitude": "y"}
    with django_assert_num_queries(len(little)):
        weigh(tess_browser, told)
    assert len(little) <= 6


def test_strangers_and_responders_weigh_nothing(
    client: Client, signed_in: Callable[[User], Client], rosa: User, program: object
) -> None:
    assert client.post("/calls/weigh/", ENOUGH).url.startswith("/accounts/log-in/")
    assert signed_in(rosa).post("/calls/weigh/", ENOUGH).status_code == 403


def test_without_a_program_a_person_decides(signed_in: Callable[[User], Client], tess: User) -> None:
    assert "No policy decided this" in weigh(signed_in(tess), ENOUGH)
