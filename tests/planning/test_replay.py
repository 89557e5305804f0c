"""Replays by a clock that jumps: everything is accounted for, carried out, and nobody is left alone."""

import gzip
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from calls import type_maps
from calls.models import Assessment, Call
from dispatch import assignments, limits, taking
from dispatch.models import Assignment, Handoff, Incident
from dispatch.settling import OURS
from dispatch.states import LIVE
from due import timers
from journal.refusals import Refused
from planning import answers
from planning.balance import balance
from planning.crews import Crews
from planning.replay import Replay
from planning.rows import UNMAPPED, opened, read
from responders.models import Unit
from tests.conftest import TESTS
from tests.planning.conftest import MAP, PATROL, STARTS, THEFT, WELFARE, JumpClock, line
from triage import publishing
from triage.models import Program

Write = Callable[..., Path]
Make = Callable[..., Replay]

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "sapd_san_antonio_2026-04-01_2026-04-06.csv.gz"
CALM = "seed: 1\nanswers: {weapon: {none: 100}, violence: {none: 100}, suicide_risk: {none: 100},"
CALM += " medical_need: {none: 100}, location_class: {outdoors: 100}, in_traffic: {false: 100}, age: {40: 100},"
CALM += " person_down: {false: 100}, caller_wants_officer: {false: 100}}\n"


@pytest.fixture
def calm(tmp_path: Path) -> answers.Answers:
    """Callers whose welfare checks are all for a community team."""
    path = tmp_path / "calm.yaml"
    path.write_text(CALM)
    return answers.load(path)


def test_rows_are_taken_or_rejected_and_all_is_carried_out(
    write: Write, replay: Make, exercise: Program, jump: JumpClock
):
    lines = [line(number, number * 30, WELFARE if number % 3 else THEFT) for number in range(30)]
    lines += [line(31, 910, PATROL), line(32, 920, ("Other Calls", "Haunting")), line(2, 930), line(33, 940, LAT="x")]
    run = replay(write(lines))
    tally = run.run()

    assert (tally.read, tally.taken) == (34, 30)
    assert tally.rejected == {
        "officer-initiated": 1, UNMAPPED: 1, "number came before": 1, "LAT, LON are no position": 1
    }  # fmt: skip
    assert tally.unmapped == {"Other Calls / Haunting": 1}
    assert tally.adds_up
    assert run.agenda.failed == 0

    found = balance(source=run.source, program=exercise, at=jump.now())
    assert found.calls == found.incidents == sum(found.outcomes.values()) == 30
    assert found.waiting == []
    assert found.lost_calls == 0
    assert found.served == found.statuses["closed"] > 5
    assert found.statuses["handed_off"] == 30 - found.served
    assert "undetermined" not in found.outcomes


def test_calls_are_marked_and_shifted_to_now(write: Write, replay: Make, jump: JumpClock):
    began = jump.now()
    replay(write([line(1, 0), line(2, 600)]), speed=60).run()
    first, second = Call.objects.order_by("received_at")
    assert first.received_at == began
    assert second.received_at == began + timedelta(seconds=10)
    assert second.original_received_at == datetime.fromtimestamp(STARTS / 1000 + 600, tz=began.tzinfo)
    for call in (first, second):
        assert call.simulated
        assert call.exercise
        assert call.source == f"replay:{MAP}:test"
        assert call.incident_link.incident.exercise


def test_at_the_worlds_speed_each_answer_is_saved_by_itself(write: Write, replay: Make, calm: answers.Answers):
    replay(write([line(1, 0)]), speed=1, table=calm, drain=100).run()
    call = Call.objects.get()
    known = list(Assessment.objects.filter(call=call).order_by("at").values_list("facts", flat=True))
    assert known[0].keys() - {"area"} == {"call_type"}
    assert [len(after) - len(before) for before, after in pairwise(known)] == [1] * (len(known) - 1)
    assert known[-1]["weapon"] == "none"


@pytest.mark.parametrize("speed", [60, 0])
def test_speed_changes_no_answer(write: Write, replay: Make, speed: float):
    """The facts of a call at the end are those of one asked question by question."""
    lines = [line(number, number) for number in range(5)]
    replay(write(lines), speed=1, drain=130).run()
    told = dict(Call.objects.values_list("external_id", "facts"))
    run = replay(write(lines), speed=speed, drain=5)
    run.source = "replay:again"
    run.run()
    assert dict(Call.objects.filter(source="replay:again").values_list("external_id", "facts")) == told


def test_rows_out_of_order_are_taken_when_they_are_read(write: Write, replay: Make):
    tally = replay(write([line(1, 100), line(2, 0), line(3, 130)])).run()
    assert tally.taken == 3
    assert list(Call.objects.order_by("taken_at").values_list("external_id", flat=True)) == ["T-1", "T-2", "T-3"]


def test_crews_go_through_every_state_and_their_units_move(
    write: Write, replay: Make, exercise: Program, calm: answers.Answers
):
    replay(
        write([line(number, number * 1200, LAT="29.5", LON="-98.6") for number in range(20)]), table=calm, drain=95
    ).run()
    done = Assignment.objects.filter(status="cleared")
    assert done.count() == 20
    for each in done:
        stamps = [each.offered_at, each.accepted_at, each.en_route_at, each.on_scene_at, each.cleared_at]
        assert stamps == sorted(stamps)
    assert {each.disposition for each in done} >= {"settled_by_contact", "transported"}
    assert Assignment.objects.filter(status="declined").exclude(decline_reason="").exists()
    assert Unit.objects.filter(program=exercise, latitude=29.5, longitude=-98.6).exists()


def test_an_offer_that_nobody_answers_goes_to_the_next_unit(
    write: Write, replay: Make, calm: answers.Answers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("planning.crews._DOES_NOT_ANSWER", 1.0)
    replay(write([line(1, 0)]), table=calm, drain=95).run()
    first, second = Assignment.objects.order_by("offered_at")
    assert (first.status, second.status) == ("expired", "offered")
    assert second.offered_by_name == "Rightcall (clock)"


def test_hand_offs_are_acknowledged_by_somebody_with_a_number(write: Write, replay: Make):
    replay(write([line(1, 0, THEFT)])).run()
    handoff = Handoff.objects.get()
    assert handoff.status == "acknowledged"
    assert handoff.reference == "SIM-1"
    assert handoff.acknowledged_by == "Simulated police desk"


def test_what_waits_has_a_reason_and_a_due_time(
    write: Write, replay: Make, exercise: Program, jump: JumpClock, calm: answers.Answers, nobody: None
):
    run = replay(write([line(1, 0), line(2, 10)]), speed=10, drain=330, table=calm)
    tally = run.run()
    assert tally.taken == 2
    found = balance(source=run.source, program=exercise, at=jump.now())
    assert [each.why for each in found.waiting] == ["no unit is free"] * 2
    assert all(each.due_at for each in found.waiting)
    assert found.alone == []
    assert Incident.objects.filter(overdue_at__isnull=False).count() == 2  # the watch has told of both


def test_an_incident_that_lost_its_timer_is_reported_as_alone(
    write: Write, replay: Make, exercise: Program, jump: JumpClock, calm: answers.Answers, nobody: None
):
    run = replay(write([line(1, 0)]), drain=0, table=calm)
    run.run()
    Incident.objects.get()

    timers.cancel(kinds=[limits.WATCH], subject_id=Incident.objects.get().id, at=jump.now())
    found = balance(source=run.source, program=exercise, at=jump.now())
    assert len(found.alone) == 1


def test_a_row_that_fails_is_rejected_and_the_replay_goes_on(
    write: Write, replay: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    take, count = taking.take, iter(range(9))

    def second_fails(**told: Any) -> Any:
        if next(count) == 1:
            raise RuntimeError
        return take(**told)

    monkeypatch.setattr(taking, "take", second_fails)
    run = replay(write([line(number, number) for number in range(3)]))
    with caplog.at_level(logging.ERROR):
        tally = run.run()
    assert (tally.taken, tally.rejected) == (2, {"failed: RuntimeError": 1})
    assert tally.adds_up
    assert run.agenda.failed == 1
    assert caplog.messages == ["simulated action failed"]


def test_an_action_that_fails_is_tried_again_later(
    write: Write, replay: Make, calm: answers.Answers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("planning.crews._DOES_NOT_ANSWER", 0.0)
    clear, count = assignments.clear, iter(range(99))

    def first_fails(**told: Any) -> Any:
        if next(count) == 0:
            raise RuntimeError
        return clear(**told)

    monkeypatch.setattr(assignments, "clear", first_fails)
    run = replay(write([line(1, 0)]), table=calm)
    run.run()
    assert run.agenda.failed == 1
    assert Incident.objects.get().status == "closed"


def test_a_refusal_is_no_error(write: Write, replay: Make, calm: answers.Answers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("planning.crews._DOES_NOT_ANSWER", 0.0)
    accept, count = assignments.accept, iter(range(99))

    def first_refused(**told: Any) -> Any:
        if next(count) == 0:
            raise Refused("Somebody was first.")
        return accept(**told)

    monkeypatch.setattr(assignments, "accept", first_refused)
    run = replay(write([line(1, 0)]), table=calm)
    run.run()
    assert (run.agenda.refused, run.agenda.failed) == (1, 0)
    assert Incident.objects.get().status == "closed"


def test_stopped_it_ends_after_the_action_at_hand(write: Write, replay: Make, jump: JumpClock):
    run = replay(write([line(number, number * 60) for number in range(50)]), speed=60)
    run.agenda.put(jump.now() + timedelta(seconds=5), lambda at: run.stop())
    tally = run.run()
    assert 0 < tally.read < 50
    assert tally.adds_up


def test_a_broken_file_ends_the_input_and_is_told(write: Write, replay: Make, tmp_path: Path):
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(write(line(number, number) for number in range(300)).read_bytes())[:-900])
    tally = replay(path, speed=0, drain=0).run()
    assert "cannot be read on" in tally.broken
    assert tally.adds_up


def test_without_a_policy_in_force_calls_are_taken_and_watched(
    write: Write, replay: Make, exercise: Program, jump: JumpClock
):
    publishing.retire(version=exercise.policy.versions.get(), reason="Nothing follows yet.", by=TESTS, at=jump.now())
    run = replay(write([line(1, 0)]), drain=60)
    assert run.run().taken == 1
    (waiting,) = balance(source=run.source, program=exercise, at=jump.now()).waiting
    assert waiting.why.startswith("not decided")
    assert waiting.due_at


def test_few_crews_are_silent_at_once(replay: Make, write: Write, exercise: Program, jump: JumpClock):
    """An offer holds its unit for a real window: a fast replay in which many keep silent would stand still."""
    run = replay(write([]))
    crews: Crews = run.desk._crews
    assert crews._most_silent == 1


def real_types() -> Counter[str]:
    by = type_maps.load(MAP)
    with opened(REAL) as (header, lines):
        return Counter(getattr(read(each, header=header, by=by), "reason", "taken") for each in lines)


@pytest.mark.skipif(not REAL.exists(), reason="the real calls are not beside this checkout (../shared/data)")
def test_every_type_of_the_real_city_is_mapped():
    assert real_types().keys() == {"taken", "officer-initiated"}


@pytest.mark.skipif(not REAL.exists(), reason="the real calls are not beside this checkout (../shared/data)")
def test_sixty_real_rows(replay: Make, exercise: Program, jump: JumpClock):
    run = replay(REAL, speed=600, limit=60)
    tally = run.run()
    assert tally.read == 60 == tally.taken + tally.rejected.total()
    assert run.agenda.failed == 0
    found = balance(source=run.source, program=exercise, at=jump.now())
    assert found.calls == tally.taken
    assert found.alone == []
    assert found.served > 0
    assert not Incident.objects.filter(status__in=LIVE).exclude(outcome__in=OURS).exists()
