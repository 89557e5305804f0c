"""Graphs of states: which change may happen at all. Checked when the module that declares one is imported."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from journal.refusals import Refused

S = TypeVar("S", bound=StrEnum)


class Graph(Generic[S]):
    """The states of one kind of thing and the changes between them.

    `edges` names every state once with the states that may follow it; a state without followers is an end.

    Raises ValueError at import when a state is missing, or cannot be reached from a start.
    """

    def __init__(self, noun: str, states: type[S], *, starts: Collection[S], edges: Mapping[S, Collection[S]]) -> None:
        self.noun = noun
        self.edges = {state: frozenset(followers) for state, followers in edges.items()}
        self.ends = frozenset(state for state, followers in self.edges.items() if not followers)
        self.open = frozenset(self.edges) - self.ends
        if missing := set(states) - set(self.edges):
            raise ValueError(f"{noun}: no edges declared for {sorted(missing)}")
        reached, frontier = set(starts), list(starts)
        while frontier:
            for follower in self.edges[frontier.pop()] - reached:
                reached.add(follower)
                frontier.append(follower)
        if lost := set(states) - reached:
            raise ValueError(f"{noun}: {sorted(lost)} cannot be reached from {sorted(starts)}")

    def guard(self, old: S, new: S) -> None:
        """Refuse a change that the graph does not have."""
        if new not in self.edges[old]:
            raise Refused(f"This {self.noun} is {_words(old)}; it cannot become {_words(new)}.")


def _words(state: StrEnum) -> str:
    return state.value.replace("_", " ")
