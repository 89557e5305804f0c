"""Incidents are merged and taken apart again, reopened, cancelled, linked, and their stamps corrected."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from dispatch import (
    assignments,
    correcting,
    crosslinks,
    ending,
    escalation,
    handoffs,
    incidents,
    limits,
    merging,
    overriding,
    queries,
    taking,
)
from dispatch.models import Correction, CrossLink, Incident, IncidentCall
from due.models import Timer
from due.queries import next_due
from due.registry import Firing
from journal.models import Entry
from journal.refusals import Invalid, Refused
from tests.conftest import CALM, TESTS
from tests.dispatch import replaying

KNIFE = {**CALM, "weapon": "seen"}


@pytest.fixture
def two(take):
    """Two calls, two incidents."""
    (first, one), (second, other) = take(), take()
    return first, one, second, other


def calls_of(incident):
    return set(incident.links.values_list("call_id", flat=True))


def test_a_merge_moves_the_calls_and_decides_over_all_of_them(take, dan, clock):
    (first, calm), (second, armed) = take(), take(KNIFE)
    clock.advance(10)
    calm = merging.merge(incident=armed, into=calm, by=dan, at=clock.now)
    armed.refresh_from_db()
    assert calls_of(calm) == {first.id, second.id}
    assert (armed.status, armed.merged_into, armed.merged_at) == ("merged", calm, clock.now)
    assert calm.outcome == "police", "the second caller saw a knife"
    assert [(each.to, each.status) for each in calm.handoffs.all()] == [("police", "proposed")]
    assert [(each.to, each.status) for each in armed.handoffs.all()] == [("police", "withdrawn")]
    assert not next_due([armed.id, *armed.handoffs.values_list("id", flat=True)])
    assert next_due([calm.id])
    replaying.check()


def test_a_merge_taken_back_restores_exactly_its_calls_its_decision_and_whom_it_waits_for(take, dan, tess, clock):
    (first, calm), (second, armed) = take(), take(KNIFE)
    merging.merge(incident=armed, into=calm, by=dan, at=clock.now)
    third, _ = take(external_id="", narrative="It is me again.")
    IncidentCall.objects.filter(call=third).update(incident=calm, home=calm)
    clock.advance(10)
    armed = merging.unmerge(incident=armed, by=dan, at=clock.now)
    calm.refresh_from_db()
    assert (armed.status, armed.outcome, armed.merged_into) == ("pending", "police", None)
    assert (calls_of(armed), calls_of(calm)) == ({second.id}, {first.id, third.id})
    assert sorted(each.status for each in armed.handoffs.all()) == ["proposed", "withdrawn"]
    assert calm.outcome == "community"
    watch = Timer.objects.get(kind=limits.WATCH, subject_id=armed.id, done_at=None, cancelled_at=None)
    assert watch.set_at == clock.now


def test_merges_are_taken_back_in_their_order(take, dan, clock):
    (a, one), (b, other), (c, third) = take(), take(), take()
    merging.merge(incident=one, into=other, by=dan, at=clock.now)
    merging.merge(incident=other, into=third, by=dan, at=clock.now)
    assert calls_of(third) == {a.id, b.id, c.id}
    with pytest.raises(Refused, match=f"Incident {other.number} was itself merged later"):
        merging.unmerge(incident=one, by=dan, at=clock.now)
    merging.unmerge(incident=other, by=dan, at=clock.now)
    assert calls_of(other) == {a.id, b.id}
    merging.unmerge(incident=one, by=dan, at=clock.now)
    assert (calls_of(one), calls_of(other), calls_of(third)) == ({a.id}, {b.id}, {c.id})
    replaying.check()


def test_what_one_said_is_heard_after_the_merge_is_taken_back(take, dan, tess, clock):
    (_, one), (second, other) = take(), take()
    merging.merge(incident=other, into=one, by=dan, at=clock.now)
    taking.amend(call=second, answers={"weapon": "seen"}, by=tess, at=clock.now)
    one.refresh_from_db()
    assert one.outcome == "police"
    other = merging.unmerge(incident=other, by=dan, at=clock.now)
    one.refresh_from_db()
    assert (one.outcome, other.outcome) == ("community", "police")


def test_an_incident_that_a_team_was_asked_for_is_the_one_that_stays(two, dan, rosa, psr1, clock):
    _, one, _, other = two
    visit = assignments.offer(incident=other, unit=psr1, by=dan, at=clock.now)
    told = f"PSR1 has been asked for incident {other.number}. Merge {one.number} into it instead"
    with pytest.raises(Refused, match=told):
        merging.merge(incident=other, into=one, by=dan, at=clock.now)
    assignments.accept(assignment=visit, by=rosa, at=clock.now)
    assignments.withdraw(assignment=visit, words="Needed elsewhere", by=dan, at=clock.now)
    with pytest.raises(Refused, match=told):
        merging.merge(incident=other, into=one, by=dan, at=clock.now)
    merging.merge(incident=one, into=other, by=dan, at=clock.now)


def test_an_incident_that_another_agency_has_is_the_one_that_stays(take, dan, clock):
    (_, one), (_, other) = take(), take(KNIFE)
    [handoff] = other.handoffs.all()
    told = {"acknowledged_by": "Sgt. Lee", "reference": "7", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=handoff, by=dan, at=clock.now, **told)
    with pytest.raises(Refused, match="Police know of incident"):
        merging.merge(incident=other, into=one, by=dan, at=clock.now)


def test_what_a_person_decided_is_not_merged_away(two, dan, clock):
    _, one, _, other = two
    told = {"outcome": "police", "reason": "danger_not_captured", "words": "Shots here"}
    overriding.override(incident=other, by=dan, at=clock.now, **told)
    with pytest.raises(Refused, match="A person has decided about incident"):
        merging.merge(incident=other, into=one, by=dan, at=clock.now)


def test_what_is_not_merged(two, take, agency, policy, dan, clock):
    _, one, _, other = two
    with pytest.raises(Refused, match="cannot be merged into itself"):
        merging.merge(incident=one, into=one, by=dan, at=clock.now)
    ending.cancel(incident=other, reason="mistake", by=dan, at=clock.now)
    for here, there in ((one, other), (other, one)):
        with pytest.raises(Refused, match=f"Incident {other.number} is cancelled; only open incidents are merged"):
            merging.merge(incident=here, into=there, by=dan, at=clock.now)
    with pytest.raises(Refused, match="is not merged into another"):
        merging.unmerge(incident=other, by=dan, at=clock.now)
    _, third = take()
    merging.merge(incident=third, into=one, by=dan, at=clock.now)
    call, _ = take()
    third.refresh_from_db()
    with pytest.raises(Refused, match=f"was merged: add the call to {one.number}"):
        incidents.join(call=call, incident=third, by=dan, at=clock.now)


@pytest.mark.parametrize("change", [{"merged_into": None}, {"merged_at": None}, {"status": "pending"}])
def test_postgres_refuses_half_a_merge(two, dan, clock, change):
    _, one, _, other = two
    merging.merge(incident=other, into=one, by=dan, at=clock.now)
    with pytest.raises(IntegrityError, match="incident_merges_into_another"), transaction.atomic():
        Incident.objects.filter(pk=other.pk).update(**change)


def test_a_call_of_several_gets_an_incident_of_its_own(take, dan, psr1, clock):
    (first, incident), (second, other) = take(), take(KNIFE)
    visit = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    merging.merge(incident=other, into=incident, by=dan, at=clock.now)
    clock.advance(10)
    new = merging.split(call=second, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert (calls_of(incident), calls_of(new)) == ({first.id}, {second.id})
    assert (incident.outcome, new.outcome, new.status) == ("community", "police", "pending")
    assert new.number not in (incident.number, other.number)
    assert [each.id for each in incident.assignments.all()] == [visit.id], "the team stays where it was sent"
    assert next_due([new.id])
    with pytest.raises(Refused, match="the only call of its incident"):
        merging.split(call=second, by=dan, at=clock.now)
    with pytest.raises(Refused, match="have all been split off"):
        merging.unmerge(incident=other, by=dan, at=clock.now)
    replaying.check()


def test_reopened_it_waits_again_and_tells_how_it_had_ended(incident, dan, clock):
    ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)
    clock.advance(600)
    with pytest.raises(Invalid, match="Why is it not over"):
        ending.reopen(incident=incident, reason=" ", by=dan, at=clock.now)
    incident = ending.reopen(incident=incident, reason="He is back", by=dan, at=clock.now)
    assert (incident.status, incident.disposition, incident.closed_at) == ("pending", "", None)
    assert incident.reopened_at == clock.now
    assert incident.remarks.get().words == "He is back"
    told = Entry.objects.get(kind="incident.reopened").payload
    assert (told["disposition"], told["reason"]) == ("settled_by_phone", None)
    with pytest.raises(Refused, match="is open"):
        ending.reopen(incident=incident, reason="He is back", by=dan, at=clock.now)
    clock.advance(3600)
    incident.refresh_from_db()
    assert (incident.status, incident.overdue_at is None) == ("pending", False), "watched anew, and surfaced"


def test_an_old_timer_does_nothing_to_what_was_reopened(incident, dan, clock):
    old = Timer.objects.get(kind=limits.WATCH, subject_id=incident.id)
    ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)
    ending.reopen(incident=incident, reason="He is back", by=dan, at=clock.now)
    clock.advance(1)
    before = Entry.objects.count()
    # A worker had claimed it before the incident was closed, and comes only now.
    with transaction.atomic():
        late = Firing(kind=old.kind, subject_id=incident.id, due_at=old.due_at, at=clock.now, token=old.token)
        assert escalation.watch(late) is False
    incident.refresh_from_db()
    assert (incident.status, incident.overdue_at, Entry.objects.count()) == ("pending", None, before)
    pending = Timer.objects.get(kind=limits.WATCH, subject_id=incident.id, done_at=None, cancelled_at=None)
    assert pending.token > old.token


def test_a_hand_off_that_comes_back_late_is_taken_by_reopening(take, dan, clock):
    _, incident = take(KNIFE)
    [handoff] = incident.handoffs.all()
    told = {"acknowledged_by": "Sgt. Lee", "reference": "7", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=handoff, by=dan, at=clock.now, **told)
    ending.close(incident=incident, disposition="handed_to_other", by=dan, at=clock.now)
    incident = ending.reopen(incident=incident, reason="They sent nobody", by=dan, at=clock.now)
    assert incident.status == "handed_off", "it is theirs until they return it"
    handoffs.give_back(handoff=handoff, reason="No unit", by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == "pending"


def test_a_cancellation_has_a_reason(incident, dan, clock):
    with pytest.raises(Invalid, match="reason: Must be one of: caller"):
        ending.cancel(incident=incident, reason="", by=dan, at=clock.now)
    with pytest.raises(Invalid, match="words: Which reason"):
        ending.cancel(incident=incident, reason="other", by=dan, at=clock.now)
    ending.cancel(incident=incident, reason="other", words="A film is shot there", by=dan, at=clock.now)
    remark = incident.remarks.get()
    assert remark.words == "A film is shot there"
    assert Entry.objects.get(kind="incident.cancelled").payload == {"reason": "other", "remark": str(remark.id)}
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        incident.remarks.update(words="x")
    reopened = ending.reopen(incident=incident, reason="It was no film", by=dan, at=clock.now)
    assert (reopened.cancel_reason, reopened.cancelled_at) == ("", None)


def test_linked_incidents_show_each_other(two, dan, sue, clock):
    _, one, _, other = two
    with pytest.raises(Invalid, match="What have they to do with each other"):
        crosslinks.link(incident=one, other=other, words="", by=dan, at=clock.now)
    made = crosslinks.link(incident=one, other=other, words="Brothers", by=dan, at=clock.now)
    for here, there in ((one, other), (other, one)):
        [seen] = queries.linked(here)
        assert (seen.far, seen.link.words) == (there, "Brothers")
    with pytest.raises(Refused, match="are linked already"):
        crosslinks.link(incident=other, other=one, words="Neighbours", by=dan, at=clock.now)
    crosslinks.unlink(link=made, by=sue, at=clock.now)
    assert queries.linked(one) == []
    with pytest.raises(Refused, match="Sue has taken this link away already"):
        crosslinks.unlink(link=made, by=dan, at=clock.now)
    crosslinks.link(incident=other, other=one, words="Neighbours", by=dan, at=clock.now)
    assert CrossLink.objects.count() == 2


@pytest.fixture
def visit(incident, dan, rosa, psr1, clock):
    """Accepted after 60 s, en route after 120 s, on scene after 600 s."""
    clock.advance(10)
    made = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(50)
    assignments.accept(assignment=made, by=rosa, at=clock.now)
    for seconds, status in ((60, "en_route"), (480, "on_scene")):
        clock.advance(seconds)
        assignments.move(assignment=made, status=status, by=rosa, at=clock.now)
    made.refresh_from_db()
    return made


def test_a_corrected_stamp_counts_and_the_original_stays_readable(incident, visit, dan, clock):
    was, right = visit.on_scene_at, visit.on_scene_at - timedelta(seconds=90)
    told = {"incident": incident, "of": visit, "stamp": "on_scene", "reason": "Pressed inside the house"}
    first = correcting.correct(to=right, by=dan, at=clock.now, **told)
    second = correcting.correct(to=right - timedelta(seconds=30), by=dan, at=clock.now, **told)
    visit.refresh_from_db()
    assert visit.on_scene_at == right - timedelta(seconds=30)
    assert (first.before, first.after, second.before) == (was, right, right)
    assert [each.original for each in queries.stamps(incident) if each.corrections] == [was]
    told = Entry.objects.filter(kind="assignment.corrected").earliest("id").payload
    assert (told["stamp"], told["before"], told["after"]) == ("on_scene", was.isoformat(), right.isoformat())
    [shown] = queries.stamped(Incident.objects.filter(pk=incident.pk))
    assert shown.on_scene_at == visit.on_scene_at, "every reader has what is right"


@pytest.mark.parametrize(
    ("stamp", "seconds", "refusal"),
    [
        ("on_scene", -500, "Lies before en route, 12:02:00 PST: correct that first"),
        ("accepted", 3600, "Lies in the future"),
        ("accepted", 61, "Lies after en route"),
        ("accepted", -51, "Lies before offered"),
        ("offered", -11, "Lies before the call"),
        ("cleared", 0, "There is no moment yet at which it was cleared"),
        ("received", 0, "Must be one of: offered"),
    ],
)
def test_stamps_keep_their_order(incident, visit, dan, clock, stamp, seconds, refusal):
    to = (getattr(visit, f"{stamp}_at", None) or clock.now) + timedelta(seconds=seconds)
    told = {"incident": incident, "of": visit, "stamp": stamp, "to": to, "reason": "Wrong clock"}
    with pytest.raises(Invalid, match=refusal):
        correcting.correct(by=dan, at=clock.now, **told)
    assert not Correction.objects.exists()


def test_the_call_may_not_come_after_the_team_was_asked(incident, visit, dan, clock):
    told = {"stamp": "received", "reason": "Typed wrong", "by": dan, "at": clock.now}
    later = incident.received_at + timedelta(seconds=11)
    Incident.objects.filter(pk=incident.pk).update(answered_at=None)
    with pytest.raises(Invalid, match="Lies after triaged"):
        correcting.correct(incident=incident, to=later, **told)
    earlier = incident.received_at - timedelta(seconds=11)
    correcting.correct(incident=incident, to=earlier, **told)
    incident.refresh_from_db()
    assert incident.received_at == earlier


def test_postgres_changes_no_stamp_without_a_correction_and_no_correction_ever(incident, visit, dan, clock):
    with (
        pytest.raises(IntegrityError, match="the stamp on_scene is changed by a correction alone"),
        transaction.atomic(),
    ):
        type(visit).objects.filter(pk=visit.pk).update(on_scene_at=clock.now + timedelta(seconds=1))
    with pytest.raises(IntegrityError, match="the stamp received is changed"), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(received_at=clock.now + timedelta(seconds=1))
    told = {"incident": incident, "of": visit, "stamp": "on_scene", "reason": "Pressed late"}
    made = correcting.correct(to=visit.on_scene_at - timedelta(seconds=9), by=dan, at=clock.now, **told)
    for change in (lambda: Correction.objects.filter(pk=made.pk).update(reason="x"), made.delete):
        with pytest.raises(IntegrityError, match="rows of dispatch_correction are never changed"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_two_merge_crosswise_in_one_instant(take, clock):
    (_, one), (_, other) = take(), take()
    ready, results = threading.Barrier(2, timeout=20), []

    def merge(here, there):
        try:
            ready.wait()
            merging.merge(incident=here, into=there, by=TESTS, at=clock.now)
            results.append("merged")
        except Refused as refused:
            results.append(str(refused))
        finally:
            connection.close()

    threads = [threading.Thread(target=merge, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    [lost] = [each for each in results if each != "merged"]
    assert len(results) == 2
    assert "is merged; only open incidents are merged" in lost
    [left] = Incident.objects.exclude(status="merged")
    assert left.links.count() == 2
    replaying.check()


def test_the_first_call_counts_for_as_long_as_two_are_merged(take, dan, signed_in, api, clock):
    _, early = take()
    clock.advance(30)
    _, late = take()
    clock.advance(30)
    _, last = take()
    own, page, url = late.received_at, f"/incidents/{late.number}/", f"/api/v1/incidents/{late.id}/"
    machine = api("incidents:read")

    def shown():
        [row] = [row for row in queries.board() if row.id == late.id]
        [whole] = queries.detailed(Incident.objects.filter(pk=late.pk))
        listed = {each["id"]: each for each in machine.get("/api/v1/incidents/").json()["results"]}
        told = machine.get(url).json()["received_at"]
        assert told == listed[str(late.id)]["received_at"]
        assert row.received_at == whole.first_received_at
        assert told == f"{row.received_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        return row.received_at

    assert shown() == own
    merging.merge(incident=last, into=late, by=dan, at=clock.now)
    assert shown() == own, "what came later changes nothing"
    merging.merge(incident=early, into=late, by=dan, at=clock.now)
    assert shown() == early.received_at
    assert "First call received" in signed_in(dan).get(page).content.decode()
    late.refresh_from_db()
    assert late.received_at == own, "its own stamp stands"
    merging.unmerge(incident=early, by=dan, at=clock.now)
    assert shown() == own
    assert "First call received" not in signed_in(dan).get(page).content.decode()


def test_the_board_sorts_by_the_first_call(take, dan, clock):
    _, first = take()
    clock.advance(30)
    _, second = take()
    clock.advance(30)
    _, third = take()
    merging.merge(incident=first, into=third, by=dan, at=clock.now)
    assert [row.number for row in queries.board()] == [third.number, second.number]


@pytest.fixture
def told(take, dan, clock):
    """Police are asked at noon, told a minute later, and have it after another."""
    _, incident = take(KNIFE)
    handoff = incident.handoffs.get()
    clock.advance(60)
    handoffs.tell(handoff=handoff, by=dan, at=clock.now)
    clock.advance(60)
    said = {"acknowledged_by": "Sgt. Hale", "reference": "26-1", "acknowledged_at": clock.now}
    return handoffs.acknowledge(handoff=handoff, **said, by=dan, at=clock.now)


def test_a_stamp_of_a_hand_off_is_corrected_and_the_original_stays_readable(told, dan, signed_in, clock):
    was, right = told.acknowledged_at, told.acknowledged_at - timedelta(seconds=45)
    page = f"/incidents/{told.incident.number}/"
    key = f"acknowledged {told.id}"
    answer = signed_in(dan).post(
        f"{page}correct/", {"stamp": key, "to": "12:01:15", "reason": "Typed after the call"}, follow=True
    )
    assert "Police acknowledged: corrected to 12:01:15." in answer.content.decode()
    told.refresh_from_db()
    assert told.acknowledged_at == right
    made = Correction.objects.get()
    assert (made.handoff, made.assignment, made.before, made.after) == (told, None, was, right)
    [stamp] = [each for each in queries.stamps(told.incident) if each.corrections]
    assert (stamp.of, stamp.original) == (told, was)
    shown = signed_in(dan).get(page).content.decode()
    assert "Police acknowledged: corrected to 12:01:15, was 12:02:00" in shown, "in the timeline"
    entry = Entry.objects.get(kind="handoff.corrected")
    assert "Typed after the call" not in str(entry.payload)
    replaying.check()


@pytest.mark.parametrize(
    ("stamp", "seconds", "refusal"),
    [
        ("proposed", 61, "Lies after sent, 12:01:00 PST: correct that first"),
        ("proposed", -1, "Lies before the call"),
        ("sent", -61, "Lies before proposed"),
        ("acknowledged", 1, "Lies in the future"),
        ("refused", 0, "There is no moment yet at which it was refused"),
        ("on_scene", 0, "Must be one of: proposed"),
    ],
)
def test_stamps_of_hand_offs_keep_their_order(told, dan, clock, stamp, seconds, refusal):
    to = (getattr(told, f"{stamp}_at", None) or clock.now) + timedelta(seconds=seconds)
    with pytest.raises(Invalid, match=refusal):
        correcting.correct(
            incident=told.incident, of=told, stamp=stamp, to=to, reason="Wrong clock", by=dan, at=clock.now
        )


def test_an_incident_may_not_end_before_another_agency_has_spoken(incident, dan, clock):
    handoff = handoffs.propose(incident=incident, to="ems", by=dan, at=clock.now)
    clock.advance(60)
    handoffs.refuse(handoff=handoff, reason="Nobody is hurt", by=dan, at=clock.now)
    ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)
    early = clock.now - timedelta(seconds=1)
    with pytest.raises(Invalid, match="Lies before hand-off to ambulance refused, 12:01:00 PST"):
        correcting.correct(incident=incident, stamp="closed", to=early, reason="Late", by=dan, at=clock.now)


def test_postgres_keeps_the_stamps_of_hand_offs_but_they_may_be_told_again(take, dan, clock):
    handoff = take(KNIFE)[1].handoffs.get()
    for _ in range(2):
        clock.advance(60)
        handoffs.tell(handoff=handoff, by=dan, at=clock.now)
    handoff.refresh_from_db()
    assert handoff.sent_at == clock.now
    with pytest.raises(IntegrityError, match="the stamp proposed is changed by a correction"), transaction.atomic():
        type(handoff).objects.filter(pk=handoff.pk).update(proposed_at=clock.now)
