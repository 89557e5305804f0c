"""When a team under way must be heard from next: rounds of check-ins, kept by whatever the team reports.

Everything here runs under the lock of the incident, which the caller holds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from calls.models import Call
from dispatch import decisions, entries, limits
from dispatch.models import Assignment, Backup, CheckIn, Incident
from dispatch.queries import plan_of
from dispatch.states import ENGAGED, PROGRESS
from due import timers
from journal.actors import Actor
from journal.models import Entry
from journal.recording import entry

# The states of an incident that a team is under way to: in others, nobody need be looked for.
_MOVING = {PROGRESS[status][0] for status in ENGAGED}


def heard(
    assignment: Assignment, incident: Incident, *, by_radio: bool = False, by: Actor, at: datetime
) -> list[Entry]:
    """The team was heard from: its round ends and the next begins. The entries that tell of what this has settled."""
    told = _end(assignment, ending=CheckIn.Ending.HEARD, by_radio=by_radio, by=by, at=at)
    check_in = CheckIn.objects.create(
        assignment=assignment, since=at, due_at=at + _intervals(incident, [assignment], at=at)[assignment.id]
    )
    timers.put(kind=limits.CHECK_IN, subject_id=check_in.id, due_at=check_in.due_at, at=at)
    return told


def over(assignment: Assignment, *, by: Actor, at: datetime) -> list[Entry]:
    """The team is done, or was taken back: nobody waits for its word, and no help is wanted for it any more."""
    told = _end(assignment, ending=CheckIn.Ending.OVER, by=by, at=at)
    asked = assignment.backups.filter(decided_at=None)
    return told + [moot(each, by=by, at=at) for each in asked]


def _end(
    assignment: Assignment, *, ending: CheckIn.Ending, by_radio: bool = False, by: Actor, at: datetime
) -> list[Entry]:
    told = []
    for check_in in assignment.check_ins.filter(ended_at=None):
        check_in.ended_at, check_in.ending, check_in.by_radio = at, ending, by_radio
        check_in.by_id, check_in.by_name = by.actor_id, by.actor_name
        check_in.save()
        timers.cancel(kinds=[limits.CHECK_IN], subject_id=check_in.id, at=at)
    for proposed in assignment.backups.filter(cause=Backup.Cause.SILENCE, decided_at=None):
        told.append(moot(proposed, by=by, at=at))
    return told


def moot(backup: Backup, *, by: Actor, at: datetime) -> Entry:
    """It is needed no more; the entry that tells of it."""
    backup.decided_at, backup.decision = at, Backup.Decision.MOOT
    backup.decided_by_id, backup.decided_by_name = by.actor_id, by.actor_name
    backup.save()
    timers.cancel(kinds=[limits.BACKUP], subject_id=backup.id, at=at)
    told = entries.AssignmentBackupDecided(
        incident=backup.incident_id, unit=backup.assignment.unit_id, decision=backup.decision
    )
    return entry(told, subject=backup.assignment, by=by, at=at)


def unheard() -> QuerySet[Assignment]:
    """Teams under way that nobody waits to hear from: there is never one, unless somebody has a bug."""
    rounds = CheckIn.objects.filter(assignment=OuterRef("pk"), ended_at=None)
    return Assignment.objects.filter(~Exists(rounds), status__in=ENGAGED)


def bring_forward(incident: Incident, *, at: datetime) -> None:
    """The risk may have risen: teams that have not been asked are due by what is known now, if that is sooner."""
    if incident.state not in _MOVING:
        return
    rounds = CheckIn.objects.filter(assignment__incident=incident, ended_at=None, asked_at=None)
    waiting = list(rounds.select_related("assignment"))
    intervals = _intervals(incident, [check_in.assignment for check_in in waiting], at=at)
    for check_in in waiting:
        due_at = max(check_in.since + intervals[check_in.assignment_id], at)
        if due_at < check_in.due_at:
            check_in.due_at = due_at
            check_in.save(update_fields=["due_at"])
            timers.reset(kind=limits.CHECK_IN, subject_id=check_in.id, due_at=due_at, at=at)


def _intervals(incident: Incident, teams: Sequence[Assignment], *, at: datetime) -> dict[UUID, timedelta]:
    """How long each of these teams may go unheard."""
    plan = plan_of(incident.program).check_ins
    decided = decisions.in_force(incident)
    known = decided.facts if decided else {}
    calls = list(Call.objects.filter(incident_link__incident=incident))
    cautioned = bool(decisions.cautions_of(incident, calls, at=at))
    return {
        team.id: plan.interval(team.state, priority=incident.priority, known=known, cautioned=cautioned)
        for team in teams
    }
