"""What AWS charges in us-east-1 (USD), who said so when, and what is free each month for good."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

CHECKED = "2026-11-22"


class Item(StrEnum):
    """What is charged."""

    SECRETS = "Secrets Manager, secrets"
    SECRET_CALLS = "Secrets Manager, calls"
    WRITES = "DynamoDB, write units"
    READS = "DynamoDB, read units"
    STORAGE = "DynamoDB, storage"
    RECOVERY = "DynamoDB, point-in-time recovery"
    DURATION = "Lambda, duration"
    INVOCATIONS = "Lambda, requests"
    SCHEDULE = "EventBridge Scheduler"
    QUEUE = "SQS, requests"
    METRICS = "CloudWatch, metrics"
    ALARMS = "CloudWatch, alarms"
    DASHBOARDS = "CloudWatch, dashboards"
    LOGS = "CloudWatch, logs taken in"
    KEPT_LOGS = "CloudWatch, logs kept"
    MESSAGES = "SNS, publishes"
    EMAILS = "SNS, e-mails"
    DATA_OUT = "Data transfer out"


@dataclass(frozen=True, slots=True)
class Price:
    """Of `per` units; `tiers` are lower prices, each from so many units on."""

    usd: float
    per: int
    unit: str
    source: str
    free: float = 0
    tiers: tuple[tuple[float, float], ...] = ()

    def of(self, quantity: float, *, is_free: bool) -> float:
        """For so many units in a month, with or without the free allowance."""
        quantity -= min(self.free, quantity) if is_free else 0
        steps = [(0.0, self.usd), *self.tiers, (float("inf"), 0.0)]
        return sum(
            max(min(quantity, until) - begin, 0) / self.per * usd
            for (begin, usd), (until, _) in pairwise(steps)
        )


_WRING = "wring.co, 2026-03-08"
_CLOUDBURN = "cloudburn.io, 2026-02"
_AIRBYTE = "airbyte.com, 2025-07-21"
_PAGE = "aws.amazon.com/dynamodb/pricing, undated copy"
_FACTUAL = "factualminds.com, 2026-06-13"

PRICES = {
    Item.SECRETS: Price(0.40, 1, "secret", "hivebook.wiki, undated"),
    Item.SECRET_CALLS: Price(0.05, 10_000, "calls", "hivebook.wiki, undated"),
    Item.WRITES: Price(0.625, 1_000_000, "units", _AIRBYTE),
    Item.READS: Price(0.125, 1_000_000, "units", _AIRBYTE),
    Item.STORAGE: Price(0.25, 1, "GB", _PAGE, free=25),
    Item.RECOVERY: Price(0.20, 1, "GB", "no dated source found"),
    Item.DURATION: Price(0.0000133334, 1, "GB-s, arm64", _WRING, free=400_000),
    Item.INVOCATIONS: Price(0.20, 1_000_000, "requests", _WRING, free=1_000_000),
    Item.SCHEDULE: Price(1.00, 1_000_000, "invocations", "cloudburn.io, 2026-03-13", free=14_000_000),
    Item.QUEUE: Price(0.40, 1_000_000, "requests", "cloudburn.io, 2026-03-14", free=1_000_000),
    Item.METRICS: Price(
        0.30, 1, "metric", "signoz.io, 2026-02-15", free=10, tiers=((10_000, 0.10), (250_000, 0.05))
    ),
    Item.ALARMS: Price(0.10, 1, "alarm", _CLOUDBURN, free=10),
    Item.DASHBOARDS: Price(3.00, 1, "dashboard", _FACTUAL, free=3),
    Item.LOGS: Price(0.50, 1, "GB", _FACTUAL, free=5),
    Item.KEPT_LOGS: Price(0.03, 1, "GB", _CLOUDBURN),
    Item.MESSAGES: Price(0.50, 1_000_000, "publishes", _FACTUAL, free=1_000_000),
    Item.EMAILS: Price(2.00, 100_000, "e-mails", _FACTUAL, free=1_000),
    Item.DATA_OUT: Price(0.09, 1, "GB", _WRING, free=100, tiers=((10_240, 0.085), (51_200, 0.07))),
}
