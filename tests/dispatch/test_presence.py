"""Who is at an incident: said by their pages, written seldom, and gone by itself."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from dispatch import presence
from dispatch.models import Incident, Presence
from dispatch.views.live import _here
from journal.models import Entry
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


def names(incident: Incident, clock: Clock) -> list[str]:
    return [str(each) for each in presence.present(incident, at=clock.now)]


def test_colleagues_are_named_with_what_they_type_in_until_they_go(
    incident: Incident, tess: User, dan: User, clock: Clock
) -> None:
    before = Entry.objects.count()
    presence.be_here(incident=incident, user=tess, typing="calls", at=clock.now)
    presence.be_here(incident=incident, user=dan, at=clock.now)
    assert names(incident, clock) == ["Dan", "Tess is editing the call"]
    presence.leave(incident=incident, user=dan, at=clock.now)
    assert names(incident, clock) == ["Tess is editing the call"]
    clock.advance(41)
    assert names(incident, clock) == [], "a page that fell silent is gone"
    assert Entry.objects.count() == before, "it is no history"


def test_several_windows_of_one_person_are_written_once(incident: Incident, tess: User, clock: Clock) -> None:
    presence.be_here(incident=incident, user=tess, at=clock.now)
    clock.advance(5)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        presence.be_here(incident=incident, user=tess, at=clock.now)
    assert len(asked) == 1, "read, not written"
    presence.be_here(incident=incident, user=tess, typing="calls", at=clock.now)
    assert Presence.objects.get().typing == "calls", "what somebody begins to type is told at once"


def test_what_is_old_goes_as_somebody_comes(incident: Incident, tess: User, dan: User, clock: Clock) -> None:
    presence.be_here(incident=incident, user=tess, at=clock.now - timedelta(minutes=3))
    presence.be_here(incident=incident, user=dan, at=clock.now)
    assert [each.user for each in Presence.objects.all()] == [dan]


def test_all_consoles_are_told_in_one_query_and_the_last_who_leaves_too(
    take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    one, other = take()[1], take()[1]
    presence.be_here(incident=one, user=tess, typing="calls", at=clock.now)
    presence.be_here(incident=other, user=dan, at=clock.now)
    presence.leave(incident=other, user=dan, at=clock.now)
    with CaptureQueriesContext(connection) as asked:
        panes = _here("", clock.now)
    assert len(asked) == 1
    assert set(panes) == {f"here-{one.number}", f"here-{other.number}"}
    assert "Tess is editing the call" in panes[f"here-{one.number}"]
    assert "Dan" not in panes[f"here-{other.number}"]


def test_a_page_tells_that_it_is_open_and_shows_the_others(
    signed_in: Callable[[User], Client], incident: Incident, tess: User, dan: User, clock: Clock
) -> None:
    address = f"/incidents/{incident.number}/"
    told = signed_in(tess).post(f"{address}here/", {"typing": "calls"})
    assert told.status_code == 204
    assert signed_in(tess).post(f"{address}here/", {"typing": "nonsense"}).status_code == 204
    assert names(incident, clock) == ["Tess"], "a part that no page has is none"
    assert "Tess is here" in signed_in(dan).get(address).content.decode()
    signed_in(tess).post(f"{address}here/", {"left": "1"})
    assert "Tess is here" not in signed_in(dan).get(address).content.decode()


def test_the_table_is_not_logged(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'dispatch_presence'")
        assert cursor.fetchone() == ("u",)
