"""The language of the command line: one meaning, no crash, and what is completed is understood."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.commands.grammar import Kind, Language, complete, parse, read
from dispatch.commands.table import GROUPS, ROWS
from journal.refusals import Refused

TEAMS = frozenset({"PSR1", "PSR3", "101"})
NUMBERS = {1042: "Welfare check", 1043: "Trespass", 101: "Other"}
PEOPLE = {"dan": "Dan", "tess": "Tess"}
ALL = Language(list(ROWS.values()), TEAMS, people=PEOPLE)
FOCUSED = Language(list(ROWS.values()), TEAMS, people=PEOPLE, focus=1042)


def said(line, spoken=ALL):
    reading = parse(line, spoken)
    return reading.phrase.name, dict(reading.values)


def refusal(line, spoken=ALL):
    with pytest.raises(Refused) as refused:
        parse(line, spoken)
    return str(refused.value)


@pytest.mark.parametrize(
    ("line", "name", "values"),
    [
        ("D PSR3 1042", "offer", {"team": "PSR3", "incident": 1042}),
        ("  /d psr3 #1042 ", "offer", {"team": "PSR3", "incident": 1042}),
        ("D 1042 PSR3", "offer", {"team": "PSR3", "incident": 1042}),
        ("D 101 1042", "offer", {"team": "101", "incident": 1042}),
        ("1042", "go", {"incident": 1042}),
        ("#1042", "go", {"incident": 1042}),
        ("EN PSR3", "en_route", {"team": "PSR3"}),
        ("OS! PSR3", "on_scene_meant", {"team": "PSR3"}),
        ("C PSR3 refe", "clear", {"team": "PSR3", "disposition": "referred"}),
        ("C PSR3 gone", "clear", {"team": "PSR3", "disposition": "unable_to_locate"}),
        ("C PSR3 refused 12 of them", "clear", {"team": "PSR3", "disposition": "refused", "words": "12 of them"}),
        ("H 1042 the_caller", "hold", {"incident": 1042, "reason": "caller_asks"}),
        (
            "H 1042 caller_asks +30 sister  comes at 10",
            "hold",
            {"incident": 1042, "reason": "caller_asks", "until": "+30", "words": "sister  comes at 10"},
        ),
        ("N 1042 Gate Code 4471", "note", {"incident": 1042, "words": "Gate Code 4471"}),
        ("M 1042 1043", "merge", {"incident": 1042, "other incident": 1043}),
        ("X 1042 pol", "hand_off", {"incident": 1042, "agency": "police"}),
        ("X 1042 amb", "hand_off", {"incident": 1042, "agency": "ems"}),
        (
            "TIME PSR3 on_scene 18:05 entered late",
            "correct",
            {"team": "PSR3", "stamp": "on_scene", "time of day": "18:05", "words": "entered late"},
        ),
        ("?", "help", {}),
    ],
)
def test_a_line_means_one_thing(line, name, values):
    assert said(line) == (name, values)


def test_the_incident_in_focus_stands_in_where_the_grammar_says_so():
    assert said("D PSR3", FOCUSED) == ("offer", {"team": "PSR3", "incident": 1042})
    assert said("D PSR3 1043", FOCUSED) == ("offer", {"team": "PSR3", "incident": 1043})
    assert said("EN", FOCUSED) == ("en_route", {})
    assert said("N he has left", FOCUSED) == ("note", {"incident": 1042, "words": "he has left"})
    assert said("N : 12 people wait", FOCUSED) == ("note", {"incident": 1042, "words": "12 people wait"})
    held = {"incident": 1042, "reason": "caller_asks", "words": "12 people wait"}
    assert said("H caller_asks 12 people wait", FOCUSED) == ("hold", held)
    assert refusal("M 1043", FOCUSED) == "M needs another incident: M 1042 1043"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "Type a command, or ? to see them all."),
        ("D", "D needs a team and an incident: D PSR3 1042"),
        ("D PSR3", "D needs an incident: D PSR3 1042"),
        ("D PSR9 1042", "There is no team PSR9."),
        ("D PSR3 1042 1043", "“1043” is more than D takes: D PSR3 1042"),
        ("EN", "EN needs a team: EN PSR3"),
        ("W PSR9 not needed", "There is no team PSR9."),
        ("C PSR9 refused", "“PSR9” is neither a team nor a disposition: C PSR3 referred"),
        ("C PSR3 settled", "“settled” could be settled_by_contact or settled_by_phone: type more of it."),
        ("X 1042 army", "“army” is no agency. Choose one of: police, fire, ems, crisis_line, information."),
        ("N 1042", "N needs words: N 1042 gate code 4471"),
        ("FOO", "There is no command “FOO”. Type ? to see them all."),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(line, sentence):
    assert refusal(line) == sentence


WORDS = [word for row in ROWS.values() for word in row.words]
CODES = [code for row in ROWS.values() for slot in row.slots for code in slot.choices]
PIECES = st.sampled_from([*WORDS, *CODES, *TEAMS, "PSR", "1042", "#1043", "+15", "18:05", ":", "he", "Ω", "\x00", "?"])
LINES = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=6).map(" ".join), st.lists(PIECES).map(" ".join))
SPOKEN = st.sampled_from([ALL, FOCUSED])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a machine that is busy elsewhere
@given(LINES, SPOKEN)
def test_no_line_breaks_it_and_a_command_has_all_that_it_needs(line, spoken):
    reading = read(line, spoken)
    if reading.phrase is None or reading.wrong or reading.missing:
        assert refusal(line, spoken)
        return
    parsed = parse(line, spoken)
    assert parsed == reading
    for slot in parsed.phrase.slots:
        if spoken.needs(slot):
            assert parsed.values[slot.name] != ""
        if slot.kind is Kind.CHOICE and slot.name in parsed.values:
            assert parsed.values[slot.name] in slot.choices


@given(LINES, SPOKEN)
def test_what_is_completed_is_understood(line, spoken):
    for each in complete(line, spoken, NUMBERS):
        reading = read(each.text, spoken)
        assert not reading.wrong, each.text
        assert reading.phrase is not None
        if any(each.adds in slot.choices for slot in reading.phrase.slots):
            assert each.adds in reading.values.values(), "what is offered is what is meant"


@given(st.sampled_from(sorted(ROWS)))
def test_a_command_is_found_by_completing_alone(name):
    """From the empty line to a whole command with nothing typed but a person's own words."""
    row, line = ROWS[name], ROWS[name].word
    for _ in row.slots:
        reading = read(line, ALL)
        open_ = [slot for slot in reading.left if ALL.needs(slot)]
        if not open_:
            break
        if open_[0].kind is Kind.WORDS:
            line = f"{line} he is cold"
        elif open_[0].kind is Kind.CLOCK:
            line = f"{line} 18:05"
        else:
            offered = complete(f"{line} ", ALL, NUMBERS)
            kinds = {open_[0].kind}
            fit = [each for each in offered if read(each.text, ALL).values.keys() > reading.values.keys()]
            assert fit, kinds
            line = fit[0].text.strip()
    assert parse(line, ALL).phrase is row


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=6), SPOKEN)
def test_large_and_small_letters_are_one(word, spoken):
    assert read(word.upper(), spoken).phrase == read(word.lower(), spoken).phrase or not word.isascii()


def test_no_word_is_two_commands_and_each_row_is_whole():
    words = [word for row in ROWS.values() for word in row.words]
    assert len(words) == len(set(words))
    assert all(word == word.upper() for word in words)
    for row in ROWS.values():
        assert parse(row.example, ALL).phrase is row, row.example
        assert not (row.undo and row.stands), row.name
        assert row.does, row.name
        assert [slot.kind for slot in row.slots][:-1].count(Kind.WORDS) == 0, "a person's own words come last"
    assert sum(len(group.rows) for group in GROUPS) == len(ROWS)


def test_own_words_keep_their_letters_and_blanks():
    line = "N 1042  He  says: “NO”"
    assert re.search(r"He  says: “NO”$", str(parse(line, ALL).values["words"]))
