"""What can come from the topic: notifications, an alarm of CloudWatch, or any other text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

MAIN = "main"


class Language(StrEnum):
    EN = "en"
    ZH = "zh"


class Severity(IntEnum):
    INFO = 0
    WARNING = 1
    CRITICAL = 2

    @property
    def word(self) -> str:
        return self.name.lower()


class Kind(StrEnum):
    """What it is about: those of docs/notification.schema.json, and what comes besides."""

    LOW_BALANCE = "low_balance"
    UNREACHABLE = "unreachable"
    REMOVED = "removed"
    ALARM = "alarm"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification of the stack, after docs/notification.schema.json."""

    id: str
    kind: Kind
    severity: Severity
    is_over: bool
    team: str
    account: str
    labels: tuple[str, ...]
    language: Language
    subject: str
    text: str
    link: str | None
    facts: Mapping[str, Json] = field(repr=False)
    """The notification as it came, for programs."""
    is_test: bool = False
    """Whether somebody only tries what it would look like."""

    @property
    def full_name(self) -> str:
        return self.account if self.team == MAIN else f"{self.team}/{self.account}"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A change of a CloudWatch alarm; `state` is ALARM, OK or INSUFFICIENT_DATA."""

    name: str
    state: str
    description: str
    reason: str
    arn: str


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody else published."""

    text: str


News = tuple[Notification, ...] | Alarm | Text


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message of the topic. `id` is the topic's own: each attempt to hand it over has the same."""

    id: str
    subject: str
    news: News
