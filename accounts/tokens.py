"""API tokens: issue, revoke, recognise."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import entries
from accounts.models import Agency, ApiToken
from accounts.roles import Scope
from journal.actors import Actor
from journal.recording import record
from journal.refusals import Invalid

PREFIX = "rc_"
_USED_GRAIN = timedelta(minutes=1)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    *,
    name: str,
    scopes: Collection[str],
    agency: Agency | None = None,
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> tuple[ApiToken, str]:
    """A new token: its row, and the secret, which is shown this once. With `agency` it is that agency's system's.

    Raises Invalid naming unknown scopes, an empty name, or an expiry in the past.
    """
    errors = {}
    if not name.strip():
        errors["name"] = _("Give the token a name, so that its use can be told apart.")
    if unknown := sorted(set(scopes) - set(Scope)):
        errors["scope"] = _("Unknown: %(unknown)s. Known: %(known)s.") % {
            "unknown": ", ".join(unknown),
            "known": ", ".join(Scope),
        }
    elif not scopes:
        errors["scope"] = _("Name at least one of: %(known)s.") % {"known": ", ".join(Scope)}
    if expires_at is not None and expires_at <= at:
        errors["expires_at"] = _("Must lie in the future.")
    if errors:
        raise Invalid(errors)
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name.strip(),
            agency=agency,
            digest=_digest(secret),
            scopes=sorted(set(scopes)),
            created_at=at,
            expires_at=expires_at,
        )
        record(entries.TokenIssued(scopes=tuple(token.scopes)), subject=token, by=by, at=at)
    return token, secret


def revoke(*, token: ApiToken, by: Actor, at: datetime) -> ApiToken:
    """End a token now. Revoking twice keeps the first moment."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at is None:
            token.revoked_at = at
            token.save(update_fields=["revoked_at"])
            record(entries.TokenRevoked(), subject=token, by=by, at=at)
    return token


def recognise(secret: str, *, at: datetime) -> ApiToken | None:
    """The token that this secret opens at `at`, or None. Notes its use, once a minute at most."""
    token = next(iter(ApiToken.objects.filter(digest=_digest(secret))), None)
    if token is None or token.revoked_at or (token.expires_at and token.expires_at <= at):
        return None
    if token.last_used_at is None or token.last_used_at < at - _USED_GRAIN:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    return token
