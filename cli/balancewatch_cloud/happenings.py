"""What happens in a deployed stack: runs, datapoints, metrics, messages, alarms, each as it comes.

Looking is also what makes metrics and alarms go: the emulator leaves both to CloudWatch, which it has not.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from balancewatch.core.amount import worded
from balancewatch_cloud import alarms
from balancewatch_cloud.embedded_metrics import Metric, metrics_in
from balancewatch_cloud.stack import Stack

Kind = Literal["run", "balance", "metrics", "message", "alarm"]
_FLEET = "CompletedRuns"
_MOST_METRICS = 1000


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened; `tone` is how good it is, as a level or a severity."""

    at: datetime
    kind: Kind
    text: str
    tone: str = ""


class Watch:
    """Looks at a stack again and again, and says what is new since the last look."""

    def __init__(self, stack: Stack, inbox: str, now: datetime) -> None:
        """See what comes from `now` on; `inbox` is the URL of a queue that hears the topic."""
        self._stack = stack
        self._inbox = inbox
        self._logs, self._table = stack.place.client("logs"), stack.place.client("dynamodb")
        self._queues, self._metrics = stack.place.client("sqs"), stack.place.client("cloudwatch")
        self._since = int(now.timestamp() * 1000)
        self._seen: Sequence[tuple[str, str]] = ()
        self._known = {_key(item) for item in self._datapoints()}

    def look(self, now: datetime) -> Iterator[Happening]:
        """What is new, in the order in which it came to be."""
        lines = self._lines()
        metrics = [metric for line in lines for metric in metrics_in(line)]
        yield from (each for line in lines for each in _runs(line, now))
        for item in self._datapoints() if lines else []:
            if _key(item) not in self._known:
                self._known.add(_key(item))
                yield _balance(item, now)
        if metrics:
            self._put(metrics)
            yield Happening(now, "metrics", _summed_up(metrics))
        self._measure_queues(now)
        for change in alarms.judge_all(self._stack.place, f"{self._stack.name}-", now):
            name = change.alarm.removeprefix(f"{self._stack.name}-").rpartition("-")[0]
            tone = "critical" if change.after == "ALARM" else "ok"
            yield Happening(now, "alarm", f"{name}: {change.before} -> {change.after}", tone)
        yield from self._messages(now)

    def _lines(self) -> list[str]:
        """The log lines since the last look: those of its last millisecond are asked for again."""
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._stack.log, startTime=self._since
        )
        events = [event for page in pages for event in page["events"]]
        new = [event for event in events if (event["logStreamName"], event["message"]) not in self._seen]
        if events:
            self._since = max(event["timestamp"] for event in events)
            latest = [event for event in events if event["timestamp"] == self._since]
            self._seen = [(event["logStreamName"], event["message"]) for event in latest]
        return [event["message"] for event in new]

    def _datapoints(self) -> list[Mapping[str, Any]]:
        pages = self._table.get_paginator("scan").paginate(TableName=self._stack.table)
        items = [item for page in pages for item in page["Items"]]
        return [item for item in items if item["pk"]["S"].startswith("history#")]

    def _put(self, metrics: Sequence[Metric]) -> None:
        for start in range(0, len(metrics), _MOST_METRICS):
            for namespace in {metric.namespace for metric in metrics}:
                self._metrics.put_metric_data(
                    Namespace=namespace,
                    MetricData=[
                        _data(metric)
                        for metric in metrics[start : start + _MOST_METRICS]
                        if metric.namespace == namespace
                    ],
                )

    def _measure_queues(self, now: datetime) -> None:
        """SQS measures its queues itself; the emulator's does not."""
        for url in self._stack.resources.values():
            if not url.startswith(self._stack.place.url):
                continue
            attribute = "ApproximateNumberOfMessages"
            asked = self._queues.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])
            measured = Metric(
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": url.rpartition("/")[2]},
                "Count",
                (float(asked["Attributes"][attribute]),),
                now,
            )
            self._put([measured])

    def _messages(self, now: datetime) -> Iterator[Happening]:
        while taken := self._queues.receive_message(QueueUrl=self._inbox, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in taken:
                self._queues.delete_message(QueueUrl=self._inbox, ReceiptHandle=message["ReceiptHandle"])
                yield _message(json.loads(message["Body"]), now)


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _runs(line: str, now: datetime) -> Iterator[Happening]:
    """The run that a line of the log tells of: its counts, or why there are none."""
    counts = {each.name: f"{each.values[0]:g}" for each in metrics_in(line)}
    for metric in metrics_in(line):
        if metric.name == _FLEET and "Accounts" in counts:  # a run that failed early has none
            completed = metric.values[0] > 0
            text = (
                f"{'completed' if completed else 'failed'}: {counts['Accounts']} accounts, "
                f"{counts['LowAccounts']} low, {counts['UnreachableAccounts']} unreachable, "
                f"{counts['Notifications']} told"
            )
            yield Happening(metric.at, "run", text, "ok" if completed else "critical")
    match _object(line):
        case {"message": "run failed" | "left" as what, "why": str() as why}:
            yield Happening(now, "run", f"{what.removeprefix('run ')}: {why}", "warning")
        case _:
            pass


def _object(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _balance(item: Mapping[str, Any], now: datetime) -> Happening:
    name = item["pk"]["S"].removeprefix("history#")
    match item:
        case {"reason": {"S": reason}}:
            return Happening(now, "balance", f"{name:<14}  {reason}", "unreachable")
        case {"remaining": {"S": remaining}, "unit": {"S": unit}}:
            return Happening(now, "balance", f"{name:<14}  {worded(Decimal(remaining), unit)}")
        case _:
            return Happening(now, "balance", f"{name:<14}  unlimited")


def _summed_up(metrics: Sequence[Metric]) -> str:
    fleet = [f"{each.name} {each.values[0]:g}" for each in metrics if "Account" not in each.dimensions]
    accounts = sum("Account" in each.dimensions for each in metrics)
    return ", ".join([*fleet, *([f"Balance of {accounts} accounts"] if accounts else [])])


def _data(metric: Metric) -> Mapping[str, Any]:
    return {
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
        "Timestamp": metric.at,
        "Unit": metric.unit,
        "Values": list(metric.values),
    }


def _message(envelope: Mapping[str, Any], now: datetime) -> Happening:
    """What SNS handed over: a notification's subject says it all, and so does an alarm's."""
    subject = envelope.get("Subject") or "without a subject"
    notifications = json.loads(envelope["Message"]).get("notifications", [])
    tones = [each["status"] if each["status"] == "resolved" else each["severity"] for each in notifications]
    return Happening(now, "message", subject, tones[0] if tones else "info")
