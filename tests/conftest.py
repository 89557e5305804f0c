"""The cast, the city, and a clock that is moved by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts import people, tokens
from accounts.models import Agency, User
from accounts.roles import Role, Scope
from calls.heard import Heard
from calls.models import Call
from config.demo import PACKS, PORTLAND
from dispatch import linking, taking
from dispatch.models import AgencyLink, Incident
from due.sweep import find, sweep
from journal.actors import Machine
from responders import people as responder_people
from responders import shifts, units
from responders.models import Responder, Unit
from tests.desk import Desk, serving
from tests.facts import CALM
from triage import publishing
from triage.engine import load_pack
from triage.models import Policy, PolicyVersion, Program

TESTS = Machine("Tests")
PASSWORD = "correct horse battery staple"


def digest(version: PolicyVersion) -> str:
    """Of its text as it stands now: what somebody who looks at it has seen."""
    return PolicyVersion.objects.values_list("digest", flat=True).get(pk=version.pk)


class Clock:
    """Time stands still until a test moves it."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, seconds: float) -> None:
        """Move on, and let a worker's sweep do what has come due on the way, in its order."""
        self._traveller.shift(timedelta(seconds=seconds))
        self._sweep()
        if find(at=self.now):  # it sets the timers that are missing; those that are due are done in the next round
            self._sweep()

    def _sweep(self) -> None:
        while sweep(at=self.now):
            pass


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A Tuesday noon in Portland."""
    with time_machine.travel(datetime(2026, 11, 24, 20, 0, tzinfo=UTC), tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Transactional tests empty their tables by TRUNCATE, which the journal refuses; only here it is let through."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER journal_refuse_truncate")


@pytest.fixture
def agency(db: None) -> Agency:
    return Agency.objects.create(name="Portland Street Response", kind=Agency.Kind.COMMUNITY)


@pytest.fixture
def policy(db: None, clock: Clock) -> Policy:
    return publishing.publish_pack(pack=load_pack(PACKS / "demo.yaml"), by=TESTS, at=clock.now)


def make_program(agency: Agency, policy: Policy, clock: Clock, **more: Any) -> Program:
    told = {"slug": "portland", "name": "Portland", "time_zone": "America/Los_Angeles", "area": PORTLAND, **more}
    return publishing.establish(agency=agency, policy=policy, by=TESTS, at=clock.now, **told)


@pytest.fixture
def program(agency: Agency, policy: Policy, clock: Clock) -> Program:
    """A real program, not an exercise."""
    return make_program(agency, policy, clock)


@pytest.fixture
def exercise_program(agency: Agency, policy: Policy, clock: Clock) -> Program:
    return make_program(agency, policy, clock, slug="portland-exercise", name="Portland (exercise)", exercise=True)


@pytest.fixture
def person(db: None, clock: Clock, settings: Any) -> Callable[..., User]:
    # Argon2 is slow by purpose; these passwords guard nothing.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    def enroll(username: str, role: Role) -> User:
        return people.enroll(
            username=username, name=username.title(), role=role, password=PASSWORD, by=TESTS, at=clock.now
        )

    return enroll


@pytest.fixture
def tess(person: Callable[..., User]) -> User:
    """takes calls"""
    return person("tess", Role.CALL_TAKER)


@pytest.fixture
def dan(person: Callable[..., User]) -> User:
    """dispatches"""
    return person("dan", Role.DISPATCHER)


@pytest.fixture
def sue(person: Callable[..., User]) -> User:
    """supervises"""
    return person("sue", Role.SUPERVISOR)


@pytest.fixture
def rosa(person: Callable[..., User]) -> User:
    """responds, on PSR1"""
    return person("rosa", Role.RESPONDER)


@pytest.fixture
def omar(person: Callable[..., User]) -> User:
    """responds, on PSR2"""
    return person("omar", Role.RESPONDER)


@pytest.fixture
def ana(person: Callable[..., User]) -> User:
    """analyses"""
    return person("ana", Role.ANALYST)


@pytest.fixture
def adam(person: Callable[..., User]) -> User:
    """administers"""
    return person("adam", Role.ADMINISTRATOR)


@pytest.fixture
def olga(person: Callable[..., User], clock: Clock) -> User:
    """an outsider: a responder who is on no unit"""
    user = person("olga", Role.RESPONDER)
    responder_people.enlist(user=user, profession="peer", by=TESTS, at=clock.now)
    return user


def make_unit(program: Program, callsign: str, place: tuple[float, float], crew: list[User], clock: Clock) -> Unit:
    """A unit on shift for the next eight hours, with medic and clinician skills."""
    at = clock.now
    unit = units.form(callsign=callsign, program=program, skills=["medic", "clinician"], by=TESTS, at=at)
    units.move(unit=unit, latitude=place[0], longitude=place[1], by=TESTS, at=at)
    members = [
        Responder.objects.filter(user=user).first()
        or responder_people.enlist(user=user, profession="medic", by=TESTS, at=at)
        for user in crew
    ]
    shifts.plan(unit=unit, crew=members, starts_at=at, ends_at=at + timedelta(hours=8), by=TESTS, at=at)
    return Unit.objects.get(pk=unit.pk)


@pytest.fixture
def psr1(program: Program, rosa: User, clock: Clock) -> Unit:
    """The nearest to Pioneer Courthouse Square."""
    return make_unit(program, "PSR1", (45.5200, -122.6780), [rosa], clock)


@pytest.fixture
def psr2(program: Program, omar: User, clock: Clock) -> Unit:
    return make_unit(program, "PSR2", (45.5300, -122.6600), [omar], clock)


@pytest.fixture
def psr3(program: Program, person: Callable[..., User], clock: Clock) -> Unit:
    return make_unit(program, "PSR3", (45.4795, -122.5670), [person("uma", Role.RESPONDER)], clock)


SQUARE = {"address": "Pioneer Courthouse Square", "latitude": 45.5189, "longitude": -122.6793}


@pytest.fixture
def take(program: Program, tess: User, clock: Clock) -> Callable[..., tuple[Call, Incident]]:
    """Tess takes a call at Pioneer Courthouse Square; calm facts unless others are given."""

    def take(facts: dict[str, Any] | None = None, **more: Any) -> tuple[Call, Incident]:
        told = {"source": "console", "received_at": clock.now, "facts": CALM if facts is None else facts}
        call, incident = taking.take(heard=Heard(**{**told, **SQUARE, **more}), by=tess, at=clock.now)
        assert incident is not None
        return call, incident

    return take


@pytest.fixture
def incident(take: Callable[..., tuple[Call, Incident]]) -> Incident:
    """Decided: a community team may go. Waits for one."""
    return take()[1]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """The system of the police."""
    with serving() as told:
        yield told


@pytest.fixture
def police(db: None, desk: Desk, clock: Clock, settings: Any) -> AgencyLink:
    """The police are reached by phone and by their system."""
    settings.WEBHOOKS_TO_LOOPBACK = True
    bureau = Agency.objects.create(name="Police Bureau", kind=Agency.Kind.POLICE)
    return linking.link(agency=bureau, phone="503-555-0100", url=desk.url, by=TESTS, at=clock.now)


@pytest.fixture(autouse=True)
def _nobody_locks(settings: Any) -> None:
    """Stories move the clock by hours; those about the lock set its minutes themselves."""
    settings.LOCK_MINUTES = {}


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def client(user: User) -> Client:
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return client


@pytest.fixture
def api(db: None, clock: Clock) -> Callable[..., APIClient]:
    """A REST client whose token has these scopes; all of them when none is named."""

    def client(*scopes: str) -> APIClient:
        _, secret = tokens.issue(name="CAD", scopes=scopes or list(Scope), by=TESTS, at=clock.now)
        machine = APIClient()
        machine.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return machine

    return client
