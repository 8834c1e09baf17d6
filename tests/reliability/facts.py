"""What the observer knows of an account: its rules, what its provider answered, and what is true of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

OK, WARNING, CRITICAL, EMPTY = range(4)
LEVELS = ("ok", "warning", "critical", "empty")
DEFAULTS = {"USD": Decimal(10), "CNY": Decimal(70)}
"""The stack's thresholds, for accounts that have none of their own or of their provider."""
OWNERS = frozenset(
    {
        *("misconfigured", "unauthorized", "forbidden", "not_found"),
        *("rejected", "redirected", "blocked_address", "too_large"),
    }
)
"""Reasons that the owner of an account must mend."""
_PATIENCE = {"unauthorized": 2, "forbidden": 2}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the owner wrote of an account; a threshold is a number, or text such as `20%`."""

    threshold: Decimal | str | None = None
    critical: Decimal | str | None = None
    unit: str = "USD"
    divide: Decimal = Decimal(1)
    """By how much more than usual the provider's figures are divided (the field `scale`)."""
    usual: int = 1
    """By what they are divided usually: another account may come under the name of this one."""
    failures: int | None = None
    repeat_hours: Decimal = Decimal(24)
    runway: Decimal = Decimal(0)
    """Warning when it may be empty within so many hours; 0 is no rule."""
    quiet: tuple[str, str] | None = None
    mute_until: datetime | None = None
    zone: str = "UTC"
    wrong: bool = False
    """Whether the account cannot be asked as it is written."""

    def patience(self, reason: str) -> int:
        return 1 if reason == "misconfigured" else self.failures or _PATIENCE.get(reason, 3)

    @property
    def by(self) -> Decimal:
        """By what the provider's figures are divided."""
        return self.usual * self.divide

    @property
    def judging(self) -> tuple[object, ...]:
        """The rules by which amounts are judged; a change of them is an edit."""
        return self.threshold, self.critical, self.unit, self.divide, self.runway


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said: figures, or the reason why there are none."""

    amount: Decimal | None = None
    used: Decimal | None = None
    reason: str | None = None
    spendable: bool | None = True
    unlimited: bool = False
    threshold: Decimal | Literal[False] | None = None
    """The provider's own; False: it says that it has none; None: it says nothing."""
    lasts: float | None = None
    """Hours until it is truly empty, where it is spent at one pace; None: nobody can say."""
    form: str = ""
    """How it looks on the wire, where it can look in several ways."""

    @property
    def is_mute(self) -> bool:
        """Whether it says nothing of amounts, only that nothing can be spent."""
        return self.amount is None and not self.unlimited

    def scaled(self, divide: Decimal) -> "Answer":
        def part(number: Decimal | None) -> Decimal | None:
            return None if number is None else number / divide

        own = self.threshold if self.threshold is False else part(self.threshold)
        return replace(self, amount=part(self.amount), used=part(self.used), threshold=own)


@dataclass(frozen=True, slots=True)
class Truth:
    """One account after the last run whose state was kept."""

    at: datetime | None = None
    current: Decimal | None = None
    """The amount that this very run read; None where it read none."""
    is_good: bool = False
    """Whether this very run read the account."""
    read_at: datetime | None = None
    """When the amount was read."""
    amount: Decimal | None = None
    used: Decimal | None = None
    unit: str = ""
    by: Decimal = Decimal(1)
    base: Decimal | None = None
    given: Decimal | None = None
    """The provider's own threshold, when it last gave one."""
    suspect: Decimal | None = None
    """A sudden fall that nothing has confirmed."""
    judged: tuple[object, ...] | None = None
    was_read: bool = False
    low: int = OK
    high: int = OK
    """The least and the most that the amount's level can be."""
    blocked: bool = False
    """Whether the provider says that it cannot be spent."""
    may_follow: bool = False
    """Whether this run saw a top-up, an edit or the end of a block: a better level that people know of."""
    must_follow: bool = False
    """The same, where the level surely rested on nothing else."""
    topped_up: bool = False
    lost: bool = False
    reason: str | None = None
    failures: int = 0
    same: int = 0
    good: int = 0
    whys: frozenset[str] = frozenset()
    """Why this run may have ended a low balance."""
    known_from: datetime | None = None
    known_for: timedelta = timedelta(0)
    """For how long its spending has been read."""
    paced_from: datetime | None = None
    """Since when it is spent at one pace."""
    near: int = 0
    """In how many runs in a row it was truly about to end, by the rule on runways."""
    soon: tuple[int, int] = (OK, OK)
    """The least and the most that the level can be by its runway."""
    may_estimate: bool = False
    """Whether it cannot be read, and enough was known to say where it must be by now."""
    is_loose: bool = False
    """Whether the rules or the clock changed since, so that an earlier estimate may have been worse."""

    @property
    def least(self) -> int:
        return EMPTY if self.blocked else max(self.low, self.soon[0])

    @property
    def most(self) -> int:
        return EMPTY if self.blocked else max(self.high, self.soon[1])

    @property
    def worst(self) -> int:
        """The most that may be told: while it cannot be read, an estimate may be worse."""
        return EMPTY if self.may_estimate else self.most
