"""What can be found out about a deployed stack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.core.fields import Problem
from balancewatch.core.reading import Reading
from balancewatch_cli.channels.todos import Tried


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be found out, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role may not do of what its function must, as IAM says."""

    denied: Sequence[str] = ()
    unsure: Sequence[str] = ()
    """What IAM would deny, but only for want of the condition keys in `missing`."""
    missing: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets the messages, without the address."""

    protocol: str
    arn: str
    """An ARN once it is confirmed; else `PendingConfirmation` or `Deleted`."""


@dataclass(frozen=True, slots=True)
class Texting:
    """How this AWS account may send text messages; `limit` is in USD a month."""

    is_sandboxed: bool
    limit: Decimal | Unknown


@dataclass(frozen=True, slots=True)
class TopicTest:
    """What became of a test to the topic: published, or what to do so that it can be."""

    todo: str | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of the stack that tells its topic, if it is on."""

    name: str
    state: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Relay:
    """The function that tells the channels; `state` is Lambda's."""

    state: str
    is_subscribed: bool


@dataclass(frozen=True, slots=True)
class ChannelFact:
    """One channel: what is wrong with it, and what became of its test if one was sent."""

    label: str
    is_enabled: bool
    problems: Sequence[str] = ()
    tried: Tried | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """How much of what was lost waits in a queue."""

    what: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found out about a stack at a time."""

    now: datetime
    interval: timedelta
    readings: Mapping[str, Reading] | Unknown
    problems: Sequence[Problem]
    checked_at: datetime | Unknown | None
    schedule: str | Unknown
    """ENABLED or DISABLED."""
    rights: Mapping[str, Rights | Unknown]
    """Of each function."""
    subscriptions: Sequence[Subscription] | Unknown
    texting: Texting | Unknown | None
    """None where nobody gets text messages."""
    alarms: Sequence[Alarm] | Unknown
    relay: Relay | Unknown | None
    """None where the stack has none, and then it has no channels."""
    channels: Sequence[ChannelFact] | Unknown
    queues: Sequence[Queue] | Unknown
    topic_test: TopicTest | None = None
    """None where none was wanted."""
    is_in_network: bool = False
    """Whether the function runs in a network of the owner's."""
