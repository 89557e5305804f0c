"""Twenty dispatchers act at once on ten incidents and five units, each over a connection of its own."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from django.db import connection

from accounts.roles import Role
from dispatch import assignments, diverting, escalation, holds, taking, waiting
from dispatch.models import Assignment, Incident
from dispatch.states import ASSIGNMENT, ENGAGED, LIVE, AssignmentStatus
from due.models import Timer
from due.queries import next_due
from journal.models import Entry
from journal.refusals import Refused
from responders.models import Unit
from tests.conftest import make_unit

DISPATCHERS, INCIDENTS, UNITS, ROUNDS = 20, 10, 5, 8

# What a dispatcher does in a round, as often as it stands here.
TABLE = (
    "offer", "offer", "offer", "offer_to_several", "send", "send", "hold", "release", "supersede", "supersede",
    "preempt", "preempt", "accept", "accept", "decline", "withdraw", "amend", "amend",
)  # fmt: skip


@dataclass(frozen=True)
class Dispatcher:
    number: int

    @property
    def actor_id(self) -> UUID:
        return UUID(int=self.number)

    @property
    def actor_name(self) -> str:
        return f"Dispatcher {self.number:02}"


# An entry that a success must have left exactly once: its kind, its subject, and what its payload says.
Mark = tuple[str, UUID, dict[str, str]]


class Desk:
    """One dispatcher: looks, waits for all others to have looked, acts on what it saw."""

    def __init__(self, number: int, at, gate: threading.Barrier) -> None:
        self.me, self.at, self.gate = Dispatcher(number), at, gate
        self.chance = Random(number)
        self.marks: list[Mark] = []
        self.refusals: list[str] = []
        self.broken: list[BaseException] = []
        self.added: list[tuple[UUID, str]] = []

    def work(self) -> None:
        try:
            for turn in range(ROUNDS):
                act = self.look(self.chance.choice(TABLE), turn)
                self.gate.wait(60)
                try:
                    self.marks += act() if act else []
                except Refused as refused:
                    self.refusals.append(str(refused))
                self.gate.wait(60)
        except BaseException as error:
            self.broken.append(error)
            self.gate.abort()
        finally:
            connection.close()

    def look(self, what: str, turn: int) -> Callable[[], list[Mark]] | None:
        by, at = self.me, self.at + timedelta(seconds=turn)
        told = {"by": by, "at": at}
        incidents = list(Incident.objects.filter(status__in=LIVE).order_by("number"))
        incident = self.chance.choice(incidents)
        units = list(Unit.objects.order_by("callsign"))
        unit = self.chance.choice(units)
        rows = Assignment.objects.select_related("incident", "unit").order_by("offered_at", "unit__callsign")
        of_unit = rows.filter(unit=unit, status__in=ASSIGNMENT.open).first()
        match what:
            case "offer" | "send":
                verb = getattr(assignments, what)
                kind = {"offer": "assignment.offered", "send": "assignment.sent"}[what]
                return lambda: [(kind, verb(incident=incident, unit=unit, **told).id, {})]
            case "offer_to_several":
                some = self.chance.sample(units, 3)
                return lambda: [
                    ("assignment.offered", offer.id, {})
                    for offer in assignments.offer_to_several(incident=incident, units=some, **told).offers
                ]
            case "hold":
                seen = waiting.hold_in_force(incident)
                return lambda: [
                    ("incident.held", incident.id, {"hold": str(self.hold(incident, seen, at).id)}),
                ]
            case "release":
                held = waiting.hold_in_force(incident)
                return held and (lambda: [self.released(incident, told)])
            case "amend":
                call = incident.links.get().call
                words = f"Heard by {by.number:02} in round {turn}."

                def amend() -> list[Mark]:
                    taking.amend(call=call, answers={}, add=words, **told)
                    self.added.append((call.id, words))
                    return []

                return amend
            case "supersede" | "preempt":
                if of_unit is None or (of_unit.state in ENGAGED) != (what == "preempt"):
                    return None
                above = [each for each in incidents if each.priority < of_unit.incident.priority]
                if not above:
                    return None
                more = {"consent": True, "words": "More urgent"} if what == "preempt" else {}
                verb = getattr(diverting, what)
                kind = "assignment.diverted" if what == "preempt" else "assignment.offered"
                target = above[0]
                return lambda: [
                    (kind, verb(assignment=of_unit, incident=target, **more, **told).id, {}),
                    ("assignment.moved", of_unit.id, {"status": "withdrawn"}),
                ]
            case "accept" | "decline" | "withdraw":
                if of_unit is None or (what != "withdraw" and of_unit.state is not AssignmentStatus.OFFERED):
                    return None
                verb = {"accept": assignments.accept, "decline": escalation.decline, "withdraw": assignments.withdraw}
                more = {"decline": {"reason": "too_far"}, "withdraw": {"words": "Needed elsewhere"}}.get(what, {})
                status = {"accept": "accepted", "decline": "declined", "withdraw": "withdrawn"}[what]
                return lambda: [
                    ("assignment.moved", verb[what](assignment=of_unit, **more, **told).id, {"status": status})
                ]
        raise AssertionError(what)

    def hold(self, incident, seen, at):
        told = {"reason": "caller_asks", "words": "Later", "until": at + timedelta(minutes=4), "instead_of": seen}
        return holds.hold(incident=incident, by=self.me, at=at, **told)

    def released(self, incident, told) -> Mark:
        holds.release(incident=incident, **told)
        last = incident.holds.filter(ended_by_name=self.me.actor_name).order_by("-ended_at").first()
        return "incident.hold_ended", incident.id, {"hold": str(last.id)}


@pytest.mark.django_db(transaction=True)
def test_twenty_dispatchers_at_once(program, take, person, clock):
    incidents = [take()[1] for _ in range(INCIDENTS)]
    for place, each in enumerate(incidents):
        Incident.objects.filter(pk=each.pk).update(priority=1 + place % 5)
    for number in range(UNITS):
        crew = person(f"crew{number}", Role.RESPONDER)
        make_unit(program, f"PSR{number + 1}", (45.52 + number / 100, -122.68), [crew], clock)
    gate = threading.Barrier(DISPATCHERS)
    desks = [Desk(number + 1, clock.now, gate) for number in range(DISPATCHERS)]
    threads = [threading.Thread(target=desk.work) for desk in desks]
    for each in threads:
        each.start()
    for each in threads:
        each.join(240)

    # Whatever is no refusal in words would be here: a deadlock, a constraint that let a half-done change through.
    assert [
        error for desk in desks for error in desk.broken if not isinstance(error, threading.BrokenBarrierError)
    ] == []
    refusals = [each for desk in desks for each in desk.refusals]
    marks = [mark for desk in desks for mark in desk.marks]
    assert len(marks) > DISPATCHERS, "somebody got through"
    assert len(refusals) > DISPATCHERS, "and somebody lost"

    # No double dispatch.
    open_ones = Counter(Assignment.objects.filter(status__in=ASSIGNMENT.open).values_list("unit__callsign", flat=True))
    assert set(open_ones.values()) <= {1}
    # Each loser was told who was first, and what that was about.
    nameless = [each for each in refusals if not re.search(r"Dispatcher \d\d|Rightcall \(clock\)", each)]
    assert nameless == []
    assert [each for each in refusals if not re.search(r"[Ii]ncident \d{4,}", each)] == []
    # Each success is in the journal once.
    for kind, subject, says in marks:
        told = [
            each
            for each in Entry.objects.filter(kind=kind, subject_id=subject)
            if all(each.payload[name] == value for name, value in says.items())
        ]
        assert len(told) == 1, (kind, says, len(told))
    # No lost edit.
    for desk in desks:
        for call_id, words in desk.added:
            narrative = Incident.objects.get(links__call=call_id).links.get().call.narrative
            assert narrative.count(words) == 1
    # And nobody is forgotten.
    live = set(Incident.objects.filter(status__in=LIVE).values_list("id", flat=True))
    assert len(live) == INCIDENTS
    assert set(next_due(live)) == live
    offered = set(Assignment.objects.filter(status="offered").values_list("id", flat=True))
    assert set(next_due(offered)) == offered
    assert not Timer.objects.filter(failures__gt=0).exists()
