"""One account as its owner wrote it, checked: what to ask, its rules, its words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from balancewatch.core.profile import Profile
from balancewatch.core.reading import Reason
from balancewatch.core.token import Token

UTC = ZoneInfo("UTC")
_LONGEST = 500
_PATIENCE = {Reason.UNAUTHORIZED: 2, Reason.FORBIDDEN: 2}


class Language(StrEnum):
    """The languages of the messages."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True, slots=True)
class Percentage:
    """A limit as a share of the base, 0 to 100."""

    percent: Decimal


Limit = Decimal | Percentage


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of local time, over midnight where `start` is later than `end`."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Rules:
    """What an account, or `defaults`, may say besides whom to ask and with what."""

    title: str | None = None
    base_url: str | None = None
    allow_http: bool = False
    threshold: Limit | None = None
    critical_threshold: Limit | None = None
    runway_hours: Decimal = Decimal(48)
    critical_runway_hours: Decimal = Decimal(12)
    unit: str | None = None
    scale: Decimal | None = None
    failures: int | None = None
    repeat_hours: Decimal = Decimal(24)
    quiet: QuietHours | None = None
    mute_until: datetime | None = None
    timezone: ZoneInfo = UTC
    language: Language = Language.EN
    labels: tuple[str, ...] = ()
    top_up_url: str | None = None

    def failures_before(self, reason: Reason) -> int:
        """How many failed runs in a row, the last for this reason, make an account unreachable."""
        if reason is Reason.MISCONFIGURED:
            return 1
        return self.failures or _PATIENCE.get(reason, 3)


@dataclass(frozen=True, slots=True)
class Account:
    """One credential at one provider, with its rules."""

    name: str
    team: str
    profile: Profile
    token: Token
    base_url: str
    rules: Rules = Rules()
    params: Mapping[str, str | Token] = field(default_factory=dict)

    @property
    def provider(self) -> str:
        return self.profile.name

    @property
    def open_params(self) -> Mapping[str, str]:
        """The parameters that are no secret."""
        return {name: value for name, value in self.params.items() if isinstance(value, str)}

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The credential and every secret parameter."""
        return (self.token, *(value for value in self.params.values() if isinstance(value, Token)))


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """An account that cannot be asked as written. Its rules are those that could be read."""

    name: str
    team: str
    provider: str | None
    problems: tuple[tuple[str, str], ...]
    """Pairs of a field and what is wrong with it."""
    rules: Rules = Rules()

    @property
    def mistakes(self) -> str:
        """What is wrong, in one line of at most 500 characters."""
        words = "; ".join(f"`{name}` {problem}" for name, problem in self.problems)
        return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."


Entry = Account | Misconfigured


MAIN = "main"
"""The team of the stack's own secret."""


def full_name(team: str, name: str) -> str:
    """The name of an account among all teams."""
    return name if team == MAIN else f"{team}/{name}"
