"""Re-entry: what was written on paper in an outage becomes the incident of that number, with the times of then.

It is entered as it stands, not played again: a team that went and came back in the outage may be elsewhere by now, and
no timer of then is of use. What is over opens no alarm; what is still open is live from this moment on, and says so.
Decided is by the version of the policy that was in force when the call was received.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from calls import intake
from calls.heard import Heard
from calls.models import Call
from dispatch import check_ins, entries, incidents, limits, paper, turning
from dispatch.dispositions import DISPOSITIONS
from dispatch.models import Assignment, Handoff, HandoffTo, Incident, IncidentCall, PaperForm
from dispatch.queries import links, plan_of
from dispatch.settling import ALONE, OURS, settled, watch_anew
from dispatch.states import (
    ASSIGNMENT,
    ENGAGED,
    LIVE,
    PAPER,
    AssignmentStatus,
    HandoffStatus,
    IncidentStatus,
    PaperStatus,
)
from due import timers
from journal.actors import Actor
from journal.models import Entry
from journal.recording import entry, write
from journal.refusals import Invalid, Refused, fitting
from responders.models import Unit
from triage.engine.floor import disqualifiers

SOURCE: Final = "paper"


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team's line of the unit log, and the name of its inputs."""

    named: str
    unit: Unit
    accepted_at: datetime | None
    offered_at: datetime | None = None
    en_route_at: datetime | None = None
    on_scene_at: datetime | None = None
    cleared_at: datetime | None = None
    disposition: str = ""

    @property
    def status(self) -> AssignmentStatus:
        reached = (
            (self.cleared_at, AssignmentStatus.CLEARED),
            (self.on_scene_at, AssignmentStatus.ON_SCENE),
            (self.en_route_at, AssignmentStatus.EN_ROUTE),
        )
        return next((status for moment, status in reached if moment), AssignmentStatus.ACCEPTED)


@dataclass(frozen=True, kw_only=True)
class Given:
    """A line of the hand-off: another agency that was told, and who there took it."""

    named: str
    to: str
    sent_at: datetime | None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Log:
    """The paper's lower half. Without an end it is still open."""

    decided_at: datetime | None = None
    teams: Sequence[Team] = ()
    given: Sequence[Given] = ()
    closed_at: datetime | None = None
    disposition: str = ""

    @property
    def is_over(self) -> bool:
        return self.closed_at is not None


def enter(*, number: int, heard: Heard, log: Log, by: Actor, at: datetime) -> tuple[Call, Incident]:
    """Enter a paper: its call, its incident under the paper's number, and all that its log tells.

    Raises Invalid naming every wrong input, as the form calls it; Refused when the paper is entered or void already, or
    no paper at all.
    """
    with transaction.atomic():
        form = PaperForm.objects.select_for_update(of=("self",)).select_related("block__program")
        sheet = form.defer("block__program__area").filter(number=number).first()
        if sheet is None:
            raise Refused(_("No form has the number %(number)s.") % {"number": number})
        if sheet.state is not PaperStatus.DRAWER:
            raise Refused(paper.told(sheet))
        program = sheet.block.program
        log = _completed(log)
        if errors := _wrong(sheet, heard, log, at=at):
            raise Invalid(errors)
        heard = replace(heard, source=SOURCE, program=program.slug, exercise=program.exercise)
        call, told = intake.take_call(heard=heard, by=by, at=at)
        incident = incidents.about(call, at=at, number=number, entered_at=at)
        _settle_sheet(sheet, by=by, at=at)
        incident.save(force_insert=True)
        IncidentCall.objects.create(call=call, incident=incident, home=incident, at=at)
        opened = entries.IncidentOpened(
            number=number, call=call.id, status=IncidentStatus.TRIAGE, exercise=incident.exercise
        )
        entered = entries.IncidentEntered(
            paper=sheet.id,
            number=number,
            received=incident.received_at,
            answered=incident.answered_at,
            decided=log.decided_at,
            closed=log.closed_at,
        )
        write(*told, *(entry(each, subject=incident, by=by, at=at) for each in (opened, entered)))
        teams = [_send(incident, team, by=by, at=at) for team in log.teams]
        given = [_hand_over(incident, each, by=by, at=at) for each in log.given]
        decided = incidents.decide(incident, [call], over=log.is_over, by=by, at=at)
        incident.disposition, incident.closed_at = log.disposition, log.closed_at
        moved = settled(incident, by=by, at=at)
        # What paper does not tell was never timed: better no stamp than that of the entry.
        incident.triaged_at = incident.queued_at = log.decided_at
        if incident.state is IncidentStatus.HANDED_OFF:
            incident.handed_off_at = max(each.acknowledged_at for each in given if each.acknowledged_at)
        write(*decided, *moved)
        if incident.state in LIVE:
            _make_live(incident, teams, by=by, at=at)
        incident.save()
    return call, incident


def _settle_sheet(sheet: PaperForm, *, by: Actor, at: datetime) -> None:
    PAPER.guard(sheet.state, PaperStatus.ENTERED)
    sheet.status, sheet.incident_id = PaperStatus.ENTERED, sheet.number
    sheet.settled_at, sheet.settled_by_id, sheet.settled_by_name = at, by.actor_id, by.actor_name
    sheet.save()


def _completed(log: Log) -> Log:
    """A team that was clear without a result of its own has the incident's. Where no end is written and the last team
    to be clear told what came of it, that was the end, as it is live."""
    ended = DISPOSITIONS.get(log.disposition)
    if ended:
        lent = [
            replace(team, disposition=log.disposition)
            if team.cleared_at and not team.disposition and (team.on_scene_at or not ended.on_scene)
            else team
            for team in log.teams
        ]
        log = replace(log, teams=lent)
    if log.closed_at or log.disposition or any(each.acknowledged_at is None for each in log.given):
        return log
    cleared = [(team.cleared_at, team.disposition) for team in log.teams if team.cleared_at]
    if not cleared or len(cleared) < len(log.teams):
        return log
    closed_at, disposition = max(cleared)
    known = DISPOSITIONS.get(disposition)
    return replace(log, closed_at=closed_at, disposition=disposition) if known and known.resolves else log


def _send(incident: Incident, team: Team, *, by: Actor, at: datetime) -> Assignment:
    assert team.accepted_at
    assignment = Assignment(
        incident=incident,
        unit=team.unit,
        status=team.status,
        offered_by_id=by.actor_id,
        offered_by_name=by.actor_name,
        offered_at=team.offered_at or team.accepted_at,
        accepted_at=team.accepted_at,
        en_route_at=team.en_route_at,
        on_scene_at=team.on_scene_at,
        cleared_at=team.cleared_at,
        disposition=team.disposition if team.cleared_at else "",
    )
    try:
        with transaction.atomic():
            assignment.save(force_insert=True)
    except IntegrityError as error:
        if "unit_has_one_open_assignment" not in str(error):
            raise
        raise Invalid({f"{team.named}.unit": _busy(team.unit)}) from None
    told = entries.AssignmentEntered(
        incident=incident.id,
        unit=team.unit.id,
        status=assignment.status,
        offered=assignment.offered_at,
        accepted=team.accepted_at,
        en_route=team.en_route_at,
        on_scene=team.on_scene_at,
        cleared=team.cleared_at,
        disposition=assignment.disposition or None,
    )
    write(entry(told, subject=assignment, by=by, at=at))
    return assignment


def _busy(unit: Unit) -> str:
    of_it = unit.assignments.filter(status__in=ASSIGNMENT.open).select_related("incident").first()
    told = {"unit": unit.callsign, "number": of_it.incident.number if of_it else "?"}
    return (
        _("%(unit)s is on incident %(number)s now: clear it there, or give the time at which it was clear here.") % told
    )


def _hand_over(incident: Incident, given: Given, *, by: Actor, at: datetime) -> Handoff:
    known = links(incident.program_id)
    sent_at = given.sent_at or given.acknowledged_at
    assert sent_at
    handoff = Handoff.objects.create(
        incident=incident,
        to=given.to,
        agency=known[given.to].agency if given.to in known else None,
        status=HandoffStatus.ACKNOWLEDGED if given.acknowledged_at else HandoffStatus.SENT,
        proposed_at=sent_at,
        sent_at=sent_at,
        sent_by=Handoff.Way.PHONE,
        acknowledged_at=given.acknowledged_at,
        acknowledged_by=given.acknowledged_by,
        reference=given.reference,
        recorded_by_id=by.actor_id,
        recorded_by_name=by.actor_name,
    )
    told = entries.HandoffEntered(
        incident=incident.id, to=given.to, status=handoff.status, sent=sent_at, acknowledged=given.acknowledged_at
    )
    write(entry(told, subject=handoff, by=by, at=at))
    if handoff.is_awaited:
        due_at = at + plan_of(incident.program).watch.answer(incident.priority)
        timers.put(kind=limits.ANSWER, subject_id=handoff.id, due_at=due_at, at=at)
    return handoff


def _make_live(incident: Incident, teams: Iterable[Assignment], *, by: Actor, at: datetime) -> None:
    """It is still open: everything about it is timed from now on, and somebody must look at it."""
    engaged = [each for each in teams if each.state in ENGAGED]
    told: list[Entry] = []
    for each in engaged:
        told += check_ins.heard(each, incident, by_radio=True, by=by, at=at)
    watch_anew(incident, at=at)
    if not engaged:
        incident.overdue_at = at
    elif incident.outcome != ALONE:
        # They went by what people made of it on paper; the policy says otherwise.
        made = incident.decisions.filter(beside=None).order_by("-id").first()
        danger = {fact: [None, value] for fact, value in disqualifiers(made.facts if made else {}).items()}
        told += turning.alert_teams(incident, was=ALONE, changed=danger, by=by, at=at)
        if incident.outcome not in OURS:
            timers.reset(kind=limits.WATCH, subject_id=incident.id, due_at=at + limits.TURNED, at=at)
    write(*told)


def _wrong(sheet: PaperForm, heard: Heard, log: Log, *, at: datetime) -> dict[str, str]:
    """Every input that is wrong, with what would be right."""
    program_id, zone = sheet.block.program_id, ZoneInfo(sheet.block.program.time_zone)
    call = ("paper.received", _("the call was received"), heard.received_at)
    errors = _out_of_order(
        [
            call,
            ("paper.answered", _("it was answered"), heard.answered_at),
            ("paper.decided", _("it was decided"), log.decided_at),
            ("paper.closed", _("it ended"), log.closed_at),
        ],
        zone=zone,
        at=at,
    )
    if heard.received_at < sheet.block.at.replace(second=0, microsecond=0):
        made = f"{sheet.block.at.astimezone(zone):%Y-%m-%d %H:%M}"
        errors["paper.received"] = _("Lies before this form was made, %(made)s: is the day right?") % {"made": made}
    for team in log.teams:
        errors |= _wrong_team(team, log, call, program_id=program_id, zone=zone, at=at)
    for each in log.given:
        errors |= _wrong_given(each, log, call, zone=zone, at=at)
    agencies = [each.to for each in log.given]
    for each in log.given:
        if each.to in agencies[: log.given.index(each)]:
            errors[f"{each.named}.to"] = _("This agency stands above already.")
    return errors | _wrong_end(log)


Moments = Sequence[tuple[str, str, datetime | None]]


def _out_of_order(moments: Moments, *, zone: ZoneInfo, at: datetime) -> dict[str, str]:
    errors: dict[str, str] = {}
    last: tuple[str, datetime] | None = None
    for name, said, moment in moments:
        if moment is None:
            continue
        if moment > at:
            errors[name] = _("Lies in the future: it is %(now)s now.") % {"now": f"{at.astimezone(zone):%H:%M %Z}"}
        elif last and moment < last[1]:
            when = f"{last[1].astimezone(zone):%a %H:%M:%S}"
            errors[name] = _("Lies before the time at which %(what)s, %(when)s.") % {"what": last[0], "when": when}
        else:
            last = said, moment
    return errors


def _wrong_team(
    team: Team, log: Log, call: tuple[str, str, datetime | None], *, program_id: object, zone: ZoneInfo, at: datetime
) -> dict[str, str]:
    name = team.named
    said = [
        call,
        (f"{name}.offered", _("it was asked"), team.offered_at),
        (f"{name}.accepted", _("it accepted"), team.accepted_at),
        (f"{name}.en_route", _("it was en route"), team.en_route_at),
        (f"{name}.on_scene", _("it was on scene"), team.on_scene_at),
        (f"{name}.cleared", _("it was clear"), team.cleared_at),
        ("paper.closed", "", log.closed_at),
    ]
    errors = _out_of_order(said, zone=zone, at=at)
    if team.accepted_at is None:
        errors[f"{name}.accepted"] = _(
            "When did it say yes? Leave out a team that was asked and did not go, and write it among the words."
        )
    if team.unit.program_id != program_id:
        errors[f"{name}.unit"] = _("%(unit)s belongs to another program than this paper.") % {
            "unit": team.unit.callsign
        }
    if log.is_over and team.cleared_at is None:
        errors[f"{name}.cleared"] = _("The incident is over: when was %(unit)s clear?") % {"unit": team.unit.callsign}
    known = DISPOSITIONS.get(team.disposition)
    if team.cleared_at and known is None:
        errors[f"{name}.disposition"] = _("It was clear: what came of it?")
    elif team.cleared_at and known and known.on_scene and team.on_scene_at is None:
        errors[f"{name}.disposition"] = _("“%(what)s” needs the time at which the team was on scene.") % {
            "what": known.label
        }
    return errors


def _wrong_given(
    given: Given, log: Log, call: tuple[str, str, datetime | None], *, zone: ZoneInfo, at: datetime
) -> dict[str, str]:
    name = given.named
    said = [
        call,
        (f"{name}.sent", _("they were told"), given.sent_at),
        (f"{name}.acknowledged", _("they took it"), given.acknowledged_at),
        ("paper.closed", "", log.closed_at),
    ]
    errors = _out_of_order(said, zone=zone, at=at)
    if given.to not in HandoffTo.values:
        errors[f"{name}.to"] = _("Choose the agency.")
    if given.sent_at is None and given.acknowledged_at is None:
        errors[f"{name}.sent"] = _("When were they told?")
    if log.is_over and given.acknowledged_at is None:
        errors[f"{name}.acknowledged"] = _("The incident is over: when did they say that they have it?")
    lengths = {f"{name}.by": (given.acknowledged_by, 120), f"{name}.reference": (given.reference, 60)}
    asked = {
        f"{name}.by": _("Who took it? A name or a position."),
        f"{name}.reference": _("Their number for it; “none given” when they have none."),
    }
    try:
        fitting(lengths, needed=asked if given.acknowledged_at else None)
    except Invalid as invalid:
        errors |= invalid.errors
    return errors


def _wrong_end(log: Log) -> dict[str, str]:
    known: Any = DISPOSITIONS.get(log.disposition)
    if log.disposition and log.closed_at is None:
        return {"paper.closed": _("When did it end? Leave the result empty too while it is open.")}
    if log.closed_at and (known is None or not known.resolves):
        return {"paper.disposition": _("What came of it? Leave the end empty too while it is open.")}
    if log.closed_at and known.on_scene and not any(team.on_scene_at for team in log.teams):
        return {"paper.disposition": _("“%(what)s” needs a team that was on scene.") % {"what": known.label}}
    return {}
