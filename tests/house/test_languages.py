"""Pages speak their reader's language: a person's own wherever they log in, else this browser's. APIs hear English."""

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from config.words import catalogue
from journal.models import Entry
from tests.conftest import PASSWORD

LOG_IN = "/accounts/log-in/"
LANGUAGE = "/accounts/language/"


def speaks(answer) -> str:
    return answer.content.decode().split('<html lang="', 1)[1][:2]


@pytest.mark.django_db
def test_a_stranger_is_spoken_to_as_their_browser_asks_until_they_choose(client):
    assert speaks(client.get(LOG_IN)) == "en"
    assert speaks(client.get(LOG_IN, headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.8"})) == "es"
    assert translation.get_language() == "en", "what the thread does next is not for that reader"
    assert speaks(client.get(LOG_IN, headers={"Accept-Language": "vi"})) == "en"
    answer = client.post(LANGUAGE, {"language": "es", "next": "/public/policies/"})
    assert (answer.status_code, answer["Location"]) == (302, "/public/policies/")
    page = client.get(LOG_IN, headers={"Accept-Language": "en"})
    assert "Iniciar sesión" in page.content.decode()
    assert 'lang="en"' in page.content.decode(), "the way back is in the other language's own name"
    assert client.post(LANGUAGE, {"language": "es", "next": "https://evil.example/"})["Location"] == "/"
    assert client.post(LANGUAGE, {"language": "xx"}).status_code == 400
    assert client.get(LANGUAGE).status_code == 405


@pytest.mark.django_db
def test_a_person_s_language_goes_with_them(dan):
    here, there = Client(), Client()
    for browser in (here, there):
        browser.post(LOG_IN, {"username": "dan", "password": PASSWORD})
        assert speaks(browser.get("/")) == "en"
    here.post(LANGUAGE, {"language": "es", "next": "/"})
    assert User.objects.get(pk=dan.pk).language == "es"
    assert [*Entry.objects.filter(kind="user.language_chosen").values_list("payload", flat=True)] == [
        {"language": "es"}
    ]
    here.post(LANGUAGE, {"language": "es", "next": "/"})
    assert Entry.objects.filter(kind="user.language_chosen").count() == 1, "nothing changed"
    assert speaks(there.get("/")) == "es"

    # Whoever sits down there next has not chosen.
    here.post("/accounts/log-out/")
    assert speaks(here.get(LOG_IN)) == "en"
    here.post(LOG_IN, {"username": "dan", "password": PASSWORD})
    assert speaks(here.get("/public/policies/")) == "es", "a page that knows no person speaks theirs, too"


@pytest.mark.django_db
def test_machines_hear_english(api, client):
    spanish = {"Accept-Language": "es"}
    assert (
        api().get("/api/v1/incidents/nothing/", headers=spanish).json()
        == api().get("/api/v1/incidents/nothing/").json()
    )
    answer = client.get("/api/v1/units/", headers=spanish)
    assert answer.json()["detail"] == client.get("/api/v1/units/").json()["detail"]
    assert answer["Content-Language"] == "en"


@pytest.mark.django_db
def test_scripts_find_their_words_at_an_address_that_changes_with_them(client, dan, signed_in):
    browser = signed_in(dan)
    assert "/words/" not in browser.get("/").content.decode(), "they are written in English"
    browser.post(LANGUAGE, {"language": "es"})
    here = reverse("words", args=["es", catalogue("es").stamp])
    assert f'src="{here}"' in browser.get("/").content.decode()
    answer = client.get(here)
    assert "gettext" in answer.content.decode()
    assert "immutable" in answer["Cache-Control"]
    assert client.get(reverse("words", args=["es", "0"]))["Cache-Control"] == "no-store"
    assert client.get(reverse("words", args=["xx", "0"])).status_code == 404


def test_a_number_is_written_so_that_it_can_be_sent_back():
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            shown = Template("{{ latitude }} {{ latitude|floatformat:2 }} {{ count }}")
            assert shown.render(Context({"latitude": 45.5, "count": 1042})) == "45.5 45.50 1042", language
