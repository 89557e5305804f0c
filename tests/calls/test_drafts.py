"""Calls half taken: kept from the first letter, taken over without losing a word, and never left unseen."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from calls import drafts
from calls.models import Call, Draft
from dispatch.models import Incident
from dispatch.views.panes import panes
from due.sweep import find
from journal.models import Entry
from journal.refusals import Refused
from tests.conftest import Clock

pytestmark = pytest.mark.django_db

KEY = UUID("11111111-1111-4111-8111-111111111111")
SAID = {"call_type": "welfare_check", "location.address": "SE Foster", "narrative": "He lies there"}


@pytest.fixture
def save(tess: User, clock: Clock) -> Callable[..., Draft]:
    def save(
        values: dict[str, str] = SAID, *, count: int = 1, base: int = 0, page: str = "one", by: User = tess
    ) -> Draft:
        return drafts.save(id=KEY, values=values, count=count, base=base, page=page, by=by, at=clock.now)

    return save


@pytest.fixture
def post(signed_in: Callable[[User], Client]) -> Callable[..., Any]:
    """A page of this person sends what is typed there."""

    def post(user: User, values: dict[str, str], *, count: int = 1, base: int = 0, page: str = "one", id: UUID = KEY):
        told = {"key": str(id), **values, "count": str(count), "base": str(base), "page": page}
        return signed_in(user).post(f"/calls/drafts/{id}/save/", told)

    return post


def kinds() -> list[str]:
    return list(Entry.objects.filter(subject_type="draft").order_by("id").values_list("kind", flat=True))


def test_the_first_letter_is_kept_and_the_next_ones_replace_it(save: Callable, tess: User, clock: Clock) -> None:
    begun = clock.now
    save({"narrative": "H"})
    clock.advance(1)
    draft = save({"narrative": "He"}, count=2)
    assert (draft.owner_id, draft.begun_at, draft.touched_at) == (tess.id, begun, clock.now)
    assert Draft.objects.get().values == {"narrative": "He"}
    assert kinds() == ["draft.begun"], "each letter writes its row, and no entry"


def test_no_word_of_a_draft_is_in_the_journal(
    save: Callable, tess: User, dan: User, clock: Clock, post: Callable, signed_in: Callable
) -> None:
    save({"narrative": "Zebra", "caller.name": "Quagga"})
    drafts.take_over(draft=Draft.objects.get(), by=dan, at=clock.now)
    drafts.drop(draft=Draft.objects.get(), by=dan, at=clock.now)
    written = json.dumps(list(Entry.objects.values_list("payload", flat=True)))
    assert "Zebra" not in written
    assert "Quagga" not in written


def test_what_is_overtaken_on_its_way_changes_nothing(save: Callable, tess: User) -> None:
    save({"narrative": "He lies there"}, count=3)
    late = save({"narrative": "He"}, count=1)
    assert late.values == {"narrative": "He lies there"}
    assert late.aside == []
    assert drafts.stands(late, count=1, page="one", by=tess)


def test_another_window_goes_on_where_the_first_stopped(save: Callable, tess: User) -> None:
    save({"narrative": "He lies"}, count=4)
    draft = save({"narrative": "He lies there"}, count=5, base=4, page="two")
    assert drafts.stands(draft, count=5, page="two", by=tess)
    assert (draft.values, draft.aside) == ({"narrative": "He lies there"}, [])


def test_of_two_windows_the_newer_wins_and_the_other_is_kept_aside(save: Callable, tess: User) -> None:
    save({"narrative": "He lies"}, count=4)
    save({"narrative": "He lies", "caller.name": "Jo"}, count=5, base=4, page="two")
    newer = save({"narrative": "He sleeps"}, count=9, base=4)
    assert drafts.stands(newer, count=9, page="one", by=tess)
    assert newer.values == {"narrative": "He sleeps"}
    assert [each["values"] for each in newer.aside] == [{"narrative": "He lies", "caller.name": "Jo"}]

    older = save({"caller.phone": "555"}, count=6, base=5, page="two")
    assert not drafts.stands(older, count=6, page="two", by=tess)
    assert older.values == {"narrative": "He sleeps"}
    assert older.aside[-1]["values"] == {"caller.phone": "555"}


def test_a_colleague_takes_over_and_no_word_is_lost(
    save: Callable, post: Callable, tess: User, dan: User, clock: Clock, signed_in: Callable
) -> None:
    save()
    dans = signed_in(dan)
    seen = dans.get(f"/calls/new/?draft={KEY}").content.decode()
    assert "Tess has this call now" in seen
    assert "He lies there" in seen
    assert "data-locked" in seen
    clock.advance(5)
    assert dans.post(f"/calls/drafts/{KEY}/take-over/").url == f"/calls/new/?draft={KEY}"
    mine = dans.get(f"/calls/new/?draft={KEY}").content.decode()
    assert "data-locked" not in mine

    told = post(tess, {**SAID, "narrative": "He lies there and bleeds"}, count=2)
    assert (told.status_code, told.json()["sentence"]) == (409, "Dan has this call now.")
    assert "Dan has this call now" in signed_in(tess).get(f"/calls/drafts/?draft={KEY}").content.decode()
    assert post(dan, {**SAID, "caller.name": "Jo"}, count=2, base=1, page="two").json() == {"count": 2}
    shown = dans.get(f"/calls/drafts/?draft={KEY}").content.decode()
    assert "He lies there and bleeds" in shown, "what she typed is offered"
    assert kinds() == ["draft.begun", "draft.read", "draft.taken_over"]
    entry = Entry.objects.get(kind="draft.taken_over")
    assert (entry.actor_name, entry.payload) == ("Dan", {"former": str(tess.id), "ended": ""})


def test_what_is_settled_is_not_shown_again(
    save: Callable, tess: User, dan: User, clock: Clock, signed_in: Callable
) -> None:
    save()
    drafts.take_over(draft=Draft.objects.get(), by=dan, at=clock.now)
    save({**SAID, "subject.name": "Al"}, count=2)
    save({**SAID, "settled": "0.subject.name"}, count=2, base=1, page="two", by=dan)
    assert "data-aside=" not in signed_in(dan).get(f"/calls/drafts/?draft={KEY}").content.decode()


def test_filing_leaves_no_word_behind_and_what_comes_late_begins_no_second_call(
    post: Callable, tess: User, signed_in: Callable, program: object
) -> None:
    post(tess, SAID)
    signed_in(tess).post("/calls/new/", {**SAID, "key": str(KEY)})
    draft = Draft.objects.get()
    assert (draft.ending, draft.values, draft.call) == ("filed", {}, Call.objects.get())
    assert post(tess, {**SAID, "narrative": "late"}, count=2).status_code == 409
    assert Draft.objects.get().values == {}
    number = Incident.objects.get().number
    assert signed_in(tess).get(f"/calls/new/?draft={KEY}").url == f"/incidents/{number}/"


def test_a_letter_that_arrives_after_its_call_begins_nothing(
    post: Callable, tess: User, signed_in: Callable, program: object
) -> None:
    signed_in(tess).post("/calls/new/", {**SAID, "key": str(KEY)})
    assert post(tess, SAID).status_code == 409
    assert not drafts.open_ones().exists()


def test_nobody_files_what_a_colleague_has_or_has_filed(
    post: Callable, tess: User, dan: User, clock: Clock, signed_in: Callable, program: object
) -> None:
    post(tess, SAID)
    drafts.take_over(draft=Draft.objects.get(), by=dan, at=clock.now)
    refused = signed_in(tess).post("/calls/new/", {**SAID, "key": str(KEY), "narrative": "Mine"})
    assert refused.status_code == 409
    assert "Dan has this call now" in refused.content.decode()
    assert "Mine" in refused.content.decode()
    signed_in(dan).post("/calls/new/", {**SAID, "key": str(KEY)})
    again = signed_in(tess).post("/calls/new/", {**SAID, "key": str(KEY)})
    assert again.status_code == 409
    assert "Dan has taken this call" in again.content.decode()
    assert Call.objects.count() == 1


def test_what_was_kept_aside_and_not_settled_goes_into_the_call(
    post: Callable, tess: User, dan: User, clock: Clock, signed_in: Callable, program: object
) -> None:
    post(tess, SAID)
    drafts.take_over(draft=Draft.objects.get(), by=dan, at=clock.now)
    post(tess, {**SAID, "subject.name": "Al"}, count=2)
    signed_in(dan).post("/calls/new/", {**SAID, "key": str(KEY)})
    call = Call.objects.get()
    assert call.narrative == "He lies there\nTyped by Tess: subject, name: Al"


def test_a_dropped_call_can_be_taken_up_again_for_a_day(
    save: Callable, tess: User, dan: User, clock: Clock, signed_in: Callable
) -> None:
    save()
    assert signed_in(tess).post(f"/calls/drafts/{KEY}/drop/").url == "/calls/new/"
    assert not drafts.open_ones().exists()
    assert "dropped by Tess" in signed_in(dan).get("/calls/drafts/").content.decode()
    taken = drafts.take_over(draft=Draft.objects.get(), by=dan, at=clock.now)
    assert (taken.owner_name, taken.ended_at, taken.values) == ("Dan", None, SAID)


def test_nobody_drops_what_a_colleague_has(save: Callable, dan: User, clock: Clock) -> None:
    save()
    with pytest.raises(Refused, match="Tess has this call now"):
        drafts.drop(draft=Draft.objects.get(), by=dan, at=clock.now)


def test_a_call_left_stands_among_what_needs_attention(
    save: Callable, tess: User, dan: User, clock: Clock, signed_in: Callable, program: object
) -> None:
    signed_in(tess)
    console = signed_in(dan)
    save()
    assert "half taken" not in console.get("/").content.decode()
    clock.advance(179)
    assert panes(at=clock.now)["half_taken"] == []
    clock.advance(1)
    shown = console.get("/").content.decode()
    assert "Calls half taken, and nobody goes on with them" in shown
    assert f'href="/calls/new/?draft={KEY}"' in shown
    assert "SE Foster" in shown
    assert "He lies there" not in shown, "what was said is not for the board"
    save({**SAID, "caller.name": "Jo"}, count=2)
    assert "half taken" not in console.get("/").content.decode()


def test_when_its_owner_logs_out_everybody_sees_it_at_once(
    save: Callable, tess: User, dan: User, clock: Clock, signed_in: Callable, program: object
) -> None:
    tesss, dans = signed_in(tess), signed_in(dan)
    save()
    assert panes(at=clock.now)["half_taken"] == []
    tesss.post("/accounts/log-out/")
    assert [each.pk for each in panes(at=clock.now)["half_taken"]] == [KEY]
    assert "1 left" in dans.get("/calls/drafts/").content.decode()


def test_what_is_left_for_a_day_is_erased_and_then_forgotten(save: Callable, clock: Clock) -> None:
    save()
    clock.advance(24 * 3600)
    draft = Draft.objects.get()
    assert (draft.ending, draft.values, draft.aside) == ("lapsed", {}, [])
    assert kinds() == ["draft.begun", "draft.ended"]
    with pytest.raises(Refused, match="left for a day"):
        drafts.take_over(draft=draft, by=User.objects.get(), at=clock.now)
    clock.advance(48 * 3600)
    assert not Draft.objects.exists()
    assert find(at=clock.now) == 0


def test_several_are_open_side_by_side(
    tess: User, dan: User, clock: Clock, post: Callable, signed_in: Callable
) -> None:
    ids = [uuid4() for _ in range(3)]
    for place, id in enumerate(ids):
        post(tess, {**SAID, "location.address": f"Place {place}"}, id=id)
        clock.advance(30)
    page = signed_in(tess).get(f"/calls/new/?draft={ids[1]}")
    assert [(each.pk, key) for each, key in page.context["own"]] == [(id, place) for place, id in enumerate(ids, 1)]
    html = " ".join(page.content.decode().split())
    assert "Welfare check, Place 0, <time" in html
    assert page.context["typed"].values["location.address"] == "Place 1"
    assert signed_in(dan).get("/calls/new/").context["own"] == []


def test_the_pane_costs_the_same_however_many_there_are(
    tess: User, dan: User, post: Callable, signed_in: Callable, django_assert_num_queries: Callable
) -> None:
    browser = signed_in(tess)
    post(tess, SAID)
    browser.get(f"/calls/drafts/?draft={KEY}")
    for owner in (tess, dan) * 4:
        post(owner, SAID, id=uuid4())
    with django_assert_num_queries(7):  # two of them: session and user
        browser.get(f"/calls/drafts/?draft={KEY}")


def test_responders_and_strangers_keep_and_read_nothing(
    post: Callable, rosa: User, client: Client, save: Callable
) -> None:
    save()
    assert post(rosa, SAID).status_code == 403
    stranger = client.post(f"/calls/drafts/{KEY}/save/", SAID, headers={"HX-Request": "true"})
    assert stranger.status_code == 401
    assert client.get(f"/calls/new/?draft={KEY}").url.startswith("/accounts/log-in/")


def test_what_is_no_count_is_refused_and_more_than_can_be_typed_as_well(post: Callable, tess: User) -> None:
    assert post(tess, SAID, page="").status_code == 400
    assert post(tess, SAID, count=-1).status_code == 400
    assert post(tess, {"narrative": "x" * 60_001}).status_code == 413
    assert not Draft.objects.exists()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.booleans(), st.text("xyz", min_size=1, max_size=4)), min_size=1, max_size=12
    )
)
def test_whatever_two_windows_write_nothing_is_lost(told: list[tuple[str, bool, str]]) -> None:
    """Each window counts on from what it heard; some answers are lost on the way. What a window sends stands, or is
    kept aside; what it replaces is its own, or what it has seen, or is kept aside, too. Nothing leaves from there."""
    by = User(id=UUID(int=1), name="Tess", username="tess")
    key, moment = uuid4(), datetime(2026, 11, 24, tzinfo=UTC)
    windows = {page: {"count": 0, "base": 0} for page in "ab"}
    before = Draft(count=0)
    for page, is_heard, text in told:
        window = windows[page]
        window["count"] += 1
        sent = {"values": {"narrative": text}, "page": page, **window}
        draft = drafts.save(id=key, **sent, by=by, at=moment)
        if is_heard and drafts.stands(draft, count=window["count"], page=page, by=by):
            window["base"] = draft.count
        kept = [draft.values["narrative"], *(each["values"]["narrative"] for each in draft.aside)]
        assert any(text in each for each in kept)
        if before.page not in ("", page) and before.count != sent["base"]:
            assert any(before.values["narrative"] in each for each in kept)
        assert draft.aside[: len(before.aside)] == before.aside
        assert draft.count >= before.count
        before = draft


def test_postgres_refuses_words_in_what_is_filed(save: Callable) -> None:
    draft = save()
    draft.ending, draft.ended_at = "lapsed", draft.begun_at
    with pytest.raises(IntegrityError, match="draft_keeps_no_word_once_filed"), transaction.atomic():
        draft.save()


@pytest.mark.django_db(transaction=True)
def test_two_take_over_at_once_and_one_has_it(save: Callable, tess: User, dan: User, sue: User, clock: Clock) -> None:
    save()
    draft, start = Draft.objects.get(), Barrier(2)

    def take(user: User) -> None:
        start.wait(5)
        try:
            drafts.take_over(draft=draft, by=user, at=clock.now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take, [dan, sue]))
    former = list(
        Entry.objects.filter(kind="draft.taken_over").order_by("id").values_list("payload__former", "actor_id")
    )
    assert former[0][0] == str(tess.id)
    assert former[1][0] == str(former[0][1]), "the second took it from the first, and both know"


@pytest.mark.django_db(transaction=True)
def test_the_first_two_letters_at_once_begin_one_draft(save: Callable, tess: User, clock: Clock) -> None:
    start = Barrier(2)

    def type_(count: int) -> None:
        start.wait(5)
        try:
            save({"narrative": "H" * count}, count=count)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(type_, [1, 2]))
    assert Draft.objects.get().values == {"narrative": "HH"}


@pytest.mark.django_db(transaction=True)
def test_a_call_is_filed_or_taken_over_whichever_comes_first(
    save: Callable, tess: User, dan: User, clock: Clock, program: object, signed_in: Callable
) -> None:
    save()
    draft, start, told = Draft.objects.get(), Barrier(2), {**SAID, "key": str(KEY)}
    browser = signed_in(tess)

    def file() -> int:
        start.wait(5)
        try:
            return browser.post("/calls/new/", told).status_code
        finally:
            connections.close_all()

    def take() -> bool:
        start.wait(5)
        try:
            drafts.take_over(draft=draft, by=dan, at=clock.now)
        except Refused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        filing, taking = pool.submit(file), pool.submit(take)
        assert (filing.result(), taking.result()) in [(302, False), (409, True)]
    assert Call.objects.count() == (1 if filing.result() == 302 else 0)
