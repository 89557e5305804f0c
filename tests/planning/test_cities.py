"""Files as four cities publish them: moments without a zone, rows without a place, days without a time."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calls import type_maps
from config.demo import PORTLAND as PORTLAND_AREA
from dispatch.models import Incident
from dispatch.settling import OURS
from dispatch.states import LIVE
from planning import answers
from planning.balance import balance
from planning.replay import Replay
from planning.rows import INVENTED, UNMAPPED, Rejected, Row, in_order, opened, read
from tests.planning.conftest import JumpClock, city

DATA = Path(__file__).parents[3] / "shared" / "data"
REAL = {
    "san-luis-obispo": "slopd_san_luis_obispo_2021-09-14_2022-02-15.csv.gz",
    "portland": "portland_ppb_cfs_2016-08-01_2016-09-30_dateonly.csv.gz",
    "alexandria": "decc_alexandria_va_w41-48_2025-10-05_2025-11-29.csv.gz",
}


def rows(name: str, header: str, *lines: str) -> list[Row | Rejected]:
    by = type_maps.matching(header.split(","))
    assert by.name == name
    read_one = (read(line.split(","), header=header.split(","), by=by, number=n) for n, line in enumerate(lines, 2))
    return list(in_order(read_one, by=by))


SLO = "case_number,date,received,dispatched,type,address,call_comments"


def test_san_luis_obispo_tells_local_minutes_and_what_was_noted():
    first, second = rows(
        "san-luis-obispo",
        SLO,
        "2,11/06/21,23:58,00:04,Welfare Check,100 BLOCK INVENTED,MALE ON BENCH W/KNIFE",
        "1,11/07/21,00:02,00:09,Loitering,,",
    )
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    # What was dispatched after midnight was received before: `date` is the day of the call.
    assert first.received_at == datetime(2021, 11, 7, 6, 58, tzinfo=UTC)
    assert second.received_at == datetime(2021, 11, 7, 7, 2, tzinfo=UTC)
    assert first.facts == {"call_type": "welfare_check"}  # the knife is overheard by people, never by a map
    assert (first.narrative, first.local_type) == ("MALE ON BENCH W/KNIFE", "Welfare Check")
    assert first.type_map == "san-luis-obispo@1"
    assert (second.address, second.latitude) == ("", None)


def test_rows_of_a_day_come_in_the_order_of_their_minutes():
    lines = ["3,09/14/21,11:13,,Theft,A,", "4,09/14/21,11:11,,Theft,A,", "5,09/14/21,11:12,,Haunting,A,"]
    found = rows("san-luis-obispo", SLO, *lines, "6,09/15/21,00:01,,Theft,A,")
    assert found[0] == Rejected(UNMAPPED, "Haunting")
    assert [row.external_id for row in found if isinstance(row, Row)] == ["4", "3", "6"]


@pytest.mark.parametrize(
    ("date", "time"), [("", "10:00"), ("09/14/21", ""), ("14/09/21", "10:00"), ("09/14/21", "24:10")]
)
def test_a_moment_that_is_none_is_rejected(date: str, time: str):
    [row] = rows("san-luis-obispo", SLO, f"1,{date},{time},,Theft,A,")
    assert isinstance(row, Rejected)
    assert "date received" in row.reason


ALEXANDRIA = "Master_Incident_Number,Agency,Problem,Call_Reception,Incident_Start_Time"


def test_alexandria_has_no_place_and_leaves_out_what_officers_began():
    found = rows(
        "alexandria",
        ALEXANDRIA,
        "1,POLICE,MENTAL HEALTH CASE,E-911,2025-10-05 00:13:34.000",
        "2,POLICE,MENTAL HEALTH CASE,OFFICER,2025-10-05 00:13:34.000",
        "3,POLICE,TRAFFIC STOP,Phone,2025-10-05 00:13:34.000",
        "4,EMS,FALL BLS,C2C,2025-10-05 00:13:34.000",
    )
    assert [each.reason for each in found if isinstance(each, Rejected)] == [
        "officer-initiated",
        "officer-initiated",
        "another center's call",
    ]
    [row] = [each for each in found if isinstance(each, Row)]
    assert row.received_at == datetime(2025, 10, 5, 4, 13, 34, tzinfo=UTC)
    assert (row.address, row.latitude, row.local_type) == ("", None, "POLICE / MENTAL HEALTH CASE")


PORTLAND = "CASE_DESC,occ_date,lon,lat"


def test_portland_tells_the_day_alone_and_a_replay_says_that_it_invents_the_rest():
    lines = [f"UNWANTED PERSON,2016-08-01,-122.6{number},45.5" for number in range(40)]
    found = rows("portland", PORTLAND, *lines)
    assert found == rows("portland", PORTLAND, *lines)  # not by chance
    moments = [row.received_at for row in found if isinstance(row, Row)]
    assert moments == sorted(moments)
    local = [moment.astimezone(ZoneInfo("America/Los_Angeles")) for moment in moments]
    assert {each.date().isoformat() for each in local} == {"2016-08-01"}
    assert len({each.hour for each in local}) > 12
    assert {row.narrative for row in found if isinstance(row, Row)} == {INVENTED}
    assert len({row.external_id for row in found if isinstance(row, Row)}) == 40


def real(name: str) -> Iterator[Row | Rejected]:
    with opened(DATA / REAL[name]) as (header, lines):
        by = type_maps.matching(header)
        assert by.name == name
        yield from in_order((read(each, header=header, by=by, number=n) for n, each in enumerate(lines, 2)), by=by)


@pytest.mark.django_db
@pytest.mark.skipif(not DATA.exists(), reason="the real calls are not beside this checkout (../shared/data)")
@pytest.mark.parametrize("name", REAL)
def test_forty_real_calls_of_each_city_are_taken_and_carried_out(name: str, jump: JumpClock):
    told = {"area": PORTLAND_AREA, "centre": (45.52, -122.65)} if name == "portland" else {}
    program = city(jump.now(), **told)
    run = Replay(
        rows=islice((row for row in real(name) if isinstance(row, Row)), 40),
        program=program,
        source=f"replay:{name}:test",
        answers=answers.load(answers.DEFAULT),
        speed=600,
        drain=timedelta(seconds=60),
        clock=jump,
    )
    tally = run.run()
    assert (tally.read, tally.taken, run.agenda.failed) == (40, 40, 0)
    found = balance(source=run.source, program=program, at=jump.now())
    assert found.calls == found.incidents == sum(found.outcomes.values()) == 40
    assert (found.alone, found.lost_calls) == ([], 0)
    assert "undetermined" not in found.outcomes
    assert found.served > 0
    assert not Incident.objects.filter(status__in=LIVE).exclude(outcome__in=OURS).exists()


@pytest.mark.skipif(not DATA.exists(), reason="the real calls are not beside this checkout (../shared/data)")
@pytest.mark.parametrize("name", REAL)
def test_every_frequent_type_of_the_real_cities_is_mapped(name: str):
    unmapped = Counter(each.words for each in real(name) if isinstance(each, Rejected) and each.reason == UNMAPPED)
    assert {words: count for words, count in unmapped.items() if count >= 20} == {}
