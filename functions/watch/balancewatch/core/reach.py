"""Whether an account can be read, counted over runs: some failures in a row lose it, two good find it."""

from dataclasses import replace
from datetime import datetime

from balancewatch.core.account import Rules
from balancewatch.core.reading import Balance, Failure, Reading
from balancewatch.core.state import Reach

_GOOD = 2


def counted(reach: Reach, reading: Reading, rules: Rules, at: datetime) -> Reach:
    """The counts after one more run."""
    match reading:
        case Balance():
            if reach.lost and reach.good + 1 < _GOOD:
                return replace(reach, good=reach.good + 1)
            return Reach()
        case Failure(reason):
            failures = reach.failures + 1
            return Reach(
                lost=reach.lost or failures >= rules.failures_before(reason),
                failures=failures,
                since=reach.since or at,
                reason=reason,
                same=reach.same + 1 if reach.reason is reason and not reach.good else 1,
            )
