"""How long a balance lasts, and where it must be by now when it cannot be read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.core.forecast import Runway, forecast
from balancewatch.core.reading import Balance
from balancewatch.core.spending import Sample, Spending, recorded
from balancewatch.core.state import Seen, State

_HOUR = timedelta(hours=1)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where a balance must be by now, less the usual spend since it was seen; in its unit."""

    remaining: Decimal
    runway: Runway


def learned(spending: Spending | None, before: Seen | None, balance: Balance, *, topped_up: bool) -> Spending:
    """The spending with what this reading adds; `before` is None where the unit is new."""
    earlier = None if before is None else Sample(before.at, before.remaining, before.used)
    now = Sample(balance.exchange.asked_at, balance.remaining, balance.used)
    return recorded(None if before is None else spending, earlier, now, topped_up=topped_up)


def runway_of(spending: Spending, balance: Balance) -> Runway | None:
    """How long it lasts; None where there is no amount, or less than a day of history."""
    if balance.remaining is None:
        return None
    known = forecast(spending, balance.exchange.asked_at)
    return None if known is None else known.runway(balance.remaining)


def estimated(state: State, now: datetime) -> Estimate | None:
    """The balance that cannot be read, as it must be now; None where nothing is known to go by."""
    seen = state.seen
    if seen is None or seen.remaining is None or state.spending is None:
        return None
    known = forecast(state.spending, seen.at)
    if known is None:
        return None
    hours = max((now - seen.at) / _HOUR, 0)
    runway = known.runway(seen.remaining)
    left = Runway(
        max(runway.early - hours, 0),
        max(runway.likely - hours, 0),
        max(runway.late - hours, 0),
        runway.unsteady,
    )
    spent = known.spent(hours).quantize(_CENT)
    return Estimate(max(seen.remaining - spent, min(seen.remaining, Decimal(0))), left)
