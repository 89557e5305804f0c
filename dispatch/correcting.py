"""Stamps that were wrong."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import entries
from dispatch.models import (
    ASSIGNMENT_STAMPS,
    HANDOFF_STAMPS,
    INCIDENT_STAMPS,
    Assignment,
    Correction,
    Handoff,
    Incident,
)
from dispatch.settling import locked
from journal.actors import Actor
from journal.kinds import Payload
from journal.recording import record
from journal.refusals import Invalid, Overtaken, fitting
from journal.states import plain

# A row that has stamps.
Row = Incident | Assignment | Handoff

# In which order stamps follow each other; two of the same rank may come in either.
_OF_INCIDENT = {"received": 0, "answered": 1, "triaged": 2, "queued": 3, "handed_off": 4, "closed": 5, "cancelled": 5}
_OF_TEAM = {
    "offered": 0, "accepted": 1, "en_route": 2, "staged": 2, "on_scene": 3, "transporting": 4, "at_destination": 5,
    "cleared": 6, "ended": 6,
}  # fmt: skip
# Who said yes on another way may be told by message after it.
_OF_HANDOFF = {"proposed": 0, "sent": 1, "acknowledged": 1, "refused": 1, "returned": 2, "withdrawn": 2}


def correct(
    *,
    incident: Incident,
    of: Assignment | Handoff | None = None,
    stamp: str,
    to: datetime,
    reason: str,
    seen: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Correction:
    """A stamp of the incident, or `of` one of its teams or hand-offs, was wrong: `to` is right. The row then holds what
    is right; what it held is kept in the correction, which is returned, and in the journal.

    `seen` is what stood there for whoever corrects it: Overtaken when a colleague has corrected it since.

    Raises Invalid for a stamp that is unknown or not set (what did not happen has no moment to correct), without a
    reason, and for a moment that lies in the future or against the order in which things happen.
    """
    known = _known(of)
    if stamp not in known:
        raise Invalid({"stamp": _("Must be one of: %(known)s.") % {"known": ", ".join(known)}})
    [reason] = fitting({"reason": (reason, 500)}, needed={"reason": _("Why was it wrong? A few words.")})
    if to > at:
        raise Invalid({"to": _("Lies in the future.")})
    with transaction.atomic():
        incident = locked(incident.id)
        teams = list(incident.assignments.select_for_update(of=("self",)).select_related("unit").order_by("offered_at"))
        handoffs = list(incident.handoffs.select_for_update().order_by("proposed_at"))
        rows: list[Row] = [*teams, *handoffs]
        row = next(each for each in rows if each.pk == of.pk) if of else incident
        before = _stamp(row, stamp)
        if before is None:
            raise Invalid({"stamp": _("There is no moment yet at which it was %(state)s.") % {"state": plain(stamp)}})
        if before == to:
            raise Invalid({"to": _("This is what stands there.")})
        if seen is not None and before != seen:
            raise _overtaken(incident, row, stamp, before)
        _guard_order(incident, teams, handoffs, row, stamp, to)
        made = Correction.objects.create(
            incident=incident,
            assignment=row if isinstance(row, Assignment) else None,
            handoff=row if isinstance(row, Handoff) else None,
            stamp=stamp,
            before=before,
            after=to,
            reason=reason,
            at=at,
            by_id=by.actor_id,
            by_name=by.actor_name,
        )
        setattr(row, f"{stamp}_at", to)
        told: dict[str, Any] = {"stamp": stamp, "before": before, "after": to, "correction": made.id}
        incident.changed_at = at
        incident.save(update_fields=["changed_at"])
        row.save(update_fields=[f"{stamp}_at"])
        match row:
            case Assignment():
                corrected: Payload = entries.AssignmentCorrected(incident=incident.id, unit=row.unit_id, **told)
            case Handoff():
                corrected = entries.HandoffCorrected(incident=incident.id, to=row.to, **told)
            case _:
                corrected = entries.IncidentCorrected(**told)
        record(corrected, subject=row, by=by, at=at)
    return made


def _overtaken(incident: Incident, row: Row, stamp: str, before: datetime) -> Overtaken:
    of_it = incident.corrections.filter(stamp=stamp, after=before).order_by("-id")
    by = next((each.by_name for each in of_it if each.row_id == row.pk), _("A colleague"))
    moment = before.astimezone(_zone(incident))
    return Overtaken(
        _("%(name)s has corrected this meanwhile to %(moment)s. If yours is right all the same, press once more.")
        % {"name": by, "moment": f"{moment:%H:%M:%S}"},
        {stamp: before},
    )


def _zone(incident: Incident) -> tzinfo:
    return ZoneInfo(incident.program.time_zone) if incident.program else UTC


def _known(of: Assignment | Handoff | None) -> Sequence[str]:
    match of:
        case Assignment():
            return ASSIGNMENT_STAMPS
        case Handoff():
            return HANDOFF_STAMPS
        case _:
            return INCIDENT_STAMPS


def _stamp(row: Row, name: str) -> datetime | None:
    moment: datetime | None = getattr(row, f"{name}_at")
    return moment


def _guard_order(
    incident: Incident, teams: list[Assignment], handoffs: list[Handoff], row: Row, stamp: str, to: datetime
) -> None:
    """Nothing may come before what it follows."""
    zone = _zone(incident)
    for way, name, moment in _neighbours(incident, teams, handoffs, row, stamp):
        if (moment > to) if way == "earlier" else (moment < to):
            when = f"{moment.astimezone(zone):%H:%M:%S %Z}"
            raise Invalid(
                {
                    "to": (
                        _("Lies before %(what)s, %(when)s: correct that first, if it is wrong.")
                        if way == "earlier"
                        else _("Lies after %(what)s, %(when)s: correct that first, if it is wrong.")
                    )
                    % {"what": name, "when": when}
                }
            )


def _neighbours(
    incident: Incident, teams: list[Assignment], handoffs: list[Handoff], row: Row, stamp: str
) -> Iterator[tuple[str, str, datetime]]:
    """What must be earlier than this stamp and what later: which, its name, its moment."""
    ranks = _OF_TEAM if isinstance(row, Assignment) else _OF_HANDOFF if isinstance(row, Handoff) else _OF_INCIDENT
    others: list[tuple[str, str, datetime | None]] = [
        ("earlier" if rank < ranks[stamp] else "later", plain(name), _stamp(row, name))
        for name, rank in ranks.items()
        if rank != ranks[stamp]
    ]
    if row is not incident:
        others.append(("earlier", _("the call"), incident.received_at))
        others += [("later", _("the end of the incident"), end) for end in (incident.closed_at, incident.cancelled_at)]
    elif stamp in ("received", "closed", "cancelled"):
        first = stamp == "received"
        way = "later" if first else "earlier"
        ends = ["offered"] if first else ["cleared", "ended"]
        others += [(way, f"{each.unit.callsign} {plain(end)}", _stamp(each, end)) for each in teams for end in ends]
        ends = ["proposed"] if first else ["sent", "acknowledged", "refused", "returned", "withdrawn"]
        others += [(way, f"{each} {plain(end)}", _stamp(each, end)) for each in handoffs for end in ends]
    return ((way, name, moment) for way, name, moment in others if moment is not None)
