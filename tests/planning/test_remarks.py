"""Sixty real remarks of San Luis Obispo, each marked by a person: a weapon is in it, or only a word that can be one.

The remarks stay where they are, beside this checkout; here are the numbers of their calls. They are replayed with
answers that are all calm: what keeps a team away is the hint alone, once somebody has confirmed it.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from calls import hints, type_maps
from calls.models import Call
from dispatch import taking
from dispatch.models import Incident
from planning import answers
from planning.replay import Replay
from planning.rows import Row, opened, read
from tests.conftest import TESTS
from tests.planning.conftest import JumpClock, city
from tests.planning.test_cities import DATA, REAL
from tests.planning.test_replay import CALM

ARMED = [
    "210914012",
    "210914022",
    "210915082",
    "210915093",
    "210919086",
    "210921023",
    "210923045",
    "210925106",
    "210928043",
    "210928053",
    "211004095",
    "211005072",
    "211013099",
    "211016062",
    "211022019",
    "211031075",
    "211115100",
    "211121075",
    "211124048",
    "211128016",
    "211203039",
    "211212011",
    "211213075",
    "211216035",
    "211220015",
    "211222018",
    "220104105",
    "220127030",
    "220204090",
    "220206041",
]
FALSE_FRIENDS = [
    "210914094",
    "210920063",
    "211002020",
    "211005006",
    "211007057",
    "211007124",
    "211008030",
    "211009030",
    "211016035",
    "211018043",
    "211018080",
    "211020051",
    "211026026",
    "211027122",
    "211029007",
    "211030040",
    "211031042",
    "211102032",
    "211103026",
    "211112093",
    "211113067",
    "211120054",
    "211121016",
    "211127020",
    "211128042",
    "211204066",
    "211218015",
    "220117087",
    "220119094",
    "220212082",
]

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason="the real calls are not beside this checkout (../shared/data)"
)


@pytest.fixture(scope="module")
def rows() -> dict[str, Row | str]:
    """The marked rows by number; of those that the map turns away, the remark alone."""
    found: dict[str, Row | str] = {}
    with opened(DATA / REAL["san-luis-obispo"]) as (header, lines):
        by = type_maps.matching(header)
        for line in lines:
            told = dict(zip(header, line or (), strict=False))
            if (number := told.get("case_number", "")) in {*ARMED, *FALSE_FRIENDS}:
                row = read(line, header=header, by=by)
                found[number] = row if isinstance(row, Row) else told["call_comments"]
    return found


def remark(row: Row | str) -> str:
    return row if isinstance(row, str) else row.narrative


def weapons(row: Row | str) -> list[hints.Proposal]:
    return [each for each in hints.proposals(remark(row), known={}) if each.fact == "weapon"]


def test_a_weapon_is_heard_where_there_is_one_and_nowhere_else(rows: dict[str, Row | str]) -> None:
    assert len({*ARMED}) == len({*FALSE_FRIENDS}) == 30
    assert rows.keys() == {*ARMED, *FALSE_FRIENDS}
    assert [number for number in ARMED if not weapons(rows[number])] == []
    assert [number for number in FALSE_FRIENDS if weapons(rows[number])] == []


@pytest.mark.django_db
def test_replayed_and_confirmed_none_of_them_leads_to_a_team_alone(
    rows: dict[str, Row | str], jump: JumpClock, tmp_path: Path
) -> None:
    table = tmp_path / "calm.yaml"
    table.write_text(CALM)
    run = Replay(
        rows=iter([row for row in rows.values() if isinstance(row, Row)]),
        program=city(jump.now(), teams=0),  # nobody goes meanwhile
        source="replay:san-luis-obispo:test",
        answers=answers.load(table),
        speed=0,
        drain=timedelta(0),
        clock=jump,
    )
    assert run.run().taken > 45
    calls = {call.external_id: call for call in Call.objects.all()}
    armed = [calls[number] for number in ARMED]
    assert sum(outcome_of(call) == "community" for call in armed) > 5  # all else is calm, the caller said: no weapon
    for call in armed:
        [hint] = [each for each in hints.proposals(call.narrative, known=call.facts) if each.fact == "weapon"] or [None]
        if hint is None:  # its type has said so already
            assert call.facts["weapon"] in ("seen", "used")
        else:
            taking.amend(call=call, answers={"weapon": hint.value}, by=TESTS, at=jump.now())
        assert outcome_of(call) != "community", call.narrative
    assert any(outcome_of(calls[number]) == "community" for number in FALSE_FRIENDS if number in calls)


def outcome_of(call: Call) -> str:
    return Incident.objects.get(links__call=call).outcome
