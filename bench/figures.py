"""What a benchmark found."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number with its unit; `reach` is what it is held against, or empty for a reference."""

    what: str
    value: float
    unit: str
    reach: str = ""

    @property
    def shown(self) -> str:
        return f"{self.value:,.{0 if self.value >= 100 else 1 if self.value >= 10 else 2}f} {self.unit}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share (0 to 1) of the values lies, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
