"""The form that corrects a call, sent after a colleague's: the difference is shown and chosen, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from calls.models import Call
from dispatch import correcting, forms, taking
from dispatch.models import Correction
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


def opened(call: Call) -> dict[str, str]:
    """The form as it stands on the page, untouched."""
    return {**forms.seen({"shown": forms.shown(call)}), "shown": forms.shown(call), "narrative": "", "reason": ""}


def test_the_difference_is_shown_with_both_and_nothing_is_stored(
    signed_in: Callable[[User], Client], take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    call, _ = take(caller_name="Ann", language="en")
    form = opened(call)
    taking.amend(
        call=call, answers={"weapon": "seen"}, changes={"caller_name": "Anna", "language": "es"}, by=dan, at=clock.now
    )
    browser, address = signed_in(tess), reverse("dispatch:call-amend", args=[call.id])
    mine = {**form, "caller.name": "Hannah", "facts.violence": "verbal", "narrative": "She is at the door."}
    answer = browser.post(address, mine)
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 409
    assert "Theirs: <strong>Anna</strong>" in page
    assert "Yours: <strong>Hannah</strong>" in page
    assert '<span class="quiet">Dan</span>' in page
    assert "She is at the door." in page
    call.refresh_from_db()
    assert (call.caller_name, call.narrative) == ("Anna", "")

    again = dict(answer.context["typed"].values)
    assert (again["caller.name"], again["language"], again["facts.weapon"]) == ("Hannah", "es", "seen")
    answer = browser.post(address, again)
    assert answer.status_code == 422, "neither is taken for right by itself"
    assert "Choose theirs or yours." in answer.content.decode()

    assert browser.post(address, {**again, "keep.caller.name": "mine"}).status_code == 302
    call.refresh_from_db()
    assert (call.caller_name, call.language, call.narrative) == ("Hannah", "es", "She is at the door.")
    assert (call.facts["weapon"], call.facts["violence"]) == ("seen", "verbal")


def test_theirs_may_be_left_and_the_rest_is_stored(
    signed_in: Callable[[User], Client], take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    call, _ = take()
    form = opened(call)
    taking.amend(call=call, answers={}, changes={"address": "Lents Park"}, by=dan, at=clock.now)
    browser, address = signed_in(tess), reverse("dispatch:call-amend", args=[call.id])
    place = {"location.latitude": "45.53", "location.longitude": "-122.66"}
    answer = browser.post(address, {**form, **place, "narrative": "By the fountain."})
    assert "Address and position" in answer.content.decode()
    assert browser.post(address, {**answer.context["typed"].values, "keep.location": "theirs"}).status_code == 302
    call.refresh_from_db()
    assert (call.address, call.latitude, call.narrative) == ("Lents Park", 45.5189, "By the fountain.")


def test_overtaken_again_while_choosing_is_shown_again(
    signed_in: Callable[[User], Client], take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    call, _ = take(caller_name="Ann")
    form = opened(call)
    browser, address = signed_in(tess), reverse("dispatch:call-amend", args=[call.id])
    for name in ("Anna", "Annika"):
        taking.amend(call=call, answers={}, changes={"caller_name": name}, by=dan, at=clock.now)
        answer = browser.post(address, {**form, "caller.name": "Hannah", "keep.caller.name": "mine"})
        assert answer.status_code == 409
        form = dict(answer.context["typed"].values)
        assert "keep.caller.name" not in form
        assert f"Theirs: <strong>{name}</strong>" in " ".join(answer.content.decode().split())


def test_a_question_that_a_colleague_has_answered_is_not_answered_over_theirs(
    signed_in: Callable[[User], Client], take: Callable, tess: User, dan: User, clock: Clock
) -> None:
    call, _ = take({"call_type": "welfare_check"})
    taking.amend(call=call, answers={"violence": "none"}, by=dan, at=clock.now)
    answer = signed_in(tess).post(
        reverse("dispatch:call-answer", args=[call.id]), {"fact": "violence", "value": "verbal"}
    )
    assert answer.status_code == 409
    call.refresh_from_db()
    assert call.facts["violence"] == "none"


def test_a_time_that_a_colleague_has_corrected_is_shown_before_it_is_corrected_again(
    signed_in: Callable[[User], Client], take: Callable, dan: User, sue: User, clock: Clock
) -> None:
    _, incident = take()
    browser, address = signed_in(sue), reverse("dispatch:correct", args=[incident.number])
    shown = forms.shown_stamps(browser.get(f"/incidents/{incident.number}/").context["stamps"])
    first = incident.received_at - timedelta(hours=1)
    correcting.correct(incident=incident, stamp="received", to=first, reason="Clock", by=dan, at=clock.now)
    form: dict[str, Any] = {"shown": shown, "stamp": "received", "to": "11:30", "reason": "Tape"}
    answer = browser.post(address, form)
    assert answer.status_code == 409
    assert "Dan has corrected this meanwhile" in answer.content.decode()
    assert browser.post(address, answer.context["typed"].values).status_code == 302
    assert Correction.objects.count() == 2


def test_a_client_names_what_it_read(api: Callable, take: Callable, dan: User, clock: Clock) -> None:
    call, _ = take()
    machine, address = api(), f"/api/v1/calls/{call.id}/"
    read = machine.get(address)["ETag"]
    assert machine.patch(address, {"narrative": "One."}, format="json", HTTP_IF_MATCH=read).status_code == 200
    late = machine.patch(address, {"narrative": "Two."}, format="json", HTTP_IF_MATCH=read)
    assert (late.status_code, late["Content-Type"]) == (412, "application/problem+json")
    assert machine.patch(address, {"narrative": "Three."}, format="json", HTTP_IF_MATCH="nonsense").status_code == 412
    call.refresh_from_db()
    assert call.narrative == "One."
    assert machine.patch(address, {"narrative": "Four."}, format="json", HTTP_IF_MATCH="*").status_code == 200
    now = machine.patch(address, {"narrative": "Five."}, format="json")
    assert (now.status_code, now["ETag"]) == (200, machine.get(address)["ETag"])
