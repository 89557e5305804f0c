"""Duress: one press, a receipt, and no console that can miss it until a person has cleared it."""

import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.roles import Role
from calls.models import Call
from dispatch import assignments, duress, ending, handoffs, limits
from dispatch.models import Duress, Handoff, Incident
from dispatch.queries import board, plan_of
from dispatch.states import IncidentStatus
from due.models import Message, Timer
from due.queries import next_due
from due.sweep import find
from journal.models import Entry
from journal.refusals import Invalid, Refused
from journal.screens import SCREENS

JSON = {"Accept": "application/json"}


@pytest.fixture
def team(take, dan, rosa, psr1, clock):
    _, incident = take()
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    return assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)


def page(browser, path="/"):
    return browser.get(path).content.decode()


def banner(clock, role=Role.DISPATCHER):
    return SCREENS["duress"].render(role, clock.now)["duress"]


def test_duress_with_receipt_is_acknowledged_and_cleared(team, dan, sue, rosa, tess, signed_in, clock):
    rosas, dans = signed_in(rosa), signed_in(dan)
    key = str(uuid4())
    clock.advance(60)
    answer = rosas.post("/field/duress/", {"key": key, "pressed": "7"}, headers=JSON)
    assert answer.status_code == 201
    pressed = Duress.objects.get()
    assert answer.json() == {"receipt": str(pressed.id)[:8].upper(), "at": "12:01:00 PST", "id": str(pressed.id)}
    assert (clock.now - pressed.pressed_at).total_seconds() == 7
    again = rosas.post("/field/duress/", {"key": key, "pressed": "9"}, headers=JSON)
    assert again.json() == answer.json()
    assert Duress.objects.count() == 1

    assert pressed.incident == team.incident
    assert (pressed.latitude, pressed.position_at) == (45.52, pressed.unit.position_at)
    police = Handoff.objects.get()
    assert (police.to, police.status, pressed.handoff) == ("police", "proposed", police)
    assert next_due([police.id])[police.id] == clock.now + plan_of(police.incident.program).watch.answer(1)

    for who in (dan, tess, sue):
        shown = page(signed_in(who))
        assert "DURESS: PSR1" in shown
        assert "Last known position 45.52000, -122.67800" in shown
        assert "Nobody has it yet." in shown
        assert ("I have it" in shown) is (who is not tess)
    assert board()[0].safety == (("PSR1", "duress"),)
    assert "Nobody has said yet that they have it." in page(rosas, "/field/")
    clock.advance(60)
    clock.advance(60)
    assert Entry.objects.filter(kind="duress.unanswered").count() == 2, "each minute until somebody has it"

    with pytest.raises(Refused, match="Say first that you have it"):
        duress.clear(duress=pressed, reason="She waves", by=dan, at=clock.now)
    assert dans.post(f"/duress/{pressed.id}/acknowledge/").status_code == 302
    assert board()[0].safety == (("PSR1", "held"),)
    assert "<strong>Dan</strong> has it" in page(dans)
    assert "<strong>Dan has it</strong>" in page(rosas, "/field/")
    duress.acknowledge(duress=pressed, by=sue, at=clock.now)
    pressed.refresh_from_db()
    assert pressed.acknowledged_by_name == "Dan", "whoever was first counts"
    clock.advance(300)
    assert Entry.objects.filter(kind="duress.unanswered").count() == 2
    clock.advance(300)
    assert Entry.objects.filter(kind="duress.stands").count() == 1

    assert dans.post(f"/duress/{pressed.id}/clear/", {"reason": " "}).status_code == 422
    assert dans.post(f"/duress/{pressed.id}/clear/", {"reason": "Spoke with both on the phone"}).status_code == 302
    assert "DURESS: PSR1" not in page(dans)
    assert "DURESS is on" not in page(rosas, "/field/")
    assert not Timer.objects.filter(kind=limits.DURESS, done_at=None, cancelled_at=None).exists()
    shown = page(dans, f"/incidents/{team.incident.number}/")
    for line in ("PSR1 pressed DURESS", "The duress of PSR1 was taken up", "The duress of PSR1 was cleared"):
        assert line in shown
    assert "Spoke with both on the phone" in shown
    with pytest.raises(Refused, match="Dan has cleared this duress already"):
        duress.clear(duress=pressed, reason="Twice", by=sue, at=clock.now)


def test_duress_without_an_incident_opens_one(program, psr1, rosa, dan, signed_in, clock):
    assert signed_in(rosa).post("/field/duress/", {"key": str(uuid4())}, headers=JSON).status_code == 201
    pressed = Duress.objects.get()
    call = Call.objects.get()
    assert (call.source, call.facts["channel"], call.latitude) == ("duress", "responder_request", 45.52)
    assert pressed.incident == Incident.objects.get()
    assert pressed.handoff == Handoff.objects.get(to="police", status="proposed")
    assert "DURESS: PSR1" in page(signed_in(dan))
    assert board()[0].safety == (("PSR1", "duress"),)


def test_it_is_taken_from_whoever_presses(program, olga, clock):
    pressed = duress.press(key=uuid4(), unit=None, by=olga, at=clock.now)
    assert pressed.unit is None
    assert pressed.incident is not None
    assert "DURESS: Olga" in banner(clock)


def test_a_press_that_cannot_be_made_ready_is_stored_and_made_ready_later(team, rosa, monkeypatch, clock):
    def broken(**told: object) -> None:
        raise RuntimeError("no hand-off today")

    with monkeypatch.context() as broke:
        broke.setattr(handoffs, "propose", broken)
        pressed = duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
        assert pressed.handoff is None
        clock.advance(5)
        assert Entry.objects.filter(kind="duress.unanswered").count() == 1, "the consoles say it all the same"
    assert "DURESS: PSR1" in banner(clock)
    clock.advance(60)
    pressed.refresh_from_db()
    assert (pressed.incident, pressed.handoff) == (team.incident, Handoff.objects.get())


def test_it_holds_its_incident_open_until_it_is_cleared(team, rosa, dan, clock):
    pressed = duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    told = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=pressed.handoff, by=dan, at=clock.now, **told)
    assignments.clear(assignment=team, disposition="settled_by_contact", by=rosa, at=clock.now)
    incident = Incident.objects.get()
    assert incident.status == IncidentStatus.PENDING
    with pytest.raises(Refused, match="is in duress: clear that first"):
        ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)
    duress.acknowledge(duress=pressed, by=dan, at=clock.now)
    duress.clear(duress=pressed, reason="Both are at the station", by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.CLOSED


def test_police_who_have_the_incident_already_are_not_asked_twice(team, rosa, dan, clock):
    police = handoffs.propose(incident=team.incident, to="police", by=dan, at=clock.now)
    told = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=police, by=dan, at=clock.now, **told)
    pressed = duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    assert pressed.handoff == police
    assert "Police have this incident (26-1): tell them of the duress." in banner(clock)


def test_those_at_work_are_told_outside_their_pages_until_somebody_has_it(team, rosa, dan, sue, signed_in, clock):
    for person in (dan, sue):
        person.email = f"{person.username}@example.org"
        person.save()
        signed_in(person)
    pressed = duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    clock.advance(60)
    of_it = Message.objects.filter(kind=duress.NOTICE)
    told = {person.id: 2 for person in (dan, sue)} | {team.unit.program_id: 2}  # with the on-call phone
    assert Counter(of_it.values_list("recipient_id", flat=True)) == told, "once for each time that it is told"
    assert {each.deadline - each.put_at for each in of_it} == {timedelta(minutes=10)}
    duress.acknowledge(duress=pressed, by=dan, at=clock.now)
    clock.advance(700)
    assert Counter(of_it.values_list("recipient_id", flat=True)) == told


def test_the_on_call_phone_rings_where_nobody_is_logged_in(team, rosa, clock):
    duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    assert Message.objects.get(kind=duress.NOTICE).recipient_id == team.unit.program_id


@pytest.mark.parametrize("path", ["/calls/new/", "/me/", "/policies/", "/nowhere/"])
def test_no_page_of_those_who_may_be_at_a_console_hides_it(team, rosa, dan, sue, tess, ana, signed_in, clock, path):
    duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    for who in (dan, sue, tess):
        shown = page(signed_in(who), path)
        assert shown.count('id="duress"') == 1
        assert shown.count("DURESS: PSR1") == 1
        assert 'data-live="/live/duress/"' in shown
        assert ("I have it" in shown) is (who is not tess)
    if path == "/policies/":
        assert "DURESS" not in page(signed_in(ana), path)


def test_a_console_has_one_banner(team, rosa, dan, signed_in, clock):
    duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    for path in ("/", f"/incidents/{team.incident.number}/"):
        shown = page(signed_in(dan), path)
        assert shown.count('id="duress"') == 1
        assert "/live/duress/" not in shown


def test_a_lost_timer_is_found(team, rosa, clock):
    duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    Timer.objects.filter(kind=limits.DURESS).delete()
    assert find(at=clock.now) == 1
    clock.advance(0)
    assert Entry.objects.filter(kind="duress.unanswered").count() == 1


def test_only_those_who_dispatch_take_it_up_and_no_responder_reads_others(team, rosa, tess, omar, signed_in, clock):
    pressed = duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    for who in (tess, rosa):
        assert signed_in(who).post(f"/duress/{pressed.id}/acknowledge/").status_code == 403
        assert signed_in(who).post(f"/duress/{pressed.id}/clear/", {"reason": "No"}).status_code == 403
    assert "DURESS is on" not in page(signed_in(omar), "/field/")
    with pytest.raises(Invalid, match="How do you know"):
        duress.clear(duress=pressed, reason="", by=tess, at=clock.now)


def test_a_press_that_cannot_be_read_is_taken_all_the_same(team, rosa, signed_in):
    assert signed_in(rosa).post("/field/duress/", {"key": "x", "pressed": "-1"}).status_code == 302
    assert Duress.objects.count() == 1


def test_postgres_refuses_an_end_without_a_person_or_a_reason(team, rosa, dan, clock):
    pressed = duress.press(key=uuid4(), unit=team.unit, by=rosa, at=clock.now)
    cleared = {"cleared_at": clock.now, "cleared_by_id": dan.id, "cleared_by_name": "Dan", "reason": "Safe"}
    rows = Duress.objects.filter(pk=pressed.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**cleared)  # nobody has taken it up
    duress.acknowledge(duress=pressed, by=dan, at=clock.now)
    for missing in ({"reason": ""}, {"cleared_by_id": None}, {"cleared_by_name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{**cleared, **missing})
    assert rows.update(**cleared) == 1


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_sends_it_five_times_at_once_makes_one(team, rosa, clock):
    key, seen, gate = uuid4(), [], threading.Barrier(5)

    def press() -> None:
        gate.wait()
        try:
            seen.append(duress.press(key=key, unit=team.unit, by=rosa, at=clock.now).id)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 5
    assert set(seen) == {Duress.objects.get().id}
    assert Handoff.objects.filter(to="police").count() == 1
