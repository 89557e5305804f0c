"""What differs between two versions of a policy, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from triage import plain
from triage.engine.conditions import All, Condition, Not, Test
from triage.engine.conditions import Any as AnyOf
from triage.engine.document import PolicyText, Rule, take_policy

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"
_KINDS: Final = {
    ADDED: pgettext_lazy("rule", "added"),
    REMOVED: pgettext_lazy("rule", "removed"),
    CHANGED: pgettext_lazy("rule", "changed"),
    MOVED: pgettext_lazy("rule", "moved"),
}
_SENTENCE: Final = gettext_lazy("Sentence")


@dataclass(frozen=True)
class Line:
    """One thing that is said otherwise: what it is, as it was, as it is."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What became of a rule or an example. One that is changed may have moved too: its place is then a line."""

    kind: str
    name: str
    text: str
    lines: tuple[Line, ...] = ()

    @property
    def became(self) -> str:
        return str(_KINDS[self.kind])

    @property
    def told(self) -> list[Line]:
        """The lines, of a whole rule without the sentence that names it and without what it does not say."""
        if self.kind not in (ADDED, REMOVED):
            return list(self.lines)
        return [line for line in self.lines if line.what != str(_SENTENCE) and (line.before or line.after)]


@dataclass(frozen=True)
class Differences:
    settings: list[Line]
    rules: list[Change]
    examples: list[Change]

    def __bool__(self) -> bool:
        return bool(self.settings or self.rules or self.examples)


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    examples: tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]] = ((), ()),
) -> Differences:
    """From one document, with its examples, to another. Ways of writing the same thing do not differ."""
    old, new = take_policy(before), take_policy(after)
    return Differences(
        settings=_settings((old, before), (new, after)),
        rules=_rules(old.rules, new.rules),
        examples=_examples(*examples),
    )


_Side = tuple[PolicyText, Mapping[str, Any]]
_SETTINGS: Final[tuple[tuple[Promise, Callable[[_Side], str]], ...]] = (
    (gettext_lazy("Name"), lambda side: side[0].name),
    (gettext_lazy("Begins"), lambda side: f"{side[0].effective_from.astimezone(side[0].calendar.zone):%Y-%m-%d %H:%M}"),
    (gettext_lazy("Ends"), lambda side: str(side[1].get("effective_until") or _("not set"))),
    (gettext_lazy("Time zone"), lambda side: str(side[0].calendar.zone)),
    (gettext_lazy("Public holidays"), lambda side: side[0].calendar.holidays or _("none")),
    (gettext_lazy("Hours"), lambda side: "; ".join(plain.hours(side[0].hours))),
    (gettext_lazy("Areas"), lambda side: ", ".join(sorted(side[0].areas)) or _("everywhere")),
    (gettext_lazy("When no rule applies"), lambda side: plain.goes(side[0].otherwise)),
    (gettext_lazy("When closed, or outside"), lambda side: plain.goes(side[0].closed)),
    (gettext_lazy("Priority, where no rule says"), lambda side: str(side[0].priority)),
    (gettext_lazy("Decided by"), lambda side: _texts(side[1].get("authority"))),
    (gettext_lazy("Why"), lambda side: _texts(side[1].get("why"))),
    (gettext_lazy("Sources"), lambda side: _texts(side[1].get("source"))),
    (gettext_lazy("Not known"), lambda side: _texts(side[1].get("gaps"))),
)
_RULE: Final[tuple[tuple[Promise, Callable[[Rule], str]], ...]] = (
    (_SENTENCE, lambda rule: " ".join(rule.text.split())),
    (gettext_lazy("What it does"), lambda rule: " ".join(plain.rule(rule).does)),
    (gettext_lazy("When nobody can tell"), lambda rule: plain.rule(rule).unknown),
    (gettext_lazy("Why"), lambda rule: " ".join(rule.why.split())),
    (gettext_lazy("Source"), lambda rule: "; ".join(rule.source)),
)


def _settings(before: _Side, after: _Side) -> list[Line]:
    told = [Line(str(what), say(before), say(after)) for what, say in _SETTINGS]
    return [line for line in told if line.before != line.after]


def _rules(before: Sequence[Rule], after: Sequence[Rule]) -> list[Change]:
    """In the order of the new version, what was removed last."""
    old, new = {rule.id: rule for rule in before}, {rule.id: rule for rule in after}
    moved = _moved([rule for rule in before if rule.id in new], [rule for rule in after if rule.id in old])
    changes = []
    for rule in after:
        if rule.id not in old:
            changes.append(Change(ADDED, rule.id, rule.text, tuple(_lines(None, rule))))
        elif lines := tuple(_lines(old[rule.id], rule)):
            place = (_place(rule, before, after),) if rule.id in moved else ()
            changes.append(Change(CHANGED, rule.id, rule.text, (*lines, *place)))
        elif rule.id in moved:
            changes.append(Change(MOVED, rule.id, rule.text, (_place(rule, before, after),)))
    gone = [rule for rule in before if rule.id not in new]
    return changes + [Change(REMOVED, rule.id, rule.text, tuple(_lines(rule, None))) for rule in gone]


def _moved(before: Sequence[Rule], after: Sequence[Rule]) -> set[str]:
    """Rules whose moving explains the new order. Only the order among rules of a kind is heard."""
    moved = set()
    for kind in plain.HEARD:
        old = [rule.id for rule in before if plain.kind(rule) == kind]
        new = [rule.id for rule in after if plain.kind(rule) == kind]
        shared = set(old) & set(new)
        old, new = [name for name in old if name in shared], [name for name in new if name in shared]
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        stayed = {name for block in matcher.get_matching_blocks() for name in old[block.a : block.a + block.size]}
        moved |= shared - stayed
    return moved


def _place(rule: Rule, before: Sequence[Rule], after: Sequence[Rule]) -> Line:
    return Line(_("Place"), _after(rule, before), _after(rule, after))


def _after(rule: Rule, rules: Sequence[Rule]) -> str:
    beside = [each.id for each in rules if plain.kind(each) == plain.kind(rule)]
    index = beside.index(rule.id)
    return _("after %(rule)s") % {"rule": beside[index - 1]} if index else _("first of its kind")


def _lines(before: Rule | None, after: Rule | None) -> list[Line]:
    told = [Line(str(what), say(before) if before else "", say(after) if after else "") for what, say in _RULE]
    lines = [line for line in told if line.before != line.after]
    if before is None or after is None or _meaning(before.when) != _meaning(after.when):
        lines.insert(0, Line(_("When"), _condition(before), _condition(after)))
    return lines


def _condition(rule: Rule | None) -> str:
    return "" if rule is None else _flat(plain.condition(rule.when))


def _flat(words: plain.Words) -> str:
    if not words.parts:
        return words.text
    return f"{words.text} ({'; '.join(map(_flat, words.parts))})"


def _meaning(when: Condition) -> object:
    """A condition without the order of its parts, which means nothing."""
    match when:
        case Test(fact, holds):
            return (fact, holds)
        case Not(part):
            return ("not", _meaning(part))
        case All(parts) | AnyOf(parts):
            told = frozenset(map(_meaning, parts))
            return next(iter(told)) if len(told) == 1 else (type(when).__name__, told)


def _examples(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Change]:
    old, new = {each["name"]: each for each in before}, {each["name"]: each for each in after}
    kinds = [(name, ADDED if name not in old else CHANGED) for name in new if old.get(name) != new[name]]
    kinds += [(name, REMOVED) for name in old if name not in new]
    return [
        Change(kind, name, " ".join(plain.expected((new.get(name) or old[name])["expect"]))) for name, kind in kinds
    ]


def _texts(value: Any) -> str:
    return " ".join(" ".join([value] if isinstance(value, str) else value or []).split()) or _("nothing said")
