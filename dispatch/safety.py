"""The verbs of a team's safety: it checks in, it is missed, it wants backup, and a person decides about that.

A team that is silent is asked first, then the dispatcher, then backup is proposed. Nobody is sent by a clock.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import assignments, check_ins, entries, handoffs, limits, telling
from dispatch.models import Assignment, Backup, CheckIn, Incident
from dispatch.queries import plan_of
from dispatch.recommendation import recommend
from dispatch.settling import locked
from dispatch.states import ENGAGED
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.kinds import Payload
from journal.recording import entry, record, write
from journal.refusals import Invalid, Refused, fitting

CHECK_IN_NOTICE = "check_in.asked"


def check_in(*, assignment: Assignment, by_radio: bool = False, by: Actor, at: datetime) -> Assignment:
    """The team says that it is all right, or has said so by radio to whoever enters that.

    Raises Refused when the team is not under way any more.
    """
    with transaction.atomic():
        incident, assignment = _under_way(assignment)
        checked = entries.AssignmentCheckedIn(incident=incident.id, unit=assignment.unit_id, by_radio=by_radio)
        told = entry(checked, subject=assignment, by=by, at=at)
        write(told, *check_ins.heard(assignment, incident, by_radio=by_radio, by=by, at=at))
        _changed(incident, at=at)
    return assignment


def miss(firing: Firing) -> bool:
    """Timer `check_in.due`: the team has not been heard from. However late this comes, what it finds is judged now."""
    at = firing.at
    found = CheckIn.objects.values_list("assignment__incident_id", flat=True).get(pk=firing.subject_id)
    incident = locked(found)
    missed = CheckIn.objects.select_related("assignment__unit").get(pk=firing.subject_id)
    team = missed.assignment
    if missed.ended_at or team.state not in ENGAGED or at < missed.due_at or timers.superseded(firing):
        return False
    plan = plan_of(incident.program).check_ins
    of_it = {"incident": incident.id, "unit": team.unit_id}
    told: Payload
    if missed.asked_at is None:
        missed.asked_at, wait = at, plan.answer
        told = entries.AssignmentCheckInAsked(**of_it)
        telling.crew(
            unit=team.unit, incident=incident, kind=CHECK_IN_NOTICE, subject_id=missed.id, deadline=at + wait, at=at
        )
    elif missed.told_at is None:
        missed.told_at, wait = at, plan.dispatcher
        told = entries.AssignmentCheckInMissed(**of_it)
    else:
        wait = plan.repeat
        told = entries.AssignmentSilent(**of_it)
        if missed.proposed_at is None:
            missed.proposed_at = at
            _want(team, cause=Backup.Cause.SILENCE, by=CLOCK, at=at)
    missed.save()
    timers.put(kind=limits.CHECK_IN, subject_id=missed.id, due_at=at + wait, at=at)
    _changed(incident, at=at)
    record(told, subject=team, by=CLOCK, at=at)
    return True


def ask_backup(*, assignment: Assignment, wants: str, by_radio: bool = False, by: Actor, at: datetime) -> Backup:
    """The team wants a second team, or police: the dispatcher is asked, and decides. The same wish twice is one;
    another takes its place.

    Raises Invalid for another wish; Refused when the team is not under way any more.
    """
    if wants not in Backup.Wants.values:
        raise Invalid({"wants": _("Must be one of: %(known)s.") % {"known": ", ".join(Backup.Wants.values)}})
    with transaction.atomic():
        incident, assignment = _under_way(assignment)
        told = check_ins.heard(assignment, incident, by_radio=by_radio, by=by, at=at)
        standing = assignment.backups.filter(cause=Backup.Cause.ASKED, decided_at=None).first()
        if standing is None or standing.wants != wants:
            if standing:
                told.append(check_ins.moot(standing, by=by, at=at))
            standing = _want(assignment, cause=Backup.Cause.ASKED, wants=wants, by_radio=by_radio, by=by, at=at)
            wanted = entries.AssignmentBackupWanted(
                incident=incident.id, unit=assignment.unit_id, wants=wants, by_radio=by_radio
            )
            told.append(entry(wanted, subject=assignment, by=by, at=at))
        write(*told)
        _changed(incident, at=at)
    return standing


def decide_backup(*, backup: Backup, decision: str, words: str = "", by: Actor, at: datetime) -> Backup:
    """A person decides: the best free team is asked, police are asked, or nobody goes, which needs words.

    Raises Invalid for another decision, and for none without words; Refused when it is decided already, and when no
    team can be asked.
    """
    if decision not in (Backup.Decision.TEAM, Backup.Decision.POLICE, Backup.Decision.NONE):
        raise Invalid({"decision": _("Must be one of: team, police, none.")})
    needed = {"words": _("Why does nobody go? A few words.")} if decision == Backup.Decision.NONE else None
    [words] = fitting({"words": (words, 500)}, needed=needed)
    with transaction.atomic():
        incident = locked(backup.incident_id)
        backup = Backup.objects.select_related("assignment__unit").get(pk=backup.pk)
        if backup.decided_at:
            raise Refused(
                _("%(name)s has decided this already: %(decision)s.")
                % {"name": backup.decided_by_name, "decision": backup.get_decision_display()}
            )
        backup.decided_at, backup.decision, backup.words = at, decision, words
        backup.decided_by_id, backup.decided_by_name = by.actor_id, by.actor_name
        backup.save()
        timers.cancel(kinds=[limits.BACKUP], subject_id=backup.id, at=at)
        decided = entries.AssignmentBackupDecided(
            incident=incident.id, unit=backup.assignment.unit_id, decision=decision
        )
        record(decided, subject=backup.assignment, by=by, at=at)
        _changed(incident, at=at)
        if decision == Backup.Decision.TEAM:
            _offer_second(incident, by=by, at=at)
        elif decision == Backup.Decision.POLICE:
            handoffs.propose(incident=incident, to="police", by=by, at=at)
    return backup


def undecided(firing: Firing) -> bool:
    """Timer `backup.decide`: help is wanted and nobody has decided about it. Told again until somebody has."""
    at = firing.at
    incident = locked(Backup.objects.values_list("incident_id", flat=True).get(pk=firing.subject_id))
    backup = Backup.objects.select_related("assignment").get(pk=firing.subject_id)
    if backup.decided_at:
        return False
    timers.put(kind=limits.BACKUP, subject_id=backup.id, due_at=at + limits.BACKUP_AGAIN, at=at)
    _changed(incident, at=at)
    waiting = entries.AssignmentBackupUndecided(incident=incident.id, unit=backup.assignment.unit_id)
    record(waiting, subject=backup.assignment, by=CLOCK, at=at)
    return True


def find_unheard(at: datetime) -> int:
    """Finder: begins the check-ins of teams that nobody waits to hear from."""
    found = 0
    for assignment_id in list(check_ins.unheard().values_list("id", flat=True)[:100]):
        with transaction.atomic():
            incident = locked(Assignment.objects.values_list("incident_id", flat=True).get(pk=assignment_id))
            team = Assignment.objects.get(pk=assignment_id)
            if team.state in ENGAGED and not team.check_ins.filter(ended_at=None).exists():
                write(*check_ins.heard(team, incident, by=CLOCK, at=at))
                found += 1
    return found


def _want(
    assignment: Assignment, *, cause: Backup.Cause, wants: str = "", by_radio: bool = False, by: Actor, at: datetime
) -> Backup:
    standing = assignment.backups.filter(cause=cause, decided_at=None).first()
    if standing:
        return standing
    backup = Backup.objects.create(
        incident_id=assignment.incident_id,
        assignment=assignment,
        cause=cause,
        wants=wants,
        by_radio=by_radio,
        at=at,
        by_id=by.actor_id,
        by_name=by.actor_name,
    )
    timers.put(kind=limits.BACKUP, subject_id=backup.id, due_at=at + limits.BACKUP_AGAIN, at=at)
    return backup


def _offer_second(incident: Incident, *, by: Actor, at: datetime) -> Assignment:
    """The nearest that fits and can be asked."""
    for candidate in recommend(incident, at=at):
        if not candidate.fits:
            break
        try:
            with transaction.atomic():
                return assignments.offer(incident=incident, unit=candidate.unit, by=by, at=at)
        except assignments.AlreadyAssigned:
            continue  # taken by somebody else in this instant
    raise Refused(_("No second team can be asked now. Ask police, or say why nobody goes."))


def _under_way(assignment: Assignment) -> tuple[Incident, Assignment]:
    incident = locked(assignment.incident_id)
    assignment = Assignment.objects.select_for_update(of=("self",)).select_related("unit").get(pk=assignment.pk)
    if assignment.state not in ENGAGED:
        raise Refused(
            _("%(unit)s is not under way to incident %(number)s any more.")
            % {"unit": assignment.unit.callsign, "number": incident.number}
        )
    return incident, assignment


def _changed(incident: Incident, *, at: datetime) -> None:
    incident.changed_at = at
    incident.save(update_fields=["changed_at"])
