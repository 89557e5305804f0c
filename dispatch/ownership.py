"""Whose an incident is: a unit's, a person's or a timer's, and when something is due about it. Derived, never stored;
and never nobody's (`auditing`)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.limits import LADDER
from dispatch.models import Incident
from dispatch.states import ASSIGNMENT, ENGAGED, LIVE, PROGRESS, RunStatus
from due.models import Timer


class Holder(StrEnum):
    UNIT = "unit"
    PERSON = "person"
    TIMER = "timer"


@dataclass(frozen=True)
class Owner:
    """`name`: a callsign, a person's name, or the kind of the timer that is due next."""

    kind: Holder
    name: str
    due_at: datetime | None


def owner_of(incident: Incident) -> Owner | None:
    """The team that is furthest, else the team that is asked, else whoever holds it or has taken it, else its ladder,
    else the next timer. None when it has ended or is another agency's. Reads what `queries.detailed` has fetched."""
    if incident.state not in LIVE:
        return None
    runs = [run for run in incident.runs.all() if run.is_open]
    about = [incident.pk, *(each.pk for each in incident.assignments.all()), *(each.pk for each in runs)]
    about += [each.pk for each in incident.handoffs.all()]
    pending = Timer.objects.filter(subject_id__in=about, done_at=None, cancelled_at=None)
    timer = pending.order_by("due_at").first()
    due_at = timer.due_at if timer else None
    teams = [each for each in incident.assignments.all() if each.state in ASSIGNMENT.open]
    order = list(PROGRESS)
    if engaged := [each for each in teams if each.state in ENGAGED]:
        furthest = max(engaged, key=lambda each: order.index(each.state))
        return Owner(Holder.UNIT, furthest.unit.callsign, due_at)
    if teams:
        return Owner(Holder.UNIT, teams[0].unit.callsign, teams[0].respond_by)
    for hold in incident.holds.all():
        if hold.ended_at is None:
            return Owner(Holder.PERSON, hold.by_name, hold.until)
    for run in runs:
        if run.state in (RunStatus.TAKEN, RunStatus.STOOD_DOWN) or run.cause == "person":
            return Owner(Holder.PERSON, run.by_name, due_at)
        if run.due_at:
            return Owner(Holder.TIMER, LADDER, run.due_at)
    return Owner(Holder.TIMER, timer.kind, due_at) if timer else None
