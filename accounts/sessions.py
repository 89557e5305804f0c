"""The session engine: Django's, whose rows say whose they are."""

from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DBStore
from django.utils import timezone

from accounts.models import Session


class SessionStore(DBStore):
    row: Session | None = None  # as it was loaded: whether it is locked, without another query

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        row.user_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.active_at = timezone.now()  # written with a new row alone: somebody has just logged in
        return row

    def _get_session_from_db(self) -> Session | None:
        self.row = super()._get_session_from_db()  # type: ignore[misc]  # its types leave it out
        return self.row
