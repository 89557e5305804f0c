"""What another agency is told of an incident, so that the caller need not tell it again. Pure reading: the API, the
message to their system and the page that is read out over the phone all show this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calls.models import Call
from dispatch import words
from dispatch.decisions import decided
from dispatch.models import Handoff, HandoffTo, Incident
from dispatch.settling import override_in_force
from dispatch.states import ENGAGED
from triage.engine import facts

_SCENE = frozenset({"call_type", "location_class", "weapon", "violence", "yelling", "in_traffic", "person_down"})
_CRIME = frozenset({"crime_reported", "caller_wants_officer"})
_HEALTH = frozenset({"mental_health_crisis", "intoxication", "suicide_risk", "medical_need", "age"})
_WHO = frozenset({"subject_name", "subject_description", "subject_last_seen", "subject_direction"})


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What an agency of one kind is told, beside place, type, times, teams and whom to call back. What is not named
    here is not told: what an agency can do without is nobody's business there."""

    facts: frozenset[str]
    subject: frozenset[str] = frozenset()
    narrative: bool = True


# docs/users/dispatchers.md says the same to people.
NEEDS: Mapping[str, Needs] = {
    HandoffTo.POLICE: Needs(facts=_SCENE | _CRIME | _HEALTH, subject=_WHO),
    HandoffTo.EMS: Needs(facts=_SCENE | _HEALTH, subject=_WHO),
    HandoffTo.FIRE: Needs(facts=_SCENE | {"medical_need"}, subject=_WHO - {"subject_name"}),
    HandoffTo.CRISIS_LINE: Needs(
        facts=_HEALTH | {"call_type", "location_class", "weapon", "violence", "subject_has_phone"},
        subject=frozenset({"subject_name"}),
    ),
    HandoffTo.INFORMATION: Needs(facts=frozenset({"call_type", "needs_referral"}), narrative=False),
}
# Of the place and the hour, not of a person: a reason that rests on them may be told to everybody.
_OF_NOBODY = frozenset({"area", "local_time", "weekday", "channel"})


def build(handoff: Handoff) -> dict[str, Any]:
    """The packet of a hand-off as it stands now, as JSON would hold it but for its moments."""
    incident = handoff.incident
    needs = NEEDS[handoff.to]
    kept = next(iter(decided(incident)), None)
    known = kept.facts if kept else {}
    calls = Call.objects.filter(incident_link__incident=incident).order_by("received_at", "id")
    teams = incident.assignments.filter(status__in=ENGAGED).select_related("unit").order_by("offered_at")
    return {
        "id": str(handoff.id),
        "to": handoff.to,
        "asked_at": handoff.proposed_at,
        "incident": str(incident.id),
        "number": incident.number,
        "exercise": incident.exercise,
        "priority": incident.priority,
        "call_type": {"code": incident.call_type, "words": words.answer("call_type", incident.call_type)},
        "place": {
            "address": incident.address,
            "detail": incident.location_detail,
            "latitude": incident.latitude,
            "longitude": incident.longitude,
        },
        "facts": [
            {
                "fact": name,
                "name": words.fact_name(name),
                "value": known[name],
                "words": words.answer(name, known[name]),
            }
            for name in sorted(facts.FACTS, key=lambda name: not facts.FACTS[name].safety)
            if name in known and name in needs.facts and name != "call_type"
        ],
        "calls": [_call(call, needs) for call in calls],
        "decision": _decision(incident, kept.decision if kept else None, needs),
        "teams": [
            {"callsign": team.unit.callsign, "status": team.status, "on_scene_at": team.on_scene_at} for team in teams
        ],
        "received_at": incident.received_at,
        "decided_at": incident.triaged_at,
    }


def _call(call: Call, needs: Needs) -> dict[str, Any]:
    return {
        "id": str(call.id),
        "received_at": call.received_at,
        "language": call.language,
        "caller": {
            "name": call.caller_name,
            "phone": call.caller_phone,
            "relation": call.facts.get("caller_relation"),
        },
        "subject": {name.removeprefix("subject_"): getattr(call, name) for name in sorted(needs.subject)},
        "narrative": call.narrative if needs.narrative else "",
    }


def _decision(incident: Incident, decision: Mapping[str, Any] | None, needs: Needs) -> dict[str, Any]:
    """Who goes and why. A reason that rests on a fact which they are not told is left out; so are a person's own words
    for whoever is not told the caller's."""
    override = override_in_force(incident)
    open_to_them = needs.facts | _OF_NOBODY
    reasons = decision["reasons"] if decision else []
    return {
        "outcome": incident.outcome,
        "words": words.OUTCOMES[incident.outcome],
        "also": list(decision["also"]) if decision else [],
        "reasons": [each["text"] for each in reasons if set(each["facts"]) <= open_to_them],
        "override": {
            "by": override.by_name,
            "reason": override.get_reason_display(),
            "words": override.words if needs.narrative else "",
        }
        if override
        else None,
    }
