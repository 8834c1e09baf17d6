"""Whether to believe that nearly all of a balance is gone at once.

Gateways answer 0 while they are in trouble; people spend quickly too. So such an answer is asked for
again, and believed when anything confirms it.
"""

from decimal import Decimal

from balancewatch.core.account import Account
from balancewatch.core.amount import worded
from balancewatch.core.level import scale_of
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.state import State

WAIT_S = 3
"""How long to wait before asking again, in seconds."""

_LEFT = Decimal("0.1")
_ACCOUNTED = Decimal("0.9")


def is_implausible(account: Account, state: State, reading: Reading) -> bool:
    """Whether remaining fell by nine tenths or more at once and neither `used` nor an earlier run agrees."""
    before = state.seen
    if not isinstance(reading, Balance) or reading.remaining is None or before is None:
        return False
    if (
        before.remaining is None
        or before.remaining <= 0
        or (before.unit, before.scale) != (reading.unit, scale_of(account))
    ):
        return False
    if reading.remaining > before.remaining * _LEFT:
        return False
    if state.suspect is not None and reading.remaining <= state.suspect:
        return False
    if reading.used is None or before.used is None:
        return True
    return reading.used - before.used < (before.remaining - reading.remaining) * _ACCOUNTED


def settled(account: Account, state: State, first: Balance, second: Reading) -> Reading:
    """What to believe after an implausible answer and the one that followed it."""
    match second:
        case Balance(remaining=Decimal() as again) if (
            first.remaining is not None and again <= first.remaining
        ):
            return second
        case Balance() if not is_implausible(account, state, second):
            return second
    amount = first.remaining or Decimal(0)
    if isinstance(second, Balance) and second.remaining is not None:
        amount = second.remaining
    detail = f"the answer fell to {worded(amount, first.unit)} at once, and no second answer confirmed it"
    return Failure(Reason.IMPLAUSIBLE, detail, second.exchange or first.exchange, suspect=amount)
