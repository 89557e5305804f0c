"""What the words of a city state, and nothing else."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from calls import type_maps
from calls.type_maps import MapError
from config.demo import PACKS
from tests.facts import CALM
from tests.planning.conftest import HEADER
from triage.engine import facts, load_pack
from triage.engine.floor import disqualifiers

ARMED = re.compile(r"\b(gun|gunshot|knife|weapons?|cutting|shooting|stabbing|stab|shots)\b")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(type_maps, "FOLDER", tmp_path)
    return tmp_path


def written(folder: Path, types: str, columns: str = "") -> None:
    columns = columns or "{external_id: id, received_at: at, address: a, latitude: y, longitude: x, type: [kind]}"
    head = 'city: Town\nversion: "1"\neffective_from: 2026-01-01\n'
    (folder / "town.yaml").write_text(f"{head}columns: {columns}\nreceived_at: iso\ntypes:\n  {types}\n")


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
        said = words[-1].lower()
        harmless = meaning.rejected or said == "fight no weapons" or said == "taser bls"
        if ARMED.search(said) and not harmless:
            assert meaning.facts["weapon"] in seen, words


# Each stands in its list beside a type that a community team may well be sent to; the words between them exclude it.
TWINS = [
    ("portland", ("UNWANTED PERSON - WITH WEAPON *H",)),
    ("portland", ("DISTURBANCE - WITH WEAPON *H",)),
    ("portland", ("SUSPICIOUS - WITH WEAPON *H",)),
    ("portland", ("TRIMET INCIDENT - WITH WEAPON *H",)),
    ("portland", ("SCHOOL INCIDENT - WITH WEAPON *H",)),
    ("portland", ("THREAT - WITH WEAPON *H",)),
    ("san-antonio", ("Crimes Against Person Calls", "Disturbance (Gun Involved)")),
    ("san-antonio", ("Crimes Against Person Calls", "Suspicious Person with Knife")),
    ("alexandria", ("POLICE", "SUICIDE IN PROG NO INJ")),
    ("alexandria", ("POLICE", "SUICIDE IN PROG INJ/PILLS")),
    ("alexandria", ("POLICE", "SUICIDE IN PROG TRAUMA")),
    ("alexandria", ("EMS", "PSYCHIATRIC EMERGENCY VIOLENT")),
    ("alexandria", ("POLICE", "FIGHT WITH WEAPONS")),
    ("alexandria", ("POLICE", "FIGHT NO WEAPONS")),
    ("san-luis-obispo", ("Suicide Attempt",)),
    ("san-luis-obispo", ("Weapon Offense",)),
]


@pytest.mark.parametrize(("name", "words"), TWINS)
def test_a_twin_is_never_a_community_teams(name: str, words: tuple[str, ...]):
    """Nor whatever else is answered: the floor stands under every policy."""
    meaning = type_maps.load(name).meaning(words)
    assert meaning is not None
    assert disqualifiers(meaning.facts)


@pytest.mark.parametrize("words", [w for w in type_maps.load("portland").types if "*H" in w[0]])
def test_the_most_urgent_codes_of_portland_exclude(words: tuple[str, ...]):
    meaning = type_maps.load("portland").types[words]
    policy = load_pack(PACKS / "demo.yaml").policies[-1]
    assert policy.decide({**CALM, **meaning.facts}, at=datetime(2026, 11, 24, 20, 0, tzinfo=UTC)).outcome != "community"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("portland", ("UNWANTED PERSON",)),
        ("portland", ("WELFARE CHECK - PRIORITY",)),
        ("alexandria", ("POLICE", "MENTAL HEALTH CASE")),
        ("san-luis-obispo", ("Welfare Check",)),
    ],
)
def test_the_type_beside_a_twin_excludes_nobody(name: str, words: tuple[str, ...]):
    meaning = type_maps.load(name).meaning(words)
    assert meaning is not None
    assert not disqualifiers(meaning.facts)


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
    with pytest.raises(MapError, match=r"names columns of external_id, received_at, .* received_at always"):
        type_maps.load("town")


def test_types_may_have_one_column(folder: Path):
    written(folder, "Fight: {call_type: disturbance}")
    meaning: Any = type_maps.load("town").meaning(("Fight",))
    assert meaning.facts == {"call_type": "disturbance"}


def test_each_version_speaks_for_its_time(folder: Path):
    written(folder, "Fight: {call_type: disturbance}")
    second = (folder / "town.yaml").read_text().replace('"1"', '"2"').replace("2026-01-01", "2026-03-01")
    (folder / "town@2.yaml").write_text(second.replace("disturbance", "assault"))
    assert type_maps.names() == ["town"]
    assert [str(each) for each in type_maps.versions("town")] == ["town@1", "town@2"]
    assert type_maps.load("town").version == "2"
    assert type_maps.load("town@1").version == "1"
    for day, version in ((datetime(2025, 1, 1), "1"), (datetime(2026, 2, 28, 23), "1"), (datetime(2026, 3, 1), "2")):
        assert type_maps.in_force("town", day.replace(tzinfo=UTC)).version == version
    with pytest.raises(MapError, match="has no version 3; it has: 1, 2"):
        type_maps.load("town@3")


def test_words_are_found_in_upper_case_and_lower():
    by = type_maps.load("alexandria")
    assert by.spoken("police / fight no weapons ") is by.meaning(("POLICE", "FIGHT NO WEAPONS"))
    assert by.spoken("FIGHT NO WEAPONS") is None
