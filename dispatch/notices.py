"""Telling a crew of an offer outside the page: by mail, without a word about the person it is for."""

from django.conf import settings
from django.core.mail import send_mail

from accounts.models import User
from dispatch.models import Assignment
from dispatch.states import AssignmentStatus
from due.models import Message


def send_offer(message: Message) -> None:
    """Sender of `assignment.offer`. An offer that has ended meanwhile is not told any more."""
    assignment = Assignment.objects.select_related("unit", "incident").get(pk=message.subject_id)
    if assignment.state is not AssignmentStatus.OFFERED:
        return
    person = User.objects.get(pk=message.recipient_id)
    send_mail(
        subject=f"{assignment.unit.callsign}: offer of incident {assignment.incident.number}",
        message=f"Please answer until {assignment.respond_by:%H:%M:%S} UTC: {settings.ORIGIN}/field/",
        from_email=None,
        recipient_list=[person.email],
    )
