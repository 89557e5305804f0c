"""Reduced, ordered, multi-valued decision diagrams: functions of many small variables, each stored once.

A node asks one variable, known by its level, and has a child for each class of its values; a leaf is a result. Levels
only grow towards the leaves, no node has all children equal, and no node exists twice. So equal functions are the same
number, and a function depends on a variable exactly when a node of that level can be reached from its root.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

LEAF: Final = -1
OPEN: Final = -1  # instead of a class of values: this variable is not known


class TooLargeError(Exception):
    """The diagrams would pass the limit of nodes."""


class Builder:
    """Builds diagrams from the leaves up. Nodes are numbers that mean something to one builder only."""

    def __init__(self, limit: int) -> None:
        self.level: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self.result: list[Any] = []
        self._limit = limit
        self._known: dict[tuple[int, Any], int] = {}

    def leaf(self, result: Any) -> int:
        # The type is part of the key, because to Python 1 equals True.
        return self._node(LEAF, (type(result), result), (), result)

    def node(self, level: int, children: tuple[int, ...]) -> int:
        if children.count(children[0]) == len(children):
            return children[0]
        return self._node(level, children, children, None)

    def _node(self, level: int, key: Any, children: tuple[int, ...], result: Any) -> int:
        if (known := self._known.get((level, key))) is not None:
            return known
        if len(self.level) >= self._limit:
            raise TooLargeError
        self._known[level, key] = number = len(self.level)
        self.level.append(level)
        self.children.append(children)
        self.result.append(result)
        return number

    def combine(self, first: int, second: int, join: Callable[[Any, Any], Any]) -> int:
        """The diagram whose result is ``join`` of the two results, for each assignment."""
        done: dict[tuple[int, int], int] = {}

        def visit(one: int, two: int) -> int:
            if (known := done.get((one, two))) is not None:
                return known
            above = [level for level in (self.level[one], self.level[two]) if level != LEAF]
            if not above:
                made = self.leaf(join(self.result[one], self.result[two]))
            else:
                level = min(above)
                ones, twos = self._split(one, level), self._split(two, level)
                width = max(len(ones), len(twos))
                pairs = zip(ones * (width // len(ones)), twos * (width // len(twos)), strict=True)
                made = self.node(level, tuple(visit(*pair) for pair in pairs))
            done[one, two] = made
            return made

        return visit(first, second)

    def results(self, root: int) -> frozenset[Any]:
        """Every result that some assignment leads to."""
        seen, waiting = {root}, [root]
        while waiting:
            for child in self.children[waiting.pop()]:
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)
        return frozenset(self.result[node] for node in seen if self.level[node] == LEAF)

    def _split(self, node: int, level: int) -> tuple[int, ...]:
        return self.children[node] if self.level[node] == level else (node,)


class Diagrams:
    """Finished diagrams, read by many threads at once: reading never writes to them.

    For each node, ``support`` is the set of levels below it that its function depends on, and ``reach`` the set of
    leaves below it, both as bit masks.
    """

    def __init__(self, builder: Builder, roots: Sequence[int]) -> None:
        """Keep what ``roots`` reach; ``roots`` of the finished diagrams stand in the same order."""
        self._level: list[int] = []
        self._children: list[tuple[int, ...]] = []
        self._support: list[int] = []
        self._reach: list[int] = []
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._result: list[Any] = []
        self._leaves: list[int] = []
        moved: dict[int, int] = {}

        def move(node: int) -> int:
            if node not in moved:
                level, children = builder.level[node], tuple(move(child) for child in builder.children[node])
                moved[node] = len(self._level)
                self._level.append(level)
                self._children.append(children)
                self._support.append(0 if level == LEAF else 1 << level | self._any(self._support, children))
                self._result.append(builder.result[node])
                if level == LEAF:
                    self._reach.append(1 << len(self._leaves))
                    self._leaves.append(moved[node])
                else:
                    self._reach.append(self._any(self._reach, children))
                    self._known[level, children] = moved[node]
            return moved[node]

        self.roots = [move(root) for root in roots]

    def __len__(self) -> int:
        return len(self._level)

    def support(self, node: int) -> int:
        return self._support[node]

    @staticmethod
    def _any(masks: Sequence[int], nodes: Sequence[int]) -> int:
        joined = 0
        for node in nodes:
            joined |= masks[node]
        return joined

    def restrict(self, root: int, classes: Sequence[int], given: int) -> tuple[int, int]:
        """Support and reach of a function once some variables are known.

        ``classes`` holds the class of each level, or `OPEN`; ``given`` is the mask of the known levels. What remains is
        reduced again, in a scratch table of its own, so the support names exactly the variables that still matter.
        """
        level, children, support = self._level, self._children, self._support
        while support[root] & given and classes[level[root]] != OPEN:
            root = children[root][classes[level[root]]]
        if not support[root] & given:
            return support[root], self._reach[root]

        known, size = self._known, len(level)
        done: dict[int, int] = {}
        scratch: dict[tuple[int, tuple[int, ...]], int] = {}
        scratch_support: list[int] = []
        scratch_reach: list[int] = []

        def visit(node: int) -> int:
            if not support[node] & given:
                return node
            made = done.get(node, -1)
            if made >= 0:
                return made
            asked = level[node]
            if classes[asked] != OPEN:
                made = visit(children[node][classes[asked]])
            else:
                below = tuple([visit(child) for child in children[node]])
                if below.count(below[0]) == len(below):
                    made = below[0]
                elif (made := known.get((asked, below), -1)) < 0 and (made := scratch.get((asked, below), -1)) < 0:
                    scratch[asked, below] = made = size + len(scratch)
                    supports, reaches = 1 << asked, 0
                    for child in below:
                        if child < size:
                            supports |= support[child]
                            reaches |= self._reach[child]
                        else:
                            supports |= scratch_support[child - size]
                            reaches |= scratch_reach[child - size]
                    scratch_support.append(supports)
                    scratch_reach.append(reaches)
            done[node] = made
            return made

        root = visit(root)
        if root < size:
            return support[root], self._reach[root]
        return scratch_support[root - size], scratch_reach[root - size]

    def reached(self, reach: int) -> list[Any]:
        """The results in a mask of leaves."""
        found = []
        while reach:
            lowest = reach & -reach
            found.append(self._result[self._leaves[lowest.bit_length() - 1]])
            reach ^= lowest
        return found

    def settle(self, root: int, classes: Sequence[int]) -> Any:
        """The one result that every completion leads to, or `OPEN`. Made for small diagrams: nothing is remembered."""
        level, children = self._level, self._children
        while (asked := level[root]) != LEAF:
            known = classes[asked]
            if known == OPEN:
                first, *others = children[root]
                settled = self.settle(first, classes)
                if settled != OPEN and all(self.settle(child, classes) == settled for child in others):
                    return settled
                return OPEN
            root = children[root][known]
        return self._result[root]
