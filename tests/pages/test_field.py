"""The responder's phone: only ever their own team."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from dispatch import assignments, taking
from dispatch.models import Assignment, Incident
from journal.models import Entry
from journal.screens import SCREENS
from responders.models import Unit
from tests.conftest import CALM, Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered(take: Callable, psr1: Unit, psr2: Unit, dan: User, clock: Clock) -> Assignment:
    _, incident = take(narrative="He sits by the fountain.", subject_description="Grey coat")
    return assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)


@pytest.fixture
def phone(signed_in: Callable[[User], Client], rosa: User) -> Client:
    return signed_in(rosa)


def page_of(browser: Client) -> str:
    return browser.get("/field/").content.decode()


def post(browser: Client, name: str, assignment: Assignment, **told: str) -> int:
    return browser.post(reverse(f"field:{name}", args=[assignment.id]), told).status_code


def test_the_offer_says_where_what_why_and_until_when(phone: Client, offered: Assignment) -> None:
    page = page_of(phone)
    for told in (
        "Pioneer Courthouse Square",
        "Welfare check",
        "<strong>1 min away</strong>",
        "1 min away (estimated, 0.2 km)",
        "Answer by",
        "90 s left",
        "Accept",
        "Decline",
    ):
        assert told in page
    assert "He sits by the fountain." not in page, "a person's words only once the team has said yes"


def test_the_whole_way_on_the_phone(phone: Client, rosa: User, offered: Assignment) -> None:
    assert post(phone, "accept", offered) == 302
    page = page_of(phone)
    assert "He sits by the fountain." in page
    assert "Grey coat" in page
    assert "geo:45.5189,-122.6793?q=45.5189,-122.6793(Pioneer%20Courthouse%20Square)" in page
    assert Entry.objects.filter(kind="call.read", actor_id=rosa.id).exists()
    for status in ("en_route", "on_scene", "transporting", "at_destination"):
        assert post(phone, "status", offered, status=status) == 302
    assert post(phone, "clear", offered, disposition="transported") == 302
    assert "Nothing to do" in page_of(phone)
    assert Incident.objects.get().status == "closed"


def test_what_is_known_is_told_in_words_the_gravest_first(
    phone: Client, rosa: User, take: Callable, psr1: Unit, dan: User, clock: Clock
) -> None:
    _, incident = take({**CALM, "medical_need": "minor", "age": 71}, language="es-MX")
    assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    page = page_of(phone)
    told = ["Weapon", "Violence", "Suicide risk", "Medical need", "Intoxication", "Kind of place", "Age"]
    assert re.findall(r"<dt>(.+?)</dt>", page) == told
    assert "the caller speaks" in page
    assert "Spanish" in page


def test_off_shift_the_clock_is_that_of_the_city(
    signed_in: Callable[[User], Client], olga: User, psr1: Unit, clock: Clock
) -> None:
    browser = signed_in(olga)
    assert "12:00:00</time> PST" in " ".join(page_of(browser).split())
    # The stream that moves the page tells the same.
    assert "12:00:00</time> PST" in SCREENS["team"].render(str(olga.id), clock.now)["as-of"]


def test_decline_asks_the_next_team(phone: Client, offered: Assignment, psr2: Unit) -> None:
    assert post(phone, "decline", offered, reason="") == 422
    assert post(phone, "decline", offered, reason="safety", words="Alone tonight") == 302
    assert Assignment.objects.get(unit=psr2).status == "offered"


def test_a_late_answer_gets_a_sentence(phone: Client, offered: Assignment, clock: Clock) -> None:
    clock.advance(91)
    answer = phone.post(reverse("field:accept", args=[offered.id]))
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_scene_dispositions_need_the_scene(phone: Client, offered: Assignment) -> None:
    post(phone, "accept", offered)
    assert 'value="referred"' not in page_of(phone)
    assert post(phone, "clear", offered, disposition="referred") == 422


def test_a_decision_that_turned_away_is_said(phone: Client, tess: User, offered: Assignment, clock: Clock) -> None:
    post(phone, "accept", offered)
    call = offered.incident.links.get().call
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    assert "Changed: police take this" in page_of(phone)


def test_other_teams_are_not_found(
    signed_in: Callable[[User], Client], omar: User, olga: User, offered: Assignment
) -> None:
    for stranger in (omar, olga):
        for name in ("accept", "decline", "status", "clear"):
            assert post(signed_in(stranger), name, offered) == 404
        assert "Pioneer Courthouse Square" not in page_of(signed_in(stranger))


def test_off_shift_and_idle(
    signed_in: Callable[[User], Client], olga: User, phone: Client, psr1: Unit, dan: User
) -> None:
    assert "You are not on a shift now" in page_of(signed_in(olga))
    assert "Nothing to do" in page_of(phone)
    assert signed_in(dan).get("/field/").status_code == 403
