"""What was before at a place and from a number: cautions first, never mixed with exercises, and each look recorded."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from calls import cautions
from calls.models import Call
from dispatch import ending
from dispatch.history import address_key, around, history, of_address, of_number
from dispatch.models import Incident
from journal.models import Entry
from tests.conftest import SQUARE, Clock
from triage.models import Program

pytestmark = pytest.mark.django_db

KEY = "33333333-3333-4333-8333-333333333333"
HERE = {"location.latitude": "45.5189", "location.longitude": "-122.6793", "key": KEY}


@pytest.fixture
def ask(signed_in: Callable[[User], Client], tess: User) -> Callable[..., Any]:
    def ask(**told: str) -> Any:
        return signed_in(tess).post("/calls/history/", told, headers={"HX-Request": "true"})

    return ask


def found(answer: Any) -> tuple[list[int], list[int]]:
    history = answer.context["history"]
    return [each.incident.number for each in history.at_place], [each.incident.number for each in history.from_number]


def test_the_place_within_fifty_metres_or_under_the_same_name(ask: Callable, take: Callable, clock: Clock) -> None:
    here = take(latitude=SQUARE["latitude"] + 0.0004)[1]  # 44 m
    take(latitude=SQUARE["latitude"] + 0.0005, address="Elsewhere")  # 56 m
    named = take(address="pioneer  Courthouse square", latitude=None, longitude=None)[1]
    clock.advance(60)
    at_place, from_number = found(ask(**HERE, **{"location.address": "Pioneer Courthouse Square"}))
    assert set(at_place) == {here.number, named.number}
    assert from_number == []


def test_a_number_is_its_digits(ask: Callable, take: Callable) -> None:
    rang = take(caller_phone="(503) 555-0142")[1]
    take(caller_phone="503-555-0143")
    assert found(ask(key=KEY, **{"caller.phone": "503 555 0142"})) == ([], [rang.number])
    assert found(ask(key=KEY, **{"caller.phone": "555"})) == ([], []), "so few digits are nobody's number"


def test_it_says_what_came_of_it_and_cautions_stand_first(
    ask: Callable, take: Callable, clock: Clock, tess: User, sue: User
) -> None:
    incident = take()[1]
    ending.cancel(incident=incident, reason="over", by=tess, at=clock.now)
    later = clock.now + timedelta(days=30)
    told = {"hazard": "animal", "severity": "danger", "words": "A dog behind the gate", "source": "PSR1"}
    place = {"latitude": SQUARE["latitude"], "longitude": SQUARE["longitude"], "metres": 50}
    cautions.add(**told, **place, expires_at=later, review_at=later, by=sue, at=clock.now)
    html = " ".join(ask(**HERE).content.decode().split())
    assert html.index("A dog behind the gate") < html.index("At this place, the last 90 days")
    assert f">{incident.number}</a>" in html
    assert "community team — cancelled, Pioneer Courthouse Square" in html


def test_ninety_days_and_no_exercise_among_real_calls(
    ask: Callable, take: Callable, clock: Clock, exercise_program: Program
) -> None:
    take()
    clock.advance(91 * 24 * 3600)
    assert found(ask(**HERE)) == ([], [])
    real = take()[1]
    training = take(exercise=True)[1]
    assert found(ask(**HERE)) == ([real.number], [])
    assert found(ask(**HERE, exercise="yes")) == ([training.number], [])


def test_an_incident_leaves_itself_out(take: Callable, dan: User, signed_in: Callable, clock: Clock) -> None:
    before = take(caller_phone="503 555 0142")[1]
    clock.advance(3600)
    now = take(caller_phone="503 555 0142")[1]
    page = signed_in(dan).get(f"/incidents/{now.number}/history/")
    assert found(page) == ([before.number], [before.number])
    assert f"/incidents/{now.number}/history/" in signed_in(dan).get(f"/incidents/{now.number}/").content.decode()


def test_each_look_is_in_the_audit_and_never_what_was_asked(
    ask: Callable, tess: User, incident: Incident, dan: User, signed_in: Callable
) -> None:
    ask(**HERE, **{"caller.phone": "503 555 0142"})
    signed_in(dan).get(f"/incidents/{incident.number}/history/")
    ask(key=KEY)  # nothing is looked up
    entries = Entry.objects.filter(kind="history.read").order_by("id")
    assert [(each.actor_name, str(each.subject_id), each.audience, each.payload) for each in entries] == [
        ("Tess", KEY, "audit", {"of": ["place", "number"]}),
        ("Dan", str(incident.id), "audit", {"of": ["place"]}),
    ]


def test_without_scripts_it_is_a_page(signed_in: Callable, tess: User, program: Program) -> None:
    page = signed_in(tess).post("/calls/history/", HERE).content.decode()
    assert "<h1>What was before</h1>" in page


def test_responders_and_analysts_see_none(signed_in: Callable, rosa: User, ana: User, incident: Incident) -> None:
    for user in (rosa, ana):
        assert signed_in(user).post("/calls/history/", HERE).status_code == 403
        assert signed_in(user).get(f"/incidents/{incident.number}/history/").status_code == 403


def test_it_costs_three_queries_however_much_there_was(
    take: Callable, clock: Clock, django_assert_num_queries: Callable
) -> None:
    for _ in range(5):
        call, _ = take(caller_phone="503 555 0142")
    with django_assert_num_queries(3):
        told = history(call, at=clock.now)
    assert (len(told.at_place), len(told.from_number)) == (5, 5)


def test_each_look_goes_by_its_index_among_a_hundred_thousand_calls(take: Callable, clock: Clock) -> None:
    call, _ = take(caller_phone="503 555 0142")
    columns = [field.column for field in Call._meta.concrete_fields]
    other = {
        "id": "gen_random_uuid()",
        "latitude": "45.43 + (n % 317) / 2000.0",
        "longitude": "-122.83 + (n / 317) / 1000.0",
        "address": "n || ' SE Foster Rd'",
        "caller_phone": "'503 ' || 1000000 + n",
        "received_at": "received_at - (n % 100000) * interval '80 seconds'",
    }
    made = ", ".join(other.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # on a machine that is busy elsewhere
        cursor.execute(
            f"INSERT INTO calls_call ({', '.join(columns)}) SELECT {made} FROM calls_call, generate_series(1, 100000) n"
        )
        cursor.execute("ANALYZE calls_call")
    recent = Call.objects.filter(exercise=False, received_at__gte=clock.now - timedelta(days=90))
    recent = recent.filter(incident_link__isnull=False).order_by("-received_at", "-id")
    looks = {
        "call_by_position": around(recent, call.latitude, call.longitude),
        "call_by_address": of_address(recent, address_key("5 SE Foster Rd")),
        "call_by_phone": of_number(recent, "5035550142"),
    }
    for index, look in looks.items():
        plan = look[:200].explain()
        assert f"on {index}" in plan or f"using {index}" in plan, plan
        assert "Seq Scan on calls_call" not in plan


def test_an_address_is_the_same_to_postgres_and_to_us(take: Callable, clock: Clock) -> None:
    for address in ("  SE  Foster\tRd ", "NE ÉCOLE St", "12\u00a0Main"):
        call, _ = take(address=address, latitude=None, longitude=None)
        assert list(of_address(Call.objects.filter(pk=call.pk), address_key(address))) == [call], repr(address)
