"""Messages to another agency's system, to a real server of the test's own."""

import base64
import hashlib
import hmac
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Agency
from calls.heard import Heard
from dispatch import handoffs, linking, referrals, taking, webhooks
from dispatch.models import AgencyLink, Handoff
from dispatch.queries import timeline
from dispatch.states import IncidentStatus
from due.models import Message
from due.registry import Undelivered
from journal.models import Entry
from journal.refusals import Invalid
from tests.conftest import CALM, TESTS

ARMED = {**CALM, "weapon": "used"}


def asked(take) -> Handoff:
    return take(ARMED, narrative="He has a knife.", caller_phone="503-555-0142")[1].handoffs.get()


def test_their_system_is_told_once_and_signed_for(take, police, desk, clock):
    handoff = asked(take)
    assert handoff.agency == police.agency
    assert desk.heard == [], "no request waits for them"
    clock.advance(1)
    [(path, headers, body)] = desk.heard
    assert path == "/rightcall?desk=4"
    said = json.loads(body)
    assert said["type"] == "handoff.proposed"
    assert said["data"]["id"] == str(handoff.id)
    assert said["data"]["calls"][0]["narrative"] == "He has a knife."
    # As Standard Webhooks has it.
    key = base64.b64decode(linking.secret_of(police).removeprefix("whsec_"))
    signed = f"handoff_{handoff.id}_proposed.{int(clock.now.timestamp())}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(clock.now.timestamp()))

    handoff.refresh_from_db()
    assert (handoff.status, handoff.sent_by) == ("sent", "webhook")
    assert Entry.objects.filter(kind="handoff.packet_read", actor_name="Police Bureau").count() == 1
    clock.advance(600)
    assert len(desk.heard) == 1
    assert "handoff.unanswered" in [entry.kind for entry in timeline(handoff.incident)]


def test_an_answer_with_a_name_and_a_number_is_an_acknowledgement(take, police, desk, clock):
    desk.says = {"acknowledged_by": "CAD desk 4", "reference": "26-4411"}
    handoff = asked(take)
    clock.advance(1)
    handoff.refresh_from_db()
    assert (handoff.status, handoff.acknowledged_by, handoff.reference) == ("acknowledged", "CAD desk 4", "26-4411")
    assert handoff.incident.status == IncidentStatus.HANDED_OFF


@pytest.mark.parametrize(
    "says", ["", "OK", "[1]", {"reference": 7}, {"acknowledged_by": "x" * 500, "reference": "1"}, "[" * 60_000]
)
def test_any_other_answer_says_that_they_were_told_and_no_more(take, police, desk, clock, says):
    desk.says = says
    handoff = asked(take)
    clock.advance(1)
    handoff.refresh_from_db()
    assert handoff.status == "sent"


def test_what_does_not_get_through_is_tried_again_and_the_dispatcher_told_to_phone(
    take, police, desk, clock, dan, signed_in
):
    desk.status = 503
    handoff = asked(take)
    clock.advance(1)
    handoff.refresh_from_db()
    assert handoff.status == "proposed"
    page = signed_in(dan).get(f"/incidents/{handoff.incident.number}/").content.decode()
    assert "Phone police 503-555-0100" in page
    assert "did not take the message (503). It is tried again" in page
    assert "The message to police did not get through (status 503): phone them; it is tried again" in page
    desk.status = 202
    clock.advance(2)
    handoff.refresh_from_db()
    assert handoff.status == "sent"
    assert len({headers["webhook-id"] for _, headers, _ in desk.heard}) == 1
    assert len(desk.heard) == 2


def test_at_its_deadline_it_is_given_up_and_said(take, police, desk, clock, dan, signed_in):
    desk.status = 500
    handoff = asked(take)
    for _ in range(40):
        clock.advance(10)
    assert 5 <= len(desk.heard) <= 12, "ever later"
    assert Message.objects.get().status == Message.Status.FAILED
    handoff.refresh_from_db()
    assert handoff.status == "proposed"
    page = signed_in(dan).get(f"/incidents/{handoff.incident.number}/").content.decode()
    assert "is not tried any more: phone them" in page


@pytest.mark.parametrize("status", [302, 307, 400, 401, 410])
def test_no_redirect_is_followed_and_a_refusal_not_repeated(take, police, desk, clock, status):
    desk.status, desk.headers = status, {"Location": desk.url}
    asked(take)
    clock.advance(1)
    clock.advance(120)
    assert len(desk.heard) == 1
    message = Message.objects.get()
    assert (message.status, message.error) == (Message.Status.FAILED, f"status-{status}")
    assert Entry.objects.get(kind="handoff.undelivered").payload["given_up"] is True


def test_who_was_told_by_message_is_told_that_they_are_needed_no_more(take, police, desk, dan, clock):
    _, incident = take()
    asked = handoffs.propose(incident=incident, to="police", by=dan, at=clock.now)
    clock.advance(1)
    handoffs.withdraw(handoff=asked, reason="Tom has calmed down", by=dan, at=clock.now)
    clock.advance(1)
    first, last = (json.loads(body) for _, _, body in desk.heard)
    assert (first["type"], last["type"]) == ("handoff.proposed", "handoff.withdrawn")
    assert last["data"] == {"id": str(asked.id), "number": incident.number}, "and why is nobody's business there"
    assert len({headers["webhook-id"] for _, headers, _ in desk.heard}) == 2
    asked.refresh_from_db()
    assert asked.status == "withdrawn"


@pytest.mark.parametrize("takes", [True, False])
def test_their_system_hears_whether_we_take_what_it_hands_over(program, police, desk, dan, clock, takes):
    heard = Heard(source="Police Bureau", external_id="26-77", received_at=clock.now, facts=CALM)
    told = {"agency": police.agency, "reference": "26-77", "digest": "d"}
    referral, _ = referrals.receive(**told, heard=heard, by=TESTS, at=clock.now)
    if takes:
        referrals.accept(referral=referral, by=dan, at=clock.now)
    else:
        referrals.refuse(referral=referral, reason="No team at night", by=dan, at=clock.now)
    clock.advance(1)
    [(_, _, body)] = desk.heard
    said = json.loads(body)
    assert said["type"] == ("referral.accepted" if takes else "referral.refused")
    assert said["data"] == {
        "id": str(referral.id),
        "reference": "26-77",
        "reason": "" if takes else "No team at night",
    }


def test_nobody_there(take, police, clock, agency, settings):
    AgencyLink.objects.update(url="http://127.0.0.1:9/")
    asked(take)
    clock.advance(1)
    message = Message.objects.get()
    assert (message.status, message.error) == (Message.Status.PENDING, "ConnectionRefusedError")


def test_who_was_faster_on_the_phone_is_not_overtaken(take, police, desk, dan, clock):
    handoff = asked(take)
    said = {"acknowledged_by": "Hale", "reference": "26-1", "acknowledged_at": clock.now}
    handoffs.acknowledge(handoff=handoff, **said, by=dan, at=clock.now)
    clock.advance(1)
    assert desk.heard == []
    assert Message.objects.get().status == Message.Status.MOOT


def test_no_system_is_told_of_an_exercise(exercise_program, police, desk, tess, clock):
    heard = Heard(source="console", received_at=clock.now, facts=ARMED, exercise=True)
    _, incident = taking.take(heard=heard, by=tess, at=clock.now)
    assert incident.handoffs.get().agency == police.agency
    clock.advance(1)
    assert desk.heard == []
    assert not Message.objects.exists()


def test_a_program_may_have_a_link_of_its_own(take, program, police, desk, clock):
    county = Agency.objects.create(name="County Sheriff", kind=Agency.Kind.POLICE)
    linking.link(agency=county, program=program, phone="503-555-0199", by=TESTS, at=clock.now)
    assert asked(take).agency == county
    clock.advance(1)
    assert desk.heard == [], "they have a telephone alone"
    third = Agency.objects.create(name="Port Police", kind=Agency.Kind.POLICE)
    with pytest.raises(Invalid, match="Portland hands such incidents to County Sheriff already"):
        linking.link(agency=third, program=program, phone="503-555-0198", by=TESTS, at=clock.now)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cad.example.org/in", True),
        ("https://10.0.0.7:8443/in", True),
        ("http://cad.example.org/in", False),
        ("http://127.0.0.1:8000/", False),
        ("https://user:pass@cad.example.org/", False),
        ("https:///in", False),
        ("https://cad.example.org:99999/", False),
        ("file:///etc/passwd", False),
        ("https://cäd.example.org/", False),
    ],
)
def test_where_messages_may_go(settings, url, allowed):
    settings.WEBHOOKS_TO_LOOPBACK = False
    assert (linking.fault_of(url) == "") is allowed


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "::ffff:127.0.0.1", "0.0.0.0"])
def test_https_is_no_way_into_this_machine_or_its_neighbourhood(host):
    with pytest.raises(Undelivered, match="address-not-allowed"):
        webhooks._connect((host, 443), 1.0)


def manage(*arguments: str) -> str:
    out = StringIO()
    call_command("agency_link", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_link_is_set_by_command_and_its_secret_renewed(db):
    told = ["Police Bureau", "--kind", "police", "--webhook", "https://cad.example.org/in"]
    first = manage(*told)
    assert first.startswith("whsec_")
    assert manage(*told, "--phone", "503-555-0100") == first
    assert manage(*told, "--new-secret") != first
    assert AgencyLink.objects.get().phone == "", "the newest word counts"
    assert manage("Fire Bureau", "--kind", "fire", "--phone", "503-555-0102") == ""
    with pytest.raises(CommandError, match=r"url: Must begin with https://"):
        manage("EMS", "--kind", "ems", "--webhook", "http://cad.example.org/in")
    assert not Agency.objects.filter(name="EMS").exists()
    with pytest.raises(CommandError, match="Police Bureau is known as police"):
        manage("Police Bureau", "--kind", "fire", "--phone", "503-555-0102")


def handed_over(police, dan, clock):
    """What the police have handed to us, and Dan takes."""
    heard = Heard(source="Police Bureau", external_id="26-77", received_at=clock.now, facts=CALM)
    told = {"agency": police.agency, "reference": "26-77", "digest": "d"}
    referral, _ = referrals.receive(**told, heard=heard, by=TESTS, at=clock.now)
    referrals.accept(referral=referral, by=dan, at=clock.now)
    return referral


def test_the_dispatcher_and_they_see_whether_our_answer_has_reached_their_system(
    program, police, desk, dan, signed_in, api, clock
):
    desk.status = 503
    referral = handed_over(police, dan, clock)
    browser, page = signed_in(dan), f"/incidents/{referral.call.incident_link.incident.number}/"

    def delivery():
        return api("handoffs:write").get(f"/api/v1/handoffs/received/{referral.id}/").json()["delivery"]

    assert "Their system is being told…" in browser.get(page).content.decode()
    assert delivery() == "trying"
    clock.advance(1)
    shown = browser.get(page).content.decode()
    assert "did not take the message (503). It is tried again; phone them meanwhile" in shown
    assert "Our answer to the agency that handed this to us did not get through (status 503): phone them" in shown
    assert delivery() == "trying"
    desk.status = 200
    clock.advance(2)
    shown = browser.get(page).content.decode()
    assert "Their system took the message" in shown
    assert "Their system has our answer" in shown, "in the timeline"
    assert delivery() == "delivered"


def test_an_answer_that_never_arrives_is_said(program, police, desk, dan, signed_in, api, clock):
    desk.status = 401
    referral = handed_over(police, dan, clock)
    clock.advance(1)
    assert Entry.objects.get(kind="referral.undelivered").payload["given_up"] is True
    shown = signed_in(dan).get(f"/incidents/{referral.call.incident_link.incident.number}/").content.decode()
    assert "is not tried any more: phone them" in shown
    told = api("handoffs:write").get(f"/api/v1/handoffs/received/{referral.id}/").json()
    assert (told["status"], told["delivery"]) == ("accepted", "failed")


def test_who_has_no_system_is_sent_nothing(program, police, dan, api, clock):
    AgencyLink.objects.update(url="")
    referral = handed_over(police, dan, clock)
    assert api("handoffs:write").get(f"/api/v1/handoffs/received/{referral.id}/").json()["delivery"] is None
