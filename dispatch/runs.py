"""Runs of the ladder follow their incident: they rest while no team is wanted, and end when one goes.

What a run does on its way stands above assignments, in `climbing`.
"""

from datetime import datetime

from dispatch import entries, limits
from dispatch.models import Incident, Run, Rung
from dispatch.states import LIVE, RUN, IncidentStatus, RunStatus
from due import timers
from journal.actors import Actor
from journal.models import Entry
from journal.recording import entry
from triage.engine import SERVED

_ENGAGED = frozenset({IncidentStatus.ASSIGNED, IncidentStatus.EN_ROUTE, IncidentStatus.ON_SCENE})


def wants_team(incident: Incident) -> bool:
    """Whether it waits for one of our teams, asked or not."""
    return incident.state is IncidentStatus.PENDING and incident.outcome in SERVED


def open_run(incident: Incident) -> Run | None:
    """The run that is open; under the incident's lock nobody else changes it."""
    return Run.objects.filter(incident=incident, ended_at=None).first()


def is_climbing(incident: Incident) -> bool:
    """Whether a run is open, wherever it has come to."""
    return Run.objects.filter(incident=incident, ended_at=None).exists()


def is_unserved(incident: Incident) -> bool:
    """Whether its search for a team has come to where no team is left to ask."""
    return Run.objects.filter(incident=incident, ended_at=None, unserved_at__isnull=False).exists()


def standing_on(run: Run) -> Rung | None:
    """The step that it is at; None between two, and when none is left."""
    return run.rungs.filter(ended_at=None).first()


def follow(incident: Incident, *, by: Actor, at: datetime) -> list[Entry]:
    """Bring the open run into line with what has become of the incident; the entries that tell of it. The caller holds
    the incident's lock and has set its status and its outcome."""
    run = open_run(incident)
    if run is None:
        return []
    if incident.state in _ENGAGED:
        return [end(run, Run.Ending.SERVED, by=by, at=at)]
    if incident.state not in LIVE:
        return [end(run, Run.Ending.OVER, by=by, at=at)]
    if wants_team(incident):
        # It goes on where it was, at once: the wait has been long enough.
        rested = run.cause in (Run.Cause.TURNED, Run.Cause.HELD)
        return [go_on(run, due_at=at, by=by, at=at)] if rested else []
    cause = Run.Cause.HELD if incident.state is IncidentStatus.ON_HOLD else Run.Cause.TURNED
    return [] if run.cause == cause else [rest(run, cause, by=by, at=at)]


def change(run: Run, status: RunStatus, *, at: datetime, due_at: datetime | None, **more: object) -> None:
    """Into another status, with its timer; the entry is the caller's."""
    if run.state is not status:
        RUN.guard(run.state, status)
        run.since = at
    run.status, run.due_at = status, due_at
    for name, value in {"cause": "", "by_id": None, "by_name": "", "words": "", **more}.items():
        setattr(run, name, value)
    new = run._state.adding
    run.save()
    if new and due_at:
        timers.put(kind=limits.LADDER, subject_id=run.id, due_at=due_at, at=at)
    elif due_at is None:
        timers.cancel(kinds=[limits.LADDER], subject_id=run.id, at=at)
    else:
        timers.reset(kind=limits.LADDER, subject_id=run.id, due_at=due_at, at=at)


def rest(run: Run, cause: Run.Cause, *, by: Actor, at: datetime) -> Entry:
    """While the incident is none for a team; its own watch stands over it meanwhile."""
    change(run, RunStatus.PAUSED, due_at=None, cause=cause, at=at)
    return entry(entries.LadderPaused(run=run.id, cause=cause), subject=run.incident, by=by, at=at)


def go_on(run: Run, *, due_at: datetime, by: Actor, at: datetime) -> Entry:
    """From a pause: with the step it was at, or with asking for a person."""
    left = standing_on(run) or run.rungs.count() < len(run.steps)
    change(run, RunStatus.CLIMBING if left else RunStatus.CALLING, due_at=due_at, at=at)
    return entry(entries.LadderResumed(run=run.id), subject=run.incident, by=by, at=at)


def end(run: Run, ending: Run.Ending, *, by: Actor, at: datetime) -> Entry:
    """It is needed no more."""
    if rung := standing_on(run):
        leave(rung, Rung.Result.ENDED, at=at)
    change(run, RunStatus.ENDED, due_at=None, ended_at=at, ending=ending, at=at)
    return entry(entries.LadderEnded(run=run.id, ending=ending), subject=run.incident, by=by, at=at)


def leave(rung: Rung, result: Rung.Result, *, at: datetime) -> None:
    rung.ended_at, rung.result = at, result
    rung.save(update_fields=["ended_at", "result"])
