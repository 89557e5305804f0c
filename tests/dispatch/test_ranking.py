"""The order of teams, on values alone: each term on its own, and what holds for all of them."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.plans import Plan
from dispatch.plans.recommend import Costs
from dispatch.ranking import Answer, Need, Sight, Worked, rank
from dispatch.travel import Way
from responders.crews import Held, Member
from responders.models import Unit

AT = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
RULES = Plan.take({}).recommend
MINUTE = timedelta(minutes=1)


def rules(**told):
    return Plan.take({"recommend": told}).recommend


def sight(callsign="PSR1", *, minutes=5.0, left=400, age=0, skills=("medic",), home="", **told):
    position_at = None if minutes is None else AT - age * MINUTE
    return Sight(
        unit=Unit(callsign=callsign, skills=list(skills), home_area=home, position_at=position_at),
        shift_ends_at=None if left is None else AT + left * MINUTE,
        way=None if minutes is None else Way(minutes, minutes / 2),
        **told,
    )


def judged(one, *, need=None, rules=RULES):
    [candidate] = rank(need or Need(today=DAY), [one], rules=rules, at=AT)
    return candidate


def order(*sights, need=None, rules=RULES):
    return [each.unit.callsign for each in rank(need or Need(today=DAY), sights, rules=rules, at=AT)]


def test_nearer_is_better_and_a_way_by_road_says_no_estimate():
    assert order(sight("FAR", minutes=9), sight("NEAR", minutes=4.2)) == ["NEAR", "FAR"]
    near = judged(sight(minutes=4.2))
    assert (near.minutes, near.cost) == (4.2, 4.2)
    assert near.reasons == ("5 min away (estimated, 2.1 km)", "On shift for 6 h")
    by_road = replace(sight(), way=Way(0.2, 0.1, estimated=False))
    assert judged(by_road).reasons[0] == "1 min away (0.1 km)"


def test_who_cannot_be_found_counts_as_far():
    lost = judged(sight(minutes=None))
    assert (lost.minutes, lost.cost, lost.reasons[0]) == (None, 30, "Distance unknown")


def test_an_old_position_says_so_costs_and_leaves_out_where_the_plan_wants_it():
    assert judged(sight(age=9)).reasons[0] == "5 min away (estimated, 2.5 km)"
    old = judged(sight(age=40))
    assert (old.fits, old.cost, old.reasons[0]) == (True, 8, "5 min away (estimated, 2.5 km), position 40 min old")
    strict = rules(limits={"lost_minutes": 40})
    assert judged(sight(age=39), rules=strict).fits
    assert judged(sight(age=40), rules=strict).shortfalls == ("Position 40 min old",)


def test_a_shift_must_last_beyond_the_arrival():
    assert judged(sight(left=12)).shortfalls == ("Shift ends in 12 min",)
    assert judged(sight(left=24)).shortfalls == ("Shift ends in 24 min, 19 min after it would be there",)
    assert judged(sight(left=25)).reasons[-1] == "On shift for 25 min"
    assert judged(sight(left=1), rules=rules(limits={"shift_minutes": 0})).fits
    assert judged(sight(left=None)).shortfalls == ("Off duty",)


def test_the_crew_is_held_against_the_rules_of_the_program():
    wanted = rules(crew={"mix": ["medic", ["clinician", "peer"]], "credentials": {"medic": ["emt"]}})
    kit = Member("Kit", "medic", credentials=(Held("emt", date(2025, 1, 1), date(2026, 11, 3)),))
    uma = Member("Uma", "peer")
    assert judged(sight(crew=(kit, uma)), rules=wanted).shortfalls == ("Kit's EMT licence ended 3 Nov",)
    lee = replace(kit, name="Lee", credentials=(Held("emt", date(2025, 1, 1)),))
    assert judged(sight(crew=(lee, uma)), rules=wanted).fits
    assert judged(sight(crew=(lee,)), rules=wanted).shortfalls == ("The crew needs a clinician or peer",)
    assert judged(sight(left=None, crew=()), rules=wanted).shortfalls == ("Off duty",), "nobody is there to be judged"


def test_who_speaks_the_callers_language_goes_before_who_is_somewhat_nearer():
    need = Need(languages=frozenset({"es-MX", "en"}), today=DAY)
    rosa, mei = Member("Rosa", "medic", languages=("es",)), Member("Mei", "clinician", languages=("zh-Hant", "es-ES"))
    assert order(sight("NEAR", minutes=3), sight("ROSA", minutes=9, crew=(rosa,)), need=need) == ["ROSA", "NEAR"]
    assert "Nobody speaks Mexican Spanish" in judged(sight(), need=need).reasons
    assert "Rosa and Mei speak Mexican Spanish" in judged(sight(crew=(rosa, mei)), need=need).reasons
    everyone = rules(spoken_by_all=["en", "es"])
    assert judged(sight(), need=need, rules=everyone).cost == 5


def test_a_shift_of_much_work_and_a_clearance_just_now_cost():
    worked = Worked(3, timedelta(hours=1.5), AT - 3 * MINUTE)
    tired = judged(sight(worked=worked))
    assert tired.cost == pytest.approx(5 + 3 * 2 + 1.5 * 2 + 5 * (1 - 3 / 15))
    assert tired.reasons[-2:] == ("3 incidents this shift, 90 min in all", "Cleared 3 min ago")
    rested = judged(sight(worked=replace(worked, cleared_at=AT - 15 * MINUTE)))
    assert rested.reasons[-1] == "3 incidents this shift, 90 min in all"


def test_a_unit_stays_in_its_area():
    need = Need(areas=frozenset({"portland", "lents"}), today=DAY)
    assert judged(sight(home="portland"), need=need).reasons[-1] == "In its area, portland"
    away = judged(sight(home="gresham"), need=need)
    assert (away.cost, away.reasons[-1]) == (13, "Out of its area, gresham")
    assert judged(sight(), need=need).cost == judged(sight(home="gresham")).cost == 5, "no home; no place"


def test_skills_that_are_needed_and_missing_leave_out():
    need = Need(skills=("clinician", "medic"), today=DAY)
    assert judged(sight(), need=need).shortfalls == ("No clinician",)
    assert "Has clinician and medic" in judged(sight(skills=("medic", "clinician")), need=need).reasons


def test_who_is_busy_out_of_service_or_has_said_no_says_so():
    busy = ("en_route", 1042)
    assert judged(sight(busy=busy)).shortfalls == ("En route on incident 1042",)
    said_no = Answer("declined", AT - 4 * MINUTE)
    assert judged(sight(asked=said_no)).shortfalls == ("Declined this 4 min ago",)
    silent = Answer("expired", AT - 4 * MINUTE)
    assert judged(sight(asked=silent)).shortfalls == ("Did not answer 4 min ago",)
    broken = sight()
    broken.unit.out_of_service_at = AT
    assert judged(broken).shortfalls == ("Out of service",)


def test_who_is_off_duty_stands_last():
    busy = ("en_route", 1042)
    assert order(sight("OFF", minutes=1, left=None), sight("BUSY", minutes=9, busy=busy)) == ["BUSY", "OFF"]


# What holds for all

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a machine that is busy elsewhere

SKILLS = ["medic", "clinician", "interpreter"]
LANGUAGES = ["es", "es-MX", "zh", "en"]
AREAS = ["portland", "lents"]
MEMBERS = st.builds(
    Member,
    name=st.sampled_from(["Kit", "Uma"]),
    profession=st.sampled_from(["medic", "clinician", "peer"]),
    languages=st.lists(st.sampled_from(LANGUAGES), max_size=2).map(tuple),
    credentials=st.lists(
        st.builds(Held, kind=st.sampled_from(["emt", "qmhp"]), begins=st.just(date(2026, 1, 1)),
                  ends=st.none() | st.dates(date(2026, 11, 1), date(2026, 12, 1))), max_size=2).map(tuple),
)  # fmt: skip
WORKED = st.just(Worked()) | st.builds(
    Worked,
    assignments=st.integers(1, 9),
    spent=st.timedeltas(timedelta(0), timedelta(hours=9)),
    cleared_at=st.none() | st.integers(0, 90).map(lambda ago: AT - ago * MINUTE),
)
SIGHTS = st.builds(
    sight,
    minutes=st.none() | st.floats(0, 90),
    left=st.none() | st.integers(0, 700),
    age=st.integers(0, 120),
    skills=st.sets(st.sampled_from(SKILLS)),
    home=st.sampled_from(["", *AREAS]),
    crew=st.lists(MEMBERS, max_size=3).map(tuple),
    worked=WORKED,
    asked=st.none() | st.just(Answer("declined", AT)),
    busy=st.none() | st.just(("en_route", 7)),
)
NEEDS = st.builds(
    Need,
    skills=st.sets(st.sampled_from(SKILLS), max_size=2).map(tuple),
    languages=st.frozensets(st.sampled_from(LANGUAGES), max_size=2),
    areas=st.none() | st.frozensets(st.sampled_from(AREAS)),
    today=st.just(DAY),
)
NUMBERS = st.integers(0, 40)
COSTS = st.fixed_dictionaries({each.name: NUMBERS for each in fields(Costs)})
LIMITS = st.fixed_dictionaries({f"{name}_minutes": NUMBERS for name in ("shift", "stale", "lost", "rest")})
CREW = st.sampled_from([{}, {"mix": ["medic", ["clinician", "peer"]], "credentials": {"medic": ["emt"]}}])
PLANS = st.builds(rules, costs=COSTS, limits=LIMITS, crew=CREW)


@CALM
@given(need=NEEDS, rules=PLANS, sights=st.lists(SIGHTS, max_size=8))
def test_every_unit_once_with_its_why_and_whoever_fits_first(need, rules, sights):
    for number, each in enumerate(sights):
        each.unit.callsign = f"U{number}"
    ranked = rank(need, sights, rules=rules, at=AT)
    assert sorted(each.unit.callsign for each in ranked) == sorted(each.unit.callsign for each in sights)
    assert all(each.shortfalls or each.reasons for each in ranked)
    fits = [each.fits for each in ranked]
    assert fits == sorted(fits, reverse=True)
    costs = [each.cost for each in ranked if each.fits]
    assert costs == sorted(costs)


@CALM
@given(need=NEEDS, rules=PLANS, sights=st.lists(SIGHTS, min_size=1, max_size=8))
def test_a_unit_that_is_better_in_one_thing_and_worse_in_none_comes_first(need, rules, sights):
    best = rank(need, sights, rules=rules, at=AT)[0]
    one = next(each for each in sights if each.unit is best.unit)
    if one.way is None or not best.fits:
        return
    nearer = replace(
        one,
        unit=Unit(callsign="~", skills=SKILLS, position_at=AT, home_area=""),
        way=Way(one.way.minutes / 2, one.way.km / 2),
        worked=Worked(),
    )
    if rules.costs.travel and one.way.minutes > 0.01:
        assert rank(need, [*sights, nearer], rules=rules, at=AT)[0].unit.callsign == "~"


def worse(one, term):
    """The same unit, with more of what this term holds against it."""
    unit, worked = one.unit, one.worked
    if term == "travel":
        return replace(one, way=one.way and replace(one.way, minutes=one.way.minutes + 9))
    if term == "language":
        return replace(one, crew=tuple(replace(each, languages=()) for each in one.crew))
    if term in ("stale", "away"):
        position_at = unit.position_at and AT - 600 * MINUTE
        told = {"position_at": position_at} if term == "stale" else {"home_area": "mars"}
        kept = {"callsign": "PSR1", "position_at": unit.position_at, "home_area": unit.home_area, "skills": unit.skills}
        return replace(one, unit=Unit(**{**kept, **told}))
    more = {
        "assignment": {"assignments": worked.assignments + 1},
        "busy_hour": {"spent": worked.spent + timedelta(hours=1)},
        "rest": {"cleared_at": AT},
    }
    return replace(one, worked=replace(worked, **more[term]))


@CALM
@given(term=st.sampled_from([each.name for each in fields(Costs)]), need=NEEDS, rules=PLANS, one=SIGHTS)
def test_a_weight_of_zero_switches_its_term_off_and_any_other_never_rewards(term, need, rules, one):
    def cost(sight, weight):
        return judged(sight, need=need, rules=replace(rules, costs=replace(rules.costs, **{term: weight}))).cost

    one = replace(one, worked=replace(one.worked, assignments=max(1, one.worked.assignments)))
    assert cost(worse(one, term), 0) == cost(one, 0)
    assert cost(worse(one, term), 7) >= cost(one, 7) >= cost(one, 0)
