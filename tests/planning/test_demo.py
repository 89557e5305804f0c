"""The demo city plays its scenario, beside people, and stops when nobody looks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from calls.models import Call
from config.demo import PLAYED, keep_on_duty, seed
from dispatch import assignments, taking
from dispatch.models import Assignment, Handoff, Incident
from dispatch.states import LIVE
from due.sweep import heard
from journal.models import Entry
from planning import demo
from planning.scenario import Scenario
from responders.models import Unit
from tests.conftest import PASSWORD, Clock

pytestmark = pytest.mark.django_db

SCENARIO = Scenario.load(PLAYED)


@pytest.fixture
def town(db: None, clock: Clock, settings: Any) -> None:
    """As `make run` seeds it, with all teams on shift."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    seed(password=PASSWORD, at=clock.now)
    keep_on_duty(at=clock.now)


@pytest.fixture
def play(town: None, clock: Clock) -> Callable[..., bool]:
    def play(seconds: float = 0, *, watched: bool = True) -> bool:
        """Let so much time go by; each look starts from nothing but the tables."""
        ends_at = clock.now + timedelta(seconds=seconds)
        while True:
            if watched:
                heard("watched:here:1", at=clock.now)
            goes_on = demo.play(Scenario.load(PLAYED), at=clock.now)
            if clock.now >= ends_at:
                return goes_on
            clock.advance(10)

    return play


def incident_of(scene: str) -> Incident:
    return Incident.objects.get(links__call__external_id__endswith=f"-{scene}")


def test_every_call_is_played_to_its_end(play, clock):
    while Call.objects.count() < len(SCENARIO.scenes):
        play(5)
    clock.advance(200)
    while play(5, watched=False):
        pass
    assert not Incident.objects.filter(status__in=LIVE).exists()
    ends = {scene: incident_of(scene) for scene in SCENARIO.scenes}
    assert {scene: (each.outcome, each.status, each.disposition) for scene, each in ends.items()} == {
        "fountain": ("community", "closed", "referred"),
        "sleeper": ("community", "closed", "no_patient"),
        "knife": ("police", "handed_off", ""),
        "bench": ("community", "closed", "transported"),
        "thoughts": ("crisis_line", "handed_off", ""),
        "fence": ("police", "handed_off", ""),
        "library": ("community", "closed", "settled_by_contact"),
        "platform": ("community", "closed", "treated_released"),
        "sister": ("co_response", "closed", "referred"),
        "shelter": ("information", "handed_off", ""),
        "lot": ("co_response", "closed", "settled_by_contact"),
        "underpass": ("community", "closed", "refused"),
        "visit": ("community", "closed", "unable_to_locate"),
    }
    for scene, first in (("bench", "declined"), ("platform", "expired"), ("fountain", "cleared")):
        asked = list(ends[scene].assignments.order_by("offered_at").values_list("status", flat=True))
        assert (asked[0], asked[-1]) == (first, "cleared"), scene
    overdue = Handoff.objects.filter(id__in=Entry.objects.filter(kind="handoff.unanswered").values("subject_id"))
    assert overdue.get().incident_id == ends["fence"].id
    assert set(Incident.objects.values_list("exercise", flat=True)) == {True}


def test_nobody_watches_and_no_call_comes(play, clock):
    assert play(60, watched=False) is False
    assert not Call.objects.exists()
    play()
    assert list(Call.objects.values_list("external_id", flat=True)) == ["1-fountain"]
    play(600, watched=False)
    played = Call.objects.count()
    assert played < 8, "three minutes are allowed for a page that is being reloaded"
    assert play(600, watched=False) is False, "and what was begun has ended"
    assert Call.objects.count() == played
    play()
    assert Call.objects.latest("received_at").external_id == SCENARIO.external_id(played)


def test_after_the_last_call_the_first_comes_again_under_a_number_of_its_own():
    length = len(SCENARIO.scenes)
    assert SCENARIO.external_id(0) == "1-fountain"
    assert SCENARIO.external_id(length) == f"{length + 1}-fountain"
    assert SCENARIO.of(f"{length + 1}-fountain") == SCENARIO.scenes["fountain"]
    assert SCENARIO.of("7-of-an-older-file").answer(0) == "accepts"


def test_it_leaves_to_people_what_is_theirs(play, clock):
    dan = User.objects.get(username="dan")
    play(20)
    fountain = incident_of("fountain")
    offered = assignments.offer(incident=fountain, unit=Unit.objects.get(callsign="PSR1"), by=dan, at=clock.now)
    call = Call.objects.get(external_id="1-fountain")
    heard_by_dan = {"source": "console", "received_at": clock.now, "facts": call.facts, "program": PLAYED}
    _, own = taking.take(heard=taking.Heard(**heard_by_dan, exercise=True), by=dan, at=clock.now)
    assignments.offer(incident=own, unit=Unit.objects.get(callsign="PSR4"), by=dan, at=clock.now)
    play(60)
    offered.refresh_from_db()
    assert offered.status == "offered", "Rosa's answer is Rosa's"
    assert own.assignments.get().status == "offered", "and a call that a person took is not played"


def test_what_a_person_heard_stands(play, clock):
    dan = User.objects.get(username="dan")
    play()
    call = Call.objects.get(external_id="1-fountain")
    taking.amend(call=call, answers={"weapon": "seen", "location_class": "transit"}, by=dan, at=clock.now)
    play(30)
    call.refresh_from_db()
    assert (call.facts["weapon"], call.facts["location_class"]) == ("seen", "transit")
    assert call.facts["violence"] == "none"
    assert Incident.objects.get(links__call=call).outcome == "police"


def test_a_real_program_of_that_name_is_never_played(program, clock):
    type(program).objects.update(slug=PLAYED)
    heard("watched:here:1", at=clock.now)
    assert demo.play(SCENARIO, at=clock.now) is False
    assert not Call.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_that_play_at_once_play_each_call_once(town, clock):
    heard("watched:here:1", at=clock.now)

    def play(_: int) -> None:
        try:
            demo.play(SCENARIO, at=clock.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as several:
        list(several.map(play, range(4)))
    assert list(Call.objects.values_list("external_id", flat=True)) == ["1-fountain"]
    assert not Assignment.objects.exists()
