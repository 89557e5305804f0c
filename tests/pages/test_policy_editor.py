"""The policy editor: drafts are written, tried, compared, reviewed and published by pages alone."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from journal.models import Entry
from planning import previews
from tests.conftest import CALM, Clock
from tests.pages.forms import form_in
from triage import comparing, deciding, drafting
from triage.models import Policy, PolicyVersion

pytestmark = pytest.mark.django_db

EDIT = "/policies/demo/2/edit/"
HEAT = {
    "text": "In the heat an ambulance comes too.",
    "source": "Council, 1 December 2026",
    "id": "heat",
    "does": "add",
    "also": ["ems"],
    "when.kind": "test",
    "when.fact": "call_type",
    "when.values": ["transport_request"],
    "was": "",
    "do": "save",
}


@pytest.fixture
def draft(policy: Policy, sue: User, clock: Clock) -> PolicyVersion:
    current = deciding.version_at(policy, clock.now)
    return drafting.begin(policy=policy, version="2", based_on=current, by=sue, at=clock.now)


@pytest.fixture
def at_desk(signed_in: Callable[[User], Client], sue: User, draft: PolicyVersion) -> Client:
    return signed_in(sue)


def text(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def document(draft: PolicyVersion) -> dict[str, Any]:
    draft.refresh_from_db()
    return draft.document


def rule_of(draft: PolicyVersion, name: str) -> dict[str, Any] | None:
    return next((rule for rule in document(draft)["rules"] if rule["id"] == name), None)


@pytest.mark.parametrize("role", [Role.CALL_TAKER, Role.DISPATCHER, Role.RESPONDER, Role.ANALYST])
def test_a_draft_is_seen_by_writers_only(
    person: Callable[..., User], signed_in: Callable[[User], Client], draft: PolicyVersion, role: Role
) -> None:
    browser = signed_in(person("cleo", role))
    assert browser.get("/policies/demo/2/").status_code == 404
    assert browser.get("/policies/demo/1/differences/2/").status_code == 404
    assert browser.get(EDIT).status_code == 403
    for path in ("/policies/", "/policies/demo/"):
        assert "Version 2" not in text(browser.get(path))
    assert browser.get("/policies/demo/1/").status_code == 200


def test_strangers_read_what_is_in_force_and_no_draft(client: Client, draft: PolicyVersion) -> None:
    assert "Version 1." in text(client.get("/public/policies/demo/"))
    for path in ("/policies/demo/2/", EDIT, "/policies/demo/2/try/"):
        assert client.get(path).url.startswith("/accounts/log-in/")


def test_a_draft_is_begun_from_the_policys_page(signed_in: Callable[[User], Client], sue: User, policy: Policy) -> None:
    browser = signed_in(sue)
    sent = form_in(browser.get("/policies/demo/").content.decode(), "/policies/demo/drafts/begin/")
    assert sent["based_on"] == ["1"]
    wrong = browser.post("/policies/demo/drafts/begin/", {**sent, "version": "1"})
    assert wrong.status_code == 422
    assert "There is a version 1 already." in text(wrong)
    odd = browser.post("/policies/demo/drafts/begin/", {**sent, "version": "a/b"})
    assert "must be at most 20 letters, digits" in text(odd)
    assert 'value="a/b"' in text(odd)
    assert browser.post("/policies/demo/drafts/begin/", {**sent, "version": "2"}).url == EDIT
    assert "All 18 examples hold." in text(browser.get(EDIT))


def test_a_new_policy_goes_from_its_first_page_to_its_first_decision(
    signed_in: Callable[[User], Client], sue: User, adam: User, ana: User, program: object, clock: Clock
) -> None:
    author, review, reader = signed_in(sue), signed_in(adam), signed_in(ana)
    assert 'href="/policy-new/"' in text(author.get("/policies/"))
    assert "policy-new" not in text(reader.get("/policies/"))
    sent = form_in(author.get("/policy-new/").content.decode())
    assert sent["time_zone"] == ["America/Los_Angeles"]  # the first program's
    wrong = author.post("/policy-new/", {**sent, "name": "Bend Response", "slug": "Bend Response", "version": "1"})
    assert wrong.status_code == 422
    assert '<a href="#policy-slug">Slug: "Bend Response" must be lower-case letters' in text(wrong)
    kept = form_in(wrong.content.decode())
    assert kept["name"] == ["Bend Response"]
    assert author.post("/policy-new/", {**kept, "slug": "bend"}).url == "/policies/bend/1/edit/"
    for path in ("/policies/", "/public/policies/"):
        assert "Bend Response" not in text(reader.get(path))
    assert [reader.get(f"{start}policies/bend/").status_code for start in ("/", "/public/")] == [404, 404]

    told = {"name": "Fire", "at": "2026-07-01 12:00", "outcome": "fire", "facts.call_type": "fire"}
    sent = form_in(author.get("/policies/bend/1/edit/example/").content.decode(), "/policies/bend/1/edit/example/")
    assert author.post("/policies/bend/1/edit/example/", {**sent, **told}).status_code == 302
    assert author.post("/policies/bend/1/submit/").url == "/policies/bend/1/"
    draft = PolicyVersion.objects.get(policy__slug="bend")
    previews.begin(version=draft, days=30, by=adam, at=clock.now)  # there is no call yet to hold it against
    previews.work(at=clock.now, go_on=lambda: True)
    approval = form_in(review.get("/policies/bend/1/preview/").content.decode(), "/policies/bend/1/publish/")
    assert review.post("/policies/bend/1/publish/", approval).status_code == 302
    assert "Bend Response" in text(reader.get("/policies/"))
    assert deciding.version_at(Policy.objects.get(slug="bend"), clock.now) == draft


def test_every_rule_saved_untouched_is_the_rule_it_was(at_desk: Client, draft: PolicyVersion) -> None:
    before = document(draft)
    for rule in before["rules"]:
        path = f"{EDIT}rules/{rule['id']}/"
        sent = form_in(at_desk.get(path).content.decode())
        assert at_desk.post(path, {**sent, "do": "save"}).status_code == 302, rule["id"]
    assert not comparing.compare(before, document(draft))


def test_a_rule_is_written_by_form(at_desk: Client, draft: PolicyVersion) -> None:
    assert at_desk.get(f"{EDIT}rule-new/").status_code == 200
    assert at_desk.post(f"{EDIT}rule-new/", HEAT).url == f"{EDIT}#row-heat"
    assert rule_of(draft, "heat") == {
        "id": "heat",
        "text": HEAT["text"],
        "source": HEAT["source"],
        "when": {"call_type": "transport_request"},
        "also": ["ems"],
    }
    assert "An ambulance as well, at once." in text(at_desk.get(EDIT))


def test_the_tree_grows_by_buttons_and_keeps_what_was_typed(at_desk: Client, draft: PolicyVersion) -> None:
    path = f"{EDIT}rule-new/"
    answer = at_desk.post(path, {**HEAT, "do": "group:when", "why": "Half a thou"})
    assert answer.status_code == 200
    sent = form_in(answer.content.decode())
    assert (sent["when.kind"], sent["when.0.fact"], sent["when.0.values"]) == (
        ["any"],
        ["call_type"],
        ["transport_request"],
    )
    assert (sent["why"], sent["also"]) == (["Half a thou"], ["ems"])
    sent |= {"when.kind": ["none"], "when.1.fact": ["age"], "when.1.low": ["65"], "do": ["save"]}
    assert at_desk.post(path, sent).status_code == 302
    assert rule_of(draft, "heat")["when"] == {
        "not": {"any": [{"call_type": "transport_request"}, {"age": {"at_least": 65}}]}
    }


def test_what_is_wrong_is_said_at_its_place_and_kept(at_desk: Client, draft: PolicyVersion) -> None:
    path = f"{EDIT}rule-new/"
    typed = {**HEAT, "source": "", "when.fact": "age", "when.low": "old", "note": "Bring water."}
    answer = at_desk.post(path, typed)
    assert answer.status_code == 422
    page = text(answer)
    assert '<a href="#rule-source">Source: Name where this was read' in page
    assert 'id="when-error"' in page
    assert 'age cannot be "old"' in page
    assert 'href="#rule-when"' in page
    sent = form_in(answer.content.decode())
    assert (sent["when.low"], sent["note"], sent["text"]) == (["old"], ["Bring water."], [HEAT["text"]])
    police = at_desk.post(path, {**HEAT, "also": ["police"]})
    assert "Only a rule that excludes can add police" in text(police)
    assert rule_of(draft, "heat") is None
    twice = at_desk.post(path, {**HEAT, "id": "weapon"})
    assert twice.status_code == 409 or "weapon" in text(twice)
    holiday = at_desk.post(path, {**HEAT, "when.fact": "holiday", "when.values": ["true"]})
    assert "say whose they are" in text(holiday)


def test_two_writers_at_one_rule_see_both(
    at_desk: Client, signed_in: Callable[[User], Client], adam: User, draft: PolicyVersion
) -> None:
    path, other = f"{EDIT}rules/weapon/", signed_in(adam)
    mine = form_in(at_desk.get(path).content.decode())
    theirs = form_in(other.get(path).content.decode())
    assert other.post(path, {**theirs, "text": "Adam sees a weapon.", "do": "save"}).status_code == 302
    answer = at_desk.post(path, {**mine, "text": "Sue sees a weapon.", "do": "save"})
    assert answer.status_code == 409
    page = text(answer)
    assert "As it stands now" in page
    assert ">Adam sees a weapon.</h4>" in page
    assert ">Sue sees a weapon.</h4>" in page
    again = form_in(answer.content.decode())
    assert again["text"] == ["Sue sees a weapon."]
    assert at_desk.post(path, {**again, "do": "save"}).status_code == 302
    assert rule_of(draft, "weapon")["text"] == "Sue sees a weapon."
    # The rule is removed while somebody is at it: nothing they typed is lost.
    stamp = drafting.stamp(rule_of(draft, "weapon"))
    other.post(f"{EDIT}rule-remove/", {"rule": "weapon", "was": stamp})
    gone = at_desk.post(path, {**again, "text": "Sue again.", "do": "save", "was": stamp})
    assert "It has been removed or renamed." in text(gone)
    assert at_desk.post(path, {**form_in(gone.content.decode()), "do": "save"}).status_code == 302
    assert rule_of(draft, "weapon")["text"] == "Sue again."


def test_rules_move_among_those_heard_with_them(at_desk: Client, draft: PolicyVersion) -> None:
    order = drafting.stamp([rule["id"] for rule in document(draft)["rules"]])
    answer = at_desk.post(f"{EDIT}rule-move/", {"rule": "medical", "way": "up", "was": order})
    assert answer.url == f"{EDIT}?moved=medical&way=up#row-medical"
    assert [rule["id"] for rule in document(draft)["rules"]][:2] == ["medical", "fire"]
    stale = at_desk.post(f"{EDIT}rule-move/", {"rule": "medical", "way": "down", "was": order})
    assert stale.status_code == 409
    assert "The rule was not moved." in text(stale)
    order = drafting.stamp([rule["id"] for rule in document(draft)["rules"]])
    at_desk.post(f"{EDIT}rule-move/", {"rule": "medical", "way": "up", "was": order})  # it is the first
    assert document(draft)["rules"][0]["id"] == "medical"


def test_settings_are_typed_and_kept(at_desk: Client, draft: PolicyVersion) -> None:
    path = f"{EDIT}settings/"
    sent = form_in(at_desk.get(path).content.decode())
    assert (sent["always"], sent["areas"]) == (["yes"], ["portland\nlents\nsan_antonio"])
    before = document(draft)
    assert at_desk.post(path, sent).status_code == 302
    same = document(draft)
    assert {**same, "effective_from": "", "rules": []} == {**before, "effective_from": "", "rules": []}
    sent = form_in(at_desk.get(path).content.decode())
    del sent["always"]
    wrong = at_desk.post(path, {**sent, "hours.monday": "10-18", "time_zone": "Mars"})
    assert wrong.status_code == 422
    assert "There is no time zone called Mars" in text(wrong)
    late = at_desk.post(path, {**sent, "hours.monday": "10-18"})
    assert 'id="settings-hours-monday-error"' in text(late)
    assert form_in(late.content.decode())["hours.monday"] == ["10-18"]
    told = {**sent, "hours.monday": "10:00-12:00, 13:00–18:00", "holidays": "US-OR", "hours.holiday": "closed"}
    assert at_desk.post(path, {**told, "areas": "lents", "version": "2026-12"}).url == "/policies/demo/2026-12/edit/"
    now = document(draft)
    assert now["hours"] == {"monday": ["10:00-12:00", "13:00-18:00"], "holiday": "closed"}
    assert (now["areas"], now["version"]) == ("lents", "2026-12")
    stale = at_desk.post("/policies/demo/2026-12/edit/settings/", {**told, "version": "2026-12", "areas": "portland"})
    assert stale.status_code == 409
    assert '<th scope="row">Areas</th> <td>lents</td> <td>portland</td>' in text(stale)


def test_a_case_is_tried_and_nothing_is_stored(at_desk: Client, draft: PolicyVersion) -> None:
    at_desk.post(f"{EDIT}rule-new/", HEAT)
    entries = Entry.objects.count()
    told = {f"facts.{name}": str(value).lower() for name, value in CALM.items()}
    told["facts.call_type"] = "transport_request"
    page = text(at_desk.post("/policies/demo/2/try/", told))
    assert "Comes as well, at once: an ambulance." in page
    assert "In force now" in page
    same = text(at_desk.post("/policies/demo/2/try/", {**told, "facts.call_type": "fire"}))
    assert "The version in force, 1, decides the same." in same
    wrong = text(at_desk.post("/policies/demo/2/try/", {"facts.age": "old", "at": "soon"}))
    assert 'age cannot be "old"' in wrong
    assert "This must be a date such as" in wrong
    assert Entry.objects.count() == entries


def test_a_tried_case_is_kept_as_an_example(at_desk: Client, draft: PolicyVersion) -> None:
    prepared = at_desk.post(f"{EDIT}example/", {"facts.call_type": "fire", "facts.weapon": "none", "keep": "yes"})
    sent = form_in(prepared.content.decode(), f"{EDIT}example/")
    assert (sent["facts.call_type"], sent["outcome"]) == (["fire"], ["fire"])
    assert "Name the case" in text(at_desk.post(f"{EDIT}example/", sent))
    sent |= {"name": ["Smoke / & sparks"], "outcome": ["ems"]}
    assert at_desk.post(f"{EDIT}example/", sent).url == f"{EDIT}#examples"
    page = text(at_desk.get(EDIT))
    assert 'Fails: outcome should be "ems", and is "fire".' in page
    assert "1 of 19 examples fail" in page
    assert "Smoke / & sparks" in text(at_desk.post("/policies/demo/2/submit/"))
    path = f"{EDIT}example/?name=Smoke%20%2F%20%26%20sparks"
    there = form_in(at_desk.get(path).content.decode(), path)
    assert at_desk.post(path, {**there, "outcome": ["fire"]}).status_code == 302
    assert "All 19 examples hold." in text(at_desk.get(EDIT))
    stale = at_desk.post(path, there)
    assert stale.status_code == 409
    assert "As it stands now" in text(stale)
    bad = at_desk.post(f"{EDIT}example/", {**sent, "name": ["Other"], "facts.age": ["old"], "was": ""})
    assert bad.status_code == 422
    assert form_in(bad.content.decode(), f"{EDIT}example/")["facts.age"] == ["old"]


def test_every_example_saved_untouched_is_the_example_it_was(at_desk: Client, draft: PolicyVersion) -> None:
    draft.refresh_from_db()
    before = {each["name"]: each for each in draft.examples}
    for name in before:
        path = f"{EDIT}example/"
        page = at_desk.get(path, {"name": name}).content.decode()
        sent = form_in(page, next(line for line in actions(page) if "edit/example/?name" in line))
        assert at_desk.post(f"{path}?name={name}", sent).status_code in (302,), name
    draft.refresh_from_db()
    assert {each["name"]: each for each in draft.examples} == before


def actions(page: str) -> list[str]:
    return [unescape(part.split('"')[0]) for part in page.split('action="')[1:]]


def test_findings_are_shown(at_desk: Client, draft: PolicyVersion, sue: User, clock: Clock) -> None:
    assert "Every rule makes sense" in text(at_desk.get(f"{EDIT}findings/"))
    never = {
        "id": "never",
        "text": "Never.",
        "source": "Nobody",
        "when": {"age": 3, "not": {"age": 3}},
        "also": ["ems"],
    }
    drafting.put(version=draft, part="rule:never", value=never, was="", by=sue, at=clock.now)
    assert "1 rule to mend" in text(at_desk.get(f"{EDIT}findings/"))


def test_from_draft_to_published_by_two_people(
    at_desk: Client, signed_in: Callable[[User], Client], adam: User, draft: PolicyVersion, clock: Clock
) -> None:
    at_desk.post(f"{EDIT}rule-new/", HEAT)
    at_desk.post("/policies/demo/2/submit/")
    mine = text(at_desk.get("/policies/demo/2/"))
    assert "You wrote a part of it, so somebody else approves it." in mine
    assert "Look at its preview, and approve" not in mine
    assert at_desk.get(EDIT).url == "/policies/demo/2/"
    review = signed_in(adam)
    page = text(review.get("/policies/demo/2/"))
    assert "What differs from version 1" in page
    assert HEAT["text"] in page.split("What differs from version 1")[1].split("Look at its preview, and approve")[0]
    wordless = review.post("/policies/demo/2/send-back/", {"words": ""})
    assert "Say what should change." in text(wordless)
    review.post("/policies/demo/2/send-back/", {"words": "Only in summer."})
    assert "Only in summer." in text(at_desk.get(EDIT))
    at_desk.post("/policies/demo/2/submit/")
    clock.advance(60)
    draft.refresh_from_db()
    previews.begin(version=draft, days=30, by=adam, at=clock.now)
    previews.work(at=clock.now, go_on=lambda: True)
    approval = form_in(review.get("/policies/demo/2/preview/").content.decode(), "/policies/demo/2/publish/")
    assert review.post("/policies/demo/2/publish/", approval).status_code == 302
    assert "Sue; approved by Adam" in text(review.get("/policies/demo/2/"))
    assert "Version 2." in text(Client().get("/public/policies/demo/"))
    assert "Say why it ends." in text(review.post("/policies/demo/2/retire/", {"reason": ""}))
    clock.advance(60)
    review.post("/policies/demo/2/retire/", {"reason": "Not funded."})
    assert "by Adam: Not funded." in text(review.get("/policies/demo/2/"))


def test_a_draft_is_discarded(at_desk: Client, draft: PolicyVersion) -> None:
    assert at_desk.post(f"{EDIT}discard/").url == "/policies/demo/"
    assert not PolicyVersion.objects.filter(pk=draft.pk).exists()
    assert at_desk.get(EDIT).status_code == 404


def test_with_its_last_draft_a_policy_is_discarded(
    signed_in: Callable[[User], Client], sue: User, clock: Clock
) -> None:
    told = {"name": "Bend", "slug": "bend", "time_zone": "America/Los_Angeles", "version": "1"}
    author = signed_in(sue)
    assert author.post("/policy-new/", told).status_code == 302
    assert author.post("/policies/bend/1/edit/discard/").url == "/policies/"
    assert not Policy.objects.exists()


@pytest.mark.parametrize("path", ["/policies/", "/policies/demo/", "/policies/demo/2/", EDIT, "/public/policies/"])
def test_pages_ask_no_more_when_there_is_more(
    at_desk: Client, draft: PolicyVersion, policy: Policy, sue: User, clock: Clock, path: str
) -> None:
    at_desk.get(path)
    with CaptureQueriesContext(connection) as few:
        at_desk.get(path)
    for number in range(3, 8):
        drafting.begin(policy=policy, version=str(number), based_on=draft, by=sue, at=clock.now)
        at_desk.post(f"{EDIT}rule-new/", {**HEAT, "id": f"heat_{number}"})
    at_desk.get(path)
    with CaptureQueriesContext(connection) as many:
        at_desk.get(path)
    assert len(many) == len(few)
