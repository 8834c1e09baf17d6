"""What is true of an account now: its level with the causes, and whether it can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from balancewatch.core.reading import Reason


class Level(IntEnum):
    """How bad the balance is, in order."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    EMPTY = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Severity(IntEnum):
    """How loud a notification is, in order. SMS hears `critical` only."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2

    @property
    def word(self) -> str:
        return self.name.lower()


class Cause(StrEnum):
    """Why a level is worse than ok."""

    AMOUNT = "amount"
    """What is left is at or below its limit."""
    RUNWAY = "runway"
    """At the usual spend it may be empty within the hours of the rule."""
    ESTIMATED = "estimated"
    """It cannot be read, and by the usual spend since it must be low by now."""
    NOT_SPENDABLE = "not_spendable"
    """The provider says that it cannot be spent."""


Causes = Mapping[Cause, Level]
"""Every cause that is worse than ok, with its own level; the worst gives the account's."""


def worst(causes: Causes) -> Level:
    return max(causes.values(), default=Level.OK)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is true now. The level is None until the account was ever read."""

    level: Level | None
    causes: Causes
    unreachable: Reason | None
    """The latest reason while the account counts as unreachable; None while it can be read."""

    @property
    def severity(self) -> Severity:
        return Severity.CRITICAL if (self.level or Level.OK) >= Level.CRITICAL else Severity.WARNING
