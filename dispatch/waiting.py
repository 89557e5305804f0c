"""What an incident on hold waits for."""

from datetime import datetime

from dispatch import entries, limits
from dispatch.models import Hold, Incident
from dispatch.queries import plan_of
from dispatch.states import IncidentStatus
from due import timers
from journal.actors import Actor
from journal.models import Entry
from journal.recording import entry


def hold_in_force(incident: Incident) -> Hold | None:
    """What a person decided it waits for, while it does."""
    return incident.holds.filter(ended_at=None).first()


def end(hold: Hold, *, ending: Hold.Ending, by: Actor, at: datetime) -> Entry:
    """It holds no longer; the entry that tells of it. The caller holds the incident's lock, and settles it."""
    hold.ended_at, hold.ending = at, ending
    hold.ended_by_id, hold.ended_by_name = by.actor_id, by.actor_name
    hold.save(update_fields=["ended_at", "ending", "ended_by_id", "ended_by_name"])
    timers.cancel(kinds=[limits.SERVE], subject_id=hold.id, at=at)
    return entry(entries.IncidentHoldEnded(hold=hold.id, ending=ending.value), subject=hold.incident, by=by, at=at)


def watched_until(hold: Hold, incident: Incident, *, at: datetime) -> datetime:
    """When a held incident is surfaced: at its review; a scheduled one only if it was not served as it should be."""
    if not hold.is_scheduled:
        return max(hold.until, at)
    return max(hold.until + plan_of(incident.program).watch.limit(IncidentStatus.PENDING, incident.priority), at)
