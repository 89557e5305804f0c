"""Screens that lock: a log-in that nobody has used for a while shows nothing of anybody until its password is given.

The browser judges when its person was last there and tells; the server judges by what it was told, so a page whose
scripts are dead, or that was closed, is locked as well.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts import entries
from accounts.models import Session, User
from journal.recording import record

WRITTEN = timedelta(seconds=15)  # that a person is there is written once in this time


def limit(user: User) -> timedelta | None:
    """How long a person of this role may be away; None: their screen never locks."""
    minutes = settings.LOCK_MINUTES.get(user.role, 0)
    return timedelta(minutes=minutes) if minutes else None


def left(session: Session, user: User, *, at: datetime) -> timedelta | None:
    """How long until this log-in locks: nothing when it has, None when it never does."""
    allowed = limit(user)
    if allowed is None:
        return None
    if session.locked_at:
        return timedelta(0)
    return max(timedelta(0), allowed - (at - (session.active_at or at)))


def be_active(session: Session, *, at: datetime) -> None:
    """Its person was there at that moment. A lock is not opened by that."""
    if session.locked_at is None and (session.active_at is None or at - session.active_at >= WRITTEN):
        Session.objects.filter(pk=session.pk, locked_at=None).update(active_at=at)
        session.active_at = at


def lock(session: Session, user: User, *, at: datetime) -> None:
    with transaction.atomic():
        if Session.objects.filter(pk=session.pk, locked_at=None).update(locked_at=at):
            record(entries.ScreenLocked(), subject=user, by=user, at=at)
    session.locked_at = at


def unlock(session: Session, user: User, *, at: datetime) -> None:
    """Whoever calls this has seen the password."""
    with transaction.atomic():
        if Session.objects.filter(pk=session.pk).exclude(locked_at=None).update(locked_at=None, active_at=at):
            record(entries.ScreenUnlocked(), subject=user, by=user, at=at)
    session.locked_at, session.active_at = None, at
