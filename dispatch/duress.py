"""The verbs of duress: pressed, made ready, taken up by a person, cleared by one.

The press is stored first and alone, so that whatever goes wrong afterwards its receipt is true. What follows from it
(an incident, a police hand-off that a person sends) has a timer behind it, and is tried again.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from calls.heard import Heard
from dispatch import entries, handoffs, limits, taking, telling
from dispatch.models import Assignment, Duress, Incident
from dispatch.queries import plan_of
from dispatch.settling import locked, settle
from dispatch.states import ENGAGED
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import entry, record, write
from journal.refusals import Refused, fitting
from responders.models import Unit

logger = logging.getLogger(__name__)

NOTICE = "duress.raised"
SOURCE = "duress"

_NOT_READY = timedelta(seconds=5)  # until what could not be made ready is tried again
_TELLING = timedelta(minutes=10)  # for which telling somebody outside still helps
_OLDEST = timedelta(days=1)  # a phone may have tried for a while; no longer is believed


def press(*, key: UUID, unit: Unit | None, pressed: timedelta = timedelta(0), by: Actor, at: datetime) -> Duress:
    """Somebody calls for help, `pressed` ago by their phone's count. The same key from the same person is the same.

    Never refused. With the press stored, the team's incident, or one of its own, gets a hand-off to police.
    """
    assert by.actor_id is not None, "only a person is in duress"
    with transaction.atomic():
        duress, made = Duress.objects.get_or_create(
            by_id=by.actor_id,
            key=key,
            defaults={
                "by_name": by.actor_name,
                "pressed_at": at - min(max(pressed, timedelta(0)), _OLDEST),
                "at": at,
                "unit": unit,
                "latitude": unit.latitude if unit else None,
                "longitude": unit.longitude if unit else None,
                "position_at": unit.position_at if unit else None,
            },
        )
        if not made:
            return duress
        timers.put(kind=limits.DURESS, subject_id=duress.id, due_at=at + _NOT_READY, at=at)
        record(entries.DuressRaised(unit=unit.id if unit else None), subject=duress, by=by, at=at)
    try:
        return make_ready(duress=duress, by=by, at=at)
    except Exception:  # it is stored, and its timer tries again
        logger.exception("duress not made ready")
        return duress


def make_ready(*, duress: Duress, by: Actor, at: datetime) -> Duress:
    """Have an incident and a police hand-off for it: proposed, for a person to send. What is ready stays as it is."""
    with transaction.atomic():
        incident = _incident_of(duress)
        if incident is None:
            duress = Duress.objects.select_for_update(of=("self",)).select_related("unit__program").get(pk=duress.pk)
            incident = duress.incident or _open_for(duress, by=by, at=at)
        if incident is None:  # the call is stored; once it has its incident we come again
            return duress
        incident = locked(incident.id)
        duress = Duress.objects.select_for_update(of=("self",)).select_related("unit").get(pk=duress.pk)
        if duress.handoff_id:
            return duress
        duress.incident = incident
        duress.handoff = handoffs.propose(incident=incident, to="police", to_system=False, by=by, at=at)
        duress.save(update_fields=["incident", "handoff"])
        # As of priority 1, whatever the incident's own is.
        if duress.handoff.acknowledged_at is None:
            due_at = at + plan_of(incident.program).watch.answer(1)
            timers.reset(kind=limits.ANSWER, subject_id=duress.handoff.id, due_at=due_at, at=at)
        timers.reset(kind=limits.DURESS, subject_id=duress.id, due_at=at + limits.DURESS_AGAIN, at=at)
        _surface(incident.id, at=at)
        _tell(duress, incident, at=at)
    return duress


def acknowledge(*, duress: Duress, by: Actor, at: datetime) -> Duress:
    """“I have it”: a person takes it up. Whoever was first counts."""
    assert by.actor_id is not None, "only a person takes up a duress"
    with transaction.atomic():
        incident, duress = _locked(duress)
        if duress.acknowledged_at:
            return duress
        duress.acknowledged_at = at
        duress.acknowledged_by_id, duress.acknowledged_by_name = by.actor_id, by.actor_name
        duress.save()
        timers.reset(kind=limits.DURESS, subject_id=duress.id, due_at=at + limits.DURESS_STANDS, at=at)
        if incident:
            incident.changed_at = at
            incident.save(update_fields=["changed_at"])
        record(entries.DuressAcknowledged(unit=duress.unit_id), subject=duress, by=by, at=at)
    return duress


def clear(*, duress: Duress, reason: str, by: Actor, at: datetime) -> Duress:
    """A person who knows that they are safe says so, and how they know. Raises Invalid without a reason; Refused before
    somebody has taken it up, and when it is cleared already."""
    assert by.actor_id is not None, "only a person clears a duress"
    [reason] = fitting(
        {"reason": (reason, 500)}, needed={"reason": _("How do you know that they are safe? A few words.")}
    )
    with transaction.atomic():
        incident, duress = _locked(duress)
        if duress.cleared_at:
            raise Refused(_("%(name)s has cleared this duress already.") % {"name": duress.cleared_by_name})
        if not duress.acknowledged_at:
            raise Refused(_("Say first that you have it."))
        duress.cleared_at, duress.reason = at, reason
        duress.cleared_by_id, duress.cleared_by_name = by.actor_id, by.actor_name
        duress.save()
        timers.cancel(kinds=[limits.DURESS], subject_id=duress.id, at=at)
        told = entry(entries.DuressCleared(unit=duress.unit_id), subject=duress, by=by, at=at)
        if incident:
            settle(incident=incident, told=[told], by=by, at=at)  # it held the incident open
        else:
            write(told)
    return duress


def remind(firing: Firing) -> bool:
    """Timer `duress.answer`: nobody has it, or it still stands. What was not made ready is, now."""
    at = firing.at
    duress = Duress.objects.get(pk=firing.subject_id)
    if duress.cleared_at is None and duress.handoff_id is None:
        try:
            with transaction.atomic():
                duress = make_ready(duress=duress, by=CLOCK, at=at)
        except Exception:  # the row and this timer stay: the consoles go on saying it
            logger.exception("duress not made ready")
    incident, duress = _locked(duress)
    if duress.cleared_at:
        return False
    again = limits.DURESS_STANDS if duress.acknowledged_at else limits.DURESS_AGAIN
    timers.reset(kind=limits.DURESS, subject_id=duress.id, due_at=at + again, at=at)
    if incident:
        _surface(incident.id, at=at)
        if not duress.acknowledged_at:
            _tell(duress, incident, at=at)
    told = entries.DuressStands if duress.acknowledged_at else entries.DuressUnanswered
    record(told(unit=duress.unit_id), subject=duress, by=CLOCK, at=at)
    return True


def _incident_of(duress: Duress) -> Incident | None:
    """What the team is on."""
    if duress.incident_id:
        return duress.incident
    team = Assignment.objects.filter(unit=duress.unit_id, status__in=ENGAGED).select_related("incident").first()
    return team.incident if team else None


def _open_for(duress: Duress, *, by: Actor, at: datetime) -> Incident | None:
    """An incident of its own, by a call of its own: joined again by the duress' id should this be tried twice."""
    unit = duress.unit
    who = f"{duress.by_name}{f', {unit.callsign},' if unit else ''}"
    heard = Heard(
        source=SOURCE,
        external_id=str(duress.id),
        received_at=at,
        facts={"channel": "responder_request", "call_type": "other"},
        narrative=f"{who} pressed duress.",
        latitude=duress.latitude,
        longitude=duress.longitude,
        location_detail=f"Last known position of {unit.callsign}" if unit and duress.position_at else "",
        exercise=unit.program.exercise if unit else False,
        program=unit.program.slug if unit else None,
    )
    _, incident = taking.take(heard=heard, by=by, at=at)
    return incident


def _surface(incident_id: UUID, *, at: datetime) -> None:
    Incident.objects.filter(pk=incident_id).update(changed_at=at)
    Incident.objects.filter(pk=incident_id, overdue_at=None).update(overdue_at=at)


def _tell(duress: Duress, incident: Incident, *, at: datetime) -> None:
    """Those outside a page, anew each time that this is called; the on-call phone too, for nobody may be logged in."""
    for tell in (telling.dispatchers, telling.supervisors, telling.on_call):
        tell(
            incident=incident,
            kind=NOTICE,
            subject_id=duress.id,
            occasion=int((at - duress.at).total_seconds()),
            deadline=at + _TELLING,
            at=at,
        )


def _locked(duress: Duress) -> tuple[Incident | None, Duress]:
    """Both rows locked, the incident's first."""
    incident = locked(duress.incident_id) if duress.incident_id else None
    return incident, Duress.objects.select_for_update(of=("self",)).select_related("unit").get(pk=duress.pk)
