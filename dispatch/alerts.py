"""Alerts of teams under way, once they are raised: the team has seen it, or the dispatcher must radio it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import entries, limits, turning
from dispatch.models import Alert
from dispatch.settling import OURS, locked
from dispatch.states import ENGAGED
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import record
from journal.refusals import Refused


def acknowledge(*, alert: Alert, by_radio: bool = False, by: Actor, at: datetime) -> Alert:
    """The team has seen it, or has heard it by radio from whoever enters that. Whoever was first counts.

    Raises Refused when the decision has changed once more: what they have seen is not what holds now.
    """
    with transaction.atomic():
        incident = locked(alert.incident_id)
        alert = Alert.objects.select_related("assignment").get(pk=alert.pk)
        if alert.acknowledged_at:
            return alert
        if alert.ending == Alert.Ending.REPLACED:
            raise Refused(_("The decision has changed once more: look at what holds now."))
        alert.acknowledged_at, alert.by_radio = at, by_radio
        alert.acknowledged_by_id, alert.acknowledged_by_name = by.actor_id, by.actor_name
        alert.save()
        if alert.ended_at is None and alert.after in OURS:
            turning.end(alert, ending=Alert.Ending.FOLLOWED, at=at)
        timers.cancel(kinds=[limits.RADIO], subject_id=alert.id, at=at)
        incident.changed_at = at
        incident.save(update_fields=["changed_at"])
        seen = entries.AssignmentAlertSeen(incident=incident.id, unit=alert.assignment.unit_id, by_radio=by_radio)
        record(seen, subject=alert.assignment, by=by, at=at)
    return alert


def radio(firing: Firing) -> bool:
    """Timer `alert.radio`: the team has not said that it has seen it. The dispatcher is told, and told again."""
    at = firing.at
    incident = locked(Alert.objects.values_list("incident_id", flat=True).get(pk=firing.subject_id))
    alert = Alert.objects.select_related("assignment").get(pk=firing.subject_id)
    if alert.acknowledged_at or alert.ended_at or alert.assignment.state not in ENGAGED:
        return False
    alert.radio_at = alert.radio_at or firing.due_at
    alert.save(update_fields=["radio_at"])
    incident.changed_at = at
    incident.save(update_fields=["changed_at"])
    unseen = entries.AssignmentAlertUnseen(incident=incident.id, unit=alert.assignment.unit_id)
    record(unseen, subject=alert.assignment, by=CLOCK, at=at)
    timers.put(kind=limits.RADIO, subject_id=alert.id, due_at=at + limits.RADIO_AGAIN, at=at)
    return True
