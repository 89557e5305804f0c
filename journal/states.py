"""Graphs of states: which change may happen at all. Checked when the module that declares one is imported."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from django.utils.translation import gettext as _

from journal.refusals import Refused

S = TypeVar("S", bound=StrEnum)


class Graph(Generic[S]):
    """The states of one kind of thing and the changes between them.

    `edges` names every state once with the states that may follow it; a state without followers is an end. `back` are
    the ways out of an end that a person may take when it was a mistake: they leave it an end.

    Postgres keeps the graphs of stored things, too (`journal.guarding`): whoever changes one adds a migration with
    `guarding.keep(table, graph)`; a test tells whoever forgets.

    Raises ValueError at import when a state is missing, or cannot be reached from a start.
    """

    def __init__(
        self,
        noun: str,
        states: type[S],
        *,
        starts: Collection[S],
        edges: Mapping[S, Collection[S]],
        back: Mapping[S, Collection[S]] | None = None,
    ) -> None:
        self.noun = noun
        self.edges = {state: frozenset(followers) for state, followers in edges.items()}
        self.ends = frozenset(state for state, followers in self.edges.items() if not followers)
        self.open = frozenset(self.edges) - self.ends
        self.back = {state: frozenset(followers) for state, followers in (back or {}).items()}
        if missing := set(states) - set(self.edges):
            raise ValueError(f"{noun}: no edges declared for {sorted(missing)}")
        reached, frontier = set(starts), list(starts)
        while frontier:
            for follower in self.edges[frontier.pop()] - reached:
                reached.add(follower)
                frontier.append(follower)
        if lost := set(states) - reached:
            raise ValueError(f"{noun}: {sorted(lost)} cannot be reached from {sorted(starts)}")
        for state, followers in self.back.items():
            if state not in self.ends or not followers <= self.open:
                raise ValueError(f"{noun}: the way back from {state} must lead from an end to what is open")

    @property
    def changes(self) -> set[tuple[S, S]]:
        """Every change that there is, those that take an end back among them."""
        ways = [*self.edges.items(), *self.back.items()]
        return {(state, follower) for state, followers in ways for follower in followers}

    def guard(self, old: S, new: S) -> None:
        """Refuse a change that the graph does not have."""
        if (old, new) not in self.changes:
            told = {"noun": _(self.noun), "old": plain(old), "new": plain(new)}
            raise Refused(_("This %(noun)s is %(old)s; it cannot become %(new)s.") % told)


def plain(code: str) -> str:
    """A code as people read it. Those of states are marked where they are declared, those of fields by `calls`."""
    return _(str(code).replace("_", " ")) if code else ""
