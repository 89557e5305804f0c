"""Reads of incidents."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from operator import or_

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    F,
    FilteredRelation,
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
from django.db.models.functions import Coalesce

from calls.entries import CallAmended
from calls.models import Call
from dispatch.models import (
    ASSIGNMENT_STAMPS,
    HANDOFF_STAMPS,
    INCIDENT_STAMPS,
    AgencyLink,
    Alert,
    Assignment,
    Correction,
    CrossLink,
    Diversion,
    Handoff,
    Hold,
    Incident,
    IncidentCall,
    IncidentDecision,
    Referral,
    Run,
    agencies,
)
from dispatch.models import Plan as Stored
from dispatch.plans import Plan
from dispatch.states import (
    ASSIGNMENT,
    AWAITED,
    ENGAGED,
    HANDOFF,
    LIVE,
    TURNED_DOWN,
    AssignmentStatus,
    HandoffStatus,
    IncidentStatus,
    ReferralStatus,
    RunStatus,
)
from dispatch.troubles import troubles
from due.models import Timer
from journal.models import Entry
from journal.queries import about
from triage.models import Program


def _first_received() -> Coalesce:
    """When the first of it was received: by itself, or by what was merged into it. Its own stamp stays what it was, for
    a merge can be taken back; the calls that it has now know their homes."""
    homes = IncidentCall.objects.filter(incident=OuterRef("pk")).order_by("home__received_at")
    return Coalesce(Subquery(homes.values("home__received_at")[:1]), F("received_at"))


def stamped(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """With the earliest stamps of their teams, and the next moment at which something is due.

    `dispatched_at` is the offer of the assignment that was accepted first among those accepted; `first_received_at`
    the earliest of all that were merged into it.
    """

    def first(stamp: str, shown: str = "") -> Subquery:
        rows = Assignment.objects.filter(incident=OuterRef("pk"), **{f"{stamp}__isnull": False}).order_by(stamp)
        return Subquery(rows.values(shown or stamp)[:1], output_field=DateTimeField())

    pending = Timer.objects.filter(subject_id=OuterRef("pk"), done_at=None, cancelled_at=None)
    soonest = pending.order_by().values("subject_id").annotate(first=Min("due_at")).values("first")
    return incidents.annotate(
        first_received_at=_first_received(),
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
        "runs",
        "holds",
    )


def timeline(incident: Incident) -> QuerySet[Entry]:
    """What happened to an incident, its calls, assignments and hand-offs; to calls that a merge took away, too."""
    return about(subjects(incident))


def subjects(incident: Incident) -> list[uuid.UUID]:
    """All that the journal may tell of when it tells of this incident."""
    calls = IncidentCall.objects.filter(Q(incident=incident) | Q(home=incident))
    return [
        incident.id,
        *calls.values_list("call_id", flat=True),
        *incident.assignments.values_list("id", flat=True),
        *incident.handoffs.values_list("id", flat=True),
        *incident.duresses.values_list("id", flat=True),
        *Referral.objects.filter(call__incident_link__incident=incident).values_list("id", flat=True),
    ]


@lru_cache(maxsize=256)
def _plan(program_id: uuid.UUID | None, changed_at: datetime | None) -> Plan:
    newest = Stored.objects.filter(program=program_id).order_by("-at", "-id").first() if program_id else None
    return Plan.take(newest.document if newest else {})


def plan_of(program: Program | None) -> Plan:
    """What a program does when nobody acts; the default plan where it has none, and where there is no program. Read
    once in a process for each change of the program: adopting a plan is one."""
    return _plan(program.id, program.changed_at) if program else _plan(None, None)


@dataclass(frozen=True, slots=True)
class Climb:
    """Where the ladder of an incident stands: its status, who has taken it, and the step it is at."""

    status: str
    by: str
    do: str
    to: str


@dataclass(frozen=True)
class Linked:
    """Another incident that this one concerns, and the link that says how."""

    link: CrossLink
    far: Incident


def linked(incident: Incident) -> list[Linked]:
    """The incidents that a person linked to this one, the first linked first."""
    standing = CrossLink.objects.filter(Q(one=incident) | Q(two=incident), ended_at=None)
    links = standing.select_related("one", "two").order_by("at", "id")
    return [Linked(link, link.two if link.one_id == incident.id else link.one) for link in links]


@dataclass(frozen=True)
class Stamp:
    """A moment that an incident, one of its teams or one of its hand-offs has, and what was corrected about it, the
    first time first."""

    name: str
    at: datetime
    of: Assignment | Handoff | None
    corrections: Sequence[Correction]

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.name} {self.of.id}" if self.of else self.name

    @property
    def whose(self) -> str:
        """The team or the agency; empty when it is the incident's own."""
        return whose(self.of)

    @property
    def original(self) -> datetime:
        """What stood there at first."""
        return self.corrections[0].before if self.corrections else self.at


def last_amended(call: Call, names: Collection[str]) -> Entry | None:
    """What tells of the newest change of any of these fields and facts of the call."""
    touched = [Q(**{f"payload__{kind}__contains": [name]}) for name in sorted(names) for kind in ("fields", "facts")]
    return Entry.objects.filter(reduce(or_, touched), subject_id=call.id, kind=CallAmended.kind).order_by("-id").first()


def whose(of: Assignment | Handoff | None) -> str:
    match of:
        case Assignment():
            return of.unit.callsign
        case Handoff():
            return of.get_to_display().capitalize()
        case _:
            return ""


def stamps(incident: Incident) -> list[Stamp]:
    """Every stamp that is set: the incident's own, then those of each team and of each hand-off."""
    made: dict[tuple[uuid.UUID, str], list[Correction]] = defaultdict(list)
    for correction in incident.corrections.order_by("id"):
        made[correction.row_id, correction.stamp].append(correction)
    teams = incident.assignments.select_related("unit").order_by("offered_at")
    rows: list[tuple[Assignment | Handoff | None, Sequence[str]]] = [
        (None, INCIDENT_STAMPS),
        *((team, ASSIGNMENT_STAMPS) for team in teams),
        *((handoff, HANDOFF_STAMPS) for handoff in incident.handoffs.order_by("proposed_at", "to")),
    ]
    return [
        Stamp(name, at, row, made[(row or incident).id, name])
        for row, names in rows
        for name in names
        if (at := getattr(row or incident, f"{name}_at"))
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """A live incident as the board shows it: all of that but its ages, which grow by themselves.

    Nothing else may be shown of it in a row. So equal rows look the same, and a row that was rendered is good for as
    long as one that equals it is read: nobody has to know what has made an older one void.
    """

    id: uuid.UUID
    number: int
    status: str
    call_type: str
    outcome: str
    priority: int | None
    exercise: bool
    address: str
    placed_at: datetime | None
    received_at: datetime
    overdue_at: datetime | None
    entered_at: datetime | None  # from paper
    zone: str | None
    program: str
    area: str
    promise: tuple[datetime, datetime] | None  # what is due next: since when, and when
    teams: tuple[tuple[str, str], ...]  # callsign and status of each open assignment
    unreached: tuple[str, ...]  # callsigns of teams asked whose phones could not be told
    handoffs: tuple[tuple[str, str, datetime], ...]  # agency, status and since when, where somebody here must act
    held: tuple[str, datetime, datetime] | None  # why, until when, since when
    lost: tuple[tuple[str, int], ...]  # callsign of each team taken from it, and the incident it was taken for
    turned: tuple[tuple[str, str], ...]  # callsign of each team told of a change; unseen, radio, or seen and stays back
    ladder: Climb | None
    safety: tuple[tuple[str, str], ...]  # callsign of each team that is missed, wants help or is in duress, and which

    @property
    def state(self) -> IncidentStatus:
        return IncidentStatus(self.status)

    @property
    def needs_someone(self) -> bool:
        """Whether it stands first: a person must act, now."""
        return bool(
            self.overdue_at
            or self.turned
            or self.unreached
            or self.is_unowned
            or any(stage != "asked" for _, stage in self.safety)
        )

    @property
    def is_unowned(self) -> bool:
        """No step of its ladder is left, and nobody has taken it."""
        return self.ladder is not None and self.ladder.status == RunStatus.CALLING

    @property
    def is_for_everybody(self) -> bool:
        """Nobody's filter hides it."""
        return self.needs_someone or self.priority == 1 or bool(self.safety)

    @property
    def is_asked(self) -> bool:
        """A team is asked, and has not answered."""
        return any(status == AssignmentStatus.OFFERED for _, status in self.teams)


def board() -> list[Row]:
    """What dispatchers see: live incidents, the most urgent first, then the one that has waited longest. In eleven
    queries, of the columns that are shown and no others: it is read again with each change.

    One whose triage takes too long sorts as priority 2; one in triage within its time as 3.
    """
    teams: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    open_assignments = Assignment.objects.filter(status__in=ASSIGNMENT.open, incident__status__in=LIVE)
    unreached: dict[uuid.UUID, list[str]] = defaultdict(list)
    promises = _promises()
    told = open_assignments.order_by("offered_at").values_list(
        "incident_id", "unit__callsign", "status", "unreached_at", "offered_at", "respond_by"
    )
    for incident_id, callsign, status, unreached_at, offered_at, respond_by in told:
        teams[incident_id].append((callsign, status))
        due = promises.get(incident_id)
        if status == AssignmentStatus.OFFERED and respond_by and (due is None or respond_by < due[1]):
            promises[incident_id] = (offered_at, respond_by)
        if unreached_at and status == AssignmentStatus.OFFERED:
            unreached[incident_id].append(callsign)
    handoffs = _unsettled()
    holds = Hold.objects.filter(ended_at=None, incident__status=IncidentStatus.ON_HOLD)
    held = {hold.incident_id: (hold.reason, hold.until, hold.at) for hold in holds}
    turned: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    standing = Alert.objects.filter(ended_at=None, assignment__status__in=ENGAGED, incident__status__in=LIVE)
    alerts = standing.order_by("at").values_list(
        "incident_id", "assignment__unit__callsign", "radio_at", "acknowledged_at"
    )
    for incident_id, callsign, radio_at, seen_at in alerts:
        turned[incident_id].append((callsign, "seen" if seen_at else "radio" if radio_at else "unseen"))
    open_runs = Run.objects.filter(ended_at=None, incident__status__in=LIVE)
    climbs = open_runs.annotate(at_now=FilteredRelation("rungs", condition=Q(rungs__ended_at=None)))
    ladders = {
        incident_id: Climb(status, by, do or "", to or "")
        for incident_id, status, by, do, to in climbs.values_list(
            "incident_id", "status", "by_name", "at_now__do", "at_now__to"
        )
    }
    lost: dict[uuid.UUID, list[tuple[str, int]]] = defaultdict(list)
    diversions = Diversion.objects.select_related("assignment__unit", "assignment__incident", "instead_of")
    unseen = Q(acknowledged_at=None, assignment__status=AssignmentStatus.ACCEPTED)
    for each in diversions.filter(unseen | Q(instead_of__incident__status=IncidentStatus.PENDING)).order_by("at"):
        lost[each.instead_of.incident_id].append((each.assignment.unit.callsign, each.assignment.incident.number))
        if each.is_unseen:
            stage = "radio" if each.radio_at else "unseen"
            turned[each.assignment.incident_id].append((each.assignment.unit.callsign, stage))
    matters: dict[uuid.UUID | None, list[tuple[str, str]]] = defaultdict(list)
    for trouble in troubles():
        matters[trouble.incident_id].append((trouble.callsign, trouble.stage))
    urgency = Case(
        When(status=IncidentStatus.TRIAGE, overdue_at__isnull=False, then=Value(2)),
        When(priority=None, then=Value(3)),
        default=F("priority"),
        output_field=PositiveSmallIntegerField(),
    )
    live = Incident.objects.filter(status__in=LIVE).annotate(first_received_at=_first_received())
    live = live.order_by(urgency, "first_received_at", "number")
    shown = live.values_list(
        "id", "number", "status", "call_type", "outcome", "priority", "exercise", "address", "placed_at",
        "first_received_at", "overdue_at", "entered_at", "program__time_zone", "program__slug",
    )  # fmt: skip
    areas = dict(
        IncidentCall.objects.filter(incident__status__in=LIVE)
        .exclude(call__area="")
        .order_by("call__taken_at")
        .values_list("incident_id", "call__area")
    )
    return [
        Row(
            *values[:-1],
            values[-1] or "",
            areas.get(values[0], ""),
            promises.get(values[0]),
            tuple(teams[values[0]]),
            tuple(unreached[values[0]]),
            tuple(handoffs[values[0]]),
            held.get(values[0]),
            tuple(lost[values[0]]),
            tuple(turned[values[0]]),
            ladders.get(values[0]),
            tuple(matters[values[0]]),
        )
        for values in shown
    ]


def _promises() -> dict[uuid.UUID, tuple[datetime, datetime]]:
    """Of each live incident what is due next about it: since when, and when."""
    pending = Timer.objects.filter(
        done_at=None, cancelled_at=None, subject_id__in=Incident.objects.filter(status__in=LIVE)
    )
    # The first due comes last, and stays.
    return {
        subject_id: (set_at, due_at)
        for subject_id, set_at, due_at in pending.order_by("-due_at").values_list("subject_id", "set_at", "due_at")
    }


def links(program_id: uuid.UUID | None) -> dict[str, AgencyLink]:
    """How each kind of agency is reached from this program: by its own link, else by the one for all."""
    of_it = Q(program=None) | Q(program=program_id) if program_id else Q(program=None)
    found = AgencyLink.objects.filter(of_it).select_related("agency")
    return {link.agency.kind: link for link in found.order_by(F("program").asc(nulls_first=True))}


def _unsettled() -> dict[uuid.UUID, list[tuple[str, str, datetime]]]:
    """Of each live incident the hand-offs that are not settled: not told, not answered, or turned down by somebody who
    is still needed and was not asked again; and what others hand to us, until a person has answered."""
    also = IncidentDecision.objects.filter(incident=OuterRef("incident"), beside=None).order_by("-id")
    # The decision is looked up for those alone that have said no: they are few.
    asks = Case(When(status__in=TURNED_DOWN, then=Subquery(also.values("decision__also")[:1])), default=None)
    settled = Case(When(status__in=HANDOFF.open, then=True), default=False, output_field=BooleanField())
    since = Coalesce("returned_at", "refused_at", "sent_at", "proposed_at")
    live = Handoff.objects.filter(incident__status__in=LIVE).exclude(status=HandoffStatus.WITHDRAWN)
    rows = live.annotate(since=since).order_by(settled, "proposed_at", "to")
    newest = {
        (row[0], row[1]): row
        for row in rows.values_list("incident_id", "to", "status", "since", "incident__outcome", asks)
    }
    found = defaultdict(list)
    for incident_id, to, status, moment, outcome, asked in newest.values():
        wanted = status in TURNED_DOWN and to in agencies(outcome) | set(asked or ())
        if status in AWAITED or wanted:
            found[incident_id].append((to, status, moment))
    link = "call__incident_link__incident"
    owed = Referral.objects.filter(**{f"{link}__status__in": LIVE}, status=ReferralStatus.RECEIVED)
    for incident_id, kind, moment in owed.order_by("received_at").values_list(link, "agency__kind", "received_at"):
        found[incident_id].append((kind, ReferralStatus.RECEIVED, moment))
    return found


def ended_lately(*, at: datetime) -> QuerySet[Incident]:
    """What left the board in the last four hours, the latest first: to look at once more, or to take back."""
    gone = Incident.objects.exclude(status__in=LIVE).filter(changed_at__gte=at - timedelta(hours=4))
    return gone.select_related("program").defer("program__area").order_by("-changed_at")[:12]


def live_counts() -> dict[tuple[str, bool], tuple[int, int]]:
    """By status and whether it is an exercise: how many incidents are live, and how many of them overdue."""
    live = Incident.objects.filter(status__in=LIVE).values("status", "exercise").order_by()
    counted = live.annotate(live=Count("id"), overdue=Count("id", filter=Q(overdue_at__isnull=False)))
    return {(row["status"], row["exercise"]): (row["live"], row["overdue"]) for row in counted}
