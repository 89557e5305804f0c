"""Every line of a file is a call or a rejection with its reason."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calls.models import Call
from planning.rows import _LONGEST, UNMAPPED, BrokenFile, Rejected, Row, opened
from tests.planning.conftest import HEADER, PATROL, line, rows_of

Write = Callable[..., Path]


def test_a_row_becomes_a_call_in_common_words(write: Write):
    (row,) = rows_of(write([line(1, 0, LAT="29.5", LON="-98.5")]))
    assert row == Row(
        external_id="T-1",
        received_at=datetime(2026, 4, 1, 5, 0, tzinfo=UTC),
        facts={"call_type": "welfare_check"},
        address="1 Invented St",
        latitude=29.5,
        longitude=-98.5,
        local_type="Other Calls / Welfare Check",
        type_map="san-antonio@1",
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"IncidentNumber": " "}, "no IncidentNumber"),
        ({"IncidentNumber": "9" * 121}, "IncidentNumber cannot be stored"),
        ({"Address": "a\0b"}, "Address cannot be stored"),
        ({"ResponseDate": ""}, "no ResponseDate"),
        ({"ResponseDate": "yesterday"}, "ResponseDate is no moment"),
        ({"ResponseDate": "9" * 30}, "ResponseDate is no moment"),
        ({"ResponseDate": "-1"}, "ResponseDate lies outside of 1970 to 2100"),
        ({"LAT": "north"}, "LAT, LON are no position"),
        ({"LON": ""}, "LAT, LON are no position"),
        ({"LAT": "92.1"}, "LAT, LON are not on earth"),
        ({"LAT": "nan"}, "LAT, LON are not on earth"),
        ({"LAT": "", "LON": "", "Address": ""}, "no place"),
    ],
)
def test_a_field_that_cannot_be_used(write: Write, wrong: dict[str, str], reason: str):
    assert list(rows_of(write([line(1, 0, **wrong)]))) == [Rejected(reason)]


def test_an_address_alone_is_a_place(write: Write):
    (row,) = rows_of(write([line(1, 0, LAT="", LON="")]))
    assert isinstance(row, Row)
    assert row.latitude is None


def test_patrols_and_unknown_types_are_told_apart(write: Write):
    rejected = rows_of(write([line(1, 0, PATROL), line(2, 0, ("Other Calls", "Haunting"))]))
    assert list(rejected) == [Rejected("officer-initiated"), Rejected(UNMAPPED, "Other Calls / Haunting")]


def test_lines_that_are_no_rows(write: Write):
    path = write([line(1, 0)])
    path.write_text(path.read_text() + "a,b\n\n" + '"' + "x" * 200_000 + '"\n')
    rejected = [row.reason for row in rows_of(path) if isinstance(row, Rejected)]
    assert rejected == ["wrong number of fields", "empty line", "line that is no CSV"]


def test_compressed_with_a_byte_order_mark(write: Write, tmp_path: Path):
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + write([line(1, 0)]).read_bytes()))
    assert [type(row) for row in rows_of(path)] == [Row]


def test_a_file_that_was_cut_off(write: Write, tmp_path: Path):
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(write(line(number, 0) for number in range(900)).read_bytes())[:-2000])
    with pytest.raises(BrokenFile, match="cannot be read on"):
        list(rows_of(path))


def test_an_empty_file(tmp_path: Path):
    path = tmp_path / "calls.csv"
    path.touch()
    with pytest.raises(BrokenFile, match="has no header"), opened(path):
        pass


def test_the_header_is_as_it_stands(write: Write):
    with opened(write([])) as (header, lines):
        assert header == HEADER
        assert list(lines) == []


def test_what_can_be_stored_is_what_calls_store():
    assert {field: Call._meta.get_field(field).max_length for field in _LONGEST} == _LONGEST
