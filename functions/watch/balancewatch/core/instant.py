"""A provider's time, in whatever form it comes."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from balancewatch.core.amount import amount_of
from balancewatch.core.selection import TimeForm

_MILLISECONDS_FROM = Decimal("1e11")
"""The epoch's seconds are less until the year 5138, its milliseconds more since 1973."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST = 40


def instant_of(value: object, form: TimeForm, asked_at: datetime) -> datetime | None:
    """The time in UTC, to the second; None where there is none, or none that can be meant."""
    try:
        found = _read(value, form, asked_at)
    except (ValueError, OverflowError):
        return None
    if found is None or not _EARLIEST <= found <= _LATEST:
        return None
    return found.replace(microsecond=0)


def _read(value: object, form: TimeForm, asked_at: datetime) -> datetime | None:
    number = amount_of(value)
    match form:
        case TimeForm.SECONDS | TimeForm.MILLISECONDS:
            per_second = 1 if form is TimeForm.SECONDS else 1000
            return None if number is None else asked_at + timedelta(seconds=float(number) / per_second)
        case TimeForm.TIME if number is not None:
            seconds = float(number) / (1000 if number >= _MILLISECONDS_FROM else 1)
            return datetime.fromtimestamp(seconds, UTC)
        case _ if isinstance(value, str) and len(value) <= _LONGEST:
            return _next(value, asked_at) or _written(value)
        case _:
            return None


def _written(text: str) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _next(word: str, asked_at: datetime) -> datetime | None:
    """When the day, the week (from Monday) or the month ends, in UTC."""
    today = datetime.combine(asked_at.astimezone(UTC).date(), time(), UTC)
    match word:
        case "daily":
            return today + timedelta(days=1)
        case "weekly":
            return today + timedelta(days=7 - today.weekday())
        case "monthly":
            return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        case _:
            return None
