"""The incident page: questions, teams, hand-offs, calls, the end; and what is said when an action is refused."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from calls.models import Call
from dispatch import assignments, ending, escalation
from dispatch.models import Assignment, Incident
from journal.models import Entry
from responders.models import Unit
from tests.conftest import CALM, Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def dan_browser(signed_in: Callable[[User], Client], dan: User) -> Client:
    return signed_in(dan)


def page_of(browser: Client, incident: Incident) -> str:
    return browser.get(reverse("dispatch:incident", args=[incident.number])).content.decode()


def post(browser: Client, name: str, key: object, **told: Any) -> Any:
    return browser.post(reverse(f"dispatch:{name}", args=[key]), told)


def test_the_page_says_who_may_go_and_why(dan_browser: Client, incident: Incident, psr1: Unit) -> None:
    page = page_of(dan_browser, incident)
    assert "A community team may go" in page
    assert "The person may be in a mental-health crisis." in page
    assert "/policies/demo/1/" in page
    assert "min away" in page


def test_reading_personal_data_is_in_the_audit(dan_browser: Client, dan: User, take: Callable) -> None:
    call, incident = take(narrative="He is crying.")
    assert "He is crying." in page_of(dan_browser, incident)
    assert Entry.objects.filter(kind="call.read", subject_id=call.id, actor_id=dan.id).count() == 1


def test_one_click_answers_one_question(dan_browser: Client, take: Callable) -> None:
    call, incident = take({"call_type": "welfare_check"})
    page = page_of(dan_browser, incident)
    assert "Is there a weapon, or anything used as one?" in page
    assert "Cannot tell" in page
    answer = post(dan_browser, "call-answer", call.id, fact="weapon", value="none")
    assert answer.url == f"/incidents/{incident.number}/#questions"
    post(dan_browser, "call-answer", call.id, fact="in_traffic", value="false")
    post(dan_browser, "call-answer", call.id, fact="violence", value="unknown")
    post(dan_browser, "call-answer", call.id, fact="age", value="40")
    assert Call.objects.get().facts == {
        "call_type": "welfare_check",
        "weapon": "none",
        "in_traffic": False,
        "violence": "unknown",
        "age": 40,
    }


def test_a_wrong_answer_is_said_and_kept(dan_browser: Client, take: Callable) -> None:
    call, _ = take({"call_type": "welfare_check"})
    answer = post(dan_browser, "call-answer", call.id, fact="age", value="fifty")
    assert answer.status_code == 422
    assert "must be a whole number" in answer.content.decode()
    assert post(dan_browser, "call-answer", call.id, fact="nonsense", value="x").status_code == 422


def test_caller_gone_decides(dan_browser: Client, take: Callable) -> None:
    call, incident = take({"call_type": "welfare_check", "location_class": "outdoors"})
    post(dan_browser, "call-caller-gone", call.id)
    incident.refresh_from_db()
    assert incident.outcome != "undetermined"


def test_words_are_added_and_the_place_is_corrected(dan_browser: Client, take: Callable) -> None:
    call, incident = take(narrative="First.")
    told = {"narrative": "Second.", "location.address": "Lents Park", "location.latitude": "45.469"}
    shown = dan_browser.get(f"/incidents/{incident.number}/").context
    from dispatch.forms import shown as shown_values

    form = {**told, "location.longitude": "-122.567", "shown": shown_values(shown["call"])}
    dan_browser.post(reverse("dispatch:call-amend", args=[call.id]), form)
    call.refresh_from_db()
    incident.refresh_from_db()
    assert call.narrative == "First.\nSecond."
    assert (call.address, call.area) == ("Lents Park", "lents")
    assert (incident.address, incident.latitude) == ("Lents Park", 45.469), "teams must go to the corrected place"


def test_what_was_left_alone_does_not_overwrite_a_colleague(
    dan_browser: Client, dan: User, take: Callable, clock: Clock
) -> None:
    from dispatch import taking
    from dispatch.forms import shown

    call, _ = take()
    before = shown(call)
    taking.amend(call=call, answers={"weapon": "seen"}, by=dan, at=clock.now)
    form = {"shown": before, "facts.weapon": "none", "facts.violence": "verbal", "narrative": ""}
    dan_browser.post(reverse("dispatch:call-amend", args=[call.id]), form)
    call.refresh_from_db()
    assert (call.facts["weapon"], call.facts["violence"]) == ("seen", "verbal")


def test_offer_accept_by_radio_and_clear(dan_browser: Client, incident: Incident, psr1: Unit) -> None:
    post(dan_browser, "offer", incident.number, unit="PSR1")
    assignment = Assignment.objects.get()
    for status in ("accepted", "en_route", "on_scene"):
        assert post(dan_browser, "assignment-status", assignment.id, status=status).status_code == 302
    assert "They are clear…" in page_of(dan_browser, incident)
    post(dan_browser, "assignment-status", assignment.id, status="cleared", disposition="referred", words="Shelter")
    incident.refresh_from_db()
    assert (incident.status, incident.disposition) == ("closed", "referred")
    page = page_of(dan_browser, incident)
    assert "PSR1 is clear: referred to a service" in page
    assert "“Shelter”" in page


def test_a_double_click_on_offer_gives_a_sentence(dan_browser: Client, incident: Incident, psr1: Unit) -> None:
    assert post(dan_browser, "offer", incident.number, unit="PSR1").status_code == 302
    again = post(dan_browser, "offer", incident.number, unit="PSR1")
    assert again.status_code == 409
    assert f"PSR1 was offered incident {incident.number}" in again.content.decode()
    assert Assignment.objects.count() == 1


def test_send_decline_and_withdraw(dan_browser: Client, incident: Incident, psr1: Unit, psr2: Unit) -> None:
    post(dan_browser, "offer", incident.number, unit="PSR1")
    first = Assignment.objects.get()
    post(dan_browser, "assignment-status", first.id, status="declined", reason="safety")
    second = Assignment.objects.get(unit=psr2)
    assert second.status == "offered", "the next team is asked at once"
    refused = post(dan_browser, "withdraw", second.id, words=" ")
    assert refused.status_code == 422
    assert "Say why, in a few words." in refused.content.decode()
    post(dan_browser, "withdraw", second.id, words="Wrong block")
    post(dan_browser, "send", incident.number, unit="PSR2")
    assert Assignment.objects.filter(unit=psr2, status="accepted").count() == 1


def test_handoff_is_acknowledged_and_comes_back(dan_browser: Client, take: Callable, clock: Clock) -> None:
    _, incident = take({**CALM, "weapon": "seen"})
    handoff = incident.handoffs.get()
    assert "Police take this" in page_of(dan_browser, incident)
    missing = post(dan_browser, "handoff-acknowledge", handoff.id, acknowledged_by="Sgt. Vale", reference="")
    assert missing.status_code == 422
    assert 'value="Sgt. Vale"' in missing.content.decode()
    wrong = post(
        dan_browser, "handoff-acknowledge", handoff.id, acknowledged_by="V", reference="1", acknowledged_at="x"
    )
    assert wrong.status_code == 422
    clock.advance(120)
    told = {"acknowledged_by": "Sgt. Vale", "reference": "PPB 7", "acknowledged_at": "12:01"}
    post(dan_browser, "handoff-acknowledge", handoff.id, **told)
    handoff.refresh_from_db()
    assert f"{handoff.acknowledged_at:%H:%M}" == "20:01", "12:01 on the clock of Portland"
    assert Incident.objects.get(pk=incident.pk).status == "handed_off"
    post(dan_browser, "handoff-return", handoff.id, reason="No unit free")
    assert Incident.objects.get(pk=incident.pk).status == "pending"
    assert "Police gave it back" in page_of(dan_browser, incident)


def test_a_team_that_goes_with_police_has_somebody_tell_police(dan_browser: Client, take: Callable, psr1: Unit) -> None:
    _, incident = take({**CALM, "call_type": "domestic_dispute"})
    page = page_of(dan_browser, incident)
    assert "A community team goes together with police" in page
    assert [handoff.to for handoff in incident.handoffs.all()] == ["police"]
    assert post(dan_browser, "offer", incident.number, unit="PSR1").status_code == 302


def test_another_agency_is_asked_by_hand(dan_browser: Client, incident: Incident) -> None:
    post(dan_browser, "handoff-propose", incident.number, to="ems")
    assert incident.handoffs.get().to == "ems"
    assert post(dan_browser, "handoff-propose", incident.number, to="nobody").status_code == 422
    refused = post(dan_browser, "close", incident.number, disposition="duplicate")
    assert refused.status_code == 409
    assert "is not acknowledged" in refused.content.decode()


def test_who_went_is_told_after_the_end(
    dan_browser: Client, incident: Incident, psr1: Unit, dan: User, clock: Clock
) -> None:
    sent = assignments.send(incident=incident, unit=psr1, by=dan, at=clock.now)
    assignments.move(assignment=sent, status="on_scene", by=dan, at=clock.now)
    clock.advance(60)
    assignments.clear(assignment=sent, disposition="referred", by=dan, at=clock.now)
    page = page_of(dan_browser, incident)
    assert re.search(r"Earlier.*PSR1.*cleared.*12:01 PST.*: referred to a service", page, re.DOTALL)


def test_close_and_cancel(dan_browser: Client, take: Callable) -> None:
    _, one = take()
    _, two = take()
    post(dan_browser, "close", one.number, disposition="settled_by_phone")
    assert post(dan_browser, "cancel", two.number).status_code == 422, "it asks why"
    post(dan_browser, "cancel", two.number, reason="caller")
    assert [each.status for each in Incident.objects.order_by("number")] == ["closed", "cancelled"]
    again = post(dan_browser, "cancel", two.number, reason="caller")
    assert again.status_code == 409
    assert "already" in again.content.decode()


def test_what_happens_again_is_told_once(dan_browser: Client, take: Callable, clock: Clock) -> None:
    _, incident = take({"call_type": "disturbance"})
    for _ in range(4):
        clock.advance(61)
    page = page_of(dan_browser, incident)
    assert page.count("Waiting longer than promised (questions open)") == 1
    assert "said 3 times" in page


def test_an_incident_without_policy_is_left_to_a_person(dan_browser: Client, take: Callable) -> None:
    _, incident = take(received_at=datetime(2019, 12, 31, tzinfo=UTC))
    assert "No policy decided this" in page_of(dan_browser, incident)


def test_unknown_numbers_are_not_found(dan_browser: Client, program: object) -> None:
    assert dan_browser.get("/incidents/4711/").status_code == 404
    assert post(dan_browser, "offer", 4711, unit="PSR1").status_code == 404
    assert post(dan_browser, "withdraw", "00000000-0000-4000-8000-000000000000").status_code == 404
    assert post(dan_browser, "call-answer", "00000000-0000-4000-8000-000000000000").status_code == 404


def test_call_takers_see_but_do_not_dispatch(
    signed_in: Callable[[User], Client], tess: User, incident: Incident, psr1: Unit
) -> None:
    browser = signed_in(tess)
    page = page_of(browser, incident)
    assert reverse("dispatch:offer", args=[incident.number]) not in page
    assert post(browser, "offer", incident.number, unit="PSR1").status_code == 403


def test_timeline_names_declines_and_expiries(
    dan_browser: Client, dan: User, incident: Incident, psr1: Unit, psr2: Unit, clock: Clock
) -> None:
    offer = assignments.offer(incident=incident, unit=psr1, by=dan, at=clock.now)
    escalation.decline(assignment=offer, reason="too_far", by=dan, at=clock.now)
    clock.advance(91)
    page = page_of(dan_browser, incident)
    assert "PSR1 declined: too far away" in page
    assert "PSR2 did not answer in time" in page
    assert "No team is left to ask" in page


def test_a_person_overrides_and_takes_it_back(dan_browser: Client, take: Callable) -> None:
    _, incident = take({**CALM, "call_type": "theft"})
    assert "Override…" in page_of(dan_browser, incident)
    refused = post(dan_browser, "override", incident.number, outcome="community", reason="", words="He is known")
    assert refused.status_code == 422
    assert 'value="He is known"' in refused.content.decode()
    told = {"outcome": "community", "reason": "known_to_team", "words": "He is known to <PSR1>"}
    assert post(dan_browser, "override", incident.number, **told).url.endswith("#decision")
    page = page_of(dan_browser, incident)
    assert "The policy says: police take this." in page
    assert "Dan overrode it" in page
    assert "a team knows this person, “He is known to &lt;PSR1&gt;”" in page
    assert "Overridden to community team: a team knows this person" in page
    again = post(dan_browser, "override", incident.number, **told)
    assert again.status_code == 409
    assert "is community already" in again.content.decode()
    made = incident.overrides.get()
    assert post(dan_browser, "override-lift", made.id, words="").status_code == 422
    post(dan_browser, "override-lift", made.id, words="Wrong man")
    assert "The policy says" not in page_of(dan_browser, incident)
    assert Incident.objects.get().outcome == "police"


def test_the_page_says_where_no_team_goes_alone(dan_browser: Client, take: Callable) -> None:
    _, incident = take({**CALM, "weapon": "seen"})
    page = page_of(dan_browser, incident)
    assert "No team goes alone to this, whoever decides: weapon" in page
    assert '<option value="community">' not in page
    assert '<option value="co_response">' in page


def test_call_takers_read_of_an_override_and_make_none(
    signed_in: Callable[[User], Client], tess: User, dan_browser: Client, incident: Incident
) -> None:
    told = {"outcome": "police", "reason": "danger_not_captured", "words": "Shots last week"}
    post(dan_browser, "override", incident.number, **told)
    browser = signed_in(tess)
    page = page_of(browser, incident)
    assert "The policy says: a community team may go." in page
    assert "Override…" not in page
    assert post(browser, "override", incident.number, **told).status_code == 403
    assert post(browser, "override-lift", incident.overrides.get().id, words="No").status_code == 403


def test_what_was_overheard_is_asked_no_more_once_the_incident_has_ended(signed_in, sue, dan, take, clock):
    _, incident = take(narrative="He has a knife in his belt")
    browser, address = signed_in(sue), f"/incidents/{incident.number}/"
    assert "data-heard" in browser.get(address).content.decode()
    ending.close(incident=incident, disposition="referred", by=dan, at=clock.now)
    ended = browser.get(address)
    assert ended.status_code == 200
    assert "knife in his belt" in ended.content.decode()
    assert "data-heard" not in ended.content.decode()


def test_a_script_gets_the_parts_of_the_page_and_what_came_of_it(
    dan_browser: Client, incident: Incident, psr1: Unit
) -> None:
    def by_script(name: str, key: object, **told: Any) -> Any:
        return dan_browser.post(reverse(f"dispatch:{name}", args=[key]), told, headers={"HX-Request": "true"})

    done = by_script("offer", incident.number, unit="PSR1")
    assert done.status_code == 200
    page = done.content.decode()
    assert "PSR1 is asked." in page
    assert "asked, no answer yet" in page
    assert 'id="queue"' not in page
    again = by_script("offer", incident.number, unit="PSR1")
    assert again.status_code == 409
    assert f"PSR1 was offered incident {incident.number}" in again.content.decode()
    missing = by_script("withdraw", Assignment.objects.get().id, words="")
    assert missing.status_code == 422
    assert "Say why, in a few words." in missing.content.decode()
    assert "PSR1 is asked." not in page_of(dan_browser, incident), "it has been said"
    dan_browser.logout()
    assert by_script("offer", incident.number, unit="PSR1").status_code == 401
