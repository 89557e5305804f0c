"""How long an incident may stay in a state before it is surfaced, and how often it is surfaced again.

Triage has 120 s. The others are a first guess, to be set by each program once it has figures of its own.
"""

from datetime import timedelta

from dispatch.states import IncidentStatus

WATCH = "incident.watch"
EXPIRE = "assignment.expire"
OPEN = "call.open"
ANSWER = "handoff.answer"
REFERRAL = "referral.answer"
RADIO = "alert.radio"
LADDER = "ladder.step"
SERVE = "hold.serve"
DIVERTED = "diversion.radio"
CHECK_IN = "check_in.due"
BACKUP = "backup.decide"
DURESS = "duress.answer"

STALE_OFFER = timedelta(minutes=5)  # a page about an offer older than that wakes people for what is over
OFFER_WINDOW = timedelta(seconds=90)  # where no program says otherwise

TURNED = timedelta(seconds=30)  # a team is under way and the decision has turned: until it must be radioed
RADIO_AGAIN = timedelta(minutes=1)
BACKUP_AGAIN = timedelta(minutes=1)  # until a person has decided about it
DURESS_AGAIN = timedelta(minutes=1)  # until a person has it
DURESS_STANDS = timedelta(minutes=10)  # somebody has it, and it is not cleared: surfaced again
UNOPENED_WITHIN = timedelta(days=1)  # how far back the auditor looks for calls without an incident

_IN_STATE = {
    IncidentStatus.TRIAGE: timedelta(seconds=120),
    IncidentStatus.ASSIGNED: timedelta(minutes=3),
    IncidentStatus.EN_ROUTE: timedelta(minutes=30),
    IncidentStatus.ON_SCENE: timedelta(minutes=30),
}
_PENDING = {
    1: timedelta(minutes=1),
    2: timedelta(minutes=2),
    3: timedelta(minutes=5),
    4: timedelta(minutes=10),
    5: timedelta(minutes=20),
}
# Until somebody has told another agency, and once more until it has said yes or no.
_ANSWER = {1: 60, 2: 60, 3: 120, 4: 180, 5: 300}
# How long somebody may let it wait before a person must look again; and how far ahead it may be scheduled.
_HOLD = {1: timedelta(minutes=5), 2: timedelta(minutes=30)}
_HOLD_OTHERS = timedelta(hours=12)
_SCHEDULE = {1: timedelta(minutes=5)}
_SCHEDULE_OTHERS = timedelta(days=14)
_URGENT = timedelta(minutes=1)
DELIVERY = timedelta(minutes=5)  # how long a message to their system is tried
_REPEAT = timedelta(minutes=5)


def limit(status: IncidentStatus, priority: int | None) -> timedelta:
    """How long an incident of this priority may stay in this state unremarked; while it waits for a team of ours, its
    program's ladder says so instead, and on hold its hold."""
    if status is IncidentStatus.PENDING:
        return _PENDING[priority or 2]
    return _IN_STATE[status]


def hold(priority: int | None, *, scheduled: bool) -> timedelta:
    """How long it may be held at most before somebody looks again."""
    most, others = (_SCHEDULE, _SCHEDULE_OTHERS) if scheduled else (_HOLD, _HOLD_OTHERS)
    return most.get(priority or 2, others)


def repeat(status: IncidentStatus, priority: int | None) -> timedelta:
    """After how long an incident that was surfaced, and is still there, is surfaced again."""
    return _URGENT if (priority or 2) <= 2 or status is IncidentStatus.TRIAGE else _REPEAT


def answer(priority: int | None) -> timedelta:
    """How long a hand-off may stay without being told, or told and without an answer; after as long again it is
    surfaced again."""
    return timedelta(seconds=_ANSWER[priority or 2])
