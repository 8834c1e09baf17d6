"""How long a balance lasts, and where it must be by now when it cannot be read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.core.forecast import Forecast, Runway, forecast
from balancewatch.core.plausibility import is_collapse
from balancewatch.core.reading import Balance
from balancewatch.core.spending import Sample, Spending, recorded
from balancewatch.core.state import Seen, State

_HOUR = timedelta(hours=1)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a balance lasts from now, and what it usually spends in a day, in its unit."""

    runway: Runway
    daily: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where a balance must be by now, less the usual spend since it was seen; in its unit."""

    remaining: Decimal
    lasting: Lasting


def learned(spending: Spending | None, before: Seen | None, balance: Balance, *, topped_up: bool) -> Spending:
    """The spending with what this reading adds; `before` is None where the unit is new.

    Nearly all gone at once may be a gateway's mistake that nothing could disprove: nobody learns from it.
    """
    earlier = None
    if before is not None and not is_collapse(before, balance):
        earlier = Sample(before.at, before.remaining, before.used)
    now = Sample(balance.exchange.asked_at, balance.remaining, balance.used)
    return recorded(None if before is None else spending, earlier, now, topped_up=topped_up)


def lasting(spending: Spending, balance: Balance) -> Lasting | None:
    """How long it lasts; None where there is no amount, or less than a day of history."""
    if balance.remaining is None:
        return None
    known = forecast(spending, balance.exchange.asked_at)
    return None if known is None else Lasting(known.runway(balance.remaining), _daily(known))


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
    early, likely, late = (max(each - hours, 0) for each in (runway.early, runway.likely, runway.late))
    left = seen.remaining - known.spent(hours).quantize(_CENT)
    return Estimate(
        max(left, min(seen.remaining, Decimal(0))),
        Lasting(Runway(early, likely, late, runway.unsteady), _daily(known)),
    )


def _daily(known: Forecast) -> Decimal:
    return Decimal(known.burn_rate).quantize(_CENT)
