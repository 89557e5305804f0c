"""The verbs of holds: an incident waits until a moment that a person has named. Nobody is asked meanwhile."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import assignments, entries, limits, waiting
from dispatch.models import Assignment, Hold, Incident
from dispatch.queries import plan_of
from dispatch.settling import OURS, end_offers, locked, settle, watch_anew
from dispatch.states import ENGAGED, LIVE, IncidentStatus
from dispatch.words import day_and_clock
from due import timers
from due.registry import Firing
from journal.actors import CLOCK, Actor
from journal.recording import entry
from journal.refusals import Invalid, Refused, fitting
from journal.states import plain


def hold(
    *,
    incident: Incident,
    reason: str,
    words: str,
    until: datetime,
    instead_of: Hold | None = None,
    by: Actor,
    at: datetime,
) -> Hold:
    """Let it wait, or wait otherwise than by the hold that it is to stand `instead_of`. What is offered ends.

    Raises Invalid for a reason that is not in the list, without words, and for a moment that is past or too far away:
    the more urgent, the sooner somebody must look. Refused unless it waits for one of our teams, and when somebody
    else has put it on hold or released it meanwhile.
    """
    with transaction.atomic():
        incident = locked(incident.id)
        _guard(incident)
        standing = waiting.hold_in_force(incident)
        _guard_same(incident, standing, instead_of)
        [words] = _fitting(incident, reason=reason, words=words, until=until, at=at)
        told = [waiting.end(standing, ending=Hold.Ending.REPLACED, by=by, at=at)] if standing else []
        until_then = f"On hold until {incident.local(until):%H:%M %Z}."
        told += end_offers(incident, withdrawal=Assignment.Withdrawal.HELD, words=until_then, by=by, at=at)
        put = Hold.objects.create(
            incident=incident, reason=reason, words=words, at=at, by_id=by.actor_id, by_name=by.actor_name, until=until
        )
        if put.is_scheduled:
            timers.put(kind=limits.SERVE, subject_id=put.id, due_at=until, at=at)
        told.append(
            entry(entries.IncidentHeld(hold=put.id, reason=reason, until=until), subject=incident, by=by, at=at)
        )
        incident.overdue_at = None  # somebody has decided
        settle(incident=incident, told=told, by=by, at=at)
        if standing:
            watch_anew(incident, at=at)
    return put


def release(*, incident: Incident, by: Actor, at: datetime) -> Incident:
    """It waits for a team again, as of now. Refused when it is not on hold."""
    with transaction.atomic():
        incident = locked(incident.id)
        standing = waiting.hold_in_force(incident)
        if standing is None:
            raise Refused(
                _("Incident %(number)s is not on hold%(ended)s.")
                % {"number": incident.number, "ended": _ended(incident)}
            )
        told = waiting.end(standing, ending=Hold.Ending.RELEASED, by=by, at=at)
        return settle(incident=incident, told=[told], by=by, at=at)


def serve(firing: Firing) -> bool:
    """Timer `hold.serve`: the time that an incident was scheduled for has come; it waits for a team."""
    incident = locked(Hold.objects.values_list("incident_id", flat=True).get(pk=firing.subject_id))
    standing = Hold.objects.get(pk=firing.subject_id)
    if standing.ended_at or firing.at < standing.until:
        return False
    told = waiting.end(standing, ending=Hold.Ending.SERVED, by=CLOCK, at=firing.at)
    settle(incident=incident, told=[told], by=CLOCK, at=firing.at)
    return True


def _guard(incident: Incident) -> None:
    if incident.state not in LIVE:
        raise Refused(
            _("Incident %(number)s is %(state)s; nothing waits.")
            % {"number": incident.number, "state": plain(incident.status)}
        )
    if incident.state is IncidentStatus.TRIAGE:
        raise Refused(
            _("Incident %(number)s is not decided yet: answer its open questions first.") % {"number": incident.number}
        )
    if incident.outcome not in OURS:
        raise Refused(
            _("The decision for incident %(number)s is %(state)s; only what waits for a community team can be held.")
            % {"number": incident.number, "state": plain(incident.outcome)}
        )
    team = incident.assignments.filter(status__in=ENGAGED).select_related("unit", "incident").first()
    if team:
        raise assignments.taken(team, so=_("Take it back first."))


def _guard_same(incident: Incident, standing: Hold | None, seen: Hold | None) -> None:
    """Two who decide in the same moment must not undo each other's word unseen."""
    if standing and standing != seen:
        raise Refused(
            _("%(name)s put incident %(number)s on hold until %(until)s at %(at)s: look once more.")
            % {
                "name": standing.by_name,
                "number": incident.number,
                "until": f"{incident.local(standing.until):%H:%M %Z}",
                "at": f"{incident.local(standing.at):%H:%M:%S}",
            }
        )
    if seen and not standing:
        raise Refused(
            _("Incident %(number)s is not on hold any more%(ended)s.")
            % {"number": incident.number, "ended": _ended(incident)}
        )


def _ended(incident: Incident) -> str:
    last = incident.holds.filter(ended_at__isnull=False).order_by("-ended_at").first()
    if last is None or last.ended_at is None:
        return ""
    how = last.get_ending_display()
    return f": {how} ({last.ended_by_name}, {incident.local(last.ended_at):%H:%M:%S %Z})"


def _fitting(incident: Incident, *, reason: str, words: str, until: datetime, at: datetime) -> list[str]:
    errors = {}
    if reason not in Hold.Reason.values:
        errors["reason"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Hold.Reason.values)}
    watch = plan_of(incident.program).watch
    latest = at + watch.hold(incident.priority, scheduled=reason == Hold.Reason.SCHEDULED)
    if until <= at:
        errors["until"] = _("Must be later than now.")
    elif until > latest:
        errors["until"] = _("Priority %(priority)s can wait until %(latest)s at most.") % {
            "priority": incident.priority,
            "latest": day_and_clock(incident.local(latest)),
        }
    try:
        fit = fitting({"words": (words, 500)}, needed={"words": _("Say why, in a few words.")})
    except Invalid as invalid:
        raise Invalid({**errors, **invalid.errors}) from None
    if errors:
        raise Invalid(errors)
    return fit
