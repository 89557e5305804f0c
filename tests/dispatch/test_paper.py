"""Paper for when nothing else works: numbers are reserved, papers are entered with the times of then, and each number
is accounted for."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from calls.heard import Heard
from calls.models import Call
from dispatch import assignments, auditing, check_digit, drawer, paper, queries, reentry, taking
from dispatch.models import Assignment, Downtime, Incident, PaperForm
from dispatch.reentry import Given, Log, Team
from dispatch.states import AssignmentStatus, IncidentStatus, PaperStatus
from due.models import Message, Timer
from journal.models import Entry
from journal.refusals import Invalid, Refused
from responders.models import Unit
from tests.conftest import SQUARE, Clock, make_program
from tests.facts import CALM
from triage.models import PolicyVersion, Program


@pytest.fixture
def forms(program: Program, sue: User, clock: Clock) -> list[int]:
    """Five papers that Sue printed an hour ago."""
    block = paper.reserve(program=program, count=5, by=sue, at=clock.now)
    clock.advance(3600)
    return list(block.forms.order_by("number").values_list("number", flat=True))


Enter = Callable[..., Incident]


@pytest.fixture
def enter(tess: User, clock: Clock) -> Enter:
    """Tess enters a paper; its call was received so many minutes ago."""

    def enter(number: int, *, ago: int = 50, facts: dict[str, Any] | None = None, **log: Any) -> Incident:
        received = clock.now - timedelta(minutes=ago)
        heard = Heard(
            source="paper", received_at=received, answered_at=received, facts=CALM if facts is None else facts, **SQUARE
        )
        _, incident = reentry.enter(number=number, heard=heard, log=Log(**log), by=tess, at=clock.now)
        return incident

    return enter


@pytest.fixture
def ago(clock: Clock) -> Callable[[int], datetime]:
    return lambda minutes: clock.now - timedelta(minutes=minutes)


def came(unit: Unit, ago: Callable[[int], datetime], *minutes: int, **more: Any) -> Team:
    """A team's line: accepted, en route, on scene, cleared so many minutes ago, as far as is told."""
    told = dict(zip(("accepted_at", "en_route_at", "on_scene_at", "cleared_at"), map(ago, minutes), strict=False))
    return Team(named="team1", unit=unit, **{"accepted_at": None, **told, **more})


# Numbers


def test_a_block_takes_numbers_from_the_row_that_calls_draw_from(program, sue, take, clock):
    before = take()[1].number
    block = paper.reserve(program=program, count=3, by=sue, at=clock.now)
    numbers = list(block.forms.order_by("number").values_list("number", flat=True))
    assert numbers == [before + 1, before + 2, before + 3]
    assert take()[1].number == before + 4
    entry = Entry.objects.get(kind="paper.reserved")
    assert entry.actor_name == "Sue"
    assert entry.payload == {"program": "portland", "count": 3, "first": before + 1, "last": before + 3}


@pytest.mark.parametrize("count", [0, -1, 501])
def test_nobody_reserves_none_or_a_room_full(program, sue, clock, count):
    with pytest.raises(Invalid) as wrong:
        paper.reserve(program=program, count=count, by=sue, at=clock.now)
    assert wrong.value.errors == {"count": "From 1 to 500."}


def test_postgres_refuses_a_live_incident_under_a_number_on_paper(forms, take):
    with pytest.raises(IntegrityError, match="reserved for paper"), transaction.atomic():
        Incident.objects.filter(pk=take()[1].pk).update(number=forms[0])


def test_postgres_refuses_to_print_a_number_that_an_incident_has(forms, incident):
    form = PaperForm.objects.get(number=forms[0])
    form.id, form.number = incident.id, incident.number
    with pytest.raises(IntegrityError, match="is taken"), transaction.atomic():
        form.save(force_insert=True)


def test_postgres_keeps_each_form_and_its_number(forms):
    kept = PaperForm.objects.filter(number=forms[0])
    with pytest.raises(IntegrityError, match="accounted for"), transaction.atomic():
        kept.delete()
    with pytest.raises(IntegrityError, match="its number stays"), transaction.atomic():
        kept.update(number=forms[0] + 100_000)
    with pytest.raises(IntegrityError, match="paper_is_entered_under_its_number"), transaction.atomic():
        kept.update(incident=forms[1], status="entered", settled_at=Now())
    with pytest.raises(IntegrityError, match="paper_is_entered_or_void"), transaction.atomic():
        kept.update(status="void")


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("reserve"), st.integers(1, 4)),
            st.tuples(st.just("call"), st.just(0)),
            st.tuples(st.sampled_from(["enter", "void", "restore"]), st.integers(0, 30)),
        ),
        max_size=14,
    )
)
def test_no_number_is_ever_given_twice(program, tess, clock, steps):
    """Whatever is reserved, taken, entered, made void and restored, in any order."""
    with transaction.atomic():
        reserved: list[int] = []
        live: list[int] = []
        for what, how in steps:
            chosen = reserved[how % len(reserved)] if reserved else None
            try:
                if what == "reserve":
                    block = paper.reserve(program=program, count=how, by=tess, at=clock.now)
                    reserved += block.forms.values_list("number", flat=True)
                elif what == "call":
                    live.append(_live(tess, clock.now).number)
                elif chosen is None:
                    continue
                elif what == "enter":
                    _enter(chosen, tess, clock.now)
                elif what == "void":
                    paper.void(numbers=[(chosen, chosen)], reason="spoilt", by=tess, at=clock.now)
                else:
                    paper.restore(number=chosen, by=tess, at=clock.now)
            except Refused:
                pass
        assert len(set(reserved + live)) == len(reserved + live)
        entered = set(PaperForm.objects.filter(status="entered").values_list("number", flat=True))
        assert set(Incident.objects.values_list("number", flat=True)) == entered | set(live)
        assert set(Incident.objects.exclude(entered_at=None).values_list("number", flat=True)) == entered
        assert set(PaperForm.objects.values_list("number", flat=True)) == set(reserved)
        transaction.set_rollback(True)


def _live(tess: User, at: datetime) -> Incident:
    _, incident = taking.take(heard=Heard(source="t", received_at=at, facts=CALM, **SQUARE), by=tess, at=at)
    assert incident
    return incident


def _enter(number: int, tess: User, at: datetime) -> Incident:
    heard = Heard(source="paper", received_at=at, facts=CALM, **SQUARE)
    return reentry.enter(number=number, heard=heard, log=Log(), by=tess, at=at)[1]


def _all_at_once(*work: Callable[[], None]) -> list[BaseException]:
    """Each on a connection of its own, begun together; what they raised."""
    gate, raised = threading.Barrier(len(work)), []

    def run(one: Callable[[], None]) -> None:
        try:
            gate.wait(60)
            one()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return raised


@pytest.mark.django_db(transaction=True)
def test_calls_and_blocks_that_come_at_once_share_no_number(program, tess, clock):
    at = clock.now

    def calls() -> None:
        for _ in range(8):
            _live(tess, at)

    def blocks() -> None:
        for _ in range(4):
            paper.reserve(program=program, count=7, by=tess, at=at)

    assert _all_at_once(calls, blocks, calls, blocks) == []
    reserved = set(PaperForm.objects.values_list("number", flat=True))
    live = set(Incident.objects.values_list("number", flat=True))
    assert (len(reserved), len(live), reserved & live) == (56, 16, set())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_enter_one_paper_at_once_the_second_is_told(program, tess, dan, sue, clock):
    at = clock.now
    number = paper.reserve(program=program, count=1, by=sue, at=at).forms.get().number
    raised = _all_at_once(lambda: _enter(number, tess, at) and None, lambda: _enter(number, dan, at) and None)
    [told] = map(str, raised)
    first = PaperForm.objects.get(number=number).settled_by_name
    assert told == f"{first} has entered paper {number}: open incident {number}."
    assert Incident.objects.filter(number=number).count() == Call.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_entering_and_making_void_at_once_one_is_done(program, tess, sue, clock):
    at = clock.now
    block = paper.reserve(program=program, count=6, by=sue, at=at)
    for number in block.forms.order_by("number").values_list("number", flat=True):
        raised = _all_at_once(
            lambda number=number: _enter(number, tess, at) and None,
            lambda number=number: paper.void(numbers=[(number, number)], reason="spoilt", by=sue, at=at) and None,
        )
        assert [type(each) for each in raised] == [Refused]
        form = PaperForm.objects.get(number=number)
        assert Incident.objects.filter(number=number).exists() == (form.state is PaperStatus.ENTERED)


@given(number=st.integers(1, 10**9), data=st.data())
def test_the_check_digit_tells_a_wrong_digit_and_two_that_are_swapped(number, data):
    printed = check_digit.printed(number)
    assert check_digit.read(printed) == check_digit.read(f" #{printed} ") == number
    digits = str(number)
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([each for each in "0123456789" if each != digits[place]]))
    wrong = digits[:place] + other + digits[place + 1 :]
    assert check_digit.read(f"{wrong}-{printed[-1]}") is None
    if place and digits[place] != digits[place - 1]:
        swapped = digits[: place - 1] + digits[place] + digits[place - 1] + digits[place + 1 :]
        assert check_digit.read(f"{swapped}-{printed[-1]}") is None


@pytest.mark.parametrize("text", ["", "1042", "1042-", "-7", "x-7", "1042-x", "１０４２-7", "9" * 30 + "-1"])
def test_what_is_no_number_with_its_digit_is_none(text):
    assert check_digit.read(text) is None


# Re-entry


def test_a_paper_of_what_is_over_has_the_times_of_then_and_opens_no_alarm(forms, enter, psr1, ago, clock):
    incident = enter(
        forms[1],
        decided_at=ago(48),
        teams=[came(psr1, ago, 45, 44, 36, 20, offered_at=ago(46))],
        closed_at=ago(19),
        disposition="settled_by_contact",
    )
    assert incident.number == forms[1]
    assert incident.state is IncidentStatus.CLOSED
    stamps = {stamp.whose + stamp.name: stamp.at for stamp in queries.stamps(incident)}
    assert stamps == {
        "received": ago(50), "answered": ago(50), "triaged": ago(48), "queued": ago(48), "closed": ago(19),
        "PSR1offered": ago(46), "PSR1accepted": ago(45), "PSR1en_route": ago(44), "PSR1on_scene": ago(36),
        "PSR1cleared": ago(20),
    }  # fmt: skip
    assert incident.entered_at == clock.now
    assert incident.outcome == "community"
    assert Timer.objects.filter(done_at=None, cancelled_at=None).exclude(kind="call.open").count() == 0
    assert not Message.objects.exists()
    clock.advance(24 * 3600)
    assert not Entry.objects.filter(kind__in=["incident.overdue", "assignment.check_in_asked"]).exists()
    assert not any(auditing.untimed(at=clock.now).values())


def test_the_journal_has_the_true_times_and_who_entered_them_when(forms, enter, psr1, ago, clock):
    incident = enter(
        forms[0], teams=[came(psr1, ago, 45, 44, 36, 20)], closed_at=ago(19), disposition="settled_by_contact"
    )
    entered = Entry.objects.get(kind="incident.entered")
    assert (entered.at, entered.actor_name, entered.subject_id) == (clock.now, "Tess", incident.id)
    assert entered.payload["received"] == ago(50).isoformat()
    assert entered.payload["closed"] == ago(19).isoformat()
    assert entered.payload["number"] == forms[0]
    team = Entry.objects.get(kind="assignment.entered")
    assert (team.at, team.payload["on_scene"]) == (clock.now, ago(36).isoformat())
    assert Call.objects.get().taken_at == clock.now


def test_it_is_decided_by_the_version_that_was_in_force_then(forms, program, policy, enter, clock):
    was = PolicyVersion.objects.get(policy=policy)
    now = clock.now
    # As if another version had begun ten minutes ago.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE triage_policyversion SET effective_until = %s WHERE id = %s", [now - timedelta(minutes=10), was.id]
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    new = PolicyVersion.objects.get(pk=was.pk)
    new.pk, new.version, new.effective_from, new.effective_until = None, "2", now - timedelta(minutes=10), None
    new.save(force_insert=True)
    policy.changed_at = now
    policy.save()
    assert [
        enter(number, ago=ago).decisions.get().policy_version.version for number, ago in ((forms[0], 50), (forms[1], 5))
    ] == [
        "1",
        "2",
    ]


def test_one_that_is_still_open_is_loudly_live_and_timed_from_now(forms, enter, clock):
    incident = enter(forms[0])
    assert incident.state is IncidentStatus.PENDING
    [row] = queries.board()
    assert row.needs_someone
    assert row.number == forms[0]
    assert incident.received_at == clock.now - timedelta(minutes=50)
    assert incident.overdue_at == clock.now
    [watch] = Timer.objects.filter(kind="incident.watch", done_at=None, cancelled_at=None)
    assert (watch.subject_id, watch.set_at) == (incident.id, clock.now)
    assert watch.due_at > clock.now
    clock.advance(600)  # nobody acts: it climbs its ladder as any other
    assert Entry.objects.filter(kind="ladder.begun", subject_id=incident.id).exists()


def test_one_whose_questions_are_open_is_live_too(forms, enter, clock):
    incident = enter(forms[0], facts={"call_type": "welfare_check"})
    assert incident.state is IncidentStatus.TRIAGE
    assert queries.board()[0].needs_someone
    assert not any(auditing.untimed(at=clock.now).values())


def test_a_team_that_is_still_there_is_looked_for_from_now_on(forms, enter, psr1, ago, clock):
    incident = enter(forms[0], teams=[came(psr1, ago, 45, 44, 36)])
    assert incident.state is IncidentStatus.ON_SCENE
    team = incident.assignments.get()
    assert (team.status, team.on_scene_at) == ("on_scene", ago(36))
    check_in = team.check_ins.get()
    assert (check_in.since, check_in.ended_at) == (clock.now, None)
    assert not any(auditing.untimed(at=clock.now).values())
    assert queries.board()[0].teams == (("PSR1", "on_scene"),)


def test_a_team_that_went_where_the_policy_sends_none_is_told_at_once(forms, enter, psr1, ago, clock):
    incident = enter(forms[0], facts={**CALM, "weapon": "seen"}, teams=[came(psr1, ago, 5, 4)], ago=6)
    assert incident.outcome == "police"
    assert incident.alerts.get().after == "police"
    assert incident.handoffs.get().status == "proposed"
    clock.advance(31)
    assert Entry.objects.filter(kind="assignment.alert_unseen").exists()


def test_a_team_that_is_elsewhere_by_now_can_have_been_here(forms, enter, psr1, ago, incident, dan, clock):
    assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    entered = enter(forms[0], teams=[came(psr1, ago, 45, 44, 36, 20, disposition="refused")])
    assert (entered.status, entered.closed_at, entered.disposition) == ("closed", ago(20), "refused")
    with pytest.raises(Invalid) as wrong:
        enter(forms[1], teams=[came(psr1, ago, 45)])
    assert wrong.value.errors == {
        "team1.unit": f"PSR1 is on incident {incident.number} now: clear it there, or give the time at which it was "
        "clear here."
    }
    assert not Incident.objects.filter(number=forms[1]).exists()
    assert PaperForm.objects.get(number=forms[1]).state is PaperStatus.DRAWER


def test_a_hand_off_that_was_taken_is_kept_with_its_time(forms, enter, ago, clock):
    facts = {**CALM, "weapon": "used"}
    told = Given(named="agency1", to="police", sent_at=ago(48))
    police = replace(told, acknowledged_at=ago(47), acknowledged_by="Desk 4", reference="26-88")
    incident = enter(forms[0], facts=facts, given=[police])
    assert (incident.status, incident.handed_off_at) == ("handed_off", ago(47))
    assert incident.handoffs.get().sent_at == ago(48)
    assert not any(auditing.untimed(at=clock.now).values())
    waits = enter(forms[1], facts=facts, given=[told])
    assert waits.status == "pending"
    assert waits.handoffs.get().status == "sent"
    [answer] = Timer.objects.filter(kind="handoff.answer", done_at=None, cancelled_at=None)
    assert answer.due_at > clock.now


def test_nobody_is_asked_about_what_is_over(forms, enter, ago, police, clock):
    incident = enter(forms[0], facts={**CALM, "weapon": "used"}, closed_at=ago(10), disposition="handed_to_other")
    assert incident.outcome == "police"
    assert not incident.handoffs.exists()
    assert not Message.objects.exists()


def test_every_wrong_time_is_named_and_nothing_is_stored(forms, enter, psr1, ago, clock):
    with pytest.raises(Invalid) as wrong:
        enter(
            forms[0],
            decided_at=ago(51),
            teams=[came(psr1, ago, 45, 44, 46, -5)],
            closed_at=ago(30),
            disposition="settled_by_contact",
        )
    assert wrong.value.errors == {
        "paper.decided": "Lies before the time at which it was answered, Tue 12:10:00.",
        "team1.on_scene": "Lies before the time at which it was en route, Tue 12:16:00.",
        "team1.cleared": "Lies in the future: it is 13:00 PST now.",
    }
    assert not Call.objects.exists()
    assert PaperForm.objects.get(number=forms[0]).state is PaperStatus.DRAWER


def test_no_call_came_before_its_form_was_made(forms, enter):
    with pytest.raises(Invalid) as wrong:
        enter(forms[0], ago=24 * 60)
    sentence = "Lies before this form was made, 2026-11-24 12:00: is the day right?"
    assert wrong.value.errors == {"paper.received": sentence}


@pytest.mark.parametrize(
    ("log", "wrong"),
    [
        ({"disposition": "refused"}, {"paper.closed"}),
        ({"closed_at": 5}, {"paper.disposition"}),
        ({"closed_at": 5, "disposition": "refused"}, {"paper.disposition"}),
        ({"closed_at": 5, "disposition": "settled_by_phone", "teams": [(45, 44)]}, {"team1.cleared"}),
        ({"teams": [()]}, {"team1.accepted"}),
        ({"teams": [(45, 44, 43, 40)]}, {"team1.disposition"}),
        ({"given": [{"to": "police"}]}, {"agency1.sent"}),
        ({"given": [{"to": "nobody", "sent_at": 40}]}, {"agency1.to"}),
        ({"given": [{"to": "police", "acknowledged_at": 40}]}, {"agency1.by", "agency1.reference"}),
        (
            {"given": [{"to": "police", "sent_at": 40}], "closed_at": 5, "disposition": "settled_by_phone"},
            {"agency1.acknowledged"},
        ),
    ],
)
def test_what_is_missing_on_a_paper_is_named(forms, enter, psr1, ago, log, wrong):
    told = dict(log)
    if "closed_at" in log:
        told["closed_at"] = ago(log["closed_at"])
    told["teams"] = [came(psr1, ago, *minutes) for minutes in log.get("teams", [])]
    given = [{"sent_at": None, **each} for each in log.get("given", [])]
    moments = [{k: ago(v) if isinstance(v, int) else v for k, v in each.items()} for each in given]
    told["given"] = [Given(named="agency1", **each) for each in moments]
    with pytest.raises(Invalid) as raised:
        enter(forms[0], **told)
    assert set(raised.value.errors) == wrong


def test_a_paper_is_entered_once_and_a_void_one_never(forms, enter, sue, clock):
    enter(forms[0])
    with pytest.raises(Refused, match=f"Tess has entered paper {forms[0]}"):
        enter(forms[0])
    paper.void(numbers=[(forms[1], forms[1])], reason="lost", words="Blown away", by=sue, at=clock.now)
    with pytest.raises(Refused, match="Sue made paper"):
        enter(forms[1])
    paper.restore(number=forms[1], by=sue, at=clock.now)
    assert enter(forms[1]).number == forms[1]
    with pytest.raises(Refused, match="No form has the number 999999"):
        enter(999_999)


def test_a_paper_belongs_to_the_program_that_it_was_printed_for(agency, policy, program, enter, sue, psr1, ago, clock):
    other = make_program(agency, policy, clock, slug="lents", name="Lents", rank=500)
    number = paper.reserve(program=other, count=1, by=sue, at=ago(60)).forms.get().number
    with pytest.raises(Invalid) as wrong:
        enter(number, teams=[came(psr1, ago, 40)])
    assert wrong.value.errors == {"team1.unit": "PSR1 belongs to another program than this paper."}
    assert enter(number).program == other


def test_papers_of_an_exercise_are_exercises(exercise_program, enter, sue, ago):
    number = paper.reserve(program=exercise_program, count=1, by=sue, at=ago(60)).forms.get().number
    assert enter(number).exercise is True


def test_measures_count_the_times_of_then(forms, enter, psr1, ago):
    incident = enter(forms[0], teams=[came(psr1, ago, 45, 44, 36, 20, offered_at=ago(46), disposition="refused")])
    stamped = queries.stamped(Incident.objects.filter(pk=incident.pk)).get()
    assert stamped.on_scene_at - stamped.first_received_at == timedelta(minutes=14)
    assert stamped.dispatched_at == ago(46)
    assert Assignment.objects.get().status == AssignmentStatus.CLEARED


# Accounting


def missing() -> list[int]:
    return list(drawer.unaccounted().values_list("number", flat=True))


def test_after_a_downtime_each_number_is_asked_after_until_it_is_accounted_for(forms, enter, sue, ago, clock):
    assert missing() == []
    down = paper.declare(began_at=ago(40), by=sue, at=clock.now)
    assert missing() == []  # it lasts: the forms are in use
    with pytest.raises(Refused, match="count them when it is over"):
        paper.count(numbers=[(forms[0], forms[4])], by=sue, at=clock.now)
    clock.advance(600)
    paper.end(downtime=down, ended_at=ago(2), by=sue, at=clock.now)
    assert missing() == forms
    enter(forms[1], ago=30, closed_at=ago(5), disposition="settled_by_phone")
    paper.void(numbers=[(forms[0], forms[0])], reason="spoilt", by=sue, at=clock.now)
    assert missing() == forms[2:]
    clock.advance(900)
    stands = Entry.objects.filter(kind="downtime.stands").last()
    assert stands.payload == {"missing": 3}
    assert paper.count(numbers=[(forms[2], forms[4])], by=sue, at=clock.now) == 3
    assert missing() == []
    assert not drawer.standing()
    told = Entry.objects.filter(kind="downtime.stands").count()
    clock.advance(24 * 3600)
    assert Entry.objects.filter(kind="downtime.stands").count() == told
    [outage] = drawer.outages()
    assert (outage.entered, outage.void, outage.missing) == (1, 1, 0)


def test_a_downtime_may_be_declared_when_it_is_over(forms, sue, ago, clock):
    paper.declare(began_at=ago(50), ended_at=ago(10), words="Power", by=sue, at=clock.now)
    assert missing() == forms
    later = paper.reserve(program=Program.objects.get(), count=2, by=sue, at=clock.now)
    assert missing() == forms, "what was printed afterwards lay in no drawer then"
    assert later.forms.count() == 2


def test_a_lost_paper_that_turns_up_is_asked_after_again(forms, sue, ago, clock):
    paper.declare(began_at=ago(50), ended_at=ago(10), by=sue, at=clock.now)
    paper.void(numbers=[(forms[0], forms[-1])], reason="lost", words="Nobody has them", by=sue, at=clock.now)
    assert missing() == []
    clock.advance(3600)
    paper.restore(number=forms[3], by=sue, at=clock.now)
    assert missing() == [forms[3]]
    assert not any(auditing.untimed(at=clock.now).values())


def test_the_auditor_finds_a_downtime_that_nothing_asks_after(forms, sue, ago, clock):
    paper.declare(began_at=ago(50), ended_at=ago(10), by=sue, at=clock.now)
    Timer.objects.filter(kind="downtime.account").delete()
    assert auditing.untimed(at=clock.now)["downtime"] == 1
    assert auditing.mend(clock.now) == 1
    assert auditing.untimed(at=clock.now)["downtime"] == 0


@pytest.mark.parametrize(
    ("began", "ended", "wrong"),
    [(-5, None, {"began"}), (50, -5, {"ended"}), (50, 60, {"ended"}), (50, 50, {"ended"})],
)
def test_a_downtime_lies_in_the_past_and_in_order(sue, ago, clock, began, ended, wrong):
    with pytest.raises(Invalid) as raised:
        paper.declare(began_at=ago(began), ended_at=None if ended is None else ago(ended), by=sue, at=clock.now)
    assert set(raised.value.errors) == wrong


def test_two_downtimes_do_not_overlap(sue, ago, clock):
    paper.declare(began_at=ago(50), ended_at=ago(10), by=sue, at=clock.now)
    with pytest.raises(Refused, match="declared for that time already"):
        paper.declare(began_at=ago(20), by=sue, at=clock.now)
    last = paper.declare(began_at=ago(9), by=sue, at=clock.now)
    paper.end(downtime=last, ended_at=ago(1), by=sue, at=clock.now)
    with pytest.raises(Refused, match="has ended"):
        paper.end(downtime=last, ended_at=ago(1), by=sue, at=clock.now)
    assert Downtime.objects.count() == 2


def test_a_reason_is_given_and_explained_where_it_tells_little(forms, sue, clock):
    for told, wrong in (
        ({"reason": "bored"}, {"reason"}),
        ({"reason": "lost"}, {"words"}),
        ({"reason": "other"}, {"words"}),
    ):
        with pytest.raises(Invalid) as raised:
            paper.void(numbers=[(forms[0], forms[0])], by=sue, at=clock.now, **told)
        assert set(raised.value.errors) == wrong


def test_numbers_are_typed_as_people_say_them(forms, sue, clock):
    assert drawer.numbers("1041-1046, 1050 1052 – 1053") == [(1041, 1046), (1050, 1050), (1052, 1053)]
    assert drawer.ranges([3, 1, 2, 7]) == [(1, 3), (7, 7)]
    for wrong in ("", "x", "5-2", "1-2-3", "1-9999", "１"):
        with pytest.raises(Invalid):
            drawer.numbers(wrong)
    with pytest.raises(Refused, match="No form has the number 12"):
        paper.void(numbers=[(12, 12)], reason="spoilt", by=sue, at=clock.now)


def test_the_drawer_says_when_more_must_be_printed(forms, program, policy, sue, clock):
    [told] = drawer.drawers(at=clock.now)
    assert (told.left, told.low, told.outdated) == (5, True, 0)
    paper.reserve(program=program, count=drawer.LOW, by=sue, at=clock.now)
    assert drawer.drawers(at=clock.now)[0].low is False
    # A version later than the one whose questions are printed.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE triage_policyversion SET effective_until = %s", [clock.now])
        cursor.execute("SET LOCAL session_replication_role = origin")
    [told] = drawer.drawers(at=clock.now)
    assert (told.left, told.low, told.outdated) == (0, True, 25)
