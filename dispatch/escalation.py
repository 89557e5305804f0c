"""What happens when nobody acts: an unanswered offer goes to the next unit, what waits too long is surfaced and begins
to climb its ladder (`climbing`).

These are the handlers of timers. Each locks the incident and decides from the tables; a timer whose state has passed
does nothing. Any of them may run twice.
"""

from datetime import datetime

from django.db import transaction

from calls.models import Call
from dispatch import assignments, climbing, decisions, entries, limits, runs
from dispatch.incidents import open_for
from dispatch.models import Assignment, Handoff, Incident
from dispatch.queries import plan_of
from dispatch.recommendation import look_ahead
from dispatch.settling import locked
from dispatch.states import AWAITED, LIVE, AssignmentStatus, HandoffStatus
from dispatch.travel import is_served
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import entry, record, write


def decline(*, assignment: Assignment, reason: str, words: str = "", by: Actor, at: datetime) -> Assignment:
    """A team declines, and the next one is asked in the same breath."""
    look_ahead(assignment.incident, at=at)  # before anything is locked
    with transaction.atomic():
        assignment = assignments.decline(assignment=assignment, reason=reason, words=words, by=by, at=at)
        climbing.offer_next(incident=assignment.incident, at=at)
    return assignment


def expire_offer(firing: Firing) -> bool:
    """Timer `assignment.expire`: the window of an offer is over."""
    at = firing.at
    assignment = Assignment.objects.select_related("incident").get(pk=firing.subject_id)
    look_ahead(assignment.incident, at=at)
    locked(assignment.incident_id)
    assignment.refresh_from_db()
    if assignment.state is not AssignmentStatus.OFFERED or not assignment.respond_by or at < assignment.respond_by:
        return False
    assignments.expire(assignment=assignment, by=CLOCK, at=at)
    climbing.offer_next(incident=assignment.incident, at=at)
    return True


def watch(firing: Firing) -> bool:
    """Timer `incident.watch`: the incident has been in its state longer than promised."""
    at = firing.at
    if is_served():  # before anything is locked
        waiting = Incident.objects.get(pk=firing.subject_id)
        if runs.wants_team(waiting):
            look_ahead(waiting, at=at)
    incident = locked(firing.subject_id)
    # Superseded: the state changed while we waited for the lock, and set its own.
    if incident.state not in LIVE or timers.superseded(firing):
        return False
    incident.overdue_at = incident.overdue_at or firing.due_at
    incident.changed_at = at
    incident.save(update_fields=["overdue_at", "changed_at"])
    overdue = entries.IncidentOverdue(status=incident.status, since=incident.overdue_at)
    told = [entry(overdue, subject=incident, by=CLOCK, at=at)]
    again = plan_of(incident.program).watch.repeat(incident.state, incident.priority)
    timers.put(kind=limits.WATCH, subject_id=incident.id, due_at=at + again, at=at)
    if runs.wants_team(incident) and not runs.is_climbing(incident) and not decisions.is_asked(incident):
        climbing.begin(incident, asked=False, told=told, at=at)
    else:
        write(*told)
    return True


def answer(firing: Firing) -> bool:
    """Timer `handoff.answer`: nobody has told the other agency, or it was told and has not said yes or no. Surfaced
    again until it has."""
    at = firing.at
    incident = locked(Handoff.objects.values_list("incident_id", flat=True).get(pk=firing.subject_id))
    handoff = Handoff.objects.get(pk=firing.subject_id)
    # Superseded: they were told while we waited for the lock, and that set its own.
    if handoff.state not in AWAITED or not incident.is_open or timers.superseded(firing):
        return False
    incident.overdue_at = incident.overdue_at or firing.due_at
    incident.changed_at = at
    incident.save(update_fields=["overdue_at", "changed_at"])
    kind = entries.HandoffUntold if handoff.state is HandoffStatus.PROPOSED else entries.HandoffUnanswered
    record(kind(incident=incident.id, to=handoff.to), subject=handoff, by=CLOCK, at=at)
    again = plan_of(incident.program).watch.answer(incident.priority)
    timers.put(kind=limits.ANSWER, subject_id=handoff.id, due_at=at + again, at=at)
    return True


def open_call(firing: Firing) -> bool:
    """Timer `call.open`: a call whose incident could not be opened when it was taken."""
    # Locked: facts that arrive in this instant must not miss the incident's first decision.
    call = Call.objects.select_for_update(of=("self",)).select_related("program__policy").get(pk=firing.subject_id)
    if hasattr(call, "incident_link"):
        return False
    open_for(call=call, by=CLOCK, at=firing.at)
    return True
