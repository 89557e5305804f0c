"""What a message says outside the pages, and whether its recipient may still hear it.

Never a word about the person it is for: a number, a callsign, a priority and a link. `sender` makes the sender of a
kind from the function that writes its text; `dispatch.receivers` registers it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import is_logged_in
from dispatch import entries
from dispatch.models import Assignment, CheckIn, Diversion, Duress, Incident, Run
from dispatch.settling import locked
from dispatch.states import AssignmentStatus
from due import carriers, delivery
from due.models import Message
from due.registry import Moot, Sender
from journal.actors import CLOCK
from journal.recording import record
from responders.models import Unit
from responders.queries import crew_of


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is told: of which incident, in one line and one sentence, and the page (a path) where it is answered."""

    incident: Incident
    subject: str
    text: str
    path: str
    unit: Unit | None = None  # whose crew is told


# Writes what a message says, from the tables as they are now. Raises Moot when it is not so any more.
Writer = Callable[[Message], Notice]


def sender(write: Writer) -> Sender:
    """The sender of a kind of message: writes it, judges once more who may hear it, and hands it over."""

    def send(message: Message) -> None:
        notice = write(message)
        if notice.incident.exercise:
            raise Moot("exercise")
        _judge(notice, message)
        told = carriers.Notice(subject=notice.subject, text=notice.text, url=f"{settings.ORIGIN}{notice.path}")
        delivery.deliver(message, told)

    return send


def _judge(notice: Notice, message: Message) -> None:
    """Raises Moot for whom it is not, as things stand when it is sent: a crew is told while it is on duty in that unit,
    others while they are logged in somewhere. A program's on-call phone may always ring."""
    at = message.claimed_at
    assert at
    person = User.objects.filter(pk=message.recipient_id).first()
    if person is None:
        return
    if not person.is_active:
        raise Moot("inactive")
    if notice.unit:
        if person.id not in {each.id for each in crew_of(notice.unit.id, at=at)}:
            raise Moot("off-duty")
    elif not is_logged_in(person.id, at=at):
        raise Moot("logged-out")


def offer(message: Message) -> Notice:
    """`assignment.offer`, to the crew that is asked."""
    assignment = (
        Assignment.objects.select_related("unit", "incident__program")
        .defer("incident__program__area")
        .get(pk=message.subject_id)
    )
    if assignment.state is not AssignmentStatus.OFFERED:
        raise Moot("answered")
    assert assignment.respond_by
    incident = assignment.incident
    zone = ZoneInfo(incident.program.time_zone) if incident.program else UTC
    subject = (
        _("%(unit)s: offer of incident %(number)s, priority %(priority)s")
        if incident.priority
        else _("%(unit)s: offer of incident %(number)s")
    )
    return Notice(
        incident=incident,
        unit=assignment.unit,
        subject=subject % {"unit": assignment.unit.callsign, "number": incident.number, "priority": incident.priority},
        text=_("Please answer until %(moment)s:") % {"moment": f"{assignment.respond_by.astimezone(zone):%H:%M:%S %Z}"},
        path="/field/",
    )


def unserved(message: Message) -> Notice:
    """`ladder.supervisor` (about a step) and `ladder.on_call` (about the run): a team is wanted, and none goes."""
    run = Run.objects.select_related("incident").filter(Q(pk=message.subject_id) | Q(rungs=message.subject_id)).first()
    if run is None or not run.is_open:
        raise Moot("served")
    incident = run.incident
    return Notice(
        incident=incident,
        subject=_("Incident %(number)s, priority %(priority)s: no team goes")
        % {"number": incident.number, "priority": incident.priority},
        text=_("No team of ours could be found yet; somebody must see to it:"),
        path=f"/incidents/{incident.number}/",
    )


def diversion(message: Message) -> Notice:
    """`assignment.diverted`, to the crew that goes elsewhere."""
    told = Diversion.objects.select_related("assignment__unit", "assignment__incident", "instead_of__incident")
    diversion = told.get(pk=message.subject_id)
    if not diversion.is_unseen:
        raise Moot("seen")
    unit, incident = diversion.assignment.unit, diversion.assignment.incident
    return Notice(
        incident=incident,
        unit=unit,
        subject=_("%(unit)s: go to incident %(number)s instead of %(other)s")
        % {"unit": unit.callsign, "number": incident.number, "other": diversion.instead_of.incident.number},
        text=_("Please say that you have seen it:"),
        path="/field/",
    )


def check_in(message: Message) -> Notice:
    """`check_in.asked`, to the crew that has not been heard from."""
    missed = CheckIn.objects.select_related("assignment__unit", "assignment__incident").get(pk=message.subject_id)
    if missed.ended_at:
        raise Moot("answered")
    return Notice(
        incident=missed.assignment.incident,
        unit=missed.assignment.unit,
        subject=_("%(unit)s: are you all right?") % {"unit": missed.assignment.unit.callsign},
        text=_("Please say so now:"),
        path="/field/",
    )


def duress(message: Message) -> Notice:
    """`duress.raised`, to those who may take it up."""
    raised = Duress.objects.select_related("unit", "incident").get(pk=message.subject_id)
    if raised.acknowledged_at or raised.incident is None:
        raise Moot("answered")
    return Notice(
        incident=raised.incident,
        subject=_("DURESS: %(who)s") % {"who": raised.unit.callsign if raised.unit else raised.by_name},
        text=_("Nobody has said that they have it:"),
        path=f"/incidents/{raised.incident.number}/",
    )


def offer_untold(message: Message) -> None:
    """An offer's message has ended without being sent. Once none is left that may still reach its crew, the dispatcher
    is shown that nobody's phone was reached: the window runs on, but somebody can radio them now."""
    incident = locked(Assignment.objects.values_list("incident_id", flat=True).get(pk=message.subject_id))
    assignment = Assignment.objects.get(pk=message.subject_id)
    # Under the incident's lock: of two that fail at once, the second sees the first.
    others = Message.objects.filter(kind=message.kind, subject_id=message.subject_id).exclude(pk=message.pk)
    hope = [Message.Status.PENDING, Message.Status.SENDING, Message.Status.SENT]
    if assignment.state is not AssignmentStatus.OFFERED or others.filter(status__in=hope).exists():
        return
    at = message.ended_at
    assert at
    assignment.unreached_at = at
    assignment.save(update_fields=["unreached_at"])
    incident.changed_at = at
    incident.save(update_fields=["changed_at"])
    unreached = entries.AssignmentUnreached(incident=incident.id, unit=assignment.unit_id)
    record(unreached, subject=assignment, by=CLOCK, at=at)
