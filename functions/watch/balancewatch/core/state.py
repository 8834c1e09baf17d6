"""What is remembered of an account between runs, and what people last heard of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from balancewatch.core.account import Language
from balancewatch.core.reading import Reason, Units
from balancewatch.core.spending import Spending
from balancewatch.core.verdict import Causes, Level, Severity


class Status(StrEnum):
    """Whether something began, goes on, or is over."""

    FIRING = "firing"
    REPEATED = "repeated"
    RESOLVED = "resolved"


class Why(StrEnum):
    """Why a low balance is over."""

    TOPPED_UP = "topped_up"
    RISEN = "risen"
    EDITED = "edited"
    SPENDS_LESS = "spends_less"
    SPENDABLE = "spendable"
    ESTIMATE = "estimate"
    UNLIMITED = "unlimited"
    NEW_UNIT = "new_unit"

    @property
    def comes_by_itself(self) -> bool:
        """Whether it is nothing that anyone did, and so nobody knows of it."""
        return self in (Why.RISEN, Why.SPENDS_LESS)


@dataclass(frozen=True, slots=True)
class Relief:
    """Why a low balance is over, and by how much it rose, in the unit."""

    why: Why
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What every part of told has: `sure` means that SNS accepted exactly this last."""

    status: Status
    worst: Severity
    """The worst severity since the part was last well."""
    id: str
    """Empty where what is told next must have a new one."""
    at: datetime
    """The scheduled time of the last attempt."""
    sure: bool


@dataclass(frozen=True, slots=True)
class ToldLevel(Told):
    """What people last heard of the level, and what happened since."""

    level: Level
    unit: str | None = None
    lowest: Decimal | None = None
    """The least amount since, in the unit."""
    topped_up: Decimal = Decimal(0)
    relief: Relief | None = None


@dataclass(frozen=True, slots=True)
class ToldReach(Told):
    """What people last heard of whether the account can be read; no reason means that it can."""

    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Removal:
    """That the account is not in the secret any more, while it is not sure that people heard it."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The last balance that was read; `remaining` is None where it was unlimited."""

    at: datetime
    remaining: Decimal | None
    used: Decimal | None
    unit: str
    scale: Decimal
    base: Decimal | None
    threshold: Decimal | None
    """The provider's own threshold when it last gave one."""


@dataclass(frozen=True, slots=True)
class TopUp:
    """The last top-up: when it was seen, and by how much the balance rose, in the unit."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Reach:
    """How reading went lately. `lost` means that the account counts as unreachable."""

    lost: bool = False
    failures: int = 0
    """Failed runs in a row."""
    since: datetime | None = None
    """The scheduled time of the first of them."""
    reason: Reason | None = None
    """The latest reason."""
    same: int = 0
    """How many of the last failed runs, in a row, had this reason."""
    good: int = 0
    """Good readings in a row since the last failure, while lost."""


@dataclass(frozen=True, slots=True)
class State:
    """One account's memory. `at` is the scheduled time of the last run that counted."""

    name: str
    at: datetime | None = None
    title: str = ""
    language: Language = Language.EN
    timezone: str = "UTC"
    provider: str | None = None
    seen: Seen | None = None
    spending: Spending | None = None
    suspect: Decimal | None = None
    """An implausible amount that nothing has confirmed yet."""
    rules: str = ""
    """A digest of the rules by which the causes were last judged."""
    causes: Causes = field(default_factory=dict)
    reach: Reach = Reach()
    told_level: ToldLevel | None = None
    told_reach: ToldReach | None = None
    removal: Removal | None = None
    units: Units | None = None
    """How the account's gateway counts, where it publishes that."""
    limit: Decimal | None = None
    """At or below which it is low, as last judged, in the unit; so that a look at it needs no secret."""
    top_up: TopUp | None = None

    @property
    def is_at_rest(self) -> bool:
        """Whether it can be read, and people know so for certain if they ever heard otherwise."""
        told = self.told_reach
        return not self.reach.lost and (told is None or (told.sure and told.reason is None))


Thresholds = Mapping[str, Decimal]
"""The stack's default thresholds by unit."""
