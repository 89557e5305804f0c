"""What each kind of agency is told, and that nobody is told more."""

from datetime import timedelta

import pytest

from dispatch import cautioning, handoffs, linking, merging, overriding, packet
from dispatch.models import HandoffTo
from journal.models import Entry
from journal.refusals import Invalid
from tests.conftest import CALM, SQUARE

TOLD = {
    "narrative": "He has a kitchen knife and talks of ending it.",
    "caller_name": "Ada Byron",
    "caller_phone": "503-555-0142",
    "caller_address": "410 NW Couch",
    "caller_latitude": 45.5236,
    "caller_longitude": -122.6745,
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
        return packet.build(handoffs.propose(incident=incident, to=to, by=dan, at=clock.now), at=clock.now)

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
    assert call["caller"] == {
        "name": "Ada Byron",
        "phone": "503-555-0142",
        "relation": "family",
        "address": "410 NW Couch",
        "latitude": 45.5236,
        "longitude": -122.6745,
    }
    assert call["subject"]["description"] == "grey coat, barefoot"
    assert call["narrative"] == TOLD["narrative"]
    assert call["language"] == "es"
    assert {"fact": "weapon", "name": "Weapon", "value": "seen", "words": "Seen or shown"} in said["facts"]
    assert said["decision"]["outcome"] == "police"
    assert said["decision"]["reasons"]


def test_the_wait_is_told_from_the_first_call_that_a_merge_has_brought(take, dan, clock):
    first, earlier = take()
    clock.advance(300)
    _, incident = take(FACTS, **TOLD)
    incident = merging.merge(incident=earlier, into=incident, by=dan, at=clock.now)
    handoff = incident.handoffs.get(to="police")
    assert packet.build(handoff, at=clock.now)["received_at"] == first.received_at


@pytest.mark.parametrize("to", HandoffTo.values)
def test_nobody_is_told_what_they_can_do_without(told, to):
    needs, said = packet.NEEDS[to], told(to)
    assert {each["fact"] for each in said["facts"]} == (set(FACTS) & needs.facts) - {"call_type"}
    assert {f"subject_{name}" for name in said["calls"][0]["subject"]} == needs.subject
    caller = said["calls"][0]["caller"]
    assert caller["phone"] == "503-555-0142", "everybody can call back"
    assert ("address" in caller) == (to in ("police", "ems", "fire")), "where the caller is, for whoever goes there"


def test_the_information_line_hears_no_word_of_a_person_or_a_danger(told):
    said = str(told("information"))
    for word in ("knife", "NW Couch", "Tom Gray", "barefoot", "weapon", "Weapon", "suicide", "threat"):
        assert word not in said, word


@pytest.fixture
def machete(sue, program, clock):
    return cautioning.add(
        hazard="weapons", severity="danger", words="A machete by the door", source="Officer Hale",
        address=SQUARE["address"], expires_at=clock.now + timedelta(days=90),
        review_at=clock.now + timedelta(days=30), by=sue, at=clock.now,
    )  # fmt: skip


def test_cautions_come_with_their_source_and_until_when_they_hold(machete, told, clock):
    assert told("police")["cautions"] == [
        {
            "id": str(machete.id),
            "on": "place",
            "name": "",
            "hazard": {"code": "weapons", "words": "weapons"},
            "severity": {"code": "danger", "words": "danger"},
            "words": "A machete by the door",
            "source": "Officer Hale",
            "added_at": clock.now,
            "reviewed_at": None,
            "expires_at": clock.now + timedelta(days=90),
        }
    ]


@pytest.mark.parametrize("to", HandoffTo.values)
def test_each_hears_of_the_hazards_that_concern_it(machete, told, to):
    heard = {each["hazard"]["code"] for each in told(to)["cautions"]}
    assert heard == ({"weapons"} if machete.hazard in packet.NEEDS[to].hazards else set())
    assert heard == (set() if to == "information" else {"weapons"})


def test_the_name_on_a_caution_goes_to_those_who_are_told_names(take, dan, sue, clock):
    _, incident = take(FACTS, **TOLD)
    days = {"expires_at": clock.now + timedelta(days=90), "review_at": clock.now + timedelta(days=30)}
    of_it = {"hazard": "violence", "severity": "caution", "words": "Hits when held", "source": "Clinic", **days}
    cautioning.add(subject_name="Tom Gray", by=sue, at=clock.now, **of_it)
    for to, name in (("police", "Tom Gray"), ("fire", "")):
        [said] = packet.build(handoffs.propose(incident=incident, to=to, by=dan, at=clock.now), at=clock.now)[
            "cautions"
        ]
        assert (said["on"], said["name"]) == ("person", name)


def test_reading_a_caution_in_it_is_in_the_audit(machete, told, dan, signed_in):
    page = signed_in(dan).get(f"/handoffs/{told('police')['id']}/packet/").content.decode()
    assert page.index("A machete by the door") < page.index("kitchen knife"), "said first"
    assert "Officer Hale" in page
    assert Entry.objects.filter(kind="caution.read", subject_id=machete.id, actor_name="Dan").count() == 1
    signed_in(dan).get(f"/handoffs/{told('information')['id']}/packet/")
    assert Entry.objects.filter(kind="caution.read", actor_name="Dan").count() == 1, "nobody reads what is not told"


def test_the_words_of_an_override_go_with_the_narrative(take, dan, clock):
    _, incident = take()
    told = {"outcome": "crisis_line", "reason": "other", "words": "Tom knows the night nurse there"}
    overriding.override(incident=incident, by=dan, at=clock.now, **told)
    said = packet.build(incident.handoffs.get(), at=clock.now)
    assert said["decision"]["override"]["words"] == told["words"]
    asked = handoffs.propose(incident=incident, to="information", by=dan, at=clock.now)
    assert packet.build(asked, at=clock.now)["decision"]["override"]["words"] == ""


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
