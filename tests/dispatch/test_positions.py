"""Positions: who has gone and left something, who watches whom, what changes hands, and what is written."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Session, User
from accounts.roles import Role
from calls import drafts
from calls.models import Draft
from dispatch import climbing, desk_messages, duress, holds, presence, relieving, watching
from dispatch.auditing import mend, untimed
from dispatch.models import DeskMessage, Duress, Hold, Incident, Run, Seat, Watch
from dispatch.ownership import owner_of
from dispatch.positions import How, State, position_of, positions, supervisors_at_work
from dispatch.queries import detailed
from due.models import Timer
from journal.models import Entry
from journal.refusals import Invalid, Refused
from responders.models import Unit
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_desk(signed_in: Callable[[User], Client], clock: Clock) -> Callable[..., Client]:
    """Somebody logs in and has the board before them."""

    def sit(user: User, page: str = "board", **more: Any) -> Client:
        browser = signed_in(user)
        presence.sit(user=user, page=page, in_front=True, at=clock.now, **more)
        return browser

    return sit


def type_call(who: User, clock: Clock, **values: str) -> Draft:
    told = {"call_type": "welfare_check", **values}
    return drafts.save(id=uuid4(), values=told, count=1, base=0, page="one", by=who, at=clock.now)


def searching(take: Callable[..., Any], *people: User, clock: Clock) -> list[Incident]:
    """No team came in time, and each of these people has taken one."""
    found = [(take()[1], who) for who in people]
    clock.advance(700)
    for incident, who in found:
        climbing.take(incident=incident, by=who, at=clock.now)
    return [incident for incident, _ in found]


# Who is there


def test_a_position_says_what_its_person_has_before_them_and_in_hand(
    at_desk: Any, dan: User, take: Any, program: Any, clock: Clock
) -> None:
    [incident] = searching(take, dan, clock=clock)
    at_desk(dan, "incident", incident=incident)
    presence.be_here(incident=incident, user=dan, typing="teams", at=clock.now)
    draft = type_call(dan, clock)
    here = position_of(dan, at=clock.now)
    assert (here.state, here.left) == (State.HERE, False)
    assert here.seat
    assert here.seat.incident == incident
    assert here.typing == "editing the teams"
    assert list(here.calls) == [draft]
    assert here.placeless == 1
    assert [(each.how, each.number) for each in here.in_hand] == [(How.TAKEN, incident.number)]


def test_what_is_in_hand_is_what_an_incident_says_of_its_owner(dan: User, take: Any, rosa: User, clock: Clock) -> None:
    taken, stopped = searching(take, dan, dan, clock=clock)
    held = take()[1]
    holds.hold(
        incident=held, reason="caller_asks", words="x", until=clock.now + timedelta(minutes=9), by=dan, at=clock.now
    )
    climbing.stand_down(incident=stopped, words="I drive there", by=dan, at=clock.now)
    pressed = duress.press(key=uuid4(), unit=None, by=rosa, at=clock.now)
    duress.acknowledge(duress=pressed, by=dan, at=clock.now)
    hand = position_of(dan, at=clock.now).in_hand
    assert hand[0].how is How.DURESS, "the gravest first"
    assert {each.how for each in hand} == {How.DURESS, How.TAKEN, How.STOOD_DOWN, How.HELD}
    owners = {each.number: owner_of(each) for each in detailed(Incident.objects.filter(pk__in=[taken.pk, held.pk]))}
    assert {owner.name for owner in owners.values() if owner} == {"Dan"}


@pytest.mark.parametrize("gone", ["out", "ended", "silent", "locked"])
def test_whoever_has_gone_with_open_work_stands_first(
    at_desk: Any, tess: User, dan: User, sue: User, clock: Clock, settings: Any, gone: str
) -> None:
    settings.LOCK_MINUTES = {"call_taker": 15}
    for who in (dan, sue):
        at_desk(who)
    browser = at_desk(tess, "call")
    type_call(tess, clock)
    type_call(tess, clock, **{"location.address": "Lents Park"})
    assert not any(each.left for each in positions(at=clock.now))
    match gone:
        case "out":
            browser.post("/accounts/log-out/")
        case "ended":
            Session.objects.filter(user_id=tess.pk).update(expire_date=clock.now)
        case "silent":
            clock.advance(90)
        case "locked":
            browser.post("/accounts/attend/", {"lock": "1"})
    for who in (dan, sue):
        presence.sit(user=who, page="board", in_front=True, at=clock.now)
    first, *others = positions(at=clock.now)
    assert (first.person, first.left, len(first.calls), first.placeless) == (tess, True, 2, 1)
    assert first.state == ("out" if gone == "ended" else gone)
    assert [each.person for each in others] == [dan, sue]
    Draft.objects.all().delete()
    assert (tess in [each.person for each in positions(at=clock.now)]) is (gone in ("silent", "locked"))


def test_the_window_in_front_says_what_is_looked_at(incident: Incident, dan: User, clock: Clock) -> None:
    presence.sit(user=dan, page="incident", incident=incident, in_front=True, at=clock.now)
    clock.advance(20)
    presence.sit(user=dan, page="board", in_front=False, at=clock.now)
    seat = Seat.objects.get()
    assert (seat.page, seat.incident, seat.heard_at) == ("incident", incident, clock.now)
    presence.sit(user=dan, page="call", draft=(key := uuid4()), in_front=True, at=clock.now)
    seat = Seat.objects.get()
    assert (seat.page, seat.incident, seat.draft_id, seat.since) == ("call", None, key, clock.now)
    presence.sit(user=dan, page="nonsense", in_front=True, at=clock.now)
    assert Seat.objects.get().page == "other"
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'dispatch_seat'")
        assert cursor.fetchone() == ("u",)


def test_queries_do_not_grow_with_the_positions(at_desk: Any, person: Any, take: Any, clock: Clock) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            positions(at=clock.now)
        return len(asked)

    for number in range(2):
        at_desk(person(f"one{number}", Role.DISPATCHER), "incident", incident=take()[1])
    few = count()
    more = [person(f"more{number}", Role.DISPATCHER) for number in range(12)]
    for who, incident in zip(more, searching(take, *more, clock=clock), strict=True):
        at_desk(who, "incident", incident=incident)
        type_call(who, clock)
    assert count() == few <= 12


# Watching


def test_nobody_is_watched_in_secret(at_desk: Any, sue: User, dan: User, clock: Clock) -> None:
    at_desk(dan)
    watch = watching.watch(of=dan, by=sue, at=clock.now)
    assert [each.by for each in position_of(dan, at=clock.now).watched_by] == [sue]
    clock.advance(30)
    assert watching.watch(of=dan, by=sue, at=clock.now) == watch, "its page says that it goes on"
    clock.advance(39)
    assert list(watching.going_on(at=clock.now)) == [watch]
    clock.advance(1)
    assert not watching.going_on(at=clock.now), "a page that fell silent watches no more"
    again = watching.watch(of=dan, by=sue, at=clock.now)
    assert again != watch
    watching.stop(of=dan, by=sue, at=clock.now)
    assert not watching.going_on(at=clock.now)
    kinds = Entry.objects.filter(kind__startswith="watch.").order_by("id").values_list("kind", "actor_name")
    assert list(kinds) == [("watch.begun", "Sue"), ("watch.begun", "Sue"), ("watch.ended", "Sue")]


def test_one_watches_another_once_and_never_oneself(sue: User, dan: User, clock: Clock) -> None:
    with pytest.raises(Refused):
        watching.watch(of=sue, by=sue, at=clock.now)
    watching.watch(of=dan, by=sue, at=clock.now)
    told = {"begun_at": clock.now, "seen_at": clock.now}
    for wrong in ({"by": sue, "of": dan}, {"by": sue, "of": sue}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Watch.objects.create(**told, **wrong)


# Taking over


def test_all_that_a_position_has_open_changes_hands_in_one_act(
    tess: User, dan: User, sue: User, take: Any, rosa: User, psr1: Unit, clock: Clock
) -> None:
    [taken] = searching(take, dan, clock=clock)
    held = take()[1]
    until = clock.now + timedelta(minutes=9)
    holds.hold(incident=held, reason="caller_asks", words="He eats.", until=until, by=dan, at=clock.now)
    pressed = duress.press(key=uuid4(), unit=psr1, by=rosa, at=clock.now)
    duress.acknowledge(duress=pressed, by=dan, at=clock.now)
    pressed.refresh_from_db()
    draft, others = type_call(dan, clock), type_call(tess, clock)
    due = Run.objects.get(incident=taken).due_at
    clock.advance(60)
    relieved = relieving.relieve(person=dan, by=sue, at=clock.now)
    assert [each.id for each in relieved.calls] == [draft.id]
    assert pressed.incident
    assert [each.number for each in relieved.incidents] == [taken.number, held.number, pressed.incident.number]
    draft.refresh_from_db()
    others.refresh_from_db()
    assert (draft.owner_id, others.owner_id) == (sue.pk, tess.pk)
    run = Run.objects.get(incident=taken)
    assert (run.by_id, run.status, run.due_at) == (sue.pk, "taken", due), "the caller's time does not begin anew"
    assert Hold.objects.get().by_name == "Sue"
    stands = Duress.objects.get()
    assert (stands.acknowledged_by_name, stands.acknowledged_at) == ("Sue", pressed.acknowledged_at)
    assert not position_of(dan, at=clock.now).has_work
    assert len(position_of(sue, at=clock.now).in_hand) == 3

    told = DeskMessage.objects.get()
    assert (told.kind, told.to, told.by, told.calls) == ("taken_over", dan, sue, 1)
    assert told.incidents == [taken.number, held.number, pressed.incident.number]
    entry = Entry.objects.get(kind="user.taken_over")
    assert (entry.subject_id, entry.payload["calls"]) == (dan.pk, 1)
    former = Entry.objects.filter(kind__endswith="handed_over").values_list("kind", "payload__former")
    assert set(former) == {
        (kind, str(dan.pk)) for kind in ("ladder.handed_over", "incident.hold_handed_over", "duress.handed_over")
    }
    with pytest.raises(Refused, match="Dan has nothing in hand any more"):
        relieving.relieve(person=dan, by=sue, at=clock.now)
    assert DeskMessage.objects.count() == 1


def test_what_the_former_still_types_is_set_aside_not_lost(tess: User, sue: User, clock: Clock) -> None:
    draft = type_call(tess, clock, narrative="He is cold")
    relieving.relieve(person=tess, by=sue, at=clock.now)
    kept = drafts.save(
        id=draft.id, values={"narrative": "He is cold. He has no coat"}, count=2, base=1, page="one", by=tess,
        at=clock.now,
    )  # fmt: skip
    assert not drafts.stands(kept, count=2, page="one", by=tess)
    assert kept.values["narrative"] == "He is cold"
    assert kept.aside[0]["values"]["narrative"] == "He is cold. He has no coat"


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_at_once_and_each_thing_changes_hands_once(
    tess: User, dan: User, sue: User, person: Any, take: Any, clock: Clock
) -> None:
    other = person("sam", Role.SUPERVISOR)
    incidents = searching(take, dan, dan, clock=clock)
    calls = [type_call(dan, clock) for _ in range(2)]
    refused: list[str] = []

    def relieve(by: User) -> None:
        try:
            relieving.relieve(person=dan, by=by, at=clock.now)
        except Refused as no:
            refused.append(str(no))
        finally:
            connection.close()

    threads = [Thread(target=relieve, args=[by]) for by in (sue, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["Dan has nothing in hand any more."]
    assert DeskMessage.objects.count() == 1
    by = DeskMessage.objects.get().by
    assert set(Run.objects.filter(incident__in=incidents).values_list("by_id", flat=True)) == {by.pk}
    assert set(Draft.objects.filter(pk__in=[each.pk for each in calls]).values_list("owner_id", flat=True)) == {by.pk}
    assert Entry.objects.filter(kind="draft.taken_over").count() == 2


# Messages


def test_a_supervisor_writes_and_is_answered(sue: User, dan: User, tess: User, clock: Clock) -> None:
    sent = desk_messages.send(to=dan, words="Take a break at ten.", by=sue, at=clock.now)
    assert desk_messages.standing(dan, at=clock.now) == [sent]
    assert desk_messages.standing(tess, at=clock.now) == desk_messages.standing(sue, at=clock.now) == []
    for nobody in (tess, sue):
        with pytest.raises(Refused, match="not to you"):
            desk_messages.acknowledge(message=sent, by=nobody, at=clock.now)
    clock.advance(1)
    desk_messages.answer(message=sent, words="Will do.", by=dan, at=clock.now)
    assert desk_messages.standing(dan, at=clock.now) == []
    assert [each.words for each in desk_messages.standing(sue, at=clock.now)] == ["Will do."]
    assert [each.words for each in desk_messages.readable(sue)] == ["Will do.", "Take a break at ten."]
    assert not desk_messages.readable(tess)
    assert "break" not in str(list(Entry.objects.values_list("payload", flat=True)))


def test_who_may_write_to_whom(sue: User, dan: User, tess: User, rosa: User, clock: Clock) -> None:
    desk_messages.send(to=sue, words="Please look at 1042.", by=tess, at=clock.now)
    for to, by, why in (
        (dan, tess, "Only supervisors write to Dan. HELP"),
        (rosa, sue, "Rosa has no desk"),
        (sue, sue, "your own position"),
    ):
        with pytest.raises(Refused, match=why):
            desk_messages.send(to=to, words="Hello", by=by, at=clock.now)
    with pytest.raises(Invalid):
        desk_messages.send(to=dan, words=" ", by=sue, at=clock.now)
    with pytest.raises(Invalid):
        desk_messages.send(to=dan, words="x" * 501, by=sue, at=clock.now)


def test_help_is_asked_for_again_until_a_supervisor_sees_to_it(tess: User, dan: User, sue: User, clock: Clock) -> None:
    asked = desk_messages.ask_help(words="He threatens to jump", by=tess, at=clock.now)
    assert desk_messages.standing(sue, at=clock.now) == [asked]
    assert desk_messages.standing(tess, at=clock.now) == [asked], "she sees that nobody has it yet"
    assert desk_messages.standing(dan, at=clock.now) == []
    for times in (1, 2):
        clock.advance(60)
        asked.refresh_from_db()
        assert asked.again == times
    assert desk_messages.ask_help(words="from the bridge", by=tess, at=clock.now) == asked
    asked.refresh_from_db()
    assert (asked.words, asked.again) == ("He threatens to jump · from the bridge", 3)
    with pytest.raises(Refused):
        desk_messages.acknowledge(message=asked, by=dan, at=clock.now)
    desk_messages.acknowledge(message=asked, by=sue, at=clock.now)
    assert desk_messages.standing(sue, at=clock.now) == []
    [told] = desk_messages.standing(tess, at=clock.now)
    assert told.acknowledged_by == sue
    clock.advance(121)
    asked.refresh_from_db()
    assert asked.again == 3
    assert desk_messages.standing(tess, at=clock.now) == []


def test_whoever_asked_may_say_that_they_need_none_any_more(tess: User, sue: User, clock: Clock) -> None:
    asked = desk_messages.ask_help(by=tess, at=clock.now)
    desk_messages.acknowledge(message=asked, by=tess, at=clock.now)
    assert desk_messages.standing(sue, at=clock.now) == desk_messages.standing(tess, at=clock.now) == []


def test_help_whose_timer_was_lost_is_found(tess: User, clock: Clock) -> None:
    asked = desk_messages.ask_help(by=tess, at=clock.now)
    Timer.objects.all().delete()
    assert untimed(at=clock.now)["help"] == 1
    assert mend(clock.now) == 1
    clock.advance(1)
    asked.refresh_from_db()
    assert (asked.again, untimed(at=clock.now)["help"]) == (1, 0)


def test_a_supervisor_who_is_logged_in_but_not_there_is_not_counted_on(at_desk: Any, sue: User, clock: Clock) -> None:
    assert supervisors_at_work(at=clock.now) == []
    browser = at_desk(sue)
    assert supervisors_at_work(at=clock.now) == ["Sue"]
    clock.advance(90)
    assert supervisors_at_work(at=clock.now) == []
    presence.sit(user=sue, page="board", in_front=True, at=clock.now)
    browser.post("/accounts/log-out/")
    assert supervisors_at_work(at=clock.now) == []


def test_words_are_kept_for_a_while_and_help_until_it_is_seen_to(
    tess: User, dan: User, sue: User, clock: Clock
) -> None:
    desk_messages.send(to=dan, words="Old", by=sue, at=clock.now)
    asked = desk_messages.ask_help(by=tess, at=clock.now)
    watching.watch(of=dan, by=sue, at=clock.now)
    later = clock.now + timedelta(days=30)
    assert desk_messages.forget(later) == 1
    assert list(DeskMessage.objects.all()) == [asked]
    assert watching.forget(later) == 1


def test_postgres_refuses_what_must_never_be(tess: User, dan: User, sue: User, clock: Clock) -> None:
    told = {"at": clock.now, "by": sue, "words": "Hello", "kind": "message"}
    for wrong in (
        {"to": None},
        {"to": sue},
        {"to": dan, "words": ""},
        {"to": dan, "kind": "help"},
        {"to": dan, "acknowledged_at": clock.now},
        {"to": dan, "acknowledged_at": clock.now, "acknowledged_by": tess},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DeskMessage.objects.create(**{**told, **wrong})
