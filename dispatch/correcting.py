"""Stamps that were wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from dispatch import entries
from dispatch.models import ASSIGNMENT_STAMPS, INCIDENT_STAMPS, Assignment, Correction, Incident
from dispatch.settling import locked, plain
from journal.actors import Actor
from journal.kinds import Payload
from journal.recording import record
from journal.refusals import Invalid, fitting

# In which order stamps follow each other; two of the same rank may come in either.
_OF_INCIDENT = {"received": 0, "answered": 1, "triaged": 2, "queued": 3, "handed_off": 4, "closed": 5, "cancelled": 5}
_OF_TEAM = {
    "offered": 0, "accepted": 1, "en_route": 2, "staged": 2, "on_scene": 3, "transporting": 4, "at_destination": 5,
    "cleared": 6, "ended": 6,
}  # fmt: skip


def correct(
    *,
    incident: Incident,
    assignment: Assignment | None = None,
    stamp: str,
    to: datetime,
    reason: str,
    by: Actor,
    at: datetime,
) -> Correction:
    """A stamp of the incident, or of one of its teams, was wrong: `to` is right. The row then holds what is right; what
    it held is kept in the correction, which is returned, and in the journal.

    Raises Invalid for a stamp that is unknown or not set (what did not happen has no moment to correct), without a
    reason, and for a moment that lies in the future or against the order in which things happen.
    """
    known = ASSIGNMENT_STAMPS if assignment else INCIDENT_STAMPS
    if stamp not in known:
        raise Invalid({"stamp": f"Must be one of: {', '.join(known)}."})
    [reason] = fitting({"reason": (reason, 500)}, needed={"reason": "Why was it wrong? A few words."})
    if to > at:
        raise Invalid({"to": "Lies in the future."})
    with transaction.atomic():
        incident = locked(incident.id)
        teams = list(incident.assignments.select_for_update(of=("self",)).select_related("unit").order_by("offered_at"))
        team = next(each for each in teams if each.pk == assignment.pk) if assignment else None
        before = _stamp(team or incident, stamp)
        if before is None:
            raise Invalid({"stamp": f"There is no moment yet at which it was {plain(stamp)}."})
        if before == to:
            raise Invalid({"to": "This is what stands there."})
        _guard_order(incident, teams, team, stamp, to)
        made = Correction.objects.create(
            incident=incident,
            assignment=team,
            stamp=stamp,
            before=before,
            after=to,
            reason=reason,
            at=at,
            by_id=by.actor_id,
            by_name=by.actor_name,
        )
        setattr(team or incident, f"{stamp}_at", to)
        told: dict[str, Any] = {"stamp": stamp, "before": before, "after": to, "correction": made.id}
        corrected: Payload = entries.IncidentCorrected(**told)
        if team:
            team.save(update_fields=[f"{stamp}_at"])
            corrected = entries.AssignmentCorrected(incident=incident.id, unit=team.unit_id, **told)
        incident.changed_at = at
        incident.save(update_fields=["changed_at", *([] if team else [f"{stamp}_at"])])
        record(corrected, subject=team or incident, by=by, at=at)
    return made


def _stamp(row: Incident | Assignment, name: str) -> datetime | None:
    moment: datetime | None = getattr(row, f"{name}_at")
    return moment


def _guard_order(
    incident: Incident, teams: list[Assignment], team: Assignment | None, stamp: str, to: datetime
) -> None:
    """Nothing may come before what it follows."""
    zone = ZoneInfo(incident.program.time_zone) if incident.program else UTC
    for way, name, moment in _neighbours(incident, teams, team, stamp):
        if (moment > to) if way == "earlier" else (moment < to):
            apart = "before" if way == "earlier" else "after"
            when = f"{moment.astimezone(zone):%H:%M:%S %Z}"
            raise Invalid({"to": f"Lies {apart} {name}, {when}: correct that first, if it is wrong."})


def _neighbours(
    incident: Incident, teams: list[Assignment], team: Assignment | None, stamp: str
) -> Iterator[tuple[str, str, datetime]]:
    """What must be earlier than this stamp and what later: which, its name, its moment."""
    ranks, row = (_OF_TEAM, team) if team else (_OF_INCIDENT, incident)
    others: list[tuple[str, str, datetime | None]] = [
        ("earlier" if rank < ranks[stamp] else "later", plain(name), _stamp(row, name))
        for name, rank in ranks.items()
        if rank != ranks[stamp]
    ]
    if team:
        others.append(("earlier", "the call", incident.received_at))
        others += [("later", "the end of the incident", end) for end in (incident.closed_at, incident.cancelled_at)]
    if stamp in ("received", "closed", "cancelled") and not team:
        way, ends = ("later", ["offered"]) if stamp == "received" else ("earlier", ["cleared", "ended"])
        others += [(way, f"{each.unit.callsign} {plain(end)}", _stamp(each, end)) for each in teams for end in ends]
    return ((way, name, moment) for way, name, moment in others if moment is not None)
