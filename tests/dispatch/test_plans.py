"""What a program does when nobody acts is data: checked, adopted, never half-taken."""

from datetime import timedelta

import pytest
import yaml
from django.core.management import CommandError, call_command

from dispatch import planned
from dispatch.models import Plan as Stored
from dispatch.plans import DEFAULT, Plan, PolicyError
from dispatch.plans.ladder import Do
from dispatch.queries import plan_of
from journal.refusals import Invalid

LADDER = {
    "wait_seconds": {"1": 30, "2": 60, "3": 90, "4": 120, "5": 150},
    "steps": [{"do": "offer", "seconds": 60}, {"do": "propose", "to": "police", "seconds": 60}],
    "repeat_seconds": 30,
}


def test_the_default_ladder_offers_near_then_wide_then_tells_and_proposes():
    ladder = Plan.take({}).ladder
    assert [step.do for step in ladder.steps] == [
        Do.OFFER,
        Do.OFFER,
        Do.TELL_SUPERVISOR,
        Do.CALL_BACK,
        Do.PROPOSE,
        Do.PROPOSE,
    ]
    assert (ladder.steps[0].minutes, ladder.steps[1].minutes) == (15, None)
    assert ladder.wait[1] == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"stairs": {}}, "stairs"),
        ({"ladder": {**LADDER, "steps": []}}, "ladder / steps"),
        ({"ladder": {**LADDER, "steps": [{"do": "pray", "seconds": 60}]}}, "ladder / steps[0] / do"),
        ({"ladder": {**LADDER, "steps": [{"do": "propose", "seconds": 60}]}}, "ladder / steps[0]"),
        (
            {"ladder": {**LADDER, "steps": [{"do": "call_back", "seconds": 60, "minutes": 3}]}},
            "ladder / steps[0] / minutes",
        ),
        ({"ladder": {**LADDER, "wait_seconds": {"1": 30}}}, "ladder / wait_seconds"),
        ({"ladder": {**LADDER, "repeat_seconds": 0}}, "ladder / repeat_seconds"),
        ({"recommend": 3}, "recommend"),
        ({"recommend": {"costs": {"beauty": 3}}}, "recommend / costs / beauty"),
        ({"recommend": {"costs": {"away": -1}}}, "recommend / costs / away"),
        ({"recommend": {"limits": {"shift_minutes": "long"}}}, "recommend / limits / shift_minutes"),
        ({"recommend": {"travel": {"kmh": 0}}}, "recommend / travel / kmh"),
        ({"recommend": {"spoken_by_all": []}}, "recommend / spoken_by_all"),
        ({"recommend": {"crew": {"credentials": {"medic": ["magic"]}}}}, "recommend / crew / credentials / medic[0]"),
    ],
)  # fmt: skip
def test_a_plan_that_is_wrong_is_refused_at_its_place(change, place):
    with pytest.raises(PolicyError) as wrong:
        Plan.take(change)
    assert wrong.value.place == place


def test_a_number_that_is_left_out_of_the_ranking_stands_as_by_default():
    changed = Plan.take({"recommend": {"costs": {"language": 0}, "crew": {"mix": [["medic", "peer"]]}}}).recommend
    default = Plan.take({}).recommend
    assert (default.costs.language, changed.costs.language) == (10, 0)
    assert changed.costs.away == default.costs.away == 8
    assert (changed.limits, changed.travel) == (default.limits, default.travel)
    assert (default.crew.mix, changed.crew.mix) == ((), (("medic", "peer"),))


def test_a_step_is_written_as_it_was_read():
    for told in yaml.safe_load(DEFAULT.read_text())["ladder"]["steps"]:
        step = next(each for each in Plan.take({}).ladder.steps if each.as_json().items() >= told.items())
        assert step.as_json().keys() - told.keys() <= {"at_once"}


def test_a_program_adopts_a_plan_and_the_newest_is_in_force(program, sue, clock):
    assert plan_of(program) == Plan.take({})
    planned.adopt(program=program, document={"ladder": LADDER}, by=sue, at=clock.now)
    assert plan_of(program).ladder.wait[1] == timedelta(seconds=30)
    clock.advance(1)
    planned.adopt(program=program, document={}, by=sue, at=clock.now)
    assert plan_of(program) == Plan.take({})
    with pytest.raises(Invalid) as wrong:
        planned.adopt(program=program, document={"ladder": {}}, by=sue, at=clock.now)
    assert list(wrong.value.errors) == ["ladder"]
    assert Stored.objects.count() == 2


def test_the_command_checks_and_installs(program, tmp_path, capsys):
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump({"ladder": LADDER}))
    call_command("plan", "check", str(path))
    assert not Stored.objects.exists()
    with pytest.raises(CommandError, match="name one of: portland"):
        call_command("plan", "install", str(path))
    call_command("plan", "install", str(path), "--program", "portland")
    assert plan_of(program).ladder.repeat == timedelta(seconds=30)
    path.write_text("ladder: 3")
    with pytest.raises(CommandError, match="ladder: This must be a set of keys"):
        call_command("plan", "check", str(path))
