"""What a responder may do, from which day until which; and whether a crew may go out together."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from journal.models import Entry
from journal.refusals import Invalid
from responders import credentials, units
from responders.crews import CrewRules, Held, Member, breaches
from responders.models import Credential, Responder, Unit
from tests.conftest import TESTS
from triage.engine.reading import PolicyError

DAY = date(2026, 11, 24)


@pytest.fixture
def kit(psr1, rosa):
    return Responder.objects.get(user=rosa)


def grant(kit, clock, **told):
    told = {"kind": "emt", "valid_from": DAY, "valid_until": DAY + timedelta(days=30), **told}
    return credentials.grant(responder=kit, by=TESTS, at=clock.now, **told)


def test_a_credential_is_granted_with_its_days_and_its_number_stays_out_of_the_journal(kit, clock):
    credential = grant(kit, clock, number=" 12-345 ")
    assert (credential.number, credential.valid_until) == ("12-345", date(2026, 12, 24))
    entry = Entry.objects.get(kind="credential.granted", subject_id=credential.id)
    assert entry.payload == {
        "responder": str(kit.id),
        "credential": "emt",
        "valid_from": "2026-11-24",
        "valid_until": "2026-12-24",
    }


def test_one_of_a_kind_at_a_time_and_the_next_begins_when_it_has_ended(kit, clock):
    first = grant(kit, clock)
    with pytest.raises(Invalid, match="already: EMT licence"):
        grant(kit, clock, valid_from=first.valid_until, valid_until=None)
    grant(kit, clock, kind="driver")
    grant(kit, clock, valid_from=first.valid_until + timedelta(days=1), valid_until=None)
    assert Credential.objects.filter(kind="emt").count() == 2


def test_postgres_refuses_what_no_verb_lets_through(kit, clock):
    grant(kit, clock, valid_until=None)
    held = {"responder": kit, "kind": "emt", "valid_from": DAY + timedelta(days=900)}
    with pytest.raises(IntegrityError, match="credentials_of_a_kind_do_not_overlap"), transaction.atomic():
        Credential.objects.create(**held)
    backwards = {**held, "kind": "driver", "valid_until": DAY}
    with pytest.raises(IntegrityError, match="credential_ends_after_it_begins"), transaction.atomic():
        Credential.objects.create(**backwards)
    with pytest.raises(IntegrityError, match="credential_kind_is_known"), transaction.atomic():
        Credential.objects.create(**{**held, "kind": "magic"})


def test_every_fault_is_named(kit, clock):
    with pytest.raises(Invalid) as wrong:
        grant(kit, clock, kind="magic", valid_until=DAY - timedelta(days=1), number="9" * 61)
    assert set(wrong.value.errors) == {"kind", "valid_until", "number"}


def test_it_may_end_sooner_and_never_later(kit, clock):
    credential = grant(kit, clock)
    for day in (DAY - timedelta(days=1), DAY + timedelta(days=31)):
        with pytest.raises(Invalid, match="from 2026-11-24 to 2026-12-24"):
            credentials.end(credential=credential, last_day=day, by=TESTS, at=clock.now)
    credentials.end(credential=credential, last_day=DAY, by=TESTS, at=clock.now)
    assert Credential.objects.get().valid_until == DAY
    assert Entry.objects.get(kind="credential.ended").payload["valid_until"] == "2026-11-24"


def test_a_unit_has_a_home_in_its_program(program, psr1, clock):
    assert units.form(callsign="L1", program=program, skills=[], home_area="lents", by=TESTS, at=clock.now)
    with pytest.raises(Invalid, match="Known: lents, portland"):
        units.form(callsign="L2", program=program, skills=[], home_area="mars", by=TESTS, at=clock.now)
    with pytest.raises(Invalid, match="home_area"):
        units.base(unit=psr1, home_area="mars", by=TESTS, at=clock.now)
    units.base(unit=psr1, home_area="lents", by=TESTS, at=clock.now)
    assert Unit.objects.get(pk=psr1.pk).home_area == "lents"
    assert Entry.objects.filter(kind="unit.based", payload={}).count() == 1


# Crews


def rules(**told):
    return CrewRules.take(told, "crew")


def medic(name="Kit", *held):
    return Member(name, "medic", credentials=held)


def test_a_crew_without_rules_may_go():
    assert breaches(rules(), [], on=DAY) == []


@pytest.mark.parametrize(
    ("crew", "found"),
    [
        ("medic clinician", []),
        ("clinician medic", []),
        ("medic peer", []),
        ("clinician peer", []),
        ("clinician clinician", []),
        ("medic medic", ["The crew needs a clinician or peer"]),
        ("medic", ["The crew needs a clinician or peer"]),
        ("clinician", ["The crew needs one more clinician or peer"]),
        ("peer", ["The crew needs a medic or clinician"]),
        ("", ["The crew needs a medic or clinician", "The crew needs a clinician or peer"]),
    ],
)
def test_seats_are_filled_each_by_another(crew, found):
    mix = rules(mix=[["medic", "clinician"], ["clinician", "peer"]])
    assert breaches(mix, [Member("Kit", each) for each in crew.split()], on=DAY) == found


def test_a_medic_must_hold_one_of_the_licences_in_date():
    licence = rules(credentials={"medic": [["emt", "paramedic"], "driver"]})
    driver = Held("driver", DAY)
    assert breaches(licence, [medic("Kit", Held("emt", DAY, DAY), driver)], on=DAY) == []
    assert breaches(licence, [medic("Kit", Held("paramedic", DAY), driver), Member("Uma", "peer")], on=DAY) == []
    yesterday = Held("emt", date(2025, 1, 1), date(2026, 11, 3))
    assert breaches(licence, [medic("Kit", yesterday, driver)], on=DAY) == ["Kit's EMT licence ended 3 Nov"]
    long_ago = Held("paramedic", date(2020, 1, 1), date(2024, 2, 29))
    assert breaches(licence, [medic("Kit", long_ago, driver)], on=DAY) == ["Kit's paramedic licence ended 29 Feb 2024"]
    assert breaches(licence, [medic("Kit", long_ago, yesterday, driver)], on=DAY) == ["Kit's EMT licence ended 3 Nov"]
    soon = Held("emt", date(2026, 12, 1))
    assert breaches(licence, [medic("Kit", soon, driver)], on=DAY) == ["Kit's EMT licence begins 1 Dec"]
    assert breaches(licence, [medic("Kit")], on=DAY) == [
        "Kit has no EMT licence or paramedic licence",
        "Kit has no driving licence",
    ]


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({"mix": [["wizard"]]}, "crew / mix[0]"),
        ({"mix": []}, "crew / mix"),
        ({"credentials": {"wizard": ["emt"]}}, "crew / credentials / wizard"),
        ({"credentials": {"medic": ["magic"]}}, "crew / credentials / medic[0]"),
        ({"seats": 2}, "crew / seats"),
    ],
)
def test_wrong_rules_are_refused_at_their_place(told, place):
    with pytest.raises(PolicyError) as wrong:
        rules(**told)
    assert wrong.value.place == place
