"""What is known of a place or a person before a team goes there."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from calls import cautions
from calls.models import Caution
from dispatch import assignments, auditing, cautioning, decisions, forms
from dispatch.models import CheckIn, Incident
from due.models import Timer
from due.queries import next_due
from journal.models import Entry
from journal.refusals import Invalid, Refused
from journal.screens import SCREENS
from tests.conftest import CALM, SQUARE
from triage.forms.typed import written


@pytest.fixture
def put(sue, program, clock):
    """Sue puts a caution on a place or a person: of weapons, unless told otherwise."""

    def put(**told):
        days = {"expires_at": clock.now + timedelta(days=90), "review_at": clock.now + timedelta(days=30)}
        of_it = {"hazard": "weapons", "severity": "danger", "words": "A machete by the door", "source": "Officer Hale"}
        return cautioning.add(by=sue, at=clock.now, **{**of_it, **days, **told})

    return put


def weapon(incident: Incident) -> object:
    kept = decisions.in_force(incident)
    assert kept
    return kept.facts["weapon"]


@pytest.mark.parametrize(
    ("told", "applies"),
    [
        ({"address": "  pioneer  courthouse SQUARE "}, True),
        ({"address": "Pioneer Courthouse"}, False),
        ({"latitude": 45.5190, "longitude": -122.6793, "metres": 20}, True),
        ({"latitude": 45.5199, "longitude": -122.6793, "metres": 50}, False),
        ({"latitude": 45.5189, "longitude": -122.6806, "metres": 110}, True),
        ({"subject_name": "jo  DOE"}, True),
        ({"subject_name": "Jo"}, False),
        ({"subject_phone": "(503) 555 0100"}, True),
        ({"subject_phone": "503-555-0101"}, False),
    ],
)  # fmt: skip
def test_it_is_found_by_its_place_or_exactly_by_the_person(put, take, told, applies):
    put(**told)
    facts = {**CALM, "caller_relation": "self"}
    _, incident = take(facts, subject_name="Jo Doe", caller_phone="503-555-0100")
    assert weapon(incident) == ("history" if applies else "none")


def test_a_callers_phone_is_not_the_subjects(put, take):
    put(subject_phone="503-555-0100")
    _, incident = take({**CALM, "caller_relation": "bystander"}, caller_phone="503-555-0100")
    assert weapon(incident) == "none"


@pytest.mark.parametrize("said", ["unknown", "seen", "access", "history"])
def test_it_lowers_nothing_and_raises_only_none(put, take, said):
    put(address=SQUARE["address"])
    assert weapon(take({**CALM, "weapon": said})[1]) == said


def test_other_hazards_decide_nothing(put, take):
    put(address=SQUARE["address"], hazard="animal")
    assert weapon(take()[1]) == "none"


def test_open_incidents_are_decided_again_when_it_is_added_and_when_it_ends(put, incident, sue, clock):
    assert weapon(incident) == "none"
    caution = put(address=SQUARE["address"])
    assert weapon(incident) == "history"
    cautioning.end(caution=caution, reason="Moved away", by=sue, at=clock.now)
    assert weapon(incident) == "none"
    with pytest.raises(Refused, match="Sue has ended this caution already"):
        cautioning.end(caution=caution, reason="Twice", by=sue, at=clock.now)


def test_dispatch_and_team_see_it_before_acceptance_and_that_is_noted(put, incident, psr1, rosa, dan, signed_in, clock):
    caution = put(address=SQUARE["address"])
    clock.advance(30)
    page = signed_in(dan).get(f"/incidents/{incident.number}/").content.decode()
    for line in ("A machete by the door", "Officer Hale", "30 s"):
        assert line in page
    incident.refresh_from_db()
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    page = signed_in(rosa).get("/field/").content.decode()
    assert "Accept" in page
    assert "A machete by the door" in page
    read = Entry.objects.filter(kind="caution.read", subject_id=caution.id)
    assert set(read.values_list("actor_id", flat=True)) == {dan.id, rosa.id}


def test_an_expired_one_is_not_shown_and_one_past_review_is_listed(put, incident, sue, dan, signed_in, clock):
    caution = put(address=SQUARE["address"], review_at=clock.now + timedelta(days=1))
    clock.advance(2 * 86_400)
    sues = signed_in(sue)
    page = sues.get("/cautions/").content.decode()
    assert page.index("Past their review") < page.index("A machete by the door") < page.index("In force")
    day = (clock.now + timedelta(days=20)).date().isoformat()
    assert sues.post(f"/cautions/{caution.id}/review/", {"review_at": day}).status_code == 302
    page = sues.get("/cautions/").content.decode()
    assert page.index("In force") < page.index("A machete by the door")
    assert signed_in(dan).get("/cautions/").status_code == 403
    clock.advance(90 * 86_400)
    assert "machete" not in signed_in(sue).get("/cautions/").content.decode()
    assert cautions.about([], address=SQUARE["address"], at=clock.now) == []


def test_a_supervisor_adds_and_ends_one_by_the_page(incident, sue, signed_in, clock):
    sues = signed_in(sue)
    told = {
        "hazard": "weapons", "severity": "danger", "words": "A machete", "source": "Hale", "address": SQUARE["address"],
        "expires_at": "2027-02-01", "review_at": "2027-01-01",
    }  # fmt: skip
    answer = sues.post("/cautions/", {**told, "metres": "x", "expires_at": "soon"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "A day such as 2027-03-31." in page
    assert "A machete" in page, "what was typed stays"
    assert sues.post("/cautions/", told).status_code == 302
    assert weapon(incident) == "history"
    caution = Caution.objects.get()
    assert sues.post(f"/cautions/{caution.id}/end/", {"reason": ""}).status_code == 422
    assert sues.post(f"/cautions/{caution.id}/end/", {"reason": "Not so"}).status_code == 302
    assert weapon(incident) == "none"


def test_a_caution_and_a_call_of_one_instant_find_each_other(put, incident, sue, clock):
    days = {"expires_at": clock.now + timedelta(days=90), "review_at": clock.now + timedelta(days=30)}
    told = {"hazard": "weapons", "severity": "danger", "words": "A machete", "source": "Hale", **days}
    cautions.add(address=SQUARE["address"], by=sue, at=clock.now, **told)  # as if it had not seen the incident
    assert weapon(incident) == "none"
    clock.advance(1)
    assert weapon(incident) == "history"


def test_when_it_expires_open_incidents_are_decided_again_and_their_pages_hear_of_it(put, incident, rosa, clock):
    put(address=SQUARE["address"], expires_at=clock.now + timedelta(hours=2), review_at=clock.now + timedelta(hours=1))
    assert weapon(incident) == "history"
    clock.advance(7_199)
    assert weapon(incident) == "history"
    clock.advance(1)
    assert weapon(incident) == "none"
    incident.refresh_from_db()
    assert incident.changed_at == clock.now
    [expired] = Entry.objects.filter(kind="caution.expired")
    assert (expired.at, expired.actor_name) == (clock.now, "Rightcall (clock)")


def test_one_that_was_ended_does_not_expire(put, incident, sue, clock):
    caution = put(address=SQUARE["address"])
    cautioning.end(caution=caution, reason="Moved away", by=sue, at=clock.now)
    clock.advance(91 * 86_400)
    assert not Entry.objects.filter(kind="caution.expired").exists()


def test_a_lost_timer_of_its_end_is_counted_and_set_again(put, clock):
    caution = put(address=SQUARE["address"])
    Timer.objects.filter(subject_id=caution.id).delete()
    assert auditing.untimed(at=clock.now)["caution"] == 1
    clock.advance(0)
    assert next_due([caution.id]) == {caution.id: caution.expires_at}


def test_a_caution_that_ends_and_a_call_of_one_instant_find_each_other(put, take, sue, clock):
    caution = put(address=SQUARE["address"])
    _, incident = take()
    cautions.end(caution=caution, reason="Moved away", by=sue, at=clock.now)  # as if it had not seen the incident
    assert weapon(incident) == "history"
    clock.advance(1)
    assert weapon(incident) == "none"


def test_a_history_that_a_caller_told_outlives_the_caution(put, take, sue, clock):
    caution = put(address=SQUARE["address"])
    _, incident = take({**CALM, "weapon": "history"})
    cautioning.end(caution=caution, reason="Moved away", by=sue, at=clock.now)
    clock.advance(1)
    assert weapon(incident) == "history"


@pytest.mark.parametrize("of_it", [{"address": SQUARE["address"]}, {"subject_name": "jo doe"}])
def test_a_call_is_weighed_while_it_is_typed_as_it_is_decided_when_it_is_stored(put, tess, signed_in, clock, of_it):
    put(**of_it)
    told = {forms.control(name): written(value) for name, value in CALM.items()}
    told |= {"location.address": SQUARE["address"], "subject.name": "Jo Doe"}
    weighed = signed_in(tess).post("/calls/weigh/", told, headers={"HX-Request": "true"})
    assert "A caution of weapons" in weighed.content.decode()
    assert signed_in(tess).post("/calls/new/", told).status_code == 302
    stored = decisions.in_force(Incident.objects.get())
    assert stored
    assert stored.facts["weapon"] == "history"
    assert weighed.context["decision"] == stored.decision


def test_a_further_call_is_weighed_with_the_cautions_of_its_incident(put, incident, tess, signed_in):
    told = {"incident": str(incident.number), "facts.weapon": "none"}
    weighed = signed_in(tess).post("/calls/weigh/", told, headers={"HX-Request": "true"}).content.decode()
    assert "A caution of weapons" not in weighed
    put(address=SQUARE["address"])
    weighed = signed_in(tess).post("/calls/weigh/", told, headers={"HX-Request": "true"}).content.decode()
    assert "A caution of weapons" in weighed


def test_the_incident_page_hears_that_its_cautions_changed_and_no_word_of_them(put, incident, sue, clock):
    def mark() -> str:
        pane = SCREENS["incident"].render(f"dispatcher {incident.number}", clock.now)["focus"]
        assert "machete" not in pane
        [version] = re.findall(r'id="cautions-mark"\s+data-shows="cautions"\s+data-version="([^"]*)"', pane)
        return version

    seen = [mark()]
    caution = put(address=SQUARE["address"], hazard="animal", words="A machete by the door")
    assert SCREENS["incident"].concerns(f"dispatcher {incident.number}", [Entry.objects.latest("id")])
    seen.append(mark())
    cautions.review(caution=caution, review_at=clock.now + timedelta(days=60), by=sue, at=clock.now)
    seen.append(mark())
    clock.advance(60 * 86_400)
    seen.append(mark())  # past its review
    cautioning.end(caution=caution, reason="Moved away", by=sue, at=clock.now)
    seen.append(mark())
    assert seen[0] == seen[-1] == ""
    assert len(set(seen)) == 4


def test_the_page_asks_for_the_cautions_it_was_told_of(put, incident, dan, signed_in):
    page = signed_in(dan).get(f"/incidents/{incident.number}/").content.decode()
    assert page.count('id="cautions"') == 1, "a place for them, also where there are none"


def test_every_fault_is_named_at_once(put, clock):
    with pytest.raises(Invalid) as wrong:
        put(hazard="fog", severity="mild", words="", source=" ", expires_at=clock.now, latitude=3.0)
    assert set(wrong.value.errors) == {"hazard", "severity", "words", "source", "expires_at", "review_at", "latitude"}
    with pytest.raises(Invalid) as wrong:
        put()
    assert set(wrong.value.errors) == {"address"}


def test_it_makes_check_ins_sooner(put, take, psr1, psr2, dan, rosa, clock):
    put(address=SQUARE["address"], hazard="animal")
    _, incident = take()
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)
    assert CheckIn.objects.get(ended_at=None).due_at == clock.now + timedelta(seconds=600)


def test_postgres_refuses_what_must_not_be(put, clock):
    caution = put(address=SQUARE["address"])
    for change in ({"address_key": ""}, {"latitude": 45.0}, {"ended_at": clock.now}, {"expires_at": clock.now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Caution.objects.filter(pk=caution.pk).update(**change)
