"""Many people act on many incidents in any order, and time passes: what must hold holds after every step."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import people
from accounts.models import Agency, Session
from accounts.queries import is_logged_in
from accounts.roles import Role
from calls.heard import Heard
from calls.models import Call
from config.demo import PACKS
from dispatch import (
    alerts,
    assignments,
    climbing,
    correcting,
    crosslinks,
    decisions,
    diverting,
    duress,
    ending,
    escalation,
    handoffs,
    holds,
    incidents,
    limits,
    linking,
    merging,
    overriding,
    paper,
    reentry,
    referrals,
    runs,
    safety,
    settling,
    taking,
    waiting,
)
from dispatch.dispositions import DISPOSITIONS
from dispatch.models import (
    ASSIGNMENT_STAMPS,
    HANDOFF_STAMPS,
    INCIDENT_STAMPS,
    Alert,
    Assignment,
    Backup,
    CheckIn,
    CrossLink,
    Diversion,
    Duress,
    Handoff,
    Hold,
    Incident,
    IncidentCall,
    Override,
    Referral,
    Round,
    Run,
    Rung,
)
from dispatch.queries import plan_of
from dispatch.states import (
    ASSIGNMENT,
    AWAITED,
    ENGAGED,
    HANDOFF,
    INCIDENT,
    LIVE,
    TURNED_DOWN,
    AssignmentStatus,
    HandoffStatus,
    IncidentStatus,
)
from due import contacts
from due.models import Message, Timer
from due.queries import next_due
from due.registry import CUT_OFFS
from due.sweep import find, sweep
from journal.models import Entry
from journal.refusals import Invalid, Refused
from responders import people as responder_people
from responders import units
from responders.models import CrewMember, Unit
from responders.queries import crew_of
from tests.conftest import CALM, SQUARE, make_program
from tests.dispatch import replaying
from triage import publishing
from triage.engine import load_pack
from triage.engine.floor import disqualifiers
from triage.models import Program


@dataclass(frozen=True)
class Somebody:
    """A person: no machine overrides a policy."""

    actor_id: UUID
    actor_name: str


SOMEBODY = Somebody(UUID(int=1), "Somebody")
PACK = load_pack(PACKS / "demo.yaml")
NOWHERE = {"latitude": None, "longitude": None}
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "weapon": st.sampled_from(["none", "history", "seen", "unknown"]),
        "violence": st.sampled_from(["none", "threatening", "assaulting", "unknown"]),
        "medical_need": st.sampled_from(["none", "minor", "emergency", "unknown"]),
        "suicide_risk": st.sampled_from(["none", "ideation", "threat", "attempt"]),
        "call_type": st.sampled_from(["welfare_check", "theft", "fire", "service_referral"]),
    },
)


class Still:
    """A clock for the fixtures' helpers."""

    def __init__(self, now: datetime) -> None:
        self.now = now


class Post(EmailBackend):
    """A mail server that is up or down."""

    up: ClassVar[bool] = True

    def open(self) -> bool:
        if not self.up:
            raise ConnectionRefusedError
        return True


class City(RuleBasedStateMachine):
    @initialize()
    def found(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
        self.presses = 0
        self.sent: set[UUID] = set()
        self.unit_of: dict[UUID, UUID] = {}
        Post.up = True
        agency = Agency.objects.create(name="Portland Street Response", kind=Agency.Kind.COMMUNITY)
        self.police = Agency.objects.create(name="Police Bureau", kind=Agency.Kind.POLICE)
        linking.link(agency=self.police, phone="503-555-0100", by=SOMEBODY, at=self.now)
        policy = publishing.publish_pack(pack=PACK, by=SOMEBODY, at=self.now)
        program = make_program(agency, policy, Still(self.now))
        for callsign in ("PSR1", "PSR2", "PSR3"):
            unit = units.form(
                callsign=callsign, program=program, skills=["medic", "clinician"], by=SOMEBODY, at=self.now
            )
            during = (self.now - timedelta(hours=1), self.now + timedelta(hours=300))
            shift = unit.shifts.create(during=during)
            crew = self.person(callsign, Role.RESPONDER)
            member = responder_people.enlist(user=crew, profession="medic", by=SOMEBODY, at=self.now)
            CrewMember.objects.create(shift=shift, responder=member, during=during)
            self.unit_of[crew.id] = unit.id
        self.sue = self.person("sue", Role.SUPERVISOR)
        self.log_in()
        contacts.add(owner_id=program.id, way="mail", address="on-call@example.org", by=SOMEBODY, at=self.now)

    def person(self, name: str, role: Role) -> Any:
        told = {"name": name, "role": role, "password": None, "email": f"{name}@example.org".lower()}
        return people.enroll(username=name, **told, by=SOMEBODY, at=self.now)

    def log_in(self) -> None:
        until = self.now + timedelta(hours=12)
        Session.objects.create(session_key="sue", session_data="", expire_date=until, user_id=self.sue.id)

    def teardown(self) -> None:
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def act(self, verb: Any, **told: Any) -> None:
        """Any verb may be refused, in words; nothing else may go wrong, and nothing be half-done then."""
        before = Entry.objects.count()
        try:
            with transaction.atomic():
                verb(by=SOMEBODY, at=self.now, **told)
        except (Refused, Invalid) as refusal:
            assert str(refusal)  # noqa: PT017 (a refusal is one of the right answers)
            assert Entry.objects.count() == before

    def one_of(self, rows: Any, draw: int) -> Any:
        """One of these rows, the same for the same draw: in the order in which the journal first told of them."""
        told = Entry.objects.filter(subject_type=rows.model.__name__.lower()).order_by("id")
        order = {
            subject: place for place, subject in enumerate(dict.fromkeys(told.values_list("subject_id", flat=True)))
        }
        found = sorted(rows.all(), key=lambda row: order[row.pk])
        return found[draw % len(found)] if found else None

    @rule(changes=CHANGES, origin=st.sampled_from(["", "A", "B"]), asked=st.booleans())
    def a_call_comes_in(self, changes: dict[str, Any], origin: str, asked: bool) -> None:
        # Of two calls taken in one instant chance would say which came first, and so whose answer stands.
        self.now += timedelta(milliseconds=1)
        facts = {**(CALM if asked else {"call_type": "welfare_check"}), **changes}
        heard = Heard(source="cad", external_id=origin, received_at=self.now, facts=facts, **SQUARE)
        self.act(taking.take, heard=heard)

    @rule(changes=CHANGES, unit=st.integers(0, 9), came_to=st.sampled_from(["open", "there", "told", "over"]))
    def a_paper_is_entered(self, changes: dict[str, Any], unit: int, came_to: str) -> None:
        """Of a call half an hour ago: nobody had it, a team is there, police were told, or it was over."""
        then = [self.now - timedelta(minutes=minutes) for minutes in (30, 25, 20, 10)]
        told: dict[str, Any] = {}
        if came_to in ("there", "over"):
            line = {"unit": self.one_of(Unit.objects, unit), "accepted_at": then[1], "on_scene_at": then[2]}
            if came_to == "over":
                line |= {"cleared_at": then[3], "disposition": "settled_by_contact"}
            told["teams"] = [reentry.Team(named="team1", **line)]
        if came_to == "told":
            told["given"] = [reentry.Given(named="agency1", to="police", sent_at=then[1])]
        heard = Heard(source="paper", received_at=then[0], facts={**CALM, **changes}, **SQUARE)

        def enter(*, by: Any, at: datetime) -> None:
            program = Program.objects.select_related("policy").get()
            block = paper.reserve(program=program, count=1, by=by, at=at - timedelta(hours=1))
            number = block.forms.get().number
            reentry.enter(number=number, heard=heard, log=reentry.Log(**told), by=by, at=at)

        self.act(enter)

    @rule(changes=CHANGES, reference=st.sampled_from(["A", "B", "C"]))
    def police_hand_us_an_incident(self, changes: dict[str, Any], reference: str) -> None:
        heard = Heard(
            source="Police Bureau", external_id=reference, received_at=self.now, facts={**CALM, **changes}, **SQUARE
        )
        told = {"agency": self.police, "reference": reference, "digest": repr(changes)[:64]}
        self.act(referrals.receive, heard=heard, **told)

    @precondition(lambda self: Referral.objects.exists())
    @rule(draw=st.integers(0, 9), yes=st.booleans())
    def we_answer_police(self, draw: int, yes: bool) -> None:
        referral = self.one_of(Referral.objects, draw)
        verb, told = (referrals.accept, {}) if yes else (referrals.refuse, {"reason": "No team free"})
        self.act(verb, referral=referral, **told)

    @precondition(lambda self: Call.objects.exists())
    @rule(draw=st.integers(0, 9), changes=CHANGES)
    def more_is_heard(self, draw: int, changes: dict[str, Any]) -> None:
        self.act(taking.amend, call=self.one_of(Call.objects, draw), answers=changes)

    @precondition(lambda self: Incident.objects.exists())
    @rule(draw=st.integers(0, 9), place=st.sampled_from([{"address": "Behind the mill"}, NOWHERE, SQUARE, None]))
    def a_place_is_corrected_or_will_do(self, draw: int, place: dict[str, Any] | None) -> None:
        if place is None:
            self.act(incidents.accept_place, incident=self.one_of(Incident.objects, draw))
        else:
            self.act(taking.amend, call=self.one_of(Call.objects, draw), answers={}, changes=place)

    @precondition(lambda self: Call.objects.exists())
    @rule(draw=st.integers(0, 9))
    def the_caller_is_gone(self, draw: int) -> None:
        self.act(taking.answer_rest_unknown, call=self.one_of(Call.objects, draw))

    @precondition(lambda self: Incident.objects.exists())
    @rule(draw=st.integers(0, 9), unit=st.integers(0, 9), sent=st.booleans())
    def a_unit_is_offered_or_sent(self, draw: int, unit: int, sent: bool) -> None:
        verb = assignments.send if sent else assignments.offer
        self.act(verb, incident=self.one_of(Incident.objects, draw), unit=self.one_of(Unit.objects, unit))

    @precondition(lambda self: Incident.objects.exists())
    @rule(draw=st.integers(0, 9), wanted=st.integers(1, 3), units=st.sets(st.integers(0, 2), min_size=1))
    def several_units_are_asked_at_once(self, draw: int, wanted: int, units: set[int]) -> None:
        told = [self.one_of(Unit.objects, unit) for unit in sorted(units)]
        self.act(assignments.offer_to_several, incident=self.one_of(Incident.objects, draw), units=told, wanted=wanted)

    @precondition(lambda self: Incident.objects.exists())
    @rule(
        draw=st.integers(0, 9),
        minutes=st.sampled_from([5, 25, 100]),
        reason=st.sampled_from(["caller_asks", "scheduled"]),
        again=st.booleans(),
    )
    def an_incident_is_held(self, draw: int, minutes: int, reason: str, again: bool) -> None:
        incident = self.one_of(Incident.objects, draw)
        told = {"reason": reason, "words": "Later", "until": self.now + timedelta(minutes=minutes)}
        seen = waiting.hold_in_force(incident) if again else None
        self.act(holds.hold, incident=incident, instead_of=seen, **told)

    @precondition(lambda self: Incident.objects.exists())
    @rule(draw=st.integers(0, 9))
    def a_hold_is_released(self, draw: int) -> None:
        self.act(holds.release, incident=self.one_of(Incident.objects, draw))

    @precondition(lambda self: Assignment.objects.exists())
    @rule(draw=st.integers(0, 9), incident=st.integers(0, 9), taken=st.booleans(), consent=st.booleans())
    def a_team_is_turned_elsewhere(self, draw: int, incident: int, taken: bool, consent: bool) -> None:
        rows = Assignment.objects.filter(status__in=ASSIGNMENT.open)
        told: dict[str, Any] = {"assignment": self.one_of(rows if rows.exists() else Assignment.objects, draw)}
        told["incident"] = self.one_of(Incident.objects, incident)
        if taken:
            self.act(diverting.preempt, consent=consent, words="More urgent", **told)
        else:
            self.act(diverting.supersede, **told)

    @precondition(lambda self: Diversion.objects.exists())
    @rule(draw=st.integers(0, 9), by_radio=st.booleans())
    def a_team_has_seen_that_it_goes_elsewhere(self, draw: int, by_radio: bool) -> None:
        found = list(Diversion.objects.order_by("at", "assignment__unit__callsign"))
        self.act(diverting.acknowledge, diversion=found[draw % len(found)], by_radio=by_radio)

    @precondition(lambda self: Assignment.objects.exists())
    @rule(
        draw=st.integers(0, 9),
        what=st.sampled_from(["accept", "decline", "withdraw", "clear", "en_route", "on_scene", "transporting"]),
        disposition=st.sampled_from(sorted(DISPOSITIONS)),
    )
    def a_team_answers_or_moves(self, draw: int, what: str, disposition: str) -> None:
        rows = Assignment.objects.filter(status__in=ASSIGNMENT.open)
        told: dict[str, Any] = {"assignment": self.one_of(rows if rows.exists() else Assignment.objects, draw)}
        match what:
            case "accept":
                self.act(assignments.accept, **told)
            case "decline":
                self.act(escalation.decline, reason="too_far", **told)
            case "withdraw":
                self.act(assignments.withdraw, words="Needed elsewhere", **told)
            case "clear":
                self.act(assignments.clear, disposition=disposition, **told)
            case status:
                self.act(assignments.move, status=status, confirmed=bool(draw % 2), **told)

    @precondition(lambda self: Handoff.objects.exists())
    @rule(draw=st.integers(0, 9), what=st.sampled_from(["tell", "acknowledge", "refuse", "return"]))
    def another_agency_is_told_or_answers(self, draw: int, what: str) -> None:
        handoff = self.one_of(Handoff.objects, draw)
        match what:
            case "tell":
                self.act(handoffs.tell, handoff=handoff, spoke_with="Hale")
            case "acknowledge":
                told = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": self.now}
                self.act(handoffs.acknowledge, handoff=handoff, **told)
            case "refuse":
                self.act(handoffs.refuse, handoff=handoff, reason="Not ours")
            case _:
                self.act(handoffs.give_back, handoff=handoff, reason="Nobody free")

    @precondition(lambda self: Incident.objects.exists())
    @rule(draw=st.integers(0, 9), what=st.sampled_from(["close", "cancel", "police"]))
    def a_dispatcher_ends_or_hands_off(self, draw: int, what: str) -> None:
        incident = self.one_of(Incident.objects, draw)
        match what:
            case "close":
                self.act(ending.close, incident=incident, disposition="settled_by_phone")
            case "cancel":
                self.act(ending.cancel, incident=incident, reason="over")
            case to:
                self.act(handoffs.propose, incident=incident, to=to)

    @precondition(lambda self: Incident.objects.count() > 1)
    @rule(draw=st.integers(0, 9), other=st.integers(0, 9))
    def two_are_the_same(self, draw: int, other: int) -> None:
        told = {"incident": self.one_of(Incident.objects, draw), "into": self.one_of(Incident.objects, other)}
        self.act(merging.merge, **told)

    @rule(changes=CHANGES, back=st.booleans())
    def one_thing_is_reported_twice(self, changes: dict[str, Any], back: bool) -> None:
        """Two are merged before anybody was set moving, which by chance alone is rare."""
        for _ in range(2):
            self.a_call_comes_in(changes=changes, origin="", asked=True)
        one, other = Incident.objects.order_by("-number")[:2]
        self.act(merging.merge, incident=one, into=other)
        one.refresh_from_db()
        assert one.status == IncidentStatus.MERGED
        if back:
            self.act(merging.unmerge, incident=one)

    @precondition(lambda self: Incident.objects.filter(status=IncidentStatus.MERGED).exists())
    @rule(draw=st.integers(0, 9))
    def they_are_not_the_same(self, draw: int) -> None:
        merged = Incident.objects.filter(status=IncidentStatus.MERGED)
        self.act(merging.unmerge, incident=self.one_of(merged, draw))

    @precondition(lambda self: Call.objects.exists())
    @rule(draw=st.integers(0, 9))
    def a_call_is_about_something_else(self, draw: int) -> None:
        self.act(merging.split, call=self.one_of(Call.objects, draw))

    @precondition(lambda self: Incident.objects.count() > 1)
    @rule(draw=st.integers(0, 9), other=st.integers(0, 9))
    def two_concern_each_other(self, draw: int, other: int) -> None:
        told = {"incident": self.one_of(Incident.objects, draw), "other": self.one_of(Incident.objects, other)}
        self.act(crosslinks.link, words="The same house", **told)

    @precondition(lambda self: CrossLink.objects.exists())
    @rule(draw=st.integers(0, 9))
    def they_do_not_concern_each_other(self, draw: int) -> None:
        # Chance says which of the two is `one`; the journal tells of links in their order.
        told = Entry.objects.filter(kind="incident.linked").order_by("id").values_list("payload__link", flat=True)
        links = list(dict.fromkeys(told))
        self.act(crosslinks.unlink, link=CrossLink.objects.get(pk=links[draw % len(links)]))

    @precondition(lambda self: Incident.objects.filter(status__in=INCIDENT.ends).exists())
    @rule(draw=st.integers(0, 9))
    def it_is_not_over(self, draw: int) -> None:
        ended = Incident.objects.filter(status__in=INCIDENT.ends)
        self.act(ending.reopen, incident=self.one_of(ended, draw), reason="He is back")

    @precondition(lambda self: Incident.objects.exists())
    @rule(
        draw=st.integers(0, 9),
        whose=st.sampled_from([Incident, Assignment, Handoff]),
        stamp=st.integers(0, 9),
        seconds=st.integers(-90, 90),
    )
    def a_stamp_was_wrong(self, draw: int, whose: Any, stamp: int, seconds: int) -> None:
        of = self.one_of(whose.objects, draw) if whose is not Incident else None
        incident = of.incident if of else self.one_of(Incident.objects, draw)
        names = {Assignment: ASSIGNMENT_STAMPS, Handoff: HANDOFF_STAMPS}.get(type(of), INCIDENT_STAMPS)
        name = names[stamp % len(names)]
        was = getattr(of or incident, f"{name}_at") or self.now
        told = {"stamp": name, "to": was + timedelta(seconds=seconds), "reason": "Pressed too late"}
        self.act(correcting.correct, incident=incident, of=of, **told)

    @precondition(lambda self: Incident.objects.exists())
    @rule(draw=st.integers(0, 9), outcome=st.sampled_from(["community", "co_response", "police", "ems"]))
    def a_person_overrides(self, draw: int, outcome: str) -> None:
        told = {"outcome": outcome, "reason": "other", "words": "Seen before"}
        self.act(overriding.override, incident=self.one_of(Incident.objects, draw), **told)

    @precondition(lambda self: Override.objects.exists())
    @rule(draw=st.integers(0, 9))
    def an_override_is_taken_back(self, draw: int) -> None:
        overrides = list(Override.objects.order_by("at", "incident__number"))
        self.act(overriding.lift, override=overrides[draw % len(overrides)], words="Not so")

    @precondition(lambda self: Alert.objects.exists())
    @rule(draw=st.integers(0, 9), by_radio=st.booleans())
    def a_team_has_seen_the_change(self, draw: int, by_radio: bool) -> None:
        found = list(Alert.objects.order_by("at", "assignment__unit__callsign"))
        self.act(alerts.acknowledge, alert=found[draw % len(found)], by_radio=by_radio)

    @precondition(lambda self: Run.objects.exists())
    @rule(draw=st.integers(0, 9), what=st.sampled_from(["take", "pause", "resume", "skip", "stand_down"]))
    def a_person_acts_on_the_ladder(self, draw: int, what: str) -> None:
        found = list(Run.objects.order_by("began_at", "incident__number"))
        incident = found[draw % len(found)].incident
        match what:
            case "take":
                self.act(climbing.take, incident=incident)
            case "pause":
                self.act(climbing.pause, incident=incident, minutes=5, words="A team is nearly clear")
            case "resume":
                self.act(climbing.resume, incident=incident)
            case "skip":
                self.act(climbing.skip, incident=incident)
            case _:
                self.act(climbing.stand_down, incident=incident, words="Seen to")

    @precondition(lambda self: Rung.objects.exists())
    @rule(draw=st.integers(0, 9), yes=st.booleans())
    def a_step_is_answered(self, draw: int, yes: bool) -> None:
        found = list(Rung.objects.order_by("-at", "run__incident__number", "index")[:10])
        self.act(climbing.answer, rung=found[draw % len(found)], yes=yes)

    @precondition(lambda self: Handoff.objects.exists())
    @rule(draw=st.integers(0, 9))
    def a_hand_off_is_withdrawn(self, draw: int) -> None:
        self.act(handoffs.withdraw, handoff=self.one_of(Handoff.objects, draw), reason="Not needed")

    @precondition(lambda self: Assignment.objects.exists())
    @rule(draw=st.integers(0, 9), by_radio=st.booleans(), wants=st.sampled_from(["", "team", "police"]))
    def a_team_is_heard_from(self, draw: int, by_radio: bool, wants: str) -> None:
        told = {"assignment": self.one_of(Assignment.objects, draw), "by_radio": by_radio}
        if wants:
            self.act(safety.ask_backup, wants=wants, **told)
        else:
            self.act(safety.check_in, **told)

    @precondition(lambda self: Backup.objects.exists())
    @rule(draw=st.integers(0, 9), decision=st.sampled_from(["team", "police", "none"]))
    def a_dispatcher_decides_about_backup(self, draw: int, decision: str) -> None:
        found = list(Backup.objects.order_by("at", "assignment__unit__callsign", "cause", "wants"))
        told = {"decision": decision, "words": "Not needed"}
        self.act(safety.decide_backup, backup=found[draw % len(found)], **told)

    @rule(unit=st.integers(0, 9))
    def somebody_presses_duress(self, unit: int) -> None:
        self.presses += 1
        self.act(duress.press, key=UUID(int=self.presses), unit=self.one_of(Unit.objects, unit))

    @precondition(lambda self: Duress.objects.exists())
    @rule(draw=st.integers(0, 9), clears=st.booleans())
    def a_person_takes_up_or_clears_duress(self, draw: int, clears: bool) -> None:
        found = list(Duress.objects.order_by("key"))
        pressed = found[draw % len(found)]
        if clears:
            self.act(duress.clear, duress=pressed, reason="Both are safe")
        else:
            self.act(duress.acknowledge, duress=pressed)

    @rule(seconds=st.sampled_from([1, 30, 91, 400, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.sweep()
        assert find(at=self.now) == 0, "a finder had to mend what a verb left behind"

    @rule(seconds=st.sampled_from([30, 200, 400]))
    def every_worker_is_down(self, seconds: int) -> None:
        """Time passes, and nobody does what is due."""
        self.now += timedelta(seconds=seconds)

    @rule()
    def the_mail_server_goes_down_or_comes_back(self) -> None:
        Post.up = not Post.up

    @rule(unit=st.integers(0, 2), home=st.booleans())
    def a_crew_goes_home_or_comes_back(self, unit: int, home: bool) -> None:
        crew = CrewMember.objects.filter(shift__unit=self.one_of(Unit.objects, unit))
        crew.update(during=(self.now - timedelta(hours=1), self.now + timedelta(hours=0 if home else 300)))

    @precondition(lambda self: Incident.objects.exists())
    @rule(
        draw=st.integers(0, 9),
        unit=st.integers(0, 2),
        then=st.sampled_from(["nothing", "they go home", "mail is down", "workers are down"]),
    )
    def a_team_is_asked_and_then(self, draw: int, unit: int, then: str) -> None:
        """What comes between a message and its sending, which by chance alone is rare."""
        self.a_crew_goes_home_or_comes_back(unit=unit, home=False)
        self.a_unit_is_offered_or_sent(draw=draw, unit=unit, sent=False)
        match then:
            case "they go home":
                self.a_crew_goes_home_or_comes_back(unit=unit, home=True)
            case "workers are down":
                self.every_worker_is_down(seconds=400)
        Post.up = then != "mail is down"
        self.time_passes(seconds=30)

    @rule()
    def the_supervisor_logs_in_or_out(self) -> None:
        if not Session.objects.filter(user_id=self.sue.id).delete()[0]:
            self.log_in()

    def sweep(self) -> None:
        """A worker's rounds until nothing is left to do, and whom they told."""
        before = len(mail.outbox)
        while sweep(at=self.now):
            pass
        new = Message.objects.filter(status=Message.Status.SENT).exclude(pk__in=self.sent)
        assert len(mail.outbox) - before == len(new), "told twice, or not told what counts as told"
        for message in new:
            self.sent.add(message.pk)
            assert message.claimed_at == self.now < message.deadline, "told too late"
            if message.kind in CUT_OFFS:
                assert self.now <= message.put_at + CUT_OFFS[message.kind], "past its cut-off"
            told = message.recipient_id
            if told in self.unit_of:
                crew = {person.id for person in crew_of(self.unit_of[told], at=self.now)}
                assert told in crew, "somebody off duty was told"
            elif told == self.sue.id:
                assert is_logged_in(told, at=self.now), "somebody who is not at work was told"
        late = Message.objects.filter(status=Message.Status.PENDING, deadline__lte=self.now)
        assert not late.exists(), "past its deadline, and neither sent nor missed"

    @invariant()
    def a_message_that_is_lost_leaves_the_need(self) -> None:
        """That of an offer shows on the console; every other stands for what has a timer of its own."""
        if not hasattr(self, "block"):
            return
        messages = Message.objects.filter(kind=assignments.OFFER_NOTICE)
        lost = messages.filter(status__in=[Message.Status.FAILED, Message.Status.MISSED])
        for offer in Assignment.objects.filter(status=AssignmentStatus.OFFERED, pk__in=lost.values("subject_id")):
            hope = messages.filter(subject_id=offer.pk, status__in=["pending", "sending", "sent"])
            assert offer.unreached_at or hope.exists(), "a crew does not know that it is asked, and nobody is shown so"

    @invariant()
    def the_journal_tells_all(self) -> None:
        if hasattr(self, "block"):
            replaying.check()

    @invariant()
    def each_call_is_in_one_place(self) -> None:
        if not hasattr(self, "block"):
            return
        assert not Call.objects.filter(incident_link=None).exists(), "a call without an incident"
        into = dict(Incident.objects.values_list("id", "merged_into_id"))
        for link in IncidentCall.objects.all():
            place = link.home_id
            while into[place]:
                place = into[place]
            assert link.incident_id == place, "a call is not where its home was merged to"
        alone = Incident.objects.filter(links=None).exclude(status=IncidentStatus.MERGED)
        assert not alone.exists(), "an incident about nothing"
        for merged in Incident.objects.filter(status=IncidentStatus.MERGED):
            subjects = {merged.id, *merged.assignments.values_list("id", flat=True)}
            subjects |= set(merged.handoffs.values_list("id", flat=True)) | set(
                merged.runs.values_list("id", flat=True)
            )
            assert not next_due(subjects), "a merged incident has something due"
            assert not merged.assignments.filter(accepted_at__isnull=False).exists(), "a team was left behind"
            assert not merged.handoffs.filter(status__in=HANDOFF.open).exists(), "a hand-off was left behind"

    @invariant()
    def what_must_hold(self) -> None:
        if not hasattr(self, "block"):
            return
        live = set(Incident.objects.filter(status__in=LIVE).values_list("id", flat=True))
        assert set(next_due(live)) == live, "a live incident has nothing due"
        assert not Timer.objects.filter(failures__gt=0).exists()
        accepted = Entry.objects.filter(kind="incident.place_accepted").values_list("subject_id", flat=True)
        blind = Incident.objects.filter(latitude=None, placed_at__isnull=False)
        assert not blind.exclude(id__in=accepted).exists(), "nobody has verified it"
        for incident in Incident.objects.filter(id__in=live):
            watch = Timer.objects.get(kind=limits.WATCH, subject_id=incident.id, done_at=None, cancelled_at=None)
            told = (incident.state, incident.priority)
            watched = plan_of(incident.program).watch
            hold = waiting.hold_in_force(incident)
            assert (hold is not None) == (incident.state is IncidentStatus.ON_HOLD)
            if hold is None:
                longest = max(watched.limit(*told), watched.repeat(*told), timedelta(minutes=20))
                assert watch.due_at <= self.now + longest, incident.status
            else:
                assert watch.due_at <= max(
                    waiting.watched_until(hold, incident, at=self.now), self.now + watched.repeat(*told)
                )
                assert not hold.is_scheduled or hold.id in next_due([hold.id])
                assert not incident.assignments.filter(status__in=ASSIGNMENT.open).exists(), "asked while on hold"
        assert not Hold.objects.filter(ended_at=None).exclude(incident__status=IncidentStatus.ON_HOLD).exists()
        for together in Round.objects.all():
            taken = together.assignments.filter(status__in=ENGAGED | {AssignmentStatus.CLEARED}).count()
            assert taken <= together.wanted, "more teams than are wanted"
            left = together.assignments.filter(status=AssignmentStatus.OFFERED).exists()
            assert taken < together.wanted or not left, "still asked though the round is full"
        ended = Incident.objects.exclude(status__in=LIVE | {IncidentStatus.HANDED_OFF})
        assert not Assignment.objects.filter(incident__in=ended, status__in=ASSIGNMENT.open).exists()
        assert not Handoff.objects.filter(incident__in=ended, status__in=AWAITED).exists()
        owed = Referral.objects.filter(status="received")
        assert not owed.filter(call__incident_link__incident__in=ended).exists()
        answers = set(owed.values_list("id", flat=True))
        assert set(next_due(answers)) == answers, "another agency waits for our answer, and nothing is due"
        awaited = set(Handoff.objects.filter(status__in=AWAITED).values_list("id", flat=True))
        assert set(next_due(awaited)) == awaited, "a hand-off whose answer is awaited has nothing due"
        for incident in Incident.objects.filter(status__in=LIVE | {IncidentStatus.HANDED_OFF}):
            engaged = incident.assignments.filter(status__in=ENGAGED).exists()
            moving = incident.status in ("assigned", "en_route", "on_scene")
            assert engaged == moving, f"{incident.status} with engaged={engaged}"
            if incident.status == IncidentStatus.HANDED_OFF:
                statuses = set(incident.handoffs.values_list("to", "status"))
                assert (incident.outcome, HandoffStatus.ACKNOWLEDGED) in statuses
                assert not any(status in AWAITED for _, status in statuses)
                taken = {to for to, status in statuses if status == HandoffStatus.ACKNOWLEDGED}
                no = {to for to, status in statuses if status in TURNED_DOWN}
                assert not (no - taken) & settling.needed(incident), "somebody who is needed has said no"
            assert (incident.outcome == "undetermined") <= (incident.status in ("triage", *LIVE))
            for team in incident.assignments.filter(status__in=ENGAGED):
                told = team.alerts.filter(ended_at=None).first()
                assert told or incident.outcome in settling.OURS, "a team under way was not told of the turn"
                if told:
                    assert told.after == incident.outcome
                    assert told.acknowledged_at or told.id in next_due([told.id])
            override, decided = settling.override_in_force(incident), decisions.in_force(incident)
            policy = decided.outcome if decided else "undetermined"
            assert incident.outcome == (override.outcome if override else policy)
            if incident.outcome == "community":
                assert decided
                assert not disqualifiers(decided.facts), "the floor stops a team alone, whoever decides"
        for run in Run.objects.filter(ended_at=None).select_related("incident"):
            waits = runs.wants_team(run.incident)
            assert waits or run.cause in (Run.Cause.TURNED, Run.Cause.HELD), "a ladder is climbed for nobody"
            resting = run.status == "stood_down" or run.cause in (Run.Cause.TURNED, Run.Cause.HELD)
            assert next_due([run.id]).get(run.id) == (None if resting else run.due_at), "a ladder stands still"
        for instead in Entry.objects.filter(kind="ladder.superseded"):
            assert instead.payload["instead_of"] != str(instead.subject_id)
            ended = Assignment.objects.filter(incident=instead.payload["instead_of"], unit=instead.payload["unit"])
            assert ended.filter(withdrawal="superseded", accepted_at=None, ended_at=instead.at).exists()
        busy = Assignment.objects.filter(status__in=ASSIGNMENT.open).values_list("unit", flat=True)
        assert len(busy) == len(set(busy)), "a unit on two incidents"
        for diversion in Diversion.objects.select_related("assignment", "instead_of"):
            assert diversion.instead_of.status == AssignmentStatus.WITHDRAWN
            left = Incident.objects.get(pk=diversion.instead_of.incident_id)
            assert left.status not in LIVE or left.id in next_due([left.id]), "nobody's, once its team was taken"
            assert not diversion.is_unseen or diversion.id in next_due([diversion.id])
        self.nobody_is_left_alone()
        for offer in Assignment.objects.filter(status=AssignmentStatus.OFFERED):
            assert offer.respond_by > self.now - timedelta(seconds=1) or offer.id in next_due([offer.id])

    def nobody_is_left_alone(self) -> None:
        rounds = CheckIn.objects.filter(ended_at=None)
        engaged = Assignment.objects.filter(status__in=ENGAGED)
        assert sorted(rounds.values_list("assignment_id", flat=True)) == sorted(engaged.values_list("id", flat=True))
        waiting = set(rounds.values_list("id", flat=True))
        assert set(next_due(waiting)) == waiting, "nobody waits to hear from a team"
        wanted = set(Backup.objects.filter(decided_at=None).values_list("id", flat=True))
        assert set(next_due(wanted)) == wanted, "help is wanted, and nobody is asked again"
        standing = Duress.objects.filter(cleared_at=None)
        pressed = set(standing.values_list("id", flat=True))
        assert set(next_due(pressed)) == pressed, "a duress has no timer"
        for each in standing.select_related("incident", "handoff"):
            assert each.handoff, "a duress without a hand-off to police"
            assert each.incident.is_open, "an incident has ended over a duress"


@pytest.mark.django_db
def test_the_city_in_any_order(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Post"
    run_state_machine_as_test(City, settings=SETTINGS)


SETTINGS = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
