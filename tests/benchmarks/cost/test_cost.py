"""That a run does not get dearer, and that what it costs is worked out rightly."""

from dataclasses import asdict
from typing import Any

import pytest

from tests.benchmarks.cost.bill import bill, frozen, quantities
from tests.benchmarks.cost.counting import Counts, counts, item_bytes
from tests.benchmarks.cost.prices import PRICES, Item


def _flat(found: Counts) -> dict[str, Any]:
    flat = asdict(found)
    return {**flat, "calls": sum(flat["calls"].values())}


@pytest.mark.parametrize("case", [(10, 0), (30, 10)])
def test_a_run_asks_for_no_more_than_was_counted_before(case: tuple[int, int]) -> None:
    """Where this must be so, `make cost` counts anew, and docs/cost.md says what it costs."""
    before, now = _flat(frozen()[case]), _flat(counts(*case))
    assert {name: figure for name, figure in now.items() if figure > before[name]} == {}


def test_ten_accounts_cost_no_more_than_sixty_cents() -> None:
    assert bill(10, 15, account_metrics=False).total <= 0.60


def test_cost_grows_in_proportion() -> None:
    each = [
        bill(size, 15, account_metrics=False, is_free=False).total / size
        for size in (10_000, 30_000, 100_000)
    ]
    assert each == sorted(each, reverse=True)
    assert each[0] < 1.5 * each[-1]


def test_account_metrics_cost_thirty_cents_an_account() -> None:
    """As the template's parameter says; the lines of the log come on top."""
    on, off = (bill(100, 15, account_metrics=wanted, is_free=False) for wanted in (True, False))
    assert on.lines[Item.METRICS] - off.lines[Item.METRICS] == pytest.approx(30)


@pytest.mark.parametrize(
    ("item", "quantity", "free", "paid"),
    [
        (Item.METRICS, 8, 0.0, 2.40),
        (Item.METRICS, 18, 2.40, 5.40),
        (Item.METRICS, 20_010, 4_000, 4_001),
        (Item.WRITES, 2_000_000, 1.25, 1.25),
        (Item.DASHBOARDS, 1, 0.0, 3.0),
    ],
)
def test_prices_have_allowances_and_tiers(item: Item, quantity: float, free: float, paid: float) -> None:
    assert PRICES[item].of(quantity, is_free=True) == pytest.approx(free)
    assert PRICES[item].of(quantity, is_free=False) == pytest.approx(paid)


@pytest.mark.parametrize(("accounts", "teams"), [(1, 1), (300, 1), (301, 2), (10_000, 34)])
def test_a_secret_holds_three_hundred_accounts(accounts: int, teams: int) -> None:
    assert quantities(accounts, 15, account_metrics=False)[Item.SECRETS] == teams


def test_a_run_of_every_size_is_worked_out_from_two_that_were_counted() -> None:
    for (accounts, low), found in frozen().items():
        if not low:
            used = quantities(accounts, 15, account_metrics=False)
            assert used[Item.WRITES] / used[Item.SCHEDULE] == pytest.approx(found.write_units)
            assert found.read_units <= used[Item.READS] / used[Item.SCHEDULE] <= found.read_units + 1.1


def test_items_are_measured_as_dynamodb_does() -> None:
    item = {"pk": {"S": "ab"}, "é": {"BOOL": True}, "m": {"M": {"x": {"S": "yz"}}}, "n": {"N": "1234"}}
    assert item_bytes(item) == (2 + 2) + (2 + 1) + (1 + 3 + 1 + 1 + 2) + (1 + 4)
