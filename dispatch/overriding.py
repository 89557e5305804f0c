"""The verbs of overrides: a person decides otherwise than the policy, takes it back, and another one judges it.

The policy goes on deciding underneath, so that what it would have done is always known.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dispatch import entries
from dispatch.decisions import in_force
from dispatch.incidents import end_override, turn
from dispatch.models import Incident, IncidentDecision, Override, agencies
from dispatch.runs import is_unserved
from dispatch.settling import ALONE, locked, needed, override_in_force, propose
from journal.actors import Actor
from journal.recording import entry, record
from journal.refusals import Invalid, Refused, fitting
from journal.states import plain
from triage import wording
from triage.engine.floor import disqualifiers


def override(*, incident: Incident, outcome: str, reason: str, words: str, by: Actor, at: datetime) -> Override:
    """Decide otherwise than the policy. It replaces an override that holds.

    Raises Invalid for an unknown outcome or reason, without words, and for the reason that no team could come while
    teams can still be asked; Refused when the incident has ended, when it has this outcome already, and when a team
    would go alone where the floor stops it or nobody knows yet whether it does.
    """
    errors = {}
    if outcome not in Override.Outcome.values:
        errors["outcome"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Override.Outcome.values)}
    if reason not in Override.Reason.values:
        errors["reason"] = _("Must be one of: %(known)s.") % {"known": ", ".join(Override.Reason.values)}
    try:
        [words] = fitting({"words": (words, 500)}, needed={"words": _("Say why, in a few words.")})
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
            raise Invalid({"reason": _("Teams can still be asked: nobody has found yet that none can come.")})
        if outcome == incident.outcome:
            raise Refused(
                _("Incident %(number)s is %(state)s already.") % {"number": incident.number, "state": plain(outcome)}
            )
        if standing and decided and outcome == decided.outcome:
            raise Refused(
                _("%(outcome)s is what the policy says: take the override back instead.")
                % {"outcome": plain(outcome).capitalize()}
            )
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
    [words] = fitting({"words": (words, 500)}, needed={"words": _("Say why, in a few words.")})
    with transaction.atomic():
        incident = locked(override.incident_id)
        _guard_open(incident)
        override = Override.objects.select_related("incident").get(pk=override.pk)
        if override.lifted_at:
            raise Refused(_("%(name)s has ended this override already.") % {"name": override.lifted_by_name})
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
        raise Invalid({"verdict": _("Must be one of: %(known)s.") % {"known": ", ".join(Override.Verdict.values)}})
    needed = {"words": _("Say what would have been right.")} if verdict == Override.Verdict.DISAGREE else None
    [words] = fitting({"words": (words, 500)}, needed=needed)
    with transaction.atomic():
        override = Override.objects.select_for_update(of=("self",)).select_related("incident").get(pk=override.pk)
        if override.by_id == by.actor_id:
            raise Refused(_("This is your own; somebody else reviews it."))
        if override.reviewed_at:
            raise Refused(_("%(name)s has reviewed it already.") % {"name": override.reviewed_by_name})
        override.reviewed_at, override.verdict, override.review_words = at, verdict, words
        override.reviewed_by_id, override.reviewed_by_name = by.actor_id, by.actor_name
        override.save()
        reviewed = entries.IncidentOverrideReviewed(override=override.id, verdict=verdict)
        record(reviewed, subject=override.incident, by=by, at=at)
    return override


def _guard_open(incident: Incident) -> None:
    if not incident.is_open:
        raise Refused(
            _("Incident %(number)s is %(status)s already.")
            % {"number": incident.number, "status": plain(incident.status)}
        )


def _guard_alone(incident: Incident, decided: IncidentDecision | None) -> None:
    """Whether a person may send a team without police at all: facts are never guessed to be harmless."""
    if decided is None or decided.outcome == "undetermined":
        raise Refused(
            _(
                "Incident %(number)s has open questions: answer them before a team goes alone, or send it together "
                "with police."
            )
            % {"number": incident.number}
        )
    danger = disqualifiers(decided.facts)
    if danger:
        raise Refused(
            _(
                "No team goes alone to this, whoever decides (%(danger)s). Send it together with police, or leave "
                "it to another agency."
            )
            % {"danger": _spoken(danger)}
        )


def _spoken(danger: Mapping[str, Any]) -> str:
    return "; ".join(f"{plain(fact)}: {wording.label(fact, value).lower()}" for fact, value in danger.items())
