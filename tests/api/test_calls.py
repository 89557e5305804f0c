"""`/api/v1/calls/`: calls come in, are read, and are added to."""

import threading

import pytest
from django.db import connection

from calls.models import Assessment, Call
from journal.models import Entry
from tests.conftest import CALM, SQUARE

URL = "/api/v1/calls/"
BODY = {
    "source": "cad",
    "call_type": "welfare_check",
    "narrative": "Man shouting at the fountain, wrapped in a red blanket.",
    "caller": {"name": "Ada Byron", "phone": "503-555-0100", "relation": "bystander"},
    "language": "en",
    "subject": {"age": 40, "description": "red blanket"},
    "location": {
        "address": SQUARE["address"],
        "latitude": SQUARE["latitude"],
        "longitude": SQUARE["longitude"],
        "class": "outdoors",
    },
    "facts": {name: value for name, value in CALM.items() if name not in ("call_type", "location_class")},
    "external_id": "A-1",
}


@pytest.fixture
def machine(program, api):
    return api()


def test_a_posted_call_is_stored_decided_and_opened(machine):
    answer = machine.post(URL, BODY, format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert told["decision"]["outcome"] == "community"
    assert told["decision"]["eligible"] is True
    assert told["decision"]["policy"]["slug"] == "demo"
    assert told["incident"]["status"] == "pending"
    assert told["facts"]["age"] == 40
    assert told["facts"]["caller_relation"] == "bystander"
    assert told["location"]["class"] == "outdoors"
    assert told["location"]["area"] == "portland"
    call = Call.objects.get(pk=told["id"])
    assert call.caller_name == "Ada Byron"
    assert Assessment.objects.get(call=call).facts == {**told["facts"], "area": "portland"}


def test_every_wrong_field_is_named_at_once(machine):
    body = {
        "received_at": "yesterday",
        "call_type": "parade",
        "location": {"latitude": 91, "class": "moon"},
        "subject": {"age": -1},
        "facts": {"weapon": "banana", "mood": "sad", "age": 12.5},
        "colour": "red",
    }
    answer = machine.post(URL, body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()["errors"]) == {
        "received_at",
        "call_type",
        "location.latitude",
        "location.class",
        "subject.age",
        "facts.weapon",
        "facts.mood",
        "facts.age",
        "colour",
    }
    assert "none, history, access, seen, used" in answer.json()["errors"]["facts.weapon"]
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"call_type": "theft", "facts": {"call_type": "welfare_check"}}, "call_type"),
        ({"location": {"class": "school"}, "facts": {"location_class": "outdoors"}}, "location.class"),
        ({"subject": {"age": 40}, "facts": {"age": 14}}, "subject.age"),
        ({"caller": {"relation": "self"}, "facts": {"caller_relation": "family"}}, "caller.relation"),
    ],
)
def test_a_field_that_contradicts_its_fact_is_refused(machine, change, field):
    answer = machine.post(URL, change, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


@pytest.mark.parametrize("body", ["[]", '"x"', "null", "1", "{", '{"facts": []}', '{"location": 3}', '{"caller": "x"}'])
def test_what_is_no_call_is_a_clear_400(machine, body):
    answer = machine.generic("POST", URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


def test_a_call_from_the_future_is_refused(machine):
    answer = machine.post(URL, {"received_at": "2027-01-01T00:00:00Z"}, format="json")
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"received_at"}


def test_the_same_idempotency_key_is_the_same_call(machine):
    first = machine.post(URL, BODY, format="json", headers={"Idempotency-Key": "k1"})
    again = machine.post(URL, BODY, format="json", headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Call.objects.count() == 1
    other = machine.post(URL, {**BODY, "language": "es"}, format="json", headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422
    assert Call.objects.count() == 1
    assert machine.post(URL, BODY, format="json", headers={"Idempotency-Key": "k2"}).status_code == 201
    assert Call.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_one_key_in_the_same_instant_are_one_call(machine):
    gate, answers = threading.Barrier(4), []

    def post() -> None:
        try:
            gate.wait(10)
            answers.append(machine.post(URL, BODY, format="json", headers={"Idempotency-Key": "k1"}).json()["id"])
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 4
    assert len(set(answers)) == 1


def test_later_facts_decide_again(machine):
    first = machine.post(URL, BODY, format="json").json()
    more = {"facts": {"weapon": "seen"}, "narrative": "A knife."}
    answer = machine.patch(f"{URL}{first['id']}/", more, format="json")
    assert answer.status_code == 200
    assert answer.json()["decision"]["outcome"] == "police"
    assert answer.json()["incident"]["outcome"] == "police"
    assert answer.json()["narrative"].endswith("red blanket.\nA knife.")
    assert Assessment.objects.filter(call=first["id"]).count() == 2
    wrong = machine.patch(f"{URL}{first['id']}/", {"facts": {"weapon": "sharp"}}, format="json")
    assert set(wrong.json()["errors"]) == {"facts.weapon"}


def test_a_list_holds_nothing_personal_and_a_reading_is_in_the_audit(machine):
    call = machine.post(URL, BODY, format="json").json()
    listed = machine.get(URL)
    assert listed.status_code == 200
    for word in ("Ada", "503-555", "blanket"):
        assert word not in listed.content.decode()
    assert not Entry.objects.filter(kind="call.read").exists()
    whole = machine.get(f"{URL}{call['id']}/").json()
    assert whole["caller"]["name"] == "Ada Byron"
    read = Entry.objects.get(kind="call.read")
    assert (str(read.subject_id), read.actor_name, read.audience) == (call["id"], "CAD", "audit")


def test_filters(machine, clock):
    machine.post(URL, BODY, format="json")
    clock.advance(60)
    later = clock.now.isoformat()
    machine.post(URL, {**BODY, "external_id": "A-2", "facts": {**BODY["facts"], "weapon": "used"}}, format="json")

    def count(**query):
        answer = machine.get(URL, query)
        assert answer.status_code == 200, answer.content
        return len(answer.json()["results"])

    assert count() == 2
    assert count(outcome="police") == 1
    assert count(outcome=["police", "community"]) == 2
    assert count(status="pending") == 2
    assert count(status="closed") == 0
    assert count(updated_since=later) == 1
    assert count(bbox="-122.7,45.5,-122.6,45.6") == 2
    assert count(bbox="0,0,1,1") == 0
    for query in ({"bbox": "1,2,3"}, {"outcome": "party"}, {"status": "x"}, {"updated_since": "noon"}):
        answer = machine.get(URL, query)
        assert answer.status_code == 400
        assert set(answer.json()["errors"]) == set(query)


def test_pages_follow_each_other_without_gap_or_double(machine, clock):
    for number in range(7):
        machine.post(URL, {"external_id": f"P-{number}"}, format="json")
        clock.advance(1)
    seen, url = [], f"{URL}?page_size=3"
    while url:
        page = machine.get(url).json()
        seen += [row["external_id"] for row in page["results"]]
        url = page["next"]
    assert seen == [f"P-{number}" for number in range(7)]


def test_a_call_beyond_every_area_is_kept_and_not_for_a_team(machine):
    body = {**BODY, "location": {"address": "Pier 39", "latitude": 37.81, "longitude": -122.41, "class": "outdoors"}}
    told = machine.post(URL, body, format="json").json()
    assert told["location"]["area"] == "outside"
    assert told["decision"]["outcome"] == "police"
    assert told["decision"]["eligible"] is True


def test_a_call_without_any_program_is_kept_and_waits_in_triage(api, db):
    told = api().post(URL, BODY, format="json").json()
    assert told["decision"] is None
    assert told["incident"]["status"] == "triage"


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        r'{"narrative": "\ud800"}',
        r'{"\ud800": 1}',
        r'{"facts": {"weapon": "\udfff"}}',
    ],
    ids=["deep list", "deep object", "surrogate value", "surrogate name", "surrogate fact"],
)
def test_json_that_cannot_be_held_is_a_400_and_no_crash(machine, body):
    answer = machine.generic("POST", URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not Call.objects.exists()
