"""What the programs make of an incident, over the facts of all its calls. Nothing is stored here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from calls import cautions
from calls.models import Call, Caution
from dispatch.models import Incident, IncidentDecision
from dispatch.states import ASSIGNMENT
from triage import programs, queries, ruling
from triage.engine import FactValue, facts
from triage.models import PolicyVersion, Program
from triage.programs import Covering
from triage.ruling import Ruling


def decided(incident: Incident) -> list[IncidentDecision]:
    """The decisions that are in force: the chosen one, then those of the other programs over the place. Empty while no
    policy has decided."""
    return list(queries.last_moment(incident.decisions.all()))


def in_force(incident: Incident) -> IncidentDecision | None:
    """The chosen one of them; None while no policy has decided."""
    return next(iter(decided(incident)), None)


def cautions_of(incident: Incident, calls: Sequence[Call], *, at: datetime) -> list[Caution]:
    """What is known of its place and of its person, the gravest first."""
    return cautions.about(
        calls, address=incident.address, latitude=incident.latitude, longitude=incident.longitude, at=at
    )


def _with_cautions(
    merged: facts.Merged, incident: Incident, calls: Sequence[Call], *, at: datetime
) -> dict[str, FactValue]:
    """Cautions are looked for only where one would change something."""
    if merged.facts.get("weapon") != "none":
        return merged.facts
    hazards = [each.hazard for each in cautions_of(incident, calls, at=at)]
    return _merged(calls, weapons_caution=True).facts if Caution.Hazard.WEAPONS in hazards else merged.facts


def reckon(incident: Incident, calls: Sequence[Call], *, at: datetime) -> tuple[list[IncidentDecision], dict[str, Any]]:
    """What every program over its place decides now, the chosen one first, and on what the calls disagree.

    A call that was assessed in this transaction and is alone has its decisions already.
    """
    merged = _merged(calls)
    known = _with_cautions(merged, incident, calls, at=at)
    alone = getattr(calls[0], "assessed", None) if len(calls) == 1 else None
    if alone is not None and known == merged.facts:
        made = [_row(incident, each.program, each.policy_version, each.facts, each.decision) for each in alone]
    else:
        rulings = _rulings(incident, known, calls)
        made = [_row(incident, each.program, each.version, each.facts, each.decision.to_json()) for each in rulings]
    return made, dict(merged.conflicts)


def stand(incident: Incident, made: Sequence[IncidentDecision]) -> bool:
    """Whether these are the decisions that are in force already."""
    return [_said(each) for each in decided(incident)] == [_said(each) for each in made]


def _said(each: IncidentDecision) -> tuple[object, ...]:
    return each.program_id, each.decision, each.facts


def _row(
    incident: Incident, program: Program, version: PolicyVersion, known: dict[str, FactValue], decision: dict[str, Any]
) -> IncidentDecision:
    return IncidentDecision(
        incident=incident,
        program=program,
        policy_version=version,
        facts=known,
        outcome=decision["outcome"],
        decision=decision,
    )


def _rulings(incident: Incident, answers: Mapping[str, FactValue], calls: Iterable[Call]) -> list[Ruling]:
    named = next((call.program.slug for call in calls if call.program_named and call.program), None)
    over = programs.covering(
        latitude=incident.latitude, longitude=incident.longitude, exercise=incident.exercise, slug=named
    )
    made = ruling.rule(over, answers, at=incident.received_at)
    ours = incident.program
    if ours and (not made or made[0].program.id != ours.id) and is_asked(incident):
        # Its team has been asked, or is on its way: it is this program's word that sends it on or calls it back.
        if ours.id not in [each.program.id for each in over]:
            over.append(Covering(ours, programs.area_at(ours, incident.latitude, incident.longitude)))
        made = ruling.rule(over, answers, at=incident.received_at, kept=ours.id)
    return made


def is_asked(incident: Incident) -> bool:
    """Whether a team has been asked or is engaged."""
    return incident.assignments.filter(status__in=ASSIGNMENT.open).exists()


def weigh(*, call: Call, join: Incident | None, at: datetime) -> tuple[IncidentDecision | None, bool]:
    """What would be decided with this call, which is not stored: about the incident that it joins, else about one of
    its own (None when no policy would). The same way as of stored calls; and whether a caution says what no caller
    said."""
    calls = [call]
    if join is not None:
        of_it = Call.objects.filter(incident_link__incident=join).select_related("program").defer("program__area")
        calls = [*of_it.order_by("taken_at", "id"), call]
    place = {"address": call.address, "latitude": call.latitude, "longitude": call.longitude}
    incident = join or Incident(**place, exercise=call.exercise, received_at=call.received_at)
    made, _ = reckon(incident, calls, at=at)
    if not made:
        return None, False
    return made[0], made[0].facts.get("weapon") != _merged(calls).facts.get("weapon")


def _merged(calls: Iterable[Call], *, weapons_caution: bool = False) -> facts.Merged:
    """What the calls say together. Answers go in by the moment at which each was given: of most, the latest stands."""
    given = [(call.answered.get(name, ""), {name: value}) for call in calls for name, value in call.facts.items()]
    in_order = [answer for _, answer in sorted(given, key=lambda each: each[0])]
    return facts.merge(in_order, weapons_caution=weapons_caution)
