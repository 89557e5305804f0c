"""The page where supervisors judge overrides."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from dispatch import assignments, escalation, overriding, taking
from dispatch.models import Override
from tests.conftest import CALM

WHY = {"reason": "known_to_team", "words": "Rosa talks with him every week"}


@pytest.fixture
def overridden(take, dan, clock) -> Callable[..., Override]:
    """Dan sends a team to a theft, or whatever else is said."""

    def override(by=dan, facts=None, **told) -> Override:
        _, incident = take({**CALM, "call_type": "theft", **(facts or {})})
        return overriding.override(incident=incident, by=by, at=clock.now, **{"outcome": "community", **WHY, **told})

    return override


def test_sue_reads_what_the_policy_said_what_dan_decided_and_what_came_of_it(
    overridden, tess, dan, sue, psr1, psr2, signed_in, clock
):
    made = overridden()
    clock.advance(5)
    offer = assignments.offer(incident=made.incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offer, reason="safety", by=dan, at=clock.now)
    call = made.incident.links.get().call
    taking.amend(call=call, answers={"weapon": "seen"}, by=tess, at=clock.now)
    browser = signed_in(sue)
    page = browser.get("/overrides/").content.decode()
    assert "Police take this" in page
    assert made.decision.decision["reasons"][0]["text"] in page
    assert "A team knows this person: “Rosa talks with him every week”" in page
    assert "Later: weapon:" in page
    assert "Later: a team declined for its safety" in page
    assert "by Rightcall (clock)" in page

    refused = browser.post(f"/overrides/{made.id}/review/", {"verdict": "disagree", "words": ""})
    assert refused.status_code == 422
    assert "Say what would have been right." in refused.content.decode()
    told = {"verdict": "disagree", "words": "Police were on the corner"}
    assert browser.post(f"/overrides/{made.id}/review/", told).status_code == 302
    page = browser.get("/overrides/").content.decode()
    assert "None waits for a review." in page
    assert "Sue disagrees" in page
    again = browser.post(f"/overrides/{made.id}/review/", told)
    assert again.status_code == 409
    assert "Sue has reviewed it already." in again.content.decode()


def test_nobody_is_asked_about_their_own(overridden, sue, person, signed_in):
    made = overridden(by=sue)
    browser = signed_in(sue)
    assert "This is your own; somebody else reviews it." in browser.get("/overrides/").content.decode()
    assert browser.post(f"/overrides/{made.id}/review/", {"verdict": "agree"}).status_code == 409
    other = signed_in(person("sam", Role.SUPERVISOR))
    assert other.post(f"/overrides/{made.id}/review/", {"verdict": "agree"}).status_code == 302


@pytest.mark.parametrize("role", [Role.CALL_TAKER, Role.DISPATCHER, Role.RESPONDER, Role.ANALYST, Role.ADMINISTRATOR])
def test_only_supervisors_review(overridden, person, signed_in, role):
    made, browser = overridden(), signed_in(person("pat", role))
    assert browser.get("/overrides/").status_code == 403
    assert browser.post(f"/overrides/{made.id}/review/", {"verdict": "agree"}).status_code == 403
    made.refresh_from_db()
    assert made.reviewed_at is None


def test_reasons_are_counted_by_direction_for_90_days_without_exercises(
    overridden, incident, dan, sue, signed_in, clock
):
    old = overridden(reason="resources")
    overriding.review(override=old, verdict="agree", by=sue, at=clock.now)
    clock.advance(91 * 86_400)
    agreed = overridden()
    overriding.review(override=agreed, verdict="agree", by=sue, at=clock.now)
    overridden(reason="safer_with_police", outcome="co_response")
    overriding.override(incident=agreed.incident, outcome="ems", by=dan, at=clock.now, **WHY)
    overridden(reason="resources", outcome="ems")
    drill = overridden(reason="other")
    drill.incident.exercise = True
    drill.incident.save()
    shown = signed_in(sue).get("/overrides/").context["counts"]
    found = {each.reason: (each.toward, each.away, each.elsewhere, each.agreed) for each in shown}
    assert found == {
        "A team knows this person": (1, 1, 0, 1),
        "Safer with police": (1, 0, 0, 0),
        "Who is free, and how soon": (0, 0, 1, 0),
    }
    with_drills = signed_in(sue).get("/overrides/?exercises").context["counts"]
    assert "Another reason" in {each.reason for each in with_drills}


def test_many_overrides_ask_postgres_as_often_as_one(overridden, dan, sue, signed_in, clock):
    browser = signed_in(sue)
    overridden()
    overriding.review(override=overridden(), verdict="agree", by=sue, at=clock.now)
    browser.get("/overrides/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/overrides/")
    for _ in range(4):
        overridden()
        overriding.review(override=overridden(), verdict="agree", by=sue, at=clock.now)
    with CaptureQueriesContext(connection) as many:
        page = browser.get("/overrides/").content.decode()
    assert len(many) == len(one)
    assert page.count('class="card override"') == 10
