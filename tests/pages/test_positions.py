"""The pages of positions, and messages at every desk: who is shown what, and what each press comes to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from calls import drafts
from calls.models import Draft
from dispatch import cautioning, desk_messages, presence, watching
from dispatch.models import DeskMessage, Seat, Watch
from dispatch.templatetags.notes import marks
from dispatch.views.live import _news, _position, _positions
from journal.models import Entry
from tests.conftest import Clock

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def read(browser: Client, path: str, **more: Any) -> str:
    answer = browser.get(path, **more)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def before_them(page: str) -> str:
    return page.split('id="before-them"')[1].split('</section> <section class="card form"')[0]


def draft_of(who: User, clock: Clock, **values: str) -> Draft:
    told = {"call_type": "welfare_check", **values}
    return drafts.save(id=uuid4(), values=told, count=1, base=0, page="one", by=who, at=clock.now)


@pytest.fixture
def supervisor(signed_in: Callable[[User], Client], sue: User, clock: Clock) -> Client:
    return signed_in(sue)


# Positions


def test_the_page_says_who_has_what_and_who_left(
    supervisor: Client, signed_in: Any, tess: User, dan: User, take: Any, clock: Clock
) -> None:
    incident = take()[1]
    signed_in(dan).post(f"/incidents/{incident.number}/here/", {"page": "incident", "front": "1", "typing": "teams"})
    browser = signed_in(tess)
    key = uuid4()
    browser.post("/desk/here/", {"page": "call", "front": "1", "draft": str(key)})
    for address in ("", "Lents Park"):
        draft_of(tess, clock, **({"location.address": address} if address else {}))
    page = read(supervisor, "/positions/")
    assert f"{incident.number}</a>, <strong>editing the teams" in page
    assert "Taking a call" in page
    assert Seat.objects.get(person=tess).draft_id == key
    assert "Left with" not in page
    browser.post("/accounts/log-out/")
    page = read(supervisor, "/positions/")
    assert "Left with 2 open calls" in page
    assert page.index(">Tess</a>") < page.index(">Dan</a>")
    assert page.count("place not known") == 1


def test_a_locked_screen_tells_of_nothing_before_it(signed_in: Any, dan: User, settings: Any) -> None:
    settings.LOCK_MINUTES = {"dispatcher": 15}
    browser = signed_in(dan)
    browser.post("/accounts/attend/", {"lock": "1"})
    assert browser.post("/desk/here/", {"page": "board", "front": "1"}).status_code == 423
    assert not Seat.objects.exists()


def test_queries_do_not_grow_with_the_positions(supervisor: Client, person: Any, signed_in: Any, clock: Clock) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            read(supervisor, "/positions/")
        return len(asked)

    def enter(name: str) -> None:
        who = person(name, Role.CALL_TAKER)
        signed_in(who)
        presence.sit(user=who, page="board", in_front=True, at=clock.now)
        draft_of(who, clock)

    for number in range(2):
        enter(f"one{number}")
    count()
    few = count()
    for number in range(10):
        enter(f"more{number}")
    assert count() == few


# Watching


def test_a_supervisor_sees_the_incident_that_somebody_has_before_them_and_may_do_nothing_there(
    supervisor: Client, signed_in: Any, dan: User, sue: User, take: Any, clock: Clock
) -> None:
    incident = take(narrative="He is crying.", caller_name="Robin")[1]
    caution = {"hazard": "animal", "severity": "caution", "words": "A dog.", "source": "PSR3"}
    ends = {"review_at": clock.now + timedelta(days=9), "expires_at": clock.now + timedelta(days=90)}
    cautioning.add(address="Pioneer Courthouse Square", by=sue, at=clock.now, **caution, **ends)
    browser = signed_in(dan)
    browser.post(f"/incidents/{incident.number}/here/", {"page": "incident", "front": "1"})
    address = f"/positions/{dan.pk}/"
    assert "He is crying." not in read(supervisor, address), "she does not watch yet"
    assert "watches what you have" not in read(browser, "/")

    assert supervisor.post(f"{address}watch/")["Location"] == address
    shown = before_them(read(supervisor, address))
    assert "He is crying." in shown
    assert "A dog." in shown
    assert "<form" not in shown
    assert "<button" not in shown
    assert "<strong>Sue</strong> watches what you have before you" in read(browser, "/")
    assert "<strong>Sue</strong> watches what you have before you" in read(browser, "/calls/new/")
    read(supervisor, address)
    audit = Entry.objects.filter(actor_id=sue.pk, kind__in=["call.read", "caution.read", "watch.begun"])
    assert sorted(audit.values_list("kind", flat=True)) == ["call.read", "caution.read", "watch.begun"]
    assert "What Dan had before them" in read(supervisor, "/reads/?kind=watch.begun")

    supervisor.post(f"{address}unwatch/")
    assert "He is crying." not in read(supervisor, address)
    assert "watches what you have" not in read(browser, "/")


def test_what_is_typed_of_a_call_is_followed_and_read_by_name(
    supervisor: Client, signed_in: Any, tess: User, sue: User, clock: Clock
) -> None:
    draft = draft_of(tess, clock, narrative="He is cold", **{"facts.weapon": "none", "key": "x"})
    browser = signed_in(tess)
    browser.post("/desk/here/", {"page": "call", "front": "1", "draft": str(draft.pk)})
    supervisor.post(f"/positions/{tess.pk}/watch/")
    before = _position(str(tess.pk), clock.now)["watched-mark"]
    shown = before_them(read(supervisor, f"/positions/{tess.pk}/"))
    assert ">He is cold</span>" in shown
    assert "<dt>Weapon</dt>" in shown
    drafts.save(
        id=draft.pk, values={"narrative": "He is cold. No coat"}, count=2, base=1, page="one", by=tess, at=clock.now
    )
    assert _position(str(tess.pk), clock.now)["watched-mark"] != before
    assert "No coat" in before_them(read(supervisor, f"/positions/{tess.pk}/"))
    assert "No coat" not in str(_position(str(tess.pk), clock.now)), "what all are sent holds no word of it"
    assert Entry.objects.filter(kind="draft.read", actor_id=sue.pk).count() == 1
    browser.post("/desk/here/", {"page": "board", "front": "1"})
    assert "The board, with no incident" in before_them(read(supervisor, f"/positions/{tess.pk}/"))


def test_a_watch_lasts_while_its_page_is_looked_at(supervisor: Client, dan: User, sue: User, clock: Clock) -> None:
    for _ in range(4):
        assert supervisor.post(f"/positions/{dan.pk}/watching/", {"page": "other"}).status_code == 204
        clock.advance(15)
    assert Watch.objects.count() == 1
    clock.advance(60)
    assert "You watch Dan" not in read(supervisor, f"/positions/{dan.pk}/")
    supervisor.post(f"/positions/{dan.pk}/watching/", {"left": "1"})
    assert not watching.going_on(at=clock.now)
    for door in ("watch", "watching"):
        assert supervisor.post(f"/positions/{sue.pk}/{door}/").status_code == 409, "nobody watches themselves"


# Taking over


def test_all_is_taken_over_by_one_press_and_the_other_is_told(
    supervisor: Client, signed_in: Any, tess: User, sue: User, clock: Clock
) -> None:
    draft = draft_of(tess, clock, narrative="He is cold")
    took = supervisor.post(f"/positions/{tess.pk}/take-over/")
    assert took["Location"] == f"/calls/new/?draft={draft.pk}"
    assert "Yours now, from Tess: 1 call." in read(supervisor, took["Location"])
    told = read(signed_in(tess), "/calls/new/")
    assert "<strong>Sue</strong> has taken over what you had open" in told
    assert "1 call that you were taking" in told
    assert "Nothing that you typed is lost: Sue has it." in told
    again = supervisor.post(f"/positions/{tess.pk}/take-over/")
    assert again.status_code == 409
    assert "Tess has nothing in hand any more." in again.content.decode()


# Messages


def test_a_message_stands_on_every_page_of_its_reader_until_it_is_acknowledged(
    supervisor: Client, signed_in: Any, dan: User, tess: User, clock: Clock
) -> None:
    told = {"to": str(dan.pk), "words": "Take 1042 first"}
    assert "Sent to Dan." in supervisor.post("/messages/send/", told, follow=True).content.decode()
    message = DeskMessage.objects.get()
    browser, other = signed_in(dan), signed_in(tess)
    for path in ("/", "/calls/new/", "/desk/"):
        assert "Take 1042 first" in read(browser, path)
        assert "Take 1042 first" not in read(other, path)
    assert other.post(f"/messages/{message.pk}/acknowledge/", headers=HX).status_code == 409
    assert "Take 1042 first" not in read(other, "/messages/")
    answered = browser.post(f"/messages/{message.pk}/acknowledge/", {"words": "Doing so"}, headers=HX)
    assert "Answered." in answered.content.decode()
    assert "Take 1042 first" not in read(browser, "/")
    assert "Doing so" in read(supervisor, "/")
    page = read(supervisor, f"/positions/{dan.pk}/")
    assert page.index("Doing so") < page.index("Not acknowledged yet")
    assert "Take 1042 first" in read(browser, "/messages/")


def test_a_locked_screen_says_from_whom_and_no_word(
    supervisor: Client, signed_in: Any, dan: User, clock: Clock, settings: Any
) -> None:
    settings.LOCK_MINUTES = {"dispatcher": 15}
    browser = signed_in(dan)
    browser.post("/accounts/attend/", {"lock": "1"})
    supervisor.post("/messages/send/", {"to": str(dan.pk), "words": "Take 1042 first"})
    message = DeskMessage.objects.get()
    standing = read(browser, "/messages/standing/")
    assert "<strong>Sue</strong> writes to you" in standing
    assert "Unlock the screen to read it." in standing
    assert "Take 1042 first" not in standing
    assert browser.post(f"/messages/{message.pk}/acknowledge/").status_code == 423
    locked = browser.get("/")
    assert (locked.status_code, "Take 1042 first" in locked.content.decode()) == (423, False)
    assert "<strong>Sue</strong> writes to you" in " ".join(locked.content.decode().split())


def test_help_says_at_once_whether_anybody_hears_it(
    supervisor: Client, signed_in: Any, tess: User, sue: User, clock: Clock
) -> None:
    browser = signed_in(tess)
    said = browser.post("/messages/help/", {"words": "He will jump"}, headers=HX).content.decode()
    assert "No supervisor is at a desk now" in said
    assert "No supervisor is at a desk now" in read(browser, "/")
    supervisor.post("/desk/here/", {"page": "board", "front": "1"})
    assert "No supervisor has said yet that they see to it" in read(browser, "/")
    assert "Help is asked of Sue." in browser.post("/messages/help/", headers=HX).content.decode()
    page = read(supervisor, "/")
    assert "<strong>Tess</strong> asks for help" in page
    assert "He will jump" in page
    message = DeskMessage.objects.get()
    supervisor.post(f"/messages/{message.pk}/acknowledge/", headers=HX)
    assert "<strong>Sue</strong> sees to it" in read(browser, "/")
    assert "He will jump" not in read(supervisor, "/")


def test_whoever_is_second_hears_who_sees_to_it(
    supervisor: Client, signed_in: Any, person: Any, tess: User, clock: Clock
) -> None:
    asked = desk_messages.ask_help(by=tess, at=clock.now)
    second = signed_in(person("sam", Role.SUPERVISOR))
    for browser, status in ((supervisor, 200), (second, 409)):
        answer = browser.post(f"/messages/{asked.pk}/acknowledge/", headers=HX)
        assert answer.status_code == status
    assert "Sue sees to it already." in answer.content.decode()


def test_what_is_wrong_is_said_and_what_was_typed_stays(signed_in: Any, tess: User, dan: User, sue: User) -> None:
    browser = signed_in(tess)
    answer = browser.post("/messages/send/", {"to": str(dan.pk), "words": "Lunch?"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Only supervisors write to Dan" in page
    assert 'value="Lunch?"' in page
    assert browser.post("/messages/send/", {"to": "nobody", "words": "x"}).status_code == 404
    assert browser.post("/messages/send/", {"to": str(sue.pk), "words": " "}).status_code == 422


def test_by_the_command_line(signed_in: Any, tess: User, dan: User, sue: User) -> None:
    def say(who: User, line: str) -> str:
        answer = signed_in(who).post("/command/", {"line": line, "key": uuid4().hex}, headers=HX)
        return answer.content.decode().replace("&#x27;", "'")

    assert "Sent to Dan." in say(sue, "MSG dan 12 people wait at the square")
    assert DeskMessage.objects.get().words == "12 people wait at the square"
    assert "Only supervisors write to Dan. HELP" in say(tess, "MSG dan lunch?")
    assert "There is nobody called rosa at a desk" in say(sue, "MSG rosa hello")
    assert "No supervisor is at a desk now: phone one." in say(tess, "help he has a knife")
    asked = DeskMessage.objects.get(kind="help")
    assert asked.words == "he has a knife"
    assert "Undone" in say(tess, "UNDO")
    asked.refresh_from_db()
    assert asked.acknowledged_by == tess
    say(tess, "HELP")
    assert DeskMessage.objects.get(kind="help", acknowledged_at=None).words == ""
    offered = signed_in(sue).post("/command/complete/", {"line": "MSG te"}).content.decode()
    assert 'data-line="MSG tess "' in offered


# What all are sent


def test_marks_change_with_what_each_is_to_see_and_hold_no_word(tess: User, dan: User, sue: User, clock: Clock) -> None:
    assert marks(at=clock.now) == {}
    sent = desk_messages.send(to=dan, words="Take 1042 first", by=sue, at=clock.now)
    first = marks(at=clock.now)
    assert set(first) == {str(dan.pk)}
    asked = desk_messages.ask_help(words="He will jump", by=tess, at=clock.now)
    watching.watch(of=dan, by=sue, at=clock.now)
    second = marks(at=clock.now)
    assert set(second) == {str(dan.pk), str(tess.pk), "supervisors"}
    assert second[str(dan.pk)] != first[str(dan.pk)]
    clock.advance(60)
    third = marks(at=clock.now)
    assert third["supervisors"] != second["supervisors"], "asked again, so heard again"
    assert third[str(dan.pk)] != second[str(dan.pk)], "the page that watched fell silent"
    desk_messages.acknowledge(message=sent, by=dan, at=clock.now)
    desk_messages.acknowledge(message=asked, by=sue, at=clock.now)
    fourth = marks(at=clock.now)
    assert all(fourth[who] != third[who] for who in third)
    clock.advance(desk_messages.SEEN.total_seconds() + 1)
    assert marks(at=clock.now)[str(tess.pk)] != fourth[str(tess.pk)], "she was told who sees to it for long enough"
    panes = _news("", clock.now)
    assert "jump" not in str(panes)
    assert "1042" not in str(panes)


def test_what_all_supervisors_are_sent_is_nobodys_own(signed_in: Any, sue: User, dan: User, clock: Clock) -> None:
    for who in (sue, dan):
        signed_in(who)
    pane = _positions("", clock.now)["positions"]
    assert "csrf" not in pane
    assert pane.count("take-over") == 0
    with CaptureQueriesContext(connection) as asked:
        _positions("", clock.now)
    assert len(asked) <= 14
