"""The demo city: an exercise program in Portland, one for replays in San Antonio, and invented people.

Everything is made through the verbs, so that seeding is itself a test of them. The areas are drawn by hand, coarsely.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import people
from accounts.models import Agency, User
from accounts.roles import Role
from dispatch import planned
from journal.actors import Machine
from responders import credentials, shifts, units
from responders import people as responder_people
from responders.crews import Kind
from responders.models import Responder, Shift, Unit
from triage import publishing
from triage.engine import load_pack
from triage.models import Policy, Program

SEED = Machine("Seed")
PLAYED = "portland-demo"  # the program whose scenario is played (planning/scenarios/)
PACKS = Path(settings.BASE_DIR) / "triage" / "packs"

LOG_INS = {
    "tess": ("Tess", Role.CALL_TAKER),
    "dan": ("Dan", Role.DISPATCHER),
    "sue": ("Sue", Role.SUPERVISOR),
    "rosa": ("Rosa", Role.RESPONDER),
    "omar": ("Omar", Role.RESPONDER),
    "ana": ("Ana", Role.ANALYST),
    "adam": ("Adam", Role.ADMINISTRATOR),
}


def _ring(*corners: tuple[float, float]) -> dict[str, Any]:
    """A polygon from its corners as (latitude, longitude); closed here."""
    ring = [[longitude, latitude] for latitude, longitude in (*corners, corners[0])]
    return {"type": "Polygon", "coordinates": [ring]}


def _areas(**named: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"name": name}, "geometry": geometry} for name, geometry in named.items()
        ],
    }


PORTLAND = _areas(
    portland=_ring(
        (45.610, -122.835),
        (45.655, -122.770),
        (45.612, -122.690),
        (45.590, -122.560),
        (45.560, -122.495),
        (45.520, -122.472),
        (45.455, -122.475),
        (45.432, -122.580),
        (45.455, -122.660),
        (45.433, -122.720),
        (45.470, -122.760),
        (45.540, -122.790),
    ),
    lents=_ring((45.492, -122.585), (45.492, -122.545), (45.464, -122.545), (45.464, -122.585)),
)
SAN_ANTONIO = _areas(
    san_antonio=_ring((29.760, -98.850), (29.760, -98.220), (29.100, -98.220), (29.100, -98.850)),
)

# Callsign, where it waits, and its crew: username, name, profession. PLAN says who goes with whom.
PORTLAND_UNITS = [
    ("PSR1", 45.5230, -122.6765, [("rosa", "Rosa", "medic"), ("nia", "Nia", "clinician")]),
    ("PSR2", 45.5123, -122.6587, [("omar", "Omar", "clinician"), ("kit", "Kit", "medic")]),
    ("PSR3", 45.4795, -122.5670, [("lee", "Lee", "medic"), ("uma", "Uma", "peer")]),
    ("PSR4", 45.5590, -122.6440, [("ivo", "Ivo", "medic"), ("mei", "Mei", "clinician")]),
    ("PSR5", 45.5051, -122.6750, [("abe", "Abe", "clinician"), ("zoe", "Zoe", "peer")]),
    ("PSR6", 45.5312, -122.5960, [("gus", "Gus", "medic"), ("fay", "Fay", "clinician")]),
]
SAN_ANTONIO_UNITS = [
    (f"SA{number}", latitude, longitude, [(f"sim{number}a", f"Simulated {number}A", "medic"),
                                          (f"sim{number}b", f"Simulated {number}B", "clinician")])
    for number, (latitude, longitude) in enumerate(
        [
            (29.4241, -98.4936), (29.4600, -98.6200), (29.5080, -98.5530), (29.4730, -98.3600),
            (29.3600, -98.5300), (29.5400, -98.4200), (29.4360, -98.5300), (29.3900, -98.4400),
        ],
        start=1,
    )
]  # fmt: skip

HOME_AREAS = {"PSR1": "portland", "PSR2": "portland", "PSR3": "lents"}
LANGUAGES = {"rosa": ["es"], "nia": ["en", "so"], "omar": ["ar"], "mei": ["zh"], "lee": ["vi"], "zoe": ["es", "ru"]}
CREDENTIALS = {"medic": Kind.EMT, "clinician": Kind.QMHP, "peer": Kind.PEER_SUPPORT}
# Of the program that is played; the other goes by the default plan.
PLAN = {
    "recommend": {
        "crew": {
            "mix": [["medic", "clinician"], ["clinician", "peer"]],
            "credentials": {"medic": [["emt", "paramedic"]], "clinician": ["qmhp"], "peer": ["peer_support"]},
        }
    }
}

SHIFT = timedelta(hours=12)
AHEAD = timedelta(hours=36)


def seed(*, password: str, at: datetime) -> bool:
    """Fill an empty installation; False, and nothing done, when there is a program already."""
    with transaction.atomic():
        if Program.objects.exists():
            return False
        agency = Agency.objects.create(name="Demo Street Response", kind=Agency.Kind.COMMUNITY)
        centre = Agency.objects.create(name="Demo 911 Centre", kind=Agency.Kind.PSAP)
        policy = publishing.publish_pack(pack=load_pack(PACKS / "demo.yaml"), by=SEED, at=at)
        publishing.publish_pack(pack=load_pack(PACKS / "portland-psr.yaml"), by=SEED, at=at)
        for username, (name, role) in LOG_INS.items():
            employer = agency if role is Role.RESPONDER else centre
            people.enroll(username=username, name=name, role=role, password=password, agency=employer, by=SEED, at=at)
        _program(PLAYED, "Portland (exercise)", "America/Los_Angeles", PORTLAND, 10, agency, policy, at)
        _program(
            "san-antonio-exercise", "San Antonio (replays)", "America/Chicago", SAN_ANTONIO, 20, agency, policy, at
        )
        _units(PLAYED, PORTLAND_UNITS, agency, at)
        _units("san-antonio-exercise", SAN_ANTONIO_UNITS, agency, at)
        planned.adopt(program=Program.objects.get(slug=PLAYED), document=PLAN, by=SEED, at=at)
    return True


def _program(
    slug: str, name: str, zone: str, area: dict[str, Any], rank: int, agency: Agency, policy: Policy, at: datetime
) -> None:
    publishing.establish(
        slug=slug, name=name, agency=agency, policy=policy, time_zone=zone, area=area, exercise=True, rank=rank,
        by=SEED, at=at,
    )  # fmt: skip


def _units(
    slug: str, table: list[tuple[str, float, float, list[tuple[str, str, str]]]], agency: Agency, at: datetime
) -> None:
    program = Program.objects.get(slug=slug)
    for callsign, latitude, longitude, crew in table:
        skills = sorted({profession for _, _, profession in crew})
        home = HOME_AREAS.get(callsign, "")
        unit = units.form(callsign=callsign, program=program, skills=skills, home_area=home, by=SEED, at=at)
        units.move(unit=unit, latitude=latitude, longitude=longitude, by=SEED, at=at)
        for username, name, profession in crew:
            user = User.objects.filter(username=username).first() or people.enroll(
                username=username, name=name, role=Role.RESPONDER, password=None, agency=agency, by=SEED, at=at
            )
            spoken = LANGUAGES.get(username, [])
            responder = responder_people.enlist(user=user, profession=profession, languages=spoken, by=SEED, at=at)
            since = at.date() - timedelta(days=200)
            credentials.grant(responder=responder, kind=CREDENTIALS[profession], valid_from=since, by=SEED, at=at)


def keep_on_duty(*, at: datetime) -> int:
    """Plan shifts for the teams of exercise programs, so that somebody is on duty whenever a demo is looked at.

    Each team works on without end, as no real one may. Returns how many shifts were planned.
    """
    planned = 0
    for unit in Unit.objects.filter(program__exercise=True):
        last = Shift.objects.filter(unit=unit, during__endswith__gt=at).order_by("-during__endswith").first()
        starts_at = last.during.upper if last else at
        before = Shift.objects.filter(unit=unit).order_by("-during__endswith").first()
        crew = list(before.crew.all()) if before else _first_crew(unit)
        while crew and starts_at < at + AHEAD:
            shifts.plan(unit=unit, crew=crew, starts_at=starts_at, ends_at=starts_at + SHIFT, by=SEED, at=at)
            starts_at += SHIFT
            planned += 1
    return planned


def _first_crew(unit: Unit) -> list[Responder]:
    for callsign, _, _, crew in [*PORTLAND_UNITS, *SAN_ANTONIO_UNITS]:
        if callsign == unit.callsign:
            return list(Responder.objects.filter(user__username__in=[username for username, _, _ in crew]))
    return []
