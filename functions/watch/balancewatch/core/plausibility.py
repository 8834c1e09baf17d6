"""Whether to believe that nearly all of a balance is gone at once.

Gateways answer 0 while they are in trouble; people spend quickly too. So such an answer is asked for
again, and believed when anything confirms it.
"""

from decimal import Decimal

from balancewatch.core.amount import worded
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.state import Seen, State

WAIT_S = 3
"""How long to wait before asking again, in seconds."""

_LEFT = Decimal("0.1")
_ACCOUNTED = Decimal("0.9")


def is_implausible(state: State, reading: Reading) -> bool:
    """Whether remaining fell by nine tenths or more at once and neither `used` nor an earlier run agrees."""
    before = state.seen
    if not isinstance(reading, Balance) or before is None:
        return False
    if (before.unit, before.scale) != (reading.unit, reading.scale) or not is_collapse(before, reading):
        return False
    remaining = reading.remaining or Decimal(0)
    return state.suspect is None or remaining > state.suspect


def is_collapse(before: Seen, balance: Balance) -> bool:
    """Whether remaining fell by nine tenths or more at once, and `used` does not account for it."""
    if before.remaining is None or before.remaining <= 0 or balance.remaining is None:
        return False
    if balance.remaining > before.remaining * _LEFT:
        return False
    if balance.used is None or before.used is None:
        return True
    return balance.used - before.used < (before.remaining - balance.remaining) * _ACCOUNTED


def settled(state: State, first: Balance, second: Reading) -> Reading:
    """What to believe after an implausible answer and the one that followed it."""
    match second:
        case Balance(remaining=Decimal() as again) if (
            first.remaining is not None and again <= first.remaining
        ):
            return second
        case Balance() if not is_implausible(state, second):
            return second
    amount = first.remaining or Decimal(0)
    if isinstance(second, Balance) and second.remaining is not None:
        amount = second.remaining
    detail = f"the answer fell to {worded(amount, first.unit)} at once, and no second answer confirmed it"
    return Failure(Reason.IMPLAUSIBLE, detail, second.exchange or first.exchange, suspect=amount)
