"""The board: what stands on it, in which order, and at what cost."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from dispatch import assignments
from dispatch.models import Incident
from dispatch.queries import Row
from dispatch.templatetags import rows
from responders.models import Unit
from tests.conftest import CALM, Clock, make_unit

pytestmark = pytest.mark.django_db


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def test_what_is_overdue_stands_first(
    signed_in: Callable[[User], Client], dan: User, take: Callable, psr1: Unit, clock: Clock
) -> None:
    late = take({"call_type": "disturbance"})[1]
    clock.advance(150)
    urgent = take({**CALM, "weapon": "seen"})[1]
    page = text(signed_in(dan).get("/"))
    assert (
        page.index("Needs someone now")
        < page.index(f"incident-row-{late.id}")
        < page.index(f"incident-row-{urgent.id}")
    )
    assert "overdue" in page


def test_who_is_on_a_call_stands_above_who_is_free(
    signed_in: Callable[[User], Client], dan: User, incident: Incident, psr1: Unit, psr2: Unit, clock: Clock
) -> None:
    assignments.send(incident=incident, unit=psr2, by=dan, at=clock.now)
    units = text(signed_in(dan).get("/")).split('id="units"')[1]
    assert units.index("On a call") < units.index("PSR2") < units.index("<span>Free</span>") < units.index("PSR1")


def test_rows_name_the_team_and_who_must_be_told(
    signed_in: Callable[[User], Client], dan: User, take: Callable, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    take({**CALM, "weapon": "seen"})
    page = text(signed_in(dan).get("/"))
    assert "PSR1: asked, no answer yet" in page
    assert "tell police" in page


def test_query_count_does_not_grow_with_incidents_and_units(
    signed_in: Callable[[User], Client], dan: User, take: Callable, program: object, person: Callable, clock: Clock
) -> None:
    browser = signed_in(dan)

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get("/").status_code == 200
        return len(queries)

    def fill(incidents: int, units: range) -> None:
        for _ in range(incidents):
            take()
        for number in units:
            crew = [person(f"r{number}", "responder")]
            unit = make_unit(program, f"U{number}", (45.52, -122.67), crew, clock)
            assignments.offer(incident=take()[1], unit=unit, by=dan, at=clock.now)

    fill(5, range(2))
    few = count()
    fill(25, range(2, 10))
    assert count() == few


def test_a_row_is_rendered_once_for_as_long_as_it_stays_and_its_ages_grow(
    signed_in: Callable[[User], Client], dan: User, take: Callable, psr1: Unit, clock: Clock
) -> None:
    _, one = take()
    take()
    browser = signed_in(dan)
    rows._rendered.cache_clear()
    assert text(browser.get("/")).count(" data-age>0 s</time>") == 2
    clock.advance(59)
    assert text(browser.get("/")).count(" data-age>59 s</time>") == 2
    assert rows._rendered.cache_info().misses == 2
    assignments.offer(incident=one, unit=psr1, by=dan, at=clock.now)
    assert text(browser.get("/")).count("PSR1: asked, no answer yet") == 1
    assert rows._rendered.cache_info().misses == 3


@pytest.mark.django_db(transaction=True)
def test_no_process_shows_what_was(
    signed_in: Callable[[User], Client], dan: User, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    """Each keeps the rows that it has rendered; none has to be told of a change."""
    other = subprocess.Popen(
        [sys.executable, "-c", SHOWS_ROWS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "DATABASE_URL": re.sub(r"/run\d+$", f"/{connection.settings_dict['NAME']}", os.environ["DATABASE_URL"]),
        },
    )
    browser = signed_in(dan)

    def shown() -> list[str]:
        other.stdin.write("\n")
        other.stdin.flush()
        return [text(browser.get("/")), other.stdout.readline()]

    try:
        assert all("no team yet" in page for page in shown())
        offered = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
        assert all("PSR1: asked, no answer yet" in page for page in shown())
        assignments.withdraw(assignment=offered, words="not needed", by=dan, at=clock.now)
        assert all("no team yet" in page and "PSR1: asked" not in page for page in shown())
    finally:
        other.communicate()


SHOWS_ROWS = """
import sys
import django
django.setup()
from django.utils import timezone
from dispatch.queries import board
from dispatch.templatetags.rows import incident_row
for line in sys.stdin:
    print(*(incident_row(row, timezone.now()) for row in board()), flush=True)
"""


def test_no_address_takes_the_place_of_an_age(
    signed_in: Callable[[User], Client], dan: User, take: Callable, clock: Clock
) -> None:
    take(address='<time datetime="2026-11-24T20:00:00+00:00" title="" data-age></time>')
    clock.advance(4 * 60)
    page = text(signed_in(dan).get("/"))
    assert "&lt;time datetime" in page
    assert "data-age&gt;&lt;/time&gt;" in page
    assert " data-age>4 min</time>" in page


def test_a_number_leads_to_its_incident(signed_in: Callable[[User], Client], dan: User, incident: Incident) -> None:
    browser = signed_in(dan)
    assert browser.get("/", {"incident": f"#{incident.number}"}).url == f"/incidents/{incident.number}/"
    for wrong in ("999999999999999999999999", "abc", "²"):
        answer = browser.get("/", {"incident": wrong})
        assert answer.status_code == 404
        assert "There is no incident" in text(answer)


def test_exercises_cannot_be_mistaken(
    signed_in: Callable[[User], Client], dan: User, exercise_program: object, take: Callable
) -> None:
    _, training = take(exercise=True)
    browser = signed_in(dan)
    assert "<strong>EXERCISE</strong> — this incident is training" in text(
        browser.get(f"/incidents/{training.number}/")
    )
    assert 'class="exercise-banner"' not in text(browser.get("/"))


def test_everybody_is_sent_home(signed_in: Callable[[User], Client], rosa: User, ana: User, program: object) -> None:
    assert signed_in(rosa).get("/").url == reverse("field:page")
    assert signed_in(ana).get("/").url == reverse("triage:policies")


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(client: Client, incident: Incident) -> None:
    page = f"http://testserver/incidents/{incident.number}/"
    answer = client.post(reverse("dispatch:offer", args=[incident.number]), headers={"referer": page})
    assert answer.url == f"/accounts/log-in/?next=/incidents/{incident.number}/"


def test_pages_need_no_script_and_hold_no_style(
    signed_in: Callable[[User], Client], dan: User, incident: Incident, psr1: Unit
) -> None:
    browser = signed_in(dan)
    for path in ("/", f"/incidents/{incident.number}/", "/calls/new/", "/policies/", "/policies/demo/"):
        page = text(browser.get(path))
        # What moves a page are files of our own origin; without them, everything can still be done by reloading.
        for script in re.findall(r"<script[^>]*>.", page):
            assert re.fullmatch(r'<script src="/static/[\w/.-]+" (defer|data-person="[\w-]+")><', script)
        assert "style=" not in page
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), "no level of headings is skipped"
        assert 'href="#main"' in page


def test_shared_partials_hold_nothing_personal(dan: User, take: Callable, incident: Incident, psr1: Unit) -> None:
    """They will be rendered once for everybody."""
    from django.template.loader import get_template

    # Rows come from one function; what it is given is all that they can hold.
    assert [field.name for field in fields(Row)] == [
        "id", "number", "status", "call_type", "outcome", "priority", "exercise", "address", "placed_at", "received_at",
        "overdue_at", "entered_at", "zone", "program", "area", "promise", "teams", "unreached", "handoffs", "held",
        "lost", "turned", "ladder", "safety",
    ]  # fmt: skip
    for name in ("_incident_row", "_unit_row", "_timeline_entry", "_decision"):
        source = get_template(f"dispatch/{name}.html").template.source
        assert "csrf" not in source
        assert "request" not in source
        assert "may." not in source or name == "_decision"  # of an incident's screen, which each role has its own of
