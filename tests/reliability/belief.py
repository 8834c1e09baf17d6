"""What a run is to the world, and what a person believes of an account: what the observer keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.reliability.facts import OK, Answer, Rules, Truth
from tests.reliability.hold import Hold, hold


@dataclass(slots=True)
class Broken:
    """A promise that did not hold."""

    promise: str
    account: str
    why: str


@dataclass(slots=True)
class Run:
    """One run as the world sees it."""

    at: datetime
    began: datetime
    rules: Mapping[str, Rules]
    """Of the accounts in the secret."""
    answers: Mapping[str, tuple[Answer, ...]]
    has_nameless: bool = False
    is_listening: bool = True
    """Whether anyone has confirmed a subscription, as far as AWS would say."""
    interval: timedelta = timedelta(hours=1)
    """How far scheduled times lie apart."""
    known: dict[str, Truth] = field(default_factory=dict)
    """What was true of each account when the run read its states."""
    truths: dict[str, Truth] = field(default_factory=dict)
    """What is true of each account, once the providers were asked."""
    heard: set[tuple[str, str]] = field(default_factory=set)
    is_contradicted: bool = False
    """Whether SNS answered with an error what it had taken: then it may be sent again, one by one."""

    def hold(self, name: str) -> Hold:
        """What must not be said of an account now."""
        return hold(self.rules[name], self.began, self.interval) if name in self.rules else ""


@dataclass(slots=True)
class Part:
    """What was last heard of one part of an account: how low it is, or whether it can be read."""

    what: Any = None
    """The level or the reason; None where it is well, or nothing was ever heard."""
    words: tuple[str, Any] | None = None
    id: str = ""
    at: datetime | None = None
    loudest: int = 0
    """The loudest message since the part was last well."""
    is_steady: bool = True
    """Whether the truth has been exactly this ever since."""


@dataclass(slots=True)
class Heard:
    """What a person believes of one account."""

    low: Part = field(default_factory=Part)
    reach: Part = field(default_factory=Part)
    followed: int = 3
    """The level that a person expects who saw the top-up or made the edit themselves."""
    least: int = 3
    """The lowest level that was true since the last message about it."""
    has_reason: bool = False
    is_estimate: bool = False
    """Whether the last message about it rested on an estimate."""
    topped_up: bool = False
    whys: frozenset[str] = frozenset()
    """All that happened since the last message that may have ended what it said."""
    is_by_runway: bool = False
    """Whether nothing but its runway explains why it still counts as low."""
    removed: str | None = None
    """The id of the message that said so, while nothing was heard since."""
    is_unsure: bool = False
    """Whether a run died, or SNS or the table failed it, while it told; and none ended well since."""
    open: list[Run] = field(default_factory=list)
    """Runs since the last comparison: what they saw and could not tell for certain may be told later."""
    was_away: bool = False
    """Whether it was out of the secret since then: what is told then has a new id."""

    @property
    def believed(self) -> int:
        """How low a person takes it to be."""
        return min(self.low.what or OK, self.followed)
