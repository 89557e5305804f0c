"""The verbs that turn a team from one incident to a more urgent one. What it leaves is somebody's at once: its next
team is asked, or a dispatcher is told.

Both incidents are locked, in the order of their ids, before anything is read. A person does this and says so: no clock
takes a team that has accepted from anybody. One that has not answered the ladder asks by itself (`climbing`).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import assignments, climbing, entries, limits, superseding, telling
from dispatch.models import Assignment, Diversion, Incident
from dispatch.settling import both_locked, locked, settle
from dispatch.states import ENGAGED, AssignmentStatus
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import entry, record
from journal.refusals import Invalid, fitting

NOTICE = "assignment.diverted"

# On the way and with nobody yet. A team that is with a person is never taken from them: it clears, or it stays.
TAKEABLE = frozenset({AssignmentStatus.ACCEPTED, AssignmentStatus.EN_ROUTE, AssignmentStatus.STAGED})


def supersede(*, assignment: Assignment, incident: Incident, by: Actor, at: datetime) -> Assignment:
    """Ask a team about this incident instead of a less urgent one that it has not answered yet.

    Refused when it has answered, when this is not the more urgent one, and like `assignments.offer`.
    """
    with transaction.atomic():
        left, incident, assignment = _locked(assignment, incident)
        offer = superseding.supersede(left, assignment, incident, by=by, at=at)
        climbing.offer_next(incident=left, at=at)
        superseding.surface(left, at=at)
    return offer


def preempt(
    *, assignment: Assignment, incident: Incident, consent: bool, words: str, by: Actor, at: datetime
) -> Assignment:
    """Take a team that has accepted a less urgent incident for this one. It is told, and must say that it has seen it.

    `consent`: whoever does it has said that the other may wait. Raises Invalid without it or without words; Refused
    once the team has arrived, when this is not the more urgent one, and like `assignments.send`.
    """
    [words] = _agreed(assignment, consent=consent, words=words)
    with transaction.atomic():
        left, incident, assignment = _locked(assignment, incident)
        if assignment.state is AssignmentStatus.OFFERED:
            raise assignments.taken(assignment, so=_("It has not accepted yet: ask it for this one instead."))
        if assignment.state in ENGAGED - TAKEABLE:
            raise assignments.taken(
                assignment, so=_("A team that has arrived is not taken away: ask it by radio whether it can clear.")
            )
        superseding.guard(left, assignment, incident)
        why = f"Taken for incident {incident.number}, which is more urgent: {words}"
        superseding.take(left, assignment, Assignment.Withdrawal.PREEMPTED, words=why, by=by, at=at)
        incident.disposition = ""
        accepted = AssignmentStatus.ACCEPTED
        sent = assignments.assign(incident, assignment.unit, accepted, accepted_at=at, by=by, at=at)
        diversion = Diversion.objects.create(
            assignment=sent, instead_of=assignment, at=at, by_id=by.actor_id, by_name=by.actor_name, words=words
        )
        radio_at = at + limits.TURNED
        timers.put(kind=limits.DIVERTED, subject_id=diversion.id, due_at=radio_at, at=at)
        telling.crew(unit=sent.unit, incident=incident, kind=NOTICE, subject_id=diversion.id, deadline=radio_at, at=at)
        diverted = entries.AssignmentDiverted(incident=incident.id, unit=sent.unit_id, instead_of=left.id)
        settle(incident=incident, told=[entry(diverted, subject=sent, by=by, at=at)], by=by, at=at)
        _surface(left, at=at)
        climbing.offer_next(incident=left, at=at)
    return sent


def acknowledge(*, diversion: Diversion, by_radio: bool = False, by: Actor, at: datetime) -> Diversion:
    """The team has seen it, or has heard it by radio from whoever enters that. Whoever was first counts."""
    with transaction.atomic():
        incident = locked(Assignment.objects.values_list("incident_id", flat=True).get(pk=diversion.assignment_id))
        diversion = Diversion.objects.select_related("assignment").get(pk=diversion.pk)
        if diversion.acknowledged_at:
            return diversion
        diversion.acknowledged_at, diversion.by_radio = at, by_radio
        diversion.acknowledged_by_id, diversion.acknowledged_by_name = by.actor_id, by.actor_name
        diversion.save()
        timers.cancel(kinds=[limits.DIVERTED], subject_id=diversion.id, at=at)
        incident.changed_at = at
        incident.save(update_fields=["changed_at"])
        unit = diversion.assignment.unit_id
        seen = entries.AssignmentDiversionSeen(incident=incident.id, unit=unit, by_radio=by_radio)
        record(seen, subject=diversion.assignment, by=by, at=at)
    return diversion


def radio(firing: Firing) -> bool:
    """Timer `diversion.radio`: the team has not said that it has seen it. The dispatcher is told, and told again."""
    at = firing.at
    diversion = Diversion.objects.select_related("assignment").get(pk=firing.subject_id)
    incident = locked(diversion.assignment.incident_id)
    diversion = Diversion.objects.select_related("assignment").get(pk=firing.subject_id)
    if not diversion.is_unseen:
        return False
    diversion.radio_at = diversion.radio_at or firing.due_at
    diversion.save(update_fields=["radio_at"])
    incident.changed_at = at
    incident.save(update_fields=["changed_at"])
    unseen = entries.AssignmentDiversionUnseen(incident=incident.id, unit=diversion.assignment.unit_id)
    record(unseen, subject=diversion.assignment, by=CLOCK, at=at)
    timers.put(kind=limits.DIVERTED, subject_id=diversion.id, due_at=at + limits.RADIO_AGAIN, at=at)
    return True


def _agreed(assignment: Assignment, *, consent: bool, words: str) -> list[str]:
    errors = {}
    if not consent:
        errors["consent"] = _("Say that incident %(number)s may wait.") % {"number": assignment.incident.number}
    try:
        fit = fitting({"words": (words, 300)}, needed={"words": _("Say why, in a few words.")})
    except Invalid as invalid:
        raise Invalid({**errors, **invalid.errors}) from None
    if errors:
        raise Invalid(errors)
    return fit


def _locked(assignment: Assignment, incident: Incident) -> tuple[Incident, Incident, Assignment]:
    """The incident that is left, the one that is gone to, and the assignment that ends."""
    left, incident = both_locked(assignment.incident_id, incident.id)
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("unit", "incident")
    return left, incident, rows.get(pk=assignment.pk)


def _surface(left: Incident, *, at: datetime) -> None:
    """It had a team and has none: that is never left to be noticed, even where the next team is asked at once."""
    if left.assignments.filter(status__in=ENGAGED).exists():
        return
    left.overdue_at = left.overdue_at or at
    left.save(update_fields=["overdue_at"])
