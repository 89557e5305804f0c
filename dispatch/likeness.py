"""Whether two calls may be about the same: how near, how soon after each other, of one type, in like words.

No tables here, and no judgement either: what is found is shown with its reasons to a person, who decides. It is the
same either way round; nearer or sooner never weighs less; and nothing weighs that is not said as a reason.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import Final

from django.utils.translation import gettext as _

NEAR: Final = 500.0  # metres; farther apart two calls are two places
SOON: Final = timedelta(hours=2)  # further apart they are two events
_RADIUS: Final = 6_371_000.0
_PLACE, _TIME, _TYPE, _WORD, _PHRASE = 40.0, 30.0, 15.0, 6.0, 12.0
_MOST: Final = 2  # reasons of words: a long story has many in common with any other

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
# Words that stand in most calls, and tell nothing of this one.
_IN_MOST = (
    "a about after again all also am an and any are around as asks at back be because been being by call called caller "
    "calls can cannot come could did do does down for from front get gets go goes going got had has have he hear hears "
    "help her here him his how i if in into is it its just know known like looks man may me might men more most my "
    "near no not now of off on one or other our out over people person please ref reports said saw say says see seen "
    "sees she since sits so some somebody someone stands still street that the their them then there they thinks this "
    "to too two under until up very walks was wants we wearing went were what when where which while who will with "
    "woman women would yes you your"
)
_COMMON: Final = frozenset(_IN_MOST.split())


@dataclass(frozen=True)
class Sight:
    """What is compared of a call or an incident. `place` is its address as addresses are compared; empty: not told."""

    call_type: str
    at: datetime
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    words: str = ""


@dataclass(frozen=True)
class Reason:
    """One thing that they have in common: a code, its sentence, and what it weighs."""

    code: str
    text: str
    weight: float


@dataclass(frozen=True)
class Likeness:
    """Why two may be the same, the reasons in the order in which people say them."""

    reasons: tuple[Reason, ...]

    @property
    def weight(self) -> float:
        return sum(each.weight for each in self.reasons)

    @property
    def text(self) -> str:
        """210 m, 6 min apart, same type, “red jacket”"""
        return ", ".join(each.text for each in self.reasons)


def likeness(one: Sight, two: Sight, *, since: str = "apart") -> Likeness | None:
    """None unless they are near each other, or at one address, and soon after each other. `since` is how the time
    between them is said: the one is now, so the other was minutes ago."""
    place, soon = _place(one, two), _time(one, two, since)
    if place is None or soon is None:
        return None
    reasons = [place, soon]
    if one.call_type and one.call_type == two.call_type:
        reasons.append(Reason("type", _("same type"), _TYPE))
    return Likeness((*reasons, *_words(one.words, two.words)))


def metres(one: Sight, two: Sight) -> float | None:
    if one.latitude is None or one.longitude is None or two.latitude is None or two.longitude is None:
        return None
    north, east = radians(two.latitude - one.latitude), radians(two.longitude - one.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(two.latitude)) * sin(east / 2) ** 2
    return 2 * _RADIUS * asin(min(1.0, sqrt(chord)))


def _place(one: Sight, two: Sight) -> Reason | None:
    apart = metres(one, two)
    if apart is not None and apart <= NEAR:
        told = f"{round(apart, -1):.0f} m" if apart >= 10 else _("same place")
        return Reason("near", told, _PLACE * (1 - apart / NEAR / 2))
    if one.place and one.place == two.place and apart is None:
        return Reason("address", _("same address"), _PLACE)
    return None


def _time(one: Sight, two: Sight, since: str) -> Reason | None:
    apart = abs(one.at - two.at)
    if apart > SOON:
        return None
    minutes = int(apart.total_seconds() // 60)
    sentence = _("%(minutes)s min ago") if since == "ago" else _("%(minutes)s min apart")
    told = sentence % {"minutes": minutes} if minutes else _("within a minute")
    return Reason("soon", told, _TIME * (1 - apart / SOON / 2))


def _words(one: str, two: str) -> Iterable[Reason]:
    """The words that both have and most calls have not: two in a row before single ones, the longest first."""
    first, second = _telling(one), _telling(two)
    phrases = _pairs(first) & _pairs(second)
    paired = {word for phrase in phrases for word in phrase}
    singles = {word for word in {*first} & {*second} if word and word not in paired}
    found = [Reason("words", f"“{' '.join(phrase)}”", _PHRASE) for phrase in _longest(phrases)]
    found += [Reason("words", f"“{word}”", _WORD) for [word] in _longest({(word,) for word in singles})]
    return found[:_MOST]


def _telling(text: str) -> Sequence[str]:
    """The words in their order; a blank for each that tells nothing, so that no pair spans it."""
    words = [each.casefold() for each in _TOKEN.findall(text)]
    return ["" if word in _COMMON or len(word) < 3 else word for word in words]


def _pairs(words: Sequence[str]) -> set[tuple[str, str]]:
    return {(one, two) for one, two in pairwise(words) if one and two and one != two}


def _longest(found: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(found, key=lambda words: (-sum(map(len, words)), words))
