"""Whether the process lives (`/healthz`) and whether the whole can do its work (`/readyz`)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from kombu import Connection

from accounts.access import May, who
from dispatch.auditing import untimed
from due.queries import last_heard, worst_lateness

SILENT_AFTER = timedelta(seconds=15)
LATE_AFTER = timedelta(seconds=10)


@never_cache
@who(May.ENTER)
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


@never_cache
@who(May.ENTER)
def readyz(request: HttpRequest) -> JsonResponse:
    """Each part with what is known of it; 503 when one is not well."""
    at = timezone.now()
    checks = {name: _checked(check, at) for name, check in CHECKS.items()}
    ready = all(check["ok"] for check in checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


def _checked(check: Callable[[datetime], dict[str, Any]], at: datetime) -> dict[str, Any]:
    try:
        return check(at)
    except DatabaseError:
        return {"ok": False, "why": "the database does not answer"}


def _database(at: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def broker(at: datetime) -> dict[str, Any]:
    """Whether Valkey or Redis answers within a second or two."""
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_timeout": 1}
    try:
        with Connection(settings.REDIS_URL, connect_timeout=1, transport_options=options) as link:
            link.ensure_connection(max_retries=1, timeout=1)
            link.default_channel.client.ping()  # type: ignore[attr-defined]  # the Redis transport's channel
    except Exception as error:
        # The client raises what its transport raises; whatever it is, the broker is not there.
        return {"ok": False, "why": f"the broker does not answer ({type(error).__name__})"}
    return {"ok": True}


def _heard(prefix: str) -> Callable[[datetime], dict[str, Any]]:
    def check(at: datetime) -> dict[str, Any]:
        heard_at = last_heard(prefix)
        if heard_at is None:
            return {"ok": False, "why": "never heard from"}
        silent = at - heard_at
        return {"ok": silent < SILENT_AFTER, "silent_seconds": round(silent.total_seconds(), 1)}

    return check


def _timers(at: datetime) -> dict[str, Any]:
    late = worst_lateness(at=at)
    return {"ok": late < LATE_AFTER, "worst_lateness_seconds": round(late.total_seconds(), 1)}


def _auditor(at: datetime) -> dict[str, Any]:
    """Whether everything that is open has something due."""
    lacking = {what: count for what, count in untimed(at=at).items() if count}
    return {"ok": not lacking, "untimed": lacking}


CHECKS: dict[str, Callable[[datetime], dict[str, Any]]] = {
    "database": _database,
    "broker": broker,
    "worker": _heard("worker"),
    "beat": _heard("beat"),
    "live": _heard("live"),
    "timers": _timers,
    "auditor": _auditor,
}
