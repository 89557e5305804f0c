"""What a draft would have done with stored calls: gained, lost, changed, and the unsafe ones first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from calls.heard import Heard
from calls.models import Call
from dispatch import assignments, escalation, overriding, taking
from journal.refusals import Invalid, Refused
from planning import previews
from planning.models import Preview, PreviewCase
from responders.models import Unit
from tests.conftest import CALM, TESTS, Clock, digest
from triage import deciding, drafting
from triage.models import Policy, PolicyVersion, Program


def take(clock: Clock, **facts: Any) -> Call:
    heard = Heard(source="test", received_at=clock.now, facts={**CALM, **facts}, latitude=45.52, longitude=-122.67)
    return taking.take(heard=heard, by=TESTS, at=clock.now)[0]


@pytest.fixture
def draft(program: Program, policy: Policy, sue: User, clock: Clock) -> PolicyVersion:
    """Sends teams to trespass, and none to welfare checks."""
    current = deciding.version_at(policy, clock.now)
    return drafting.begin(policy=policy, version="2", based_on=current, by=sue, at=clock.now)


def put(draft: PolicyVersion, rule: dict[str, Any], by: User, clock: Clock, first: bool = True) -> None:
    part = f"rule:{rule['id']}"
    drafting.put(version=draft, part=part, value=rule, was="", by=by, at=clock.now)
    draft.refresh_from_db()


STAY = {
    "id": "stay",
    "text": "Welfare checks are for police.",
    "source": "made up",
    "when": {"call_type": "welfare_check"},
    "exclude": "police",
    "unknown": "no",
}
THEFT = {
    "id": "hurry",
    "text": "Panhandling is looked at soon.",
    "source": "made up",
    "when": {"call_type": "panhandling"},
    "priority": 1,
}


def run(version: PolicyVersion, by: User, clock: Clock, **more: Any) -> Preview:
    preview = previews.begin(version=version, days=30, by=by, at=clock.now, **more)
    assert previews.work(at=clock.now, go_on=lambda: True) == preview.total
    preview.refresh_from_db()
    assert preview.ended_at == clock.now
    assert not preview.failed
    return preview


def kinds(preview: Preview) -> dict[Any, str]:
    return dict(PreviewCase.objects.filter(preview=preview).values_list("call_id", "kind"))


def test_lost_and_changed_calls_are_listed_with_both_decisions(draft: PolicyVersion, sue: User, clock: Clock) -> None:
    check, asks, far = take(clock), take(clock, call_type="panhandling"), take(clock, call_type="fire")
    put(draft, STAY, sue, clock)
    put(draft, THEFT, sue, clock)
    preview = run(draft, sue, clock)
    assert kinds(preview) == {check.id: "lost", asks.id: "changed"}
    case = PreviewCase.objects.get(call=check)
    assert case.before is not None
    assert (case.before["outcome"], case.after["outcome"]) == ("community", "police")
    assert "stay" in [reason["rule"] for reason in case.after["reasons"]]
    assert far.id not in kinds(preview)


def test_a_gained_call_is_unsafe_when_danger_came_to_light_later(
    policy: Policy, program: Program, sue: User, clock: Clock
) -> None:
    # In force: nobody goes to arguments. The draft sends a team, also where a weapon showed up a minute later.
    calm, armed = take(clock, call_type="domestic_dispute"), take(clock, call_type="domestic_dispute")
    assert calm.assessments.get().outcome != "community"
    clock.advance(60)
    taking.amend(call=armed, answers={"weapon": "seen"}, by=TESTS, at=clock.now)
    current = deciding.version_at(policy, clock.now)
    draft = drafting.begin(policy=policy, version="2", based_on=current, by=sue, at=clock.now)
    rule = drafting.parts_of(draft)["rule:domestic_dispute"]
    was = drafting.stamp(rule)
    drafting.put(version=draft, part="rule:domestic_dispute", value=None, was=was, by=sue, at=clock.now)
    go = {
        "id": "disputes",
        "text": "Teams go to arguments.",
        "source": "made up",
        "when": {"call_type": "domestic_dispute"},
        "permit": "community",
    }
    draft.refresh_from_db()
    put(draft, go, sue, clock)
    preview = run(draft, sue, clock)
    assert kinds(preview)[calm.id] == "gained"
    unsafe = PreviewCase.objects.get(preview=preview, unsafe=True)
    assert (unsafe.call_id, unsafe.danger) == (armed.id, {"weapon": "seen"})


def test_a_team_that_declined_for_its_safety_makes_a_call_unsafe(
    draft: PolicyVersion, sue: User, clock: Clock, psr1: Unit
) -> None:
    call = take(clock)
    incident = call.incident_link.incident
    offer = assignments.offer(incident=incident, unit=psr1, by=sue, at=clock.now)
    escalation.decline(assignment=offer, reason="safety", words="Knife last week.", by=TESTS, at=clock.now)
    preview = run(draft, sue, clock)
    case = PreviewCase.objects.get(preview=preview)
    assert (case.call_id, case.kind, case.unsafe, case.danger) == (call.id, "same", True, {"declined": "safety"})


def test_danger_that_a_dispatcher_knew_of_makes_a_call_unsafe(draft: PolicyVersion, sue: User, clock: Clock) -> None:
    calm, known = take(clock), take(clock)
    for call, reason in ((calm, "resources"), (known, "danger_not_captured")):
        there = call.incident_link.incident
        overriding.override(incident=there, outcome="police", reason=reason, words="As told.", by=sue, at=clock.now)
    case = PreviewCase.objects.get(preview=run(draft, sue, clock))
    assert (case.call_id, case.kind, case.unsafe, case.danger) == (known.id, "same", True, {"overridden": "danger"})


def test_exercises_and_calls_of_before_are_left_out(
    draft: PolicyVersion, exercise_program: Program, sue: User, clock: Clock
) -> None:
    take(clock)
    clock.advance(40 * 24 * 3600)
    new = take(clock)
    heard = Heard(source="test", received_at=clock.now, facts=CALM, exercise=True)
    taking.take(heard=heard, by=TESTS, at=clock.now)
    put(draft, STAY, sue, clock)
    assert list(kinds(run(draft, sue, clock))) == [new.id]
    assert run(draft, sue, clock, exercises=True).total == 2


def test_work_goes_on_where_it_stopped_and_does_nothing_twice(
    draft: PolicyVersion, sue: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "BATCH", 2)
    calls = {take(clock).id for _ in range(5)}
    put(draft, STAY, sue, clock)
    preview = previews.begin(version=draft, days=1, by=sue, at=clock.now)
    turns = iter([True, False])
    previews.work(at=clock.now, go_on=lambda: next(turns))
    preview.refresh_from_db()
    assert (preview.done, preview.total, preview.ended_at) == (2, 5, None)
    previews.work(at=clock.now, go_on=lambda: True)
    previews.work(at=clock.now, go_on=lambda: True)
    preview.refresh_from_db()
    assert (preview.done, preview.ended_at) == (5, clock.now)
    assert set(kinds(preview)) == calls


def test_a_draft_that_went_on_ends_its_preview(draft: PolicyVersion, sue: User, clock: Clock) -> None:
    take(clock)
    preview = previews.begin(version=draft, days=1, by=sue, at=clock.now)
    put(draft, STAY, sue, clock)
    previews.work(at=clock.now, go_on=lambda: True)
    preview.refresh_from_db()
    assert (preview.failed, preview.ended_at) == (True, clock.now)
    assert previews.of_text(draft, draft.digest) is None


def test_a_broken_preview_does_not_hold_up_the_next(
    draft: PolicyVersion, sue: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(clock)
    broken = previews.begin(version=draft, days=1, by=sue, at=clock.now)
    clock.advance(1)
    good = previews.begin(version=draft, days=1, by=sue, at=clock.now)
    whole = previews._cases

    def fail(preview: Preview, calls: list[Call]) -> Any:
        if preview.id == broken.id:
            raise RuntimeError
        return whole(preview, calls)

    monkeypatch.setattr(previews, "_cases", fail)
    previews.work(at=clock.now, go_on=lambda: True)
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.failed, good.failed, good.ended_at) == (True, False, clock.now)


def test_nothing_is_published_unseen_nor_unsafe_without_a_reason(
    draft: PolicyVersion, sue: User, clock: Clock, psr1: Unit, person: Callable[..., User]
) -> None:
    adam = person("adam", Role.ADMINISTRATOR)
    call = take(clock)
    offer = assignments.offer(incident=call.incident_link.incident, unit=psr1, by=sue, at=clock.now)
    escalation.decline(assignment=offer, reason="safety", by=TESTS, at=clock.now)
    drafting.submit(version=draft, by=sue, at=clock.now)
    with pytest.raises(Refused, match="Run the preview to its end first"):
        previews.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)
    run(draft, sue, clock)
    with pytest.raises(Invalid, match="The preview shows 1 unsafe"):
        previews.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)
    done = previews.publish(
        version=draft, seen=digest(draft), reason="The team was not told of the caution.", by=adam, at=clock.now
    )
    assert (done.status, done.unsafe_reason) == ("published", "The team was not told of the caution.")
    with pytest.raises(Refused, match="Only a draft is previewed"):
        previews.begin(version=done, days=1, by=sue, at=clock.now)


def test_a_shorter_preview_takes_back_no_unsafe_call(
    draft: PolicyVersion, sue: User, clock: Clock, psr1: Unit, person: Callable[..., User]
) -> None:
    adam = person("adam", Role.ADMINISTRATOR)
    offer = assignments.offer(incident=take(clock).incident_link.incident, unit=psr1, by=sue, at=clock.now)
    escalation.decline(assignment=offer, reason="safety", by=TESTS, at=clock.now)
    clock.advance(3 * 24 * 3600)
    drafting.submit(version=draft, by=sue, at=clock.now)
    run(draft, sue, clock)
    clock.advance(1)
    short = previews.begin(version=draft, days=1, by=adam, at=clock.now)
    previews.work(at=clock.now, go_on=lambda: True)
    assert not PreviewCase.objects.filter(preview=short).exists()
    with pytest.raises(Invalid, match="The preview shows 1 unsafe"):
        previews.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)


def test_what_was_changed_since_it_was_seen_is_not_published(
    draft: PolicyVersion, sue: User, clock: Clock, person: Callable[..., User]
) -> None:
    adam = person("adam", Role.ADMINISTRATOR)
    drafting.submit(version=draft, by=sue, at=clock.now)
    run(draft, sue, clock)
    seen = digest(draft)
    drafting.send_back(version=draft, words="One more thing.", by=sue, at=clock.now)
    put(draft, THEFT, sue, clock)
    drafting.submit(version=draft, by=sue, at=clock.now)
    clock.advance(1)
    run(draft, sue, clock)
    with pytest.raises(Refused, match="changed meanwhile"):
        previews.publish(version=draft, seen=seen, by=adam, at=clock.now)
    assert previews.publish(version=draft, seen=digest(draft), by=adam, at=clock.now).status == "published"


def test_a_preview_that_postgres_interrupted_goes_on(
    draft: PolicyVersion, sue: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(clock)
    preview = previews.begin(version=draft, days=1, by=sue, at=clock.now)

    def end(preview: Preview, calls: list[Call]) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")

    with monkeypatch.context() as once:
        once.setattr(previews, "_cases", end)
        previews.work(at=clock.now, go_on=lambda: True)
    assert list(previews.unfinished()) == [preview]
    previews.work(at=clock.now, go_on=lambda: True)
    preview.refresh_from_db()
    assert (preview.failed, preview.done, preview.ended_at) == (False, 1, clock.now)


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_days_that_make_no_sense_are_refused(draft: PolicyVersion, sue: User, clock: Clock, days: int) -> None:
    with pytest.raises(Invalid, match="days: A whole number from 1 to 3660"):
        previews.begin(version=draft, days=days, by=sue, at=clock.now)


def test_a_batch_takes_as_many_queries_for_twenty_calls_as_for_two(
    draft: PolicyVersion, sue: User, clock: Clock
) -> None:
    put(draft, STAY, sue, clock)
    take(clock)
    run(draft, sue, clock)  # compiles the draft
    counts = []
    for more in (2, 18):
        for _ in range(more):
            take(clock)
        previews.begin(version=draft, days=1, by=sue, at=clock.now + timedelta(seconds=len(counts) + 1))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            previews.work(at=clock.now, go_on=lambda: True)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_people_decided_otherwise_is_a_case_and_whether_the_draft_agrees(
    draft: PolicyVersion, dan: User, sue: User, clock: Clock
) -> None:
    why = {"reason": "known_to_team", "words": "Known to the team"}
    reviewed, disagreed, unreviewed = (take(clock, call_type="theft") for _ in range(3))
    kept = take(clock)
    made = {
        call.id: overriding.override(incident=call.incident_link.incident, outcome=outcome, by=dan, at=clock.now, **why)
        for call, outcome in ((reviewed, "community"), (disagreed, "ems"), (unreviewed, "ems"), (kept, "co_response"))
    }
    for call, verdict in ((reviewed, "agree"), (disagreed, "disagree"), (kept, "agree")):
        overriding.review(override=made[call.id], verdict=verdict, words="So it is", by=sue, at=clock.now)
    put(draft, {**THEFT, "id": "any"}, sue, clock)
    preview = run(draft, sue, clock)
    cases = {case.call_id: case for case in preview.cases.all()}
    assert {call_id: case.overridden for call_id, case in cases.items()} == {
        reviewed.id: "community",
        kept.id: "co_response",
    }, "kept though the draft changes nothing about them; only what a supervisor agreed with"
    assert [case.agrees for case in cases.values()] == [False, False]
    case = cases[kept.id]
    case.after = {**case.after, "outcome": "co_response"}
    assert case.agrees
