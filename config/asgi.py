"""The live streams, for an ASGI server: these addresses and no others (config/live_urls.py).

Pages and the API are synchronous and run under WSGI, where the same code takes more calls a second.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.core.handlers.asgi import ASGIHandler


class Live(ASGIHandler):
    """Django, with the addresses of the streams. Links within what it renders are those of the pages."""

    async def __call__(self, scope, receive, send):  # type: ignore[no-untyped-def]  # as in Django
        # Django gives each request a thread of its own, and with it a connection to Postgres, until its answer has
        # ended: here that would be one for each open page. All share the process's one thread instead.
        if scope["type"] != "http":
            raise ValueError("The live process speaks HTTP alone")
        await self.handle(scope, receive, send)

    def create_request(self, scope, body_file):  # type: ignore[no-untyped-def]  # as in Django
        request, refusal = super().create_request(scope, body_file)
        if request is not None:
            request.urlconf = "config.live_urls"  # type: ignore[attr-defined]  # Django looks for it
        return request, refusal


django.setup(set_prefix=False)
application = Live()
