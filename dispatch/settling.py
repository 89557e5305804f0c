"""What follows for an incident from what has happened: its status, its watch, offers and hand-offs that come or go.

Everything here runs with the incident's row locked first; whoever locks more locks the incident before its
assignments and hand-offs, so that no two verbs can wait for each other.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import QuerySet

from dispatch import decisions, entries, limits, queries, runs, waiting
from dispatch.models import Assignment, Handoff, Hold, Incident, Override, Referral, Round, agencies
from dispatch.states import (
    ASSIGNMENT,
    AWAITED,
    ENGAGED,
    HANDOFF,
    INCIDENT,
    LIVE,
    PROGRESS,
    TURNED_DOWN,
    AssignmentStatus,
    HandoffStatus,
    IncidentStatus,
    ReferralStatus,
)
from due import messages, timers
from journal.actors import Actor
from journal.models import Entry
from journal.recording import entry, write
from triage.engine import SERVED

# Outcomes for which one of our teams goes; every other is handed to somebody else.
OURS = frozenset(SERVED)
# The one for which it goes alone. The floor stops it, whoever decides.
ALONE = "community"
# The message to another agency's system of what is handed to it (`dispatch.webhooks`).
TO_THEIR_SYSTEM = "handoff.webhook"


def locked(incident_id: uuid.UUID) -> Incident:
    """The incident, its row locked until the transaction ends."""
    return _lock(incident_id).get()


def _lock(incident_id: uuid.UUID, *, skip_locked: bool = False) -> QuerySet[Incident]:
    rows = Incident.objects.select_for_update(of=("self",), skip_locked=skip_locked).filter(pk=incident_id)
    return rows.select_related("program").defer("program__area")


def both_locked(one: uuid.UUID, other: uuid.UUID) -> tuple[Incident, Incident]:
    """Two incidents, locked in the order of their ids: two who move teams between them, one each way, take turns."""
    found = {each: locked(each) for each in sorted({one, other})}
    return found[one], found[other]


def locked_at_once(incident_id: uuid.UUID) -> Incident | None:
    """The incident, locked, unless somebody else is at it. For whoever holds one already and comes to another: to wait
    for it, out of the order of ids, could be a deadlock."""
    return _lock(incident_id, skip_locked=True).first()


def override_in_force(incident: Incident) -> Override | None:
    """What a person decided over the policy, while it holds."""
    return incident.overrides.filter(lifted_at=None).first()


def needed(incident: Incident) -> set[str]:
    """Whom else the outcome and the decision in force ask for."""
    decided = decisions.in_force(incident)
    return agencies(incident.outcome) | set(decided.decision["also"] if decided else ())


def end_offers(
    incident: Incident,
    *,
    of: Round | None = None,
    withdrawal: Assignment.Withdrawal,
    words: str,
    by: Actor,
    at: datetime,
) -> list[Entry]:
    """Withdraw what is offered and not accepted (of one round, or all); the entries that tell of it. The teams see the
    words. The caller holds the incident's lock."""
    told = []
    offers = incident.assignments.select_for_update().filter(status=AssignmentStatus.OFFERED)
    for offer in offers.filter(round=of) if of else offers:
        offer.status, offer.ended_at = AssignmentStatus.WITHDRAWN, at
        offer.withdrawal, offer.words = withdrawal, words
        offer.save(update_fields=["status", "ended_at", "withdrawal", "words"])
        timers.cancel(kinds=[limits.EXPIRE], subject_id=offer.id, at=at)
        moved = entries.AssignmentMoved(
            incident=incident.id,
            unit=offer.unit_id,
            before=AssignmentStatus.OFFERED,
            status=AssignmentStatus.WITHDRAWN,
            reason=withdrawal.value,
        )
        told.append(entry(moved, subject=offer, by=by, at=at))
    return told


def end_hold(incident: Incident, *, ending: Hold.Ending, by: Actor, at: datetime) -> list[Entry]:
    """What it waited for is over; the entry that tells of it, where it was on hold. The caller holds the lock."""
    hold = waiting.hold_in_force(incident)
    return [waiting.end(hold, ending=ending, by=by, at=at)] if hold else []


def propose(
    incident: Incident, agencies: Sequence[str], *, to_system: bool = True, by: Actor, at: datetime
) -> list[Entry]:
    """Hand-offs to these agencies, those that are already asked left out; the entries that tell of them.

    `to_system`: their own system is sent it where it has one; else only a person tells them.
    """
    if not agencies:
        return []
    standing = incident.handoffs.filter(status__in=HANDOFF.open)
    asked = set() if incident._state.adding else set(standing.values_list("to", flat=True))
    links = queries.links(incident.program_id)
    new = [
        Handoff(
            incident=incident,
            to=to,
            agency=links[to].agency if to in links else None,
            status=HandoffStatus.PROPOSED,
            proposed_at=at,
        )
        for to in agencies
        if to not in asked
    ]
    Handoff.objects.bulk_create(new)
    for handoff in new:
        if to_system and handoff.agency and links[handoff.to].url and not incident.exercise:
            messages.put(
                kind=TO_THEIR_SYSTEM,
                recipients=[handoff.agency.id],
                subject_id=handoff.id,
                deadline=at + limits.DELIVERY,
                at=at,
            )
        due_at = at + queries.plan_of(incident.program).watch.answer(incident.priority)
        timers.put(kind=limits.ANSWER, subject_id=handoff.id, due_at=due_at, at=at)
    return [
        entry(entries.HandoffProposed(incident=incident.id, to=handoff.to), subject=handoff, by=by, at=at)
        for handoff in new
    ]


def settle(
    *,
    incident: Incident,
    to: IncidentStatus | None = None,
    back: bool = False,
    by: Actor,
    at: datetime,
    told: Sequence[Entry] = (),
) -> Incident:
    """Bring the status into line with decision, assignments, hand-offs and disposition. The caller holds the lock.

    `to` is the end that a person gives it instead; `back` takes up again what has ended. `told`, what the caller did,
    is written with what follows from it, before it.
    """
    write(*told, *settled(incident, to=to, back=back, by=by, at=at))
    incident.save()
    return incident


def settled(
    incident: Incident,
    *,
    to: IncidentStatus | None = None,
    back: bool = False,
    by: Actor,
    at: datetime,
    new: bool = False,
) -> list[Entry]:
    """The same for whoever writes more and saves the incident: the entries that tell of it. `new`: nothing refers to it
    yet."""
    before = incident.state
    status = to or (_status(incident, new=new) if incident.is_open or back else before)
    incident.changed_at = at
    if incident.outcome != "undetermined":
        incident.triaged_at = incident.triaged_at or at
    told = []
    if status is not before:
        INCIDENT.guard(before, status)
        incident.status = status
        incident.overdue_at = None
        told = [entry(entries.IncidentMoved(before=before, status=status), subject=incident, by=by, at=at)]
    # The first time counts; an end happens once.
    match status:
        case IncidentStatus.PENDING:
            incident.queued_at = incident.queued_at or at
        case IncidentStatus.HANDED_OFF:
            incident.handed_off_at = incident.handed_off_at or at
        case IncidentStatus.CLOSED:
            incident.closed_at = incident.closed_at or at
        case IncidentStatus.CANCELLED:
            incident.cancelled_at = incident.cancelled_at or at
    if status in INCIDENT.ends:
        told += end_hold(incident, ending=Hold.Ending.OVER, by=by, at=at)
    if not new:
        told += runs.follow(incident, by=by, at=at)
    if status not in LIVE:
        timers.cancel(kinds=[limits.WATCH], subject_id=incident.id, at=at)
    elif new:
        timers.put(kind=limits.WATCH, subject_id=incident.id, due_at=watched_until(incident, at=at), at=at)
    elif status is not before:
        watch_anew(incident, at=at)
    return told


def watch_anew(incident: Incident, *, at: datetime) -> None:
    """The watch of a live incident counts from now. The caller holds the lock."""
    timers.reset(kind=limits.WATCH, subject_id=incident.id, due_at=watched_until(incident, at=at), at=at)


def watched_until(incident: Incident, *, at: datetime) -> datetime:
    """Until when it may stay as it is unremarked, from now on."""
    hold = waiting.hold_in_force(incident) if incident.state is IncidentStatus.ON_HOLD else None
    if hold:
        return waiting.watched_until(hold, incident, at=at)
    plan = queries.plan_of(incident.program)
    if runs.wants_team(incident):
        return at + plan.ladder.wait[incident.priority or 2]
    return at + plan.watch.limit(incident.state, incident.priority)


def _status(incident: Incident, *, new: bool) -> IncidentStatus:
    """What the tables make of it. The most advanced team counts; then what is still asked of other agencies."""
    open_ones = incident.assignments.filter(status__in=ASSIGNMENT.open).values_list("status", flat=True)
    statuses = [] if new else [AssignmentStatus(status) for status in open_ones]
    if teams := [status for status in statuses if status in ENGAGED]:
        order = list(PROGRESS)
        return PROGRESS[max(teams, key=order.index)][0]
    handoffs = [] if new else list(incident.handoffs.values_list("to", "status"))
    unanswered = any(status in AWAITED for _, status in handoffs)
    if incident.disposition and not unanswered and not statuses and not in_duress(incident) and not owed(incident):
        return IncidentStatus.CLOSED
    if incident.outcome == "undetermined":
        return IncidentStatus.TRIAGE
    if (
        not unanswered
        and (incident.outcome, HandoffStatus.ACKNOWLEDGED) in handoffs
        and not _turned_down(handoffs, incident)
        and not in_duress(incident)
    ):
        return IncidentStatus.HANDED_OFF
    if not new and incident.outcome in OURS and waiting.hold_in_force(incident):
        return IncidentStatus.ON_HOLD
    return IncidentStatus.PENDING


def _turned_down(handoffs: Collection[tuple[str, str]], incident: Incident) -> bool:
    """Whether somebody who is needed has said no, and nobody of their kind has said yes since."""
    no = {to for to, status in handoffs if status in TURNED_DOWN}
    return bool(no) and bool((no - {to for to, status in handoffs if status in HANDOFF.open}) & needed(incident))


def owed(incident: Incident) -> Referral | None:
    """What another agency handed to us here, and waits for our answer about: while it does, nothing ends."""
    waiting = Referral.objects.filter(call__incident_link__incident=incident, status=ReferralStatus.RECEIVED)
    return waiting.select_related("agency").first()


def in_duress(incident: Incident) -> bool:
    """Whether one stands: then the incident stays on the board until somebody has cleared it."""
    return incident.duresses.filter(cleared_at=None).exists()
