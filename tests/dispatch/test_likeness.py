"""May two calls be about the same: the engine alone, held against its laws."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.likeness import NEAR, SOON, Sight, likeness, metres

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
DEGREE = 111_195  # metres of a degree of latitude

SAID = ["man", "red", "jacket", "knife", "bench", "sings", "the", "a", "Red", "JACKET,", "fountain"]
TEXTS = st.lists(st.sampled_from(SAID), max_size=8).map(" ".join)
SIGHTS = st.builds(
    Sight,
    call_type=st.sampled_from(["", "welfare_check", "person_down"]),
    at=st.integers(0, 9_000).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    place=st.sampled_from(["", "lents park", "se foster rd"]),
    latitude=st.floats(45.5, 45.51),
    longitude=st.floats(-122.6, -122.59),
    words=TEXTS,
)
BARE = st.builds(
    Sight,
    call_type=st.just("welfare_check"),
    at=st.just(NOW),
    place=st.sampled_from(["", "lents park", "se foster rd"]),
    words=TEXTS,
)


def sight(
    *, north: float = 0, ago: float = 0, place: str = "", words: str = "", call_type: str = "welfare_check"
) -> Sight:
    """So many metres north of a corner, so many minutes before now."""
    at = NOW - timedelta(minutes=ago)
    return Sight(call_type, at, place, 45.5 + north / DEGREE, -122.6, words)


def said(one: Sight, two: Sight) -> str:
    found = likeness(one, two, since="ago")
    return found.text if found else ""


def test_the_reasons_make_one_sentence() -> None:
    one = sight(words="A man in a red jacket sits on the kerb")
    two = sight(north=210, ago=6, words="Red jacket, shouting at cars")
    assert said(one, two) == "210 m, 6 min ago, same type, “red jacket”"


def test_far_or_long_ago_is_another_event_whatever_is_alike() -> None:
    words = "red jacket"
    assert said(sight(words=words), sight(north=NEAR + 2, words=words)) == ""
    assert said(sight(words=words), sight(ago=121, words=words)) == ""
    assert said(sight(), sight(north=NEAR - 2, ago=120)) == "500 m, 120 min ago, same type"


def test_without_positions_the_address_decides_and_never_against_them() -> None:
    here, there = Sight("", NOW, "lents park"), Sight("", NOW, "lents park")
    assert said(here, there) == "same address, within a minute"
    assert said(here, Sight("", NOW, "se foster rd")) == ""
    assert said(Sight("", NOW), Sight("", NOW)) == "", "two that tell no place are not at one place"
    assert said(sight(place="lents park"), sight(north=900, place="lents park")) == ""


def test_words_that_stand_in_most_calls_are_no_reason() -> None:
    found = likeness(sight(words="There is a man on the street"), sight(words="The man is still on the street"))
    assert found is not None
    assert [each.code for each in found.reasons] == ["near", "soon", "type"]


def test_a_pair_of_words_is_not_made_over_what_stands_between() -> None:
    assert "red jacket" not in said(sight(words="red and a jacket"), sight(words="red, on a jacket"))
    assert said(sight(words="red and a jacket"), sight(words="red, on a jacket")).endswith("“jacket”, “red”")


@given(st.one_of(SIGHTS, BARE), st.one_of(SIGHTS, BARE))
def test_it_is_the_same_either_way_round(one: Sight, two: Sight) -> None:
    assert likeness(one, two) == likeness(two, one)


@given(SIGHTS, SIGHTS)
def test_every_reason_is_said_and_weighs(one: Sight, two: Sight) -> None:
    found = likeness(one, two)
    if found is None:
        apart = metres(one, two)
        assert apart is None or apart > NEAR or abs(one.at - two.at) > SOON
        return
    assert all(each.text and each.weight > 0 for each in found.reasons)
    assert found.weight == sum(each.weight for each in found.reasons)
    assert {each.code for each in found.reasons} >= {"near", "soon"}
    assert ("type" in [each.code for each in found.reasons]) == (one.call_type == two.call_type != "")
    for each in found.reasons:
        if each.code == "words":
            for word in each.text.strip("“”").split():
                assert word in one.words.casefold()
                assert word in two.words.casefold()


@given(st.floats(0, NEAR - 1), st.floats(0, NEAR - 1), st.floats(0, 119), st.floats(0, 119))
def test_nearer_and_sooner_never_weigh_less(north: float, farther: float, ago: float, longer: float) -> None:
    north, farther = sorted((north, farther))
    ago, longer = sorted((ago, longer))
    near, far = likeness(sight(), sight(north=north, ago=ago)), likeness(sight(), sight(north=farther, ago=longer))
    assert near is not None
    assert far is not None
    assert near.weight >= far.weight
