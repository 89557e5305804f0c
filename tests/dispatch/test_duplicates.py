"""Possible duplicates at intake and beside an incident: shown with reasons, joined by a person, never by guess."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calls.models import Call
from dispatch import ending
from dispatch.duplicates import possible, sight_of
from dispatch.models import Incident
from tests.conftest import SQUARE, Clock
from triage.models import Program

pytestmark = pytest.mark.django_db

NEAR = {"location.latitude": "45.5170", "location.longitude": "-122.6793"}  # 211 m south of the square
TYPED = {"call_type": "welfare_check", "location.address": "SW Main", **NEAR}


@pytest.fixture
def red_jacket(take: Callable[..., tuple[Call, Incident]], clock: Clock) -> Incident:
    """A man in a red jacket at the square, six minutes ago."""
    incident = take({"call_type": "welfare_check"}, narrative="A man in a red jacket shouts at cars.")[1]
    clock.advance(360)
    return incident


@pytest.fixture
def weigh(signed_in: Callable[[User], Client], tess: User) -> Callable[..., Any]:
    browser = signed_in(tess)

    def weigh(**told: str) -> Any:
        return browser.post("/calls/weigh/", {**TYPED, **told}, headers={"HX-Request": "true"})

    return weigh


def same(answer: Any) -> list[tuple[int, str]]:
    return [(each.number, each.likeness.text) for each in answer.context["weighed"].same]


def test_what_may_be_the_same_is_shown_with_its_reasons(weigh: Callable, red_jacket: Incident) -> None:
    answer = weigh(narrative="Somebody with a red jacket in the road")
    assert same(answer) == [(red_jacket.number, "210 m, 6 min ago, same type, “red jacket”")]
    html = answer.content.decode()
    assert f"Add to {red_jacket.number}" in html
    assert 'data-key="a"' in html


def test_added_by_one_key_it_joins_and_is_asked_no_more(
    weigh: Callable, red_jacket: Incident, signed_in: Callable, tess: User
) -> None:
    number = str(red_jacket.number)
    answer = weigh(incident=number)
    assert same(answer) == []
    assert f"Together with what incident {number} knows already" in answer.content.decode()
    signed_in(tess).post("/calls/new/", {**TYPED, "incident": number})
    assert red_jacket.links.count() == 2


def test_nothing_is_joined_by_guess(red_jacket: Incident, signed_in: Callable, tess: User) -> None:
    signed_in(tess).post("/calls/new/", {**TYPED, "narrative": "A man in a red jacket shouts at cars."})
    assert Incident.objects.count() == 2
    assert red_jacket.links.count() == 1


def test_not_the_same_is_remembered_with_the_draft(
    weigh: Callable, red_jacket: Incident, signed_in: Callable, tess: User
) -> None:
    assert same(weigh(not_same=f"|{red_jacket.number}")) == []
    key = "22222222-2222-4222-8222-222222222222"
    told = {**TYPED, "key": key, "not_same": f"|{red_jacket.number}", "count": "1", "base": "0", "page": "one"}
    signed_in(tess).post(f"/calls/drafts/{key}/save/", told)
    page = signed_in(tess).get(f"/calls/new/?draft={key}")
    assert same(page) == []
    assert f'value="|{red_jacket.number}"' in page.content.decode()


def test_real_calls_and_exercises_never_meet(weigh: Callable, red_jacket: Incident, exercise_program: Program) -> None:
    assert same(weigh(exercise="yes")) == []


def test_what_has_ended_is_history(weigh: Callable, red_jacket: Incident, tess: User, clock: Clock) -> None:
    ending.cancel(incident=red_jacket, reason="over", by=tess, at=clock.now)
    assert same(weigh()) == []


def test_without_a_position_the_address_is_compared(weigh: Callable, take: Callable) -> None:
    at_lents = take(address="Lents  Park", latitude=None, longitude=None)[1]
    told = {"location.latitude": "", "location.longitude": "", "call_type": "fire"}
    assert same(weigh(**told, **{"location.address": "lents park"})) == [
        (at_lents.number, "same address, within a minute")
    ]
    assert same(weigh(**told, **{"location.address": "Mount Tabor"})) == []


def test_five_at_most_the_likeliest_first(weigh: Callable, take: Callable) -> None:
    for far in range(7):
        take({"call_type": "welfare_check"}, latitude=SQUARE["latitude"] - far / 5_000)
    shown = weigh().context["weighed"].same
    assert len(shown) == 5
    weights = [each.likeness.weight for each in shown]
    assert weights == sorted(weights, reverse=True)


def test_it_is_one_query_whatever_is_open(take: Callable, clock: Clock, django_assert_num_queries: Callable) -> None:
    call, _ = take()
    for _ in range(4):
        take()
    with django_assert_num_queries(1):
        found = possible([sight_of(call)], exercise=False)
    assert len(found) == 5


def test_a_call_that_came_by_another_way_names_them_on_its_page(
    red_jacket: Incident, take: Callable, tess: User, dan: User, signed_in: Callable, rosa: User
) -> None:
    _, again = take({"call_type": "welfare_check"}, source="CAD", narrative="Red jacket, shouting")
    html = signed_in(dan).get(f"/incidents/{again.number}/").content.decode()
    assert "Possibly the same" in html
    assert "same place, 6 min apart, same type, “red jacket”" in html
    assert f"/incidents/{again.number}/compare/?with={red_jacket.number}" in html


def test_an_incident_is_not_compared_with_itself(incident: Incident, dan: User, signed_in: Callable) -> None:
    page = signed_in(dan).get(f"/incidents/{incident.number}/")
    assert page.context["same"] == []
    assert "Possibly the same" not in page.content.decode()
