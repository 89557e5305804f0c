"""Journal entries of this app."""

from dataclasses import dataclass

from journal.kinds import Audience, Payload


@dataclass(frozen=True, kw_only=True)
class LoggedIn(Payload, kind="user.logged_in", audience=Audience.AUDIT):
    role: str


@dataclass(frozen=True, kw_only=True)
class LoggedOut(Payload, kind="user.logged_out", audience=Audience.AUDIT):
    pass


@dataclass(frozen=True, kw_only=True)
class ScreenLocked(Payload, kind="user.screen_locked", audience=Audience.AUDIT):
    """A log-in that nobody used."""


@dataclass(frozen=True, kw_only=True)
class ScreenUnlocked(Payload, kind="user.screen_unlocked", audience=Audience.AUDIT):
    pass


@dataclass(frozen=True, kw_only=True)
class LanguageChosen(Payload, kind="user.language_chosen", audience=Audience.AUDIT):
    language: str


@dataclass(frozen=True, kw_only=True)
class TokenIssued(Payload, kind="token.issued", audience=Audience.AUDIT):
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Payload, kind="token.revoked", audience=Audience.AUDIT):
    pass


@dataclass(frozen=True, kw_only=True)
class UserEnrolled(Payload, kind="user.enrolled", audience=Audience.AUDIT):
    role: str
