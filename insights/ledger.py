"""The ledger of eligible calls: which were served by a community team, and why each of the others was not.

Derived from the tables whenever it is read, never stored: what is corrected there is corrected here. Every eligible
call stands in exactly one place, so that the served, the open and the reasons add up to the eligible; that is by
construction, for a place is the first condition of one list that holds, and the last one always does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, TextChoices, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from calls.models import Assessment, Call
from dispatch.models import Assignment, Handoff, IncidentDecision, Override
from dispatch.settling import OURS
from dispatch.states import LIVE, AssignmentStatus, HandoffStatus, IncidentStatus
from insights.teams import TeamWasFree
from journal.models import Entry


class Standing(TextChoices):
    """Where a call stands. All but the first three say why no community team came to an eligible call."""

    SERVED = "served", _("A team came")
    OPEN = "open", _("Still open")
    UNDECIDED = "undecided", _("Too little was asked")
    OVERRIDE = "override", _("A person decided against a team")
    OFF_HOURS = "off_hours", _("Outside the program’s hours")
    OUT_OF_AREA = "out_of_area", _("Outside the program’s area")
    CANCELLED = "cancelled", _("Ended before a team came")
    NOT_SAFE = "not_safe", _("Not safe for a team")
    DECLINED = "declined", _("Teams declined, none went")
    NO_FREE_TEAM = "no_free_team", _("No team was free")
    WAITED_TOO_LONG = "waited_too_long", _("Waited too long")
    HANDED_OFF = "handed_off", _("Another agency took it")


REASONS = tuple(each for each in Standing if each not in (Standing.SERVED, Standing.OPEN, Standing.UNDECIDED))


@dataclass(frozen=True)
class Asked:
    """What of the ledger is asked for: calls received from `since` until just before `until`."""

    since: datetime
    until: datetime
    program: str | None = None
    standing: str | None = None
    exercises: bool = False


def rows(asked: Asked) -> QuerySet[Call]:
    """The eligible and the undecided calls, each with its `standing`. `eligible` is by the incident's decision in
    force, over all its calls; of a call without an incident, by its own."""
    calls = Call.objects.filter(received_at__gte=asked.since, received_at__lt=asked.until)
    if not asked.exercises:
        calls = calls.filter(exercise=False)
    own = Assessment.objects.filter(call=OuterRef("pk"), beside=None).order_by("-id")
    found = calls.annotate(
        incident=F("incident_link__incident"),
        number=F("incident_link__incident__number"),
        served_by=Coalesce("incident_link__incident__program__slug", "program__slug"),
        eligible=Case(
            When(incident_link__isnull=False, then=F("incident_link__incident__eligible")),
            default=Subquery(own.values("eligible")[:1]),
        ),
    ).filter(Q(eligible=True) | Q(eligible=None))
    newest = IncidentDecision.objects.filter(incident=OuterRef("incident_link__incident"), beside=None).order_by("-id")
    found = found.annotate(in_force=Subquery(newest.values("id")[:1]))
    if asked.program is not None:
        found = found.filter(served_by=asked.program)
    found = found.annotate(standing=_standing())
    return found.filter(standing=asked.standing) if asked.standing else found


def totals(asked: Asked) -> dict[str, int]:
    """How many are eligible, and how many stand where; in one query."""
    every: QuerySet[Any] = rows(asked)  # the type of a model knows no annotation
    counted = (
        every.order_by()
        .values("standing")
        .annotate(calls=Count("pk"), eligible=Count("eligible", filter=Q(eligible=True)))
    )
    found = {each["standing"]: each for each in counted}
    places = {place.value: found.get(place, {}).get("calls", 0) for place in Standing}
    return {"eligible": sum(each["eligible"] for each in found.values()), **places}


def _standing() -> Case:
    """The first that holds. Whether a team came counts before all; what kept one from being asked at all (a person, the
    hours, the area) before what became of asking; what no team could help (it was cancelled) before what teams did.

    Where nobody was asked in time, or another agency took it unasked, no team was free when in the whole wait none was;
    else somebody was slow, or decided so. Who gave it away because no team could come decided nothing against one.
    """
    incident = OuterRef("incident_link__incident")
    teams = Assignment.objects.filter(incident=incident)
    told = Entry.objects.filter(subject_id=incident)
    taken = Handoff.objects.filter(incident=incident, status=HandoffStatus.ACKNOWLEDGED)
    status = "incident_link__incident__status"

    def says(rule: str) -> Exists:
        reasons = {"reasons": [{"rule": rule}]}
        return Exists(IncidentDecision.objects.filter(id=OuterRef("in_force"), decision__contains=reasons))

    overridden = Override.objects.filter(incident=incident, lifted_at=None).exclude(outcome__in=OURS)
    overridden = overridden.exclude(reason=Override.Reason.NO_TEAM)
    declined, safety = teams.filter(status=AssignmentStatus.DECLINED), Assignment.Reason.SAFETY
    not_safe = Standing.NOT_SAFE
    expired = teams.filter(status=AssignmentStatus.EXPIRED)
    unserved = told.filter(kind="incident.unserved")
    late = told.filter(kind="incident.overdue", payload__status=IncidentStatus.PENDING)
    places: Sequence[tuple[Any, Standing]] = [
        (Q(eligible=None), Standing.UNDECIDED),
        (Exists(teams.filter(Q(on_scene_at__isnull=False) | Q(disposition="settled_by_phone"))), Standing.SERVED),
        (Q(incident_link=None) | Q(**{f"{status}__in": LIVE}), Standing.OPEN),
        (Exists(overridden), Standing.OVERRIDE),
        (says("hours"), Standing.OFF_HOURS),
        (says("area"), Standing.OUT_OF_AREA),
        (Q(**{status: IncidentStatus.CANCELLED}), Standing.CANCELLED),
        # To decline for safety is a right: a call that nobody went to for it is counted as no refusal.
        (Exists(declined.filter(decline_reason=safety)) & ~Exists(declined.exclude(decline_reason=safety)), not_safe),
        (Exists(declined), Standing.DECLINED),
        (~Exists(expired) & (Exists(unserved) | Exists(late) | Exists(taken)) & ~_was_free(), Standing.NO_FREE_TEAM),
        (Exists(expired) | Exists(unserved) | Exists(late), Standing.WAITED_TOO_LONG),
        (Exists(taken), Standing.HANDED_OFF),
    ]
    return Case(
        *[When(holds, then=Value(place.value)) for holds, place in places], default=Value(Standing.CANCELLED.value)
    )


def _was_free() -> TeamWasFree:
    """Whether a team could have been asked while the call waited: until another agency had its incident, or until its
    end. A call that came by a merge began to wait where it is at home."""
    incident, home = "incident_link__incident", "incident_link__home"
    begins = Coalesce(f"{home}__queued_at", f"{home}__received_at")
    ends = Case(
        When(**{f"{incident}__handed_off_at__gte": begins}, then=f"{incident}__handed_off_at"),
        default=Greatest(begins, f"{incident}__closed_at", f"{incident}__cancelled_at"),
    )
    return TeamWasFree(
        program=F(f"{incident}__program"), skills=F(f"{incident}__required_skills"), begins=begins, ends=ends
    )
