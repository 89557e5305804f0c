"""Reads of what is the matter with teams: missed, in want of help, in duress."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce

from dispatch.models import Backup, CheckIn, Duress
from dispatch.states import ENGAGED

# The gravest first. `held`: a duress that somebody has taken up. `asked`: the team itself is asked, nobody else yet.
STAGES = ("duress", "held", "silent", "wants_police", "wants_team", "radio", "asked")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A team that something is the matter with; `stage` is one of STAGES. A person without a unit stands by name."""

    incident_id: uuid.UUID | None
    unit_id: uuid.UUID | None
    callsign: str
    stage: str


def troubles() -> list[Trouble]:
    """All of them, the gravest first, in one query."""
    unit = "assignment__unit"
    duress = _rows(
        Duress.objects.filter(cleared_at=None),
        of="incident_id",
        unit="unit_id",
        name=Coalesce("unit__callsign", "by_name"),
        stage=Case(When(acknowledged_at=None, then=Value("duress")), default=Value("held")),
    )
    missed = _rows(
        CheckIn.objects.filter(ended_at=None, asked_at__isnull=False, assignment__status__in=ENGAGED),
        of="assignment__incident_id",
        unit=f"{unit}_id",
        name=F(f"{unit}__callsign"),
        stage=Case(When(told_at=None, then=Value("asked")), default=Value("radio")),
    )
    wanted = _rows(
        Backup.objects.filter(decided_at=None),
        of="incident_id",
        unit=f"{unit}_id",
        name=F(f"{unit}__callsign"),
        stage=Case(
            When(cause=Backup.Cause.SILENCE, then=Value("silent")),
            When(wants=Backup.Wants.POLICE, then=Value("wants_police")),
            default=Value("wants_team"),
        ),
    )
    found = [Trouble(*row) for row in duress.union(missed, wanted, all=True)]
    return sorted(found, key=lambda each: (STAGES.index(each.stage), each.callsign))


def standing() -> QuerySet[Duress]:
    """Duress that nobody has cleared, the latest first."""
    return (
        Duress.objects.filter(cleared_at=None)
        .select_related("unit__program", "incident", "handoff")
        .defer("unit__program__area")
        .order_by("-at")
    )


def _rows(rows: QuerySet[Any], *, of: str, unit: str, name: F | Coalesce, stage: Case) -> Any:
    told = rows.order_by().annotate(_of=F(of), _unit=F(unit), _name=name, _stage=stage)
    return told.values_list("_of", "_unit", "_name", "_stage")
