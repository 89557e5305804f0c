"""One incident in the middle of the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import May, actor, allows, who
from calls import hints
from calls.cautions import note_read as note_cautions
from calls.intake import note_read
from calls.models import Call, Caution
from dispatch import presence, queries, words
from dispatch.decisions import cautions_of, decided
from dispatch.dispositions import RESOLVING
from dispatch.duplicates import Possible, possible, sight_of
from dispatch.models import (
    Alert,
    Assignment,
    CheckIn,
    HandoffTo,
    Incident,
    IncidentDecision,
    Override,
    Run,
    agencies,
)
from dispatch.recommendation import Candidate, look_ahead, recommend
from dispatch.runs import is_unserved
from dispatch.settling import ALONE, OURS, override_in_force
from dispatch.states import ENGAGED, HANDOFF, LIVE, IncidentStatus
from dispatch.views.asked import asked_of, handed_to_us
from dispatch.views.desk import seen_by
from dispatch.views.panes import panes
from dispatch.views.questions import Suggestion, open_questions, suggestions
from dispatch.views.steps import steps_of
from dispatch.views.teams import elsewhere, hold_of, teams_of
from dispatch.views.timeline import told
from triage import wording
from triage.engine import facts
from triage.engine.floor import disqualifiers, unasked
from triage.forms.typed import Typed


@dataclass(frozen=True)
class AlsoDecided:
    """What another program over the place decided; its word does not count."""

    kept: IncidentDecision

    @property
    def policy(self) -> dict[str, str]:
        mark: dict[str, str] = self.kept.decision["policy"]
        return mark

    @property
    def because(self) -> str:
        """The first reason that speaks the way of its outcome; empty while it is open."""
        way = "for" if self.kept.outcome in OURS else "against"
        return next((wording.reason(each) for each in self.kept.decision["reasons"] if each["direction"] == way), "")


@who(May.WATCH)
def incident(request: HttpRequest, number: int) -> HttpResponse:
    found = Incident.objects.filter(number=number).first()
    if found is None:
        raise Http404
    return incident_page(request, found)


def incident_page(
    request: HttpRequest,
    incident: Incident,
    *,
    alert: str = "",
    typed: Typed | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of an incident: on GET, and again after an action on it was refused. To a script that sent the action
    only what stands in the middle of it; the sides move by themselves."""
    at = timezone.now()
    by_script = request.method == "POST" and "HX-Request" in request.headers
    around: dict[str, Any] = {"now": at}
    if not by_script:
        around |= {**panes(at=at), **seen_by(request), "ended": queries.ended_lately(at=at)}
        around |= {
            "present": presence.present(incident, at=at),
            "me": actor(request).actor_id,
            "number": incident.number,
        }
    context = {**around, **focus(incident, at=at), "alert": alert, "typed": typed or Typed()}
    # One question is shown: the one whose answer was refused, else the best.
    context["questions"].sort(key=lambda question: f"answer-{question.fact}" != context["typed"].form)
    if allows(request.user, May.READ_CALLS):
        for call in context["calls"]:
            note_read(call=call, by=actor(request), at=at)
        note_cautions(cautions=context["cautions"], by=actor(request), at=at)
        context["same"] = _same(incident, context)
        if incident.is_open and allows(request.user, May.TAKE_CALLS):
            context["heard"] = _heard(context["calls"], context["decided"])
    template = "dispatch/_incident_answer.html" if by_script else "dispatch/incident.html"
    return render(request, template, context, status=status)


def _same(incident: Incident, shown: dict[str, Any]) -> list[Possible]:
    """Open incidents that it may be the same as, but for those that a person has linked to it already."""
    if not incident.is_open:
        return []
    besides = {incident.number, *(each.far.number for each in shown["linked"])}
    return possible(map(sight_of, shown["calls"]), exercise=incident.exercise, besides=besides)


def focus(incident: Incident, *, at: datetime) -> dict[str, Any]:
    """All that the middle of the console shows of an incident."""
    [incident] = queries.detailed(
        Incident.objects.filter(pk=incident.pk).select_related("program__policy", "merged_into").defer("program__area")
    )
    kept = decided(incident)
    chosen = kept[0] if kept else None
    decision = chosen.decision if chosen else None
    calls = sorted((link.call for link in incident.links.all()), key=lambda call: (call.taken_at, call.id))
    assignments = list(incident.assignments.all())
    cautions = cautions_of(incident, calls, at=at)
    needed = agencies(incident.outcome) | set(decision["also"] if decision else ())
    duresses = list(incident.duresses.select_related("unit"))
    waiting = CheckIn.objects.filter(assignment__incident=incident, ended_at=None).select_related("assignment__unit")
    rounds = {each.assignment_id: each for each in waiting}
    here = {each.unit_id for each in assignments if each.is_open}
    stamps = queries.stamps(incident)
    live = incident.state in LIVE
    wants_team = live and incident.outcome in OURS and incident.state is not IncidentStatus.ON_HOLD
    candidates = _candidates(incident, at=at) if wants_team else []
    fitting = [each for each in candidates if each.fits]
    to_turn = elsewhere(incident, candidates)
    shown = here | {each.candidate.unit.id for each in to_turn}
    return {
        "incident": incident,
        "zone": incident.program.time_zone if incident.program else None,
        "live": live,
        "wants_team": wants_team,
        "decided": chosen,
        "also_decided": [AlsoDecided(each) for each in kept[1:]],
        "decision": decision,
        "known": _known(chosen.facts if chosen else {}),
        **_override(incident, chosen),
        "questions": open_questions(decision["next_questions"]) if decision and incident.is_open else [],
        "calls": calls,
        "call": calls[-1] if calls else None,
        "cautions": cautions,
        "cautions_version": _version(cautions, at=at),
        "calls_version": f"{len(calls)} {max(call.changed_at for call in calls).isoformat()}" if calls else "",
        "earlier": [each for each in assignments if each.accepted_at and not each.is_open],
        "teams": teams_of(incident, assignments, rounds),
        **hold_of(incident),
        "missed": [each for each in rounds.values() if each.told_at],
        "backups": list(incident.backups.filter(decided_at=None).select_related("assignment__unit").order_by("at")),
        **_ladder(incident),
        "alerted": _alerted(incident, assignments),
        "fitting": fitting,
        "elsewhere": to_turn,
        "several_wanted": [(str(count), str(count)) for count in range(1, min(len(fitting), 3) + 1)],
        "unfitting": [each for each in candidates if not each.fits and each.unit.id not in shown],
        "referrals": handed_to_us(incident),
        "handoffs": asked_of(incident, needed=needed),
        "needed": needed,
        "not_asked": _not_asked(incident),
        "timeline": told(
            queries.timeline(incident),
            assignments=assignments,
            remarks=incident.remarks.all(),
            corrections=[correction for stamp in stamps for correction in stamp.corrections],
            duresses=duresses,
            zone=ZoneInfo(incident.program.time_zone) if incident.program else UTC,
        ),
        "stamps": stamps,
        "stamp_choices": [(each.key, words.stamp(each.name, each.whose)) for each in stamps],
        "merged": list(incident.merged.order_by("merged_at")),
        "linked": queries.linked(incident),
        "askable": facts.ASKABLE,
        "decline_reasons": Assignment.Reason.choices,
        "cancel_reasons": Incident.CancelReason.choices,
        "resolving": [(slug, each.label) for slug, each in RESOLVING.items()],
    }


def _version(cautions: Sequence[Caution], *, at: datetime) -> str:
    """A mark that changes with what is shown of them; nothing can be read from it."""
    return " ".join(f"{each.id} {each.review_at.isoformat()} {each.review_at <= at}" for each in cautions)


def _ladder(incident: Incident) -> dict[str, Any]:
    """The newest run of the ladder, open or not, with its steps."""
    run = Run.objects.filter(incident=incident).order_by("-began_at").prefetch_related("rungs").first()
    return {"run": run, "steps": steps_of(run) if run else []}


def _candidates(incident: Incident, *, at: datetime) -> list[Candidate]:
    look_ahead(incident, at=at)
    return recommend(incident, at=at)


@dataclass(frozen=True)
class Alerted:
    """A team under way that was told of a change, with what a dispatcher may do about it."""

    alert: Alert
    assignment: Assignment
    changes: list[tuple[str, str, str]]
    turned_away: bool


def _alerted(incident: Incident, assignments: list[Assignment]) -> list[Alerted]:
    """The newest alert of each team under way, unless the team has seen it and goes on."""
    newest = {alert.assignment_id: alert for alert in incident.alerts.order_by("at")}
    found = []
    for team in assignments:
        alert = newest.get(team.id)
        if alert and team.state in ENGAGED and alert.ending != Alert.Ending.FOLLOWED:
            found.append(Alerted(alert, team, changes_of(alert), alert.ended_at is None and alert.after not in OURS))
    return found


def changes_of(alert: Alert) -> list[tuple[str, str, str]]:
    """What was heard, in the order of the vocabulary; nothing when a person decided so."""
    return [words.change(name, *alert.changed[name]) for name in facts.FACTS if name in alert.changed]


def _override(incident: Incident, decided: IncidentDecision | None) -> dict[str, Any]:
    """What a person decided over the policy, and what they may."""
    override, known = override_in_force(incident), decided.facts if decided else {}
    danger = disqualifiers(known)
    # What the policy says is had by taking the override back; a team alone is not to be had everywhere.
    barred = {incident.outcome} | ({decided.outcome} if decided else set())
    if danger or decided is None or decided.outcome == "undetermined":
        barred.add(ALONE)
    return {
        "override": override,
        "override_outcomes": [each for each in Override.Outcome.choices if each[0] not in barred],
        "override_reasons": [
            each for each in Override.Reason.choices if each[0] != Override.Reason.NO_TEAM or is_unserved(incident)
        ],
        "floor_stops": [
            f"{words.fact_name(fact).lower()} {words.answer(fact, danger[fact]).lower()}" for fact in danger
        ],
        "floor_open": [words.fact_name(fact).lower() for fact in unasked(known)],
    }


def _heard(calls: list[Call], decided: IncidentDecision | None) -> dict[UUID, list[Suggestion]]:
    """What the words of each call suggest and nobody has answered: not in that call, nor in another of the incident."""
    return {
        call.id: suggestions(hints.proposals(call.narrative, known=decided.facts if decided else call.facts))
        for call in calls
    }


def _not_asked(incident: Incident) -> list[tuple[str, str]]:
    asked = {handoff.to for handoff in incident.handoffs.all() if handoff.state in HANDOFF.open}
    return [(each.value, str(each.label)) for each in HandoffTo if each.value not in asked]


def _known(answers: dict[str, Any]) -> list[tuple[str, str]]:
    """What is known, in the order of the vocabulary: name of the fact and its answer in words."""
    return [(words.fact_name(name), words.answer(name, answers[name])) for name in facts.FACTS if name in answers]
