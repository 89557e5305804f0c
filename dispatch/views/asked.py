"""The hand-offs of an incident as its page shows them, and those to us: what is to be done about each now."""

from collections.abc import Collection
from dataclasses import dataclass

from dispatch import queries
from dispatch.models import AgencyLink, Handoff, Incident, Referral
from dispatch.referrals import OUR_ANSWER
from dispatch.settling import TO_THEIR_SYSTEM
from dispatch.states import HANDOFF, TURNED_DOWN
from due.models import Message
from due.queries import messages_about


@dataclass(frozen=True)
class Asked:
    """A hand-off, how they are reached, and the message to their system. `wanted`: they said no, are needed, and were
    not asked again: somebody else must go. `has_keys`: single keys act on the first whose answer is awaited."""

    handoff: Handoff
    wanted: bool
    link: AgencyLink | None
    message: Message | None
    has_keys: bool


def asked_of(incident: Incident, *, needed: Collection[str]) -> list[Asked]:
    """In the order in which they were asked."""
    handoffs = sorted(incident.handoffs.all(), key=lambda handoff: (handoff.proposed_at, handoff.to))
    newest = {handoff.to: handoff for handoff in sorted(handoffs, key=lambda handoff: handoff.state in HANDOFF.open)}

    def wanted(handoff: Handoff) -> bool:
        said_no = handoff.state in TURNED_DOWN and newest[handoff.to] is handoff
        return said_no and handoff.to in needed and incident.is_open

    links = queries.links(incident.program_id) if handoffs else {}
    sent = messages_about(TO_THEIR_SYSTEM, [handoff.id for handoff in handoffs if handoff.agency_id])
    first = next((each for each in handoffs if each.is_awaited), None)
    return [Asked(each, wanted(each), links.get(each.to), sent.get(each.id), each is first) for each in handoffs]


@dataclass(frozen=True)
class HandedToUs:
    """What another agency hands to us, and the message to its system of our answer."""

    referral: Referral
    message: Message | None


def handed_to_us(incident: Incident) -> list[HandedToUs]:
    """In the order in which they came."""
    found = list(
        Referral.objects.filter(call__incident_link__incident=incident).select_related("agency").order_by("received_at")
    )
    told = messages_about(OUR_ANSWER, [each.id for each in found]) if found else {}
    return [HandedToUs(each, told.get(each.id)) for each in found]
