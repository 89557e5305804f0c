"""Who is on duty now; and what no roster may hold."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from dispatch.availability import standings
from journal.refusals import Invalid
from responders import people, shifts, units
from responders.models import Responder, Shift, Unit
from responders.queries import crew_of, on_duty, unit_of
from tests.conftest import TESTS

HOUR = timedelta(hours=1)


def test_a_unit_is_on_duty_from_the_first_moment_of_its_shift_until_before_the_last(psr1, rosa, clock):
    shift = Shift.objects.get(unit=psr1)
    begins, ends = shift.during.lower, shift.during.upper
    assert [each.unit for each in on_duty(at=begins)] == [psr1]
    assert list(on_duty(at=begins - timedelta(microseconds=1))) == []
    assert list(on_duty(at=ends)) == []
    assert unit_of(rosa, at=begins) == psr1
    assert unit_of(rosa, at=ends) is None
    assert crew_of(psr1.id, at=begins) == [rosa]


def test_nobody_is_on_two_shifts_at_once(psr1, psr2, rosa, clock):
    medic = Responder.objects.get(user=rosa)
    later = clock.now + timedelta(hours=4)
    with pytest.raises(Invalid) as wrong:
        shifts.plan(unit=psr2, crew=[medic], starts_at=later, ends_at=later + HOUR, by=TESTS, at=clock.now)
    assert set(wrong.value.errors) == {"unit"}
    spare = units.form(callsign="PSR9", program=psr1.program, skills=[], by=TESTS, at=clock.now)
    with pytest.raises(Invalid) as wrong:
        shifts.plan(unit=spare, crew=[medic], starts_at=later, ends_at=later + HOUR, by=TESTS, at=clock.now)
    assert set(wrong.value.errors) == {"crew"}
    assert Shift.objects.count() == 2


def test_postgres_refuses_overlapping_shifts_without_any_verb(psr1):
    during = Shift.objects.get(unit=psr1).during
    with pytest.raises(IntegrityError, match="unit_shifts_do_not_overlap"), transaction.atomic():
        Shift.objects.create(unit=psr1, during=during)
    with pytest.raises(IntegrityError, match="shift_begins_and_ends"), transaction.atomic():
        Shift.objects.create(unit=psr1, during=DateTimeTZRange(during.upper, None))


def test_a_shift_names_every_fault(psr1, clock):
    with pytest.raises(Invalid) as wrong:
        shifts.plan(unit=psr1, crew=[], starts_at=clock.now, ends_at=clock.now, by=TESTS, at=clock.now)
    assert set(wrong.value.errors) == {"crew", "ends_at"}


def test_out_of_service_and_back(psr1, clock):
    with pytest.raises(Invalid, match="Say why"):
        units.take_out_of_service(unit=psr1, reason=" ", by=TESTS, at=clock.now)
    unit = units.take_out_of_service(unit=psr1, reason="Flat tire", by=TESTS, at=clock.now)
    assert standings([unit], at=clock.now)[0].state == "out_of_service"
    unit = units.return_to_service(unit=unit, by=TESTS, at=clock.now)
    assert standings([unit], at=clock.now)[0].state == "available"
    assert standings([unit], at=clock.now + 9 * HOUR)[0].state == "off_duty"


def test_bad_units_positions_and_responders_are_refused(program, psr1, tess, clock):
    with pytest.raises(Invalid, match="Letters and digits"):
        units.form(callsign="PSR 7", program=program, skills=[], by=TESTS, at=clock.now)
    with pytest.raises(Invalid, match="in use"):
        units.form(callsign="psr1", program=program, skills=[], by=TESTS, at=clock.now)
    with pytest.raises(Invalid) as wrong:
        units.move(unit=psr1, latitude=91, longitude=-181, by=TESTS, at=clock.now)
    assert set(wrong.value.errors) == {"latitude", "longitude"}
    assert Unit.objects.get(pk=psr1.pk).latitude == psr1.latitude
    with pytest.raises(Invalid) as wrong:
        people.enlist(user=tess, profession="wizard", by=TESTS, at=clock.now)
    assert set(wrong.value.errors) == {"profession", "user"}
