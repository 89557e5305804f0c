"""A person decides otherwise than the policy: how far that goes, how long it holds, and who judges it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from dispatch import assignments, decisions, ending, handoffs, overriding, taking
from dispatch.models import Incident, Override
from dispatch.queries import timeline
from dispatch.settling import override_in_force
from dispatch.states import AssignmentStatus, IncidentStatus
from due.models import Timer
from due.queries import next_due
from journal.models import Entry
from journal.refusals import Invalid, Refused
from tests.conftest import CALM

WHY = {"reason": "known_to_team", "words": "Rosa has talked with him every week."}
DOMESTIC = {**CALM, "call_type": "theft"}


@pytest.fixture
def stolen(take) -> Incident:
    """The policy gives it to police, though nothing about it is dangerous."""
    incident = take(DOMESTIC)[1]
    assert incident.outcome == "police"
    return incident


def test_a_person_sends_a_team_where_the_policy_would_not(stolen, dan, psr1, clock):
    clock.advance(10)
    made = overriding.override(incident=stolen, outcome="community", by=dan, at=clock.now, **WHY)
    stolen.refresh_from_db()
    assert (made.before, made.outcome, made.by_id, made.decision.outcome) == ("police", "community", dan.id, "police")
    assert (stolen.outcome, stolen.status) == ("community", IncidentStatus.PENDING)
    assert stolen.eligible is False, "what the policy says of it stays said"
    assignments.offer(incident=stolen, unit=psr1, by=dan, at=clock.now)
    told = Entry.objects.get(kind="incident.overridden")
    assert told.payload == {
        "override": str(made.id), "before": "police", "outcome": "community", "reason": "known_to_team",
    }  # fmt: skip
    assert stolen.id in next_due([stolen.id])


def test_a_person_takes_it_from_a_team_and_what_was_offered_ends(incident, dan, psr1, clock):
    clock.advance(60)
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    overriding.override(
        incident=incident, outcome="police", reason="danger_not_captured", words="Shots here", by=dan, at=clock.now
    )
    incident.refresh_from_db()
    offered.refresh_from_db()
    assert offered.status == AssignmentStatus.WITHDRAWN
    assert [(each.to, each.status) for each in incident.handoffs.all()] == [("police", "proposed")]
    watch = Timer.objects.get(kind="incident.watch", subject_id=incident.id, done_at=None, cancelled_at=None)
    assert watch.due_at == clock.now + timedelta(minutes=2), "priority 2 waits for two minutes, counted anew"


def test_it_holds_over_what_the_policy_decides_later_and_its_decisions_are_kept(take, tess, dan, clock):
    call, incident = take(DOMESTIC)
    overriding.override(incident=incident, outcome="community", by=dan, at=clock.now, **WHY)
    _, incident = taking.amend(call=call, answers={"violence": "threatening"}, by=tess, at=clock.now)
    assert incident.outcome == "community"
    assert decisions.in_force(incident).facts["violence"] == "threatening"
    assert decisions.in_force(incident).outcome == "police"
    assert incident.decisions.count() == 2


@pytest.mark.parametrize(
    ("fact", "value"),
    [("weapon", "seen"), ("violence", "assaulting"), ("suicide_risk", "attempt"), ("medical_need", "emergency")],
)
def test_the_floor_stops_a_team_alone_whoever_decides(take, dan, clock, fact, value):
    _, incident = take({**CALM, fact: value})
    before = Entry.objects.count()
    with pytest.raises(Refused, match="No team goes alone to this, whoever decides"):
        overriding.override(incident=incident, outcome="community", by=dan, at=clock.now, **WHY)
    assert Entry.objects.count() == before
    overriding.override(incident=incident, outcome="co_response", by=dan, at=clock.now, **WHY)
    incident.refresh_from_db()
    assert incident.outcome == "co_response"
    assert "police" in {handoff.to for handoff in incident.handoffs.all()}


def test_the_floor_ends_an_override_that_comes_before_it(take, tess, dan, psr1, clock):
    call, incident = take(DOMESTIC)
    made = overriding.override(incident=incident, outcome="community", by=dan, at=clock.now, **WHY)
    offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    clock.advance(5)
    _, incident = taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    made.refresh_from_db()
    offered.refresh_from_db()
    assert (incident.outcome, offered.status) == ("police", AssignmentStatus.WITHDRAWN)
    assert (made.lifted_at, made.lifted_by_name) == (clock.now, "Rightcall (clock)")
    assert Entry.objects.get(kind="incident.override_lifted").payload["floor"] == ["weapon"]


def test_nobody_sends_a_team_alone_while_questions_are_open(take, dan, clock):
    _, incident = take({"call_type": "welfare_check"})
    with pytest.raises(Refused, match="has open questions"):
        overriding.override(incident=incident, outcome="community", by=dan, at=clock.now, **WHY)
    overriding.override(incident=incident, outcome="police", by=dan, at=clock.now, **WHY)
    incident.refresh_from_db()
    assert (incident.outcome, incident.status) == ("police", IncidentStatus.PENDING)


def test_it_is_taken_back(stolen, dan, sue, psr1, clock):
    made = overriding.override(incident=stolen, outcome="community", by=dan, at=clock.now, **WHY)
    offered = assignments.offer(incident=stolen, unit=psr1, by=dan, at=clock.now)
    with pytest.raises(Invalid, match="words"):
        overriding.lift(override=made, words=" ", by=sue, at=clock.now)
    overriding.lift(override=made, words="Not his usual corner", by=sue, at=clock.now)
    stolen.refresh_from_db()
    offered.refresh_from_db()
    assert (stolen.outcome, offered.status) == ("police", AssignmentStatus.WITHDRAWN)
    assert override_in_force(stolen) is None
    with pytest.raises(Refused, match="Sue has ended this override already"):
        overriding.lift(override=made, words="Again", by=dan, at=clock.now)


def test_a_second_override_replaces_the_first(stolen, dan, sue, clock):
    first = overriding.override(incident=stolen, outcome="community", by=dan, at=clock.now, **WHY)
    with pytest.raises(Refused, match="is community already"):
        overriding.override(incident=stolen, outcome="community", by=sue, at=clock.now, **WHY)
    with pytest.raises(Refused, match="take the override back instead"):
        overriding.override(incident=stolen, outcome="police", by=sue, at=clock.now, **WHY)
    second = overriding.override(incident=stolen, outcome="co_response", by=sue, at=clock.now, **WHY)
    first.refresh_from_db()
    assert first.lifted_at == clock.now
    assert override_in_force(stolen) == second
    told = [entry.kind for entry in timeline(stolen) if entry.kind.startswith("incident.overrid")]
    assert told == ["incident.overridden", "incident.override_lifted", "incident.overridden"]


def test_wrong_fields_are_named_at_once_and_an_ended_incident_is_left_alone(incident, dan, clock):
    with pytest.raises(Invalid) as wrong:
        overriding.override(incident=incident, outcome="undetermined", reason="", words="", by=dan, at=clock.now)
    assert set(wrong.value.errors) == {"outcome", "reason", "words"}
    ending.cancel(incident=incident, reason="over", by=dan, at=clock.now)
    with pytest.raises(Refused, match="is cancelled already"):
        overriding.override(incident=incident, outcome="police", by=dan, at=clock.now, **WHY)


def test_nobody_reviews_their_own(incident, sue, dan, person, clock):
    made = overriding.override(incident=incident, outcome="police", by=sue, at=clock.now, **WHY)
    with pytest.raises(Refused, match="your own"):
        overriding.review(override=made, verdict="agree", by=sue, at=clock.now)
    with pytest.raises(Invalid, match="what would have been right"):
        overriding.review(override=made, verdict="disagree", by=dan, at=clock.now)
    with pytest.raises(Invalid, match="verdict"):
        overriding.review(override=made, verdict="perhaps", by=dan, at=clock.now)
    made = overriding.review(override=made, verdict="disagree", words="A team knows him", by=dan, at=clock.now)
    assert (made.verdict, made.reviewed_by_name, made.reviewed_at) == ("disagree", "Dan", clock.now)
    with pytest.raises(Refused, match="Dan has reviewed it already"):
        overriding.review(override=made, verdict="agree", by=dan, at=clock.now)


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("override_says_why", {"reason": ""}),
        ("override_says_why", {"words": ""}),
        ("override_changes_the_outcome", {"before": "police"}),
        ("override_is_lifted_by_somebody_with_words", {"lifted_at": "2026-11-24T20:00Z"}),
        ("override_review_is_whole", {"verdict": "agree"}),
        ("override_is_reviewed_by_another", {"reviewed_at": "2026-11-24T20:00Z", "verdict": "agree"}),
        ("override_disagreement_says_why", {"reviewed_at": "2026-11-24T20:00Z", "verdict": "disagree"}),
    ],
)
def test_postgres_refuses_what_must_never_be(incident, dan, sue, clock, constraint, change):
    made = overriding.override(incident=incident, outcome="police", by=dan, at=clock.now, **WHY)
    if "reviewed_at" in change:
        change = {**change, "reviewed_by_id": sue.id if "disagree" in change.values() else dan.id}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Override.objects.filter(pk=made.pk).update(**change)


def test_postgres_lets_one_override_hold(incident, dan, clock):
    made = overriding.override(incident=incident, outcome="police", by=dan, at=clock.now, **WHY)
    made.pk = None
    with pytest.raises(IntegrityError, match="incident_has_one_override_in_force"), transaction.atomic():
        made.save(force_insert=True)


def at_once(*verbs: Callable[[], object]) -> list[Exception | None]:
    """Each in a thread and a connection of its own, from one starting line; what each of them raised."""
    barrier, raised = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(place: int, verb: Callable[[], object]) -> None:
        barrier.wait(timeout=30)
        try:
            verb()
        except (Refused, Invalid) as refusal:
            raised[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


@pytest.mark.django_db(transaction=True)
def test_two_overrides_in_one_instant(take, dan, sue, clock):
    _, incident = take(DOMESTIC)
    for _ in range(5):
        told = {"incident": incident, "outcome": "community", "at": clock.now, **WHY}
        raised = at_once(
            lambda told=told: overriding.override(by=dan, **told), lambda told=told: overriding.override(by=sue, **told)
        )
        assert sorted(type(each).__name__ for each in raised) == ["NoneType", "Refused"]
        overriding.lift(override=override_in_force(incident), words="Once more", by=dan, at=clock.now)
    assert Override.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_weapon_heard_of_in_the_instant_of_an_override_is_never_a_teams_alone(take, tess, dan, clock):
    for _ in range(6):
        call, incident = take(DOMESTIC)
        at_once(
            lambda incident=incident: overriding.override(
                incident=incident, outcome="community", by=dan, at=clock.now, **WHY
            ),
            lambda call=call: taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now),
        )
        incident.refresh_from_db()
        assert incident.outcome == "police"
        assert override_in_force(incident) is None


def test_police_who_have_it_keep_it_until_they_give_it_back(stolen, dan, clock):
    said = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoff = handoffs.acknowledge(handoff=stolen.handoffs.get(), by=dan, at=clock.now, **said)
    overriding.override(incident=stolen, outcome="community", by=dan, at=clock.now, **WHY)
    stolen.refresh_from_db()
    handoff.refresh_from_db()
    assert (stolen.status, handoff.status) == (IncidentStatus.PENDING, "acknowledged")
