"""Errors of the API as problem+json (RFC 9457), each wrong field named under `errors`."""

import logging
import sys
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config import away
from dispatch.reports import flatten
from journal.refusals import Invalid, Overtaken, Refused

CONTENT_TYPE = "application/problem+json"

logger = logging.getLogger(__name__)


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: what went wrong, in words, with the status that fits."""
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is nothing here by that id.")
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    headers = {}
    code: int
    errors: dict[str, str] = {}
    match error:
        case Invalid():
            code, detail, errors = status.HTTP_400_BAD_REQUEST, "Some fields are wrong.", error.errors
        case Overtaken():  # raised only where the client said what it had read
            code, detail = status.HTTP_412_PRECONDITION_FAILED, str(error)
        case Refused():
            code, detail = status.HTTP_409_CONFLICT, str(error)
        case exceptions.ValidationError():
            code, detail, errors = error.status_code, "Some fields are wrong.", flatten(error.detail)
        case exceptions.APIException():
            code, detail = error.status_code, str(error.detail)
            if header := getattr(error, "auth_header", None):
                headers["WWW-Authenticate"] = header
        case _ if isinstance(error, away.ERRORS):
            code, detail = status.HTTP_503_SERVICE_UNAVAILABLE, str(away.DETAIL)
            headers["Retry-After"] = str(away.RETRY_AFTER)
            logger.warning("database away", extra={"error": type(error).__name__})
        case _:
            return None
    set_rollback()
    body = body_of(code, detail) | ({"errors": errors} if errors else {})
    return Response(body, status=code, headers=headers, content_type=CONTENT_TYPE)


def body_of(code: int, detail: str) -> dict[str, Any]:
    title = HttpResponse(status=code).reason_phrase
    return {"type": "about:blank", "title": title, "status": code, "detail": detail}


def _answer(request: HttpRequest, code: int, detail: str, hint: str = "") -> HttpResponse:
    """To a machine the detail; to a person a page with it, and what they can do."""
    if _machine_asks(request):
        return JsonResponse(body_of(code, detail), status=code, content_type=CONTENT_TYPE)
    return render(request, "problem.html", {"code": code, "detail": detail, "hint": hint}, status=code)


def _machine_asks(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/metrics", "/live/"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, _("The request could not be read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    hint = _(
        "Which pages you can open is set with your log-in. If your work needs this one, ask whoever gave you that."
    )
    return _answer(request, 403, str(exception) or _("Your role does not open this page."), hint)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    hint = _("The address may be mistyped, or the number in it.")
    return _answer(request, 404, _("There is nothing at this address."), hint)


def broken(request: HttpRequest) -> HttpResponse:
    """Whatever nobody caught: Django calls this while it handles the exception."""
    if isinstance(sys.exception(), away.ERRORS):
        if not _machine_asks(request):
            return away.page(request)
        answer = _answer(request, 503, str(away.DETAIL))
        answer["Retry-After"] = str(away.RETRY_AFTER)
        return answer
    detail = _("Something broke on our side. It is in the log; nothing you sent was half-stored.")
    return _answer(request, 500, detail)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    detail = _("This page was open too long or in another log-in. Go back, reload it, send it again.")
    return _answer(request, 403, detail)
