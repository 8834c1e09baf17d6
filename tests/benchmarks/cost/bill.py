"""What a month costs, from unit prices, from counted runs, and from a few assumptions that are named."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.benchmarks.cost.counting import Counts
from tests.benchmarks.cost.prices import PRICES, Item
from tests.translation import parse

ROOT = Path(__file__).parents[3]
FROZEN = Path(__file__).with_name("counts.json")
CASES = ((10, 0), (300, 0), (30, 10))
"""The runs that are counted: accounts, and how many of them are told to be low."""

TEAM = 300
"""Accounts in a secret at most."""
DIRECT = 4
"""Teams up to which the function needs no queue."""
HOURS = 730
GB_S = 0.5
"""Memory of the function, in GB: each second costs so many GB-seconds."""
PROCESSOR = 512 / 1769
"""What goes with it of a processor."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A figure that no count gives, and where it comes from."""

    value: float
    unit: str
    why: str


ASSUMED = {
    "start": Assumption(
        1.0, "s a run", "what a run of few accounts takes: lease, secret, query, one round of asking"
    ),
    "cpu": Assumption(
        0.010, "s of CPU an account", "a whole run, measured on x86 and rounded up; docs/performance.md"
    ),
    "latency": Assumption(
        0.3, "s an answer", "what the recorded providers take, more or less; 64 are asked at once"
    ),
    "platform": Assumption(1000, "bytes a run", "Lambda's own start and report lines, as JSON"),
    "event": Assumption(26, "bytes a log line", "what CloudWatch Logs adds to each"),
    "item": Assumption(100, "bytes an item", "what DynamoDB adds to each, for storage only"),
    "news": Assumption(4, "messages an account and month", "low twice, over twice; each by e-mail"),
    "asked": Assumption(2000, "bytes sent an account and run", "a TLS handshake and a request"),
    "polls": Assumption(
        657_000, "requests a month", "Lambda's five pollers of an idle queue, each waiting 20 s"
    ),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """USD of a month, by what is charged."""

    lines: Mapping[Item, float]

    @property
    def total(self) -> float:
        return sum(self.lines.values())


@cache
def frozen() -> Mapping[tuple[int, int], Counts]:
    """The counts that the figures rest on, by accounts and how many of them are low."""
    found = [Counts(**each) for each in json.loads(FROZEN.read_text("utf-8"))]
    return {(each.accounts, each.low): each for each in found}


def bill(accounts: int, minutes: int, *, account_metrics: bool, is_free: bool = True) -> Bill:
    """The bill for so many accounts, asked so often; `is_free`: the free allowances are left for it."""
    used = quantities(accounts, minutes, account_metrics=account_metrics)
    return Bill({item: PRICES[item].of(quantity, is_free=is_free) for item, quantity in used.items()})


def quantities(accounts: int, minutes: int, *, account_metrics: bool) -> Mapping[Item, float]:
    """What is used in a month, in the units that are charged; the history is as long as it gets."""
    few, many = frozen()[10, 0], frozen()[300, 0]
    runs = HOURS * 60 / minutes
    teams = math.ceil(accounts / TEAM)
    is_queued = teams > DIRECT
    team_runs = runs * teams
    each = accounts / teams
    seconds = ASSUMED["start"].value + each * max(
        ASSUMED["latency"].value / 64, ASSUMED["cpu"].value / PROCESSOR
    )
    writes = few.write_units + (each - 10) * (many.write_units - few.write_units) / 290
    reads = many.read_units * each / 300 + 1
    log = few.log_bytes + few.metric_bytes + ASSUMED["platform"].value + 5 * ASSUMED["event"].value
    log *= team_runs
    if account_metrics:
        log += accounts * runs * (many.account_metric_bytes / 300 + ASSUMED["event"].value)
    history = accounts * HOURS * 60 / minutes * _parameter("HistoryDays") / (HOURS / 24)
    stored = history * (many.datapoint_bytes + ASSUMED["item"].value)
    stored += accounts * (many.state_bytes + ASSUMED["item"].value)
    told = accounts * ASSUMED["news"].value
    return {
        Item.SECRETS: teams,
        Item.SECRET_CALLS: team_runs * few.calls["GetSecretValue"] + (runs * teams / 100 if teams > 1 else 0),
        Item.WRITES: team_runs * writes,
        Item.READS: team_runs * reads,
        Item.STORAGE: stored / 1e9,
        Item.RECOVERY: stored / 1e9,
        Item.DURATION: team_runs * seconds * GB_S,
        Item.INVOCATIONS: runs + team_runs * is_queued,
        Item.SCHEDULE: runs,
        Item.QUEUE: (3 * team_runs + ASSUMED["polls"].value) * is_queued,
        Item.METRICS: _fleet_metrics() + accounts * account_metrics,
        Item.ALARMS: _resources("AWS::CloudWatch::Alarm"),
        Item.DASHBOARDS: _resources("AWS::CloudWatch::Dashboard"),
        Item.LOGS: log / 1e9,
        Item.KEPT_LOGS: log / 1e9 * _parameter("LogRetentionDays") / (HOURS / 24),
        Item.MESSAGES: told,
        Item.EMAILS: told,
        Item.DATA_OUT: accounts * runs * ASSUMED["asked"].value / 1e9,
    }


@cache
def _template() -> Mapping[str, Any]:
    return parse(ROOT / "template.yaml")


def _parameter(name: str) -> int:
    return int(_template()["Parameters"][name]["Default"])


def _resources(kind: str) -> int:
    return sum(each["Type"] == kind for each in _template()["Resources"].values())


@cache
def _fleet_metrics() -> int:
    """The names that the adapter gives to the counts of a run."""
    source = (ROOT / "functions/watch/balancewatch/adapters/metrics.py").read_text("utf-8")
    return len(re.findall(r'^\s*\("[A-Z]\w+", measures\.', source, re.MULTILINE))
