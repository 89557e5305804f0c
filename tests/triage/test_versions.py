"""From draft to published: by two people, part by part, and never changed afterwards."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from config.demo import PACKS
from journal.models import Entry
from journal.refusals import Invalid, Refused
from tests.conftest import TESTS, Clock, digest
from triage import deciding, drafting, publishing
from triage.engine import compile_policy, load_pack
from triage.models import Policy, PolicyVersion, Program
from triage.states import VersionStatus

CALM = {
    "call_type": "transport_request",
    "location_class": "outdoors",
    "weapon": "none",
    "violence": "none",
    "suicide_risk": "none",
    "medical_need": "none",
    "person_down": False,
}
HEAT = {
    "id": "heat",
    "text": "In the heat an ambulance comes too.",
    "source": "Council, 1 December 2026",
    "when": {"call_type": "transport_request"},
    "also": ["ems"],
}


@pytest.fixture
def adam(person: Callable[..., User]) -> User:
    """administers; here: approves what sue wrote"""
    return person("adam", Role.ADMINISTRATOR)


@pytest.fixture
def draft(policy: Policy, sue: User, clock: Clock) -> PolicyVersion:
    current = deciding.version_at(policy, clock.now)
    return drafting.begin(policy=policy, version="2", based_on=current, by=sue, at=clock.now)


def put(draft: PolicyVersion, part: str, value: Any, *, by: User, clock: Clock, was: Any = None) -> PolicyVersion:
    return drafting.put(version=draft, part=part, value=value, was=drafting.stamp(was), by=by, at=clock.now)


def test_from_draft_to_decision(draft: PolicyVersion, policy: Policy, sue: User, adam: User, clock: Clock) -> None:
    old = deciding.version_at(policy, clock.now)
    put(draft, "rule:heat", HEAT, by=sue, clock=clock)
    drafting.submit(version=draft, by=sue, at=clock.now)
    with pytest.raises(Refused, match="Somebody else approves this version: it was written by Sue"):
        publishing.publish(version=draft, seen=digest(draft), by=sue, at=clock.now)
    clock.advance(3600)
    new = publishing.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)
    assert (new.status, new.approved_by_name, new.effective_from) == ("published", "Adam", clock.now)
    policy.refresh_from_db()
    assert deciding.version_at(policy, clock.now) == new
    assert deciding.version_at(policy, clock.now - timedelta(minutes=1)) == old
    assert deciding.decide(new, CALM, at=clock.now).also == ("ems",)
    assert deciding.decide(old, CALM, at=clock.now).also == ()
    kinds = Entry.objects.filter(subject_id=draft.id).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["policy.drafted", "policy.edited", "policy.moved", "policy.published"]


def test_a_version_waits_for_its_date(
    draft: PolicyVersion, policy: Policy, sue: User, adam: User, clock: Clock
) -> None:
    settings = drafting.parts_of(draft)["settings"]
    assert isinstance(settings, dict)
    later = clock.now + timedelta(days=7)
    put(draft, "settings", {**settings, "effective_from": later.isoformat()}, by=sue, clock=clock, was=settings)
    drafting.submit(version=draft, by=sue, at=clock.now)
    publishing.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)
    policy.refresh_from_db()
    assert deciding.version_at(policy, later - timedelta(seconds=1)).version == "1"
    assert deciding.version_at(policy, later).version == "2"
    retired = publishing.retire(version=draft, reason="Not funded.", by=sue, at=clock.now)
    assert retired.effective_until == retired.effective_from
    with pytest.raises(deciding.NoVersionInForce):
        deciding.version_at(Policy.objects.get(pk=policy.pk), later)


def test_a_copy_of_a_draft_is_not_approved_by_who_wrote_that(
    draft: PolicyVersion, policy: Policy, sue: User, adam: User, clock: Clock
) -> None:
    put(draft, "rule:heat", HEAT, by=sue, clock=clock)
    draft.refresh_from_db()
    copy = drafting.begin(policy=policy, version="3", based_on=draft, by=adam, at=clock.now)
    drafting.submit(version=copy, by=adam, at=clock.now)
    with pytest.raises(Refused, match="it was written by Sue, Adam"):
        publishing.publish(version=copy, seen=digest(copy), by=sue, at=clock.now)


def test_a_copy_of_what_was_approved_has_its_own_writers(
    draft: PolicyVersion, policy: Policy, sue: User, adam: User, clock: Clock
) -> None:
    drafting.submit(version=draft, by=sue, at=clock.now)
    done = publishing.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)
    copy = drafting.begin(policy=policy, version="3", based_on=done, by=adam, at=clock.now)
    assert copy.writers == "Adam"


@pytest.mark.parametrize(
    ("part", "value"),
    [("settings", None), ("settings", ["police"]), ("rules:heat", HEAT), ("order", None), ("order", ["heat"])],
)
def test_parts_that_a_version_does_not_have_are_refused(
    draft: PolicyVersion, sue: User, clock: Clock, part: str, value: Any
) -> None:
    was = drafting.parts_of(draft).get(part)
    with pytest.raises(Invalid):
        put(draft, part, value, by=sue, clock=clock, was=was)


def test_a_draft_stays_with_its_policy(draft: PolicyVersion, sue: User, clock: Clock) -> None:
    settings = drafting.parts_of(draft)["settings"]
    assert isinstance(settings, dict)
    put(draft, "settings", {**settings, "slug": "other"}, by=sue, clock=clock, was=settings)
    draft.refresh_from_db()
    assert draft.document["slug"] == "demo"


def test_two_people_at_different_rules_both_keep_their_edits(
    draft: PolicyVersion, sue: User, adam: User, clock: Clock
) -> None:
    first, second = draft.document["rules"][:2]
    put(draft, f"rule:{first['id']}", {**first, "text": "Sue's words."}, by=sue, clock=clock, was=first)
    put(draft, f"rule:{second['id']}", {**second, "text": "Adam's words."}, by=adam, clock=clock, was=second)
    draft.refresh_from_db()
    assert [rule["text"] for rule in draft.document["rules"][:2]] == ["Sue's words.", "Adam's words."]
    assert draft.writers == "Sue, Adam"


def test_two_people_at_one_rule_are_told(draft: PolicyVersion, sue: User, adam: User, clock: Clock) -> None:
    rule = draft.document["rules"][0]
    put(draft, f"rule:{rule['id']}", {**rule, "text": "Sue's words."}, by=sue, clock=clock, was=rule)
    with pytest.raises(drafting.Changed) as caught:
        put(draft, f"rule:{rule['id']}", {**rule, "text": "Adam's words."}, by=adam, clock=clock, was=rule)
    assert caught.value.now == {**rule, "text": "Sue's words."}


def test_rules_are_renamed_removed_and_put_in_order(draft: PolicyVersion, sue: User, clock: Clock) -> None:
    put(draft, "rule:heat", HEAT, by=sue, clock=clock)
    put(draft, "rule:heat", {**HEAT, "id": "hot"}, by=sue, clock=clock, was=HEAT)
    draft.refresh_from_db()
    order = drafting.parts_of(draft)["order"]
    assert isinstance(order, list)
    assert order[-1] == "hot"
    put(draft, "order", ["hot", *order[:-1]], by=sue, clock=clock, was=order)
    draft.refresh_from_db()
    assert draft.document["rules"][0]["id"] == "hot"
    put(draft, "rule:hot", None, by=sue, clock=clock, was={**HEAT, "id": "hot"})
    draft.refresh_from_db()
    assert drafting.parts_of(draft)["order"] == order[:-1]


@pytest.mark.parametrize(
    ("part", "value", "errors"),
    [
        ("rule:heat", {**HEAT, "when": {"wepon": "seen"}}, ["rules[27] heat / when / wepon"]),
        ("rule:heat", {**HEAT, "id": "weapon"}, ["id"]),
        ("order", ["weapon"], ["order"]),
        (
            "example:a",
            {"name": "a", "at": "2026-01-01", "facts": {"weapon": "gun"}, "expect": {"outcome": "police"}},
            ["examples[24] / facts"],
        ),
    ],
)
def test_what_would_not_compile_is_not_kept(
    draft: PolicyVersion, sue: User, clock: Clock, part: str, value: Any, errors: list[str]
) -> None:
    was = drafting.parts_of(draft).get(part)
    with pytest.raises(Invalid) as caught:
        put(draft, part, value, by=sue, clock=clock, was=was)
    assert [place.split("[")[0] for place in caught.value.errors] == [place.split("[")[0] for place in errors]
    assert PolicyVersion.objects.get(pk=draft.pk).digest == draft.digest


def test_a_draft_is_reviewed_only_when_its_examples_hold(
    draft: PolicyVersion, sue: User, adam: User, clock: Clock
) -> None:
    wrong = {"name": "Heat", "at": "2026-07-01T12:00", "facts": CALM, "expect": {"also": ["ems"]}}
    put(draft, "example:Heat", wrong, by=sue, clock=clock)
    with pytest.raises(Refused, match=r"Example Heat: also should be \[\"ems\"\], and is \[\]"):
        drafting.submit(version=draft, by=sue, at=clock.now)
    put(draft, "rule:heat", HEAT, by=sue, clock=clock)
    drafting.submit(version=draft, by=sue, at=clock.now)
    with pytest.raises(Refused, match="is in review; it cannot become"):
        put(draft, "rule:heat", None, by=sue, clock=clock, was=HEAT)
    back = drafting.send_back(version=draft, words="Only from June to August.", by=adam, at=clock.now)
    assert (back.status, back.review_words) == ("draft", "Only from June to August.")


def test_a_rule_that_makes_no_sense_is_not_reviewed(draft: PolicyVersion, sue: User, clock: Clock) -> None:
    put(draft, "rule:heat", {**HEAT, "when": {"not": {"age": 3}, "age": 3}}, by=sue, clock=clock)
    with pytest.raises(Refused, match="Rule heat: Its condition can never be decided"):
        drafting.submit(version=draft, by=sue, at=clock.now)


def test_a_new_policy_begins_with_a_draft_and_goes_with_its_last(sue: User, clock: Clock) -> None:
    told = {"slug": "new", "name": "New program", "time_zone": "America/Denver", "version": "1"}
    draft = drafting.begin_policy(**told, by=sue, at=clock.now)
    policy = draft.policy
    assert (policy.slug, policy.name, draft.document["time_zone"]) == ("new", "New program", "America/Denver")
    with pytest.raises(deciding.NoVersionInForce):
        deciding.version_at(policy, clock.now)
    assert deciding.decide(draft, CALM, at=clock.now).outcome == "police"
    with pytest.raises(Refused, match="There is no example"):
        drafting.submit(version=draft, by=sue, at=clock.now)
    with pytest.raises(Invalid, match="There is a version 1 already"):
        drafting.begin(policy=policy, version="1", by=sue, at=clock.now)
    second = drafting.begin(policy=policy, version="2", by=sue, at=clock.now)
    drafting.discard(version=draft, by=sue, at=clock.now)
    assert Policy.objects.filter(slug="new").exists()
    drafting.discard(version=second, by=sue, at=clock.now)
    assert not Policy.objects.filter(slug="new").exists()
    with pytest.raises(Refused, match="This policy was discarded meanwhile"):
        drafting.begin(policy=policy, version="3", by=sue, at=clock.now)


def test_a_policy_that_decided_or_that_a_program_names_stays(
    program: Program, draft: PolicyVersion, policy: Policy, sue: User, clock: Clock
) -> None:
    drafting.discard(version=draft, by=sue, at=clock.now)
    assert Policy.objects.get(pk=policy.pk).versions.get().version == "1"
    told = {"slug": "new", "name": "New", "time_zone": "America/Denver", "version": "1"}
    other = drafting.begin_policy(**told, by=sue, at=clock.now)
    Program.objects.filter(pk=program.pk).update(policy=other.policy)
    drafting.discard(version=other, by=sue, at=clock.now)
    assert Policy.objects.filter(slug="new").exists()


@pytest.mark.parametrize(
    ("told", "errors"),
    [
        ({"slug": "", "name": " ", "time_zone": "", "version": " "}, {"slug", "name", "time_zone", "version"}),
        ({"slug": "Bend Program", "time_zone": "Bend"}, {"slug", "time_zone"}),
        ({"slug": "demo"}, {"slug"}),
        ({"slug": "b" * 51, "name": "n" * 121}, {"slug", "name"}),
        ({"name": "A\0B"}, {"name"}),
        ({"version": ""}, {"version"}),
        ({"version": "no blanks"}, {"version"}),
    ],
)
def test_a_new_policy_names_all_that_is_wrong_and_leaves_nothing(
    policy: Policy, sue: User, clock: Clock, told: dict[str, str], errors: set[str]
) -> None:
    right = {"slug": "bend", "name": "Bend", "time_zone": "America/Los_Angeles", "version": "1"}
    with pytest.raises(Invalid) as caught:
        drafting.begin_policy(**{**right, **told}, by=sue, at=clock.now)
    assert caught.value.errors.keys() == errors
    assert list(Policy.objects.values_list("slug", flat=True)) == ["demo"]


def test_a_draft_decides_no_call(draft: PolicyVersion, policy: Policy, clock: Clock) -> None:
    later = clock.now + timedelta(days=365)
    assert deciding.version_at(Policy.objects.get(pk=policy.pk), later).version == "1"


@pytest.mark.parametrize(
    "change",
    [
        {"document": {}},
        {"digest": "0" * 64},
        {"effective_from": datetime(2020, 1, 1, tzinfo=UTC)},
        {"effective_until": None},
        {"status": "draft"},
        {"approved_by_name": "Olga"},
        {"examples": []},
    ],
)
def test_postgres_refuses_to_change_what_was_published(
    draft: PolicyVersion, sue: User, adam: User, clock: Clock, change: dict[str, Any]
) -> None:
    drafting.submit(version=draft, by=sue, at=clock.now)
    publishing.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)
    ends = PolicyVersion.objects.filter(pk=draft.pk)
    ends.update(effective_until=clock.now + timedelta(days=2))  # its end may come sooner
    with pytest.raises(IntegrityError, match="a published version never changes"), transaction.atomic():
        ends.update(**change)
    with pytest.raises(IntegrityError, match="only a draft can be deleted"), transaction.atomic():
        PolicyVersion.objects.filter(pk=draft.pk)._raw_delete("default")


def test_postgres_refuses_an_approval_by_a_writer(draft: PolicyVersion, sue: User, clock: Clock) -> None:
    drafting.submit(version=draft, by=sue, at=clock.now)
    with pytest.raises(IntegrityError, match="nobody approves what they wrote"), transaction.atomic():
        PolicyVersion.objects.filter(pk=draft.pk).update(
            status="published", approved_by_id=sue.id, published_at=clock.now
        )


def test_a_version_for_a_time_that_another_has_is_refused(
    draft: PolicyVersion, policy: Policy, sue: User, adam: User, clock: Clock
) -> None:
    settings = drafting.parts_of(draft)["settings"]
    assert isinstance(settings, dict)
    later = (clock.now + timedelta(days=7)).isoformat()
    put(draft, "settings", {**settings, "effective_from": later}, by=sue, clock=clock, was=settings)
    other = drafting.begin(policy=policy, version="3", based_on=draft, by=sue, at=clock.now)
    for each in (draft, other):
        drafting.submit(version=each, by=sue, at=clock.now)
    publishing.publish(version=draft, seen=digest(draft), by=adam, at=clock.now)
    with pytest.raises(Refused, match="published already for a part of that time"):
        publishing.publish(version=other, seen=digest(other), by=adam, at=clock.now)
    assert PolicyVersion.objects.get(pk=other.pk).status == VersionStatus.IN_REVIEW


def test_to_decide_reads_no_other_version_than_the_one_in_force(
    policy: Policy, draft: PolicyVersion, clock: Clock
) -> None:
    deciding.decide(deciding.version_at(policy, clock.now), CALM, at=clock.now)  # compiled
    with CaptureQueriesContext(connection) as queries:
        deciding.decide(deciding.version_at(Policy.objects.get(pk=policy.pk), clock.now), CALM, at=clock.now)
    assert len(queries) == 2
    assert '"document"' not in queries[1]["sql"]


def test_a_pack_is_not_taken_for_installed_where_a_draft_has_its_number(
    policy: Policy, draft: PolicyVersion, clock: Clock
) -> None:
    # Of the very same words.
    pack = replace(load_pack(PACKS / "demo.yaml"), documents=(draft.document,), policies=(deciding.compiled(draft),))
    with pytest.raises(Refused, match="A draft of demo is called 2"):
        publishing.publish_pack(pack=pack, by=TESTS, at=clock.now)


def test_a_pack_for_a_time_that_another_version_has_is_refused(policy: Policy, clock: Clock) -> None:
    pack = load_pack(PACKS / "demo.yaml")
    document = {**pack.documents[0], "version": "2"}
    other = replace(pack, documents=(document,), policies=(compile_policy(document),))
    with pytest.raises(Refused, match="Another version of demo is published for a part of the time of 2"):
        publishing.publish_pack(pack=other, by=TESTS, at=clock.now)


@pytest.mark.django_db(transaction=True)
def test_a_draft_is_checked_without_holding_up_those_who_write_it(
    draft: PolicyVersion, sue: User, adam: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adam saves while the check of Sue's submission runs: his edit waits for nothing, and it is what counts."""
    rule = draft.document["rules"][0]
    checked = drafting.check

    def save() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        put(draft, f"rule:{rule['id']}", {**rule, "text": "Adam's words."}, by=adam, clock=clock, was=rule)
        connection.close()

    def check_while_adam_saves(text: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(save).result()
        return checked(text)

    monkeypatch.setattr(drafting, "check", check_while_adam_saves)
    with pytest.raises(Refused, match="Somebody else changed this draft while it was checked"):
        drafting.submit(version=draft, by=sue, at=clock.now)
    draft.refresh_from_db()
    assert (draft.status, draft.document["rules"][0]["text"]) == ("draft", "Adam's words.")
    monkeypatch.undo()
    assert drafting.submit(version=draft, by=sue, at=clock.now).status == VersionStatus.IN_REVIEW


@pytest.mark.django_db
def test_an_example_that_changes_during_the_check_counts_too(
    draft: PolicyVersion, sue: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, example = drafting.check, draft.examples[0]

    def check_meanwhile(text: Any) -> Any:
        wrong = {**example, "expect": {"outcome": "fire"}}
        put(draft, f"example:{example['name']}", wrong, by=sue, clock=clock, was=example)
        return checked(text)

    monkeypatch.setattr(drafting, "check", check_meanwhile)
    with pytest.raises(Refused, match="while it was checked"):
        drafting.submit(version=draft, by=sue, at=clock.now)


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_in_the_same_instant_one_is_told(
    draft: PolicyVersion, sue: User, adam: User, clock: Clock
) -> None:
    rule = draft.document["rules"][0]

    def save(by: User) -> str:
        try:
            put(draft, f"rule:{rule['id']}", {**rule, "text": f"{by.name}'s."}, by=by, clock=clock, was=rule)
        except drafting.Changed:
            return "told"
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, [sue, adam])) == ["saved", "told"]
