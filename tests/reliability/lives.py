"""Accounts as their providers know them: spent, topped up, hovering at a limit, failing for a while."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from tests.reliability.facts import DEFAULTS, Answer, Rules
from tests.reliability.wire import BAD_BODIES, STATUSES, UNANSWERED, Entry

_CENT = Decimal("0.01")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What an account spends in an hour: always the same, or three times as much by day."""

    hourly: Decimal
    is_by_day: bool = False

    def spent(self, start: datetime, end: datetime) -> Decimal:
        """Between two times."""
        spent = Decimal(0)
        while start < end:
            stop = min(end, start.replace(minute=0, second=0, microsecond=0) + _HOUR)
            spent += self._in_hour(start) * Decimal((stop - start).total_seconds()) / 3600
            start = stop
        return spent

    def lasts(self, amount: Decimal, at: datetime) -> float:
        """For how many hours an amount lasts from then on."""
        days, amount = divmod(max(amount, Decimal(0)), self.hourly * 24)
        hours = 0
        while amount > 0:
            amount -= self._in_hour(at + timedelta(hours=hours))
            hours += 1
        return float(days * 24 + hours)

    def _in_hour(self, at: datetime) -> Decimal:
        if not self.is_by_day:
            return self.hourly
        return self.hourly * (Decimal("1.5") if 8 <= at.hour < 20 else Decimal("0.5"))


@dataclass
class Life:
    """One account as its provider knows it, and as its owner wrote it."""

    entry: Entry
    amount: Decimal
    used: Decimal = Decimal(0)
    tells_used: bool = True
    failing: tuple[str, str] | None = None
    for_runs: int = 0
    mood: str = "spends"
    is_listed: bool = True
    pace: Pace | None = None
    """Where it is spent steadily."""
    lived_until: datetime | None = None

    def answers(self, rng: random.Random, at: datetime) -> tuple[Answer, ...]:
        """What the provider says in the next run, first and, if asked again, then."""
        if self.pace is None:
            self._live(rng)
        else:
            self._live_steadily(rng, self.pace, at)
        if self.for_runs > 0 and self.failing is not None:
            self.for_runs -= 1
            reason, form = self.failing
            return (Answer(reason=reason, form=form),)
        answer = self._plain(rng)
        if self.pace is not None:
            answer = replace(answer, lasts=self.pace.lasts(self.amount, at))
        if self.mood == "blocked" and rng.random() < 0.5:
            return (Answer(spendable=False, form=rng.choice(["", "too often"])),)
        if rng.random() < (0.04 if self.pace is None else 0.01):
            return self._doubtful(rng, replace(answer, lasts=None))
        return (answer,)

    def _plain(self, rng: random.Random) -> Answer:
        provider = self.entry.provider
        own: Decimal | Literal[False] | None = None
        if provider == "aihubmix":
            own = rng.choice([Decimal(20), Decimal(20), Decimal(20), None, None, False])
        return Answer(
            None if self.mood == "unlimited" else self.amount,
            self.used if self.tells_used else None,
            spendable=None
            if rng.random() < 0.05 and provider != "gcc-ai"
            else provider == "gcc-ai" or self.mood != "blocked",
            unlimited=self.mood == "unlimited",
            threshold=own,
            form=rng.choice(["", "", "", "text", "marked"]),
        )

    def _doubtful(self, rng: random.Random, answer: Answer) -> tuple[Answer, ...]:
        """Nearly all is gone at once, and the figure of what was used does not say so."""
        if answer.amount is None:
            return (answer,)
        first = replace(answer, amount=rng.choice([Decimal(0), _cut(self.amount / 20), Decimal(-1)]))
        second = rng.choice(
            [
                first,
                replace(first, amount=(first.amount or Decimal(0)) - _CENT),
                replace(first, amount=(first.amount or Decimal(0)) + _CENT),
                answer,
                Answer(reason="timeout"),
                Answer(reason="server_error"),
                Answer(reason="bad_answer", form="cut JSON"),
            ]
        )
        return first, second

    def _live(self, rng: random.Random) -> None:
        """An interval of life."""
        if self.for_runs == 0 and rng.random() < 0.09:
            self.failing, self.for_runs = _failure(rng), rng.choice([1, 1, 2, 2, 3, 3, 4, 6, 12])
        elif self.for_runs > 0 and rng.random() < 0.15:
            self.failing = _failure(rng)
        if self.mood in ("blocked", "unlimited") and rng.random() < 0.4:
            self.mood = "spends"
        chance = rng.random()
        if chance < 0.78:
            self._fall(rng, chance)
        elif chance < 0.92:
            self._rise(rng, chance)
        elif chance < 0.95:
            self._spend(self.amount - rng.choice([Decimal(0), Decimal(-3), Decimal("0.02")]))
        elif chance < 0.97:
            self.mood = "blocked"
        elif chance < 0.98:
            self.mood = "unlimited" if self.entry.provider == "gcc-ai" else self.mood
        elif chance < 0.99:
            self.tells_used = not self.tells_used

    def _live_steadily(self, rng: random.Random, pace: Pace, at: datetime) -> None:
        """An interval of a life at one pace: topped up now and then, unreadable for a day at times."""
        if self.for_runs == 0 and rng.random() < 0.03:
            self.failing, self.for_runs = _failure(rng), rng.choice([1, 2, 4, 8, 12])
        if self.mood == "blocked" and rng.random() < 0.4:
            self.mood = "spends"
        if self.lived_until is not None and at > self.lived_until:
            # What providers answer has six decimal places at most.
            self._spend(pace.spent(self.lived_until, at).quantize(Decimal("0.0001")))
        self.lived_until = at if self.lived_until is None else max(at, self.lived_until)
        if rng.random() < (0.15 if self.amount < pace.hourly * 8 else 0.01):
            self.amount += _cut(pace.hourly * rng.choice([3, 30, 100, 300]) + 1)
        elif rng.random() < 0.005:
            self.mood = "blocked"

    def _fall(self, rng: random.Random, chance: float) -> None:
        """Usual spending, hovering around a limit, or down to just below one."""
        limit = rng.choice(_limits(self.entry.rules))
        if chance < 0.45:
            self._spend(_cut(self.amount * rng.choice([0, 0, 1, 3, 10]) / 100))
        elif chance < 0.68:
            shares = ["0.98", "0.999", "1", "1.001", "1.02", "1.049", "1.05", "1.051", "1.08"]
            around = _cut(limit * Decimal(rng.choice(shares)))
            cents = Decimal(rng.choice(["0", "0.01", "0.04", "0.06", "0.3", "-0.01"]))
            self._spend(self.amount - (around if limit else cents))
        else:
            self._spend(self.amount - _cut(limit * rng.randrange(30, 100) / 100))

    def _rise(self, rng: random.Random, chance: float) -> None:
        """A top-up of some size, or what a gateway gives back."""
        if chance < 0.86:
            self.amount += rng.choice([Decimal(1), Decimal(5), Decimal(20), Decimal(50), Decimal(200)])
        else:
            self.amount += rng.choice([_CENT, Decimal("0.09"), Decimal("0.3"), Decimal("0.9")])

    def _spend(self, spent: Decimal) -> None:
        self.amount -= spent
        self.used += max(spent, Decimal(0))


def _cut(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)


def _limits(rules: Rules) -> list[Decimal]:
    warning = (
        rules.threshold if isinstance(rules.threshold, Decimal) else DEFAULTS.get(rules.unit, Decimal(10))
    )
    return [warning, warning / 4, Decimal(0)]


def _failure(rng: random.Random) -> tuple[str, str]:
    reason = rng.choice([*UNANSWERED, *STATUSES, *STATUSES, "bad_answer", "bad_answer"])
    if reason == "bad_answer":
        return reason, rng.choice(list(BAD_BODIES))
    return reason, str(rng.choice(STATUSES[reason])) if reason in STATUSES else ""
