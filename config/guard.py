"""What no page takes."""

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class NoNul:
    """Middleware: a form or an address with a NUL in it is a 400. Nobody types one, and Postgres cannot store it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forms = [request.GET] if request.path.startswith("/api/") else [request.GET, request.POST]
        if any("\x00" in text for form in forms for _, texts in form.lists() for text in texts):
            raise SuspiciousOperation("NUL")
        return self.get_response(request)
