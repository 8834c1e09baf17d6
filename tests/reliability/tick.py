"""One event that starts a run, with the world that the run finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tests.reliability.facts import Answer
from tests.reliability.faults import Fault
from tests.reliability.wire import Entry

PENDING = "PendingConfirmation"
CONFIRMED = "arn:aws:sns:us-east-1:1:topic:1"


@dataclass(frozen=True, slots=True)
class Tick:
    """One event: a run for a time, with the world that it finds."""

    at: datetime
    starts: datetime
    entries: tuple[Entry, ...]
    answers: Mapping[str, tuple[Answer, ...]]
    nameless: int = 0
    spoiled_secret: str | None = None
    """The secret as it is instead: not JSON, not there."""
    faults: tuple[Fault, ...] = ()
    is_listening: bool = True
    down: frozenset[str] = frozenset()
    """Steps that fail all through this run."""
    before: tuple[tuple[str, str], ...] = ()
    """What happens to states before: `newer`, `garbage` or `lost`, and the account."""
    meanwhile: "Tick | None" = None
    """The run that starts in a call of this one, where a fault says so."""
    kinds: tuple[str, ...] = ()
    """Further faults that this event is, in words: late, repeated, the clock jumps."""


SPOILED_SECRETS: Mapping[str, str | bytes | None] = {
    "secret: not JSON": '{"accounts": [{]}',
    "secret: deleted or without a value": None,
    "secret: binary": b"\x00\x01",
    "secret: blank": "  ",
    "secret: a list instead of an object": "[]",
    "secret: wrong defaults": '{"defaults": {"threshold": "ten"}, "accounts": []}',
}


def figures(amount: str, used: str | None = None) -> Answer:
    """An ordinary answer."""
    return Answer(Decimal(amount), None if used is None else Decimal(used))
