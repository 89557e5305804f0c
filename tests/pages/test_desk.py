"""What a person sets for themselves: the filter of their queue, and what sounds."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from dispatch import queries
from dispatch.models import Desk, Incident
from dispatch.queries import Climb
from tests.conftest import CALM, Clock
from triage.models import Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in: Callable[[User], Client], dan: User) -> Client:
    return signed_in(dan)


def row(page: str, incident: Incident) -> str:
    """The item of the queue that holds it."""
    [item] = [each for each in page.split("<li") if f'id="incident-row-{incident.id}"' in each]
    return item


def show(browser: Client, path: str = "/") -> str:
    return browser.get(path).content.decode()


def test_a_filter_hides_what_is_elsewhere_and_says_how_much(
    browser: Client, take: Callable, exercise_program: Program
) -> None:
    calm = [take()[1] for _ in range(2)]
    answer = browser.post("/desk/filter/", {"programs": [exercise_program.slug]}, follow=True)
    page = answer.content.decode()
    assert all(" hidden>" in row(page, each) for each in calm)
    assert "Only Portland (exercise): <strong>2 hidden</strong>" in page
    off = show(browser, "/?all")
    assert all(" hidden>" not in row(off, each) for each in calm)
    assert "Your filter is off on this page." in off
    # The one that is looked at stands in the queue.
    assert " hidden>" not in row(show(browser, f"/incidents/{calm[0].number}/"), calm[0])
    browser.post("/desk/filter/", {})
    assert " hidden>" not in row(show(browser), calm[0])


def test_an_area_filters_too(browser: Client, take: Callable, program: Program) -> None:
    here = take()[1]
    nowhere = take(latitude=None, longitude=None)[1]
    browser.post("/desk/filter/", {"areas": ["outside"]})
    page = show(browser)
    assert " hidden>" in row(page, here)
    assert " hidden>" not in row(page, nowhere), "what has no place yet is everybody's"


def test_no_filter_hides_what_needs_somebody(
    browser: Client, take: Callable, exercise_program: Program, clock: Clock
) -> None:
    urgent = take({**CALM, "weapon": "seen"})[1]
    late, calm = take()[1], take()[1]
    Incident.objects.filter(pk=late.pk).update(overdue_at=clock.now)
    browser.post("/desk/filter/", {"programs": [exercise_program.slug]})
    page = show(browser)
    for each in (urgent, late):
        assert " hidden>" not in row(page, each)
        assert "outside your filter" in row(page, each)
    assert " hidden>" in row(page, calm)


def test_what_nobody_has_and_what_threatens_a_team_is_everybodys(take: Callable) -> None:
    take()
    [calm] = queries.board()
    assert not calm.is_for_everybody
    unowned = replace(calm, ladder=Climb("calling", "", "", ""))
    assert unowned.needs_someone
    for each in (unowned, replace(calm, safety=(("PSR1", "duress"),)), replace(calm, safety=(("PSR1", "asked"),))):
        assert each.is_for_everybody
    assert not replace(calm, ladder=Climb("taken", "Dan", "", "")).is_for_everybody


def test_each_person_has_their_own(
    browser: Client, signed_in: Callable, sue: User, take: Callable, exercise_program: Program
) -> None:
    calm = take()[1]
    browser.post("/desk/filter/", {"programs": [exercise_program.slug]})
    assert " hidden>" not in row(show(signed_in(sue)), calm)


def test_what_is_not_known_is_refused_by_name_and_stays_ticked(browser: Client, program: Program, dan: User) -> None:
    answer = browser.post("/desk/filter/", {"programs": [program.slug, "gotham"], "areas": ["Batcave"]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no program gotham." in page
    assert "There is no area Batcave." in page
    assert f'value="{program.slug}" checked' in page
    answer = browser.post("/desk/sounds/", {"sounds": ["new"], "volume": "5"})
    assert answer.status_code == 422
    assert "A number from 10 to 100" in answer.content.decode()
    assert 'value="5"' in answer.content.decode()
    assert not Desk.objects.filter(person=dan).exists()


def test_sounds_are_kept_and_reach_the_console(browser: Client, dan: User, program: Program) -> None:
    assert 'data-sounds="overdue returned message"' in show(browser)
    browser.post("/desk/sounds/", {"sounds": ["new"], "volume": "70"})
    page = show(browser)
    assert 'data-sounds="new"' in page
    assert 'data-volume="70"' in page
    desk = Desk.objects.get(person=dan)
    desk.volume = 0
    with pytest.raises(IntegrityError, match="desk_is_to_be_heard"), transaction.atomic():
        desk.save()


def test_a_row_tells_what_is_due_next_and_since_when(browser: Client, incident: Incident, clock: Clock) -> None:
    told = row(show(browser), incident)
    assert f'data-since="{clock.now.isoformat()}"' in told
    assert "data-due=" in told
    assert "due <time" in told
