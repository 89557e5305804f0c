"""A place as a call-taker meets it: found while it is typed, or kept, flagged and followed up."""

import re

import pytest

from calls import place_names
from calls.models import Call, Place, PlaceSource
from dispatch import incidents, taking
from dispatch.forms import shown
from dispatch.models import Incident
from journal.models import Entry
from journal.refusals import Refused
from tests.conftest import CALM, make_program

LENTS = {"latitude": 45.48, "longitude": -122.565}
UNKNOWN = {"address": "Behind the old mill", "latitude": None, "longitude": None}


@pytest.fixture
def known(db, clock):
    source = PlaceSource.objects.create(name="parks.csv", imported_at=clock.now, imported_by_name="Tests")

    def add(name, latitude, longitude, **more):
        told = {"kind": "landmark", "source": source, "key": place_names.key(name), **more}
        return Place.objects.create(name=name, latitude=latitude, longitude=longitude, **told)

    return add


def read(browser, path, **told):
    answer = browser.get(path, told)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_what_is_found_says_where_it_is_and_whose(known, program, tess, signed_in):
    known("Lents <Park>", location_class="outdoors", **LENTS)
    known("Lents Lighthouse", 44.0, -124.0)
    browser = signed_in(tess)
    html = browser.get("/places/", {"q": "lents"}).content.decode()
    assert 'data-address="Lents &lt;Park&gt;"' in html
    assert 'data-latitude="45.480000"' in html
    assert 'data-class="outdoors"' in html
    told = read(browser, "/places/", q="lents")
    assert "Lents &lt;Park&gt; landmark · lents, portland" in told
    assert "Lents Lighthouse landmark · outside every program" in told
    assert read(browser, "/places/", q="zzyzx") == ""


def test_program_and_district_are_told_at_once(agency, policy, clock, program, exercise_program, tess, signed_in):
    browser = signed_in(tess)
    assert read(browser, "/places/here/", **LENTS) == "Served by Portland (lents, portland)"
    assert "Portland (exercise)" in read(browser, "/places/here/", exercise="yes", **LENTS)
    assert "Outside every program." in read(browser, "/places/here/", latitude="44", longitude="-124")
    for half in ({}, {"latitude": "45."}, {"latitude": "nan", "longitude": "1"}, {"latitude": "91", "longitude": "0"}):
        assert "No position yet" in read(browser, "/places/here/", **half)


def test_where_programs_overlap_all_are_told(agency, policy, clock, program, tess, signed_in):
    make_program(agency, policy, clock, slug="county", name="County", rank=50)
    told = read(signed_in(tess), "/places/here/", **LENTS)
    assert told == "Served by County (lents, portland), Portland (lents, portland)"


def test_places_are_for_those_who_take_calls(client, program, known, rosa, ana, signed_in):
    known("Lents Park", **LENTS)
    assert client.get("/places/", {"q": "lents"}).status_code == 302
    for user in (rosa, ana):
        assert signed_in(user).get("/places/", {"q": "lents"}).status_code == 403
        assert signed_in(user).get("/map/streets/14/2611/5861/").status_code == 403


def test_the_streets_of_a_square_are_asked_for_once(program, dan, signed_in, clock):
    browser = signed_in(dan)
    first = browser.get("/map/streets/14/2611/5861/")
    assert first.json() == {"lines": [], "names": []}
    assert browser.get("/map/streets/14/2611/5861/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    PlaceSource.objects.create(name="streets", imported_at=clock.now, imported_by_name="Tests")
    assert browser.get("/map/streets/14/2611/5861/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def board(browser):
    return read(browser, "/")


def test_a_place_that_is_not_found_is_kept_flagged_and_served(take, psr1, dan, signed_in, clock):
    from dispatch import assignments

    call, incident = take(**UNKNOWN)
    assert (call.address, call.placed_at, incident.placed_at) == ("Behind the old mill", None, None)
    browser = signed_in(dan)
    told = board(browser)
    assert "place not verified" in told
    assert "The place is not verified (1)" in told
    assert "Place not verified No position is known for it." in read(browser, f"/incidents/{incident.number}/")
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert offered.unit == psr1


def test_a_person_places_it(take, tess, signed_in, clock):
    call, incident = take(**UNKNOWN)
    browser = signed_in(tess)
    path = f"/calls/{call.id}/amend/"
    told = {
        "location.address": "Lents Park", "location.latitude": "45.48", "location.longitude": "-122.565",
        "shown": shown(call),
    }  # fmt: skip
    assert browser.post(path, told).status_code == 302
    incident.refresh_from_db()
    assert (incident.address, incident.latitude, incident.placed_at) == ("Lents Park", 45.48, clock.now)
    assert "place not verified" not in board(browser)


def test_a_person_says_that_it_will_do(take, tess, signed_in, clock):
    call, incident = take(**UNKNOWN)
    browser = signed_in(tess)
    path = f"/incidents/{incident.number}/place-accept/"
    assert browser.post(path).status_code == 302
    incident.refresh_from_db()
    assert incident.placed_at == clock.now
    assert "place not verified" not in board(browser)
    assert "The place will do as it is" in read(browser, f"/incidents/{incident.number}/")
    again = browser.post(path)
    assert again.status_code == 409
    assert "The place is verified already." in again.content.decode()
    # How to find it is no other place; another address is.
    taking.amend(call=call, answers={}, changes={"location_detail": "the gate"}, by=tess, at=clock.now)
    incident.refresh_from_db()
    assert incident.placed_at
    taking.amend(call=call, answers={}, changes={"address": "Behind the new mill"}, by=tess, at=clock.now)
    incident.refresh_from_db()
    assert incident.placed_at is None


def test_an_address_that_changes_alone_has_left_its_position(take, tess, clock):
    call, incident = take()
    assert incident.placed_at == clock.now
    taking.amend(call=call, answers={}, changes={"address": "Powell & 39th"}, by=tess, at=clock.now)
    incident.refresh_from_db()
    assert (incident.address, incident.latitude, incident.placed_at) == ("Powell & 39th", 45.5189, None)
    # The same position said again is said of the new address.
    told = {"address": "Powell & 40th", "latitude": 45.5189, "longitude": -122.6793}
    taking.amend(call=call, answers={}, changes=told, by=tess, at=clock.now)
    incident.refresh_from_db()
    assert incident.placed_at == clock.now
    taking.amend(call=call, answers={}, changes={"latitude": None, "longitude": None}, by=tess, at=clock.now)
    assert Call.objects.get().placed_at is None
    assert Incident.objects.get().placed_at is None


def test_what_has_ended_is_placed_no_more(take, dan, clock):
    from dispatch import ending

    _, incident = take(**UNKNOWN)
    ending.cancel(incident=incident, reason="over", words="", by=dan, at=clock.now)
    with pytest.raises(Refused, match="has ended"):
        incidents.accept_place(incident=incident, by=dan, at=clock.now)


def test_a_further_call_begins_at_the_place_of_its_incident(incident, tess, signed_in):
    html = signed_in(tess).get(f"/calls/new/?incident={incident.number}").content.decode()
    assert 'value="45.5189"' in html
    assert 'value="-122.6793"' in html
    assert "Served by" in html


CALLER = {"name": "Ada", "phone": "555-0100", "address": "Salem, State St", "latitude": 44.94, "longitude": -123.03}


def test_the_callers_place_is_apart_from_the_incidents(program, api, clock):
    body = {"call_type": "welfare_check", "facts": CALM, "location": {"address": "Lents Park", **LENTS}}
    taken = api().post("/api/v1/calls/", {**body, "caller": CALLER}, format="json").json()
    assert taken["caller"] == {**CALLER, "relation": "bystander"}
    assert taken["location"]["latitude"] == 45.48
    [incident] = Incident.objects.all()
    assert (incident.address, incident.latitude) == ("Lents Park", 45.48)
    path = f"/api/v1/calls/{taken['id']}/"
    gone = api().patch(path, {"caller": {"address": "", "latitude": None, "longitude": None}}, format="json").json()
    assert gone["caller"] == {**CALLER, "address": "", "latitude": None, "longitude": None, "relation": "bystander"}
    half = api().patch(path, {"caller": {"latitude": 44}}, format="json")
    assert half.status_code == 400
    assert "caller.latitude" in half.json()["errors"]


def test_the_callers_place_is_shown_to_those_who_read_calls_alone(take, program, tess, signed_in, api, clock):
    call, incident = take(caller_address="Salem, State St", caller_latitude=44.94, caller_longitude=-123.03)
    assert "Calls from Salem, State St (44.94000, -123.03000)" in read(
        signed_in(tess), f"/incidents/{incident.number}/"
    )
    assert "Salem" not in board(signed_in(tess))
    machine = api("incidents:read", "journal:read")
    for path in (f"/api/v1/incidents/{incident.id}/", "/api/v1/incidents/", "/api/v1/journal/"):
        assert "Salem" not in machine.get(path).content.decode()
    assert {"caller_address", "caller_latitude", "caller_longitude"} <= Call.PERSONAL
    changed = {"caller_address": "", "caller_latitude": None, "caller_longitude": None}
    taking.amend(call=call, answers={}, changes=changed, by=tess, at=clock.now)
    [amended] = Entry.objects.filter(kind="call.amended")
    assert amended.payload["fields"] == ["caller_address", "caller_latitude", "caller_longitude"]


def test_the_form_takes_the_callers_place(program, tess, signed_in):
    told = {
        "call_type": "welfare_check",
        "location.address": "Lents Park",
        "caller.address": "Salem",
        "caller.latitude": "44.94",
        "caller.longitude": "-123.03",
    }
    browser = signed_in(tess)
    half = browser.post("/calls/new/", {**told, "caller.longitude": ""})
    assert half.status_code == 422
    assert "<details open>" in half.content.decode()
    assert browser.post("/calls/new/", told).status_code == 302
    [call] = Call.objects.all()
    assert (call.caller_address, call.caller_latitude, call.caller_longitude) == ("Salem", 44.94, -123.03)
    assert call.placed_at is None


def test_the_page_costs_as_many_queries_with_many_unplaced(take, dan, signed_in):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = signed_in(dan)
    take(**UNKNOWN)
    board(browser)
    with CaptureQueriesContext(connection) as few:
        board(browser)
    for _ in range(10):
        take(**UNKNOWN)
    with CaptureQueriesContext(connection) as many:
        assert "The place is not verified (11)" in board(browser)
    assert len(many) == len(few)
