"""What each command of the table does: the same verbs as the buttons, the same guards; and the sentence that says so.

Each takes what was asked and returns what was done. Verbs refuse in their own words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from calls.models import Call
from dispatch import (
    alerts,
    assignments,
    climbing,
    correcting,
    crosslinks,
    desk_messages,
    ending,
    escalation,
    handoffs,
    holds,
    merging,
    safety,
    taking,
    words,
)
from dispatch import duress as duresses
from dispatch.commands.grammar import Value
from dispatch.forms import moment_near, moment_until
from dispatch.models import Assignment, Hold, Incident
from dispatch.positions import supervisors_at_work
from dispatch.staging import Unconfirmed
from dispatch.states import ASSIGNMENT, AWAITED, AssignmentStatus
from dispatch.troubles import standing
from journal.actors import Actor
from journal.refusals import Invalid, Refused
from responders import units
from responders.models import Unit

HOLD = "+15"  # when no moment is said
MOST = 500  # letters of a person's words, as everywhere


@dataclass(frozen=True)
class Asked:
    """The values of a line, whoever typed it, and the incident they had in focus."""

    values: Mapping[str, Value]
    by: Actor
    at: datetime
    focus: int | None = None

    def text(self, name: str) -> str:
        return str(self.values.get(name, ""))


@dataclass(frozen=True)
class Done:
    """`subject`: the assignment, hold, link, hand-off or unit, for whatever takes it back."""

    said: str
    incident: Incident | None = None
    other: Incident | None = None
    subject: UUID | None = None


def incident_of(asked: Asked, name: str = "incident") -> Incident:
    """The incident that a line names. Raises Refused where there is none."""
    number = asked.values[name]
    found = Incident.objects.select_related("program").defer("program__area").filter(number=number).first()
    if found is None:
        raise Refused(_("There is no incident %(number)s.") % {"number": number})
    return found


def unit_of(asked: Asked) -> Unit:
    return Unit.objects.select_related("program").defer("program__area").get(callsign=asked.text("team"))


_TEAMS = Assignment.objects.filter(status__in=ASSIGNMENT.open).select_related("unit", "incident__program")


def team_of(asked: Asked, *, offered: bool | None = None) -> Assignment:
    """What a team is on: the team that the line names, or the only one of the incident in focus. `offered` tells which
    of several that is: the one that has not answered, or that has."""
    teams = _TEAMS.defer("incident__program__area").order_by("unit__callsign")
    if callsign := asked.text("team"):
        team = teams.filter(unit__callsign=callsign).first()
        if team is None:
            raise Refused(_("%(unit)s is on no incident.") % {"unit": callsign})
        return team
    on_it = list(teams.filter(incident__number=asked.focus)) if asked.focus is not None else []
    fitting = (
        [each for each in on_it if (each.state is AssignmentStatus.OFFERED) is offered] if offered is not None else []
    )
    meant = fitting or on_it
    if not meant:
        raise Refused(_("No team is asked for incident %(number)s, or on it.") % {"number": asked.focus})
    if len(meant) > 1:
        names = _(" and ").join(each.unit.callsign for each in meant)
        raise Refused(_("%(units)s are on incident %(number)s: say which.") % {"units": names, "number": asked.focus})
    return meant[0]


def _moved(team: Assignment, how: str = "") -> Done:
    said = _("%(unit)s: %(state)s, incident %(number)s.") % {
        "unit": team.unit.callsign,
        "state": how or words.assignment_state(team.status),
        "number": team.incident.number,
    }
    return Done(said, team.incident, subject=team.id)


def offer(asked: Asked) -> Done:
    incident, unit = incident_of(asked), unit_of(asked)
    made = assignments.offer(incident=incident, unit=unit, by=asked.by, at=asked.at)
    return Done(
        _("%(unit)s is asked for incident %(number)s.") % {"unit": unit.callsign, "number": incident.number},
        incident,
        subject=made.id,
    )


def send(asked: Asked) -> Done:
    incident, unit = incident_of(asked), unit_of(asked)
    made = assignments.send(incident=incident, unit=unit, by=asked.by, at=asked.at)
    return Done(
        _("%(unit)s is assigned to incident %(number)s.") % {"unit": unit.callsign, "number": incident.number},
        incident,
        subject=made.id,
    )


def withdraw(asked: Asked) -> Done:
    team = team_of(asked)
    assignments.withdraw(assignment=team, words=asked.text("words"), by=asked.by, at=asked.at)
    return Done(
        _("%(unit)s is taken back from incident %(number)s.")
        % {"unit": team.unit.callsign, "number": team.incident.number},
        team.incident,
    )


def accept(asked: Asked) -> Done:
    return _moved(assignments.accept(assignment=team_of(asked, offered=True), by=asked.by, at=asked.at))


def decline(asked: Asked) -> Done:
    team = team_of(asked)
    reason, more = asked.text("reason"), asked.text("words")
    escalation.decline(assignment=team, reason=reason, words=more, by=asked.by, at=asked.at)
    return _moved(team, _("declined (%(reason)s)") % {"reason": Assignment.Reason(reason).label.lower()})


def _report(status: AssignmentStatus, *, confirmed: bool = False) -> Callable[[Asked], Done]:
    def report(asked: Asked) -> Done:
        team = team_of(asked, offered=False)
        return _moved(assignments.move(assignment=team, status=status, confirmed=confirmed, by=asked.by, at=asked.at))

    return report


def on_scene(asked: Asked) -> Done:
    try:
        return _report(AssignmentStatus.ON_SCENE)(asked)
    except Unconfirmed as unconfirmed:
        raise Refused(_("%(why)s To confirm, type OS! instead of OS.") % {"why": unconfirmed}) from None


def clear(asked: Asked) -> Done:
    team, end = team_of(asked, offered=False), asked.text("disposition")
    assignments.clear(assignment=team, disposition=end, words=asked.text("words"), by=asked.by, at=asked.at)
    return _moved(team, _("clear (%(disposition)s)") % {"disposition": words.disposition(end).lower()})


def checked_in(asked: Asked) -> Done:
    team = team_of(asked, offered=False)
    safety.check_in(assignment=team, by_radio=True, by=asked.by, at=asked.at)
    return _moved(team, _("all right"))


def radioed(asked: Asked) -> Done:
    team = team_of(asked, offered=False)
    alert = team.alerts.filter(ended_at=None).select_related("assignment__unit", "incident").first()
    if alert is None:
        raise Refused(_("%(unit)s has not been told of any change.") % {"unit": team.unit.callsign})
    alerts.acknowledge(alert=alert, by_radio=True, by=asked.by, at=asked.at)
    return _moved(team, _("has heard it"))


def duress(asked: Asked) -> Done:
    unit = unit_of(asked)
    stands = standing().filter(unit=unit).first()
    if stands is None:
        raise Refused(_("%(unit)s is not in duress.") % {"unit": unit.callsign})
    taken = duresses.acknowledge(duress=stands, by=asked.by, at=asked.at)
    if taken.acknowledged_by_id != asked.by.actor_id:
        raise Refused(_("%(name)s has it already.") % {"name": taken.acknowledged_by_name})
    return Done(_("You have the duress of %(unit)s.") % {"unit": unit.callsign}, taken.incident, subject=taken.id)


def out_of_service(asked: Asked) -> Done:
    unit = unit_of(asked)
    units.take_out_of_service(unit=unit, reason=asked.text("words"), by=asked.by, at=asked.at)
    return Done(_("%(unit)s is out of service.") % {"unit": unit.callsign}, subject=unit.id)


def in_service(asked: Asked) -> Done:
    unit = unit_of(asked)
    if unit.out_of_service_at is None:
        raise Refused(_("%(unit)s is not out of service.") % {"unit": unit.callsign})
    units.return_to_service(unit=unit, by=asked.by, at=asked.at)
    return Done(_("%(unit)s is back in service.") % {"unit": unit.callsign}, subject=unit.id)


def correct(asked: Asked) -> Done:
    """Of the newest thing that the team was on."""
    callsign, name = asked.text("team"), asked.text("stamp")
    of_team = Assignment.objects.filter(unit__callsign=callsign).select_related("incident__program", "unit")
    team = of_team.defer("incident__program__area").order_by("-offered_at").first()
    if team is None:
        raise Refused(_("%(unit)s has been on no incident.") % {"unit": callsign})
    incident = team.incident
    stands = getattr(team, f"{name}_at")
    if stands is None:
        raise Refused(_("There is no moment yet at which %(stamp)s.") % {"stamp": words.stamp(name, callsign)})
    made = correcting.correct(
        incident=incident,
        of=team,
        stamp=name,
        to=moment_near(asked.text("time of day"), stands, zone_of(incident)),
        reason=asked.text("words"),
        by=asked.by,
        at=asked.at,
    )
    said = _("%(stamp)s: corrected to %(moment)s.") % {
        "stamp": words.stamp(name, callsign),
        "moment": f"{incident.local(made.after):%H:%M:%S}",
    }
    return Done(said, incident, subject=team.id)


def zone_of(incident: Incident) -> ZoneInfo:
    return ZoneInfo(incident.program.time_zone if incident.program else "UTC")


def note(asked: Asked) -> Done:
    """The words go to the newest call, as words that are added on its page do: read by whoever may read calls, heard
    for what they may mean, told to the team and in the packet."""
    if not Incident.objects.filter(number=asked.values["incident"]).exists():
        number = asked.values["incident"]
        raise Refused(
            _("There is no incident %(number)s. Words that begin with a number come after a colon: N : %(number)s …")
            % {"number": number}
        )
    incident, said = incident_of(asked), asked.text("words")
    if len(said) > MOST:
        raise Invalid(
            {"words": _("%(most)s characters at most; this has %(count)s.") % {"most": MOST, "count": len(said)}}
        )
    call = Call.objects.filter(incident_link__incident=incident).order_by("-taken_at", "-id").first()
    if call is None:
        raise Refused(
            _("Incident %(number)s has no call any more: add it where its calls went.") % {"number": incident.number}
        )
    add = f"{asked.by.actor_name}, {incident.local(asked.at):%H:%M}: {said}"
    taking.amend(call=call, answers={}, add=add.replace("\x00", ""), by=asked.by, at=asked.at)
    return Done(_("Noted for incident %(number)s.") % {"number": incident.number}, incident)


def hold(asked: Asked) -> Done:
    incident, reason = incident_of(asked), asked.text("reason")
    zone = zone_of(incident)
    put = holds.hold(
        incident=incident,
        reason=reason,
        # A reason of the list says enough by itself; “another reason” does not, and the verb asks for it.
        words=asked.text("words") or ("" if reason == Hold.Reason.OTHER else _of_the_list(reason)),
        until=moment_until(asked.text("until") or HOLD, zone, at=asked.at),
        by=asked.by,
        at=asked.at,
    )
    said = words.on_hold(incident.number, incident.local(put.until), scheduled=put.is_scheduled)
    return Done(said, incident, subject=put.id)


def _of_the_list(reason: str) -> str:
    """Its label, kept as the words: in one language, whoever types."""
    with override("en"):
        return str(Hold.Reason(reason).label)


def release(asked: Asked) -> Done:
    incident = holds.release(incident=incident_of(asked), by=asked.by, at=asked.at)
    return Done(_("Incident %(number)s waits for a team.") % {"number": incident.number}, incident)


def take(asked: Asked) -> Done:
    incident = incident_of(asked)
    climbing.take(incident=incident, by=asked.by, at=asked.at)
    return Done(
        _("Incident %(number)s is yours; everybody is asked again in 10 min.") % {"number": incident.number}, incident
    )


def merge(asked: Asked) -> Done:
    incident, into = incident_of(asked), incident_of(asked, "other incident")
    merging.merge(incident=incident, into=into, by=asked.by, at=asked.at)
    return Done(
        _("Incident %(number)s is merged into %(other)s.") % {"number": incident.number, "other": into.number},
        incident,
        into,
    )


def unmerge(asked: Asked) -> Done:
    incident = merging.unmerge(incident=incident_of(asked), by=asked.by, at=asked.at)
    return Done(_("Incident %(number)s stands by itself again.") % {"number": incident.number}, incident)


def link(asked: Asked) -> Done:
    incident, other = incident_of(asked), incident_of(asked, "other incident")
    made = crosslinks.link(incident=incident, other=other, words=asked.text("words"), by=asked.by, at=asked.at)
    return Done(
        _("Incidents %(number)s and %(other)s are linked.") % {"number": incident.number, "other": other.number},
        incident,
        other,
        made.id,
    )


def hand_off(asked: Asked) -> Done:
    incident, to = incident_of(asked), asked.text("agency")
    asks = incident.handoffs.filter(to=to, status__in=AWAITED).first()
    if asks:
        raise Refused(
            _("%(agency)s are asked for incident %(number)s already: tell them.")
            % {"agency": words.agency(to).capitalize(), "number": incident.number}
        )
    made = handoffs.propose(incident=incident, to=to, by=asked.by, at=asked.at)
    said = _("Hand-off of incident %(number)s to %(agency)s opened: tell them now.") % {
        "number": incident.number,
        "agency": words.agency(to),
    }
    return Done(said, incident, subject=made.id)


def told(asked: Asked) -> Done:
    incident, to = incident_of(asked), asked.text("agency")
    asks = incident.handoffs.filter(to=to, status__in=AWAITED).first()
    if asks is None:
        raise Refused(
            _("No hand-off of incident %(number)s to %(agency)s is open: open one with X.")
            % {"number": incident.number, "agency": words.agency(to)}
        )
    handoffs.tell(handoff=asks, spoke_with=asked.text("words"), by=asked.by, at=asked.at)
    said = _("%(agency)s told of incident %(number)s: enter who takes it, or why not.") % {
        "agency": words.agency(to).capitalize(),
        "number": incident.number,
    }
    return Done(said, incident)


def close(asked: Asked) -> Done:
    incident = ending.close(
        incident=incident_of(asked), disposition=asked.text("disposition"), by=asked.by, at=asked.at
    )
    return Done(_("Incident %(number)s is closed.") % {"number": incident.number}, incident)


def cancel(asked: Asked) -> Done:
    incident = ending.cancel(
        incident=incident_of(asked),
        reason=asked.text("reason"),
        words=asked.text("words"),
        by=asked.by,
        at=asked.at,
    )
    return Done(_("Incident %(number)s is cancelled.") % {"number": incident.number}, incident)


def reopen(asked: Asked) -> Done:
    incident = ending.reopen(incident=incident_of(asked), reason=asked.text("words"), by=asked.by, at=asked.at)
    return Done(_("Incident %(number)s is open again.") % {"number": incident.number}, incident)


def ask_help(asked: Asked) -> Done:
    asks = desk_messages.ask_help(words=asked.text("words"), by=_person(asked), at=asked.at)
    return Done(asked_of(at=asked.at), subject=asks.id)


def asked_of(*, at: datetime) -> str:
    """What whoever asks for help is told at once: who is there to hear it, or that nobody is."""
    if names := supervisors_at_work(at=at):
        return _("Help is asked of %(names)s.") % {"names": ", ".join(names)}
    return _("No supervisor is at a desk now: phone one. It stands here until one sees to it.")


def message(asked: Asked) -> Done:
    to = User.objects.get(username=asked.text("person"))
    sent = desk_messages.send(to=to, words=asked.text("words"), by=_person(asked), at=asked.at)
    return Done(_("Sent to %(name)s.") % {"name": to.name}, subject=sent.id)


def _person(asked: Asked) -> User:
    assert isinstance(asked.by, User), "only a person types"
    return asked.by


# By the name of the row. What only moves about is the page's (`views.commands`).
CARRY: Mapping[str, Callable[[Asked], Done]] = {
    "offer": offer,
    "send": send,
    "withdraw": withdraw,
    "accept": accept,
    "decline": decline,
    "en_route": _report(AssignmentStatus.EN_ROUTE),
    "staged": _report(AssignmentStatus.STAGED),
    "on_scene": on_scene,
    "on_scene_meant": _report(AssignmentStatus.ON_SCENE, confirmed=True),
    "transporting": _report(AssignmentStatus.TRANSPORTING),
    "at_destination": _report(AssignmentStatus.AT_DESTINATION),
    "clear": clear,
    "checked_in": checked_in,
    "radioed": radioed,
    "duress": duress,
    "out_of_service": out_of_service,
    "in_service": in_service,
    "correct": correct,
    "note": note,
    "hold": hold,
    "release": release,
    "take": take,
    "merge": merge,
    "unmerge": unmerge,
    "link": link,
    "hand_off": hand_off,
    "told": told,
    "close": close,
    "cancel": cancel,
    "reopen": reopen,
    "ask_help": ask_help,
    "message": message,
}
