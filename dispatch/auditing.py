"""The auditor: everything that is open has something due. What has not is a failure, is counted, and is mended.

One table says what must have a timer. A timer that is set here is fired by the sweep, and its handler judges the need
from the tables as they are: so nothing is done here that is not done there.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet

from calls import cautions
from calls.models import Call
from dispatch import check_ins, drawer, limits
from dispatch.models import (
    Alert,
    Assignment,
    Backup,
    CheckIn,
    DeskMessage,
    Diversion,
    Duress,
    Handoff,
    Hold,
    Incident,
    Referral,
    Run,
)
from dispatch.states import AWAITED, ENGAGED, INCIDENT, LIVE, AssignmentStatus, ReferralStatus
from due import timers
from due.queries import pending_of

logger = logging.getLogger(__name__)

AT_ONCE = 100  # mended in one round
_SOON = ExpressionWrapper(F("at") + limits.TURNED, DateTimeField())


@dataclass(frozen=True)
class Audited:
    """Rows that must have a pending timer of this kind. `due`: the column that says when, where it is not at once.

    Without a kind the rows should not be there at all: their timer belongs to a row that is missing, and a finder of
    their own makes both.
    """

    kind: str
    rows: Callable[[datetime], QuerySet[Any]]
    due: str = ""


AUDITED: Mapping[str, Audited] = {
    "call": Audited(
        limits.OPEN,
        lambda at: Call.objects.filter(taken_at__gte=at - limits.UNOPENED_WITHIN, incident_link=None),
    ),
    "incident": Audited(limits.WATCH, lambda at: Incident.objects.filter(status__in=LIVE)),
    "offer": Audited(
        limits.EXPIRE, lambda at: Assignment.objects.filter(status=AssignmentStatus.OFFERED), due="respond_by"
    ),
    "hand-off": Audited(
        limits.ANSWER,
        lambda at: Handoff.objects.filter(status__in=AWAITED, incident__status__in=INCIDENT.open),
    ),
    "referral": Audited(
        limits.REFERRAL,
        lambda at: Referral.objects.filter(
            status=ReferralStatus.RECEIVED, call__incident_link__incident__status__in=INCIDENT.open
        ),
    ),
    "ladder": Audited(
        limits.LADDER,
        lambda at: Run.objects.filter(ended_at=None, due_at__isnull=False, incident__status__in=LIVE),
        due="due_at",
    ),
    "scheduled": Audited(
        limits.SERVE, lambda at: Hold.objects.filter(reason=Hold.Reason.SCHEDULED, ended_at=None), due="until"
    ),
    "alert": Audited(
        limits.RADIO,
        lambda at: Alert.objects.filter(acknowledged_at=None, ended_at=None, assignment__status__in=ENGAGED).annotate(
            due_at=_SOON
        ),
        due="due_at",
    ),
    "team": Audited("", lambda at: check_ins.unheard()),
    "check-in": Audited(
        limits.CHECK_IN,
        lambda at: CheckIn.objects.filter(ended_at=None, assignment__status__in=ENGAGED),
        due="due_at",
    ),
    "backup": Audited(limits.BACKUP, lambda at: Backup.objects.filter(decided_at=None)),
    "duress": Audited(limits.DURESS, lambda at: Duress.objects.filter(cleared_at=None)),
    "help": Audited(
        limits.HELP, lambda at: DeskMessage.objects.filter(kind=DeskMessage.Kind.HELP, acknowledged_at=None)
    ),
    "caution": Audited(limits.CAUTION, lambda at: cautions.in_force(at=at), due="expires_at"),
    "downtime": Audited(limits.DOWNTIME, lambda at: drawer.unaccounted_downtimes()),
    "diversion": Audited(
        limits.DIVERTED,
        lambda at: Diversion.objects.filter(
            acknowledged_at=None, assignment__status=AssignmentStatus.ACCEPTED
        ).annotate(due_at=_SOON),
        due="due_at",
    ),
}


def untimed(*, at: datetime) -> dict[str, int]:
    """How many of each kind have nothing due. All zero, unless somebody has a bug or took rows away by hand."""
    return {name: _lapsed(each, at).count() for name, each in AUDITED.items()}


def mend(at: datetime) -> int:
    """Finder: sets the timers that are missing. Returns how many."""
    return sum(_mend(name, each, at) for name, each in AUDITED.items() if each.kind)


def _lapsed(audited: Audited, at: datetime) -> QuerySet[Any]:
    return audited.rows(at).exclude(pending_of(audited.kind)) if audited.kind else audited.rows(at)


def _mend(name: str, audited: Audited, at: datetime) -> int:
    found = list(_lapsed(audited, at).values_list("pk", audited.due or "pk")[:AT_ONCE])
    with transaction.atomic():
        for subject_id, due in found:
            timers.put(kind=audited.kind, subject_id=subject_id, due_at=due if audited.due else at, at=at)
    if found:
        logger.error("nothing was due", extra={"what": name, "count": len(found)})
    return len(found)
