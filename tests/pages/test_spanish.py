"""Dan works in Spanish beside people who do not: what he reads is his language, what he leaves behind is nobody's."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from dispatch import assignments
from dispatch.commands.table import ROWS
from dispatch.models import Assignment, Hold, Incident
from dispatch.words import kept
from responders.models import Unit
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next one here may be a clock's."""
    yield
    translation.activate("en")


@pytest.fixture
def spanish(signed_in: Callable[[User], Client], dan: User) -> Client:
    User.objects.filter(pk=dan.pk).update(language="es")
    return signed_in(dan)


def say(browser: Client, line: str) -> str:
    answer = browser.post("/command/", {"line": line}, headers={"HX-Request": "true"})
    text: str = answer.content.decode()
    return text.split("<span>")[1].split("</span>")[0]


def test_he_reads_answers_refusals_and_the_story_in_spanish(
    spanish: Client, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    number = incident.number
    assert say(spanish, f"D PSR1 {number}") == f"Se preguntó a PSR1 por el incidente {number}."
    clock.advance(5)
    assert say(spanish, f"D PSR1 {number}").startswith(f"Dan ofreció a PSR1 el incidente {number} a las 12:00:00 PST.")
    assert say(spanish, "OS PSR1").startswith("PSR1: ofrecido, incidente")
    page = spanish.get(f"/incidents/{number}/").content.decode()
    assert "Se preguntó a PSR1" in page
    assert "PSR1 was asked" not in page


def test_what_is_stored_does_not_depend_on_who_reads(
    spanish: Client, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    number = incident.number
    say(spanish, f"D PSR1 {number}")
    clock.advance(5)
    assert say(spanish, f"H {number} no_team 12:20") == f"El incidente {number} está en pausa hasta el mar 12:20 PST."
    assert Hold.objects.get().words == "No team for now, and the caller knows"
    ended = Assignment.objects.get()
    assert ended.words == "On hold until 12:20 PST."
    page = spanish.get(f"/incidents/{number}/").content.decode()
    assert "En pausa hasta las 12:20 PST." in page
    assert "On hold until 12:20 PST." not in page
    assert "No hay equipo por ahora, y quien llama lo sabe" in page
    assert "No team for now" not in page


def test_a_word_that_begins_a_reason_may_be_in_either_language(
    spanish: Client, incident: Incident, clock: Clock
) -> None:
    """Codes are the same for everybody; a label is typed as it is read."""
    assert say(spanish, f"CAN {incident.number} mistake").endswith("queda cancelado.")
    assert say(spanish, f"RE {incident.number} vuelve").endswith("está abierto de nuevo.")
    assert say(spanish, f"CAN {incident.number} abierto_por").endswith("queda cancelado.")


def test_the_api_answers_in_english_whatever_a_program_asks_for(
    api: Callable[..., Any], incident: Incident, psr1: Unit, dan: User, clock: Clock
) -> None:
    assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    client, spanish = api("incidents:write", "incidents:read"), {"Accept-Language": "es"}
    told = {"unit": psr1.callsign}
    answer = client.post(f"/api/v1/incidents/{incident.id}/assignments/", told, format="json", headers=spanish)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("PSR1 was offered incident")
    wrong = client.post(f"/api/v1/incidents/{incident.id}/cancel/", {"reason": "x"}, format="json", headers=spanish)
    assert "is not a valid choice" in wrong.content.decode()


def test_kept_words_are_said_in_the_reader_s_language_and_a_person_s_own_are_not() -> None:
    with translation.override("es"):
        assert kept("The decision is now co response.") == "La decisión es ahora: respuesta conjunta."
        assert kept("PSR1 and PSR2 have taken it.") == "PSR1 y PSR2 ya lo tienen."
        assert kept("He is back. The incident is over.") == "He is back. The incident is over."
        assert kept("") == ""


def test_commands_keep_their_letters_and_say_what_they_do(spanish: Client) -> None:
    page = spanish.get("/commands/").content.decode()
    for row in ROWS.values():
        assert row.word.replace("'", "&#x27;") in page
    assert "asks a team whether it goes" not in page
    assert "Pregunta a un equipo si va" in page
