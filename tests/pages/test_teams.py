"""The Teams part of an incident, and what it makes of the phone."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from dispatch import assignments, diverting, handoffs, holds, overriding
from dispatch.models import Assignment, Diversion, Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(signed_in, dan):
    return signed_in(dan)


@pytest.fixture
def act(desk, incident):
    """A form of the incident's page, sent; the page as it is then, in one line."""

    def act(name, *, of=None, **told):
        number = (of or incident).number
        answer = desk.post(reverse(f"dispatch:{name}", args=[number]), told, headers={"HX-Request": "true"})
        return answer.status_code, " ".join(answer.content.decode().split())

    return act


@pytest.fixture
def more_urgent(take, incident):
    Incident.objects.filter(pk=incident.pk).update(priority=4)
    urgent = take()[1]
    Incident.objects.filter(pk=urgent.pk).update(priority=1)
    return Incident.objects.get(pk=urgent.pk)


def phone_of(signed_in, user):
    return " ".join(signed_in(user).get("/field/").content.decode().split())


def test_several_are_asked_at_once_and_the_slower_is_told(act, signed_in, incident, rosa, omar, psr1, psr2, clock):
    status, page = act("offer-to-several", units=["PSR1", "PSR2"], wanted="1")
    assert (status, "PSR1 and PSR2 are asked." in page) == (200, True)
    first = incident.assignments.get(unit=psr2)
    assignments.accept(assignment=first, by=omar, at=clock.now)
    phone = phone_of(signed_in, rosa)
    assert f"Incident {incident.number}: you need not go" in phone
    assert "PSR2 has taken it." in phone
    clock.advance(11 * 60)
    assert "you need not go" not in phone_of(signed_in, rosa)


def test_nobody_chosen_says_so(act, psr1, psr2):
    status, page = act("offer-to-several", wanted="1")
    assert status == 422
    assert "Choose the teams to ask." in page


def test_an_incident_is_held_shown_on_the_board_and_released(act, desk, incident, psr1, clock):
    status, page = act("hold", reason="caller_asks", words="She is home at noon", until="+15")
    assert status == 200
    for told in (
        "On hold until",
        "12:15 PST",
        "The caller asks to wait: She is home at noon",
        "Release: find a team now",
    ):
        assert told in page
    assert f'action="{reverse("dispatch:offer", args=[incident.number])}"' not in page
    whole = desk.get(reverse("dispatch:incident", args=[incident.number])).content.decode()
    assert re.search(r"held until <time[^>]*>12:15 PST</time>: the caller asks to wait", whole), "in its row"
    status, page = act("release")
    assert (status, "Who can go" in page) == (200, True)


def test_a_follow_up_is_scheduled_on_the_clocks_of_the_city(act, incident, clock):
    status, page = act("hold", reason="scheduled", words="Visit her again", until="2026-11-25T10:00")
    assert status == 200
    hold = incident.holds.get()
    assert hold.until.isoformat() == "2026-11-25T18:00:00+00:00"
    assert re.search(r"Scheduled for <time[^>]*>Wed 25 Nov 10:00 PST</time>", page)


@pytest.mark.parametrize("until", ["", "tomorrow", "+x", "+99999999"])
def test_a_moment_that_cannot_be_read_keeps_what_was_typed(act, incident, until):
    status, page = act("hold", reason="caller_asks", words="She is home at noon", until=until)
    assert status == 422
    assert "She is home at noon" in page
    assert not incident.holds.exists()


def test_the_page_says_what_an_offer_would_supersede(act, desk, incident, more_urgent, dan, psr1, clock):
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    page = desk.get(reverse("dispatch:incident", args=[more_urgent.number])).content.decode()
    assert f"Ask PSR1 for this instead of {incident.number}" in page
    status, page = act("supersede", of=more_urgent, assignment=offer.id)
    assert status == 200
    assert f"PSR1 is asked; incident {incident.number} goes on to its next team." in page


def test_a_team_is_taken_by_consent_and_says_that_it_has_seen_it(
    act, desk, signed_in, incident, more_urgent, dan, rosa, psr1, clock
):
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    page = " ".join(desk.get(reverse("dispatch:incident", args=[more_urgent.number])).content.decode().split())
    consent = f"Incident {incident.number} (priority 4) may wait for incident {more_urgent.number} (priority 1)"
    assert consent in page
    status, page = act("preempt", of=more_urgent, assignment=team.id, words="On the bridge")
    assert (status, f"Say that incident {incident.number} may wait." in page, "On the bridge" in page) == (
        422,
        True,
        True,
    )
    status, page = act("preempt", of=more_urgent, assignment=team.id, words="On the bridge", consent="yes")
    assert (status, "has not seen it yet" in page) == (200, True)
    left = desk.get(reverse("dispatch:incident", args=[incident.number])).content.decode()
    assert f"PSR1 was taken for {more_urgent.number}" in left, "in its row"
    phone = phone_of(signed_in, rosa)
    assert f"Go here instead of incident {incident.number}" in phone
    assert re.search(r'<div class="field__actions" hidden', phone)
    diversion = Diversion.objects.get()
    assert signed_in(rosa).post(reverse("field:diversion-seen", args=[diversion.id])).status_code == 302
    diversion.refresh_from_db()
    assert diversion.acknowledged_by_name == "Rosa"
    assert not re.search(r'<div class="field__actions" hidden', phone_of(signed_in, rosa))


def test_the_team_of_another_cannot_say_that_it_has_seen_it(
    signed_in, incident, more_urgent, dan, omar, psr1, psr2, clock
):
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    told = {"consent": True, "words": "Urgent", "by": dan, "at": clock.now}
    sent = diverting.preempt(assignment=team, incident=more_urgent, **told)
    assert signed_in(omar).post(reverse("field:diversion-seen", args=[sent.diversion.id])).status_code == 404


def test_a_team_with_police_stages_next_and_goes_near_by_its_own_word(
    signed_in, desk, incident, dan, rosa, psr1, clock
):
    told = {"outcome": "co_response", "reason": "safer_with_police", "words": "Armed last week"}
    overriding.override(incident=incident, by=dan, at=clock.now, **told)
    incident.refresh_from_db()
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=team, status="en_route", by=rosa, at=clock.now)
    phone = phone_of(signed_in, rosa)
    assert "Stage nearby: police go along, and have not said yet that they are coming." in phone
    assert re.search(r'button--big" name="status" value="staged"', phone)
    assert "On scene without police" in phone
    page = desk.get(reverse("dispatch:incident", args=[incident.number])).content.decode()
    assert "Stage nearby: police go along" in page

    field = signed_in(rosa)
    address = reverse("field:status", args=[team.id])
    refused = field.post(address, {"status": "on_scene"})
    assert refused.status_code == 409
    assert "confirm that the team goes in without them" in refused.content.decode()
    seen = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": clock.now}
    assignments.move(assignment=team, status="staged", by=rosa, at=clock.now)
    handoffs.acknowledge(handoff=incident.handoffs.get(), by=dan, at=clock.now, **seen)
    phone = phone_of(signed_in, rosa)
    assert "they have said that they are coming" in phone
    assert re.search(r'button--big" name="status" value="on_scene"', phone)
    assert field.post(address, {"status": "on_scene"}).status_code == 302


def test_the_next_team_is_told_that_another_declined_for_its_safety(
    signed_in, incident, dan, rosa, omar, psr1, psr2, clock
):
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.decline(assignment=offer, reason="safety", words="Two men fighting", by=rosa, at=clock.now)
    assignments.offer(incident=incident, unit=psr2, by=dan, at=clock.now)
    assert "PSR1 declined: not safe for that team." in phone_of(signed_in, omar)


def test_by_api(api, incident, more_urgent, dan, psr1, psr2, clock):
    machine = api("incidents:read", "incidents:write", "units:write")
    root = f"/api/v1/incidents/{incident.id}"
    asked = machine.post(f"{root}/offers/", {"units": ["PSR1", "PSR2"], "wanted": 1}, format="json")
    assert asked.status_code == 201
    assert {each["round"] for each in asked.json()["offered"]} == {str(incident.rounds.get().id)}
    offer = Assignment.objects.get(unit=psr1)
    turned = machine.post(
        f"/api/v1/incidents/{more_urgent.id}/diversions/", {"assignment": str(offer.id)}, format="json"
    )
    assert (turned.status_code, turned.json()["status"]) == (201, "offered")
    machine.post(
        f"/api/v1/assignments/{turned.json()['id']}/status/", {"status": "withdrawn", "words": "No"}, format="json"
    )
    team = assignments.send(incident=Incident.objects.get(pk=incident.pk), unit=psr1, by=dan, at=clock.now)
    address = f"/api/v1/incidents/{more_urgent.id}/diversions/"
    without = machine.post(address, {"assignment": str(team.id), "words": "Bridge"}, format="json")
    assert (without.status_code, set(without.json()["errors"])) == (400, {"consent"})
    taken = machine.post(address, {"assignment": str(team.id), "words": "Bridge", "consent": True}, format="json")
    assert (taken.status_code, taken.json()["status"]) == (201, "accepted")
    assert Assignment.objects.get(pk=team.pk).withdrawal == "preempted"


def test_a_hold_by_api(api, incident, dan, clock):
    machine = api("incidents:read", "incidents:write")
    root = f"/api/v1/incidents/{incident.id}"
    until = (clock.now + timedelta(minutes=10)).isoformat()
    told = {"reason": "no_team", "words": "The caller knows", "until": until}
    put = machine.post(f"{root}/hold/", told, format="json")
    assert put.status_code == 201
    whole = machine.get(f"{root}/").json()
    assert (whole["status"], whole["hold"]["id"], whole["hold"]["by"]) == ("on_hold", put.json()["id"], "CAD")
    second = machine.post(f"{root}/hold/", told, format="json")
    assert second.status_code == 409
    assert "CAD put incident" in second.json()["detail"]
    assert machine.post(f"{root}/hold/", {**told, "instead_of": put.json()["id"]}, format="json").status_code == 201
    assert machine.post(f"{root}/release/").json()["status"] == "pending"
    assert machine.post(f"{root}/release/").status_code == 409
    assert holds.waiting.hold_in_force(incident) is None


def test_a_supervisor_sees_where_teams_declined_for_their_safety(signed_in, take, dan, sue, rosa, psr1, clock):
    for _ in range(2):
        offer = assignments.offer(incident=take()[1], unit=psr1, by=dan, at=clock.now)
        assignments.decline(assignment=offer, reason="safety", words="Two men fighting", by=rosa, at=clock.now)
    other = take(address="Elsewhere")[1]
    offer = assignments.offer(incident=other, unit=psr1, by=dan, at=clock.now)
    assignments.decline(assignment=offer, reason="too_far", by=rosa, at=clock.now)
    page = " ".join(signed_in(sue).get("/safety-declines/").content.decode().split())
    assert 'Pioneer Courthouse Square <span class="quiet">2 times</span>' in page
    assert "Two men fighting" in page
    assert "Elsewhere" not in page
    assert "PSR1" not in page, "a sign about the place, not about a team"
    assert signed_in(dan).get("/safety-declines/").status_code == 403
