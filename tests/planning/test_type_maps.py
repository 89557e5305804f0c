"""What the words of a city state, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from calls import type_maps
from calls.type_maps import MapError
from tests.planning.conftest import HEADER
from triage.engine import facts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(type_maps, "FOLDER", tmp_path)
    return tmp_path


def written(folder: Path, types: str, columns: str = "") -> None:
    columns = columns or "{external_id: id, received_at: at, address: a, latitude: y, longitude: x, type: [kind]}"
    (folder / "town.yaml").write_text(f"city: Town\ncolumns: {columns}\nreceived_at: iso\ntypes:\n  {types}\n")


def test_the_map_is_found_by_the_columns_of_the_file():
    assert type_maps.matching([*HEADER, "Substation"]).name == "san-antonio"


def test_a_file_that_fits_no_map_is_told_what_lacks():
    with pytest.raises(MapError, match="san-antonio needs ResponseDate, LAT"):
        type_maps.matching([column for column in HEADER if column not in ("ResponseDate", "LAT")])


def test_no_map_of_that_name():
    with pytest.raises(MapError, match=r"There is no map atlantis; there are: .*san-antonio"):
        type_maps.load("atlantis")


@pytest.mark.parametrize("name", type_maps.names())
def test_a_twin_with_a_weapon_says_that_it_is_seen(name: str):
    seen = facts.FACTS["weapon"].values[facts.FACTS["weapon"].values.index("seen") :]
    for words, meaning in type_maps.load(name).types.items():
        if any(word in words[-1] for word in ("Gun", "Knife", "Weapon", "Cutting", "Shooting")):
            assert meaning.facts["weapon"] in seen, words


@pytest.mark.parametrize("name", type_maps.names())
def test_no_type_states_that_a_danger_is_absent(name: str):
    """A harmless answer is the caller's to give: a type that gave it would settle a safety question unasked."""
    for words, meaning in type_maps.load(name).types.items():
        for fact in ("weapon", "violence", "suicide_risk", "medical_need", "intoxication"):
            assert meaning.facts.get(fact) not in ("none", facts.UNKNOWN), words


def test_patrols_are_no_calls():
    meaning = type_maps.load("san-antonio").meaning(("Other Calls", "Patrol By"))
    assert meaning is not None
    assert meaning.rejected == "officer-initiated"


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ("Fight: {call_type: brawl}", "type Fight: call_type cannot be"),
        ("Fight: {weapon: seen}", "needs a call_type"),
        ("Fight: {reject: noise, call_type: other}", "reject stands alone"),
        ("Fight: yes", "needs a call_type"),
        ("[Fight]", "not well formed"),
        ("Fight: {call_type: other}\n  Fight: {call_type: assault}", "stands here twice"),
    ],
)
def test_a_map_that_says_what_it_cannot(folder: Path, types: str, message: str):
    written(folder, types)
    with pytest.raises(MapError, match=message):
        type_maps.load("town")


def test_a_map_that_lacks_a_column(folder: Path):
    written(folder, "Fight: {call_type: other}", columns="{external_id: id, type: [kind]}")
    with pytest.raises(MapError, match="must name the columns of external_id, received_at"):
        type_maps.load("town")


def test_types_may_have_one_column(folder: Path):
    written(folder, "Fight: {call_type: disturbance}")
    meaning: Any = type_maps.load("town").meaning(("Fight",))
    assert meaning.facts == {"call_type": "disturbance"}
