"""Spend over time to forecast on: traces from a folder, and synthetic ones."""

import csv
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

STEP = timedelta(minutes=15)
STEPS_AN_HOUR = 4
STEPS_A_DAY = 96
A_DAY = 10.0
"""What every trace spends on average, in the unit, a day."""

_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
_DAYS = 126


@dataclass(frozen=True, slots=True)
class Trace:
    """What an account spends in each 15 minutes, scaled to 10.00 a day."""

    name: str
    start: datetime
    steps: tuple[float, ...]
    is_synthetic: bool = False


def traces_in(folder: Path) -> list[Trace]:
    """The traces of a folder: every `*.csv` with the columns `timestamp,value`."""
    return [_read(path) for path in sorted(folder.glob("*.csv"))]


def generated() -> list[Trace]:
    """The synthetic traces: each a way in which programs spend."""
    return [_generated(name, rate) for name, rate in _RATES.items()]


def _read(path: Path) -> Trace:
    """A value is the mean rate from its timestamp to the next; in a gap the rate stays as it was."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [(_at(row["timestamp"]), float(row["value"])) for row in csv.DictReader(file)]
    gaps = [after - at for (at, _), (after, _) in pairwise(rows)]
    ends = [at for at, _ in rows[1:]] + [rows[-1][0] + min(gaps)]
    rates: list[float] = []
    for (at, value), end in zip(rows, ends, strict=True):
        rates += [value] * round((end - at) / STEP)
    return Trace(path.stem, rows[0][0], _scaled(rates))


def _at(text: str) -> datetime:
    at = datetime.fromisoformat(text.strip())
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _scaled(rates: Sequence[float]) -> tuple[float, ...]:
    rates = [max(rate, 0.0) for rate in rates]
    factor = A_DAY * len(rates) / STEPS_A_DAY / sum(rates)
    return tuple(rate * factor for rate in rates)


def _generated(name: str, rate: Callable[[random.Random], Iterator[float]]) -> Trace:
    # Text seeds are the same in every process, and for every version of Python.
    rates = rate(random.Random(f"trace {name}"))
    steps = [next(rates) for _ in range(_DAYS * STEPS_A_DAY)]
    return Trace(name, _MONDAY, _scaled(steps), is_synthetic=True)


def _clock() -> Iterator[tuple[float, float, int]]:
    """Days since the start, hour of the day, day of the week, step by step."""
    for step in range(_DAYS * STEPS_A_DAY):
        yield step / STEPS_A_DAY, step % STEPS_A_DAY / STEPS_AN_HOUR, step // STEPS_A_DAY % 7


def _noise(chance: random.Random, size: float, memory_h: float) -> Iterator[float]:
    """A factor around 1 whose logarithm wanders: its deviation, and how long it remembers, in hours."""
    keep = math.exp(-1 / (memory_h * STEPS_AN_HOUR))
    state = chance.gauss(0, size)
    while True:
        yield math.exp(state - size * size / 2)
        state = keep * state + math.sqrt(1 - keep * keep) * chance.gauss(0, size)


def _office_hours(chance: random.Random) -> Iterator[float]:
    """A team at work from 8 to 18 o'clock, lunch, nearly nothing at night and at weekends."""
    slow, fast = _noise(chance, 0.15, 48), _noise(chance, 0.4, 0.5)
    for _, hour, day in _clock():
        at_work = 8 <= hour < 18 and day < 5
        yield (0.03 + at_work * (0.5 if 12 <= hour < 13 else 1.0)) * next(slow) * next(fast)


def _nightly_batches(chance: random.Random) -> Iterator[float]:
    """A job from 1 o'clock for some three hours, longer on Sundays, and a little all day."""
    fast = _noise(chance, 0.3, 1)
    length = 3.0
    for _, hour, day in _clock():
        if hour == 0:
            length = chance.uniform(2, 4) * (2 if day == 6 else 1)
        yield (0.05 + (1 <= hour < 1 + length)) * next(fast)


def _growth(chance: random.Random) -> Iterator[float]:
    """People all over the day, 10 % more every week, weekends at two thirds."""
    slow, fast = _noise(chance, 0.1, 72), _noise(chance, 0.25, 1)
    for days, hour, day in _clock():
        daily = 1 + 0.8 * math.sin((hour - 9) / 24 * math.tau)
        yield daily * (0.67 if day > 4 else 1.0) * 1.1 ** (days / 7) * next(slow) * next(fast)


def _bursts(chance: random.Random) -> Iterator[float]:
    """Nearly nothing, and at random, some three times in four days, hours of very much."""
    left, height = 0.0, 0.0
    for _ in _clock():
        if left <= 0 and chance.random() < 0.75 / STEPS_A_DAY:
            left, height = chance.expovariate(1 / (3 * STEPS_AN_HOUR)), chance.lognormvariate(0, 1)
        left -= 1
        yield 0.01 + (height if left > 0 else 0.0)


_RATES: dict[str, Callable[[random.Random], Iterator[float]]] = {
    "office hours": _office_hours,
    "nightly batches": _nightly_batches,
    "growth": _growth,
    "bursts": _bursts,
}
