"""What each kind of agency is told, and that nobody is told more."""

import pytest

from dispatch import handoffs, linking, overriding, packet
from dispatch.models import HandoffTo
from journal.models import Entry
from journal.refusals import Invalid
from tests.conftest import CALM

TOLD = {
    "narrative": "He has a kitchen knife and talks of ending it.",
    "caller_name": "Ada Byron",
    "caller_phone": "503-555-0142",
    "subject_name": "Tom Gray",
    "subject_description": "grey coat, barefoot",
    "subject_direction": "towards the river",
    "location_detail": "by the fountain",
    "language": "es",
}
FACTS = {**CALM, "weapon": "seen", "suicide_risk": "threat", "caller_relation": "family", "crime_reported": True}


@pytest.fixture
def told(take, dan, clock):
    _, incident = take(FACTS, **TOLD)

    def told(to: str) -> dict:
        return packet.build(handoffs.propose(incident=incident, to=to, by=dan, at=clock.now))

    return told


def test_police_need_not_ask_the_caller_again(told):
    said = told("police")
    assert said["place"] == {
        "address": "Pioneer Courthouse Square",
        "detail": "by the fountain",
        "latitude": 45.5189,
        "longitude": -122.6793,
    }
    [call] = said["calls"]
    assert call["caller"] == {"name": "Ada Byron", "phone": "503-555-0142", "relation": "family"}
    assert call["subject"]["description"] == "grey coat, barefoot"
    assert call["narrative"] == TOLD["narrative"]
    assert call["language"] == "es"
    assert {"fact": "weapon", "name": "Weapon", "value": "seen", "words": "Seen or shown"} in said["facts"]
    assert said["decision"]["outcome"] == "police"
    assert said["decision"]["reasons"]


@pytest.mark.parametrize("to", HandoffTo.values)
def test_nobody_is_told_what_they_can_do_without(told, to):
    needs, said = packet.NEEDS[to], told(to)
    assert {each["fact"] for each in said["facts"]} == (set(FACTS) & needs.facts) - {"call_type"}
    assert {f"subject_{name}" for name in said["calls"][0]["subject"]} == needs.subject
    assert said["calls"][0]["caller"]["phone"] == "503-555-0142", "everybody can call back"


def test_the_information_line_hears_no_word_of_a_person_or_a_danger(told):
    said = str(told("information"))
    for word in ("knife", "Tom Gray", "barefoot", "weapon", "Weapon", "suicide", "threat"):
        assert word not in said, word


def test_the_words_of_an_override_go_with_the_narrative(take, dan, clock):
    _, incident = take()
    told = {"outcome": "crisis_line", "reason": "other", "words": "Tom knows the night nurse there"}
    overriding.override(incident=incident, by=dan, at=clock.now, **told)
    said = packet.build(incident.handoffs.get())
    assert said["decision"]["override"]["words"] == told["words"]
    asked = handoffs.propose(incident=incident, to="information", by=dan, at=clock.now)
    assert packet.build(asked)["decision"]["override"]["words"] == ""


def test_opening_it_is_in_the_audit(told, take, dan, tess, signed_in):
    handoff = told("police")["id"]
    page = signed_in(dan).get(f"/handoffs/{handoff}/packet/").content.decode()
    for word in ("Ada Byron", "503-555-0142", "kitchen knife", "towards the river", "Spanish"):
        assert word in page
    read = Entry.objects.filter(kind="handoff.packet_read").get()
    assert (str(read.subject_id), read.actor_name, read.audience) == (handoff, "Dan", "audit")
    assert Entry.objects.filter(kind="call.read", actor_name="Dan").count() == 1
    assert signed_in(tess).get(f"/handoffs/{handoff}/packet/").status_code == 403


def test_a_link_names_what_is_wrong_with_it(agency, clock, dan):
    with pytest.raises(Invalid) as wrong:
        linking.link(agency=agency, phone="the desk", url="ftp://x", by=dan, at=clock.now)
    assert set(wrong.value.errors) == {"kind", "phone", "url"}
    with pytest.raises(Invalid, match="at least one"):
        linking.link(agency=agency, by=dan, at=clock.now)
