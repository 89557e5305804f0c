"""Which unit to send, and why; for every other, why not: read from the tables, ranked by the program's plan.

A constant number of queries. No network here: `look_ahead` asks for ways before rows are locked, `recommend` takes what
is known of them.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch import travel
from dispatch.models import Incident
from dispatch.queries import plan_of
from dispatch.ranking import Candidate, Need, rank
from dispatch.sighting import position, sights, spoken
from responders.models import Unit
from triage import programs


def recommend(incident: Incident, *, freed: Collection[UUID] = (), at: datetime) -> list[Candidate]:
    """All units of the incident's program: those that can go first, the best on top; then those that cannot. Units that
    are `freed` count as free, whatever they are asked about now."""
    rules = plan_of(incident.program).recommend
    return rank(_need(incident, at), sights(incident, freed=freed, pace=rules.travel, at=at), rules=rules, at=at)


def look_ahead(incident: Incident, *, at: datetime) -> None:
    """Have the ways of all units on duty asked for, so that `recommend` knows them. Half a second at most; nothing at
    all without a routing server. To be called before rows are locked: nobody may wait for another's network."""
    to = position(incident)
    if not travel.is_served() or to is None:
        return
    on_duty = Unit.objects.filter(program=incident.program_id, shifts__during__contains=at).order_by("callsign")
    travel.look_ahead([place for place in map(position, on_duty) if place], to, at=at)


def _need(incident: Incident, at: datetime) -> Need:
    zone = ZoneInfo(incident.program.time_zone) if incident.program else None
    return Need(
        skills=tuple(incident.required_skills),
        languages=spoken(incident),
        areas=programs.areas_at(incident.program, incident.latitude, incident.longitude),
        today=at.astimezone(zone).date(),
    )


__all__ = ["Candidate", "look_ahead", "recommend"]
