"""Who read what: a page for supervisors, filtered and paged, that repeats nothing of what was read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calls import drafts
from calls.intake import note_read
from dispatch.models import Incident
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def sues(signed_in: Callable[[User], Client], sue: User) -> Client:
    return signed_in(sue)


def rows(answer: Any) -> list[tuple[str, str, int | None]]:
    return [(each.by, each.what, each.number) for each in answer.context["reads"]]


def test_every_kind_of_reading_is_told_with_its_incident(
    sues: Client, signed_in: Callable, dan: User, tess: User, incident: Incident, clock: Clock
) -> None:
    signed_in(dan).get(f"/incidents/{incident.number}/")
    signed_in(dan).get(f"/incidents/{incident.number}/history/")
    key = "44444444-4444-4444-8444-444444444444"
    drafts.save(id=key, values={"narrative": "x"}, count=1, base=0, page="one", by=tess, at=clock.now)
    signed_in(dan).get(f"/calls/new/?draft={key}")
    page = sues.get("/reads/")
    assert rows(page) == [
        ("Dan", "a call that a colleague was taking", None),
        ("Dan", "what was before: the place", incident.number),
        ("Dan", "the words and the people of a call", incident.number),
    ]
    assert f'href="/incidents/{incident.number}/"' in page.content.decode()


def test_a_half_taken_call_that_was_read_leads_to_its_incident_for_good(
    signed_in: Callable, sue: User, dan: User, tess: User, program: object, clock: Clock
) -> None:
    key = "55555555-5555-4555-8555-555555555555"
    told = {"call_type": "welfare_check", "location.address": "Lents Park", "key": key}
    drafts.save(id=key, values=told, count=1, base=0, page="one", by=tess, at=clock.now)
    signed_in(dan).get(f"/calls/new/?draft={key}")
    signed_in(tess).post("/calls/new/", told)
    clock.advance(100 * 3600)
    incident = Incident.objects.get()
    read = ("Dan", "a call that a colleague was taking", incident.number)
    assert rows(signed_in(sue).get("/reads/")) == [read]
    assert rows(signed_in(sue).get("/reads/", {"incident": incident.number})) == [read]


def test_it_is_filtered_by_person_incident_kind_and_day(
    sue: User, signed_in: Callable, dan: User, tess: User, take: Callable, clock: Clock
) -> None:
    first, second = take()[1], take()[1]
    signed_in(dan).get(f"/incidents/{first.number}/")
    clock.advance(20 * 3600)  # the next morning
    signed_in(tess).get(f"/incidents/{second.number}/")

    def shown(**told: Any) -> list[int | None]:
        return [number for _, _, number in rows(signed_in(sue).get("/reads/", told))]

    assert shown(who=dan.id) == [first.number]
    assert shown(incident=second.number) == [second.number]
    assert shown(incident=f"#{first.number}", who=tess.id) == []
    assert shown(kind="call.read") == [second.number, first.number]
    assert shown(kind="caution.read") == []
    assert shown(day="2026-11-24") == [first.number]
    assert shown(day="2026-11-25") == [second.number]


def test_what_cannot_be_looked_for_is_named(sues: Client) -> None:
    told = {"who": "dan", "incident": "77", "kind": "call.taken", "day": "yesterday", "before": "x"}
    page = sues.get("/reads/", told)
    assert page.status_code == 422
    assert set(page.context["typed"].errors) == set(told)
    assert "There is no such incident" in page.content.decode()


def test_it_is_paged_and_costs_the_same_on_each_page(
    sues: Client, take: Callable, dan: User, clock: Clock, django_assert_num_queries: Callable
) -> None:
    calls = [take()[0] for _ in range(3)]
    sues.get("/reads/")
    for turn in range(60):
        note_read(call=calls[turn % 3], by=dan, at=clock.now)
        clock.advance(1)
    # Session, user, zone, entries, people, incidents of calls; duress, messages, watches, the desk.
    with django_assert_num_queries(10):
        first = sues.get("/reads/")
    assert len(rows(first)) == 50
    note_read(call=calls[0], by=dan, at=clock.now)  # more is read meanwhile
    second = sues.get(f"/reads/{first.context['older']}")
    assert len(rows(second)) == 10
    assert second.context["older"] == ""


def test_only_supervisors_see_it(signed_in: Callable, dan: User, adam: User, rosa: User) -> None:
    for user in (dan, adam, rosa):
        assert signed_in(user).get("/reads/").status_code == 403
