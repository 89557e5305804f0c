"""An unarmed pair is heard from, or somebody looks for it: check-ins, backup. Nobody is sent by a clock."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from calls.models import Call
from dispatch import assignments, planned, safety, taking
from dispatch.models import Assignment, Backup, CheckIn, Handoff
from dispatch.plans import Plan, PolicyError
from dispatch.queries import board
from dispatch.states import ENGAGED, AssignmentStatus
from dispatch.views.panes import queue
from due.models import Message, Timer
from due.queries import next_due
from due.sweep import find
from journal.models import Entry
from journal.refusals import Invalid, Refused
from tests.conftest import CALM

EVERY = dict.fromkeys([status.value for status in ENGAGED], 600)
SECTION: dict[str, Any] = {
    "every_seconds": EVERY,
    "risks": [
        {"when": {"weapon": "history"}, "every_seconds": {"on_scene": 120}},
        {"when": {"priority": 1}, "every_seconds": {"en_route": 60}},
        {"when": {"location_class": ["private_residence"], "violence": "verbal"}, "every_seconds": {"on_scene": 90}},
    ],
    "answer_seconds": 60,
    "dispatcher_seconds": 120,
    "repeat_seconds": 300,
}


@pytest.fixture
def on_scene(take, program, dan, sue, rosa, psr1, psr2, clock):
    """PSR1 on scene with ten minutes until it must be heard from; PSR2 is free."""
    planned.adopt(program=program, document={"check_ins": SECTION}, by=sue, at=clock.now)
    _, incident = take()
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    return assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)


def pass_by(clock, *seconds):
    for each in seconds:
        clock.advance(each)


def page(browser, path="/field/"):
    return browser.get(path).content.decode()


def kinds(team):
    return list(Entry.objects.filter(subject_id=team.id).order_by("id").values_list("kind", flat=True))


def test_a_team_silent_on_scene_is_asked_then_the_dispatcher_then_backup_is_proposed(
    on_scene, dan, rosa, signed_in, clock
):
    rosas, dans = signed_in(rosa), signed_in(dan)
    here = f"/incidents/{on_scene.incident.number}/"
    clock.advance(599)
    assert "Are you all right?" not in page(rosas)
    clock.advance(1)
    shown = page(rosas)
    assert "Are you all right?" in shown
    assert "data-alarm" in shown
    assert board()[0].safety == (("PSR1", "asked"),)
    assert queue().overdue == [], "the team itself is asked first"

    clock.advance(60)
    assert board()[0].safety == (("PSR1", "radio"),)
    assert [row.number for row in queue().overdue] == [on_scene.incident.number]
    assert "silent: radio them now" in page(dans, here)
    assert "PSR1 silent, radio them now" in page(dans, "/")
    assert not Backup.objects.exists()

    clock.advance(120)
    backup = Backup.objects.get()
    assert (backup.cause, backup.wants, backup.by_name) == ("silence", "", "Rightcall (clock)")
    assert "does not answer: does backup go?" in page(dans, here)
    assert not Assignment.objects.exclude(pk=on_scene.pk).exists(), "nobody is sent by a clock"
    assert not Handoff.objects.exists()
    clock.advance(60)
    assert "assignment.backup_undecided" in kinds(on_scene)

    assert dans.post(f"/backups/{backup.id}/decide/", {"decision": "team"}).status_code == 302
    assert Assignment.objects.get(unit__callsign="PSR2").status == AssignmentStatus.OFFERED
    backup.refresh_from_db()
    assert (backup.decision, backup.decided_by_name) == ("team", "Dan")
    clock.advance(300)
    assert kinds(on_scene).count("assignment.silent") == 2, "until it is heard from, it is told again"

    assert dans.post(f"/assignments/{on_scene.id}/checked-in/").status_code == 302
    assert board()[0].safety == ()
    assert "PSR1 is all right, by radio" in page(dans, here)
    heard = CheckIn.objects.get(ended_at=None)
    assert (heard.since, heard.due_at) == (clock.now, clock.now + timedelta(seconds=600))


def test_one_touch_answers_and_the_next_is_due(on_scene, rosa, signed_in, clock):
    rosas = signed_in(rosa)
    clock.advance(600)
    assert rosas.post(f"/field/{on_scene.id}/check-in/").status_code == 302
    shown = page(rosas)
    assert "Are you all right?" not in shown
    assert "Dispatch knows that you are all right." in shown
    clock.advance(599)
    assert board()[0].safety == ()
    clock.advance(1)
    assert board()[0].safety == (("PSR1", "asked"),)
    assert kinds(on_scene)[-2:] == ["assignment.checked_in", "assignment.check_in_asked"]


def test_any_report_of_the_team_counts(on_scene, rosa, clock):
    pass_by(clock, 600, 60)
    assert board()[0].safety == (("PSR1", "radio"),)
    assignments.move(assignment=on_scene, status="transporting", by=rosa, at=clock.now)
    assert board()[0].safety == ()
    before, after = (
        CheckIn.objects.filter(assignment=on_scene).order_by("-since")[1],
        CheckIn.objects.get(ended_at=None),
    )
    assert (before.ending, before.by_name) == ("heard", "Rosa")
    assert after.due_at == clock.now + timedelta(seconds=600)


def test_a_team_that_is_heard_from_needs_no_backup_any_more(on_scene, rosa, clock):
    pass_by(clock, 600, 60, 120)
    safety.check_in(assignment=on_scene, by=rosa, at=clock.now)
    assert Backup.objects.get().decision == Backup.Decision.MOOT
    clock.advance(120)
    assert "assignment.backup_undecided" not in kinds(on_scene)
    with pytest.raises(Refused, match="Rosa has decided this already: no longer needed"):
        safety.decide_backup(backup=Backup.objects.get(), decision="police", by=rosa, at=clock.now)


def test_a_team_that_is_done_is_waited_for_no_more(on_scene, rosa, dan, clock):
    safety.ask_backup(assignment=on_scene, wants="team", by=rosa, at=clock.now)
    assignments.clear(assignment=on_scene, disposition="settled_by_contact", by=rosa, at=clock.now)
    assert not CheckIn.objects.filter(ended_at=None).exists()
    assert Backup.objects.get().decision == "moot"
    assert not Timer.objects.filter(done_at=None, cancelled_at=None).exists()
    with pytest.raises(Refused, match="PSR1 is not under way to incident"):
        safety.check_in(assignment=on_scene, by=rosa, at=clock.now)


def test_risk_makes_it_sooner_and_what_is_heard_later_brings_it_forward(on_scene, tess, clock):
    call = Call.objects.get()
    clock.advance(200)
    taking.amend(call=call, answers={"weapon": "history"}, by=tess, at=clock.now)
    check_in = CheckIn.objects.get(ended_at=None)
    assert check_in.due_at == clock.now, "a hundred and twenty seconds are over already"
    clock.advance(0)
    assert board()[0].safety == (("PSR1", "asked"),)


@pytest.mark.parametrize(
    ("status", "priority", "facts", "seconds"),
    [
        ("on_scene", 3, {}, 600),
        ("on_scene", 3, {"weapon": "none"}, 600),
        ("on_scene", 3, {"weapon": "history"}, 120),
        ("on_scene", 3, {"weapon": "access"}, 120),
        ("on_scene", 3, {"weapon": "unknown"}, 120),
        ("staged", 3, {"weapon": "access"}, 600),
        ("en_route", 1, {}, 60),
        ("en_route", None, {}, 600),
        ("on_scene", 3, {"location_class": "private_residence"}, 600),
        ("on_scene", 3, {"location_class": "private_residence", "violence": "verbal"}, 90),
        ("on_scene", 3, {"location_class": "private_residence", "violence": "verbal", "weapon": "used"}, 90),
    ],
)  # fmt: skip
def test_the_shortest_interval_that_applies_counts(status, priority, facts, seconds):
    plan = Plan.take({"check_ins": SECTION}).check_ins
    told = {"priority": priority, "known": facts, "cautioned": False}
    assert plan.interval(AssignmentStatus(status), **told) == timedelta(seconds=seconds)


def test_a_caution_is_a_risk():
    told = {"priority": 3, "known": CALM}
    plan = Plan.take({}).check_ins
    on_scene = AssignmentStatus.ON_SCENE
    assert plan.interval(on_scene, cautioned=True, **told) < plan.interval(on_scene, cautioned=False, **told)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"every_seconds": {"on_scene": 600}}, "check_ins / every_seconds"),
        ({"every_seconds": {**EVERY, "offered": 600}}, "check_ins / every_seconds / offered"),
        ({"every_seconds": {**EVERY, "on_scene": 5}}, "check_ins / every_seconds / on_scene"),
        ({"risks": [{"when": {}, "every_seconds": {"on_scene": 60}}]}, "check_ins / risks[0] / when"),
        (
            {"risks": [{"when": {"weapon": "sharp"}, "every_seconds": {"on_scene": 60}}]},
            "check_ins / risks[0] / when / weapon",
        ),
        (
            {"risks": [{"when": {"location_class": ["moon"]}, "every_seconds": {"on_scene": 60}}]},
            "check_ins / risks[0] / when / location_class[0]",
        ),
        (
            {"risks": [{"when": {"caution": False}, "every_seconds": {"on_scene": 60}}]},
            "check_ins / risks[0] / when / caution",
        ),
        ({"risks": [{"when": {"priority": 2}, "every_seconds": {}}]}, "check_ins / risks[0] / every_seconds"),
        ({"answer_seconds": 0}, "check_ins / answer_seconds"),
    ],
)  # fmt: skip
def test_a_section_that_is_wrong_is_refused_at_its_place(change, place):
    with pytest.raises(PolicyError) as wrong:
        Plan.take({"check_ins": {**SECTION, **change}})
    assert wrong.value.place == place


def test_a_wish_for_backup_is_shown_to_the_dispatcher_who_decides(on_scene, dan, rosa, signed_in, clock):
    rosas, dans = signed_in(rosa), signed_in(dan)
    here = f"/incidents/{on_scene.incident.number}/"
    assert rosas.post(f"/field/{on_scene.id}/backup/", {"wants": "police"}).status_code == 302
    assert "Dispatch has your wish for police" in page(rosas)
    assert board()[0].safety == (("PSR1", "wants_police"),)
    assert "wants police" in page(dans, here)
    assert not Handoff.objects.exists(), "a person decides"
    clock.advance(61)
    assert "assignment.backup_undecided" in kinds(on_scene)

    backup = Backup.objects.get()
    assert dans.post(f"/backups/{backup.id}/decide/", {"decision": "none"}).status_code == 422
    assert dans.post(f"/backups/{backup.id}/decide/", {"decision": "police"}).status_code == 302
    assert Handoff.objects.get().status == "proposed"
    assert board()[0].safety == ()
    assert dans.post(f"/backups/{backup.id}/decide/", {"decision": "team"}).status_code == 409
    shown = page(dans, here)
    assert "PSR1 wants police" in shown
    assert "Backup for PSR1: police are asked" in shown


def test_the_same_wish_is_one_and_another_takes_its_place(on_scene, rosa, dan, clock):
    first = safety.ask_backup(assignment=on_scene, wants="team", by=rosa, at=clock.now)
    again = safety.ask_backup(assignment=on_scene, wants="team", by=rosa, at=clock.now)
    assert first == again
    other = safety.ask_backup(assignment=on_scene, wants="police", by_radio=True, by=dan, at=clock.now)
    first.refresh_from_db()
    assert (first.decision, other.wants, other.by_radio) == ("moot", "police", True)
    with pytest.raises(Invalid, match="team, police"):
        safety.ask_backup(assignment=on_scene, wants="cake", by=rosa, at=clock.now)


def test_without_a_free_team_nothing_is_decided(on_scene, psr2, rosa, dan, take, clock):
    _, other = take()
    assignments.send(incident=other, unit=psr2, by=dan, at=clock.now)
    backup = safety.ask_backup(assignment=on_scene, wants="team", by=rosa, at=clock.now)
    with pytest.raises(Refused, match="No second team can be asked now"):
        safety.decide_backup(backup=backup, decision="team", by=dan, at=clock.now)
    backup.refresh_from_db()
    assert backup.decided_at is None
    assert backup.id in next_due([backup.id])


def test_the_crew_is_told_outside_the_page_each_time(on_scene, rosa, clock):
    rosa.email = "rosa@example.org"
    rosa.save()
    for _ in range(2):
        clock.advance(600)
        safety.check_in(assignment=on_scene, by=rosa, at=clock.now)
    assert Message.objects.filter(kind=safety.CHECK_IN_NOTICE, recipient_id=rosa.id).count() == 2


def test_what_is_lost_is_found(on_scene, rosa, clock):
    safety.ask_backup(assignment=on_scene, wants="team", by=rosa, at=clock.now)
    Timer.objects.filter(kind__in=["check_in.due", "backup.decide"]).delete()
    assert find(at=clock.now) == 2
    assert find(at=clock.now) == 0
    CheckIn.objects.all().delete()
    assert find(at=clock.now) == 1
    assert CheckIn.objects.get(ended_at=None).due_at == clock.now + timedelta(seconds=600)


def test_postgres_refuses_what_must_not_be(on_scene, rosa, clock):
    check_in = CheckIn.objects.get(ended_at=None)
    for change in ({"told_at": clock.now}, {"ended_at": clock.now}, {"ended_at": clock.now, "ending": "heard"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CheckIn.objects.filter(pk=check_in.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckIn.objects.create(assignment=on_scene, since=clock.now, due_at=clock.now)
    backup = safety.ask_backup(assignment=on_scene, wants="team", by=rosa, at=clock.now)
    decided = {"decided_at": clock.now, "decided_by_name": "Dan", "decision": "none"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Backup.objects.filter(pk=backup.pk).update(**decided)
    with pytest.raises(IntegrityError), transaction.atomic():
        Backup.objects.filter(pk=backup.pk).update(wants="")
