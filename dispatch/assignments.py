"""The verbs of assignments: offer, offer to several, send, accept, decline, expire, withdraw, move, clear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dispatch import check_ins, entries, limits, telling, waiting
from dispatch.availability import standings
from dispatch.dispositions import DISPOSITIONS
from dispatch.models import Assignment, Incident, Round
from dispatch.settling import OURS, end_offers, locked, settle
from dispatch.staging import Staging, guard_arrival
from dispatch.states import ASSIGNMENT, ENGAGED, LIVE, AssignmentStatus, UnitState
from due import timers
from journal.actors import CLOCK, Actor
from journal.kinds import Payload
from journal.models import Entry
from journal.recording import entry, record
from journal.refusals import Invalid, Refused, fitting
from journal.states import plain
from responders.models import Unit

OFFER_NOTICE = "assignment.offer"

# Statuses that a team reports on its way; each stamps the field of its name.
REPORTED = (
    AssignmentStatus.EN_ROUTE,
    AssignmentStatus.STAGED,
    AssignmentStatus.ON_SCENE,
    AssignmentStatus.TRANSPORTING,
    AssignmentStatus.AT_DESTINATION,
)


class AlreadyAssigned(Refused):
    """The unit has an open assignment; the text says which, by whom and since when."""


def offer(*, incident: Incident, unit: Unit, by: Actor, at: datetime) -> Assignment:
    """Ask a unit whether it goes. It has its program's window to answer; then the next unit is asked.

    Raises Refused when the incident is not one for a team, when the unit is off duty or out of service, or belongs to
    the other side of an exercise; AlreadyAssigned when it has something open.
    """
    with transaction.atomic():
        incident = locked(incident.id)
        guard_wanted(incident)
        incident.disposition = ""  # what an earlier team reported did not end it
        assignment, told = ask(incident, unit, by=by, at=at)
        settle(incident=incident, told=[told], by=by, at=at)
    return assignment


@dataclass(frozen=True)
class Asked:
    """Who was asked at once; and who could not be, by callsign, with the sentence that says why."""

    offers: Sequence[Assignment]
    refusals: Mapping[str, str]


def offer_to_several(
    *,
    incident: Incident,
    units: Sequence[Unit],
    wanted: int = 1,
    together: Round | None = None,
    by: Actor,
    at: datetime,
) -> Asked:
    """Ask several units at once. The first to accept have it, as many as are wanted; the others are told so. With
    `together` they join those who were asked in an earlier round, which says how many are wanted.

    Those that cannot be asked do not keep the others from it. Raises Refused when the incident is not one for a team
    or none of them can be asked, and Invalid when fewer are named than are wanted.
    """
    named = {unit.id: unit for unit in units}
    if not 1 <= wanted <= len(named):
        raise Invalid({"wanted": _("Must be from 1 to %(count)s, the number of teams asked.") % {"count": len(named)}})
    with transaction.atomic():
        incident = locked(incident.id)
        guard_wanted(incident)
        incident.disposition = ""
        if len(named) > 1:
            take_turn()
        together = together or Round.objects.create(incident=incident, wanted=wanted)
        asked, refusals = [], {}
        for unit in named.values():
            try:
                asked.append(ask(incident, unit, together=together, by=by, at=at))
            except Refused as refused:
                refusals[unit.callsign] = str(refused)
        if not asked:
            raise Refused(" ".join(refusals.values()))
        settle(incident=incident, told=[told for _, told in asked], by=by, at=at)
    return Asked([offer for offer, _ in asked], refusals)


def take_turn() -> None:
    """For a transaction that writes open assignments of more than one unit, once it holds its incidents' locks and
    before it writes the first.

    The index that lets one of two through makes the other wait. Two that each had one unit and wanted the other's
    would wait for each other; so there is one such transaction at a time. Those that write one alone need no turn.
    """
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7404)")


def ask(
    incident: Incident, unit: Unit, *, together: Round | None = None, by: Actor, at: datetime
) -> tuple[Assignment, Entry]:
    """An offer, and the entry that tells of it: for verbs that hold the incident's lock and settle it."""
    seconds = incident.program.offer_seconds if incident.program else limits.OFFER_WINDOW.total_seconds()
    respond_by = at + timedelta(seconds=seconds)
    status = AssignmentStatus.OFFERED
    assignment = assign(incident, unit, status, together=together, respond_by=respond_by, by=by, at=at)
    timers.put(kind=limits.EXPIRE, subject_id=assignment.id, due_at=respond_by, at=at)
    telling.crew(unit=unit, incident=incident, kind=OFFER_NOTICE, subject_id=assignment.id, deadline=respond_by, at=at)
    offered = entries.AssignmentOffered(
        incident=incident.id, unit=unit.id, respond_by=respond_by, round=together.id if together else None
    )
    return assignment, entry(offered, subject=assignment, by=by, at=at)


def send(*, incident: Incident, unit: Unit, by: Actor, at: datetime) -> Assignment:
    """Assign a unit that has said yes by word, over the radio. Refused like `offer`."""
    with transaction.atomic():
        incident = locked(incident.id)
        guard_wanted(incident)
        incident.disposition = ""  # what an earlier team reported did not end it
        assignment = assign(incident, unit, AssignmentStatus.ACCEPTED, accepted_at=at, by=by, at=at)
        sent = entries.AssignmentSent(incident=incident.id, unit=unit.id)
        settle(incident=incident, told=[entry(sent, subject=assignment, by=by, at=at)], by=by, at=at)
    return assignment


def guard_wanted(incident: Incident) -> None:
    """Refuse what needs no team of ours, or not yet. The caller holds the lock."""
    if incident.state not in LIVE:
        raise Refused(
            _("Incident %(number)s is %(status)s; it needs no team.")
            % {"number": incident.number, "status": plain(incident.status)}
        )
    if hold := waiting.hold_in_force(incident):
        raise Refused(
            _("%(name)s put incident %(number)s on hold until %(until)s: release it first.")
            % {"name": hold.by_name, "number": incident.number, "until": f"{incident.local(hold.until):%H:%M %Z}"}
        )
    if incident.outcome == "undetermined":
        raise Refused(
            _("Incident %(number)s is not decided yet: answer its open questions first.") % {"number": incident.number}
        )
    if incident.outcome not in OURS:
        raise Refused(
            _("The decision for incident %(number)s is %(outcome)s; it is not one for a community team.")
            % {"number": incident.number, "outcome": plain(incident.outcome)}
        )


def assign(
    incident: Incident,
    unit: Unit,
    status: AssignmentStatus,
    *,
    by: Actor,
    at: datetime,
    together: Round | None = None,
    respond_by: datetime | None = None,
    accepted_at: datetime | None = None,
) -> Assignment:
    """The row, where the unit is free. Raises like `offer`. The caller holds the incident\'s lock and settles it."""
    unit = Unit.objects.select_related("program").get(pk=unit.pk)
    if unit.program.exercise != incident.exercise:
        raise Refused(
            (
                _("%(unit)s is an exercise unit; incident %(number)s is real.")
                if unit.program.exercise
                else _("%(unit)s is a real unit; incident %(number)s is an exercise.")
            )
            % {"unit": unit.callsign, "number": incident.number}
        )
    standing = standings([unit], at=at)[0]
    if standing.assignment:
        raise taken(standing.assignment)
    if standing.state is not UnitState.AVAILABLE:
        raise Refused(_("%(unit)s is %(state)s.") % {"unit": unit.callsign, "state": plain(standing.state)})
    try:
        with transaction.atomic():
            assignment = Assignment.objects.create(
                incident=incident,
                unit=unit,
                round=together,
                status=status,
                offered_by_id=by.actor_id,
                offered_by_name=by.actor_name,
                offered_at=at,
                respond_by=respond_by,
                accepted_at=accepted_at,
            )
    except IntegrityError as error:
        # Another dispatcher committed between our look and our write; the index let one of us through.
        if "unit_has_one_open_assignment" not in str(error):
            raise
        ones = unit.assignments.select_related("incident").order_by("-offered_at")
        first = ones.filter(status__in=ASSIGNMENT.open).first()
        if first is None:
            raise Refused(_("%(taken)s It is free again: look once more.") % {"taken": taken(ones[0])}) from None
        raise taken(first) from None
    if status in ENGAGED:
        check_ins.heard(assignment, incident, by_radio=True, by=by, at=at)
    return assignment


def taken(first: Assignment, *, so: str = "") -> AlreadyAssigned:
    """The sentence for whoever comes second; `so`: a further one, that says what can be done."""
    match first.state:
        case AssignmentStatus.OFFERED:
            sentence = _("%(unit)s was offered incident %(number)s by %(name)s at %(at)s.")
        case AssignmentStatus.ACCEPTED:
            sentence = _("%(unit)s was assigned to incident %(number)s by %(name)s at %(at)s.")
        case _other:
            sentence = _("%(unit)s is on incident %(number)s by %(name)s at %(at)s.")
    told = sentence % {
        "unit": first.unit.callsign,
        "number": first.incident.number,
        "name": first.offered_by_name,
        "at": f"{first.incident.local(first.offered_at):%H:%M:%S %Z}",
    }
    return AlreadyAssigned(f"{told} {so}".strip())


def overtaken(assignment: Assignment) -> str:
    """What it is by now, who made it so and when: for whoever acts on what it was."""
    last = Entry.objects.filter(subject_id=assignment.id).order_by("id").last()
    since = f" ({last.actor_name}, {assignment.incident.local(last.at):%H:%M:%S %Z})" if last else ""
    return _("%(unit)s is %(state)s on incident %(number)s%(since)s") % {
        "unit": assignment.unit.callsign,
        "state": plain(assignment.status),
        "number": assignment.incident.number,
        "since": since,
    }


def accept(*, assignment: Assignment, by: Actor, at: datetime) -> Assignment:
    """The team says yes. Refused when the offer has ended, or when the decision has turned away from a team."""
    with transaction.atomic():
        incident, assignment = _locked(assignment)
        _guard_change(assignment, AssignmentStatus.ACCEPTED)
        if assignment.respond_by and at >= assignment.respond_by:
            raise Refused(_("The time to answer this offer is over; it goes to the next team."))
        guard_wanted(incident)
        return change(incident, assignment, AssignmentStatus.ACCEPTED, by=by, at=at, accepted_at=at)


def decline(*, assignment: Assignment, reason: str, words: str = "", by: Actor, at: datetime) -> Assignment:
    """The team says no, with a reason from the list. Raises Invalid for another reason."""
    if reason not in Assignment.Reason.values:
        raise Invalid({"reason": _("Must be one of: %(known)s.") % {"known": ", ".join(Assignment.Reason.values)}})
    [words] = fitting({"words": (words, 500)})
    with transaction.atomic():
        incident, assignment = _locked(assignment)
        return change(
            incident,
            assignment,
            AssignmentStatus.DECLINED,
            by=by,
            at=at,
            ended_at=at,
            decline_reason=reason,
            words=words,
        )


def expire(*, assignment: Assignment, by: Actor, at: datetime) -> Assignment:
    """The window is over without an answer."""
    with transaction.atomic():
        incident, assignment = _locked(assignment)
        return change(incident, assignment, AssignmentStatus.EXPIRED, by=by, at=at, ended_at=at)


def withdraw(*, assignment: Assignment, words: str, by: Actor, at: datetime) -> Assignment:
    """A dispatcher takes an offer or a team back. Raises Invalid without words that say why."""
    [words] = fitting({"words": (words, 500)}, needed={"words": _("Say why, in a few words.")})
    with transaction.atomic():
        incident, assignment = _locked(assignment)
        return change(
            incident,
            assignment,
            AssignmentStatus.WITHDRAWN,
            by=by,
            at=at,
            ended_at=at,
            withdrawal=Assignment.Withdrawal.DISPATCHER,
            words=words,
        )


def move(*, assignment: Assignment, status: str, confirmed: bool = False, by: Actor, at: datetime) -> Assignment:
    """The team reports where it is: one of REPORTED. Reporting the same status again changes nothing.

    Where it is to stage first, going on scene is `Unconfirmed` until somebody says that they mean it.
    """
    if status not in REPORTED:
        raise Invalid({"status": _("Must be one of: %(known)s.") % {"known": ", ".join(REPORTED)}})
    new = AssignmentStatus(status)
    with transaction.atomic():
        incident, assignment = _locked(assignment)
        if assignment.state is new:
            return assignment
        _guard_change(assignment, new)
        early = None
        if new is AssignmentStatus.ON_SCENE:
            early = guard_arrival(incident, confirmed=confirmed)
        # A status that is reported twice keeps its first moment.
        stamp = f"{new}_at"
        first = getattr(assignment, stamp) or at
        return change(incident, assignment, new, early=early, by=by, at=at, **{stamp: first})


def clear(*, assignment: Assignment, disposition: str, words: str = "", by: Actor, at: datetime) -> Assignment:
    """The team is done. When nobody else is engaged, a disposition that resolves ends the incident too.

    Raises Invalid for an unknown disposition, and for one that only a team on scene can give.
    """
    end = DISPOSITIONS.get(disposition)
    if end is None:
        raise Invalid({"disposition": _("Must be one of: %(known)s.") % {"known": ", ".join(DISPOSITIONS)}})
    [words] = fitting({"words": (words, 500)})
    with transaction.atomic():
        incident, assignment = _locked(assignment)
        if end.on_scene and assignment.on_scene_at is None:
            raise Invalid(
                {
                    "disposition": _("“%(label)s” needs the team to have been on scene: report that first.")
                    % {"label": end.label}
                }
            )
        incident.disposition = ""
        if end.resolves and not incident.assignments.filter(status__in=ENGAGED).exclude(pk=assignment.pk).exists():
            incident.disposition = disposition
        return change(
            incident,
            assignment,
            AssignmentStatus.CLEARED,
            by=by,
            at=at,
            cleared_at=at,
            disposition=disposition,
            words=words,
        )


def _locked(assignment: Assignment) -> tuple[Incident, Assignment]:
    """Both rows locked, the incident's first: the order that all verbs keep. An assignment never changes incidents."""
    incident = locked(assignment.incident_id)
    return incident, Assignment.objects.select_for_update(of=("self",)).select_related("unit").get(pk=assignment.pk)


def change(
    incident: Incident,
    assignment: Assignment,
    new: AssignmentStatus,
    *,
    early: Staging | None = None,
    by: Actor,
    at: datetime,
    **stamps: object,
) -> Assignment:
    """Move it on and do what follows for its incident. The caller holds the locks of both."""
    before = assignment.state
    _guard_change(assignment, new)
    assignment.status = new
    for name, value in stamps.items():
        setattr(assignment, name, value)
    assignment.save(update_fields=["status", *stamps])
    if before is AssignmentStatus.OFFERED:
        timers.cancel(kinds=[limits.EXPIRE], subject_id=assignment.id, at=at)
    moved: Payload = entries.AssignmentMoved(
        incident=incident.id,
        unit=assignment.unit_id,
        before=before,
        status=new,
        reason=assignment.decline_reason or assignment.withdrawal or None,
        disposition=assignment.disposition or None,
        early=early,
    )
    told = [entry(moved, subject=assignment, by=by, at=at)]
    if new in ENGAGED:
        told += check_ins.heard(assignment, incident, by=by, at=at)
    elif before in ENGAGED:
        told += check_ins.over(assignment, by=by, at=at)
    if new is AssignmentStatus.CLEARED and incident.disposition:
        # Whoever was still being asked need not come any more.
        over = Assignment.Withdrawal.OVER
        told += end_offers(incident, withdrawal=over, words="The incident is over.", by=by, at=at)
    if new is AssignmentStatus.ACCEPTED and assignment.round:
        told += _fill(incident, assignment.round, by=by, at=at)
    settle(incident=incident, told=told, by=by, at=at)
    if before is AssignmentStatus.OFFERED and assignment.round:
        _surface_short(incident, assignment.round, at=at)
    return assignment


def _guard_change(assignment: Assignment, new: AssignmentStatus) -> None:
    if new not in ASSIGNMENT.edges[assignment.state]:
        raise Refused(
            _("%(stands)s; it cannot become %(state)s.") % {"stands": overtaken(assignment), "state": plain(new)}
        )


def _fill(incident: Incident, together: Round, *, by: Actor, at: datetime) -> list[Entry]:
    """A team of this round has accepted: when as many have as are wanted, the rest need not come."""
    accepted = _accepted(together)
    if len(accepted) < together.wanted:
        return []
    teams = " and ".join(accepted)
    words = f"{teams} has taken it." if len(accepted) == 1 else f"{teams} have taken it."
    return end_offers(incident, of=together, withdrawal=Assignment.Withdrawal.TAKEN, words=words, by=by, at=at)


def _surface_short(incident: Incident, together: Round, *, at: datetime) -> None:
    """Fewer have accepted than are wanted and nobody is left to answer: a dispatcher must look. With none at all the
    incident waits like any other."""
    accepted = _accepted(together)
    left = together.assignments.filter(status=AssignmentStatus.OFFERED).exists()
    if left or not 0 < len(accepted) < together.wanted:
        return
    incident.overdue_at = incident.overdue_at or at
    incident.save(update_fields=["overdue_at"])
    record(entries.IncidentShort(wanted=together.wanted, accepted=len(accepted)), subject=incident, by=CLOCK, at=at)


def _accepted(together: Round) -> list[str]:
    """The callsigns of those who have it, in the order in which they took it."""
    taken = together.assignments.filter(status__in=ENGAGED | {AssignmentStatus.CLEARED}).order_by("accepted_at")
    return list(taken.values_list("unit__callsign", flat=True))
