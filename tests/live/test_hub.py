"""The hub on real LISTEN connections: no gap, nothing twice, one rendering for all, and no reader holds it up."""

import asyncio
import time
import uuid
from datetime import datetime

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import translation

from dispatch.entries import IncidentDisposed
from journal import live
from journal.live import Channel
from journal.models import Entry
from journal.recording import record
from journal.screens import SCREENS, Screen
from tests.conftest import TESTS
from tests.live.listening import heard, hub, in_thread, panes_of, run

pytestmark = pytest.mark.django_db(transaction=True)

TALLY = Channel("tally")


class Thing:
    def __init__(self) -> None:
        self.id = uuid.uuid4()


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A screen that shows how many entries there are; the list has what was rendered, one for each rendering."""
    rendered: list[int] = []

    def render(key: str, at: datetime) -> dict[str, str]:
        rendered.append(Entry.objects.count())
        return {"count": str(rendered[-1]), "still": "the same"}

    monkeypatch.setitem(SCREENS, "tally", Screen(render=render, concerns=lambda key, entries: bool(entries)))
    # Ten seconds are long for a test of what happens without beats.
    monkeypatch.setattr(live, "BEAT", 3600.0)
    return rendered


def commit() -> None:
    with transaction.atomic():
        record(IncidentDisposed(disposition="closed"), subject=Thing(), by=TESTS, at=datetime.now().astimezone())


def test_what_is_committed_is_heard_at_once_and_only_what_changed_is_sent(tally, monkeypatch):
    async def test() -> None:
        async with hub(monkeypatch) as here:
            stream = await here.join([TALLY])
            assert stream.waiting.panes == {"count": "0", "still": "the same"}
            await heard(stream, "count")
            await asyncio.sleep(0.3)  # the hub listens
            begun = asyncio.get_running_loop().time()
            await in_thread(commit)()
            assert await heard(stream, "count") == "1"
            assert asyncio.get_running_loop().time() - begun < 0.9, "by the notice, not by the look once a second"
            assert stream.waiting is None

    run(test)


def test_a_change_is_rendered_once_for_each_language_that_is_watched(tally, monkeypatch):
    rendered: list[str] = []

    def render(key: str, at: datetime) -> dict[str, str]:
        rendered.append(translation.get_language())
        return {"said": f"{translation.gettext('Password')} {Entry.objects.count()}"}

    monkeypatch.setitem(SCREENS, "said", Screen(render=render, concerns=lambda key, entries: bool(entries)))

    async def test() -> None:
        async with hub(monkeypatch) as here:
            streams = [await here.join([Channel("said", "", language)]) for language in ("en", "es", "es")]
            for stream, word in zip(streams, ("Password", "Contraseña", "Contraseña"), strict=True):
                assert await heard(stream, "said") == f"{word} 0"
            await in_thread(commit)()
            for stream, word in zip(streams, ("Password", "Contraseña", "Contraseña"), strict=True):
                assert await heard(stream, "said") == f"{word} 1"
            assert rendered.count("es") == rendered.count("en"), "two readers of Spanish share each rendering"

    run(test)


def test_without_the_notice_it_looks_by_itself(tally, monkeypatch):
    monkeypatch.setattr(live, "LISTEN", "LISTEN nobody_speaks_here")

    async def test() -> None:
        async with hub(monkeypatch) as here:
            stream = await here.join([TALLY])
            await heard(stream, "count")
            await in_thread(commit)()
            assert await heard(stream, "count") == "1"

    run(test)


def test_many_writers_and_those_who_come_meanwhile_end_at_the_last_state(tally, monkeypatch):
    async def test() -> None:
        async with hub(monkeypatch) as here:
            streams = [await here.join([TALLY])]
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(in_thread(lambda: [commit() for _ in range(120)])())
                while not writing.done():
                    streams.append(await here.join([TALLY]))
                    await asyncio.sleep(0.02)
            for stream in streams:
                seen: list[int] = []
                while seen[-1:] != [120]:
                    seen.append(int(await heard(stream, "count")))
                assert seen == sorted(set(seen)), "nothing twice, nothing backwards"
                assert stream.position == here.position

    run(test)


def test_fifty_streams_cost_one_rendering_for_each_change(tally, monkeypatch):
    async def test() -> None:
        async with hub(monkeypatch) as here:
            streams = [await here.join([TALLY]) for _ in range(50)]
            for stream in streams:
                await heard(stream, "count")
            await asyncio.sleep(1.2)  # its first look, which renders everything, is over
            for stream in streams:
                stream.waiting = None
            before = len(tally)
            await in_thread(commit)()
            assert {await heard(stream, "count") for stream in streams} == {"1"}
            assert len(tally) - before == 1

    run(test)


def test_after_a_long_rendering_the_hub_rests_as_long(tally, monkeypatch):
    quick = SCREENS["tally"]

    def slow(key: str, at: datetime) -> dict[str, str]:
        time.sleep(0.6)
        return dict(quick.render(key, at))

    monkeypatch.setitem(SCREENS, "tally", Screen(render=slow, concerns=quick.concerns))

    async def test() -> None:
        async with hub(monkeypatch) as here:
            stream = await here.join([TALLY])
            await heard(stream, "count")
            await in_thread(commit)()
            assert await heard(stream, "count") == "1"
            assert here._rest >= 0.6
            monkeypatch.setitem(SCREENS, "tally", quick)
            await in_thread(commit)()
            assert await heard(stream, "count") == "2"
            assert here._rest == live.PAUSE

    run(test)


def test_a_slow_reader_holds_the_newest_of_each_pane_and_no_more(tally, monkeypatch):
    monkeypatch.setattr(live, "PAUSE", 0.0)

    async def test() -> None:
        async with hub(monkeypatch) as here:
            slow, quick = await here.join([TALLY]), await here.join([TALLY])
            for number in range(1, 21):
                await in_thread(commit)()
                while await heard(quick, "count") != str(number):
                    pass
                assert set(slow.waiting.panes) == {"count", "still"}
            assert await heard(slow, "count") == "20"

    run(test)


def test_a_connection_that_is_killed_is_opened_again_and_nothing_is_missed(tally, monkeypatch):
    def kill_listeners() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return cursor.fetchone()[0]

    async def test() -> None:
        async with hub(monkeypatch) as here:
            stream = await here.join([TALLY])
            await heard(stream, "count")
            await asyncio.sleep(0.5)
            assert await in_thread(kill_listeners)() >= 2  # the listener and the thread that renders
            await in_thread(commit)()
            assert await heard(stream, "count") == "1"

    run(test)


def test_a_screen_that_fails_ends_its_streams_and_no_others(tally, monkeypatch):
    def fail(key: str, at: datetime) -> dict[str, str]:
        if Entry.objects.exists():
            raise ZeroDivisionError
        return {"fine": "yet"}

    monkeypatch.setitem(SCREENS, "broken", Screen(render=fail, concerns=lambda key, entries: True))

    async def test() -> None:
        async with hub(monkeypatch) as here:
            broken, well = await here.join([Channel("broken")]), await here.join([TALLY])
            await heard(well, "count")
            await in_thread(commit)()
            assert await heard(well, "count") == "1"
            assert broken.over
            with pytest.raises(ZeroDivisionError):
                await here.join([Channel("broken")])

    run(test)


def test_what_was_rendered_before_postgres_went_away_is_sent_when_it_is_back(tally, monkeypatch):
    rendered: list[str] = []

    def render(key: str, at: datetime) -> dict[str, str]:
        if Entry.objects.exists():
            rendered.append(key)
            if len(rendered) == 2:  # whichever comes first, the other one meets the outage
                raise OperationalError
        return {key: str(Entry.objects.count())}

    monkeypatch.setitem(SCREENS, "pair", Screen(render=render, concerns=lambda key, entries: True))

    async def test() -> None:
        async with hub(monkeypatch) as here:
            one, other = await here.join([Channel("pair", "one")]), await here.join([Channel("pair", "other")])
            assert (await heard(one, "one"), await heard(other, "other")) == ("0", "0")
            await in_thread(commit)()
            assert (await heard(one, "one"), await heard(other, "other")) == ("1", "1")

    run(test)


def test_a_beat_renders_again_and_an_idle_stream_still_speaks(tally, monkeypatch):
    monkeypatch.setattr(live, "BEAT", 0.3)

    async def test() -> None:
        async with hub(monkeypatch) as here:
            stream = await here.join([TALLY])
            messages = stream.messages()
            assert await anext(messages) == b"retry: 1000\n\n"
            assert set(panes_of(await anext(messages))) == {"count", "still"}
            assert await anext(messages) == b": still here\n\n"
            await asyncio.sleep(2)
            assert len(tally) >= 3

    run(test)


def test_a_stream_ends_in_time_so_that_its_reader_shows_again_who_they_are(tally, monkeypatch):
    monkeypatch.setattr(live, "LIFE", 0.5)
    monkeypatch.setattr(live, "BEAT", 0.2)

    async def test() -> None:
        async with hub(monkeypatch) as here:
            stream = await here.join([TALLY])
            async with asyncio.timeout(3):
                assert [message async for message in stream.messages()]

    run(test)
