"""States of incidents, assignments, hand-offs and units, and the changes between them."""

from enum import StrEnum

from django.utils.translation import gettext_noop

from journal.states import Graph


class IncidentStatus(StrEnum):
    TRIAGE = "triage"  # the decision is still open
    PENDING = "pending"  # decided; waits for a team or for another agency's word
    ON_HOLD = "on_hold"
    ASSIGNED = "assigned"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    HANDED_OFF = "handed_off"  # another agency has said that it has it
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


class AssignmentStatus(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    STAGED = "staged"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_DESTINATION = "at_destination"
    CLEARED = "cleared"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class HandoffStatus(StrEnum):
    PROPOSED = "proposed"  # they must be told
    SENT = "sent"  # they are told, and have not said whether they take it
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # somebody else must go
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"  # nobody answered, and they are needed no more


class RunStatus(StrEnum):
    """Of the climb of a ladder."""

    CLIMBING = "climbing"  # a step is being carried out
    CALLING = "calling"  # no step is left: a person is asked for, again and again
    TAKEN = "taken"  # a person has it, and is asked again after a while
    PAUSED = "paused"
    STOOD_DOWN = "stood_down"  # a person sees to it without the ladder
    ENDED = "ended"


class ReferralStatus(StrEnum):
    RECEIVED = "received"  # another agency hands it to us; a person must answer
    ACCEPTED = "accepted"
    REFUSED = "refused"  # it stays theirs


class PaperStatus(StrEnum):
    """Of a form with a number of its own, printed for when nothing else works."""

    DRAWER = "drawer"  # unused, as far as anybody knows
    ENTERED = "entered"
    VOID = "void"  # nobody will enter it


class UnitState(StrEnum):
    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    OFFERED = "offered"
    EN_ROUTE = "en_route"
    STAGED = "staged"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_DESTINATION = "at_destination"
    OUT_OF_SERVICE = "out_of_service"


_I, A, H, R = IncidentStatus, AssignmentStatus, HandoffStatus, RunStatus

_ANYWHERE = {_I.TRIAGE, _I.PENDING, _I.ON_HOLD, _I.ASSIGNED, _I.EN_ROUTE, _I.ON_SCENE, _I.HANDED_OFF}
_OVER = {_I.CLOSED, _I.CANCELLED, _I.MERGED}

INCIDENT = Graph(
    "incident",
    IncidentStatus,
    starts=[_I.TRIAGE, _I.PENDING],
    edges={
        # Facts and teams come and go: while an incident is open, each open state may follow each other one.
        **{state: (_ANYWHERE | _OVER) - {state} for state in _ANYWHERE},
        **{state: set() for state in _OVER},
    },
    # Reopened, or a merge taken back: what the tables then make of it. No team can be engaged there.
    back={state: {_I.TRIAGE, _I.PENDING, _I.ON_HOLD, _I.HANDED_OFF} for state in _OVER},
)

_UNDER_WAY = {A.CLEARED, A.WITHDRAWN}

ASSIGNMENT = Graph(
    "assignment",
    AssignmentStatus,
    starts=[A.OFFERED, A.ACCEPTED],
    edges={
        A.OFFERED: {A.ACCEPTED, A.DECLINED, A.EXPIRED, A.WITHDRAWN},
        A.ACCEPTED: {A.EN_ROUTE, A.STAGED, A.ON_SCENE} | _UNDER_WAY,
        A.EN_ROUTE: {A.STAGED, A.ON_SCENE} | _UNDER_WAY,
        A.STAGED: {A.EN_ROUTE, A.ON_SCENE} | _UNDER_WAY,
        A.ON_SCENE: {A.TRANSPORTING} | _UNDER_WAY,
        A.TRANSPORTING: {A.AT_DESTINATION} | _UNDER_WAY,
        A.AT_DESTINATION: _UNDER_WAY,
        A.CLEARED: set(),
        A.DECLINED: set(),
        A.EXPIRED: set(),
        A.WITHDRAWN: set(),
    },
)

HANDOFF = Graph(
    "hand-off",
    HandoffStatus,
    starts=[H.PROPOSED],
    edges={
        H.PROPOSED: {H.SENT, H.ACKNOWLEDGED, H.REFUSED, H.WITHDRAWN},
        H.SENT: {H.ACKNOWLEDGED, H.REFUSED, H.WITHDRAWN},
        H.ACKNOWLEDGED: {H.RETURNED},
        H.REFUSED: set(),
        H.RETURNED: set(),
        H.WITHDRAWN: set(),
    },
)

REFERRAL = Graph(
    "hand-off to us",
    ReferralStatus,
    starts=[ReferralStatus.RECEIVED],
    edges={
        ReferralStatus.RECEIVED: {ReferralStatus.ACCEPTED, ReferralStatus.REFUSED},
        ReferralStatus.ACCEPTED: set(),
        ReferralStatus.REFUSED: set(),
    },
)

PAPER = Graph(
    "paper form",
    PaperStatus,
    starts=[PaperStatus.DRAWER],
    edges={
        PaperStatus.DRAWER: {PaperStatus.ENTERED, PaperStatus.VOID},
        PaperStatus.ENTERED: set(),
        PaperStatus.VOID: set(),
    },
    back={PaperStatus.VOID: {PaperStatus.DRAWER}},  # what was lost has turned up
)

# Asked, and their word is still awaited.
AWAITED = frozenset({H.PROPOSED, H.SENT})

# They have said no, at once or later: whoever is needed still is.
TURNED_DOWN = frozenset({H.REFUSED, H.RETURNED})

RUN = Graph(
    "ladder",
    RunStatus,
    starts=[R.CLIMBING],
    edges={
        R.CLIMBING: {R.CALLING, R.TAKEN, R.PAUSED, R.STOOD_DOWN, R.ENDED},
        R.CALLING: {R.TAKEN, R.PAUSED, R.STOOD_DOWN, R.ENDED},
        R.TAKEN: {R.CLIMBING, R.CALLING, R.PAUSED, R.STOOD_DOWN, R.ENDED},
        R.PAUSED: {R.CLIMBING, R.CALLING, R.TAKEN, R.STOOD_DOWN, R.ENDED},
        R.STOOD_DOWN: {R.CLIMBING, R.CALLING, R.ENDED},
        R.ENDED: set(),
    },
)

# Accepted or further: the team has said yes and is not done.
ENGAGED = ASSIGNMENT.open - {A.OFFERED}

# Open to dispatchers: somebody here must still do something. What is handed off is the other agency's.
LIVE = INCIDENT.open - {_I.HANDED_OFF}

# What each status of an assignment makes of its incident (the most advanced assignment counts) and of its unit.
# A team that has accepted but not yet rolled is not en route, so its unit still counts as `offered`.
PROGRESS: dict[AssignmentStatus, tuple[IncidentStatus, UnitState]] = {
    A.OFFERED: (_I.PENDING, UnitState.OFFERED),
    A.ACCEPTED: (_I.ASSIGNED, UnitState.OFFERED),
    A.EN_ROUTE: (_I.EN_ROUTE, UnitState.EN_ROUTE),
    A.STAGED: (_I.EN_ROUTE, UnitState.STAGED),
    A.ON_SCENE: (_I.ON_SCENE, UnitState.ON_SCENE),
    A.TRANSPORTING: (_I.ON_SCENE, UnitState.TRANSPORTING),
    A.AT_DESTINATION: (_I.ON_SCENE, UnitState.AT_DESTINATION),
}

# How people read each of these, of the outcomes and of the stamps (`journal.states.plain`), for the catalogues.
_WORDS = (
    gettext_noop("incident"), gettext_noop("assignment"), gettext_noop("hand-off"), gettext_noop("hand-off to us"),
    gettext_noop("ladder"),
    gettext_noop("triage"), gettext_noop("pending"), gettext_noop("on hold"), gettext_noop("assigned"),
    gettext_noop("en route"), gettext_noop("on scene"), gettext_noop("handed off"), gettext_noop("closed"),
    gettext_noop("cancelled"), gettext_noop("merged"), gettext_noop("offered"), gettext_noop("accepted"),
    gettext_noop("staged"), gettext_noop("transporting"), gettext_noop("at destination"), gettext_noop("cleared"),
    gettext_noop("declined"), gettext_noop("expired"), gettext_noop("withdrawn"), gettext_noop("proposed"),
    gettext_noop("sent"), gettext_noop("acknowledged"), gettext_noop("refused"), gettext_noop("returned"),
    gettext_noop("climbing"), gettext_noop("calling"), gettext_noop("taken"), gettext_noop("paused"),
    gettext_noop("stood down"), gettext_noop("ended"), gettext_noop("received"), gettext_noop("off duty"),
    gettext_noop("available"), gettext_noop("out of service"), gettext_noop("answered"), gettext_noop("triaged"),
    gettext_noop("queued"),
    gettext_noop("community"), gettext_noop("co response"), gettext_noop("crisis line"), gettext_noop("police"),
    gettext_noop("fire"), gettext_noop("ems"), gettext_noop("information"), gettext_noop("undetermined"),
)  # fmt: skip
