"""How simulated callers answer: a seeded table of the shares of each answer to each question."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from triage.engine import FactValue, PolicyError, facts, read_yaml

DEFAULT = Path(__file__).parent / "answers" / "default.yaml"

_RANGE = re.compile(r"(\d+)-(\d+)")

Shares = Mapping[FactValue | range, int]


class TableError(ValueError):
    """A table of answers that cannot be used; the text is fit for a screen."""


@dataclass(frozen=True)
class Answers:
    """The table. What it does not name, nobody can tell: the answer is `"unknown"`."""

    seed: int
    shares: Mapping[str, Shares]
    special: Mapping[str, Mapping[str, Shares]]

    def draw(self, fact: str, *, call_type: str, call: str) -> FactValue:
        """The answer of this caller to one question.

        It hangs on seed, call and fact alone: neither the order of calls nor that of questions changes it.
        """
        shares = self.special.get(call_type, {}).get(fact) or self.shares.get(fact)
        if shares is None:
            return facts.UNKNOWN
        chance = Random(f"{self.seed}:{call}:{fact}")
        answer = chance.choices(list(shares), weights=list(shares.values()))[0]
        return chance.choice(answer) if isinstance(answer, range) else answer


def load(path: Path) -> Answers:
    """The table in this file. Raises TableError that names every wrong line at once; OSError when it is not there."""
    try:
        document: Any = read_yaml(path.read_text())
    except PolicyError as error:
        raise TableError(str(error)) from None
    if not isinstance(document, Mapping) or not isinstance(document.get("answers"), Mapping):
        raise TableError("A table of answers holds `answers`: for each fact, the share of each answer.")
    errors: list[str] = []
    if unknown := sorted(set(document) - {"seed", "answers", "for"}):
        errors.append(f"There is no place for {', '.join(unknown)}.")
    seed = document.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        errors.append("seed must be a whole number.")
    shares = _all_shares(document["answers"], "answers", errors)
    special = {}
    for call_type, some in (document.get("for") or {}).items():
        if refusal := facts.FACTS["call_type"].refusal(call_type):
            errors.append(refusal)
        else:
            special[str(call_type)] = _all_shares(some, f"for {call_type}", errors)
    if errors:
        raise TableError("\n".join(errors))
    return Answers(seed, shares, special)


def _all_shares(given: Any, where: str, errors: list[str]) -> dict[str, Shares]:
    if not isinstance(given, Mapping):
        errors.append(f"{where} must hold facts and the shares of their answers.")
        return {}
    found: dict[str, Shares] = {}
    for name, shares in given.items():
        fact = facts.FACTS.get(name)
        if fact is None or not fact.askable:
            errors.append(f"{where}: {name} is no fact that can be asked.")
        elif not isinstance(shares, Mapping) or not all(_is_share(share) for share in shares.values()):
            errors.append(f"{where}, {name}: each answer needs its share, a whole number from 0 to 100.")
        elif sum(shares.values()) != 100:
            errors.append(f"{where}, {name}: the shares make {sum(shares.values())}, not 100.")
        else:
            found[name] = {_answer(fact, answer, where, errors): share for answer, share in shares.items()}
    return found


def _is_share(share: Any) -> bool:
    return isinstance(share, int) and not isinstance(share, bool) and 0 <= share <= 100


def _answer(fact: facts.Fact, answer: Any, where: str, errors: list[str]) -> FactValue | range:
    span = _RANGE.fullmatch(answer) if fact.kind == "integer" and isinstance(answer, str) else None
    ends = [int(span[1]), int(span[2])] if span else [answer]
    errors += [f"{where}: {refusal}" for end in ends if (refusal := fact.refusal(end))]
    if not span:
        return answer  # type: ignore[no-any-return]  # refused above when it is none
    if ends[0] > ends[1]:
        errors.append(f"{where}: {fact.name} {answer} ends before it begins.")
    return range(ends[0], ends[1] + 1)
