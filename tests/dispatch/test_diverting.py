"""A team is turned from one incident to a more urgent one, and nobody is forgotten over it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from dispatch import assignments, diverting
from dispatch.models import Assignment, Diversion, Incident
from dispatch.queries import board, timeline
from dispatch.states import ASSIGNMENT, AssignmentStatus, IncidentStatus
from due.models import Message, Timer
from due.queries import next_due
from journal.models import Entry
from journal.refusals import Invalid, Refused


@pytest.fixture
def pair(take):
    """A calm one, and one that is more urgent."""
    calm, urgent = take()[1], take()[1]
    Incident.objects.filter(pk=calm.pk).update(priority=4)
    Incident.objects.filter(pk=urgent.pk).update(priority=1)
    calm.refresh_from_db()
    urgent.refresh_from_db()
    return calm, urgent


@pytest.fixture
def preempt(pair, dan, clock):
    def preempt(assignment, *, consent=True, words="A man on the bridge", by=dan):
        told = {"consent": consent, "words": words, "by": by, "at": clock.now}
        return diverting.preempt(assignment=assignment, incident=pair[1], **told)

    return preempt


def test_a_more_urgent_offer_supersedes_and_the_other_goes_on(pair, dan, psr1, psr2, clock):
    calm, urgent = pair
    first = assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    clock.advance(20)
    second = diverting.supersede(assignment=first, incident=urgent, by=dan, at=clock.now)
    first.refresh_from_db()
    assert (first.status, first.withdrawal) == ("withdrawn", "superseded")
    assert first.words == f"You are asked for incident {urgent.number} instead, which is more urgent."
    assert (second.unit, second.incident, second.status) == (psr1, urgent, "offered")
    assert second.respond_by == clock.now + timedelta(seconds=90)
    # The less urgent one asks its next team in the same breath, with a whole window.
    onward = calm.assignments.get(status=AssignmentStatus.OFFERED)
    assert (onward.unit, onward.respond_by) == (psr2, clock.now + timedelta(seconds=90))
    assert set(next_due([calm.id, urgent.id, second.id, onward.id])) == {calm.id, urgent.id, second.id, onward.id}
    assert first.id not in next_due([first.id])


def test_a_superseded_incident_with_no_team_left_is_surfaced(pair, dan, psr1, clock):
    calm, urgent = pair
    first = assignments.offer(incident=calm, unit=psr1, by=dan, at=clock.now)
    diverting.supersede(assignment=first, incident=urgent, by=dan, at=clock.now)
    calm.refresh_from_db()
    assert calm.overdue_at == clock.now
    assert timeline(calm).filter(kind="incident.unserved").exists()


def test_only_the_more_urgent_supersedes_and_only_what_is_unanswered(pair, take, dan, psr1, clock):
    calm, urgent = pair
    asked = assignments.offer(incident=urgent, unit=psr1, by=dan, at=clock.now)
    with pytest.raises(Refused, match=r"\(priority 4\) is not more urgent than incident \d+ \(priority 1\)"):
        diverting.supersede(assignment=asked, incident=calm, by=dan, at=clock.now)
    alike = take()[1]
    Incident.objects.filter(pk=alike.pk).update(priority=1)
    with pytest.raises(Refused, match="not more urgent"):
        diverting.supersede(assignment=asked, incident=alike, by=dan, at=clock.now)
    assignments.withdraw(assignment=asked, words="No", by=dan, at=clock.now)
    with pytest.raises(Refused, match=r"PSR1 is withdrawn on incident \d+ \(Dan, 12:00:00 PST\): look once more"):
        diverting.supersede(assignment=asked, incident=alike, by=dan, at=clock.now)
    accepted = assignments.send(incident=calm, unit=psr1, by=dan, at=clock.now)
    with pytest.raises(
        Refused, match=r"PSR1 was assigned to incident \d+ by Dan at 12:00:00 PST. It has accepted: take it from there"
    ):
        diverting.supersede(assignment=accepted, incident=urgent, by=dan, at=clock.now)


@pytest.mark.parametrize("status", [None, "en_route", "staged"])
def test_a_team_under_way_is_taken_with_consent_and_the_other_is_nobody_s_no_moment(
    pair, preempt, dan, rosa, psr1, psr2, clock, status
):
    calm, urgent = pair
    team = assignments.send(incident=calm, unit=psr1, by=dan, at=clock.now)
    if status:
        assignments.move(assignment=team, status=status, by=rosa, at=clock.now)
    clock.advance(60)
    with pytest.raises(Invalid) as wrong:
        preempt(team, consent=False, words=" ")
    assert set(wrong.value.errors) == {"consent", "words"}

    sent = preempt(team)
    team.refresh_from_db()
    calm.refresh_from_db()
    urgent.refresh_from_db()
    assert (team.status, team.withdrawal) == ("withdrawn", "preempted")
    assert team.words == f"Taken for incident {urgent.number}, which is more urgent: A man on the bridge"
    assert (sent.unit, sent.status, urgent.status) == (psr1, "accepted", "assigned")
    assert (calm.status, calm.overdue_at) == (IncidentStatus.PENDING, clock.now)
    assert calm.assignments.get(status=AssignmentStatus.OFFERED).unit == psr2
    assert calm.id in next_due([calm.id])
    [row] = [row for row in board() if row.id == calm.id]
    assert row.lost == (("PSR1", urgent.number),)
    kinds = [entry.kind for entry in timeline(urgent)]
    assert "assignment.diverted" in kinds


def test_a_team_that_was_taken_must_say_that_it_has_seen_it(pair, preempt, dan, rosa, psr1, clock):
    calm, urgent = pair
    rosa.email = "rosa@example.org"
    rosa.save()
    sent = preempt(assignments.send(incident=calm, unit=psr1, by=dan, at=clock.now))
    assert Message.objects.filter(kind="assignment.diverted", recipient_id=rosa.id).count() == 1

    def shown():
        return [row.turned for row in board() if row.id == urgent.id]

    assert shown() == [(("PSR1", "unseen"),)]
    clock.advance(30)
    assert shown() == [(("PSR1", "radio"),)]
    clock.advance(60)
    assert timeline(urgent).filter(kind="assignment.diversion_unseen").count() == 2
    diverting.acknowledge(diversion=sent.diversion, by=rosa, at=clock.now)
    assert shown() == [()]
    clock.advance(300)
    assert timeline(urgent).filter(kind="assignment.diversion_unseen").count() == 2


def test_a_team_that_reports_on_the_new_incident_knows_of_it(pair, preempt, dan, rosa, psr1, clock):
    sent = preempt(assignments.send(incident=pair[0], unit=psr1, by=dan, at=clock.now))
    Timer.objects.filter(kind="diversion.radio").delete()
    clock.advance(31)
    assert Diversion.objects.get().radio_at, "the finder radios when the timer is lost"
    assignments.move(assignment=sent, status="en_route", by=rosa, at=clock.now)
    clock.advance(300)
    assert Entry.objects.filter(kind="assignment.diversion_unseen").count() == 1


def test_who_has_arrived_is_not_taken_away(pair, preempt, dan, rosa, psr1, clock):
    team = assignments.send(incident=pair[0], unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)
    with pytest.raises(
        Refused, match=r"PSR1 is on incident \d+ by Dan at .* A team that has arrived is not taken away"
    ):
        preempt(team)


def test_one_of_two_teams_is_taken_and_the_other_goes_on(pair, preempt, dan, psr1, psr2, clock):
    calm, _ = pair
    assignments.send(incident=calm, unit=psr2, by=dan, at=clock.now)
    preempt(assignments.send(incident=calm, unit=psr1, by=dan, at=clock.now))
    calm.refresh_from_db()
    assert (calm.status, calm.overdue_at) == (IncidentStatus.ASSIGNED, None)


@pytest.mark.django_db(transaction=True)
def test_teams_are_taken_both_ways_at_once_without_a_deadlock(take, dan, psr1, psr2, psr3, clock):
    """Each round two dispatchers move the same three teams over the same three incidents, in opposite directions."""
    at = clock.now
    ranked = [take()[1] for _ in range(3)]
    teams = [psr1, psr2, psr3]
    wrong: list[BaseException] = []

    def move(gate, assignment_id, incident_id, again):
        try:
            gate.wait(10)
            told = {"assignment": Assignment.objects.get(pk=assignment_id), "by": dan, "at": at}
            told["incident"] = Incident.objects.get(pk=incident_id)
            if again:
                diverting.preempt(consent=True, words="More urgent", **told)
            else:
                diverting.supersede(**told)
        except Refused:
            pass
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    for turn in range(6):
        for each, priority in zip(ranked, [(2, 1, 3), (1, 2, 3), (3, 1, 2)][turn % 3], strict=True):
            Incident.objects.filter(pk=each.pk).update(priority=priority)
        for busy in Assignment.objects.filter(status__in=ASSIGNMENT.open):
            assignments.withdraw(assignment=busy, words="Again", by=dan, at=at)
        verb = assignments.send if turn % 2 else assignments.offer
        sent = [verb(incident=each, unit=unit, by=dan, at=at) for each, unit in zip(ranked, teams, strict=True)]
        gate = threading.Barrier(6)
        threads = [
            threading.Thread(target=move, args=[gate, one.id, other.id, turn % 2])
            for one in sent
            for other in ranked
            if one.incident_id != other.id
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join(30)
    assert wrong == []
    for unit in teams:
        assert unit.assignments.filter(status__in=ASSIGNMENT.open).count() <= 1
    live = {each.id for each in ranked}
    assert set(next_due(live)) == live
