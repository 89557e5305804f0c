"""The responder's phone: answer an offer, say where the team is, say what came of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import May, who
from accounts.models import User
from calls.cautions import note_read as note_cautions
from calls.intake import note_read
from dispatch import alerts, assignments, diverting, escalation, safety
from dispatch import duress as duresses
from dispatch.assignments import REPORTED
from dispatch.decisions import cautions_of, in_force
from dispatch.dispositions import DISPOSITIONS
from dispatch.models import Alert, Assignment, Backup, Diversion, Incident
from dispatch.recommendation import look_ahead, recommend
from dispatch.settling import OURS, override_in_force
from dispatch.staging import waits_for
from dispatch.states import ASSIGNMENT, AssignmentStatus
from dispatch.views.incident import changes_of
from dispatch.words import (
    ASSIGNMENT_BUTTONS,
    GOES_IN,
    STAGING,
    TURNED,
    TURNED_AWAY,
    TURNED_THERE,
    answer,
    assignment_state,
    fact_name,
)
from field import queries
from journal.refusals import Invalid, Refused
from triage.forms.typed import Typed, typed

# What most likely comes next; after a visit it is the end.
_NEXT = {
    AssignmentStatus.ACCEPTED: AssignmentStatus.EN_ROUTE,
    AssignmentStatus.EN_ROUTE: AssignmentStatus.ON_SCENE,
    AssignmentStatus.STAGED: AssignmentStatus.ON_SCENE,
    AssignmentStatus.TRANSPORTING: AssignmentStatus.AT_DESTINATION,
}
# What a team must know of the scene, the gravest first.
_SCENE = ("weapon", "violence", "suicide_risk", "medical_need", "intoxication", "location_class", "age")


@who(May.RESPOND)
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_safe
@who(May.BE_HERE)
def worker(request: HttpRequest) -> HttpResponse:
    """The script that receives pushes: here, so that its scope is these pages alone. Each browser looks for a new one
    by itself, and must not be told an old one."""
    script = (settings.BASE_DIR / "static" / "field_worker.js").read_bytes()
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_POST
@who(May.RESPOND)
def accept(request: HttpRequest, id: UUID) -> HttpResponse:
    return _act(request, id, assignments.accept, form="accept")


@require_POST
@who(May.RESPOND)
def decline(request: HttpRequest, id: UUID) -> HttpResponse:
    """No, with a reason; the next team is asked at once."""
    reason, words = request.POST.get("reason", ""), request.POST.get("words", "")
    return _act(request, id, partial(escalation.decline, reason=reason, words=words), form="decline")


@require_POST
@who(May.RESPOND)
def status(request: HttpRequest, id: UUID) -> HttpResponse:
    told, confirmed = request.POST.get("status", ""), bool(request.POST.get("confirmed"))
    return _act(request, id, partial(assignments.move, status=told, confirmed=confirmed), form="status")


@require_POST
@who(May.RESPOND)
def clear(request: HttpRequest, id: UUID) -> HttpResponse:
    """Done, and what came of it."""
    disposition, words = request.POST.get("disposition", ""), request.POST.get("words", "")
    return _act(request, id, partial(assignments.clear, disposition=disposition, words=words), form="clear")


@require_POST
@who(May.RESPOND)
def check_in(request: HttpRequest, id: UUID) -> HttpResponse:
    """“We are OK.”"""
    return _act(
        request, id, safety.check_in, form="check-in", done=_("Thank you. Dispatch knows that you are all right.")
    )


@require_POST
@who(May.RESPOND)
def backup(request: HttpRequest, id: UUID) -> HttpResponse:
    """They want a second team, or police."""
    verb = partial(safety.ask_backup, wants=request.POST.get("wants", ""))
    return _act(
        request, id, verb, form="backup", done=_("Dispatch is asked, and decides. Use the radio if it cannot wait.")
    )


@require_POST
@who(May.RESPOND)
def duress(request: HttpRequest) -> HttpResponse:
    """Help, now. Never refused: what cannot be read is made up. A script is answered with the receipt that it shows."""
    user, at = _person(request), timezone.now()
    standing = queries.standing_of(user, at=at)
    told = request.POST.get("pressed", "")
    seconds = int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        key = uuid4()
    unit = standing.unit if standing else None
    pressed = duresses.press(key=key, unit=unit, pressed=timedelta(seconds=seconds), by=user, at=at)
    local = pressed.at.astimezone(ZoneInfo(queries.zone_of(user, standing) or "UTC"))
    receipt = {"receipt": str(pressed.id)[:8].upper(), "at": f"{local:%H:%M:%S %Z}", "id": str(pressed.id)}
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(receipt, status=201)
    messages.success(request, _("DURESS SENT at %(at)s, receipt %(receipt)s.") % receipt)
    return redirect("field:page")


@require_POST
@who(May.RESPOND)
def alert_seen(request: HttpRequest, id: UUID) -> HttpResponse:
    """The team has seen that the decision has changed."""
    user, at = _person(request), timezone.now()
    alert = get_object_or_404(Alert, pk=id)
    queries.assignment_of(user, alert.assignment_id, at=at)
    try:
        alerts.acknowledge(alert=alert, by=user, at=at)
    except Refused as refused:
        return _page(request, alert=str(refused), status=409)
    return redirect("field:page")


@require_POST
@who(May.RESPOND)
def diversion_seen(request: HttpRequest, id: UUID) -> HttpResponse:
    """The team has seen that it goes elsewhere."""
    user, at = _person(request), timezone.now()
    diversion = get_object_or_404(Diversion, pk=id)
    queries.assignment_of(user, diversion.assignment_id, at=at)
    diverting.acknowledge(diversion=diversion, by=user, at=at)
    return redirect("field:page")


def _act(request: HttpRequest, id: UUID, verb: Callable[..., object], *, form: str, done: str = "") -> HttpResponse:
    """Run the verb on the team's own assignment; when it refuses, show the page as it is now, with the sentence."""
    user, at = _person(request), timezone.now()
    assignment = queries.assignment_of(user, id, at=at)
    try:
        verb(assignment=assignment, by=user, at=at)
    except Refused as refused:
        return _page(request, alert=str(refused), typed=Typed(form, typed(request.POST)), status=409)
    except Invalid as invalid:
        return _page(request, typed=Typed(form, typed(request.POST), invalid.errors), status=422)
    assignment.refresh_from_db(fields=["status"])
    now = {"number": assignment.incident.number, "state": assignment_state(assignment.status)}
    messages.success(request, done or _("Incident %(number)s: %(state)s.") % now)
    return redirect("field:page")


def _page(request: HttpRequest, *, alert: str = "", typed: Typed | None = None, status: int = 200) -> HttpResponse:
    user, at = _person(request), timezone.now()
    standing = queries.standing_of(user, at=at)
    context: dict[str, Any] = {"now": at, "standing": standing, "alert": alert, "typed": typed or Typed()}
    context["duress"] = queries.duress_of(user, standing)
    context["duress_key"] = uuid4()  # for a browser without scripts; others make their own at each press
    context["team_version"] = queries.version_of(standing, context["duress"])
    context["zone"] = queries.zone_of(user, standing)
    if standing is None:
        context["next_shift"] = queries.next_shift(user, at=at)
    elif standing.assignment is None:
        context["ended"] = queries.lately_ended(standing, at=at)
    else:
        context |= _work(standing.assignment, reader=user, at=at)
    return render(request, "field/page.html", context, status=status)


def _work(assignment: Assignment, *, reader: User, at: datetime) -> dict[str, Any]:
    """What the team needs to decide and to act. A person's own words only once the team has said yes."""
    incident = Incident.objects.select_related("program__policy").defer("program__area").get(pk=assignment.incident_id)
    decided = in_force(incident)
    waits = waits_for(incident)
    context: dict[str, Any] = {
        "stages_for": STAGING[waits] if waits and assignment.on_scene_at is None else "",
        "assignment": assignment,
        "incident": incident,
        "decision": decided.decision if decided else None,
        "override": override_in_force(incident),
        "scene": _scene(decided.facts if decided else {}),
    }
    calls = [link.call for link in incident.links.select_related("call").order_by("-call__received_at")]
    context["cautions"] = cautions_of(incident, calls, at=at)
    note_cautions(cautions=context["cautions"], by=reader, at=at)
    if assignment.state is AssignmentStatus.OFFERED:
        look_ahead(incident, at=at)
        ours = [each for each in recommend(incident, at=at) if each.unit.id == assignment.unit_id]
        return context | {
            "why_us": [reason for each in ours for reason in each.reasons],
            "way": next((each.way for each in ours), None),
            "decline_reasons": Assignment.Reason.choices,
            "unsafe_for": [each.unit.callsign for each in _declined_for_safety(incident)],
        }
    for call in calls:
        note_read(call=call, by=reader, at=at)
    following = ASSIGNMENT.edges[assignment.state]
    next_state = _NEXT.get(assignment.state)
    asks = waits is not None and waits.asks and AssignmentStatus.ON_SCENE in following
    if waits and assignment.state is AssignmentStatus.EN_ROUTE:
        next_state = AssignmentStatus.STAGED
    elif asks and next_state is AssignmentStatus.ON_SCENE:
        next_state = None
    others = [
        (state.value, ASSIGNMENT_BUTTONS[state])
        for state in REPORTED
        if state in following and state is not next_state and not (asks and state is AssignmentStatus.ON_SCENE)
    ]
    dispositions = [
        (slug, each.label)
        for slug, each in DISPOSITIONS.items()
        if assignment.on_scene_at is not None or not each.on_scene
    ]
    return context | {
        **_told(assignment),
        "goes_in": GOES_IN[waits] if waits and asks else "",
        "check_in": assignment.check_ins.filter(ended_at=None).first(),
        "wanted": assignment.backups.filter(cause=Backup.Cause.ASKED, decided_at=None).first(),
        "calls": calls,
        "next_state": (next_state.value, ASSIGNMENT_BUTTONS[next_state]) if next_state else None,
        "others": others,
        "dispositions": dispositions,
    }


def _turned(assignment: Assignment) -> dict[str, Any]:
    """What the team must know of a decision that changed while it was under way."""
    alert = assignment.alerts.order_by("-at").first()
    if alert is None or (alert.ending == Alert.Ending.FOLLOWED and alert.after == "community"):
        return {}
    there = alert.after not in OURS and assignment.on_scene_at is not None
    return {
        "turned": alert,
        "unseen": alert.acknowledged_at is None and alert.ended_at is None,
        "changes": changes_of(alert),
        "what_to_do": TURNED_THERE if there else TURNED.get(alert.after, TURNED_AWAY),
    }


def _told(assignment: Assignment) -> dict[str, Any]:
    """What changed for the team under way."""
    told = Diversion.objects.filter(assignment=assignment).select_related("assignment", "instead_of__incident")
    return {**_turned(assignment), "diversion": told.first()}


def _declined_for_safety(incident: Incident) -> list[Assignment]:
    return list(incident.assignments.filter(decline_reason=Assignment.Reason.SAFETY).select_related("unit"))


def _scene(known: dict[str, Any]) -> list[tuple[str, str]]:
    return [(fact_name(fact), answer(fact, known[fact])) for fact in _SCENE if fact in known]


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
