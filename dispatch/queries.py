"""Reads of incidents."""

from datetime import datetime, timedelta

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    Min,
    OuterRef,
    PositiveSmallIntegerField,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from dispatch.models import Assignment, Handoff, Incident
from dispatch.states import ASSIGNMENT, LIVE, HandoffStatus, IncidentStatus
from due.models import Timer
from journal.models import Entry
from journal.queries import about


def stamped(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """With the earliest stamps of their teams, and the next moment at which something is due.

    `dispatched_at` is the offer of the assignment that was accepted first among those accepted.
    """

    def first(stamp: str, shown: str = "") -> Subquery:
        rows = Assignment.objects.filter(incident=OuterRef("pk"), **{f"{stamp}__isnull": False}).order_by(stamp)
        return Subquery(rows.values(shown or stamp)[:1], output_field=DateTimeField())

    pending = Timer.objects.filter(subject_id=OuterRef("pk"), done_at=None, cancelled_at=None)
    soonest = pending.order_by().values("subject_id").annotate(first=Min("due_at")).values("first")
    return incidents.annotate(
        dispatched_at=first("accepted_at", shown="offered_at"),
        en_route_at=first("en_route_at"),
        on_scene_at=first("on_scene_at"),
        next_due_at=Subquery(soonest, output_field=DateTimeField()),
    )


def detailed(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """With calls, assignments and hand-offs fetched: a constant number of queries for any incident."""
    return stamped(incidents).prefetch_related(
        "links__call",
        Prefetch("assignments", Assignment.objects.select_related("unit").order_by("offered_at")),
        "handoffs",
    )


def timeline(incident: Incident) -> QuerySet[Entry]:
    """What happened to an incident, its calls, assignments and hand-offs."""
    subjects = [
        incident.id,
        *incident.links.values_list("call_id", flat=True),
        *incident.assignments.values_list("id", flat=True),
        *incident.handoffs.values_list("id", flat=True),
    ]
    return about(subjects)


def board() -> QuerySet[Incident]:
    """What dispatchers see: live incidents, the most urgent first, then the one that has waited longest.

    One whose triage takes too long sorts as priority 2; one in triage within its time as 3.
    """
    open_assignments = Assignment.objects.filter(status__in=ASSIGNMENT.open).select_related("unit")
    waiting = Prefetch("handoffs", Handoff.objects.filter(status=HandoffStatus.PROPOSED), to_attr="waiting_handoffs")
    urgency = Case(
        When(status=IncidentStatus.TRIAGE, overdue_at__isnull=False, then=Value(2)),
        When(priority=None, then=Value(3)),
        default=F("priority"),
        output_field=PositiveSmallIntegerField(),
    )
    return (
        stamped(Incident.objects.filter(status__in=LIVE))
        .select_related("program")
        .defer("program__area")  # a city's outline, once for each row, would outweigh the board
        .prefetch_related(Prefetch("assignments", open_assignments, to_attr="open_assignments"), waiting)
        .annotate(urgency=urgency)
        .order_by("urgency", "received_at")
    )


def ended_lately(*, at: datetime) -> QuerySet[Incident]:
    """What left the board in the last four hours, the latest first: to look at once more, or to take back."""
    gone = Incident.objects.exclude(status__in=LIVE).filter(changed_at__gte=at - timedelta(hours=4))
    return gone.select_related("program").defer("program__area").order_by("-changed_at")[:12]


def live_counts() -> dict[tuple[str, bool], tuple[int, int]]:
    """By status and whether it is an exercise: how many incidents are live, and how many of them overdue."""
    live = Incident.objects.filter(status__in=LIVE).values("status", "exercise").order_by()
    counted = live.annotate(live=Count("id"), overdue=Count("id", filter=Q(overdue_at__isnull=False)))
    return {(row["status"], row["exercise"]): (row["live"], row["overdue"]) for row in counted}
