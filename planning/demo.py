"""The demo city plays: invented calls come in while somebody watches, and simulated people act on them.

Nothing is remembered here. What has been played, and what is next, follows from the tables alone, so it may be killed
and started again at any moment. It touches its own calls and no others; and on those, whoever is at a console may be
first.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, transaction

from calls.heard import Heard
from calls.models import Call
from dispatch import assignments, escalation, handoffs, staging, taking
from dispatch.models import Assignment, Handoff, Incident
from dispatch.recommendation import recommend
from dispatch.settling import OURS
from dispatch.states import ASSIGNMENT, AWAITED, LIVE, AssignmentStatus, HandoffStatus, IncidentStatus
from due.queries import last_heard
from journal.refusals import Refused
from planning.crews import CREW
from planning.desk import DISPATCHER
from planning.replay import CALL_TAKER
from planning.scenario import ACCEPTS, SILENT, Scenario, Scene
from responders import units
from triage.engine import FactValue, facts
from triage.models import Program

logger = logging.getLogger(__name__)

SOURCE = "demo"

UNWATCHED_AFTER = timedelta(minutes=3)
GAP = timedelta(seconds=45)
QUICK_GAP, FEW = timedelta(seconds=12), 4  # while so few are live: a board without calls shows nothing
MANY = 12  # with so many live no call comes: nobody keeps up with them

ANSWERS = timedelta(seconds=12)
AGENCY_TOLD = 15  # seconds until the dispatcher has phoned another agency
AGENCY_ANSWERS = 40  # and until it has answered, where the scene does not say

# How long a crew stays in each state, and which is the next; ON_SCENE and AT_DESTINATION end with clearing.
_S = AssignmentStatus
STAYS = {
    _S.ACCEPTED: timedelta(seconds=10),
    _S.EN_ROUTE: timedelta(seconds=45),
    _S.STAGED: timedelta(seconds=30),
    _S.ON_SCENE: timedelta(seconds=75),
    _S.TRANSPORTING: timedelta(seconds=40),
    _S.AT_DESTINATION: timedelta(seconds=30),
}


def is_watched(*, at: datetime) -> bool:
    """Whether a console or a responder's page has been open lately."""
    seen_at = last_heard("watched")
    return seen_at is not None and at - seen_at < UNWATCHED_AFTER


def play(scenario: Scenario, *, at: datetime) -> bool:
    """Do what is due; whether anything goes on. To be called every second or so."""
    program = Program.objects.filter(slug=scenario.program, exercise=True).first()
    if program is None:
        return False
    watched = is_watched(at=at)
    if watched:
        _attempt(lambda: _next_call(scenario, at=at))
    live = list(_live())
    for incident in live:
        for act in (_tell_more, _answer_for_agencies, _move_crews, _offer):
            _attempt(lambda act=act, incident=incident: act(scenario, incident, at=at))  # type: ignore[misc]
    return watched or bool(live)


def _attempt(act: Callable[[], object]) -> None:
    try:
        act()
    except Refused:
        pass  # a person at a console, or the sweep, was first; the tables tell at the next look
    except DatabaseError:
        raise
    except Exception:
        logger.exception("demo: an act failed")


def _live() -> list[Incident]:
    found = Incident.objects.filter(status__in=LIVE, exercise=True, links__call__source=SOURCE)
    return list(found.order_by("received_at").distinct())


def _call_of(incident: Incident) -> Call:
    return Call.objects.filter(source=SOURCE, incident_link__incident=incident).earliest("received_at")


def _next_call(scenario: Scenario, *, at: datetime) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:  # two of us, after a restart, must not play the same call
            cursor.execute("SELECT pg_advisory_xact_lock(7403)")
        played = Call.objects.filter(source=SOURCE)
        last, live = played.order_by("-received_at").first(), len(_live())
        gap = QUICK_GAP if live < FEW else GAP
        if live >= MANY or (last is not None and at - last.received_at < gap):
            return
        external_id = scenario.external_id(played.count())
        taking.take(heard=_heard(scenario, external_id, at), by=CALL_TAKER, at=at)


def _heard(scenario: Scenario, external_id: str, at: datetime) -> Heard:
    scene = scenario.of(external_id)
    return Heard(
        source=SOURCE,
        external_id=external_id,
        received_at=at,
        answered_at=at,
        facts=scene.facts,
        narrative=scene.narrative,
        language=scene.language,
        caller_name=scene.caller.get("name", ""),
        caller_phone=scene.caller.get("phone", ""),
        subject_name=scene.subject.get("name", ""),
        subject_description=scene.subject.get("description", ""),
        address=scene.place.get("address", ""),
        latitude=scene.place.get("latitude"),
        longitude=scene.place.get("longitude"),
        location_detail=scene.place.get("detail", ""),
        program=scenario.program,
        exercise=True,
    )


def _tell_more(scenario: Scenario, incident: Incident, *, at: datetime) -> None:
    """What the caller has said by now. A person at a console may have heard more, and then that stands."""
    call = _call_of(incident)
    said: dict[str, FactValue] = {}
    for second, told in scenario.of(call.external_id).later.items():
        due_at = call.received_at + timedelta(seconds=second)
        if at >= due_at:
            more = facts.weaker(told, call.facts)  # of which less is stored
            raised = {name for name in more if datetime.fromisoformat(call.answered[name]) < due_at}
            said |= {name: value for name, value in told.items() if name not in call.facts or name in raised}
    if said:
        taking.amend(call=call, answers=said, by=CALL_TAKER, at=at)


def _answer_for_agencies(scenario: Scenario, incident: Incident, *, at: datetime) -> None:
    scene = _scene(scenario, incident)
    for handoff in Handoff.objects.filter(incident=incident, status__in=AWAITED):
        asked_for = (at - handoff.proposed_at).total_seconds()
        if handoff.state is HandoffStatus.PROPOSED and asked_for >= AGENCY_TOLD:
            handoffs.tell(
                handoff=handoff, spoke_with=f"Simulated {handoff.get_to_display()} desk", by=DISPATCHER, at=at
            )
        if asked_for >= scene.acknowledged.get(handoff.to, AGENCY_ANSWERS):
            handoffs.acknowledge(
                handoff=handoff,
                acknowledged_by=f"Simulated {handoff.get_to_display()} desk",
                reference=f"SIM-{incident.number}",
                acknowledged_at=at,
                by=DISPATCHER,
                at=at,
            )


def _move_crews(scenario: Scenario, incident: Incident, *, at: datetime) -> None:
    """Answer offers and report on, for the teams that are played."""
    scene = _scene(scenario, incident)
    asked = incident.assignments.select_related("unit", "incident").order_by("offered_at")
    for number, assignment in enumerate(asked):
        if not assignment.is_open or assignment.unit.callsign not in scenario.teams:
            continue
        if assignment.state is _S.OFFERED:
            if at - assignment.offered_at >= ANSWERS:
                _answer(assignment, scene.answer(number), at=at)
        elif at - getattr(assignment, f"{assignment.status}_at") >= STAYS[assignment.state]:
            _go_on(assignment, scene, at=at)


def _answer(offer: Assignment, answer: str, *, at: datetime) -> None:
    if answer == ACCEPTS:
        assignments.accept(assignment=offer, by=CREW, at=at)
    elif answer != SILENT:
        escalation.decline(assignment=offer, reason=answer, by=CREW, at=at)


def _go_on(assignment: Assignment, scene: Scene, *, at: datetime) -> None:
    place = assignment.incident
    match assignment.state:
        case _S.ACCEPTED:
            assignments.move(assignment=assignment, status=_S.EN_ROUTE, by=CREW, at=at)
        case _S.EN_ROUTE | _S.STAGED as state:
            waits = staging.waits_for(place)
            if waits and state is _S.STAGED and waits.asks:
                return
            stages = waits is not None and state is _S.EN_ROUTE
            assignments.move(assignment=assignment, status=_S.STAGED if stages else _S.ON_SCENE, by=CREW, at=at)
            if place.latitude is not None and place.longitude is not None:
                units.move(unit=assignment.unit, latitude=place.latitude, longitude=place.longitude, by=CREW, at=at)
        case _S.ON_SCENE if scene.transports:
            assignments.move(assignment=assignment, status=_S.TRANSPORTING, by=CREW, at=at)
        case _S.TRANSPORTING:
            assignments.move(assignment=assignment, status=_S.AT_DESTINATION, by=CREW, at=at)
        case _S.ON_SCENE | _S.AT_DESTINATION:
            assignments.clear(assignment=assignment, disposition=scene.ends, by=CREW, at=at)


def _offer(scenario: Scenario, incident: Incident, *, at: datetime) -> None:
    """Ask a team that is played, where nobody has asked one in the time of the scene."""
    if incident.state is not IncidentStatus.PENDING or incident.outcome not in OURS or incident.queued_at is None:
        return
    if incident.assignments.filter(status__in=ASSIGNMENT.open).exists():
        return
    if at - incident.queued_at < timedelta(seconds=_scene(scenario, incident).offered):
        return
    for candidate in recommend(incident, at=at):
        if candidate.fits and candidate.unit.callsign in scenario.teams:
            assignments.offer(incident=incident, unit=candidate.unit, by=DISPATCHER, at=at)
            return


def _scene(scenario: Scenario, incident: Incident) -> Scene:
    return scenario.of(_call_of(incident).external_id)
