"""What a program does when nobody acts is data: checked, adopted, never half-taken."""

from datetime import timedelta

import pytest
import yaml
from django.core.management import CommandError, call_command

from dispatch import assignments, planned
from dispatch.models import Plan as Stored
from dispatch.plans import DEFAULT, Plan, PolicyError
from dispatch.plans.ladder import Do
from dispatch.queries import plan_of, timeline
from dispatch.states import IncidentStatus
from due.queries import next_due
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
        ({"ladder": {**LADDER, "steps": [{"do": "offer", "seconds": 60, "supersede_levels": 5}]}},
            "ladder / steps[0] / supersede_levels",
        ),
        ({"watch": {"state_seconds": {"pending": 60}}}, "watch / state_seconds / pending"),
        ({"watch": {"state_seconds": {"triage": 0}}}, "watch / state_seconds / triage"),
        ({"watch": {"answer_seconds": {"6": 60}}}, "watch / answer_seconds / 6"),
        ({"watch": {"hold_minutes": {1: "long"}}}, "watch / hold_minutes / 1"),
        ({"watch": {"patience": {}}}, "watch / patience"),
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


def test_how_long_an_incident_may_stay_as_it_is_by_default():
    watch = Plan.take({}).watch
    seconds = [
        watch.limit(IncidentStatus.TRIAGE, None),
        watch.limit(IncidentStatus.PENDING, 5),
        watch.repeat(IncidentStatus.PENDING, 3),
        watch.repeat(IncidentStatus.TRIAGE, 3),
        watch.answer(None),
        watch.hold(1, scheduled=False),
        watch.hold(None, scheduled=True),
    ]
    assert [each.total_seconds() for each in seconds] == [120, 1200, 300, 60, 60, 300, 14 * 86400]


def test_a_limit_that_is_left_out_stands_as_by_default():
    changed = Plan.take({"watch": {"state_seconds": {"on_scene": 900}, "hold_minutes": {"1": 2}}}).watch
    default = Plan.take({}).watch
    assert changed.limit(IncidentStatus.ON_SCENE, 3) == timedelta(minutes=15)
    assert changed.limit(IncidentStatus.EN_ROUTE, 3) == default.limit(IncidentStatus.EN_ROUTE, 3)
    assert [changed.hold(level, scheduled=False) for level in (1, 2)] == [timedelta(minutes=2), timedelta(minutes=30)]
    assert changed.hold(1, scheduled=True) == default.hold(1, scheduled=True)


def test_the_limits_are_the_programs_own(program, take, dan, sue, psr1, clock):
    document = {"watch": {"state_seconds": {"assigned": 60, "triage": 30}, "repeat_seconds": {2: 20}}}
    planned.adopt(program=program, document=document, by=sue, at=clock.now)
    unsure, sure = take({"call_type": "welfare_check"})[1], take()[1]
    assignments.send(incident=sure, unit=psr1, by=dan, at=clock.now)
    assert next_due([unsure.id, sure.id]) == {
        unsure.id: clock.now + timedelta(seconds=30),
        sure.id: clock.now + timedelta(seconds=60),
    }
    clock.advance(30)
    clock.advance(20)
    assert timeline(unsure).filter(kind="incident.overdue").count() == 2, "at 30 s, and 20 s later again"
    with pytest.raises(Invalid) as wrong:
        planned.adopt(program=program, document={"watch": {"hold_minutes": {1: 0}}}, by=sue, at=clock.now)
    assert wrong.value.errors == {"watch / hold_minutes / 1": "This must be a whole number from 1 to 20160, not 0."}


def test_a_step_is_written_as_it_was_read():
    for told in yaml.safe_load(DEFAULT.read_text())["ladder"]["steps"]:
        step = next(each for each in Plan.take({}).ladder.steps if each.as_json().items() >= told.items())
        assert step.as_json().keys() - told.keys() <= {"at_once"}


def test_a_program_adopts_a_plan_and_the_newest_is_in_force(program, sue, clock):
    assert plan_of(program) == Plan.take({})
    planned.adopt(program=program, document={"ladder": LADDER}, by=sue, at=clock.now)
    assert plan_of(program).ladder.wait[1] == timedelta(seconds=30)
    assert plan_of(None) == Plan.take({}), "an incident that no program covers goes by the default plan"
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
