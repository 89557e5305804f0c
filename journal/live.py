"""The hub: what was committed reaches every open page, rendered once for all who watch the same in one language.

One hub in each live process. It hears the journal's notice, reads on from its position, and looks once a second anyway.
A page is sent whole panes, never differences, and only the newest of each: so a connection that was lost is whole again
with the first message, one that is slow skips what is out of date instead of piling it up, and nothing comes twice.
Every BEAT each screen is rendered again, for ages grow and shifts end without an entry.
"""

import asyncio
import json
import logging
import weakref
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import translation

from journal.models import Entry
from journal.queries import feed, newest
from journal.screens import SCREENS, Panes

logger = logging.getLogger(__name__)

LISTEN = "LISTEN journal"
LOOK = 1.0  # seconds: a notice may be lost
PAUSE = 0.15  # at least between two renderings: what is committed meanwhile goes into the next
CONNECT = 5.0  # seconds in which Postgres must take the listening connection; a frozen one never answers
BEAT = 10.0
BATCH = 500
LIFE = 300.0  # a stream ends then, and the browser's next one shows again who asks: log-out ends it, too

T = TypeVar("T")


@dataclass(frozen=True)
class Channel:
    """What a page watches: a screen, which one of its kind, and in which language; empty for the site's."""

    screen: str
    key: str = ""
    language: str = ""


@dataclass(frozen=True, eq=False)
class News:
    """Panes as they are at a position of the journal. One object for all who are sent it, so encoded once for all."""

    panes: Panes
    position: int
    _later: "dict[News, News]" = field(default_factory=dict, repr=False)

    def then(self, later: "News") -> "News":
        """Both, as one. Streams that fall behind do so together: what they missed is joined and encoded once, too."""
        if later not in self._later:
            self._later[later] = News({**self.panes, **later.panes}, later.position)
        return self._later[later]

    @cached_property
    def event(self) -> bytes:
        """One server-sent event. JSON has no line break in it, which would end the event's data."""
        return f"id: {self.position}\nevent: panes\ndata: {json.dumps(self.panes)}\n\n".encode()


@dataclass(eq=False)
class Stream:
    """One open page. Holds at most the newest of each pane, whatever happens while its reader is slow."""

    channels: frozenset[Channel]
    waiting: News | None = None
    position: int = 0
    over: bool = False
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, news: News) -> None:
        self.waiting = self.waiting.then(news) if self.waiting else news
        self.position = news.position
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        self.over = True
        self._woken.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """In the form of server-sent events; a comment when it was woken for nothing.

        What each event costs here it costs a thousand times: so one timer stands for the whole of a stream's life, and
        no other generator around this one.
        """
        ending = asyncio.get_running_loop().call_later(LIFE, self.end)
        try:
            yield b"retry: 1000\n\n"
            while not self.over:
                await self._woken.wait()
                self._woken.clear()
                if self.waiting:
                    news, self.waiting = self.waiting, None
                    yield news.event
                elif not self.over:
                    yield b": still here\n\n"
        finally:
            ending.cancel()


class Hub:
    """Keeps every stream at the state of the tables. All of it runs on one event loop; the ORM in one thread."""

    def __init__(self) -> None:
        self.position = 0
        self.renderings = 0
        # Weak: a stream ends with its reader, even one who left before the first message.
        self._streams: weakref.WeakSet[Stream] = weakref.WeakSet()
        self._shown: dict[Channel, News] = {}
        # Held from reading to handing out: a newcomer gets either the state before a change and the change, or that
        # after it.
        self._lock = asyncio.Lock()
        # One thread, so that two renderings never overtake each other; its connection is the hub's alone.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._last = self._beaten = 0.0
        self._rest = PAUSE
        self._task: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        for stream in self._streams:
            stream.end()
        await self.do(lambda: connection.close())  # in the thread: each has its own
        self._thread.shutdown()

    async def join(self, channels: Iterable[Channel]) -> Stream:
        """A stream that holds all panes of these channels, and from here on every change of them.

        The first one starts the hub, where the journal ends now. Raises DatabaseError when Postgres is away.
        """
        stream = Stream(frozenset(channels))
        async with self._lock:
            if self._task is None:
                self.position = await self.do(newest)
                # Kept: the loop itself holds no reference to its tasks.
                self._task = asyncio.create_task(self._run(), name="live hub")
            for channel in stream.channels:
                if channel not in self._shown:
                    self._shown[channel] = News(await self.do(partial(self._render, channel)), self.position)
                stream.put(self._shown[channel])
            self._streams.add(stream)
        return stream

    @property
    def watched(self) -> int:
        return len(self._streams)

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(CONNECT):
                    listening = await psycopg.AsyncConnection.connect(autocommit=True, **_address())
                    await listening.execute(LISTEN)
                async with listening:
                    while True:
                        await self._look()
                        async for _ in listening.notifies(timeout=LOOK, stop_after=1):
                            pass
            except (psycopg.Error, DatabaseError, OSError) as error:
                # Postgres is away. No stream hears anything, so that each page says by itself that it is not live.
                logger.warning("cannot look, trying again", extra={"error": type(error).__name__})
                await asyncio.sleep(LOOK)
            except Exception:
                logger.exception("the hub stumbled")
                await asyncio.sleep(LOOK)

    async def _look(self) -> None:
        """Read on, render what changed, hand it out."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._last + self._rest - clock()))
        async with self._lock:
            entries = await self.do(lambda: list(feed(after=self.position).defer("payload")[:BATCH]))
            beat = clock() - self._beaten >= BEAT
            watchers = self._watchers()
            position = (entries[-1].position if entries else None) or self.position
            changed: dict[Channel, News | None] = {}
            due = [each for each in watchers if entries or beat or SCREENS[each.screen].restless]
            if due:
                begun = clock()
                changed = await self.do(lambda: self._changes(due, entries, beat, position))
                self._last = clock()
                # Half of the time at most goes into rendering: streams are served, and others on this machine.
                self._rest = max(PAUSE, self._last - begun)
            self.position = position
            for channel, news in changed.items():
                for stream in watchers[channel]:
                    stream.end() if news is None else stream.put(news)
            if beat:
                self._beaten = clock()
                # Those for whom there was nothing: what is silent for long is cut by whatever is on the way.
                for stream in self._streams:
                    stream.wake()
        if len(entries) == BATCH:
            await self._look()

    def _watchers(self) -> dict[Channel, list[Stream]]:
        """The streams by what they watch; what nobody watches any more is forgotten."""
        watchers: dict[Channel, list[Stream]] = defaultdict(list)
        for stream in self._streams:
            for channel in stream.channels:
                watchers[channel].append(stream)
        self._shown = {channel: news for channel, news in self._shown.items() if channel in watchers}
        return watchers

    def _changes(
        self, channels: Sequence[Channel], entries: Sequence[Entry], beat: bool, position: int
    ) -> dict[Channel, News | None]:
        """For each channel the panes that are not as they were last sent; None where they cannot be rendered: a page
        that is not kept up must not look live."""
        changed: dict[Channel, News | None] = {}
        shown = dict(self._shown)  # taken over at the end only: what Postgres cut short was sent to nobody
        for channel in channels:
            try:
                screen = SCREENS[channel.screen]
                if not (beat or screen.restless or screen.concerns(channel.key, entries)):
                    continue
                now, before = self._render(channel), shown.get(channel)
            except DatabaseError:
                raise  # nothing can be rendered now
            except Exception:
                logger.exception("a screen failed", extra={"screen": channel.screen})
                changed[channel] = None
                shown.pop(channel, None)
                continue
            last = before.panes if before else {}
            if different := {name: html for name, html in now.items() if last.get(name) != html}:
                changed[channel] = News(different, position)
            shown[channel] = News(now, position)
        self._shown = shown
        return changed

    def _render(self, channel: Channel) -> dict[str, str]:
        self.renderings += 1
        with translation.override(channel.language or settings.LANGUAGE_CODE):
            return dict(SCREENS[channel.screen].render(channel.key, datetime.now(UTC)))

    async def do(self, work: Callable[[], T]) -> T:
        """Run `work` in the hub's one thread, after what is being done there."""

        def run() -> T:
            close_old_connections()  # those that a restarted Postgres has dropped
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _address() -> dict[str, Any]:
    """Where Django's database is, without what is for Django's own kind of connection."""
    told = connection.get_connection_params()
    return {name: value for name, value in told.items() if name not in ("cursor_factory", "context", "autocommit")}


HUB = Hub()  # of this process


async def watch(channels: Iterable[Channel]) -> AsyncIterator[bytes]:
    """The events for one page. Raises DatabaseError, before the first of them, when Postgres is away."""
    return (await HUB.join(channels)).messages()
