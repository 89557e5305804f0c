"""Who is told outside a page, and who is not: judged when it is queued, and once more when it is sent."""

from datetime import timedelta

import pytest
from django.test import Client

from dispatch import assignments, incidents, notices, telling
from dispatch.models import Assignment
from due import contacts
from due.models import Contact, Message
from due.registry import SENDERS
from tests.conftest import PASSWORD, TESTS
from tests.due.provider import Provider


@pytest.fixture(autouse=True)
def _page(monkeypatch, settings):
    """A kind of message that says where an incident stands."""
    settings.CONTACT_SCHEMES = frozenset({"json"})

    def write(message):
        incident = incidents.Incident.objects.get(pk=message.subject_id)
        return notices.Notice(incident=incident, subject=f"Incident {incident.number}", text="Look:", path="/")

    monkeypatch.setitem(SENDERS, "page", notices.sender(write))


@pytest.fixture
def provider():
    with Provider() as server:
        yield server


def reach(owner, provider, clock):
    return contacts.add(owner_id=owner.id, way="service", address=provider.url(), by=TESTS, at=clock.now)


def tell(whom, incident, clock, **more):
    within = clock.now + timedelta(minutes=5)
    whom(incident=incident, kind="page", subject_id=incident.id, deadline=within, at=clock.now, **more)


def became():
    return {(message.recipient_id, message.status, message.error) for message in Message.objects.all()}


def test_supervisors_are_told_while_they_are_logged_in(incident, sue, signed_in, provider, clock):
    reach(sue, provider, clock)
    tell(telling.supervisors, incident, clock)
    assert became() == set()

    signed_in(sue)
    tell(telling.supervisors, incident, clock)
    clock.advance(0)
    assert became() == {(sue.id, "sent", "")}


def test_who_logs_out_everywhere_meanwhile_is_not_paged(incident, sue, signed_in, provider, clock):
    reach(sue, provider, clock)
    desk, phone = signed_in(sue), signed_in(sue)
    desk.post("/accounts/log-out/")
    tell(telling.supervisors, incident, clock)
    assert Message.objects.count() == 1  # still logged in on the phone
    phone.post("/accounts/log-out/")
    clock.advance(0)
    assert became() == {(sue.id, "moot", "logged-out")}
    assert provider.heard == []


def test_a_log_in_ends_by_itself_after_a_shift(incident, dan, provider, clock):
    """By the page of the log-in, as a person does; and a session that nobody ended is over after twelve hours."""
    reach(dan, provider, clock)
    Client().post("/accounts/log-in/", {"username": "dan", "password": PASSWORD})
    clock.advance(12 * 60 * 60 - 1)
    tell(telling.dispatchers, incident, clock)
    assert Message.objects.count() == 1
    Message.objects.all().delete()
    clock.advance(1)
    tell(telling.dispatchers, incident, clock)
    assert Message.objects.count() == 0


def test_who_was_struck_off_is_not_paged(incident, sue, signed_in, provider, clock):
    reach(sue, provider, clock)
    signed_in(sue)
    tell(telling.supervisors, incident, clock)
    sue.is_active = False
    sue.save()
    clock.advance(0)
    assert became() == {(sue.id, "moot", "inactive")}


def test_the_on_call_phone_rings_for_whoever_holds_it_and_its_lack_shows(incident, program, provider, clock):
    tell(telling.on_call, incident, clock)
    clock.advance(0)
    assert became() == {(program.id, "failed", "no-contact")}
    reach(program, provider, clock)
    tell(telling.on_call, incident, clock, occasion=1)
    clock.advance(0)
    assert (program.id, "sent", "") in became()


def test_of_an_incident_in_no_program_every_on_call_phone_rings(incident, program, provider, clock):
    reach(program, provider, clock)
    incident.program = None
    tell(telling.on_call, incident, clock)
    clock.advance(0)
    assert became() == {(program.id, "sent", "")}


def test_of_an_exercise_nobody_is_told_even_if_it_became_one_meanwhile(incident, program, provider, clock):
    reach(program, provider, clock)
    tell(telling.on_call, incident, clock)
    incidents.Incident.objects.filter(pk=incident.pk).update(exercise=True)
    clock.advance(0)
    assert became() == {(program.id, "moot", "exercise")}
    assert provider.heard == []


def test_a_page_says_nothing_about_the_person_it_is_for(take, dan, rosa, psr1, provider, clock):
    _, incident = take(
        narrative="Ada Byron cries by the fountain", subject_name="Ada Byron", caller_phone="503-555-0100"
    )
    reach(rosa, provider, clock)
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(0)
    [(_, _, body)] = provider.heard
    told = body.decode()
    for word in ("Ada", "Byron", "cries", "fountain", "503", "Courthouse", "community"):
        assert word not in told
    assert f"PSR1: offer of incident {incident.number}, priority {incident.priority}" in told


def test_an_offer_that_reaches_no_phone_of_the_crew_is_shown_at_once(
    incident, dan, rosa, psr1, signed_in, provider, clock
):
    reach(rosa, provider, clock)
    provider.answers += [401]
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(0)
    offered.refresh_from_db()
    assert (offered.status, offered.unreached_at) == ("offered", clock.now)
    desk = signed_in(dan)
    console = desk.get("/").content.decode()
    assert "A team was asked, and its phone was not reached" in console
    assert "PSR1’s phone was not reached" in console
    page = desk.get(f"/incidents/{incident.number}/").content.decode()
    assert "Their phone was not reached: radio them." in page
    assert "No phone of PSR1 could be reached: radio them" in page
    clock.advance(90)
    assert "phone was not reached" not in desk.get("/").content.decode()


def test_one_phone_of_a_crew_is_enough(incident, dan, rosa, omar, psr1, provider, clock):
    from responders.models import Shift
    from tests.conftest import make_unit

    Shift.objects.all().delete()
    Assignment.objects.all().delete()
    unit = make_unit(psr1.program, "PSR9", (45.52, -122.67), [rosa, omar], clock)
    reach(rosa, provider, clock)
    with Provider() as other:
        reach(omar, other, clock)
        provider.answers += [401]
        offered = assignments.offer(incident=incident, unit=unit, by=dan, at=clock.now)
        clock.advance(0)
    offered.refresh_from_db()
    assert offered.unreached_at is None
    assert sorted(Message.objects.values_list("status", flat=True)) == ["failed", "sent"]


def test_of_a_crew_without_phones_nothing_is_said_to_have_failed(incident, dan, rosa, psr1, clock):
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(0)
    offered.refresh_from_db()
    assert (Message.objects.count(), Contact.objects.count(), offered.unreached_at) == (0, 0, None)
