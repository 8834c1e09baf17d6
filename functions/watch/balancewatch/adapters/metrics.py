"""Metrics for CloudWatch, as embedded metric lines in the log: no call, no permission, no waiting."""

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric

from balancewatch.core.measures import Measures

SERVICE = "balancewatch"


class Metrics:
    """Counts of every run; each account's balance, where it is wanted (0.30 USD an account and month)."""

    def __init__(self, stack: str, *, by_account: bool) -> None:
        self._namespace = f"BalanceWatch/{stack}"
        self._by_account = by_account

    def record(self, measures: Measures) -> None:
        """Print the metrics of a run."""
        counts = EphemeralMetrics(namespace=self._namespace, service=SERVICE)
        for name, count in (
            ("Accounts", measures.accounts),
            ("LowAccounts", measures.low),
            ("UnreachableAccounts", measures.unreachable),
            ("Notifications", measures.sent),
            ("UndeliveredNotifications", measures.undelivered),
            ("CompletedRuns", measures.completed),
            ("FailedRuns", measures.failed),
            ("NobodyListens", measures.unheard),
        ):
            if count is not None:
                counts.add_metric(name=name, unit=MetricUnit.Count, value=count)
        counts.flush_metrics()
        if self._by_account:
            for account, balance in measures.balances:
                with single_metric(
                    name="Balance", unit=MetricUnit.NoUnit, value=float(balance), namespace=self._namespace
                ) as metric:
                    metric.add_dimension(name="Account", value=account)
