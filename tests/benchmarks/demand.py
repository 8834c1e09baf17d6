"""How accounts spend: made series of five kinds, or recorded ones from a folder of CSV files."""

import csv
import itertools
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

STEP = timedelta(minutes=15)
STEPS_A_DAY = timedelta(days=1) // STEP
DAYS = 28
"""Of a made series, and the most of a recorded one."""
_MONDAY = datetime(2026, 8, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Demand:
    """What is spent in each step of a quarter of an hour; 10 units a day on average."""

    name: str
    start: datetime
    spent: Sequence[float]


def made(seed: int, days: int = DAYS) -> Iterator[Demand]:
    """One series of each kind."""
    for name, rate in _KINDS.items():
        chance = random.Random(f"{seed} {name}")  # a series, no secret
        times = [_MONDAY + STEP * step for step in range(days * STEPS_A_DAY)]
        state = _Bursts(chance)
        yield _scaled(name, _MONDAY, [rate(at, state) * chance.uniform(0.7, 1.3) for at in times])


def recorded(folder: Path, days: int = DAYS) -> Iterator[Demand]:
    """Every CSV file of a folder: `timestamp,value`, a rate for each step, spread evenly over it."""
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(_time(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
        rates: list[float] = []
        for (at, value), (after, _) in itertools.pairwise(rows):
            rates += [max(value, 0.0)] * max((after - at) // STEP, 1)
        if len(rates) >= STEPS_A_DAY:
            yield _scaled(path.stem, rows[0][0], rates[: days * STEPS_A_DAY])


class _Bursts:
    """Whether a burst is under way."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left = 0

    def rate(self) -> float:
        if self._left == 0 and self._chance.random() < 1 / STEPS_A_DAY / 2:
            self._left = self._chance.randint(4, 24)
        self._left = max(self._left - 1, 0)
        return 12.0 if self._left else 0.4


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _scaled(name: str, start: datetime, rates: Sequence[float]) -> Demand:
    daily = sum(rates) / len(rates) * STEPS_A_DAY
    factor = 10 / daily if daily else 0.0
    return Demand(name, start, [rate * factor for rate in rates])


def _office(at: datetime, _: _Bursts) -> float:
    hour = at.hour + at.minute / 60
    busy = math.exp(-(((hour - 13.5) / 3.6) ** 4))
    return 0.05 + (busy if at.weekday() < 5 else 0.08 * busy)  # Saturday


def _nightly(at: datetime, _: _Bursts) -> float:
    return 1.0 if 2 <= at.hour < 4 else 0.02


def _growth(at: datetime, _: _Bursts) -> float:
    days = (at - _MONDAY) / timedelta(days=1)
    return math.exp(0.03 * days) * (1.5 if 7 <= at.hour < 21 else 0.5)


def _steady(_: datetime, __: _Bursts) -> float:
    return 1.0


_KINDS: dict[str, Callable[[datetime, _Bursts], float]] = {
    "office hours": _office,
    "nightly batches": _nightly,
    "growth": _growth,
    "bursts": lambda _, bursts: bursts.rate(),
    "steady": _steady,
}
