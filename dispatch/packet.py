"""What another agency is told of an incident, so that the caller need not tell it again. The API, the
message to their system and the page that is read out over the phone all show this, and each reading is noted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from calls import cautions as kept
from calls import intake
from calls.models import Call, Caution
from dispatch import entries, words
from dispatch.decisions import cautions_of, decided
from dispatch.models import Handoff, HandoffTo, Incident
from dispatch.settling import override_in_force
from dispatch.states import ENGAGED
from journal.actors import Actor
from journal.recording import record
from triage import wording
from triage.engine import facts

_SCENE = frozenset({"call_type", "location_class", "weapon", "violence", "yelling", "in_traffic", "person_down"})
_CRIME = frozenset({"crime_reported", "caller_wants_officer"})
_HEALTH = frozenset({"mental_health_crisis", "intoxication", "suicide_risk", "medical_need", "age"})
_HAZARDS = frozenset(Caution.Hazard)
_WHO = frozenset({"subject_name", "subject_description", "subject_last_seen", "subject_direction"})
_WHERE = frozenset({"caller_address", "caller_latitude", "caller_longitude"})


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What an agency of one kind is told, beside place, type, times, teams and whom to call back. What is not named
    here is not told: what an agency can do without is nobody's business there."""

    facts: frozenset[str]
    hazards: frozenset[Caution.Hazard] = frozenset()  # the cautions whose words they hear
    subject: frozenset[str] = frozenset()
    caller: frozenset[str] = frozenset()  # where the caller is: for whoever sends somebody there
    narrative: bool = True


# docs/users/dispatchers.md says the same to people.
NEEDS: Mapping[str, Needs] = {
    HandoffTo.POLICE: Needs(facts=_SCENE | _CRIME | _HEALTH, hazards=_HAZARDS, subject=_WHO, caller=_WHERE),
    HandoffTo.EMS: Needs(facts=_SCENE | _HEALTH, hazards=_HAZARDS, subject=_WHO, caller=_WHERE),
    HandoffTo.FIRE: Needs(
        facts=_SCENE | {"medical_need"}, hazards=_HAZARDS, subject=_WHO - {"subject_name"}, caller=_WHERE
    ),
    HandoffTo.CRISIS_LINE: Needs(
        facts=_HEALTH | {"call_type", "location_class", "weapon", "violence", "subject_has_phone"},
        hazards=frozenset({Caution.Hazard.WEAPONS, Caution.Hazard.VIOLENCE, Caution.Hazard.HEALTH}),
        subject=frozenset({"subject_name"}),
    ),
    HandoffTo.INFORMATION: Needs(facts=frozenset({"call_type", "needs_referral"}), narrative=False),
}
# Of the place and the hour, not of a person: a reason that rests on them may be told to everybody.
_OF_NOBODY = frozenset({"area", "local_time", "weekday", "channel"})


def cautions(handoff: Handoff, *, at: datetime) -> list[Caution]:
    """Those of its place and person that they are told, the gravest first."""
    calls = list(Call.objects.filter(incident_link__incident=handoff.incident))
    known = cautions_of(handoff.incident, calls, at=at)
    return [each for each in known if each.hazard in NEEDS[handoff.to].hazards]


def build(handoff: Handoff, *, at: datetime) -> dict[str, Any]:
    """The packet of a hand-off as it stands now, as JSON would hold it but for its moments."""
    incident = handoff.incident
    needs = NEEDS[handoff.to]
    made = next(iter(decided(incident)), None)
    known = made.facts if made else {}
    calls = list(Call.objects.filter(incident_link__incident=incident).order_by("received_at", "id"))
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
        "cautions": [_caution(each, needs) for each in cautions(handoff, at=at)],
        "calls": [_call(call, needs) for call in calls],
        "decision": _decision(incident, made.decision if made else None, needs),
        "teams": [
            {"callsign": team.unit.callsign, "status": team.status, "on_scene_at": team.on_scene_at} for team in teams
        ],
        # The first of its calls: one that a merge brought may have waited longer.
        "received_at": min([incident.received_at, *(call.received_at for call in calls)]),
        "decided_at": incident.triaged_at,
    }


def note_read(*, handoff: Handoff, by: Actor, at: datetime) -> None:
    """Put it in the audit that the packet was opened, or has gone out, and with it what the callers said and which
    cautions it holds."""
    with transaction.atomic():
        read = entries.HandoffPacketRead(incident=handoff.incident_id, to=handoff.to)
        record(read, subject=handoff, by=by, at=at)
        for call in Call.objects.filter(incident_link__incident=handoff.incident_id):
            intake.note_read(call=call, by=by, at=at)
        kept.note_read(cautions=cautions(handoff, at=at), by=by, at=at)


def _caution(caution: Caution, needs: Needs) -> dict[str, Any]:
    person = caution.subject_name or caution.subject_phone
    return {
        "id": str(caution.id),
        "on": "person" if person else "place",
        "name": caution.subject_name if "subject_name" in needs.subject else "",
        "hazard": {"code": caution.hazard, "words": caution.get_hazard_display()},
        "severity": {"code": caution.severity, "words": caution.get_severity_display()},
        "words": caution.words,
        "source": caution.source,
        "added_at": caution.added_at,
        "reviewed_at": caution.reviewed_at,
        "expires_at": caution.expires_at,
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
            **{name.removeprefix("caller_"): getattr(call, name) for name in sorted(needs.caller)},
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
        "words": words.outcome(incident.outcome),
        "also": list(decision["also"]) if decision else [],
        "reasons": [wording.reason(each) for each in reasons if set(each["facts"]) <= open_to_them],
        "override": {
            "by": override.by_name,
            "reason": override.get_reason_display(),
            "words": override.words if needs.narrative else "",
        }
        if override
        else None,
    }
