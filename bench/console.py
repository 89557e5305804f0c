"""Consoles without a browser: each listens to the live process as static/live.js does, and is told whole panes.

    cookie = log_in(stack, "dan")
    with consoles(stack, cookie, 10) as open_ones:
        ...
        open_ones[0].panes["queue"]

They run on an event loop in a thread of their own. `bench/` and the tests of crashes use the same ones.
"""

import asyncio
import http.cookiejar
import json
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bench.stack import Stack
from config.datadir import kept_live_port

AGAIN = 1.0  # seconds until a lost stream is opened anew, as the stream itself asks for
REFUSED_AGAIN = 3.0  # after a refusal: the browser has given up, the page tries again
BOARD = "/live/console/"


@dataclass(frozen=True)
class Event:
    """What a console was sent at one moment (`time.time()`): the panes that changed, as of a journal position."""

    at: float
    position: int
    data: bytes

    @property
    def panes(self) -> dict[str, str]:
        panes: dict[str, str] = json.loads(self.data)
        return panes


def log_in(stack: Stack, username: str) -> str:
    """The cookie of a new session of one of the demo's people."""
    password = (stack.data_dir / "demo_password").read_text().strip()
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
    address = f"{stack.origin}/accounts/log-in/"
    with opener.open(address, timeout=15) as answer:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
    if found is None:
        raise RuntimeError(f"{address} has no form")
    form = {"username": username, "password": password, "csrfmiddlewaretoken": found[1]}
    with opener.open(address, urllib.parse.urlencode(form).encode(), timeout=15):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


@dataclass
class Console:
    """One page that is open. It holds what is on its screen, and opens its stream anew when that is lost.

    `positions` has, for each event, when it came and the journal's position; `streams` counts what was opened,
    `opened_at` when that was last, `lost_at` when the last one was found lost, None while one is open.
    """

    port: int
    origin: str
    cookie: str
    path: str = BOARD
    hear: Callable[[Event], None] | None = None
    panes: dict[str, str] = field(default_factory=dict)
    positions: list[tuple[float, int]] = field(default_factory=list)
    streams: int = 0
    opened_at: float | None = None
    lost_at: float | None = None
    refusals: list[int] = field(default_factory=list)

    @property
    def position(self) -> int:
        return self.positions[-1][1] if self.positions else 0

    async def stay(self) -> None:
        """Listen until cancelled."""
        while True:
            status = 0
            with suppress(OSError, EOFError, ValueError):
                status = await self._listen()
            self.lost_at = self.lost_at or time.time()
            if status not in (0, 200):
                self.refusals.append(status)
            await asyncio.sleep(AGAIN if status in (0, 200) else REFUSED_AGAIN)

    async def _listen(self) -> int:
        """One stream, to its end; the status of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        try:
            head = [
                f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Origin: {self.origin}",
                f"Cookie: {self.cookie}", "Accept: text/event-stream", "", "",
            ]  # fmt: skip
            writer.write("\r\n".join(head).encode())
            status = int((await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1])
            if status != 200:
                return status
            self.streams, self.opened_at, self.lost_at = self.streams + 1, time.time(), None
            text = bytearray()
            while size := int(await reader.readuntil(b"\r\n"), 16):
                text += (await reader.readexactly(size + 2))[:-2]
                while (end := text.find(b"\n\n")) >= 0:
                    self._take(bytes(text[:end]))
                    del text[: end + 2]
            return status
        finally:
            writer.close()

    def _take(self, message: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in message.split(b"\n") if b": " in line)
        if fields.get(b"event") != b"panes":
            return
        event = Event(time.time(), int(fields[b"id"]), fields[b"data"])
        self.positions.append((event.at, event.position))
        if self.hear:
            self.hear(event)
        else:
            self.panes.update(event.panes)


@contextmanager
def consoles(
    stack: Stack, cookie: str, count: int = 1, path: str = BOARD, hear: Callable[[Event], None] | None = None
) -> Iterator[list[Console]]:
    """So many consoles, open until the block ends. With `hear`, which is called on their loop, they keep no panes."""
    port = kept_live_port(stack.data_dir)
    if port is None:
        raise RuntimeError(f"{stack.data_dir} has no live process")
    opened = [Console(port, stack.origin, cookie, path, hear) for _ in range(count)]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="consoles", daemon=True)
    thread.start()

    async def all_stay() -> None:
        await asyncio.gather(*(console.stay() for console in opened))

    staying = asyncio.run_coroutine_threadsafe(all_stay(), loop)
    try:
        yield opened
    finally:
        staying.cancel()
        asyncio.run_coroutine_threadsafe(_all_gone(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _all_gone() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.05)  # in which the closed connections end
