"""The one statement that reads all units, held against the models, in invented nights."""

from datetime import timedelta
from random import Random

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from dispatch import travel
from dispatch.models import Assignment, Incident
from dispatch.plans import Plan
from dispatch.ranking import Answer, Sight, Worked
from dispatch.sighting import anybody_is_free, position, sights, spoken
from responders.crews import Held, Kind, Member
from responders.models import Credential, CrewMember, Responder, Shift, Unit
from tests.conftest import make_program

PACE = Plan.take({}).recommend.travel
MINUTE = timedelta(minutes=1)
NAMES = ["Kit", 'Uma "Doc" O\'Neill', "Zoë\tTab", "100 %", "[]"]


def by_the_models(incident, *, freed, at):
    """The same, the long way: each unit by itself, through the ORM."""
    return {unit.callsign: one_by_the_models(unit, incident, freed, at) for unit in incident.program.units.all()}


def one_by_the_models(unit, incident, freed, at):
    shift = unit.shifts.filter(during__contains=at).first()
    doing = unit.assignments.filter(status__in=[
        "offered", "accepted", "en_route", "staged", "on_scene", "transporting", "at_destination",
    ]).first()  # fmt: skip
    accepted = unit.assignments.filter(accepted_at__gte=shift.during.lower) if shift else ()
    no = incident.assignments.filter(unit=unit, status__in=["declined", "expired"]).order_by("offered_at").last()
    return Sight(
        unit=unit,
        busy=(doing.status, doing.incident.number) if doing and unit.id not in freed else None,
        shift_ends_at=shift.during.upper if shift else None,
        way=travel.way(position(unit), position(incident), pace=PACE, at=at),
        crew=tuple(map(member, shift.members.order_by("id"))) if shift else (),
        worked=Worked(
            len(accepted),
            sum(((each.cleared_at or each.ended_at or at) - each.accepted_at for each in accepted), timedelta(0)),
            max((each.cleared_at for each in accepted if each.cleared_at), default=None),
        ),
        asked=Answer(no.status, no.offered_at) if no else None,
    )


def member(seat):
    who = seat.responder
    held = who.credentials.order_by("id")
    return Member(
        who.user.name,
        who.profession,
        tuple(who.languages),
        tuple(Held(each.kind, each.valid_from, each.valid_until) for each in held),
    )


def invent(dice, programs, incidents, person, at):
    """Units with shifts behind them, running and ahead, crews of none to three, and all that assignments can be."""
    for number in range(12):
        placed = dice.random() < 0.8
        unit = Unit.objects.create(
            callsign=f"X{number}",
            program=dice.choice(programs),
            skills=dice.sample(["medic", "clinician"], dice.randrange(3)),
            latitude=45 + dice.random() if placed else None,
            longitude=-122 - dice.random() if placed else None,
            position_at=at if placed else None,
            out_of_service_at=dice.choice([None, None, at]),
        )
        # One ends, and one begins, this very moment.
        begins = dice.choice([-420, -480, 0, 60])
        for start, length in ((begins - 600, 600), (begins, 480)):
            during = DateTimeTZRange(at + start * MINUTE, at + (start + length) * MINUTE)
            shift = Shift.objects.create(unit=unit, during=during)
            for seat in range(dice.randrange(4)):
                crew_member(dice, person(f"x{number}{start}{seat}".replace("-", "m"), "responder"), shift, at)
        for _ in range(dice.randrange(6)):
            assignment(dice, unit, dice.choice(incidents), at)


def crew_member(dice, user, shift, at):
    user.name = dice.choice(NAMES)
    user.save()
    languages = dice.sample(["es", "es-MX", "zh"], dice.randrange(3))
    responder = Responder.objects.create(user=user, profession=dice.choice(["medic", "peer"]), languages=languages)
    for kind in dice.sample(Kind.values, dice.randrange(4)):
        until = dice.choice([None, at.date() + timedelta(days=dice.randrange(9))])
        Credential.objects.create(responder=responder, kind=kind, valid_from=at.date(), valid_until=until)
    CrewMember.objects.create(shift=shift, responder=responder, during=shift.during)


def assignment(dice, unit, incident, at):
    offered_at = at - dice.randrange(700) * MINUTE
    open_ones = unit.assignments.filter(status__in=["offered", "on_scene"])
    ends = ["cleared", "declined", "expired", "withdrawn"]
    status = dice.choice(ends if open_ones.exists() else [*ends, "offered", "on_scene"])
    later = offered_at + dice.randrange(90) * MINUTE
    Assignment.objects.create(
        unit=unit,
        incident=incident,
        status=status,
        offered_by_name="Dan",
        offered_at=offered_at,
        respond_by=offered_at + MINUTE,
        accepted_at=offered_at if status in ("cleared", "on_scene") or dice.random() < 0.3 else None,
        cleared_at=later if status == "cleared" else None,
        ended_at=later if status in ends[1:] else None,
        decline_reason="too_far" if status == "declined" else "",
        withdrawal="dispatcher" if status == "withdrawn" else "",
        disposition="referred" if status == "cleared" else "",
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_statement_tells_what_the_models_tell(seed, take, agency, policy, program, person, clock):
    dice, at = Random(seed), clock.now
    other = make_program(agency, policy, clock, slug="elsewhere", name="Elsewhere", rank=2)
    incidents = [take()[1] for _ in range(3)]
    invent(dice, [program, program, other], incidents, person, at)
    incident = Incident.objects.get(pk=incidents[0].pk)
    freed = set(dice.sample(list(Unit.objects.values_list("id", flat=True)), 4))
    told = {each.unit.callsign: each for each in sights(incident, freed=freed, pace=PACE, at=at)}
    assert told == by_the_models(incident, freed=freed, at=at)
    fit = [each for each in told.values() if each.shift_ends_at and not each.unit.out_of_service_at]
    doing = {each.unit.pk for each in by_the_models(incident, freed=(), at=at).values() if each.busy}
    assert anybody_is_free(incident, at=at) == any(each.unit.pk not in doing for each in fit)
    for each in told.values():
        columns = [field.attname for field in Unit._meta.concrete_fields]
        again = Unit.objects.get(pk=each.unit.pk)
        assert [getattr(each.unit, name) for name in columns] == [getattr(again, name) for name in columns]
        assert not each.unit._state.adding


def test_a_crew_is_as_it_stands_now_however_often_it_was_read(incident, psr1, rosa, clock):
    def crew():
        [seen] = sights(incident, pace=PACE, at=clock.now)
        return seen.crew

    medic = Responder.objects.get(user=rosa)
    assert crew() == crew() == (Member("Rosa", "medic"),)
    rosa.name = "Rosa Ruiz"
    rosa.save()
    Responder.objects.filter(pk=medic.pk).update(languages=["es"], profession="peer")
    today = clock.now.date()
    Credential.objects.create(responder=medic, kind="emt", valid_from=today)
    assert crew() == (Member("Rosa Ruiz", "peer", ("es",), (Held("emt", today),)),)
    Credential.objects.update(valid_until=today)
    assert crew() == (Member("Rosa Ruiz", "peer", ("es",), (Held("emt", today, today),)),)


def test_the_languages_are_those_of_all_its_callers_and_of_no_other(take):
    told = {"source": "311", "external_id": "1"}
    for code in ("es-MX", "", "zh", "zh"):
        _, incident = take(**told, language=code)
    take(language="ru")
    assert spoken(incident) == {"es-MX", "zh"}
