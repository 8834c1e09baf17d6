"""A run as metrics, in a file for the textfile collector of Prometheus' node_exporter.

What a run does not know has no sample: no old figure is passed off as a new one.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from balancewatch.core.state_record import instant
from balancewatch.core.verdict import Level
from balancewatch_cli.check.ran import Ran
from balancewatch_cli.check.screen import rows

_HOUR_S = 3600


class _Run(Collector):
    """The metrics of one run, as the library asks for them."""

    def __init__(self, ran: Ran) -> None:
        self._ran = ran

    def collect(self) -> Sequence[GaugeMetricFamily]:
        return families(self._ran)


def write(ran: Ran, path: Path) -> None:
    """Replace the file at once, so that nobody reads half of it. Raises `OSError`."""
    registry = CollectorRegistry()
    registry.register(_Run(ran))
    write_to_textfile(str(path), registry)


def families(ran: Ran) -> Sequence[GaugeMetricFamily]:
    """All metrics of a run; of one that did not get far, those about the run itself."""
    balance = _of_account(
        "balance", "What is left, in the unit. None while it is unknown or unlimited.", "unit"
    )
    threshold = _of_account("threshold", "At or below this balance it is low, in the unit.", "unit")
    level = _of_account("level", "0 ok, 1 warning, 2 critical, 3 empty. None until it was ever read.")
    reachable = _of_account("reachable", "Whether it can be read; one failed run is not enough to say no.")
    runway = _of_account(
        "runway_seconds", "How long it lasts at its usual spend; early to late is an 80 % range.", "bound"
    )
    for each in rows(ran.summary["accounts"]) if ran.summary else ():
        who = (str(each["name"]), str(each["provider"] or ""))
        for family, figure in ((balance, each["remaining"]), (threshold, each["threshold"])):
            if figure is not None:
                family.add_metric((*who, str(each["unit"] or "")), float(Decimal(str(figure))))
        if each["level"] is not None:
            level.add_metric(who, Level[str(each["level"]).upper()])
        reachable.add_metric(who, float(each["reachable"] is True))
        lasting = each["runway_hours"]
        for bound, hours in lasting.items() if isinstance(lasting, dict) else ():
            if isinstance(hours, int | float):
                runway.add_metric((*who, bound), hours * _HOUR_S)
    success = _gauge("last_success_timestamp_seconds", "The time of the last run that kept and told all.")
    if ran.done is not None:
        success.add_metric((), instant(ran.done).timestamp())
    well = _gauge("last_run_success", "Whether the last run kept and told all.")
    well.add_metric((), float(ran.failed is None))
    return balance, threshold, level, reachable, runway, success, well


def _of_account(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return _gauge(f"account_{name}", text, "account", "provider", *labels)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"balancewatch_{name}", text, labels=labels)
