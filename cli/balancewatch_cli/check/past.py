"""A past for the demo's accounts, as three weeks of runs would have left it in the table."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.adapters import catalogue
from balancewatch.core.spending import Sample, Spending, recorded
from balancewatch.core.state import Seen, State
from balancewatch.core.state_record import Record, record_of
from balancewatch_cli.check.demo import ACCOUNTS, DemoAccount

_HOUR = timedelta(hours=1)
_HOURS = 21 * 24
_DAY_SHARES = (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 7, 6, 7, 8, 8, 7, 6, 4, 3, 2, 2, 1, 1)
"""How much of a day's spend falls into each of its hours (UTC), in hundredths."""


def states(now: datetime) -> Iterator[tuple[str, Record]]:
    """The state of every demo account that spends, an hour ago."""
    for account in ACCOUNTS:
        if account.left is not None:
            yield account.name, record_of(_state(account, Decimal(account.left), now))


def _state(account: DemoAccount, left: Decimal, now: datetime) -> State:
    profile = catalogue.profile(account.provider)
    if profile is None:
        raise LookupError(account.provider)
    spending: Spending | None = None
    at, before = now - _HOUR, None
    daily = Decimal(account.daily)
    spent = [_spent(daily, at - _HOUR * back) for back in range(_HOURS)]
    remaining = left + _spent(daily, now) + sum(spent, Decimal(0))
    for back in reversed(range(_HOURS)):
        remaining -= spent[back]
        sample = Sample(at - _HOUR * back, remaining, None)
        spending, before = recorded(spending, before, sample), sample
    scale = profile.answer.scale
    seen = Seen(at, remaining, None, account.unit, scale, base=remaining, threshold=None)
    return State(account.name, at=at, seen=seen, spending=spending)


def _spent(daily: Decimal, hour: datetime) -> Decimal:
    return daily * _DAY_SHARES[hour.hour] / 100
