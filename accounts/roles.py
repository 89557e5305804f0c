"""The words of access: what a person is, and what an API token may be given."""

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Role(StrEnum):
    CALL_TAKER = "call_taker"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    RESPONDER = "responder"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> "_StrPromise":
        return _LABELS[self]


_LABELS = {
    Role.CALL_TAKER: _("call-taker"),
    Role.DISPATCHER: _("dispatcher"),
    Role.SUPERVISOR: _("supervisor"),
    Role.RESPONDER: _("responder"),
    Role.ANALYST: _("analyst"),
    Role.ADMINISTRATOR: _("administrator"),
}


AT_A_DESK = frozenset({Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR})


class Scope(StrEnum):
    CALLS_READ = "calls:read"
    CALLS_WRITE = "calls:write"
    INCIDENTS_READ = "incidents:read"
    INCIDENTS_WRITE = "incidents:write"
    UNITS_READ = "units:read"
    UNITS_WRITE = "units:write"
    HANDOFFS_WRITE = "handoffs:write"
    ROSTER_READ = "roster:read"
    POLICIES_READ = "policies:read"
    TRIAGE_DECIDE = "triage:decide"
    JOURNAL_READ = "journal:read"
