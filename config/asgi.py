"""The live streams, for an ASGI server: these addresses and no others (config/live_urls.py).

Pages and the API are synchronous and run under WSGI, where the same code takes more calls a second.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django
from django.core.handlers.asgi import ASGIHandler

HEARTBEAT = 3.0
logger = logging.getLogger(__name__)


class Live(ASGIHandler):
    """Django, with the addresses of the streams. Links within what it renders are those of the pages."""

    async def __call__(self, scope, receive, send):  # type: ignore[no-untyped-def]  # as in Django
        match scope["type"]:
            case "lifespan":
                await self._live(receive, send)
            case "http":
                # Django gives each request a thread of its own, and with it a connection to Postgres, until its answer
                # has ended: here that would be one for each open page. All share the process's one thread instead.
                await self.handle(scope, receive, send)
            case _:
                raise ValueError("The live process speaks HTTP alone")

    async def _live(self, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        await receive()  # the start
        beating = asyncio.create_task(beat(), name="heartbeat")
        await send({"type": "lifespan.startup.complete"})
        await receive()  # the end
        beating.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    def create_request(self, scope, body_file):  # type: ignore[no-untyped-def]  # as in Django
        request, refusal = super().create_request(scope, body_file)
        if request is not None:
            request.urlconf = "config.live_urls"  # type: ignore[attr-defined]  # Django looks for it
        return request, refusal


async def beat() -> None:
    """Let `/readyz` hear that pages are kept up, by the loop and the thread that do it: whatever holds either up also
    silences this, which an answer to `/live/healthz` alone would not tell. And let the demo hear that somebody watches.
    """
    from django.utils import timezone

    from due.sweep import heard
    from journal import live

    us = f"{socket.gethostname()}:{os.getpid()}"

    def note() -> None:
        heard(f"live:{us}", at=timezone.now())
        if live.HUB.watched:
            heard(f"watched:{us}", at=timezone.now())

    while True:
        try:
            await live.HUB.do(note)
        except Exception as error:
            # Most often Postgres is away; the silence is then what tells.
            logger.warning("no heartbeat, trying again", extra={"error": type(error).__name__})
        await asyncio.sleep(HEARTBEAT)


django.setup(set_prefix=False)
application = Live()
