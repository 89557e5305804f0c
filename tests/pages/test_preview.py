"""The preview of a draft, one call under it, and the publishing that comes after."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from dispatch.models import Incident
from planning import previews
from planning.models import Preview
from tests.conftest import CALM, TESTS, Clock
from triage import deciding, drafting
from triage.models import Policy, PolicyVersion, Program

Browser = Callable[[User], Client]
STAY = {
    "id": "stay",
    "text": "Welfare checks are for police.",
    "source": "made up",
    "when": {"call_type": "welfare_check", "yelling": True},
    "exclude": "police",
    "unknown": "no",
}
PAGE = "/policies/demo/2/preview/"


@pytest.fixture
def draft(program: Program, policy: Policy, sue: User, clock: Clock) -> PolicyVersion:
    current = deciding.version_at(policy, clock.now)
    draft = drafting.begin(policy=policy, version="2", based_on=current, by=sue, at=clock.now)
    return drafting.put(version=draft, part="rule:stay", value=STAY, was="", by=sue, at=clock.now)


def worked(clock: Clock) -> None:
    previews.work(at=clock.now, go_on=lambda: True)


def test_asked_for_worked_on_and_read(
    draft: PolicyVersion, sue: User, signed_in: Browser, take: Callable[..., Any], clock: Clock
) -> None:
    call, _ = take({**CALM, "yelling": True})
    sees = signed_in(sue)
    assert "Not run yet." in sees.get(PAGE).content.decode()
    assert sees.post(PAGE, {"days": "30"}).status_code == 302
    running = sees.get(PAGE).content.decode()
    assert "0 of 1 calls" in running
    assert 'hx-get="/policies/demo/2/preview/progress/"' in running
    worked(clock)
    ended = sees.get("/policies/demo/2/preview/progress/").content.decode()
    assert "hx-get" not in ended
    assert "1 lost" in ended
    assert "Welfare checks are for police." in ended
    case = sees.get(f"{PAGE}{call.id}/").content.decode()
    assert "the same again" in case
    assert "Police take this" in case
    assert "A community team may go" in case
    assert "No call of this kind" in sees.get(f"{PAGE}?kind=gained").content.decode()


@pytest.mark.parametrize("days", ["", "x", "0", "99999", "²"])
def test_days_that_are_none_are_refused_and_kept(
    draft: PolicyVersion, sue: User, signed_in: Browser, days: str
) -> None:
    answer = signed_in(sue).post(PAGE, {"days": days})
    assert answer.status_code == 400
    assert "A whole number from 1 to 3660." in answer.content.decode()
    assert f'value="{days}"' in answer.content.decode()
    assert not Preview.objects.exists()


def test_only_a_second_person_publishes_and_only_what_was_previewed(
    draft: PolicyVersion,
    policy: Policy,
    sue: User,
    person: Callable[..., User],
    signed_in: Browser,
    incident: Incident,
    clock: Clock,
) -> None:
    drafting.submit(version=draft, by=sue, at=clock.now)
    adam = signed_in(person("adam", Role.ADMINISTRATOR))
    url = "/policies/demo/2/publish/"
    early = adam.post(url)
    assert (early.status_code, "Run the preview to its end first" in early.content.decode()) == (409, True)
    adam.post(PAGE, {"days": "30"})
    worked(clock)
    assert "somebody else approves it" in signed_in(sue).get(PAGE).content.decode()
    text = {"seen": draft.digest}
    own = signed_in(sue).post(url, text)
    assert (own.status_code, "Somebody else approves this version" in own.content.decode()) == (409, True)
    assert f'name="seen" value="{draft.digest}"' in adam.get(PAGE).content.decode()
    assert adam.post(url, text).status_code == 302
    assert deciding.version_at(Policy.objects.get(pk=policy.pk), clock.now).version == "2"


def test_what_was_published_can_no_longer_be_previewed(
    policy: Policy, program: Program, sue: User, signed_in: Browser
) -> None:
    answer = signed_in(sue).post("/policies/demo/1/preview/", {"days": "30"})
    assert answer.status_code == 409
    assert "Only a draft is previewed" in answer.content.decode()


def test_who_writes_no_policies_sees_no_drafts(
    draft: PolicyVersion, tess: User, rosa: User, signed_in: Browser, client: Client
) -> None:
    for url in (PAGE, f"{PAGE}progress/", f"{PAGE}{draft.id}/"):
        assert [signed_in(user).get(url).status_code for user in (tess, rosa)] == [403, 403]
        assert client.get(url).status_code == 302
    assert signed_in(tess).post("/policies/demo/2/publish/").status_code == 403


def test_a_page_of_cases_takes_as_many_queries_for_thirty_as_for_three(
    draft: PolicyVersion,
    sue: User,
    signed_in: Browser,
    take: Callable[..., Any],
    clock: Clock,
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(30):
        take({**CALM, "yelling": True})
    previews.begin(version=draft, days=1, by=TESTS, at=clock.now)
    worked(clock)
    sees = signed_in(sue)
    with django_assert_max_num_queries(13):
        page = sees.get(PAGE).content.decode()
    assert page.count('id="preview-case-') == 30
