"""Two people change the same at once: neither overwrites the other unseen."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from calls.models import Call
from dispatch import correcting, taking
from dispatch.models import Correction
from journal.models import Entry
from journal.refusals import Overtaken
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


def test_the_second_is_told_what_stands_there_and_writes_nothing(
    take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    call, _ = take(caller_name="Ann")
    taking.amend(call=call, answers={"weapon": "seen"}, changes={"caller_name": "Anna"}, by=dan, at=clock.now)
    seen = {"caller_name": "Ann", "weapon": "none", "violence": "none"}
    with pytest.raises(Overtaken) as overtaken:
        taking.amend(
            call=call,
            answers={"violence": "verbal", "weapon": "access"},
            changes={"caller_name": "Hannah"},
            add="She is at the door.",
            seen=seen,
            by=tess,
            at=clock.now,
        )
    assert overtaken.value.theirs == {"caller_name": "Anna", "weapon": "seen"}
    call.refresh_from_db()
    assert (call.caller_name, call.facts["weapon"], call.facts["violence"]) == ("Anna", "seen", "none")
    assert call.narrative == ""


def test_what_a_colleague_left_alone_is_stored_beside_theirs(
    take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    call, _ = take(caller_name="Ann", caller_phone="")
    taking.amend(call=call, answers={}, changes={"caller_name": "Anna"}, by=dan, at=clock.now)
    told = {"changes": {"caller_phone": "503-555-0100"}, "seen": {"caller_phone": ""}}
    call, _ = taking.amend(call=call, answers={}, **told, by=tess, at=clock.now)
    assert (call.caller_name, call.caller_phone) == ("Anna", "503-555-0100")


def test_the_same_said_twice_is_no_difference(take: Callable, tess: User, dan: User, clock: Clock) -> None:
    call, _ = take()
    taking.amend(call=call, answers={"weapon": "seen"}, by=dan, at=clock.now)
    call, _ = taking.amend(call=call, answers={"weapon": "seen"}, seen={"weapon": "none"}, by=tess, at=clock.now)
    assert Entry.objects.filter(kind="call.amended", subject_id=call.id).count() == 1


def test_an_address_by_one_and_a_position_by_another_make_no_place(
    take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    call, _ = take()
    before = {"address": call.address, "latitude": call.latitude, "longitude": call.longitude}
    taking.amend(call=call, answers={}, changes={"address": "Lents Park"}, by=dan, at=clock.now)
    there = {"latitude": 45.53, "longitude": -122.66}
    with pytest.raises(Overtaken) as overtaken:
        taking.amend(call=call, answers={}, changes=there, seen=before, by=tess, at=clock.now)
    assert overtaken.value.theirs == {**before, "address": "Lents Park"}


def test_a_version_names_what_may_be_changed(take: Callable, tess: User, dan: User, clock: Clock) -> None:
    from calls.intake import version

    call, _ = take()
    first = version(call)
    call, _ = taking.amend(call=call, answers={}, add="He left.", versions=[first], by=dan, at=clock.now)
    assert version(call) != first
    with pytest.raises(Overtaken):
        taking.amend(call=call, answers={}, add="He is back.", versions=[first], by=tess, at=clock.now)
    call.refresh_from_db()
    assert call.narrative == "He left."


def test_a_corrected_time_is_not_corrected_back_unseen(take: Callable, dan: User, sue: User, clock: Clock) -> None:
    _, incident = take()
    before, earlier = incident.received_at, incident.received_at - timedelta(minutes=2)
    told: dict[str, Any] = {"incident": incident, "stamp": "received", "seen": before, "at": clock.now}
    correcting.correct(**told, to=earlier, reason="Clock", by=dan)
    with pytest.raises(Overtaken, match="Dan has corrected this meanwhile to 11:58:00"):
        correcting.correct(**told, to=earlier - timedelta(minutes=1), reason="Tape", by=sue)
    assert Correction.objects.count() == 1
    correcting.correct(**{**told, "seen": earlier}, to=earlier - timedelta(minutes=1), reason="Tape", by=sue)
    assert Correction.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_four_at_once_one_is_first_and_all_words_are_kept(take: Callable, person: Callable, clock: Clock) -> None:
    call, _ = take(caller_name="Ann")
    gate, outcomes = threading.Barrier(4), []
    names = ["Anna", "Hannah", "Anne", "Annika"]
    people = [person(f"taker{n}", "call_taker") for n in range(4)]
    at = clock.now

    def change(name: str, by: User) -> None:
        try:
            gate.wait(30)
            taking.amend(call=call, answers={}, add=f"{name} rang.", by=by, at=at)
            taking.amend(
                call=call, answers={}, changes={"caller_name": name}, seen={"caller_name": "Ann"}, by=by, at=at
            )
            outcomes.append(name)
        except Overtaken as overtaken:
            outcomes.append(overtaken.theirs["caller_name"])
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=pair) for pair in zip(names, people, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    stored = Call.objects.get()
    assert outcomes == [stored.caller_name] * 4, "whoever lost was told who won"
    assert sorted(stored.narrative.splitlines()) == sorted(f"{name} rang." for name in names)
