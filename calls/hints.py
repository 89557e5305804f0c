"""What a narrative suggests: words overheard in it that one answer or another may follow from.

A hint is never a fact. It is shown with its words, and a person confirms it or does not. There is no hint that makes a
call safer: that there is no weapon is asked, not overheard.

Lexicons are data, one file a way of speaking, in `lexicons/`; all are applied to every narrative, for callers and
call-takers mix them. A phrase is words with blanks between; `a|b` is one or the other, `[a|b]` may be missing, `*`
stands for any word, `gun*` for every word that begins so. Phrases know no upper case and do not reach across a comma.

    hints:
      - fact: weapon
        value: seen
        words: [gun|guns, "with [a|the] bat"]
        unless: [nail|glue gun]      # what means something else, though the words are in it
    unless: …                         # the same, for every hint of the file
    negation:                         # "no weapons seen", "weapons: none"
      before: [no, without]           # stands before, with nothing but the words of `between` in between,
      between: [any, visible]
      joins: [or]                     # or before another word that is denied: "no gun or knife"
      after: [none]                   # stands behind, at the end of the clause
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from triage.engine import FactErrors, FactValue, PolicyError, facts, read_yaml

FOLDER = Path(__file__).parent / "lexicons"

_GAP: Final = r"""(?:[\s/"“”&-]+)"""
_ENDS: Final = r"\s*(?=[,.;:!)/]|$)"
_NEAR: Final = 160  # characters before a word in which a denial of it is looked for
_AROUND: Final = 28  # characters shown on either side of the words


class LexiconError(ValueError):
    """A lexicon cannot be read; the text is fit for a screen."""


@dataclass(frozen=True, order=True)
class Hint:
    """The words of a narrative from `start` to `end`, and the answer that may follow from them."""

    start: int
    end: int
    fact: str
    value: FactValue
    words: str


@dataclass(frozen=True)
class Excerpt:
    """A hint's words as the narrative has them, between what stands around them."""

    before: str
    words: str
    after: str


@dataclass(frozen=True)
class Proposal:
    """The gravest answer to one question that a narrative suggests, with all the words that do. `mark` names them, so
    that the same words are not proposed again to whoever said that they do not mean it."""

    fact: str
    value: FactValue
    excerpts: tuple[Excerpt, ...]
    mark: str


@dataclass(frozen=True)
class _Entry:
    fact: str
    value: FactValue
    words: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True)
class _Lexicon:
    source: str
    entries: tuple[_Entry, ...]
    denied: re.Pattern[str]
    joined: re.Pattern[str]
    none: re.Pattern[str]


def found(narrative: str) -> list[Hint]:
    """Every hint in a narrative, in its order; of two for one fact, one within the other, the longer."""
    text = narrative.replace("’", "'")
    every = {hint for lexicon in lexicons() for hint in _hints(text, lexicon)}
    return sorted(each for each in every if not any(_within(each, other) for other in every))


def proposals(narrative: str, *, known: Mapping[str, Any], dismissed: Iterable[str] = ()) -> list[Proposal]:
    """What to ask a person to confirm: nothing that is known already, and nothing that was dismissed. Safety first.

    Known is what was answered as gravely or more so; an answer that says less does not silence the words.
    """
    gone = set(dismissed)
    by_fact: dict[str, list[tuple[str, Hint]]] = {}
    seen: dict[tuple[str, str], int] = {}
    for hint in found(narrative) if narrative else ():
        words = " ".join(hint.words.lower().split())
        seen[hint.fact, words] = nth = seen.get((hint.fact, words), 0) + 1
        mark = f"{hint.fact} {words} {nth}"
        if mark not in gone and not _says(hint.fact, known.get(hint.fact), hint.value):
            by_fact.setdefault(hint.fact, []).append((mark, hint))
    order = sorted(facts.FACTS.values(), key=lambda fact: not fact.safety)
    return [_proposal(narrative, by_fact[fact.name]) for fact in order if fact.name in by_fact]


@cache
def lexicons() -> tuple[_Lexicon, ...]:
    """Every lexicon. Raises LexiconError when one says what it cannot."""
    return tuple(_load(path) for path in sorted(FOLDER.glob("*.yaml")))


def _hints(text: str, lexicon: _Lexicon) -> Iterator[Hint]:
    for entry in lexicon.entries:
        friends = [each.span() for each in entry.unless.finditer(text)] if entry.unless else []
        denied_to = -1
        for match in entry.words.finditer(text):
            start, end = match.span()
            if any(first < end <= last for first, last in friends):  # "has a bat in her attic"
                continue
            near = max(0, start - _NEAR)
            if lexicon.denied.search(text[near:start]) or (
                denied_to >= 0 and lexicon.joined.fullmatch(text, denied_to, start)
            ):
                denied_to = end
            elif not lexicon.none.match(text, end):
                yield Hint(start, end, entry.fact, entry.value, text[start:end])


def _within(inner: Hint, outer: Hint) -> bool:
    longer = outer.end - outer.start > inner.end - inner.start
    return inner.fact == outer.fact and longer and outer.start <= inner.start and inner.end <= outer.end


def _says(fact: str, known: Any, value: FactValue) -> bool:
    """Whether what is known says this already, or something graver."""
    if known is None or known == facts.UNKNOWN:
        return False
    values = facts.FACTS[fact].values
    return values.index(known) >= values.index(value) if facts.FACTS[fact].kind == "graded" else bool(known == value)


def _proposal(narrative: str, marked: list[tuple[str, Hint]]) -> Proposal:
    fact = facts.FACTS[marked[0][1].fact]
    gravest = max((hint.value for _, hint in marked), key=fact.values.index)
    telling = [hint for _, hint in marked if hint.value == gravest]
    excerpts = tuple(_excerpt(narrative, hint) for hint in telling[:3])
    return Proposal(fact.name, gravest, excerpts, "|".join(mark for mark, _ in marked))


def _excerpt(narrative: str, hint: Hint) -> Excerpt:
    before = narrative[max(0, hint.start - _AROUND) : hint.start]
    after = narrative[hint.end : hint.end + _AROUND]
    if hint.start > _AROUND:
        before = "…" + before.partition(" ")[2]
    if hint.end + _AROUND < len(narrative):
        after = after.rpartition(" ")[0] + "…"
    return Excerpt(before, narrative[hint.start : hint.end], after)


def _load(path: Path) -> _Lexicon:
    try:
        document: Any = read_yaml(path.read_text())
        negation, everywhere = document["negation"], document.get("unless", [])
        between = rf"(?:{_GAP}(?:{_any(negation['between'])}))*"
        return _Lexicon(
            source=str(document["source"]),
            entries=tuple(_entry(each, everywhere) for each in document["hints"]),
            denied=_compiled(rf"(?<!\w)(?:{_any(negation['before'])}){between}{_GAP}$"),
            joined=_compiled(rf"(?:\s*/\s*|{_GAP}(?:{_any(negation['joins'])}){between}{_GAP})"),
            none=_compiled(rf"\s*[:=?-]*\s*(?:{_any(negation['after'])}){_ENDS}"),
        )
    except (PolicyError, FactErrors, KeyError, TypeError, AttributeError, re.error) as error:
        raise LexiconError(f"The lexicon {path.stem} is not well formed: {error}") from error


def _entry(said: Mapping[str, Any], everywhere: list[str]) -> _Entry:
    [(fact, value)] = facts.check({said["fact"]: said["value"]}).items()
    unless = [*said.get("unless", []), *everywhere]
    return _Entry(fact, value, _phrases(said["words"]), _phrases(unless) if unless else None)


def _phrases(phrases: Iterable[str]) -> re.Pattern[str]:
    # The longest first: an alternation takes the first that fits.
    patterns = sorted((_phrase(each) for each in phrases), key=len, reverse=True)
    return _compiled(rf"(?<![\w'$#])(?:{'|'.join(patterns)})(?!'?\w)")


def _phrase(phrase: str) -> str:
    pattern, gap = "", ""
    for token in phrase.split():
        if token.startswith("["):
            word = _word(token.removeprefix("[").removesuffix("]"))
            # An optional word brings its own gap: in front of it, or behind it when it stands first.
            pattern += f"(?:{gap}{word})?" if gap else f"(?:{word}{_GAP})?"
        else:
            pattern += f"{gap}{_word(token)}"
            gap = _GAP
    return pattern


def _word(token: str) -> str:
    return f"(?:{'|'.join(_literal(each) for each in token.split('|'))})"


def _literal(word: str) -> str:
    if word == "*":
        return r"[\w']+"
    return re.escape(word).replace(r"\*", r"[\w']*")


def _any(words: Iterable[str]) -> str:
    return "|".join(re.sub(r"\\? ", lambda _: _GAP, _literal(each)) for each in words)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
