"""The language of the command line: what a line means, what may follow, and why it means nothing.

Pure. A line is a word of the table and its values: each goes to the first slot left that it fits, so a line has one
meaning; what is said in a person's own words comes last. `:` begins those words where they would fit a slot:
`N : 12 people wait`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from journal.refusals import Refused

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Value = str | int


class Kind(StrEnum):
    """What a slot takes."""

    TEAM = "team"  # a callsign
    PERSON = "person"  # a user name of somebody at a desk
    INCIDENT = "incident"  # its number, with or without #
    CHOICE = "choice"  # a code of a list, or a beginning of it that no other has
    UNTIL = "until"  # +15 for in 15 minutes, or 18:30
    CLOCK = "clock"  # 18:05 or 18:05:30
    WORDS = "words"  # the rest of the line, as it is typed


class Needed(Enum):
    ALWAYS = "always"
    UNLESS_FOCUS = "unless focus"  # else it is the incident in focus, or the one team of it
    NEVER = "never"


@dataclass(frozen=True)
class Slot:
    """`called` is what refusals and help call it: its name, in the reader's language (marked in `table`)."""

    name: str
    kind: Kind
    choices: "Mapping[str, _StrOrPromise]" = field(default_factory=dict)
    needed: Needed = Needed.ALWAYS

    @property
    def a_name(self) -> str:
        if self.kind is Kind.WORDS:
            return self.called
        return _(f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}".replace("an other", "another"))

    @property
    def called(self) -> str:
        return _(self.name)


@dataclass(frozen=True)
class Phrase:
    """A command as it is typed. `bare`: a line that begins with a value of its first slot means it, too."""

    name: str
    words: tuple[str, ...]
    slots: tuple[Slot, ...]
    does: "_StrOrPromise"
    example: str
    bare: bool = False

    @property
    def word(self) -> str:
        return self.words[0]


@dataclass(frozen=True)
class Language:
    """What can be said at a moment: the phrases of this person, the callsigns that exist, the incident in focus."""

    phrases: Sequence[Phrase]
    callsigns: Collection[str] = ()
    focus: int | None = None
    people: Mapping[str, str] = field(default_factory=dict)  # user names, each with what colleagues call them

    def phrase(self, word: str) -> Phrase | None:
        return next((each for each in self.phrases if word.upper() in each.words), None)

    def bare(self) -> Phrase | None:
        return next((each for each in self.phrases if each.bare), None)

    def needs(self, slot: Slot) -> bool:
        return slot.needed is Needed.ALWAYS or (slot.needed is Needed.UNLESS_FOCUS and self.focus is None)


@dataclass(frozen=True)
class Reading:
    """What was understood of a line: `left` are the slots that nothing filled, in their order. `wrong` says why the
    line cannot become a command however it goes on."""

    phrase: Phrase | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    left: tuple[Slot, ...] = ()
    missing: tuple[Slot, ...] = ()
    wrong: str = ""

    @property
    def in_words(self) -> bool:
        """Whether all that may follow is a person's own words."""
        if self.phrase is None or self.wrong:
            return False
        words = any(slot.kind is Kind.WORDS for slot in self.phrase.slots)
        return words and all(slot.kind is Kind.WORDS for slot in self.left)


@dataclass(frozen=True)
class Completion:
    """A line that a line may become: what it adds, and what that means."""

    text: str
    adds: str
    means: "_StrOrPromise"


_NUMBER = re.compile(r"#?[0-9]{1,18}", re.ASCII)
_UNTIL = re.compile(r"\+[0-9]{1,4}|(?:[01]?[0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_CLOCK = re.compile(r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?", re.ASCII)
_TO_WORDS = ":"


def plain(line: str) -> str:
    """The line without what only opened it: a hand that has learned `/` types it twice."""
    return line.strip().removeprefix("/").lstrip()


def read(line: str, spoken: Language) -> Reading:
    """Understand a line as far as it goes. Never fails; a line of blanks is read as nothing."""
    line = plain(line)
    tokens = list(re.finditer(r"\S+", line))
    if not tokens:
        return Reading()
    phrase = spoken.phrase(tokens[0].group())
    if phrase:
        return _fill(phrase, line, tokens[1:], spoken)
    if (bare := spoken.bare()) and _value(bare.slots[0], tokens[0].group(), spoken) is not None:
        return _fill(bare, line, tokens, spoken)
    return Reading(
        wrong=_("There is no command “%(typed)s”. Type ? to see them all.") % {"typed": _short(tokens[0].group())}
    )


def parse(line: str, spoken: Language) -> Reading:
    """The command that a line is. Raises Refused with what is missing or wrong, and how it would be right."""
    reading = read(line, spoken)
    if reading.phrase is None:
        raise Refused(reading.wrong or _("Type a command, or ? to see them all."))
    if reading.wrong:
        raise Refused(reading.wrong)
    if reading.missing:
        wants = _and([slot.a_name for slot in reading.missing])
        raise Refused(
            _("%(command)s needs %(wants)s: %(example)s")
            % {"command": reading.phrase.word, "wants": wants, "example": reading.phrase.example}
        )
    return reading


def _fill(phrase: Phrase, line: str, tokens: Sequence[re.Match[str]], spoken: Language) -> Reading:
    left, values, wrong = list(phrase.slots), dict[str, Value](), ""
    for token in tokens:
        typed = token.group()
        words = next((slot for slot in left if slot.kind is Kind.WORDS), None)
        if typed == _TO_WORDS and words and not _wanting(left, spoken):
            values[words.name] = line[token.end() :].strip()
            left = [slot for slot in left if slot is words and not values[words.name]]
            break
        slot, value = next(_fits(left, typed, spoken), (None, None))
        if slot and value is not None:
            values[slot.name] = value
            left = _after(slot, left, spoken) if words else [each for each in left if each is not slot]
        elif words and not _wanting(left, spoken):
            values[words.name] = line[token.start() :].strip()
            left = []  # nothing can follow a person's own words
            break
        else:
            wrong = _astray(typed, phrase, left)
            break
    missing = tuple(slot for slot in phrase.slots if slot.name not in values and spoken.needs(slot))
    for slot in phrase.slots:
        if slot.kind is Kind.INCIDENT and slot.needed is Needed.UNLESS_FOCUS and spoken.focus is not None:
            values.setdefault(slot.name, spoken.focus)
    return Reading(phrase, {} if wrong else values, tuple(left), missing, wrong)


def _after(filled: Slot, left: Sequence[Slot], spoken: Language) -> list[Slot]:
    """Where words may follow, what was passed over is not said any more: in `H over 12 people`, 12 is no incident."""
    place = left.index(filled)
    return [*(each for each in left[:place] if spoken.needs(each)), *left[place + 1 :]]


def _wanting(left: Sequence[Slot], spoken: Language) -> bool:
    """Whether something is still wanted before a person's own words may begin: a callsign that was mistyped must not
    become a word about another team."""
    return any(slot.kind is not Kind.WORDS and spoken.needs(slot) for slot in left)


def _fits(left: Sequence[Slot], typed: str, spoken: Language) -> Iterator[tuple[Slot, Value]]:
    for slot in left:
        value = _value(slot, typed, spoken)
        if value is not None:
            yield slot, value


def _value(slot: Slot, typed: str, spoken: Language) -> Value | None:
    match slot.kind:
        case Kind.TEAM:
            return typed.upper() if typed.upper() in spoken.callsigns else None
        case Kind.PERSON:
            return typed.lower() if typed.lower() in spoken.people else None
        case Kind.INCIDENT:
            return int(typed.removeprefix("#")) if _NUMBER.fullmatch(typed) else None
        case Kind.CHOICE:
            found = meant(slot, typed)
            return found[0] if len(found) == 1 else None
        case Kind.UNTIL:
            return typed if _UNTIL.fullmatch(typed) else None
        case Kind.CLOCK:
            return typed if _CLOCK.fullmatch(typed) else None
        case Kind.WORDS:
            return None


def meant(slot: Slot, typed: str) -> list[str]:
    """The codes that begin so, or whose label does; one alone where it is the whole of it."""
    start = _code(typed)
    names = {code: (_code(code), _code(str(label))) for code, label in slot.choices.items()}
    if whole := [code for code, (own, _label) in names.items() if own == start]:
        return whole
    return [code for code, each in names.items() if start and any(name.startswith(start) for name in each)]


def _code(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.casefold())


def _astray(typed: str, phrase: Phrase, left: Sequence[Slot]) -> str:
    shown = f"“{_short(typed)}”"
    for slot in left:
        if slot.kind is Kind.CHOICE and (several := meant(slot, typed)):
            return _("%(typed)s could be %(codes)s: type more of it.") % {
                "typed": shown,
                "codes": _(" or ").join(several),
            }
    kinds = {slot.kind: slot for slot in left if slot.kind in (Kind.TEAM, Kind.CHOICE)}
    choice = kinds.get(Kind.CHOICE)
    if choice and Kind.TEAM in kinds:
        return _("%(typed)s is neither a team nor %(what)s: %(example)s") % {
            "typed": shown,
            "what": choice.a_name,
            "example": phrase.example,
        }
    if choice:
        return _("%(typed)s is no %(what)s. Choose one of: %(known)s.") % {
            "typed": shown,
            "what": choice.called,
            "known": ", ".join(choice.choices),
        }
    if Kind.TEAM in kinds:
        return _("There is no team %(typed)s.") % {"typed": _short(typed)}
    if any(slot.kind is Kind.PERSON for slot in left):
        return _("There is nobody called %(typed)s at a desk: %(example)s") % {
            "typed": _short(typed),
            "example": phrase.example,
        }
    if left:
        return _("%(typed)s is not %(what)s: %(example)s") % {
            "typed": shown,
            "what": left[0].a_name,
            "example": phrase.example,
        }
    return _("%(typed)s is more than %(command)s takes: %(example)s") % {
        "typed": shown,
        "command": phrase.word,
        "example": phrase.example,
    }


def complete(line: str, spoken: Language, numbers: Mapping[int, str] | None = None) -> list[Completion]:
    """What the line may become, in the order of table and slots. `numbers`: the incidents on the board, and what each
    is about."""
    line = line.lstrip().removeprefix("/").lstrip()
    start = len(line) if line[-1:].isspace() else max((each.start() for each in re.finditer(r"\S+", line)), default=0)
    head, partial = line[:start], line[start:]
    if not head.strip():
        words = [Completion(_on(word, each), word, each.does) for each, word in _words(partial, spoken)]
        bare = spoken.bare() if _NUMBER.fullmatch(partial) else None
        return [*words, *(_candidates(bare.slots[0], "", partial, spoken, numbers or {}) if bare else [])]
    reading = read(head, spoken)
    if reading.phrase is None or reading.wrong:
        return []
    found: list[Completion] = []
    kinds = set()
    for slot in reading.left:
        # Of two slots alike the first is filled first.
        if slot.kind not in kinds:
            kinds.add(slot.kind)
            found += _candidates(slot, head, partial, spoken, numbers or {})
    return found


def _words(partial: str, spoken: Language) -> Iterator[tuple[Phrase, str]]:
    start = partial.upper()
    for phrase in spoken.phrases:
        word = next((word for word in phrase.words if word.startswith(start)), None)
        if word:
            yield phrase, word


def _on(word: str, phrase: Phrase) -> str:
    return f"{word} " if phrase.slots else word


def _candidates(
    slot: Slot, head: str, partial: str, spoken: Language, numbers: Mapping[int, str]
) -> Iterator[Completion]:
    start = partial.upper()
    match slot.kind:
        case Kind.TEAM:
            for callsign in sorted(spoken.callsigns):
                if callsign.startswith(start):
                    yield Completion(f"{head}{callsign} ", callsign, "")
        case Kind.PERSON:
            for name, called in spoken.people.items():
                if name.startswith(partial.lower()):
                    yield Completion(f"{head}{name} ", name, called)
        case Kind.INCIDENT:
            for number, about in numbers.items():
                # A team may be called by a number.
                typed = f"#{number}" if partial.startswith("#") or str(number) in spoken.callsigns else str(number)
                if typed.startswith(partial) or str(number).startswith(partial):
                    yield Completion(f"{head}{typed} ", str(number), about)
        case Kind.CHOICE:
            for code in meant(slot, partial) if partial else slot.choices:
                yield Completion(f"{head}{code} ", code, slot.choices[code])
        case _:
            return


def _short(typed: str) -> str:
    return typed if len(typed) <= 40 else f"{typed[:39]}…"


def _and(names: Sequence[str]) -> str:
    return _(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
