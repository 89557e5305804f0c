"""The words of access: what a person is, and what an API token may be given."""

from enum import StrEnum


class Role(StrEnum):
    CALL_TAKER = "call_taker"
    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    RESPONDER = "responder"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return "call-taker" if self is Role.CALL_TAKER else self.value


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
