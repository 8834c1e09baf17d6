"""A forecast with its runway, on three weeks of history: `python -m tests.benchmarks.speed.forecasting N`."""

import json
import random
import sys
from datetime import UTC, datetime
from decimal import Decimal

import balancewatch.app  # noqa: F401  # says how garbage is collected where this runs
from balancewatch.core.forecast import forecast
from balancewatch.core.spending import LONGEST, Spending
from tests.benchmarks.speed.child import report


def main() -> None:
    count = json.loads(sys.argv[1])
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)
    chance = random.Random(1)
    spendings = [
        Spending(at, tuple(chance.lognormvariate(0, 0.5) for _ in range(LONGEST)), age_s=86_400)
        for _ in range(count)
    ]

    def work() -> int:
        found = [forecast(spending, at) for spending in spendings]
        return sum(each is not None and each.runway(Decimal(30)).likely > 0 for each in found)

    report(work, lambda said: {"said": said})


if __name__ == "__main__":
    main()
