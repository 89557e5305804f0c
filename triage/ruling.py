"""Several programs over one place: each decides, the agency's order picks."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triage import deciding
from triage.engine import SERVED, UNDETERMINED, Decision
from triage.models import PolicyVersion, Program
from triage.programs import Covering


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one program decides, with all that it was made from."""

    program: Program
    version: PolicyVersion
    facts: dict[str, Any]
    decision: Decision


def rule(
    candidates: Iterable[Covering],
    known: Mapping[str, Any],
    *,
    at: datetime,
    kept: uuid.UUID | None = None,
) -> list[Ruling]:
    """What each program decides by its policy's version in force at `at`; the picked one first, then by rank.

    Picked is the first by rank that would send a team, or still asks; when none would, the first by rank. `kept` names
    the program whose team has been asked or is engaged: where it decides, its word counts. A program without a version
    in force says nothing. No query once the versions are compiled.
    """
    rulings = []
    for each in candidates:
        facts = {**known, **({"area": each.area} if each.area else {})}
        try:
            version = deciding.version_at(each.program.policy, at)
        except deciding.NoVersionInForce:
            continue
        rulings.append(Ruling(each.program, version, facts, deciding.decide(version, facts, at=at)))
    picked = next((each for each in rulings if each.program.id == kept), None) or next(
        (each for each in rulings if each.decision.outcome in (*SERVED, UNDETERMINED)), None
    )
    return sorted(rulings, key=lambda each: each is not picked) if picked else rulings
