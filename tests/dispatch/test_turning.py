"""The decision turns while a team is under way: the team is told, and until it has seen it somebody must radio it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dispatch import alerts, assignments, decisions, handoffs, overriding, taking
from dispatch.models import Alert, Assignment
from dispatch.queries import board
from dispatch.states import AssignmentStatus, IncidentStatus
from dispatch.views.panes import queue
from due.models import Timer
from journal.models import Entry
from journal.refusals import Invalid, Refused
from journal.screens import SCREENS
from tests.conftest import CALM

WHY: dict[str, Any] = {"reason": "safer_with_police", "words": "PSR1 is a street away"}


@pytest.fixture
def under_way(take, dan, rosa, psr1, clock):
    """A call, its incident, and PSR1 en route to it."""
    call, incident = take()
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=team, status="en_route", by=rosa, at=clock.now)
    clock.advance(60)
    return call, incident, team


def page(browser, path="/field/"):
    return " ".join(browser.get(path).content.decode().split())


def test_tess_hears_of_a_weapon_while_rosa_is_en_route(under_way, tess, dan, rosa, signed_in, clock):
    call, incident, team = under_way
    rosas, dans = signed_in(rosa), signed_in(dan)
    here = f"/incidents/{incident.number}/"
    assert "I have seen this" not in page(rosas)

    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    shown = page(rosas)
    assert "Changed: police take this" in shown
    assert "Stay back until you hear from dispatch." in shown
    assert "I have seen this" in shown
    assert '<div class="field__actions" hidden>' in shown, "nothing else is to be pressed first"
    shown = page(dans, here)
    assert "The decision changed under way" in shown
    assert "has not seen it yet" in shown
    assert "Make it a co-response with police" in shown
    assert "Take PSR1 back" in shown
    assert "A team is under way, and the decision has changed" in page(dans, "/")

    clock.advance(29)
    assert "radio them" not in page(dans, here)
    clock.advance(1)
    assert "has not seen it: radio them now" in page(dans, here)
    assert "has not seen it: radio them" in page(dans, "/")
    clock.advance(60)
    assert Entry.objects.filter(kind="assignment.alert_unseen").count() == 2

    alert = Alert.objects.get()
    assert (alert.before, alert.after, alert.changed) == ("community", "police", {"weapon": ["none", "seen"]})
    assert rosas.post(f"/field/alerts/{alert.id}/seen/").status_code == 302
    shown = page(rosas)
    assert "I have seen this" not in shown
    assert "Seen by Rosa" in shown
    assert "Stay back until you hear from dispatch." in shown
    assert "has seen it" in page(dans, here)
    clock.advance(600)
    assert Entry.objects.filter(kind="assignment.alert_unseen").count() == 2, "nobody radios what was seen"
    team.refresh_from_db()
    assert team.status == AssignmentStatus.EN_ROUTE, "nobody is taken back by itself"

    told = {"outcome": "co_response", **WHY}
    assert dans.post(f"{here}override/", told).status_code == 302
    incident.refresh_from_db()
    assert (incident.outcome, incident.status) == ("co_response", IncidentStatus.EN_ROUTE)
    assert [each.to for each in incident.handoffs.all()] == ["police"]
    shown = page(rosas)
    assert "Changed: a community team goes together with police" in shown
    assert "Wait for them before you go near." in shown
    rosas.post(f"/field/alerts/{Alert.objects.get(ended_at=None).id}/seen/")
    assert not Alert.objects.filter(ended_at=None).exists()
    assert board()[0].turned == ()


def test_the_dispatcher_enters_that_they_have_heard_it_by_radio(under_way, tess, dan, rosa, signed_in, clock):
    call, incident, _ = under_way
    taking.amend(call=call, answers={"violence": "assaulting"}, by=tess, at=clock.now)
    alert = Alert.objects.get()
    clock.advance(31)
    assert board()[0].turned == (("PSR1", "radio"),)
    assert [each.number for each in queue().overdue] == [incident.number]
    assert signed_in(tess).post(f"/alerts/{alert.id}/radioed/").status_code == 403
    assert signed_in(dan).post(f"/alerts/{alert.id}/radioed/").status_code == 302
    alert.refresh_from_db()
    assert (alert.by_radio, alert.acknowledged_by_name) == (True, "Dan")
    assert board()[0].turned == (("PSR1", "seen"),)
    assert not Timer.objects.filter(kind="alert.radio", done_at=None, cancelled_at=None).exists()
    assert "PSR1 has heard it by radio" in page(signed_in(dan), f"/incidents/{incident.number}/")
    assert "Heard by radio" in page(signed_in(rosa))


def test_both_pages_move_by_themselves(under_way, tess, rosa, clock):
    call, incident, _ = under_way

    def heard(since: int) -> list[Entry]:
        return list(Entry.objects.filter(id__gt=since))

    def phone() -> str:
        key = str(rosa.id)
        return SCREENS["team"].render(key, clock.now)["team-version"]

    before, since = phone(), Entry.objects.latest("id").id
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    turned = phone()
    assert turned != before
    dans = f"dispatcher {incident.number}"
    for screen, key in (("team", str(rosa.id)), ("incident", dans), ("board", "")):
        assert SCREENS[screen].concerns(key, heard(since)), screen
    assert "has not seen it yet" in SCREENS["incident"].render(dans, clock.now)["focus"]
    assert "PSR1 told of a change" in str(SCREENS["board"].render("", clock.now))

    since = Entry.objects.latest("id").id
    clock.advance(5)
    alerts.acknowledge(alert=Alert.objects.get(), by=rosa, at=clock.now)
    assert phone() != turned
    assert SCREENS["incident"].concerns(dans, heard(since))
    assert "PSR1 waits for your word" in str(SCREENS["board"].render("", clock.now))


def test_an_outsider_sees_and_acknowledges_nothing(under_way, tess, omar, olga, psr2, signed_in, clock):
    call, _, _ = under_way
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    alert = Alert.objects.get()
    for other in (omar, olga):
        assert "I have seen this" not in page(signed_in(other))
        assert signed_in(other).post(f"/field/alerts/{alert.id}/seen/").status_code == 404
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_what_turns_back_ends_the_alert_with_a_note(under_way, tess, dan, rosa, signed_in, clock):
    call, incident, _ = under_way
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    clock.advance(10)
    taking.amend(call=call, answers={"weapon": "none"}, reason="A walking stick", by=tess, at=clock.now)
    alert = Alert.objects.get()
    assert (alert.ending, alert.ended_at) == ("restored", clock.now)
    assert "Changed back: a community team may go" in page(signed_in(rosa))
    assert "Tell them that they may go on." in page(signed_in(dan), f"/incidents/{incident.number}/")
    clock.advance(60)
    assert not Entry.objects.filter(kind="assignment.alert_unseen").exists()
    assert not board()[0].turned


def test_a_further_turn_is_told_anew_with_all_that_is_otherwise(under_way, tess, rosa, clock):
    call, _, _ = under_way
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    first = Alert.objects.get()
    clock.advance(10)
    answers = {"weapon": "none", "medical_need": "emergency"}
    taking.amend(call=call, answers=answers, reason="A walking stick", by=tess, at=clock.now)
    second = Alert.objects.get(ended_at=None)
    assert (second.before, second.after) == ("community", "ems")
    assert second.changed == {"medical_need": ["none", "emergency"]}
    with pytest.raises(Refused, match="changed once more"):
        alerts.acknowledge(alert=first, by=rosa, at=clock.now)
    alerts.acknowledge(alert=second, by=rosa, at=clock.now)
    clock.advance(5)
    again = alerts.acknowledge(alert=second, by_radio=True, by=rosa, at=clock.now)
    assert (again.by_radio, again.acknowledged_at) == (False, second.at), "whoever was first counts"


def test_the_floor_ends_an_override_and_tells_the_team(take, tess, dan, psr1, clock):
    call, incident = take({**CALM, "call_type": "theft"})
    overriding.override(incident=incident, outcome="community", by=dan, at=clock.now, **WHY)
    assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    taking.amend(call=call, answers={"weapon": "used"}, by=tess, at=clock.now)
    alert = Alert.objects.get()
    assert (alert.before, alert.after, alert.changed) == ("community", "police", {"weapon": ["none", "used"]})


def test_every_team_under_way_is_told_and_only_those(under_way, tess, dan, psr2, psr3, clock):
    call, incident, team = under_way
    other = assignments.send(incident=incident, unit=psr2, by=dan, at=clock.now)
    assignments.offer(incident=incident, unit=psr3, by=dan, at=clock.now)
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    assert {alert.assignment_id for alert in Alert.objects.all()} == {team.id, other.id}
    assignments.withdraw(assignment=team, words="Stay out", by=dan, at=clock.now)
    clock.advance(30)
    unseen = Entry.objects.filter(kind="assignment.alert_unseen")
    assert [entry.subject_id for entry in unseen] == [other.id], "who was taken back need not be radioed"


def test_a_team_on_scene_is_told_to_make_itself_safe(under_way, tess, rosa, signed_in, clock):
    call, _, team = under_way
    assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)
    taking.amend(call=call, answers={"weapon": "used"}, by=tess, at=clock.now)
    assert "Make yourselves safe and call dispatch by radio." in page(signed_in(rosa))


def test_the_finder_stands_behind_the_timer(under_way, tess, clock):
    call, _, _ = under_way
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    Timer.objects.filter(kind="alert.radio").delete()
    clock.advance(29)
    assert Alert.objects.get().radio_at is None
    clock.advance(1)
    assert Alert.objects.get().radio_at == clock.now
    assert Timer.objects.filter(kind="alert.radio", done_at=None, cancelled_at=None).count() == 1


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("alert_tells_of_a_change", {"after": "community"}),
        ("alert_is_seen_by_somebody", {"acknowledged_at": "2026-11-24T20:00Z"}),
        ("alert_is_seen_by_somebody", {"by_radio": True}),
        ("alert_end_says_how", {"ended_at": "2026-11-24T20:00Z"}),
    ],
)
def test_postgres_refuses_half_an_alert(under_way, tess, clock, constraint, change):
    call, _, _ = under_way
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Alert.objects.update(**change)


def test_postgres_lets_a_team_have_one_alert(under_way, tess, clock):
    call, _, _ = under_way
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    alert = Alert.objects.get()
    alert.pk = None
    with pytest.raises(IntegrityError, match="team_has_one_alert"), transaction.atomic():
        alert.save(force_insert=True)


def test_the_board_asks_as_much_for_many_alerts_as_for_none(
    under_way, tess, dan, psr2, django_assert_num_queries, clock
):
    call, incident, _ = under_way
    with django_assert_num_queries(11):
        board()
    assignments.send(incident=incident, unit=psr2, by=dan, at=clock.now)
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    with django_assert_num_queries(11):
        assert len(board()[0].turned) == 2


def test_a_hand_off_that_nobody_answered_and_nobody_needs_is_withdrawn(take, dan, signed_in, clock):
    _, incident = take({**CALM, "call_type": "theft"})
    handoff = incident.handoffs.get()
    with pytest.raises(Refused, match="police must say that they have it"):
        handoffs.withdraw(handoff=handoff, reason="Mistake", by=dan, at=clock.now)
    overriding.override(incident=incident, outcome="community", by=dan, at=clock.now, **WHY)
    with pytest.raises(Invalid, match="reason"):
        handoffs.withdraw(handoff=handoff, reason=" ", by=dan, at=clock.now)
    told = {"reason": "A team goes"}
    assert signed_in(dan).post(f"/handoffs/{handoff.id}/withdraw/", told).status_code == 302
    handoff.refresh_from_db()
    assert (handoff.status, handoff.withdrawal_reason) == ("withdrawn", "A team goes")
    assert not Timer.objects.filter(subject_id=handoff.id, done_at=None, cancelled_at=None).exists()
    assert "withdrawn" in page(signed_in(dan), f"/incidents/{incident.number}/")
    with pytest.raises(Refused):
        handoffs.withdraw(handoff=handoff, reason="Again", by=dan, at=clock.now)
    # Once police are needed again they are asked again.
    overriding.lift(override=incident.overrides.get(), words="Not so", by=dan, at=clock.now)
    assert sorted(incident.handoffs.values_list("status", flat=True)) == ["proposed", "withdrawn"]
    assert decisions.in_force(incident).outcome == "police"
    assert not Assignment.objects.exists()
