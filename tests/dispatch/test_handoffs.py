"""Another agency is asked, told, and says yes or no: as stories, with time moved by hand."""

import pytest

from dispatch import ending, handoffs, overriding, queries
from dispatch.models import Handoff
from dispatch.queries import timeline
from dispatch.states import HandoffStatus, IncidentStatus
from due.models import Timer
from due.queries import next_due
from journal.refusals import Invalid, Refused
from tests.conftest import CALM

ARMED = {**CALM, "weapon": "used"}


@pytest.fixture
def police(take) -> Handoff:
    return take(ARMED)[1].handoffs.get()


def tags(incident) -> list[tuple[str, str]]:
    [row] = [row for row in queries.board() if row.id == incident.id]
    return [(to, status) for to, status, _ in row.handoffs]


def kinds(incident) -> list[str]:
    return [entry.kind for entry in timeline(incident) if entry.kind.startswith("handoff.")]


def test_police_are_told_and_take_it(police, dan, clock):
    incident = police.incident
    assert tags(incident) == [("police", "proposed")]
    clock.advance(60)
    assert kinds(incident)[-1] == "handoff.untold", "nobody has told them yet"

    told = handoffs.tell(handoff=police, spoke_with="Desk 4", by=dan, at=clock.now)
    assert (told.sent_at, told.sent_by, told.spoke_with) == (clock.now, "phone", "Desk 4")
    assert tags(incident) == [("police", "sent")]
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING, "told is not taken"
    clock.advance(59)
    assert "handoff.unanswered" not in kinds(incident)
    clock.advance(1)
    assert kinds(incident)[-1] == "handoff.unanswered"

    said = {"acknowledged_by": "Sgt. Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=police, **said, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.HANDED_OFF
    assert not next_due([police.id])


def test_told_again_they_have_their_time_anew(police, dan, clock):
    handoffs.tell(handoff=police, spoke_with="Desk 4", by=dan, at=clock.now)
    clock.advance(50)
    told = handoffs.tell(handoff=police, by=dan, at=clock.now)
    assert (told.sent_at, told.spoke_with) == (clock.now, "Desk 4")
    clock.advance(50)
    assert kinds(police.incident) == ["handoff.proposed", "handoff.sent", "handoff.sent"]


def test_refused_it_stays_until_somebody_else_has_it(police, dan, sue, clock):
    incident = police.incident
    handoffs.tell(handoff=police, by=dan, at=clock.now)
    with pytest.raises(Invalid, match="Why do they not take it"):
        handoffs.refuse(handoff=police, reason=" ", by=dan, at=clock.now)
    clock.advance(10)
    handoffs.refuse(handoff=police, reason="Outside our district", refused_by="Desk 4", by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING
    assert incident.overdue_at == clock.now, "it needs someone now"
    assert incident.id in next_due([incident.id])
    assert tags(incident) == [("police", "refused")]

    again = handoffs.propose(incident=incident, to="police", by=dan, at=clock.now)
    assert tags(incident) == [("police", "proposed")]
    with pytest.raises(Refused, match="is refused"):
        handoffs.tell(handoff=police, by=dan, at=clock.now)
    said = {"acknowledged_by": "County desk", "reference": "C-9", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=again, **said, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.HANDED_OFF


def test_a_person_may_decide_otherwise_after_a_refusal(police, dan, clock):
    incident = police.incident
    handoffs.refuse(handoff=police, reason="No officer free", by=dan, at=clock.now)
    overriding.override(
        incident=incident, outcome="ems", reason="other", words="Knife is in the sink", by=dan, at=clock.now
    )
    assert tags(incident) == [("ems", "proposed")], "whoever is needed no more is not asked for"


def test_one_of_two_refuses_and_the_other_has_it(take, dan, clock):
    _, incident = take({**ARMED, "medical_need": "emergency"})
    ours = {handoff.to: handoff for handoff in incident.handoffs.all()}
    assert set(ours) == {"police", "ems"}
    handoffs.refuse(handoff=ours["ems"], reason="No ambulance free", by=dan, at=clock.now)
    said = {"acknowledged_by": "Sgt. Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=ours["police"], **said, by=dan, at=clock.now)
    incident.refresh_from_db()
    assert incident.status == IncidentStatus.PENDING, "the bleeding man has nobody"
    assert tags(incident) == [("ems", "refused")]


def test_what_is_told_cannot_be_closed_without_an_answer(take, dan, clock):
    _, incident = take()
    asked = handoffs.propose(incident=incident, to="fire", by=dan, at=clock.now)
    handoffs.tell(handoff=asked, by=dan, at=clock.now)
    with pytest.raises(Refused, match="hand-off to fire is not acknowledged"):
        ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)
    handoffs.withdraw(handoff=asked, reason="Only smoke from a kitchen", by=dan, at=clock.now)
    ending.close(incident=incident, disposition="settled_by_phone", by=dan, at=clock.now)
    assert not Timer.objects.filter(subject_id=asked.id, done_at=None, cancelled_at=None).exists()


@pytest.mark.parametrize("told", [False, True])
def test_a_hand_off_whose_timer_is_gone_is_found(police, dan, clock, told):
    if told:
        handoffs.tell(handoff=police, by=dan, at=clock.now)
    Timer.objects.filter(subject_id=police.id).delete()
    clock.advance(1)
    assert kinds(police.incident)[-1] == ("handoff.unanswered" if told else "handoff.untold")
    assert police.id in next_due([police.id])


def test_every_state_is_reached_by_a_verb(police, dan, clock):
    said = {"acknowledged_by": "Sgt. Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=police, **said, by=dan, at=clock.now)
    back = handoffs.give_back(handoff=police, reason="No officer free", by=dan, at=clock.now)
    assert back.state is HandoffStatus.RETURNED
    assert tags(police.incident) == [("police", "returned")]
