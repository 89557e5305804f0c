"""A team that goes together with police waits nearby for them."""

import pytest

from dispatch import assignments, handoffs, overriding, staging
from dispatch.models import IncidentDecision
from dispatch.queries import timeline
from dispatch.staging import Staging, Unconfirmed
from dispatch.states import AssignmentStatus


@pytest.fixture
def together(incident, dan, psr1, clock):
    """PSR1 is on its way to what police go to, too."""
    told = {"outcome": "co_response", "reason": "safer_with_police", "words": "He was armed last week"}
    overriding.override(incident=incident, by=dan, at=clock.now, **told)
    incident.refresh_from_db()
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=team, status="en_route", by=dan, at=clock.now)
    return team


def test_until_police_say_that_they_come_going_in_takes_the_team_s_word(incident, together, dan, rosa, clock):
    assert staging.waits_for(incident) is Staging.UNTOLD
    assignments.move(assignment=together, status="staged", by=rosa, at=clock.now)
    with pytest.raises(Unconfirmed, match="stage nearby, or confirm that the team goes in without them"):
        assignments.move(assignment=together, status="on_scene", by=rosa, at=clock.now)
    together.refresh_from_db()
    assert together.status == AssignmentStatus.STAGED

    assignments.move(assignment=together, status="on_scene", confirmed=True, by=rosa, at=clock.now)
    arrived = timeline(incident).filter(kind="assignment.moved").last()
    assert (arrived.payload["status"], arrived.payload["early"], arrived.actor_name) == ("on_scene", "untold", "Rosa")


def test_once_police_say_that_they_come_nobody_is_asked(incident, together, dan, rosa, clock):
    told = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=incident.handoffs.get(), by=dan, at=clock.now, **told)
    assert staging.waits_for(incident) is Staging.COMING
    assignments.move(assignment=together, status="on_scene", by=rosa, at=clock.now)
    assert timeline(incident).filter(kind="assignment.moved").last().payload["early"] is None


def test_where_the_policy_has_the_team_stage_it_goes_in_when_it_is_called(incident, dan, rosa, psr1, clock):
    decided = IncidentDecision.objects.get(incident=incident)
    IncidentDecision.objects.filter(pk=decided.pk).update(decision={**decided.decision, "mode": "staged"})
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert staging.waits_for(incident) is Staging.WORD
    with pytest.raises(Unconfirmed, match="stages until it is called in: confirm that it was"):
        assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)
    assignments.move(assignment=team, status="on_scene", confirmed=True, by=rosa, at=clock.now)


def test_where_nothing_is_to_be_waited_for_nobody_is_asked(incident, dan, rosa, psr1, clock):
    team = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assert staging.waits_for(incident) is None
    assignments.move(assignment=team, status="on_scene", by=rosa, at=clock.now)
