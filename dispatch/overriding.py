"""The verbs of overrides: a person decides otherwise than the policy, takes it back, and another one judges it.

The policy goes on deciding underneath, so that what it would have done is always known.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from dispatch import entries
from dispatch.decisions import in_force
from dispatch.incidents import end_override, turn
from dispatch.models import Incident, IncidentDecision, Override, agencies
from dispatch.runs import is_unserved
from dispatch.settling import ALONE, locked, needed, override_in_force, plain, propose
from journal.actors import Actor
from journal.recording import entry, record
from journal.refusals import Invalid, Refused, fitting
from triage.engine import facts
from triage.engine.floor import disqualifiers


def override(*, incident: Incident, outcome: str, reason: str, words: str, by: Actor, at: datetime) -> Override:
    """Decide otherwise than the policy. It replaces an override that holds.

    Raises Invalid for an unknown outcome or reason, without words, and for the reason that no team could come while
    teams can still be asked; Refused when the incident has ended, when it has this outcome already, and when a team
    would go alone where the floor stops it or nobody knows yet whether it does.
    """
    errors = {}
    if outcome not in Override.Outcome.values:
        errors["outcome"] = f"Must be one of: {', '.join(Override.Outcome.values)}."
    if reason not in Override.Reason.values:
        errors["reason"] = f"Must be one of: {', '.join(Override.Reason.values)}."
    try:
        [words] = fitting({"words": (words, 500)}, needed={"words": "Say why, in a few words."})
    except Invalid as wrong:
        errors |= wrong.errors
    if errors:
        raise Invalid(errors)
    assert by.actor_id is not None, "only a person overrides a policy"
    with transaction.atomic():
        incident = locked(incident.id)
        _guard_open(incident)
        decided, standing = in_force(incident), override_in_force(incident)
        if reason == Override.Reason.NO_TEAM and not is_unserved(incident):
            raise Invalid({"reason": "Teams can still be asked: nobody has found yet that none can come."})
        if outcome == incident.outcome:
            raise Refused(f"Incident {incident.number} is {plain(outcome)} already.")
        if standing and decided and outcome == decided.outcome:
            raise Refused(f"{plain(outcome).capitalize()} is what the policy says: take the override back instead.")
        if outcome == ALONE:
            _guard_alone(incident, decided)
        told = [end_override(standing, words="Overridden anew.", by=by, at=at)] if standing else []
        made = Override.objects.create(
            incident=incident,
            decision=decided,
            at=at,
            by_id=by.actor_id,
            by_name=by.actor_name,
            before=incident.outcome,
            outcome=outcome,
            reason=reason,
            words=words,
        )
        was, incident.outcome = (incident.outcome, incident.priority), outcome
        overridden = entries.IncidentOverridden(override=made.id, before=made.before, outcome=outcome, reason=reason)
        told.append(entry(overridden, subject=incident, by=by, at=at))
        told += propose(incident, sorted(agencies(outcome)), by=by, at=at)
        turn(incident, told, was=was, by=by, at=at)
    return made


def lift(*, override: Override, words: str, by: Actor, at: datetime) -> Override:
    """Take it back: the policy's decision holds again. Raises Invalid without words; Refused when it holds no more."""
    [words] = fitting({"words": (words, 500)}, needed={"words": "Say why, in a few words."})
    with transaction.atomic():
        incident = locked(override.incident_id)
        _guard_open(incident)
        override = Override.objects.select_related("incident").get(pk=override.pk)
        if override.lifted_at:
            raise Refused(f"{override.lifted_by_name} has ended this override already.")
        decided = in_force(incident)
        was = incident.outcome, incident.priority
        incident.outcome = decided.outcome if decided else "undetermined"
        told = [end_override(override, words=words, by=by, at=at)]
        told += propose(incident, sorted(needed(incident)), by=by, at=at)
        turn(incident, told, was=was, by=by, at=at)
    return override


def review(*, override: Override, verdict: str, words: str = "", by: Actor, at: datetime) -> Override:
    """Say whether it was right. Raises Invalid for an unknown verdict and for a disagreement without words; Refused for
    one's own, and for one that is reviewed."""
    if verdict not in Override.Verdict.values:
        raise Invalid({"verdict": f"Must be one of: {', '.join(Override.Verdict.values)}."})
    needed = {"words": "Say what would have been right."} if verdict == Override.Verdict.DISAGREE else None
    [words] = fitting({"words": (words, 500)}, needed=needed)
    with transaction.atomic():
        override = Override.objects.select_for_update(of=("self",)).select_related("incident").get(pk=override.pk)
        if override.by_id == by.actor_id:
            raise Refused("This is your own; somebody else reviews it.")
        if override.reviewed_at:
            raise Refused(f"{override.reviewed_by_name} has reviewed it already.")
        override.reviewed_at, override.verdict, override.review_words = at, verdict, words
        override.reviewed_by_id, override.reviewed_by_name = by.actor_id, by.actor_name
        override.save()
        reviewed = entries.IncidentOverrideReviewed(override=override.id, verdict=verdict)
        record(reviewed, subject=override.incident, by=by, at=at)
    return override


def _guard_open(incident: Incident) -> None:
    if not incident.is_open:
        raise Refused(f"Incident {incident.number} is {incident.status} already.")


def _guard_alone(incident: Incident, decided: IncidentDecision | None) -> None:
    """Whether a person may send a team without police at all: facts are never guessed to be harmless."""
    if decided is None or decided.outcome == "undetermined":
        raise Refused(
            f"Incident {incident.number} has open questions: answer them before a team goes alone, "
            "or send it together with police."
        )
    danger = disqualifiers(decided.facts)
    if danger:
        raise Refused(
            f"No team goes alone to this, whoever decides ({_spoken(danger)}). "
            "Send it together with police, or leave it to another agency."
        )


def _spoken(danger: Mapping[str, Any]) -> str:
    return "; ".join(f"{plain(fact)}: {facts.FACTS[fact].labels[value].lower()}" for fact, value in danger.items())
