"""The addresses of the live process: who gets in, and what arrives there."""

import asyncio
import gc
import re
import threading
from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from accounts.access import May, allows
from accounts.roles import Role
from dispatch import assignments
from due.queries import last_heard
from tests.accounts.test_access import walk
from tests.live.listening import Reader, hub, in_thread, run

pytestmark = pytest.mark.django_db(transaction=True)

STREAMS = {
    "/live/console/": May.WATCH,
    "/live/duress/": May.WATCH,
    "/live/positions/": May.OVERSEE,
    "/live/field/": May.RESPOND,
}
OPEN = {"/live/healthz": May.ENTER}


def cookie_of(browser: Client) -> str:
    return f"sessionid={browser.cookies['sessionid'].value}"


def test_every_address_names_its_entry():
    found = {path: view.access for path, view in walk(get_resolver("config.live_urls").url_patterns)}
    assert found == STREAMS | OPEN


def test_pages_are_not_served_here_nor_streams_there(client, monkeypatch):
    assert client.get("/live/console/").status_code == 404

    async def test() -> None:
        async with hub(monkeypatch):
            assert (await Reader("/").open()).status == 404
            assert (await Reader("/live/healthz").open()).status == 200

    run(test)


@pytest.mark.parametrize("role", list(Role))
def test_a_person_passes_where_the_table_says_so(role, person, signed_in, program, monkeypatch):
    user = person("cleo", role)
    cookie = cookie_of(signed_in(user))

    async def test() -> None:
        async with hub(monkeypatch) as here:
            for path, may in STREAMS.items():
                reader = await Reader(path, cookie=cookie, origin=settings.ORIGIN).open()
                assert reader.status == (200 if allows(user, may) else 403), path
                assert reader.headers["access-control-allow-origin"] == settings.ORIGIN
                assert reader.headers["access-control-allow-credentials"] == "true"
                await reader.close()
            # Who leaves is forgotten, once the loop has closed what they read from.
            async with asyncio.timeout(5):
                while here.watched:
                    gc.collect()
                    await asyncio.sleep(0)

    run(test)


def test_strangers_other_origins_and_other_methods_are_refused(signed_in, dan, program, monkeypatch):
    cookie = cookie_of(signed_in(dan))

    async def test() -> None:
        async with hub(monkeypatch):
            for path in STREAMS:
                assert (await Reader(path).open()).status == 401
                assert (await Reader(path, cookie="sessionid=made-up").open()).status == 401
                other = await Reader(path, cookie=cookie, origin="https://evil.example").open()
                assert other.status == 403
                assert "access-control-allow-origin" not in other.headers
                assert (await Reader(path, cookie=cookie, method="POST").open()).status == 405
            for number, status in (("abc", 400), ("²", 400), ("9" * 30, 400), ("999999", 404)):
                reader = await Reader(f"/live/console/?incident={number}", cookie=cookie).open()
                assert reader.status == status, number

    run(test)


def test_the_process_is_heard_from_while_its_hub_can_work(db, monkeypatch):
    """By the very thread that renders: one that is stuck falls silent, however well the process answers."""
    from config import asgi

    monkeypatch.setattr(asgi, "HEARTBEAT", 0.05)
    said: list[str] = []

    async def test() -> None:
        async with hub(monkeypatch) as here:
            ended = asyncio.Event()
            orders = [asyncio.Event(), ended]
            orders[0].set()

            async def receive() -> dict[str, str]:
                await (order := orders.pop(0)).wait()
                return {"type": "lifespan.shutdown" if order is ended else "lifespan.startup"}

            async def send(message: dict[str, str]) -> None:
                said.append(message["type"])

            def last() -> datetime | None:
                return last_heard("live")

            process = asyncio.create_task(asgi.application({"type": "lifespan"}, receive, send))
            while await in_thread(last)() is None:
                await asyncio.sleep(0.01)
            stuck, free = threading.Event(), threading.Event()

            def hang() -> None:
                stuck.set()
                free.wait(10)

            hanging = asyncio.create_task(here.do(hang))
            await in_thread(stuck.wait)(10)
            silent_since = await in_thread(last)()
            await asyncio.sleep(0.3)
            assert await in_thread(last)() == silent_since
            free.set()
            await hanging
            while await in_thread(last)() == silent_since:
                await asyncio.sleep(0.01)
            ended.set()
            await process

    run(test)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_the_console_hears_what_the_tables_say(signed_in, dan, incident, psr1, clock, monkeypatch):
    cookie, at = cookie_of(signed_in(dan)), clock.now

    async def test() -> None:
        async with hub(monkeypatch):
            path = f"/live/console/?incident={incident.number}"
            board = await Reader("/live/console/", cookie=cookie).open()
            focused = await Reader(path, cookie=cookie).open()
            row = f"queue/{incident.number}"
            assert "no team yet" in await board.pane(row)
            assert "Offer" in await focused.pane("focus")
            await in_thread(assignments.offer)(incident=incident, unit=psr1, by=dan, at=at)
            assert "PSR1: asked, no answer yet" in await board.pane(row)
            told = await focused.pane("focus")
            assert "PSR1 was asked" in told
            for reader in (board, focused):
                await reader.close()

    run(test)


def test_a_change_of_one_incident_sends_no_other_row(signed_in, dan, take, incident, psr1, clock, monkeypatch):
    cookie, at = cookie_of(signed_in(dan)), clock.now
    [_, other] = take()

    async def test() -> None:
        async with hub(monkeypatch):
            board = await Reader("/live/console/", cookie=cookie).open()
            first = await board.panes("queue")
            assert f'data-rows="{incident.number} {other.number}"' in first["queue"]
            assert {f"queue/{incident.number}", f"queue/{other.number}"} <= first.keys()
            assert " data-age></time>" in first[f"queue/{other.number}"], "its age grows on the page, not here"
            await in_thread(assignments.offer)(incident=incident, unit=psr1, by=dan, at=at)
            then = await board.panes(f"queue/{incident.number}")
            assert f"queue/{other.number}" not in then
            assert "queue" not in then, "it waits where it stood"
            await board.close()

    run(test)


def test_what_is_shared_holds_no_token_no_reader_and_no_callers_words(signed_in, dan, take, psr1, monkeypatch):
    _, incident = take(narrative="She sits by the fountain", caller_name="Ada Byron")
    cookie = cookie_of(signed_in(dan))
    page = signed_in(dan).get(f"/incidents/{incident.number}/").content.decode()
    assert "Ada Byron" in page
    assert re.search(r'data-live="[^"]*/live/console/\?incident=\d+"', page)

    async def test() -> None:
        async with hub(monkeypatch):
            reader = await Reader(f"/live/console/?incident={incident.number}", cookie=cookie).open()
            focus = await reader.pane("focus")
            assert 'method="post"' in focus
            assert "Send" in focus, "the forms of a dispatcher"
            for personal in ("csrfmiddlewaretoken", "fountain", "Ada Byron", dan.name):
                assert not re.search(rf"\b{personal}\b", focus)  # "Danger" is not Dan
            await reader.close()

    run(test)


def test_a_phone_is_told_to_look_again_and_nothing_else(signed_in, dan, rosa, incident, psr1, clock, monkeypatch):
    cookie, at = cookie_of(signed_in(rosa)), clock.now
    assert 'id="team-version"' in signed_in(rosa).get("/field/").content.decode()

    async def test() -> None:
        async with hub(monkeypatch):
            phone = await Reader("/live/field/", cookie=cookie).open()
            idle = await phone.pane("team-version")
            await in_thread(assignments.offer)(incident=incident, unit=psr1, by=dan, at=at)
            asked = await phone.pane("team-version")
            assert asked != idle
            assert "Courthouse" not in asked
            await phone.close()

    run(test)
