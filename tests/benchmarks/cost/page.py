"""The tables of docs/cost.md and of the README's section on cost."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from textwrap import fill

from tests.benchmarks.cost.bill import ASSUMED, bill, frozen
from tests.benchmarks.cost.prices import CHECKED, PRICES, Item, Price

SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
INTERVALS = (5, 15, 60)
_PENNY = 0.005


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown: the first column is text, the others are numbers."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _usd(amount: float) -> str:
    if 0 < amount < _PENNY:
        return "< 0.01"
    return f"{amount:,.2f}" if amount < 1000 else f"{amount:,.0f}"


def _months(minutes: int) -> str:
    rows = [
        [
            f"{size:,}",
            *(
                _usd(bill(size, minutes, account_metrics=wanted, is_free=is_free).total)
                for is_free in (True, False)
                for wanted in (False, True)
            ),
        ]
        for size in SIZES
    ]
    head = ["accounts", "off", "on", "off, nothing free", "on, nothing free"]
    return table(head, rows)


def _parts() -> str:
    bills = [bill(size, 15, account_metrics=False, is_free=False) for size in SIZES]
    rows = [
        [item.value, *(_usd(each.lines[item]) for each in bills)]
        for item in Item
        if any(each.lines[item] for each in bills)
    ]
    rows.append(["**together**", *(_usd(each.total) for each in bills)])
    return table(["charged", *(f"{size:,}" for size in SIZES)], rows)


def _counted() -> str:
    found = list(frozen().values())
    named: Mapping[str, Callable[[int], object]] = {
        "AWS calls": lambda place: sum(found[place].calls.values()),
        "write units": lambda place: found[place].write_units,
        "read units": lambda place: f"{found[place].read_units:g}",
        "largest state, bytes": lambda place: found[place].state_bytes,
        "largest datapoint, bytes": lambda place: found[place].datapoint_bytes,
        "log, bytes": lambda place: found[place].log_bytes,
        "metrics of the run, bytes of log": lambda place: found[place].metric_bytes,
        "metrics by account, bytes of log": lambda place: found[place].account_metric_bytes,
    }
    head = ["a run of"] + [
        f"{each.accounts} accounts" + f", {each.low} of them newly low" * bool(each.low) for each in found
    ]
    return table(
        head, [[name, *(str(of(place)) for place in range(len(found)))] for name, of in named.items()]
    )


def _assumed() -> str:
    rows = [f"| {each.value:,g} {each.unit} | {each.why} |" for each in ASSUMED.values()]
    return "\n".join(["| assumed | because |", "| --- | --- |", *rows])


def _free(price: Price) -> str:
    return f"{price.free:,.0f}" if price.free else "-"


def _prices() -> str:
    rows = [
        f"| {item.value} | {price.usd:.10g} | {price.per:,} {price.unit} | {_free(price)} | {price.source} |"
        for item, price in PRICES.items()
    ]
    return "\n".join(
        [
            f"Collected on {CHECKED}, us-east-1.\n",
            "| charged | USD | for | free each month | source |",
            "| --- | ---: | --- | ---: | --- |",
            *rows,
        ]
    )


BLOCKS: Mapping[str, Callable[[], str]] = {
    **{f"every {minutes} minutes": partial(_months, minutes) for minutes in INTERVALS},
    "parts": _parts,
    "counted": _counted,
    "assumed": _assumed,
    "prices": _prices,
}
"""Of docs/cost.md."""


def short() -> str:
    """What the README says of it."""
    off, on = (bill(10, 15, account_metrics=wanted) for wanted in (False, True))
    bare = bill(10, 15, account_metrics=False, is_free=False)
    metrics = bare.lines[Item.METRICS] + bare.lines[Item.ALARMS] + bare.lines[Item.DASHBOARDS]
    rows = [
        [f"{size:,}", *(_usd(bill(size, 15, account_metrics=wanted).total) for wanted in (False, True))]
        for size in (1, 10, 100, 1_000, 10_000)
    ]
    words = (
        f"Ten accounts every 15 minutes cost **{_usd(off.total)} USD a month**, of which the secret is "
        f"{_usd(off.lines[Item.SECRETS])}; with a metric for each account (`AccountMetrics=on`, the default) "
        f"{_usd(on.total)}. That is at list prices of us-east-1 and counts what AWS gives every account for "
        f"free, such as ten metrics; where you have used that up already, it is {_usd(bare.total)}, most "
        f"of it CloudWatch's ({_usd(metrics)}). Text messages are charged by country, and not in it."
    )
    head = ["accounts, every 15 minutes", "`AccountMetrics=off`", "`AccountMetrics=on`"]
    return f"{fill(words, 118)}\n\n{table(head, rows)}"
