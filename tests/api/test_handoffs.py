"""Hand-offs by API: those to an agency's own system, and those that others make to us."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Agency
from calls.heard import Heard
from calls.models import Call
from dispatch import ending, handoffs, linking, referrals, taking
from dispatch.models import Incident, Referral
from dispatch.states import IncidentStatus
from due.models import Timer
from due.queries import next_due
from journal.models import Entry
from journal.refusals import Refused
from tests.conftest import CALM, SQUARE, TESTS
from tests.pages.test_console import text

URL = "/api/v1/handoffs/"
ARMED = {**CALM, "weapon": "used"}
HANDED = {
    "reference": "26-77",
    "narrative": "Known to the desk; wants to talk to somebody.",
    "caller": {"name": "Officer Hale", "phone": "503-555-0100"},
    "location": {**SQUARE, "class": "outdoors"},
    "facts": {name: value for name, value in CALM.items() if name != "caller_relation"},
}


@pytest.fixture
def machine(clock):
    def of(name: str, kind: str = "police") -> APIClient:
        agency, made = Agency.objects.get_or_create(name=name, defaults={"kind": kind})
        if made:
            linking.link(agency=agency, phone="503-555-0100", by=TESTS, at=clock.now)
        _, secret = tokens.issue(name=f"{name} CAD", scopes=["handoffs:write"], agency=agency, by=TESTS, at=clock.now)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return of


@pytest.fixture
def police(db, machine) -> APIClient:
    return machine("Police Bureau")


def listed(client: APIClient, query: str = "") -> list[dict[str, Any]]:
    return client.get(URL + query).json()["results"]


def test_an_agency_sees_what_is_handed_to_it_alone(police, machine, take, dan, clock):
    medics = machine("Ambulance", "ems")
    _, incident = take(ARMED, caller_phone="503-555-0142")
    asked = handoffs.propose(incident=incident, to="ems", by=dan, at=clock.now)
    [theirs] = listed(police)
    assert (theirs["to"], theirs["agency"], theirs["status"]) == ("police", "Police Bureau", "proposed")
    assert "503-555-0142" not in json.dumps(listed(police)), "nothing personal in a list"
    assert [each["id"] for each in listed(medics)] == [str(asked.id)]
    for path in ("", "acknowledge/", "refuse/", "return/"):
        url = f"{URL}{asked.id}/{path}"
        told = {"acknowledged_by": "x", "reference": "1", "reason": "no"}
        answer = police.post(url, told, format="json") if path else police.get(url)
        assert answer.status_code == 404, path
    assert listed(police, "?status=sent") == []
    assert set(police.get(f"{URL}?status=lost").json()["errors"]) == {"status"}


def test_the_packet_is_read_and_the_reading_noted(police, take):
    _, incident = take(ARMED, narrative="He has a knife.", caller_phone="503-555-0142")
    whole = police.get(f"{URL}{incident.handoffs.get().id}/").json()
    assert whole["packet"]["calls"][0]["caller"]["phone"] == "503-555-0142"
    assert whole["packet"]["number"] == incident.number
    read = Entry.objects.get(kind="handoff.packet_read")
    assert (read.actor_name, read.audience) == ("Police Bureau CAD", "audit")


def test_their_system_refuses_and_gives_back(police, take, dan, clock):
    _, incident = take(ARMED)
    url = f"{URL}{incident.handoffs.get().id}"
    assert set(police.post(f"{url}/refuse/", {}, format="json").json()["errors"]) == {"reason"}
    told = {"reason": "Outside our district", "refused_by": "Desk 4"}
    answer = police.post(f"{url}/refuse/", told, format="json").json()
    assert (answer["status"], answer["refusal_reason"]) == ("refused", "Outside our district")
    assert police.post(f"{url}/refuse/", told, format="json").status_code == 409

    again = handoffs.propose(incident=incident, to="police", by=dan, at=clock.now)
    url = f"{URL}{again.id}"
    police.post(f"{url}/acknowledge/", {"acknowledged_by": "Hale", "reference": "26-1"}, format="json")
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.HANDED_OFF
    police.post(f"{url}/return/", {"reason": "No officer free"}, format="json")
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING


def test_nobody_outside_sees_an_exercise(police, api, exercise_program, tess, clock):
    heard = Heard(source="console", received_at=clock.now, facts=ARMED, exercise=True)
    taking.take(heard=heard, by=tess, at=clock.now)
    assert listed(police) == []
    assert len(listed(api("handoffs:write"))) == 1, "our own systems do"


def test_pages_and_queries(police, take):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert police.get(URL).status_code == 200
        return len(captured)

    take(ARMED)
    police.get(URL)
    few = queries()
    for _ in range(4):
        take(ARMED)
    assert queries() == few
    page = police.get(f"{URL}?page_size=2").json()
    assert len(page["results"]) == 2
    assert page["next"]


def test_another_agency_hands_an_incident_to_us(police, program, dan, signed_in, clock):
    answer = police.post(URL, HANDED, format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["policy_accepts"], told["incident"]["outcome"]) == ("received", True, "community")
    call = Call.objects.get()
    assert (call.source, call.external_id, call.caller_name) == ("Police Bureau", "26-77", "Officer Hale")
    assert call.facts["channel"] == "referral"
    assert call.facts["caller_relation"] == "other_agency"

    incident, browser = Incident.objects.get(), signed_in(dan)
    assert "answer police" in text(browser.get("/"))
    page = f"/incidents/{incident.number}/"
    assert "Police Bureau hands this to us" in text(browser.get(page))
    browser.post(f"/referrals/{told['id']}/accept/")
    now = police.get(f"{URL}received/{told['id']}/").json()
    assert (now["status"], now["answered_by"]) == ("accepted", "Dan")
    assert "answer police" not in text(browser.get("/"))
    assert "We took it over" in text(browser.get(page))


def test_sent_again_it_is_the_same(police, program):
    first = police.post(URL, HANDED, format="json").json()
    again = police.post(URL, HANDED, format="json")
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert Call.objects.count() == Incident.objects.count() == 1
    other = police.post(URL, {**HANDED, "narrative": "Something else"}, format="json")
    assert other.status_code == 409
    assert first["call"] in other.json()["detail"]


def test_we_refuse_and_it_stays_on_the_board_until_they_are_told(police, program, dan, signed_in, clock):
    told = police.post(URL, {**HANDED, "facts": ARMED}, format="json").json()
    assert told["policy_accepts"] is False
    browser, incident = signed_in(dan), Incident.objects.get()
    missing = browser.post(f"/referrals/{told['id']}/refuse/", {"reason": " "})
    assert missing.status_code == 422
    browser.post(f"/referrals/{told['id']}/refuse/", {"reason": "A knife: yours"})
    now = police.get(f"{URL}received/{told['id']}/").json()
    assert (now["status"], now["reason"]) == ("refused", "A knife: yours")
    assert "Tell Police Bureau by phone" in text(browser.get(f"/incidents/{incident.number}/"))
    incident.refresh_from_db()
    assert incident.is_open
    with pytest.raises(Refused, match="is refused"):
        referrals.accept(referral=Referral.objects.get(), by=dan, at=clock.now)


def test_nothing_ends_while_they_wait_for_an_answer(police, program, dan, clock):
    police.post(URL, HANDED, format="json")
    incident = Incident.objects.get()
    with pytest.raises(Refused, match="Police Bureau handed this to us and waits for an answer"):
        ending.cancel(incident=incident, reason="elsewhere", by=dan, at=clock.now)
    referrals.refuse(referral=Referral.objects.get(), reason="No team free", by=dan, at=clock.now)
    ending.cancel(incident=incident, reason="elsewhere", by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.CANCELLED


def test_what_we_owe_an_answer_to_is_surfaced_again_and_again(police, program, dan, clock):
    police.post(URL, {**HANDED, "facts": ARMED}, format="json")
    referral = Referral.objects.get()
    clock.advance(60)
    clock.advance(60)
    unanswered = Entry.objects.filter(kind="referral.unanswered", subject_id=referral.id)
    assert unanswered.count() == 2
    Timer.objects.filter(subject_id=referral.id).delete()
    clock.advance(1)
    assert referral.id in next_due([referral.id])
    referrals.accept(referral=referral, by=dan, at=clock.now)
    assert referral.id not in next_due([referral.id])


def test_a_report_names_what_is_wrong_and_whose_it_is(police, api, program):
    wrong = police.post(URL, {**HANDED, "reference": "", "facts": {"weapon": "banana"}, "source": "x"}, format="json")
    assert set(wrong.json()["errors"]) == {"reference", "facts.weapon", "source"}
    ours = api("handoffs:write").post(URL, HANDED, format="json")
    assert ours.status_code == 409
    assert "belongs to no agency" in ours.json()["detail"]
    assert not Call.objects.exists()
