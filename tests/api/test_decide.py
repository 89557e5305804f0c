"""`POST /api/v1/triage/decide/`: an answer, and nothing stored."""

import pytest

from calls.models import Assessment
from config.demo import PACKS
from journal.models import Entry
from tests.conftest import CALM, TESTS
from triage import publishing
from triage.engine import load_pack

URL = "/api/v1/triage/decide/"


@pytest.fixture
def machine(policy, api, clock):
    publishing.publish_pack(pack=load_pack(PACKS / "portland-psr.yaml"), by=TESTS, at=clock.now)
    return api("triage:decide")


def decide(machine, **body):
    return machine.post(URL, {"policy": "demo", "facts": {}, **body}, format="json")


def test_it_decides_and_stores_nothing(machine):
    before = Entry.objects.count()
    answer = decide(machine, facts=CALM)
    assert answer.status_code == 200
    assert set(answer.json()) == {
        "outcome",
        "also",
        "eligible",
        "priority",
        "mode",
        "required_skills",
        "notes",
        "reasons",
        "next_questions",
        "policy",
    }
    assert answer.json()["outcome"] == "community"
    assert (Assessment.objects.count(), Entry.objects.count()) == (0, before)


def test_with_nothing_known_it_asks_about_safety_first(machine):
    told = decide(machine).json()
    assert told["outcome"] == "undetermined"
    assert told["eligible"] is None
    assert told["priority"] is None
    assert told["next_questions"][0]["fact"] in {"weapon", "violence", "suicide_risk", "medical_need", "person_down"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"facts": {"weapon": "banana"}}, {"facts.weapon"}),
        ({"facts": {"mood": "sad", "weapon": True}}, {"facts.mood", "facts.weapon"}),
        ({"facts": []}, {"facts"}),
        ({"policy": "gotham"}, {"policy"}),
        ({"policy": "gotham", "at": "noon", "facts": {"age": "old"}}, {"policy", "at", "facts.age"}),
    ],
)
def test_what_is_wrong_is_named_all_at_once(machine, body, fields):
    answer = decide(machine, **body)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == fields


def test_the_version_in_force_then_decides(machine):
    more = {"location_class": "government_lobby", "needs_referral": False, "subject_has_phone": True, "yelling": False}
    indoors = {**CALM, **more}
    noon_2024, noon_2026 = "2024-05-07T12:00:00-07:00", "2026-05-05T12:00:00-07:00"
    then = decide(machine, policy="portland-psr", at=noon_2024, facts=indoors).json()
    now = decide(machine, policy="portland-psr", at=noon_2026, facts=indoors).json()
    assert then["outcome"] == "police"
    assert now["outcome"] == "community"
    assert then["policy"] != now["policy"]


def test_at_night_a_call_is_eligible_but_not_served(machine):
    told = decide(machine, policy="portland-psr", at="2026-05-05T02:00:00-07:00", facts=CALM).json()
    assert told["eligible"] is True
    assert told["outcome"] != "community"


def test_no_version_in_force_is_a_409(machine):
    answer = decide(machine, policy="portland-psr", at="2019-01-01T00:00:00Z", facts=CALM)
    assert answer.status_code == 409
    assert "portland-psr" in answer.json()["detail"]
