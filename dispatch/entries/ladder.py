"""Journal entries: what a program's ladder does while an incident waits for a team; all of it about the incident."""

from dataclasses import dataclass
from uuid import UUID

from journal.kinds import Payload


@dataclass(frozen=True, kw_only=True)
class LadderBegun(Payload, kind="ladder.begun"):
    """It waits for a team, and the promised time or the first team asked has passed. About the incident, as all of the
    ladder."""

    run: UUID
    steps: int


@dataclass(frozen=True, kw_only=True)
class LadderStepped(Payload, kind="ladder.stepped"):
    run: UUID
    index: int
    do: str
    to: str | None


@dataclass(frozen=True, kw_only=True)
class LadderStepEnded(Payload, kind="ladder.step_ended"):
    run: UUID
    index: int
    do: str
    result: str


@dataclass(frozen=True, kw_only=True)
class LadderSuperseded(Payload, kind="ladder.superseded"):
    """No team was free, and one was asked that had not answered about a clearly less urgent incident."""

    run: UUID
    unit: UUID
    instead_of: UUID


@dataclass(frozen=True, kw_only=True)
class LadderAnswered(Payload, kind="ladder.answered"):
    """A person did what a step asks for, or decided what it proposes."""

    run: UUID
    do: str
    to: str | None
    answer: str


@dataclass(frozen=True, kw_only=True)
class LadderCalled(Payload, kind="ladder.called"):
    """No step is left: a person is asked for, the so manyth time."""

    run: UUID
    times: int


@dataclass(frozen=True, kw_only=True)
class LadderTaken(Payload, kind="ladder.taken"):
    run: UUID


@dataclass(frozen=True, kw_only=True)
class LadderPaused(Payload, kind="ladder.paused"):
    run: UUID
    cause: str


@dataclass(frozen=True, kw_only=True)
class LadderResumed(Payload, kind="ladder.resumed"):
    run: UUID


@dataclass(frozen=True, kw_only=True)
class LadderStoodDown(Payload, kind="ladder.stood_down"):
    """A person sees to it without the ladder."""

    run: UUID


@dataclass(frozen=True, kw_only=True)
class LadderEnded(Payload, kind="ladder.ended"):
    run: UUID
    ending: str


@dataclass(frozen=True, kw_only=True)
class PlanAdopted(Payload, kind="plan.adopted"):
    """A program does otherwise from now on when nobody acts."""

    program: str
