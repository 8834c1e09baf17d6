"""What was measured of a budget, and how that is said on the terminal and on the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure against its limit; both in `unit`, which follows the number."""

    budget: int
    """Its number among the budgets."""
    name: str
    value: float
    limit: float
    unit: str
    against: str
    """What the figure is a share of, or how it was got."""

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit

    @property
    def line(self) -> str:
        verdict = "ok" if self.is_met else "MISSED"
        return f"{self.name}: measured {self._said(self.value)}, limit {self._said(self.limit)}, {verdict}"

    @property
    def row(self) -> tuple[str, ...]:
        verdict = "ok" if self.is_met else "**missed**"
        return (
            str(self.budget),
            self.name,
            self._said(self.value),
            self._said(self.limit),
            verdict,
            self.against,
        )

    def _said(self, number: float) -> str:
        return (
            f"{number:,.0f}{self.unit}"
            if number == int(number) and number >= 5
            else f"{number:,.3g}{self.unit}"
        )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios, round by round: what else the machine does falls on both of a round."""
    return median(each / other for each, other in zip(ours, theirs, strict=True))
