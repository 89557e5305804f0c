"""A machine's own browser has two names for it, `localhost` and `127.0.0.1`; Rightcall goes by one of them."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect

NAMES = {"localhost", "127.0.0.1"}


class OneName:
    """Middleware: whoever opens a page under this machine's other name is led to ORIGIN.

    Cookies, and the origin that the live streams let in, are of one host name. Only between these two names, at the
    same port: any other may be a tunnel or a second address, and ORIGIN is not there for who uses it. Only pages:
    programs are answered under either name, for many follow no redirect.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            name, _, port = request.get_host().partition(":")
            our_name, _, our_port = urlsplit(settings.ORIGIN).netloc.partition(":")
            if {name, our_name} == NAMES and port == our_port:
                # Not for ever: the next start may go by the other name.
                return HttpResponseRedirect(settings.ORIGIN + request.get_full_path())
        return self.get_response(request)
