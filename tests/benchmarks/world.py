"""One account's truth and its troubles, run by run: the same for every rule, whatever the rule says."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from balancewatch.core.reading import Reason
from tests.benchmarks.demand import STEP, STEPS_A_DAY, Demand

THRESHOLD = Decimal(10)
"""A day's spend on average."""
_CENT = Decimal("0.01")
_HOLD = 0.3
"""The most that a gateway holds back for requests that are under way."""
_TOP_UP_AFTER = (8, 24, 3)
"""Hours that the owner takes to top up what is empty, in turn."""


class Death(StrEnum):
    """Why nothing can be read for a long time."""

    OUTAGE = "a day's outage"
    REVOKED = "a revoked token"
    GONE = "a provider that is gone"


class Kill(StrEnum):
    """Where a run dies."""

    BEFORE_SENDING = "after keeping, before sending"
    AFTER_SENDING = "after sending one message, before noting it"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says; `missing` is an answer without the field, `brief` is right when asked again."""

    remaining: Decimal
    used: Decimal | None
    missing: bool = False
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run: when it was due and when it was, what it reads, and what goes wrong with it."""

    at: datetime
    now: datetime
    truth: float
    right: Answer
    """What a right answer would be."""
    answer: Answer | Reason
    is_missed: bool = False
    killed: Kill | None = None
    refuses: bool = False
    """Whether every message of this run is refused."""


@dataclass(frozen=True, slots=True)
class Descent:
    """From one top-up to the next, as indexes of runs; `empty` is the first run with nothing left."""

    start: int
    end: int
    empty: int | None
    is_low: bool
    """Whether it was at the threshold or below before it ended."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A stretch of runs in which nothing can be read, for `death`."""

    start: int
    end: int
    death: Death


@dataclass(frozen=True, slots=True)
class World:
    """An account's life."""

    name: str
    runs: Sequence[Run]
    wanted_by: Sequence[float]
    """What the series spends before each run, in sum, whatever happens to the provider."""
    descents: Sequence[Descent]
    dead: Sequence[Dead]
    faults: dict[str, int] = field(default_factory=dict)

    def lasts(self, index: int, hours: float) -> bool:
        """Whether what is left at a run covers what is spent in the hours after it, without any top-up."""
        last = min(index + int(hours * STEPS_A_DAY / 24), len(self.wanted_by) - 1)
        return self.wanted_by[last] - self.wanted_by[index] < self.runs[index].truth


def worlds(demands: Sequence[Demand], seed: int) -> Iterator[World]:
    """Two accounts for each series: credit for 5 days without `used`, for 10 days with it."""
    for number, demand in enumerate(demands):
        for days, has_used in ((5, False), (10, True)):
            yield _world(demand, days, seed, has_used=has_used, is_gone=(number + days // 10) % 2 == 1)


def _world(demand: Demand, days: int, seed: int, *, has_used: bool, is_gone: bool) -> World:
    chance = random.Random(f"{seed} {demand.name} {days}")  # a world, no secret
    count = len(demand.spent)
    dead = _deaths(chance, count, is_gone=is_gone)
    stopped = {step for each in dead if each.death is Death.GONE for step in range(each.start, each.end)}
    spent = [0.0 if step in stopped else amount for step, amount in enumerate(demand.spent)]
    truths, used, descents, refunds = _life(chance, spent, credit=10.0 * days)
    faults = _Faults(chance, count, dead)
    runs = []
    for index in range(count):
        held = chance.uniform(0, _HOLD) if chance.random() < 1 / 2 else 0.0
        right = Answer(_cents(truths[index] - held), _cents(used[index]) if has_used else None)
        runs.append(faults.run(index, demand.start + STEP * index, truths[index], right))
    wanted_by = list(itertools.accumulate(demand.spent, initial=0.0))
    counts = {**faults.counts, "refunds": refunds}
    return World(f"{demand.name}, {days} days", runs, wanted_by, descents, dead, counts)


def _cents(amount: float) -> Decimal:
    return Decimal(amount).quantize(_CENT)


def _deaths(chance: random.Random, count: int, *, is_gone: bool) -> list[Dead]:
    """A day's outage in the second quarter of the life, and from its middle on a week without an answer."""
    quarter, week = count // 4, 7 * STEPS_A_DAY
    outage = quarter + chance.randrange(max(quarter - STEPS_A_DAY, 1))
    dead = 2 * quarter + chance.randrange(max(2 * quarter - week - 2 * STEPS_A_DAY, 1))
    death = Death.GONE if is_gone else Death.REVOKED
    return [
        Dead(outage, min(outage + STEPS_A_DAY, count), Death.OUTAGE),
        Dead(dead, min(dead + week, count), death),
    ]


def _life(
    chance: random.Random, spent: Sequence[float], credit: float
) -> tuple[list[float], list[float], list[Descent], int]:
    """Balances, what was used, ways down and refunds.

    Every third way down is topped up before it is empty, when half of the threshold is left; the others some
    hours after they are empty. While there is nothing, nothing is spent beyond it.
    """
    left, total, refunds = credit, 0.0, 0
    truths: list[float] = []
    used: list[float] = []
    descents: list[Descent] = []
    start, empty, is_low, due = 0, None, False, None
    for index, amount in enumerate(spent):
        is_early = len(descents) % 3 == 2 and left <= float(THRESHOLD) / 2  # every third
        if is_early or (due is not None and index >= due):
            descents.append(Descent(start, index, empty, is_low))
            left = max(left, 0.0) + credit * chance.uniform(0.8, 1.2)
            start, empty, is_low, due = index, None, False, None
        truths.append(left)
        used.append(total)
        is_low = is_low or left <= float(THRESHOLD)
        if left <= 0 and empty is None:
            empty = index
            hours = _TOP_UP_AFTER[len(descents) % len(_TOP_UP_AFTER)]
            due = index + hours * STEPS_A_DAY // 24
        paid = min(amount, max(left, 0.0))
        left -= paid
        total += paid
        if left > 0 and chance.random() < 1 / (3 * STEPS_A_DAY):
            left += credit * chance.uniform(0.005, 0.03)
            refunds += 1
        left = 0.0 if left < float(_CENT) else left
    return truths, used, descents, refunds


class _Faults:
    """What goes wrong when, by chance."""

    def __init__(self, chance: random.Random, count: int, dead: Sequence[Dead]) -> None:
        self.counts: dict[str, int] = {}
        self._chance = chance
        self._dead = dead
        self._burst = 0
        self._refused = _refused(chance, count)

    def run(self, index: int, at: datetime, truth: float, right: Answer) -> Run:
        """The run with its troubles."""
        chance = self._chance
        late = self._happens("late runs", 0.03)
        killed = None
        if self._happens("killed runs", 0.01):
            killed = chance.choice(list(Kill))
        refuses = index in self._refused
        if refuses:
            self.counts["runs whose messages are refused"] = (
                self.counts.get("runs whose messages are refused", 0) + 1
            )
        return Run(
            at=at,
            now=at + (timedelta(minutes=8) if late else timedelta(seconds=5)),
            truth=truth,
            right=right,
            answer=self._answer(index, right),
            is_missed=self._happens("missed runs", 0.005),
            killed=killed,
            refuses=refuses,
        )

    def _answer(self, index: int, right: Answer) -> Answer | Reason:
        found: Answer | Reason = right
        if self._burst == 0 and self._happens("bursts of failures", 0.003):
            self._burst = self._chance.randint(2, 6)
        if self._burst:
            self._burst -= 1
            found = Reason.RATE_LIMITED
        elif self._happens("single failures", 0.01):
            found = self._chance.choice([Reason.TIMEOUT, Reason.SERVER_ERROR, Reason.CONNECTION])
        elif self._happens("answers without the field", 0.003):
            found = Answer(Decimal(0), right.used, missing=True)
        elif self._happens("zeros, right when asked again", 0.002):
            found = Answer(Decimal(0), right.used, brief=True)
        elif self._happens("zeros for a whole run", 0.0005):
            found = Answer(Decimal(0), right.used)
        for each in self._dead:
            if each.start <= index < each.end:
                return _REASONS[each.death]
        return found

    def _happens(self, name: str, likelihood: float) -> bool:
        happened = self._chance.random() < likelihood
        self.counts[name] = self.counts.get(name, 0) + happened
        return happened


_REASONS = {
    Death.OUTAGE: Reason.SERVER_ERROR,
    Death.REVOKED: Reason.UNAUTHORIZED,
    Death.GONE: Reason.DNS,
}


def _refused(chance: random.Random, count: int) -> set[int]:
    """Runs whose messages are refused: 2 of 100 by themselves, and an hour every third day."""
    alone = {index for index in range(count) if chance.random() < 1 / 50}
    hours = [chance.randrange(count) for _ in range(count // (3 * STEPS_A_DAY))]
    return alone | {index for hour in hours for index in range(hour, hour + STEPS_A_DAY // 24)}
