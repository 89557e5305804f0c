"""The hand-offs of an incident as its page shows them: what is to be done about each now."""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch.models import Handoff, Incident
from dispatch.states import HANDOFF, TURNED_DOWN


@dataclass(frozen=True)
class Asked:
    """A hand-off. `wanted`: they said no, are needed, and were not asked again: somebody else must go."""

    handoff: Handoff
    wanted: bool


def asked_of(incident: Incident, *, needed: Collection[str]) -> list[Asked]:
    """In the order in which they were asked."""
    handoffs = sorted(incident.handoffs.all(), key=lambda handoff: (handoff.proposed_at, handoff.to))
    newest = {handoff.to: handoff for handoff in sorted(handoffs, key=lambda handoff: handoff.state in HANDOFF.open)}

    def wanted(handoff: Handoff) -> bool:
        said_no = handoff.state in TURNED_DOWN and newest[handoff.to] is handoff
        return said_no and handoff.to in needed and incident.is_open

    return [Asked(handoff, wanted(handoff)) for handoff in handoffs]
