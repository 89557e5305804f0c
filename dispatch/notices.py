"""What a message says outside the pages, and whether its recipient may still hear it.

Never a word about the person it is for: a number, a callsign, a priority and a link. `sender` makes the sender of a
kind from the function that writes its text; `dispatch.receivers` registers it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q

from accounts.models import User
from accounts.roles import Role
from dispatch.models import Assignment, CheckIn, Diversion, Duress, Incident, Run
from dispatch.states import AssignmentStatus
from due.models import Message
from due.registry import Moot, Sender, Undelivered
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
        person = User.objects.filter(pk=message.recipient_id).first()
        if person is None:
            raise Undelivered("no-contact")
        _judge(person, notice.unit, message)
        _deliver(person, notice)

    return send


def _judge(person: User, unit: Unit | None, message: Message) -> None:
    """Raises Moot for whom it is not: people off duty are never paged."""
    assert message.claimed_at
    if not person.is_active:
        raise Moot("inactive")
    on_duty: set[UUID] = {each.id for each in crew_of(unit.id, at=message.claimed_at)} if unit else set()
    if person.role == Role.RESPONDER and person.id not in on_duty:
        raise Moot("off-duty")


def _deliver(person: User, notice: Notice) -> None:
    if not person.email:
        raise Undelivered("no-contact")
    send_mail(
        subject=notice.subject,
        message=f"{notice.text} {settings.ORIGIN}{notice.path}",
        from_email=None,
        recipient_list=[person.email],
    )


def offer(message: Message) -> Notice:
    """`assignment.offer`, to the crew that is asked."""
    assignment = Assignment.objects.select_related("unit", "incident").get(pk=message.subject_id)
    if assignment.state is not AssignmentStatus.OFFERED:
        raise Moot("answered")
    return Notice(
        incident=assignment.incident,
        unit=assignment.unit,
        subject=f"{assignment.unit.callsign}: offer of incident {assignment.incident.number}",
        text=f"Please answer until {assignment.respond_by:%H:%M:%S} UTC:",
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
        subject=f"Incident {incident.number}, priority {incident.priority}: no team goes",
        text="No team of ours could be found yet; somebody must see to it:",
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
        subject=f"{unit.callsign}: go to incident {incident.number} instead of {diversion.instead_of.incident.number}",
        text="Please say that you have seen it:",
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
        subject=f"{missed.assignment.unit.callsign}: are you all right?",
        text="Please say so now:",
        path="/field/",
    )


def duress(message: Message) -> Notice:
    """`duress.raised`, to those who may take it up."""
    raised = Duress.objects.select_related("unit", "incident").get(pk=message.subject_id)
    if raised.acknowledged_at or raised.incident is None:
        raise Moot("answered")
    return Notice(
        incident=raised.incident,
        subject=f"DURESS: {raised.unit.callsign if raised.unit else raised.by_name}",
        text="Nobody has said that they have it:",
        path=f"/incidents/{raised.incident.number}/",
    )
