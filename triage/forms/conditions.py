"""A rule's condition as a tree of ordinary form fields: shown, typed, grown and cut, and read back.

Each node's fields carry its path: `when.kind`, `when.0.fact`, `when.0.values`. What is typed is kept as text until it
is read, so that a wrong or half-made tree is shown again as it was sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any as Anything
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage import wording
from triage.engine import PolicyError, facts
from triage.engine.clock import DAY
from triage.engine.conditions import All, Any, Condition, Not, Test, take_condition
from triage.engine.facts import FACTS, FactValue
from triage.forms.typed import answer, written

GROUPS: Final = {
    "all": gettext_lazy("all of these hold"),
    "any": gettext_lazy("at least one of these holds"),
    "none": gettext_lazy("none of these holds"),
}
GRADES: Final = {
    "at_least": gettext_lazy("at least"),
    "at_most": gettext_lazy("at most"),
    "one_of": gettext_lazy("one of"),
}
_DEEPEST: Final = 12  # more than the engine takes: so deep a tree is shown again, with its refusal


@dataclass
class Node:
    """One node: a group of others, or a test of a fact."""

    kind: str = "test"
    fact: str = ""
    values: list[str] = field(default_factory=list)
    grading: str = "one_of"
    grade: str = ""
    low: str = ""
    high: str = ""
    lines: str = ""
    children: list["Node"] = field(default_factory=list)
    path: str = "when"
    error: str = ""
    is_new: bool = False

    @property
    def fact_kind(self) -> str:
        return FACTS[self.fact].kind if self.fact in FACTS else ""

    @property
    def id(self) -> str:
        return self.path.replace(".", "-")

    @property
    def question(self) -> str:
        return wording.question(self.fact) if self.fact in FACTS else ""

    @property
    def answers(self) -> list[tuple[str, str, bool]]:
        """What can be ticked: value, label, whether it is."""
        if self.fact not in FACTS:
            return []
        said = wording.labels(self.fact)
        return [(written(v), said[v], written(v) in self.values) for v in FACTS[self.fact].values]

    def walk(self) -> Iterator["Node"]:
        yield self
        yield from chain.from_iterable(child.walk() for child in self.children)


def shown(when: Condition) -> Node:
    """The tree of a condition that stands in a rule."""
    return _numbered(_shown(when), "when")


def typed(post: QueryDict, path: str = "when") -> Node:
    """The tree as a form sent it."""

    def one(name: str) -> str:
        return str(post.get(f"{path}.{name}", ""))

    node = Node(
        kind=one("kind") if one("kind") in GROUPS else "test",
        fact=one("fact"),
        values=[str(value) for value in post.getlist(f"{path}.values")],
        grading=one("grading") if one("grading") in GRADES else "one_of",
        grade=one("grade"),
        low=one("low").strip(),
        high=one("high").strip(),
        lines=one("lines"),
        path=path,
    )
    if path.count(".") < _DEEPEST:
        while f"{path}.{len(node.children)}.kind" in post:
            node.children.append(typed(post, f"{path}.{len(node.children)}"))
    return node


def changed(root: Node, do: str) -> Node:
    """The tree after `add:PATH`, `remove:PATH`, `group:PATH` or `ungroup:PATH`; anything else leaves it as it is."""
    verb, _, path = do.partition(":")
    new = _changed(root, verb, path)
    return _numbered(new or Node(is_new=True), "when")


def read(root: Node) -> dict[str, Anything] | None:
    """The condition as a policy's document says it. None when it cannot be: each node then has its error."""
    for node in root.walk():
        node.error = _wrong(node)
    if any(node.error for node in root.walk()):
        return None
    document = _document(root)
    try:
        take_condition(document, "when")
    except PolicyError:
        document = _document(root, in_order=False)  # two tests side by side go less deep than a list of them
        try:
            take_condition(document, "when")
        except PolicyError as wrong:
            root.error = wording.told(wrong.sentence)
            return None
    return document


def _shown(when: Condition) -> Node:
    match when:
        case Test(fact, holds):
            return _shown_test(fact, holds)
        case Not(Any(parts)) if len(parts) > 1:
            return Node("none", children=[_shown(part) for part in parts])
        case Not(part):
            return Node("none", children=[_shown(part)])
        case All(parts):
            return Node("all", children=[_shown(part) for part in parts])
        case Any(parts):
            return Node("any", children=[_shown(part) for part in parts])


def _shown_test(fact: str, holds: frozenset[FactValue]) -> Node:
    known = FACTS[fact]
    match known.kind:
        case "integer":
            runs = list(_runs(sorted(int(value) for value in holds)))
            nodes = [
                Node(fact=fact, low=str(low), high="" if high == facts.OLDEST else str(high)) for low, high in runs
            ]
            return nodes[0] if len(nodes) == 1 else Node("any", children=nodes)
        case "time":
            return Node(fact=fact, lines="\n".join(_windows(sorted(int(minute) for minute in holds))))
        case "name":
            return Node(fact=fact, lines="\n".join(sorted(str(name) for name in holds)))
    values = [written(value) for value in known.values if value in holds]
    node = Node(fact=fact, values=values)
    if known.kind == "graded" and len(values) > 1:
        order = [written(value) for value in known.values]
        if values == order[-len(values) :]:
            node.grading, node.grade = "at_least", values[0]
        elif values == order[: len(values)]:
            node.grading, node.grade = "at_most", values[-1]
    return node


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    start = last = numbers[0]
    for number in [*numbers[1:], None]:
        if number is None or number != last + 1:
            yield start, last
            start = number or 0
        last = number or 0


def _windows(minutes: list[int]) -> Iterator[str]:
    runs = [(low, high + 1) for low, high in _runs(minutes)]
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == DAY:  # it passes midnight
        runs = [*runs[1:-1], (runs[-1][0], runs[0][1])]
    for low, high in runs:
        yield f"{low // 60:02}:{low % 60:02}-{high // 60:02}:{high % 60:02}"


def _numbered(node: Node, path: str) -> Node:
    node.path = path
    for index, child in enumerate(node.children):
        _numbered(child, f"{path}.{index}")
    return node


def _changed(node: Node, verb: str, path: str) -> Node | None:
    if node.path != path:
        node.children = [new for child in node.children if (new := _changed(child, verb, path))]
        return node
    match verb:
        case "add" if node.kind in GROUPS:
            node.children.append(Node(is_new=True))
        case "group":
            return Node("any", children=[node, Node(is_new=True)])
        case "ungroup" if len(node.children) == 1:
            return node.children[0]
        case "remove":
            return None
    return node


def _wrong(node: Node) -> str:
    if node.kind in GROUPS:
        return "" if node.children else _("Nothing stands in this group. Add a condition, or remove the group.")
    if node.fact not in FACTS:
        return _("Choose what is tested.")
    if node.fact_kind == "integer" and not (node.low or node.high):
        return _("Say from which age, up to which, or both.")
    if node.fact_kind in ("time", "name"):
        if not node.lines.strip():
            if node.fact_kind == "time":
                return _("Write a window such as 22:00-06:00, each on a line of its own.")
            return _("Write the name of an area, each on a line of its own.")
    elif node.fact_kind == "graded" and node.grading != "one_of":
        if not node.grade:
            return _("Choose an answer.")
    elif node.fact_kind != "integer" and not node.values:
        return _("Choose at least one answer.")
    try:
        take_condition(_test(node), "")
    except PolicyError as wrong:
        return wording.told(wrong.sentence)
    return ""


def _test(node: Node) -> dict[str, Anything]:
    match node.fact_kind:
        case "integer":
            low, high = answer(node.fact, node.low), answer(node.fact, node.high)
            if node.low == node.high:
                return {node.fact: low}
            return {node.fact: {**({"at_least": low} if node.low else {}), **({"at_most": high} if node.high else {})}}
        case "time" | "name":
            values: list[object] = [line.strip() for line in node.lines.splitlines() if line.strip()]
        case "graded" if node.grading != "one_of":
            return {node.fact: {node.grading: node.grade}}
        case _:
            values = [answer(node.fact, value) for value in node.values]
    return {node.fact: values[0] if len(values) == 1 else values}


def _document(node: Node, *, in_order: bool = True) -> dict[str, Anything]:
    if node.kind == "test":
        return _test(node)
    parts = [_document(child, in_order=in_order) for child in node.children]
    if node.kind == "any":
        return {"any": parts}
    if node.kind == "none":
        return {"not": parts[0] if len(parts) == 1 else {"any": parts}}
    keys = list(chain.from_iterable(parts))
    side_by_side = len(parts) > 1 and all(len(part) == 1 for part in parts) and len(set(keys)) == len(keys)
    # Postgres keeps the keys of an object by length and letter: tests in another order would not stay in it.
    if side_by_side and (not in_order or keys == sorted(keys, key=lambda key: (len(key), key))):
        return {key: value for part in parts for key, value in part.items()}
    return {"all": parts}


def testable() -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be tested, for a list to choose from: what is asked, then what clock and place say."""
    asked = [(name, wording.question(name)) for name, fact in FACTS.items() if fact.askable]
    context = [(name, wording.question(name)) for name, fact in FACTS.items() if not fact.askable]
    return [(_("Asked on the phone"), asked), (_("From clock and place"), context)]
