"""What no page and no endpoint takes."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class NoNul:
    """Middleware: a form or an address with a NUL in it is a 400. Nobody types one, and Postgres cannot store it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forms = [request.GET] if request.path.startswith("/api/") else [request.GET, request.POST]
        if any("\x00" in text for form in forms for _, texts in form.lists() for text in texts):
            raise SuspiciousOperation("NUL")
        return self.get_response(request)


class PlainJson(JSONParser):
    """JSON that can be read and written again: not nested beyond Python's depth, no half of a surrogate pair, which
    neither Postgres nor an answer can hold. Else a 400."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        except UnicodeEncodeError:
            raise ParseError("JSON parse error - half of a surrogate pair is no character") from None
        return data
