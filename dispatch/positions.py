"""Who is at which desk, what they have before them and in hand, and who has gone and left something. Derived from the
tables at each look, in a number of queries that does not grow with the number of positions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts import locking
from accounts.models import Session, User
from accounts.roles import AT_A_DESK, Role
from calls import drafts
from calls.models import Draft
from dispatch import watching
from dispatch.models import Desk, Duress, Hold, Presence, Run, Seat, Watch
from dispatch.presence import GONE
from dispatch.states import RunStatus
from journal.models import Entry

HEARD = timedelta(seconds=90)  # a page tells every 15 s, but behind other windows a browser lets it once a minute


class State(StrEnum):
    """How somebody is there; what they left behind is left in each of the others than `here`."""

    HERE = "here"
    LOCKED = "locked"  # the screen is locked
    SILENT = "silent"  # logged in, and no page of theirs is heard from
    OUT = "out"  # logged out, or the log-in has ended


class How(StrEnum):
    """How somebody has an incident in hand (`dispatch.ownership`)."""

    DURESS = "duress"
    TAKEN = "taken"
    STOOD_DOWN = "stood_down"
    PAUSED = "paused"
    HELD = "held"


@dataclass(frozen=True)
class InHand:
    """One incident that a person answers for; a duress may stand without one."""

    how: How
    since: datetime
    number: int | None
    incident_id: UUID | None
    row_id: UUID


@dataclass(frozen=True)
class Position:
    """One person at a desk. `since`: of the state, where it is known."""

    person: User
    state: State
    since: datetime | None
    logged_in_at: datetime | None
    touched_at: datetime | None
    seat: Seat | None
    open_at: Sequence[Presence]
    calls: Sequence[Draft]
    in_hand: Sequence[InHand]
    watched_by: Sequence[Watch]
    desk: Desk | None

    @property
    def has_work(self) -> bool:
        return bool(self.calls or self.in_hand)

    @property
    def left(self) -> bool:
        """Gone, and somebody must go on with what they had."""
        return self.state is not State.HERE and self.has_work

    @property
    def placeless(self) -> int:
        """Calls whose place nobody could be sent to yet."""
        return sum(not each.has_place for each in self.calls)

    @property
    def typing(self) -> str:
        """What they type in now, in words; empty for nothing."""
        return next((each.get_typing_display() for each in self.open_at if each.typing and self._in_front(each)), "")

    @property
    def elsewhere(self) -> list[Presence]:
        """The incidents that they have open besides."""
        return [each for each in self.open_at if not self._in_front(each)]

    def _in_front(self, presence: Presence) -> bool:
        return self.seat is not None and self.seat.incident_id == presence.incident_id


def positions(*, at: datetime, of: Iterable[User] | None = None) -> list[Position]:
    """Everybody who is logged in at a desk, and whoever has gone and left something in hand: those who left first, then
    by role and name. `of`: these people alone, logged in or not."""
    calls: dict[UUID, list[Draft]] = defaultdict(list)
    for draft in drafts.open_ones():
        calls[draft.owner_id].append(draft)
    work = in_hand()
    sessions = _sessions(at=at)
    people = list(_people(of, {*sessions, *calls, *work}))
    ids = [person.pk for person in people]
    seats = {each.person_id: each for each in Seat.objects.filter(person__in=ids).select_related("incident")}
    here: dict[UUID, list[Presence]] = defaultdict(list)
    open_now = Presence.objects.filter(user__in=ids, seen_at__gt=at - GONE).select_related("incident")
    for each in open_now.order_by("incident__number"):
        here[each.user_id].append(each)
    watched: dict[UUID, list[Watch]] = defaultdict(list)
    for watch in watching.going_on(at=at):
        watched[watch.of_id].append(watch)
    desks = Desk.objects.in_bulk(ids)
    found = []
    for person in people:
        seat, theirs = seats.get(person.pk), sessions[person.pk]
        state, since = _state(person, theirs, seat, at=at)
        found.append(
            Position(
                person=person,
                state=state,
                since=since,
                logged_in_at=person.logged_in_at if theirs else None,  # type: ignore[attr-defined]  # annotated
                touched_at=max((each.active_at for each in theirs if each.active_at), default=None),
                seat=seat if state is State.HERE else None,
                open_at=here[person.pk],
                calls=calls.get(person.pk, []),
                in_hand=work.get(person.pk, []),
                watched_by=watched[person.pk],
                desk=desks.get(person.pk),
            )
        )
    order = list(Role)
    return sorted(found, key=lambda each: (not each.left, order.index(Role(each.person.role)), each.person.name))


def position_of(person: User, *, at: datetime) -> Position:
    [found] = positions(at=at, of=[person])
    return found


def supervisors_at_work(*, at: datetime) -> list[str]:
    """The names of the supervisors who would see now that they are asked for help."""
    supervisors = User.objects.filter(role=Role.SUPERVISOR, is_active=True)
    found = _with_log_in(supervisors)
    sessions = _sessions(at=at, of=[each.pk for each in found])
    seats = Seat.objects.in_bulk([each.pk for each in found])
    there = [each for each in found if _state(each, sessions[each.pk], seats.get(each.pk), at=at)[0] is State.HERE]
    return [each.name for each in there]


def in_hand() -> Mapping[UUID, list[InHand]]:
    """What each person answers for, the gravest first: a duress that they have taken up, and the incidents whose search
    for a team, or whose hold, is theirs. What `ownership.owner_of` says of one incident, for all of them at once."""
    found: dict[UUID, list[InHand]] = defaultdict(list)
    standing = Duress.objects.filter(cleared_at=None, acknowledged_at__isnull=False)
    for who, since, number, incident, row in _rows(standing, "acknowledged_by_id", "acknowledged_at"):
        found[who].append(InHand(How.DURESS, since, number, incident, row))
    theirs = Q(status__in=[RunStatus.TAKEN, RunStatus.STOOD_DOWN]) | Q(cause=Run.Cause.PERSON)
    runs = Run.objects.filter(theirs, ended_at=None, by_id__isnull=False)
    for who, since, number, incident, row, status in _rows(runs, "by_id", "since", "status"):
        how = _HOW.get(status, How.PAUSED)
        found[who].append(InHand(how, since, number, incident, row))
    for who, since, number, incident, row in _rows(
        Hold.objects.filter(ended_at=None, by_id__isnull=False), "by_id", "at"
    ):
        found[who].append(InHand(How.HELD, since, number, incident, row))
    return found


_HOW = {RunStatus.TAKEN.value: How.TAKEN, RunStatus.STOOD_DOWN.value: How.STOOD_DOWN}


def _rows(rows: QuerySet[Any], who: str, since: str, *more: str) -> Any:
    return rows.order_by(since, "id").values_list(who, since, "incident__number", "incident_id", "id", *more)


def _sessions(*, at: datetime, of: Iterable[UUID] | None = None) -> Mapping[UUID, list[Session]]:
    """The log-ins that have not ended, by whose they are."""
    found: dict[UUID, list[Session]] = defaultdict(list)
    rows = Session.objects.filter(expire_date__gt=at, user_id__isnull=False).defer("session_data")
    for session in rows.filter(user_id__in=of) if of is not None else rows:
        assert session.user_id is not None
        found[session.user_id].append(session)
    return found


def _people(of: Iterable[User] | None, ids: Iterable[UUID]) -> Sequence[User]:
    found = User.objects.filter(pk__in=[each.pk for each in of]) if of is not None else User.objects.filter(pk__in=ids)
    return _with_log_in(found.filter(role__in=AT_A_DESK))


def _with_log_in(people: QuerySet[User]) -> list[User]:
    log_ins = Entry.objects.filter(subject_id=OuterRef("pk"), kind="user.logged_in").order_by("-id")
    return list(people.annotate(logged_in_at=Subquery(log_ins.values("at")[:1])).order_by("name"))


def _state(
    person: User, sessions: Sequence[Session], seat: Seat | None, *, at: datetime
) -> tuple[State, datetime | None]:
    heard = seat.heard_at if seat else None
    if not sessions or not person.is_active:
        return State.OUT, None
    if all(locking.left(each, person, at=at) == timedelta(0) for each in sessions):
        return State.LOCKED, max((each.locked_at for each in sessions if each.locked_at), default=None)
    if heard is None or heard <= at - HEARD:
        return State.SILENT, heard
    return State.HERE, heard
