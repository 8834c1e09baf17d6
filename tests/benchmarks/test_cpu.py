"""That a forecast stays cheap, by a yardstick measured in the same run."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from balancewatch.core.forecast import forecast
from balancewatch.core.spending import LONGEST, Spending

_YARDSTICK_LOOPS = 60_000
"""About 3 ms of CPU where this was written."""
_GENEROUS = 3


def _cpu_s(work: Callable[[], object]) -> float:
    """The best of several, so that a busy machine does not count."""
    found = []
    for _ in range(15):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def _yardstick() -> float:
    total = 0.0
    for number in range(_YARDSTICK_LOOPS):
        total += number * 0.5
    return total


def test_a_forecast_on_three_weeks_takes_no_more_than_its_budget() -> None:
    chance = random.Random(1)
    hours = tuple(chance.lognormvariate(0, 1) for _ in range(LONGEST))
    spending = Spending(datetime(2026, 11, 22, tzinfo=UTC), hours, age_s=86400)

    def work() -> None:
        found = forecast(spending, spending.until)
        assert found is not None
        found.runway(Decimal(30))

    assert _cpu_s(work) < _GENEROUS * _cpu_s(_yardstick)
