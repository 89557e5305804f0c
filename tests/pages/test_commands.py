"""The command line: each row of its table run, refused to whom it is not for, done once, and taken back."""

from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import allows
from accounts.models import User
from accounts.roles import Role
from config.datadir import BASE_DIR
from dispatch import assignments, duress, overriding
from dispatch.commands.carrying import CARRY
from dispatch.commands.table import GROUPS, ROWS
from dispatch.commands.undoing import UNDO
from dispatch.models import Alert, Assignment, Command, Correction, CrossLink, Handoff, Incident
from dispatch.views.commands import _LEAD
from journal.models import Entry
from responders.models import Unit
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


class Line:
    """Somebody at the command line, with an incident in focus or none."""

    def __init__(self, browser: Client) -> None:
        self.browser = browser
        self.focus: int | str = ""
        self.status = 0

    def __call__(self, line: str, *, key: str = "") -> str:
        """What is answered, as it is read out."""
        told = {"line": line, "focus": self.focus, "key": key or uuid4().hex}
        answer = self.browser.post("/command/", told, headers={"HX-Request": "true"})
        self.status = answer.status_code
        self.leads_to = answer.get("HX-Redirect", "")
        text: str = answer.content.decode()
        self.html = text
        return text.split("<span>")[1].split("</span>")[0].replace("&#x27;", "'")


@pytest.fixture
def line(signed_in: Callable[[User], Client]) -> Callable[[User], Line]:
    return lambda user: Line(signed_in(user))


def state(incident: Incident) -> str:
    return Incident.objects.get(pk=incident.pk).status


def test_a_team_is_offered_answers_by_radio_and_clears(
    line: Any, dan: User, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    say, number = line(dan), incident.number
    assert say(f"d psr1 {number}") == f"PSR1 is asked for incident {number}."
    assert say("A PSR1") == f"PSR1: accepted, not yet rolling, incident {number}."
    clock.advance(30)
    assert say("EN PSR1") == f"PSR1: en route, incident {number}."
    assert say("ST PSR1") == f"PSR1: staged nearby, incident {number}."
    assert say("OS PSR1") == f"PSR1: on scene, incident {number}."
    assert say("OK PSR1") == f"PSR1: all right, incident {number}."
    assert say("TR PSR1") == f"PSR1: transporting, incident {number}."
    assert say("AD PSR1") == f"PSR1: at destination, incident {number}."
    assert say("C PSR1 transp he is warm now") == f"PSR1: clear (transported), incident {number}."
    assert say.status == 200
    assert state(incident) == "closed"
    team = Assignment.objects.get()
    assert (team.disposition, team.words) == ("transported", "he is warm now")
    told = ["accepted", "en_route", "staged", "on_scene", "transporting", "at_destination", "cleared"]
    moved = Entry.objects.filter(kind="assignment.moved").order_by("id")
    assert [(each.payload["status"], each.actor_name) for each in moved] == [(status, "Dan") for status in told]


def test_the_only_team_of_the_incident_in_focus_is_meant(
    line: Any, dan: User, incident: Incident, psr1: Unit, psr2: Unit
) -> None:
    say = line(dan)
    say.focus = incident.number
    assert say("EN") == f"No team is asked for incident {incident.number}, or on it."
    say("D PSR1")
    say("S PSR2")
    assert Assignment.objects.get(unit=psr2).status == "accepted"
    assert say("EN").startswith("PSR2: en route"), "PSR1 has not even accepted"
    say("A")
    assert Assignment.objects.get(unit=psr1).status == "accepted"
    assert say("EN") == f"PSR1 and PSR2 are on incident {incident.number}: say which."
    assert say.status == 409


def test_a_team_declines_is_taken_back_and_leaves_service(line: Any, dan: User, incident: Incident, psr1: Unit) -> None:
    say, number = line(dan), incident.number
    say(f"D PSR1 {number}")
    assert say("DEC PSR1 too") == f"PSR1: declined (too far away), incident {number}."
    say(f"S PSR1 {number}")
    assert say("W PSR1") == "W needs words: W PSR3 nearer team is free"
    assert say("W PSR1 somebody is nearer") == f"PSR1 is taken back from incident {number}."
    assert list(Assignment.objects.order_by("offered_at", "id").values_list("words", flat=True)).count(
        "somebody is nearer"
    )
    assert say("W PSR1 once more") == "PSR1 is on no incident."
    assert say("OUT PSR1 flat tyre") == "PSR1 is out of service."
    assert say(f"D PSR1 {number}") == "PSR1 is out of service."
    assert say.status == 409
    assert say("AV PSR1") == "PSR1 is back in service."
    assert say("AV PSR1") == "PSR1 is not out of service."


def test_staging_is_confirmed_by_a_word_of_its_own(
    line: Any, dan: User, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    say = line(dan)
    told = {"outcome": "co_response", "reason": "safer_with_police", "words": "He was armed last week"}
    overriding.override(incident=incident, by=dan, at=clock.now, **told)
    say(f"S PSR1 {incident.number}")
    assert say("OS PSR1").endswith("confirm that the team goes in without them. To confirm, type OS! instead of OS.")
    assert say.status == 409
    assert say("OS! PSR1") == f"PSR1: on scene, incident {incident.number}."


def test_holds_notes_and_links(line: Any, dan: User, take: Any, psr1: Unit, clock: Clock) -> None:
    say = line(dan)
    call, incident = take(narrative="He sits by the fountain.")
    other = take()[1]
    number = incident.number
    assert say(f"H {number}") == "H needs a reason: H 1042 caller_asks +30 sister is coming"
    assert say(f"H {number} caller_asks +10 sister is coming") == f"Incident {number} is on hold until Tue 12:10 PST."
    assert incident.holds.get().words == "sister is coming"
    assert say(f"R {number}") == f"Incident {number} waits for a team."
    assert say(f"R {number}").startswith(f"Incident {number} is not on hold")
    say(f"H {number} person_away 12:05")
    assert incident.holds.get(ended_at=None).words == "The person is not there now"
    say(f"R {number}")
    assert say(f"H {number} other").endswith("Say why, in a few words.")
    assert say.status == 422

    assert say(f"N {number} gate code 4471") == f"Noted for incident {number}."
    call.refresh_from_db()
    assert call.narrative == "He sits by the fountain.\nDan, 12:00: gate code 4471"
    assert "gate code" not in str(list(Entry.objects.values_list("payload", flat=True)))
    assert "gate code" not in str(list(Command.objects.values()))
    assert say("N 12 people wait").startswith("There is no incident 12. Words that begin with a number come after")

    assert say(f"L {number} {other.number} same house") == f"Incidents {number} and {other.number} are linked."
    assert CrossLink.objects.get().words == "same house"


def test_merging_handing_off_and_ending(line: Any, dan: User, take: Any) -> None:
    say = line(dan)
    one, two, three = take()[1], take()[1], take()[1]
    assert say(f"M {one.number} {two.number}") == f"Incident {one.number} is merged into {two.number}."
    assert state(one) == "merged"
    assert say(f"UM {one.number}") == f"Incident {one.number} stands by itself again."
    opened = f"Hand-off of incident {one.number} to police opened: tell them now."
    assert say(f"X {one.number} pol") == opened
    assert say(f"X {one.number} police").startswith("Police are asked for incident")
    assert say(f"TOLD {one.number} police Sgt Lee").startswith("Police told of incident")
    assert Handoff.objects.get().spoke_with == "Sgt Lee"
    assert say(f"TOLD {two.number} police").startswith("No hand-off of incident")
    assert say(f"CL {two.number} settled_by_p") == f"Incident {two.number} is closed."
    assert say(f"RE {two.number} he is back") == f"Incident {two.number} is open again."
    assert say(f"CAN {three.number} mistake") == f"Incident {three.number} is cancelled."
    assert say("CL 999999 duplicate") == "There is no incident 999999."


def test_a_moment_is_put_right(line: Any, dan: User, incident: Incident, psr1: Unit, clock: Clock) -> None:
    say = line(dan)
    assert say("TIME PSR1 en_route 12:00 late") == "PSR1 has been on no incident."
    say(f"S PSR1 {incident.number}")
    assert say("TIME PSR1 en_route 12:00 late") == "There is no moment yet at which PSR1 en route."
    clock.advance(300)
    say("EN PSR1")
    assert say("TIME PSR1 en_route 12:03 entered late") == "PSR1 en route: corrected to 12:03:00."
    assert Correction.objects.get().reason == "entered late"


def test_a_team_is_told_by_radio_and_its_duress_is_taken(
    line: Any, dan: User, sue: User, rosa: User, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    say = line(dan)
    say(f"S PSR1 {incident.number}")
    say("EN PSR1")
    assert say("RADIO PSR1") == "PSR1 has not been told of any change."
    told = {"outcome": "police", "reason": "danger_not_captured", "words": "He was armed last week"}
    overriding.override(incident=incident, by=sue, at=clock.now, **told)
    assert say("RADIO PSR1") == f"PSR1: has heard it, incident {incident.number}."
    assert Alert.objects.get().by_radio
    assert say("DURESS PSR1") == "PSR1 is not in duress."
    duress.press(key=uuid4(), unit=psr1, by=rosa, at=clock.now)
    assert say("DURESS PSR1") == "You have the duress of PSR1."
    assert line(sue)("DURESS PSR1") == "Dan has it already."
    assert say("UNDO").startswith("“You have the duress of PSR1.” cannot be undone: somebody must have it")


def test_the_search_is_taken(line: Any, dan: User, incident: Incident, psr1: Unit, clock: Clock) -> None:
    say = line(dan)
    clock.advance(700)
    assert say(f"T {incident.number}") == f"Incident {incident.number} is yours; everybody is asked again in 10 min."
    assert say("UNDO") == f"Undone: Incident {incident.number} is yours; everybody is asked again in 10 min."


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("D PSR1 {0}", None),
        ("S PSR1 {0}", None),
        ("H {0} caller_asks", "pending"),
        ("CL {0} duplicate", "pending"),
        ("CAN {0} mistake", "pending"),
        ("M {0} {1}", "pending"),
        ("X {0} fire", "pending"),
        ("L {0} {1} same house", "pending"),
        ("OUT PSR1 flat tyre", "pending"),
    ],
)
def test_what_can_be_undone_is(line: Any, dan: User, take: Any, psr1: Unit, typed: str, status: str | None) -> None:
    say = line(dan)
    one, two = take()[1], take()[1]
    did = say(typed.format(one.number, two.number))
    assert say.status == 200, did
    key = uuid4().hex
    assert say("UNDO", key=key) == f"Undone: {did}"
    assert say("UNDO", key=key) == f"Undone: {did}", "the same key is the same command"
    assert state(one) == (status or "pending")
    assert not Assignment.objects.exclude(status="withdrawn").exists()
    assert not CrossLink.objects.filter(ended_at=None).exists()
    assert not Handoff.objects.exclude(status="withdrawn").exists()
    assert Unit.objects.get().out_of_service_at is None
    assert say("UNDO").startswith("There is nothing to undo")


def test_what_cannot_be_undone_says_why_and_is_not_passed_over(
    line: Any, dan: User, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    say = line(dan)
    say(f"S PSR1 {incident.number}")
    did = say("EN PSR1")
    why = f"“{did}” cannot be undone: what a team said stands: TIME puts its moment right."
    assert say("UNDO") == why
    assert say("UNDO") == why
    assert Assignment.objects.get().status == "en_route"
    clock.advance(601)
    assert say("UNDO").startswith("There is nothing to undo")


def test_nothing_is_undone_that_somebody_has_gone_on_from(
    line: Any, dan: User, sue: User, rosa: User, incident: Incident, psr1: Unit, clock: Clock
) -> None:
    say, her = line(dan), line(sue)
    did = say(f"D PSR1 {incident.number}")
    assert her("UNDO").startswith("There is nothing to undo"), "only one's own"
    clock.advance(5)
    assignments.accept(assignment=Assignment.objects.get(), by=rosa, at=clock.now)
    assert say("UNDO") == f"“{did}” cannot be undone: Rosa has gone on from it (PSR1 accepted, 12:00:05)."
    assert say.status == 409
    assert Assignment.objects.get().status == "accepted"


def test_twice_enter_is_once(line: Any, dan: User, take: Any) -> None:
    say = line(dan)
    call, incident = take(narrative="")
    key = uuid4().hex
    first = say(f"N {incident.number} he is cold", key=key)
    assert say(f"N {incident.number} he is cold", key=key) == first
    call.refresh_from_db()
    assert call.narrative == "Dan, 12:00: he is cold"


@pytest.mark.django_db(transaction=True)
def test_twice_enter_in_one_instant_is_once(line: Any, dan: User, take: Any, signed_in: Any) -> None:
    call, incident = take(narrative="")
    key, lines = uuid4().hex, [line(dan), line(dan)]

    def enter(say: Line) -> None:
        say(f"N {incident.number} he is cold", key=key)
        connection.close()

    threads = [Thread(target=enter, args=[say]) for say in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    call.refresh_from_db()
    assert call.narrative == "Dan, 12:00: he is cold"
    assert Command.objects.count() == 1


def test_what_was_found_is_shown_and_read_by_name(line: Any, dan: User, take: Any, clock: Clock) -> None:
    say = line(dan)
    call, incident = take(caller_name="Robin Vale", caller_phone="(503) 555-0142", subject_name="Ada Byron")
    take(caller_name="Nobody", address="Lents Park")
    assert say("F byron") == "1 found, the newest first."
    assert "person Ada Byron" in say.html
    assert f"/incidents/{incident.number}/" in say.html
    read = Entry.objects.filter(kind="call.read", subject_id=call.id, actor_id=dan.id)
    assert read.count() == 1
    assert say("F 555 0142") == "1 found, the newest first."
    assert read.count() == 2
    say("F pioneer")
    assert f"/incidents/{incident.number}/" in say.html
    assert read.count() == 2, "a place is on the board"
    assert say(f"F {incident.number}") == "1 found, the newest first."
    assert say("F zebra") == "Nothing found in the calls of the last 30 days."
    assert say("F x").endswith("at least two letters of a name or a place.")
    clock.advance(31 * 86_400)
    say = line(dan)
    assert say("F byron") == "Nothing found in the calls of the last 30 days."


def test_moving_about_leads_there(line: Any, dan: User, incident: Incident) -> None:
    say, page = line(dan), f"/incidents/{incident.number}/"
    for typed in (f"{incident.number}", f"#{incident.number}", f"G {incident.number}"):
        assert say(typed) == f"Incident {incident.number}."
        assert say.leads_to == page
    assert say("999999") == "There is no incident 999999."
    for typed, where in (("NEW", "/calls/new/"), ("B", "/"), (f"O {incident.number}", f"{page}#decision")):
        say(typed)
        assert say.leads_to == where
    say.focus = incident.number
    assert say("O").endswith("here is its form.")
    for typed, part in (("Q", "queue"), ("U", "units"), ("MAP", "map"), ("O", "decision")):
        say(typed)
        assert f'data-to="{part}"' in say.html
    say("?")
    assert "data-shows-help" in say.html
    assert Command.objects.count() == 0


def test_each_row_is_carried_out_and_each_undoing_is_known() -> None:
    assert {row.name for row in ROWS.values() if row.changes} == set(CARRY)
    assert {row.name for row in ROWS.values() if not row.changes} == {*_LEAD, "undo"}
    assert {row.undo for row in ROWS.values() if row.undo} == set(UNDO)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_commands_what_they_may_not(line: Any, person: Any, incident: Incident, psr1: Unit, role: Role) -> None:
    user = person("cleo", role)
    browser = line(user).browser
    told = {"D PSR1", "T", "X fire", "N he is cold", "O", "NEW", "F byron"}
    if role not in (Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR):
        assert browser.post("/command/", {"line": "D PSR1", "focus": incident.number}).status_code == 403
        return
    say = line(user)
    say.focus = incident.number
    for typed in told:
        row = next(row for row in ROWS.values() if typed.split()[0] in row.words)
        said = say(typed)
        assert (said == f"{row.word} {row.does}: your role may not do that.") is not allows(user, row.may), typed
    page = browser.get("/commands/").content.decode()
    assert ("asks a team whether it goes" in page.lower()) is allows(user, ROWS["offer"].may)


def complete(browser: Client, text: str, focus: object = "") -> str:
    answer = browser.post("/command/complete/", {"line": text, "focus": focus})
    assert answer.status_code == 200
    html: str = answer.content.decode()
    return html


def test_completion_offers_what_is_known_and_says_what_it_means(
    line: Any, dan: User, tess: User, incident: Incident, psr1: Unit, psr2: Unit
) -> None:
    browser = line(dan).browser
    assert 'data-line="D "' in complete(browser, "d")
    offered = complete(browser, "D PS")
    assert 'data-line="D PSR1 "' in offered
    assert "D team [incident]</strong> asks a team whether it goes" in offered
    assert f'data-line="D PSR1 {incident.number} "' in complete(browser, "D PSR1 ")
    assert 'data-line="C PSR1 referred "' in complete(browser, "C PSR1 refe")
    assert "There is no team PSR9." in complete(browser, "D PSR9 1")
    assert 'data-settled="F "' in complete(browser, "F b")
    assert 'data-line="D "' not in complete(line(tess).browser, "d"), "it is not hers to do"
    with CaptureQueriesContext(connection) as few:
        complete(browser, "D PSR1 ")
    assert len(few) <= 4


def test_without_scripts_the_line_answers_by_pages(line: Any, dan: User, incident: Incident, psr1: Unit) -> None:
    browser, number = line(dan).browser, incident.number
    done = browser.post("/command/", {"line": "D PSR1", "focus": number}, follow=True)
    assert f"PSR1 is asked for incident {number}." in done.content.decode()
    refused = browser.post("/command/", {"line": "D PSR1 what", "focus": number})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "“what” is not an incident: D PSR3 1042" in page
    assert 'value="D PSR1 what"' in page
    refused = browser.post("/command/", {"line": "D PSR9"})
    assert refused.status_code == 409
    assert "There is no team PSR9." in refused.content.decode()
    assert browser.post("/command/", {"line": "?"})["Location"] == "/commands/"
    assert f"/incidents/{number}/" in browser.post("/command/", {"line": "F pioneer"}).content.decode()


def documented() -> str:
    """The table of commands as the docs have it."""
    lines = []
    for group in GROUPS:
        lines += [f"**{group.title}**", "", "| type | what it does | undo |", "|---|---|---|"]
        for row in group.rows:
            also = f" or `{'`, `'.join(row.words[1:])}`" if row.also else ""
            undo = "yes" if row.undo else f"no: {row.stands}" if row.stands else ""
            lines.append(f"| `{row.usage}`{also}, as `{row.example}` | {row.does} | {undo} |")
        lines.append("")
    return "\n".join(lines)


def test_the_docs_tell_of_each_command() -> None:
    page = (BASE_DIR / "docs" / "users" / "dispatchers.md").read_text()
    told = page.split("<!-- commands: kept by tests/pages/test_commands.py -->\n")[1].split("<!-- end -->")[0]
    assert told.strip() == documented().strip()
