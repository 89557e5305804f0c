"""How names of places are looked for: each word in one spelling, whoever wrote it. Knows no tables.

Directions and kinds of street (SE, Ave) only rank what is found, for callers leave them out and mix them up. "Saint"
and "Street" are one word here, as they are one abbreviation.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_DIRECTIONS: Final = {
    "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}  # fmt: skip
_KINDS: Final = {
    "alley": "aly", "av": "ave", "avenue": "ave", "boulevard": "blvd", "blv": "blvd", "bl": "blvd", "circle": "cir",
    "court": "ct", "drive": "dr", "expressway": "expy", "freeway": "fwy", "highway": "hwy", "lane": "ln",
    "parkway": "pkwy", "pky": "pkwy", "place": "pl", "road": "rd", "saint": "st", "square": "sq", "street": "st",
    "str": "st", "terrace": "ter", "terr": "ter", "way": "way", "wy": "way",
}  # fmt: skip
_NUMBERS: Final = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7",
    "eighth": "8", "ninth": "9", "tenth": "10", "eleventh": "11", "twelfth": "12",
}  # fmt: skip
_SPOKEN: Final = {"mlk": "martin luther king"}
_EMPTY: Final = frozenset({"the", "of", "block", "blk", "corner", "near", "by", "on", "in", "front"})
_RANKS: Final = frozenset(_DIRECTIONS.values()) | frozenset(_KINDS.values())

_BETWEEN = re.compile(r"[&/@+]|\b(?:and|at)\b")
_WITHIN = re.compile(r"(?:\b(?:apt|apartment|unit|suite|ste|rm|room)\b\.?|#)\s*[\w-]*")
_WORD = re.compile(r"[a-z0-9]+")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")

LONGEST: Final = 240  # of a key
MOST: Final = 8  # words that are looked for


@dataclass(frozen=True)
class Asked:
    """What somebody typed. Each of `names` must be in the key, much as it stands here; `ranks` bring forward what has
    them; `crossing`: they named two streets."""

    names: tuple[str, ...]
    ranks: frozenset[str]
    crossing: bool


def key(name: str) -> str:
    """The words of a name, as they are looked for: a crossing has one key, whichever street is named first.

    A blank stands at either end, so that ` 39 ` is a whole word and ` 39` the beginning of one.
    """
    streets = [" ".join(sorted(words, key=_order)) for words in _streets(name) if words]
    return f" {' '.join(sorted(streets))[: LONGEST - 2].strip()} "


def asked(text: str) -> Asked:
    """What is to be looked for when this is typed, complete or not."""
    streets = [words for words in _streets(text) if words]
    words = [word for street in streets for word in street]
    names = dict.fromkeys(word for word in words if word not in _RANKS)
    return Asked(tuple(names)[:MOST], frozenset(words) & _RANKS, len(streets) > 1)


def _streets(text: str) -> list[list[str]]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = _WITHIN.sub(" ", plain.replace("'", "").replace("`", ""))
    return [_words(street) for street in _BETWEEN.split(plain)]


def _words(street: str) -> list[str]:
    spoken = [word for found in _WORD.findall(street) for word in _SPOKEN.get(found, found).split()]
    return [_spelled(word) for word in spoken if word not in _EMPTY]


def _spelled(word: str) -> str:
    if number := _ORDINAL.fullmatch(word):
        return number[1]
    return _DIRECTIONS.get(word) or _KINDS.get(word) or _NUMBERS.get(word, word)


def _order(word: str) -> tuple[bool, bool]:
    """Names as they come, then the kind of street, then its directions: "Powell Blvd SE" is "SE Powell Blvd"."""
    return word in _RANKS, word in _DIRECTIONS.values()
