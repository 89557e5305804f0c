"""Logs: one JSON object a line, each with its request's id; never what a person said or typed.

Exceptions are logged as their class and the lines they came through. Their messages stay out: Postgres and parsers
quote the row or the input in them.
"""

import logging
import re
import time
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from pythonjsonlogger.json import JsonFormatter

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_FIT = re.compile(r"[A-Za-z0-9._-]{8,64}")

logger = logging.getLogger("rightcall.request")


class Lines(JsonFormatter):
    """The format of every line."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s", rename_fields={"levelname": "level"}, timestamp="at")

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        # Django puts whole requests in here, bodies and all.
        log_data.pop("request", None)
        if request_id := _request_id.get():
            log_data["request_id"] = request_id

    def formatException(  # noqa: N802 (logging's name)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return " < ".join([kind.__name__ if kind else "", *reversed(frames)])


class Broke(logging.Filter):
    """Lets through what has a traceback: Django logs every 5xx, also those that a view meant."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None


class RequestLog:
    """Middleware: gives each request an id (or keeps the proxy's), and logs it once it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _FIT.fullmatch(given) else uuid.uuid4().hex
        token = _request_id.set(request_id)
        begun = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            match = request.resolver_match
            # A 503 is /readyz doing its work: it says in words what is not well.
            broken = response.status_code >= 500 and response.status_code != 503
            level = logging.ERROR if broken else logging.INFO
            logger.log(
                level,
                "answered",
                extra={
                    "method": request.method,
                    "route": match.route if match else None,  # the pattern: addresses may hold what people search for
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - begun) * 1000, 1),
                    "user": _known_user(request),
                },
            )
            return response
        finally:
            _request_id.reset(token)


def _known_user(request: HttpRequest) -> str | None:
    """The id of who asked, if the view has looked already: the log must not cost a query, nor fail with Postgres."""
    user = getattr(request, "user", None)
    user = getattr(user, "_wrapped", user)
    key = getattr(user, "pk", None)
    return str(key) if key else None


def configuration(level: str) -> dict[str, Any]:
    """For logging.config.dictConfig: everything to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "config.logs.Lines"}},
        "filters": {"broke": {"()": "config.logs.Broke"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines"},
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # One line for each request is ours; of Django's only what broke is wanted, for it has the traceback.
            "django.request": {"level": "ERROR", "filters": ["broke"]},
            "django.server": {"level": "WARNING"},
            # A line for each tick of the clock would bury the rest.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "axes": {"level": "ERROR"},  # it names the account that was tried
            # Its lines name addresses. due.carriers reads them all and keeps a code.
            "apprise": {"level": "DEBUG", "handlers": ["nowhere"], "propagate": False},
            "urllib3": {"level": "ERROR"},  # the paths that it names are keys
            "pywebpush": {"level": "ERROR"},
        },
    }
