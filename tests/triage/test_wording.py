"""The engine speaks English; people read it in their language, and what is stored is the same whoever reads."""

from collections.abc import Iterator
from copy import copy
from html import unescape
from pickle import dumps, loads

import pytest
from django.conf import settings
from django.utils import translation

from dispatch.models import IncidentDecision
from tests.conftest import TESTS
from tests.facts import CALM
from triage import deciding, plain, publishing, wording
from triage.engine import PolicyError, compile_policy, facts, load_pack
from triage.engine.clock import take_hours
from triage.engine.facts import FACTS
from triage.engine.sentences import Sentence

PACK = settings.BASE_DIR / "triage" / "packs" / "portland-psr.yaml"


@pytest.fixture
def spanish() -> Iterator[None]:
    with translation.override("es"):
        yield


def test_a_sentence_is_its_english_text_and_knows_its_form() -> None:
    inner = Sentence("one of %(values)s", values="a, b")
    sentence = Sentence("%(fact)s cannot be %(value)s: it must be %(wanted)s.", fact="age", value="old", wanted=inner)
    assert sentence == "age cannot be old: it must be one of a, b."
    assert wording.told(sentence) == sentence
    assert Sentence("100 % sure") == "100 % sure"
    for again in (copy(sentence), loads(dumps(sentence))):
        assert (again, again.form, again.parts) == (sentence, sentence.form, sentence.parts)


def test_each_question_and_answer_is_told_in_spanish(spanish: None) -> None:
    alike = {"No", "911", "311", "211", "988"}
    for fact in FACTS.values():
        assert wording.question(fact.name) != fact.question
        for value, label in fact.labels.items():
            assert wording.label(fact.name, value) != label or label in alike, label
    assert wording.question("weapon") == "¿Hay un arma, o algo que se use como arma?"
    assert wording.label("weapon", "seen") == "Vista o mostrada"
    assert wording.label("age", 40) == "40"


def test_what_the_engine_refuses_is_told_in_spanish(spanish: None) -> None:
    with pytest.raises(facts.FactErrors) as wrong:
        facts.check({"weapon": "sword", "wepon": "none"})
    told = {name: wording.told(text) for name, text in wrong.value.errors.items()}
    assert wrong.value.errors["wepon"] == "There is no fact called wepon; did you mean weapon?"
    assert told["wepon"] == "No hay ningún dato llamado wepon; ¿quizás weapon?"
    assert told["weapon"] == (
        'weapon no puede ser "sword": debe ser uno de estos: none, history, access, seen, used, o unknown.'
    )
    with pytest.raises(PolicyError) as refused:
        compile_policy({"slug": "x"})
    assert wording.told(refused.value.sentence) == "Falta la clave version."


def test_a_city_s_own_words_are_never_translated(spanish: None) -> None:
    mine = "A suicide attempt or a medical emergency: EMS go."
    assert wording.reason({"rule": "ems_first", "text": mine}) == mine
    assert wording.reason({"rule": "floor", "text": mine}) == (
        "Un intento de suicidio o una emergencia médica: va una ambulancia."
    )
    assert wording.reason({"rule": "floor", "text": "As an older version of it said."}) == (
        "As an older version of it said."
    )
    assert wording.reason({"rule": "indoors", "text": "Not known, so treated with care: Someone is in a home."}) == (
        "No se sabe, así que se trata con precaución: Someone is in a home."
    )
    assert wording.reason({"rule": "hours", "text": "Night Team is not running at this time."}) == (
        "Night Team no funciona a esta hora."
    )
    assert wording.reason({"rule": "area", "text": "Night Team does not serve this area."}) == (
        "Night Team no atiende esta zona."
    )


@pytest.mark.django_db
def test_a_decision_is_the_same_whoever_asks_for_it(policy, take, clock) -> None:
    """The policy is compiled, and its findings kept, once for all readers."""
    deciding._compiled.cache_clear()
    version = deciding.version_at(policy, clock.now)
    known = {**CALM, "suicide_risk": "attempt"}
    with translation.override("es"):
        _, incident = take(known)
        stored = IncidentDecision.objects.get(incident=incident).decision
        fresh = deciding.decide(version, known, at=clock.now)
        assert [wording.reason(each) for each in stored["reasons"]] == [wording.reason(each) for each in fresh.reasons]
        assert "Un intento de suicidio o una emergencia médica: va una ambulancia." in [
            wording.reason(each) for each in stored["reasons"]
        ]
    assert stored == deciding.decide(version, known, at=clock.now).to_json()
    assert "A suicide attempt or a medical emergency: EMS go." in [each["text"] for each in stored["reasons"]]


@pytest.mark.django_db
def test_machines_are_answered_in_english(api, policy) -> None:
    asked = {"policy": policy.slug, "facts": {"weapon": "sword"}}
    answer = api().post("/api/v1/triage/decide/", asked, format="json", headers={"Accept-Language": "es"})
    assert answer.json()["errors"]["facts.weapon"].startswith('weapon cannot be "sword": it must be one of')


def test_hours_are_told_in_spanish(spanish: None) -> None:
    told = {"saturday": "10:00-18:00", "sunday": "10:00-18:00", "holiday": "closed"}
    hours = take_hours(told, "hours", has_holidays=True)
    assert plain.hours(hours) == [
        "Lunes a Viernes: cerrado",
        "Sábado a Domingo: 10:00–18:00",
        "Días festivos: cerrado",
    ]
    assert plain.hours(take_hours("always", "hours")) == ["Siempre abierto"]


@pytest.mark.django_db
def test_the_public_reads_the_rules_in_spanish(client, policy, clock) -> None:
    publishing.publish_pack(pack=load_pack(PACK), by=TESTS, at=clock.now)
    asked = {"Accept-Language": "es-US,es;q=0.9"}
    listed = client.get("/public/policies/", headers=asked)
    assert "Quién atiende su llamada" in unescape(listed.content.decode())
    answer = client.get("/public/policies/portland-psr/", headers=asked)
    page = unescape(answer.content.decode())
    assert {"Accept-Language", "Cookie"} <= {each.strip() for each in answer["Vary"].split(",")}
    assert "Todos los días: 06:00–24:00" in page
    assert "Se vio o se usó un arma, o alguien está siendo agredido: va la policía." in page
    today = load_pack(PACK).in_force(clock.now)
    assert today is not None
    for rule in today.rules:
        assert " ".join(rule.text.split()) in page
        with translation.override("es"):
            assert all(sentence in page for sentence in plain.rule(rule).does)
    english = client.get("/public/policies/portland-psr/").content.decode()
    assert "Every day: 06:00–24:00" in english
