"""Reads of people."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Session, User
from accounts.roles import Role


def logged_in(*roles: Role, at: datetime) -> QuerySet[User]:
    """The people of these roles who are at work: active, and with a session in at least one browser that has not ended.

    Whoever closes the page without logging out counts until the session ends by itself, twelve hours after the log-in.
    """
    theirs = Session.objects.filter(user_id=OuterRef("pk"), expire_date__gt=at)
    return User.objects.filter(Exists(theirs), role__in=roles, is_active=True)


def is_logged_in(user_id: UUID, *, at: datetime) -> bool:
    return Session.objects.filter(user_id=user_id, expire_date__gt=at).exists()
