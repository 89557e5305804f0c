"""A hub and the ASGI application as a test needs them: on an event loop of its own, against the real database."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from journal import live


@asynccontextmanager
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[live.Hub]:
    """The process's hub for the time being; its connections are closed in the end."""
    fresh = live.Hub()
    monkeypatch.setattr(live, "HUB", fresh)
    try:
        yield fresh
    finally:
        await fresh.stop()
        await sync_to_async(connections.close_all)()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await test()

    asyncio.run(bounded())


in_thread = sync_to_async  # verbs are synchronous; asgiref gives them one thread of their own


async def heard(stream: live.Stream, name: str, seconds: float = 5) -> str:
    """The next pane of this name that reaches a reader of the stream."""
    async with asyncio.timeout(seconds):
        async for message in stream.messages():
            if name in (panes := panes_of(message)):
                return panes[name]
    raise AssertionError("the stream ended")


def panes_of(message: bytes) -> dict[str, str]:
    for line in message.decode().splitlines():
        if line.startswith("data: "):
            return json.loads(line.removeprefix("data: "))
    return {}


class Reader:
    """One GET of the ASGI application, over no socket."""

    def __init__(self, path: str, *, cookie: str = "", origin: str = "", method: str = "GET") -> None:
        path, _, query = path.partition("?")
        headers = [(b"host", b"127.0.0.1"), (b"cookie", cookie.encode())]
        if origin:
            headers.append((b"origin", origin.encode()))
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
            "headers": headers,
        }
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body: asyncio.Queue[bytes] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> "Reader":
        """Wait for the answer's head; for its whole, when it is no stream."""
        from config.asgi import application

        begun = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not self._asked:
                self._asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
                begun.set()
            else:
                await self.body.put(message.get("body", b""))

        self._task = asyncio.create_task(application(self.scope, receive, send))
        await asyncio.wait_for(begun.wait(), 10)
        if "event-stream" not in self.headers.get("content-type", ""):
            await self._task
        return self

    async def pane(self, name: str, seconds: float = 5) -> str:
        return (await self.panes(name, seconds))[name]

    async def panes(self, name: str, seconds: float = 5) -> dict[str, str]:
        """The next message that has this pane."""
        async with asyncio.timeout(seconds):
            while True:
                if name in (panes := panes_of(await self.body.get())):
                    return panes

    async def close(self) -> None:
        self._gone.set()
        if self._task:
            await asyncio.wait_for(self._task, 5)
