"""A scenario of invented calls, and what the simulated people around each of them do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triage.engine import FactValue, read_yaml

FOLDER = Path(__file__).parent / "scenarios"

ACCEPTS, SILENT = "accepts", "silent"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call. Spans are in seconds."""

    narrative: str = ""
    language: str = "en"
    caller: Mapping[str, str] = field(default_factory=dict)
    subject: Mapping[str, str] = field(default_factory=dict)
    place: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    later: Mapping[int, Mapping[str, FactValue]] = field(default_factory=dict)
    offered: int = 20
    teams: tuple[str, ...] = ()
    transports: bool = False
    ends: str = "settled_by_contact"
    acknowledged: Mapping[str, int] = field(default_factory=dict)

    def answer(self, number: int) -> str:
        """What the team that is asked as the `number`th (from 0) does: ACCEPTS, SILENT, or why it declines."""
        return self.teams[number] if number < len(self.teams) else ACCEPTS


@dataclass(frozen=True)
class Scenario:
    """`teams` are played; every other unit is left to people."""

    program: str
    teams: frozenset[str]
    scenes: Mapping[str, Scene]

    @classmethod
    def load(cls, program: str) -> "Scenario":
        """The scenario of this program."""
        told: Any = read_yaml((FOLDER / f"{program}.yaml").read_text())
        scenes = {
            name: Scene(**{**scene, "teams": tuple(scene.get("teams", ())), "later": _by_second(scene)})
            for name, scene in told["calls"].items()
        }
        return cls(program, frozenset(told["teams"]), scenes)

    def of(self, external_id: str) -> Scene:
        """The scene behind a call; one that is no longer in the file is played as any other would be."""
        return self.scenes.get(external_id.partition("-")[2], Scene())

    def external_id(self, number: int) -> str:
        """The number of the `number`th call (from 0): told apart from all before it, and naming its scene."""
        names = list(self.scenes)
        return f"{number + 1}-{names[number % len(names)]}"


def _by_second(scene: Mapping[str, Any]) -> dict[int, Any]:
    return {int(second): facts for second, facts in scene.get("later", {}).items()}
