"""A team that has not answered about one incident is asked about a more urgent one instead.

What a dispatcher (`diverting`) and the ladder (`climbing`) have in common: the caller has locked both incidents, and
sees to it afterwards that the one that is left goes on.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from dispatch import assignments
from dispatch.incidents import more_urgent
from dispatch.models import Assignment, Incident, Round
from dispatch.settling import settle
from dispatch.states import ASSIGNMENT, ENGAGED, AssignmentStatus
from journal.actors import Actor
from journal.refusals import Refused


def supersede(
    left: Incident,
    assignment: Assignment,
    incident: Incident,
    *,
    together: Round | None = None,
    by: Actor,
    at: datetime,
) -> Assignment:
    """The offer that takes the other's place; the team is told so. Refused when it has answered, when this is not the
    more urgent one, and like `assignments.offer`."""
    if assignment.state in ENGAGED:
        raise assignments.taken(assignment, so=_("It has accepted: take it from there, or ask another."))
    guard(left, assignment, incident)
    words = f"You are asked for incident {incident.number} instead, which is more urgent."
    take(left, assignment, Assignment.Withdrawal.SUPERSEDED, words=words, by=by, at=at)
    incident.disposition = ""
    offer, told = assignments.ask(incident, assignment.unit, together=together, by=by, at=at)
    settle(incident=incident, told=[told], by=by, at=at)
    return offer


def guard(left: Incident, assignment: Assignment, incident: Incident) -> None:
    """Refuse to turn a team that is free by now, or to what is not more urgent."""
    callsign = assignment.unit.callsign
    if left.id == incident.id:
        raise Refused(_("%(unit)s is on incident %(number)s already.") % {"unit": callsign, "number": incident.number})
    assignments.guard_wanted(incident)
    if not assignment.is_open:
        busy = assignment.unit.assignments.filter(status__in=ASSIGNMENT.open).select_related("incident", "unit").first()
        if busy:
            raise assignments.taken(busy)
        raise Refused(_("%(stands)s: look once more.") % {"stands": assignments.overtaken(assignment)})
    if not more_urgent(incident.priority, left.priority):
        raise Refused(
            _(
                "Incident %(number)s (priority %(priority)s) is not more urgent than incident %(other)s (priority "
                "%(less)s): %(unit)s stays there."
            )
            % {
                "number": incident.number,
                "priority": incident.priority,
                "other": left.number,
                "less": left.priority,
                "unit": callsign,
            }
        )


def take(
    left: Incident, assignment: Assignment, because: Assignment.Withdrawal, *, words: str, by: Actor, at: datetime
) -> None:
    """It is asked or under way there no more."""
    assignments.take_turn()
    status = AssignmentStatus.WITHDRAWN
    assignments.change(left, assignment, status, by=by, at=at, ended_at=at, withdrawal=because, words=words)


def surface(left: Incident, *, at: datetime) -> None:
    """Nobody is asked for it any more, and no clock asks: that is never left to be noticed."""
    if left.assignments.filter(status__in=ASSIGNMENT.open).exists():
        return
    left.refresh_from_db(fields=["overdue_at"])
    left.overdue_at = left.overdue_at or at
    left.save(update_fields=["overdue_at"])
