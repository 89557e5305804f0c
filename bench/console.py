"""Consoles without a browser: each listens to the live process as static/live.js does, and is told whole panes.

    cookie = log_in(stack, "dan")
    with consoles(stack, cookie, 10) as open_ones:
        ...
        open_ones[0].panes["queue"]

They run on an event loop in a thread of their own. `bench/` and the tests of crashes use the same ones. A thousand of
them must not take from the machine what they measure: so they are read without asyncio's streams, and one that keeps no
panes looks at nothing but the positions.
"""

import asyncio
import http.cookiejar
import json
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bench.stack import Stack
from config.datadir import kept_live_port

AGAIN = 1.0  # seconds until a lost stream is opened anew, as the stream itself asks for
REFUSED_AGAIN = 3.0  # after a refusal: the browser has given up, the page tries again
BOARD = "/live/console/"


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
    """One page that is open. It holds what is on its screen, unless it keeps no panes, and opens its stream anew when
    that is lost.

    `positions` has, for each event, when it had come whole (`time.time()`) and the journal's position; `streams` counts
    what was opened, `opened_at` when that was last, `lost_at` when the last one was found lost, None while one is open.
    """

    port: int
    origin: str
    cookie: str
    path: str = BOARD
    keeps_panes: bool = True
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
        loop = asyncio.get_running_loop()
        while True:
            stream = _Stream(self)
            with suppress(OSError):
                transport, _ = await loop.create_connection(lambda: stream, "127.0.0.1", self.port)  # noqa: B023  at once
                try:
                    await stream.lost
                finally:
                    transport.close()
            self.lost_at = self.lost_at or time.time()
            if stream.status not in (0, 200):
                self.refusals.append(stream.status)
            await asyncio.sleep(AGAIN if stream.status in (0, 200) else REFUSED_AGAIN)

    def opened(self) -> None:
        self.streams, self.opened_at, self.lost_at = self.streams + 1, time.time(), None

    def take(self, message: bytes) -> None:
        if not message.startswith(b"id: "):
            return
        told, _, data = message.partition(b"\nevent: panes\ndata: ")
        self.positions.append((time.time(), int(told[4:])))
        if self.keeps_panes:
            self.panes.update(json.loads(data))


class _Stream(asyncio.Protocol):
    """One answer in chunks, from its head to its end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.status = 0
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._raw = bytearray()  # as it came
        self._text = bytearray()  # the body that is not read yet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        console = self.console
        head = [
            f"GET {console.path} HTTP/1.1", f"Host: 127.0.0.1:{console.port}", f"Origin: {console.origin}",
            f"Cookie: {console.cookie}", "Accept: text/event-stream", "", "",
        ]  # fmt: skip
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write("\r\n".join(head).encode())

    def data_received(self, data: bytes) -> None:
        self._raw += data
        if not self.status:
            head, found, body = self._raw.partition(b"\r\n\r\n")
            if not found:
                return
            self.status, self._raw = int(head.split(b" ", 2)[1]), body
            if self.status != 200:
                self._end()
                return
            self.console.opened()
        self._read_chunks()
        *messages, self._text = self._text.split(b"\n\n")
        for message in messages:
            self.console.take(bytes(message))

    def _read_chunks(self) -> None:
        begin = 0
        while (line := self._raw.find(b"\r\n", begin)) >= 0:
            size = int(self._raw[begin:line], 16)
            if not size:
                self._end()
                return
            if len(self._raw) < line + size + 4:
                break
            self._text += self._raw[line + 2 : line + 2 + size]
            begin = line + size + 4
        del self._raw[:begin]

    def connection_lost(self, error: Exception | None) -> None:
        self._end()

    def _end(self) -> None:
        if not self.lost.done():
            self.lost.set_result(None)


@contextmanager
def consoles(
    stack: Stack, cookie: str, count: int = 1, path: str = BOARD, *, keep_panes: bool = True
) -> Iterator[list[Console]]:
    """So many consoles, open until the block ends."""
    port = kept_live_port(stack.data_dir)
    if port is None:
        raise RuntimeError(f"{stack.data_dir} has no live process")
    opened = [Console(port, stack.origin, cookie, path, keep_panes) for _ in range(count)]
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
