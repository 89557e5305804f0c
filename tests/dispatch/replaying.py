"""The journal, played again: what state everything is in, by the entries alone."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model

from dispatch.models import Assignment, Handoff, Incident, IncidentCall
from dispatch.states import ASSIGNMENT, HANDOFF, INCIDENT
from journal.models import Entry
from journal.states import Graph

# What an entry of this kind makes of its subject, where it does not say so itself.
BEGUN = {
    "assignment.offered": "offered",
    "assignment.sent": "accepted",
    "handoff.proposed": "proposed",
}
BECOME = {
    "handoff.sent": "sent",
    "handoff.refused": "refused",
    "handoff.acknowledged": "acknowledged",
    "handoff.returned": "returned",
    "handoff.withdrawn": "withdrawn",
}
GRAPHS: dict[str, Graph[Any]] = {"incident": INCIDENT, "assignment": ASSIGNMENT, "handoff": HANDOFF}
TABLES: dict[str, type[Model]] = {"incident": Incident, "assignment": Assignment, "handoff": Handoff}


@dataclass
class Replayed:
    """The status of each incident, assignment and hand-off, and the incident of each call."""

    incident: dict[UUID, str] = field(default_factory=dict)
    assignment: dict[UUID, str] = field(default_factory=dict)
    handoff: dict[UUID, str] = field(default_factory=dict)
    calls: dict[UUID, UUID] = field(default_factory=dict)

    def play(self, entry: Entry) -> None:
        told, subject = entry.payload, entry.subject_id
        states: dict[UUID, str] = getattr(self, entry.subject_type, {})
        match entry.kind:
            case "incident.opened":
                states[subject] = told["status"]
                self.calls[UUID(told["call"])] = subject
            case "incident.joined":
                self.calls[UUID(told["call"])] = subject
            case "incident.merged":
                self._carry(told["calls"], source=subject, to=UUID(told["into"]))
            case "incident.unmerged":
                self._carry(told["calls"], source=UUID(told["out_of"]), to=subject)
            case "incident.split":
                self._carry([told["call"]], source=subject, to=UUID(told["incident"]))
            case "incident.moved" | "assignment.moved":
                assert told["before"] == states[subject], f"{entry.kind} from a state it was not in"
                self._turn(entry, told["status"])
            case "assignment.entered" | "handoff.entered":  # from paper: it stands at once where it had come to
                assert subject not in states
                states[subject] = told["status"]
            case kind if kind in BEGUN:
                assert subject not in states
                states[subject] = BEGUN[kind]
            case kind if kind in BECOME and states[subject] != BECOME[kind]:  # they may be told twice
                self._turn(entry, BECOME[kind])

    def _turn(self, entry: Entry, status: str) -> None:
        states: dict[UUID, str] = getattr(self, entry.subject_type)
        change = states[entry.subject_id], status
        assert change in GRAPHS[entry.subject_type].changes, f"{entry.kind}: {change}"
        states[entry.subject_id] = status

    def _carry(self, calls: list[str], *, source: UUID, to: UUID) -> None:
        for call in map(UUID, calls):
            assert self.calls[call] == source, "a call was taken from where it was not"
            self.calls[call] = to


def check() -> None:
    """The tables hold what the journal tells, and nothing else."""
    replayed = Replayed()
    for entry in Entry.objects.order_by("id"):
        replayed.play(entry)
    for name, model in TABLES.items():
        assert getattr(replayed, name) == dict(model._default_manager.values_list("pk", "status")), name
    assert replayed.calls == dict(IncidentCall.objects.values_list("call_id", "incident_id"))
