"""What an event asks for: a run for its scheduled time, or, by hand, for now."""

from collections.abc import Mapping
from datetime import UTC, datetime

_WANTED = "the event's `at` must be a time such as 2026-11-22T04:00:00Z"


class EventError(ValueError):
    """An event whose `at` is no time."""


def scheduled_time(event: Mapping[str, object], now: datetime) -> datetime:
    """The event's `at`, to the second, in UTC; now where there is none. Raises `EventError`."""
    match event.get("at"):
        case None | "<aws.scheduler.scheduled-time>":
            at = now
        case str() as text:
            at = _parsed(text)
        case _:
            raise EventError(_WANTED)
    return at.astimezone(UTC).replace(microsecond=0)


def _parsed(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise EventError(_WANTED) from None
