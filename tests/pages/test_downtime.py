"""Downtime by its pages: forms are reserved and printed, papers are entered, the rest is accounted for."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from calls.models import Call, Draft
from dispatch import check_digit, drawer, paper, printing
from dispatch.models import Downtime, Incident, PaperBlock, PaperForm
from dispatch.views.panes import panes
from journal.models import Entry
from responders.models import Unit
from tests.conftest import Clock
from tests.facts import CALM
from tests.pages.forms import form_in
from triage.forms.typed import written
from triage.models import Program

SEEN = {f"facts.{name}": written(value) for name, value in CALM.items() if name not in ("call_type", "location_class")}


@pytest.fixture
def sues(signed_in: Callable[[User], Client], sue: User, program: Program) -> Client:
    return signed_in(sue)


@pytest.fixture
def tesss(signed_in: Callable[[User], Client], tess: User) -> Client:
    return signed_in(tess)


@pytest.fixture
def block(program: Program, sue: User, clock: Clock) -> PaperBlock:
    made = paper.reserve(program=program, count=4, by=sue, at=clock.now)
    clock.advance(7200)  # 14:00 on the clocks of Portland
    return made


@pytest.fixture
def numbers(block: PaperBlock) -> list[int]:
    return list(block.forms.order_by("number").values_list("number", flat=True))


def told(number: int, **more: str) -> dict[str, str]:
    """The form of a paper: received at noon, two hours ago."""
    return {
        "paper": str(number),
        "paper.day": "2026-11-24",
        "paper.received": "12:00",
        "call_type": "welfare_check",
        "location.address": "Lents Park",
        "location.class": "outdoors",
        **SEEN,
        **more,
    }


def test_sue_reserves_and_prints(sues: Client, program: Program, clock: Clock) -> None:
    answer = sues.post("/downtime/reserve/", {"program": "portland", "count": "3"})
    assert answer.url == "/downtime/"
    page = sues.get("/downtime/").content.decode()
    first, *_, last = PaperForm.objects.order_by("number").values_list("number", flat=True)
    assert f"Reserved: {first} to {last}." in page
    assert "Fewer than 20: print more" in page
    sheet = sues.get(f"/downtime/forms/{PaperBlock.objects.get().id}/").content.decode()
    for number in (first, last):
        assert f'aria-label="Form {number}"' in sheet
    assert "send police or EMS, never a community" in " ".join(sheet.split())
    assert "Is there a weapon, or anything used as one?" in sheet
    assert sheet.count('<li class="stops">Seen or shown</li>') == 3
    assert "A kind of call that community teams answer." in sheet
    assert "policy demo, version 1" in sheet


def test_only_unused_forms_are_printed_again(sues: Client, block: PaperBlock, numbers: list[int], sue: User) -> None:
    paper.void(numbers=[(numbers[0], numbers[0])], reason="spoilt", by=sue, at=block.at)
    sheet = sues.get(f"/downtime/forms/{block.id}/").content.decode()
    assert re.findall(r'aria-label="Form (\d+)"', sheet) == [str(each) for each in numbers[1:]]


def test_a_file_for_the_printer_needs_no_other(program: Program, tmp_path: Path) -> None:
    out = StringIO()
    call_command("downtime_forms", "--program", "portland", "--count", "2", "--directory", str(tmp_path), stdout=out)
    [file] = tmp_path.iterdir()
    assert out.getvalue().strip() == str(file)
    sheet = file.read_text()
    numbers = list(PaperForm.objects.order_by("number").values_list("number", flat=True))
    assert file.name == f"downtime-portland-{numbers[0]}-{numbers[1]}.html"
    assert "@page" in sheet
    assert not re.findall(r'(?:src|href)="', sheet)
    assert all(f">-{check_digit.of(each)}<" in sheet for each in numbers)
    assert Entry.objects.get(kind="paper.reserved").actor_name == "command line"
    for wrong, match in (
        (["--program", "nowhere"], "name one of: portland"),
        (["--program", "portland", "--count", "0"], "count: From 1 to 500"),
        (["--program", "portland", "--directory", "/nowhere"], "there is none"),
    ):
        with pytest.raises(CommandError, match=match):
            call_command("downtime_forms", *wrong)
    assert PaperBlock.objects.count() == 1


def test_what_is_wrong_with_a_block_is_said_at_its_input(sues: Client) -> None:
    wrong_ones = [
        ({"count": "many"}, "count"),
        ({"count": "9", "program": "x"}, "program"),
        ({"count": "501", "program": "portland"}, "count"),
    ]
    for wrong, named in wrong_ones:
        answer = sues.post("/downtime/reserve/", wrong)
        assert answer.status_code == 422
        assert set(answer.context["typed"].errors) == {named}
    assert not PaperForm.objects.exists()


def test_tess_enters_a_paper_of_what_is_over(tesss: Client, numbers: list[int], psr1: Unit, clock: Clock) -> None:
    page = tesss.get(f"/calls/new/?paper={numbers[0]}").content.decode()
    assert f"Paper {check_digit.printed(numbers[0])}: the times of then" in page
    form = form_in(page, "/calls/new/")
    assert (form["paper"], form["paper.day"]) == ([str(numbers[0])], ["2026-11-24"])
    assert {"team1.unit", "team3.cleared", "agency2.reference", "paper.closed"} <= form.keys()
    answer = tesss.post(
        "/calls/new/",
        told(
            numbers[0],
            **{
                "paper.answered": "12:01", "paper.decided": "1203", "team1.unit": "PSR1", "team1.offered": "12:04",
                "team1.accepted": "12:05", "team1.en_route": "12:06", "team1.on_scene": "12:14:30",
                "team1.cleared": "12:40", "paper.closed": "12:41", "paper.disposition": "settled_by_contact",
            },
        ),
    )  # fmt: skip
    assert answer.url == "/downtime/"
    incident = Incident.objects.get()
    noon = clock.now - timedelta(hours=2)
    assert (incident.number, incident.status, incident.received_at) == (numbers[0], "closed", noon)
    assert incident.triaged_at == noon + timedelta(minutes=3)
    assert incident.assignments.get().on_scene_at == noon + timedelta(minutes=14, seconds=30)
    assert Call.objects.get().source == "paper"
    shown = tesss.get(f"/incidents/{numbers[0]}/").content.decode()
    assert "entered later, from paper" in shown
    assert f"Paper {numbers[0]} of Tue 24 Nov: call received 12:00:00" in shown
    assert "PSR1: asked 12:04:00, accepted 12:05:00, en route 12:06:00, on scene 12:14:30, clear 12:40:00" in shown


def test_one_that_is_still_open_leads_to_its_incident(tesss: Client, numbers: list[int], clock: Clock) -> None:
    answer = tesss.post("/calls/new/", told(numbers[1]))
    assert answer.url == f"/incidents/{numbers[1]}/"
    assert Incident.objects.get().overdue_at == clock.now
    assert "from paper" in tesss.get("/").content.decode()


def test_every_wrong_time_is_named_at_its_input_and_nothing_is_lost(
    tesss: Client, numbers: list[int], psr1: Unit
) -> None:
    answer = tesss.post(
        "/calls/new/",
        told(
            numbers[0],
            narrative="He said <so>",
            **{
                "paper.received": "noon", "paper.day": "", "paper.closed": "25:99", "team1.unit": "PSR9",
                "team2.accepted": "12:05", "agency1.by": "Desk 4", "agency1.sent": "soon",
            },
        ),
    )  # fmt: skip
    assert answer.status_code == 422
    named = {"paper.day", "paper.received", "paper.closed", "team1.unit", "team2.unit", "agency1.sent"}
    assert set(answer.context["typed"].errors) == named
    page = answer.content.decode()
    assert 'href="#call-team1-unit"' in page
    assert 'value="noon"' in page
    assert "He said &lt;so&gt;" in page
    answer = tesss.post("/calls/new/", told(numbers[0], **{"paper.answered": "11:59", "paper.closed": "14:01"}))
    assert set(answer.context["typed"].errors) == {"paper.answered", "paper.closed", "paper.disposition"}
    assert "Lies before the time at which the call was received, Tue 12:00:00." in answer.content.decode()
    assert not Call.objects.exists()
    assert PaperForm.objects.get(number=numbers[0]).status == "drawer"


def test_times_past_midnight_are_of_the_next_day(
    signed_in: Callable[[User], Client], tess: User, numbers: list[int], psr1: Unit, clock: Clock
) -> None:
    clock.advance(11 * 3600)  # an hour past midnight
    more = {"paper.day": "2026-11-24", "paper.received": "23:50", "team1.unit": "PSR1", "team1.accepted": "23:58"}
    more |= {"team1.cleared": "00:20", "team1.disposition": "settled_by_phone"}
    assert signed_in(tess).post("/calls/new/", told(numbers[0], **more)).status_code == 302
    team = Incident.objects.get().assignments.get()
    assert team.cleared_at - team.accepted_at == timedelta(minutes=22)


def test_the_number_is_copied_with_its_check_digit(tesss: Client, numbers: list[int], sue: User, clock: Clock) -> None:
    right = check_digit.printed(numbers[0])
    assert "the times of then" in tesss.get("/calls/new/", {"printed": right}).content.decode()
    wrong = f"{numbers[0]}-{(int(right[-1]) + 1) % 10}"
    for typed in (wrong, str(numbers[0]), "", "x", "9999999-1"):
        answer = tesss.get("/calls/new/", {"printed": typed})
        assert answer.status_code == 404
        assert set(answer.context["typed"].errors) == {"printed"}
    paper.void(numbers=[(numbers[0], numbers[0])], reason="spoilt", by=sue, at=clock.now)
    answer = tesss.get("/calls/new/", {"printed": right})
    assert answer.status_code == 409
    assert f"Sue made paper {numbers[0]} void (spoilt)" in answer.content.decode()


def test_the_second_of_two_is_told_and_keeps_what_they_typed(
    tesss: Client, signed_in: Callable, dan: User, numbers: list[int]
) -> None:
    tesss.post("/calls/new/", told(numbers[0]))
    answer = signed_in(dan).post("/calls/new/", told(numbers[0], narrative="Mine"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert f"Tess has entered paper {numbers[0]}: open incident {numbers[0]}." in page
    assert "Mine</textarea>" in page
    assert Call.objects.count() == 1


def test_what_calls_itself_a_paper_and_is_none_is_no_live_call(tesss: Client, numbers: list[int]) -> None:
    answer = tesss.post("/calls/new/", told(999_999))
    assert answer.status_code == 409
    assert "No form has the number 999999." in answer.content.decode()
    assert not Call.objects.exists()


def test_a_double_click_enters_it_once(tesss: Client, numbers: list[int]) -> None:
    first, second = (tesss.post("/calls/new/", told(numbers[0], key="k")) for _ in range(2))
    assert first.url == second.url == f"/incidents/{numbers[0]}/"
    assert Call.objects.count() == 1


def test_what_is_typed_of_a_paper_is_kept_as_of_any_call(tesss: Client, numbers: list[int]) -> None:
    key = form_in(tesss.get(f"/calls/new/?paper={numbers[0]}").content.decode(), "/calls/new/")["key"][0]
    kept = {**told(numbers[0], **{"team1.accepted": "12:0"}), "count": "1", "base": "0", "page": "p"}
    assert tesss.post(f"/calls/drafts/{key}/save/", kept).status_code == 200
    page = tesss.get(f"/calls/new/?draft={key}").content.decode()
    assert f"Paper {check_digit.printed(numbers[0])}" in page
    assert 'value="12:0"' in page
    tesss.post("/calls/new/", told(numbers[0], key=key))
    assert Draft.objects.get().values == {}


def test_beside_the_form_stands_what_the_policy_of_then_makes_of_it(tesss: Client, numbers: list[int]) -> None:
    answer = tesss.post("/calls/weigh/", told(numbers[0]), headers={"HX-Request": "true"})
    assert "A community team may go" in answer.content.decode()


def test_a_whole_downtime(
    sues: Client, tesss: Client, block: PaperBlock, numbers: list[int], clock: Clock, psr1: Unit
) -> None:
    """Forty minutes on paper: two calls, one still open; the rest is void or counted, and then it is over."""
    clock.advance(1800)  # 14:30
    assert sues.post("/downtime/declare/", {"began": "2026-11-24T13:40", "words": "Power cut"}).url == "/downtime/"
    assert panes(at=clock.now)["downtime"].lasting == Downtime.objects.get()
    page = sues.get("/downtime/").content.decode()
    assert "Power cut" in page
    down = Downtime.objects.get()
    assert sues.post(f"/downtime/{down.id}/end/", {"ended": "2026-11-24T14:20"}).url == "/downtime/"
    assert "4 paper forms are not accounted for" in tesss.get("/").content.decode()
    over = {"paper.received": "13:45", "paper.closed": "13:55", "paper.disposition": "settled_by_phone"}
    tesss.post("/calls/new/", told(numbers[0], **over))
    tesss.post("/calls/new/", told(numbers[2], **{"paper.received": "14:10"}))
    page = sues.get("/downtime/").content.decode()
    assert form_in(page, "/downtime/account/")["numbers"] == [f"{numbers[1]}, {numbers[3]}"]
    spoilt = {"numbers": str(numbers[1]), "what": "void", "reason": "spoilt"}
    assert sues.post("/downtime/account/", spoilt).url == "/downtime/"
    assert sues.post("/downtime/account/", {"numbers": str(numbers[3]), "what": "count"}).url == "/downtime/"
    assert not drawer.standing()
    assert "Nothing is missing" in sues.get("/downtime/").content.decode()
    assert "not accounted for" not in tesss.get("/").content.decode()
    assert [(each.entered, each.void, each.missing) for each in drawer.outages()] == [(2, 1, 0)]
    told_of = Entry.objects.filter(kind__in=["paper.voided", "paper.counted"]).order_by("id")
    assert [(each.kind, each.payload["number"], each.actor_name) for each in told_of] == [
        ("paper.voided", numbers[1], "Sue"),
        ("paper.counted", numbers[3], "Sue"),
    ]
    assert sues.post(f"/downtime/restore/{numbers[1]}/").url == "/downtime/"
    assert drawer.standing().missing == 1


def test_what_is_wrong_with_a_downtime_is_said_at_its_input(sues: Client, numbers: list[int]) -> None:
    for wrong, named in (
        ({}, "began"),
        ({"began": "now"}, "began"),
        ({"began": "2026-11-24T15:00"}, "began"),
        ({"began": "2026-11-24T13:00", "ended": "2026-11-24T12:00"}, "ended"),
    ):
        answer = sues.post("/downtime/declare/", wrong)
        assert answer.status_code == 422
        assert set(answer.context["typed"].errors) == {named}
    sues.post("/downtime/declare/", {"began": "2026-11-24T13:00"})
    down = Downtime.objects.get()
    for wrong in ({}, {"ended": "x"}, {"ended": "2026-11-24T12:00"}):
        assert sues.post(f"/downtime/{down.id}/end/", wrong).status_code == 422
    assert sues.post("/downtime/declare/", {"began": "2026-11-24T13:30"}).status_code == 409
    assert sues.post("/downtime/account/", {"numbers": str(numbers[0]), "what": "count"}).status_code == 409
    assert sues.post("/downtime/account/", {"numbers": "x", "what": "count"}).status_code == 422
    assert sues.post("/downtime/account/", {"numbers": str(numbers[0]), "what": "void"}).status_code == 422


def test_the_page_and_the_forms_cost_the_same_however_much_paper_there_is(
    sues: Client, tesss: Client, program: Program, sue: User, clock: Clock, django_assert_num_queries: Callable
) -> None:
    def grow(count: int) -> PaperBlock:
        block = paper.reserve(program=program, count=count, by=sue, at=clock.now)
        clock.advance(60)
        at = clock.now
        paper.declare(began_at=at - timedelta(seconds=50), ended_at=at - timedelta(seconds=10), by=sue, at=at)
        number = block.forms.first().number
        paper.void(numbers=[(number, number)], reason="spoilt", by=sue, at=at)
        return block

    small = grow(3)
    pages = ["/downtime/", "/", f"/downtime/forms/{small.id}/"]
    counts = []
    for page in pages:
        sues.get(page)  # what is compiled once in a process
        with CaptureQueriesContext(connection) as seen:
            sues.get(page)
        counts.append(len(seen))
    grow(40)
    large = grow(30)
    for page, count in zip([*pages[:2], f"/downtime/forms/{large.id}/"], counts, strict=True):
        with django_assert_num_queries(count):
            sues.get(page)


def test_the_forms_are_in_the_language_of_the_house(block: PaperBlock, clock: Clock) -> None:
    with translation.override("es"):
        there = printing.render(block, at=clock.now)
    assert there == printing.render(block, at=clock.now)
    assert "Then it goes to police, not to a community team." in there
