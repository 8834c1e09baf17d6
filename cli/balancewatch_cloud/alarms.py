"""Alarms judged as CloudWatch judges them: by dimensions, missing data, and so many of so many periods.

The emulator stores and announces an alarm's state; of these it knows nothing. The rules are those of the
CloudWatch user guide, "Using Amazon CloudWatch alarms". Alarms on expressions, percentiles or bands are left
alone, and so are composite ones: the emulator works those out itself when a state changes.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from balancewatch_cloud.place import Place

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """A deployed alarm on one statistic of one metric."""

    name: str
    state: State
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period: timedelta
    periods: int
    to_alarm: int
    """How many of the periods must breach."""
    comparison: str
    threshold: float
    missing: str
    """What a period without data counts as: breaching, notBreaching, ignore or missing."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that went from one state to another."""

    alarm: str
    before: State
    after: State


def judge(alarm: Alarm, points: Sequence[float | None]) -> State:
    """The state by the statistic of each period, None where there was no data."""
    breaches = _COMPARISONS[alarm.comparison]
    known = [breaches(point, alarm.threshold) for point in points if point is not None]
    gaps = len(points) - len(known)
    match alarm.missing:
        case "breaching":
            breaching = sum(known) + gaps
        case "notBreaching":
            breaching = sum(known)
        case treatment if not known:
            return alarm.state if treatment == "ignore" else "INSUFFICIENT_DATA"
        case _:
            breaching = sum(known)
    return "ALARM" if breaching >= alarm.to_alarm else "OK"


def judge_all(place: Place, prefix: str, now: datetime) -> list[Change]:
    """Judge every alarm whose name begins so; the emulator announces what changed."""
    watch = place.client("cloudwatch")
    changes = []
    for described in watch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]:
        alarm = _alarm(described)
        if alarm is None:
            continue
        points = _points(watch, alarm, now)
        after = judge(alarm, points)
        if after != alarm.state:
            shown = ", ".join("-" if point is None else f"{point:g}" for point in points)
            reason = f"{alarm.statistic} of {alarm.metric} in the last {alarm.periods} periods: {shown}"
            watch.set_alarm_state(AlarmName=alarm.name, StateValue=after, StateReason=reason)
            changes.append(Change(alarm.name, alarm.state, after))
    return changes


def _alarm(described: Mapping[str, Any]) -> Alarm | None:
    if "MetricName" not in described or "Statistic" not in described:
        return None
    if described["ComparisonOperator"] not in _COMPARISONS:
        return None
    return Alarm(
        described["AlarmName"],
        described["StateValue"],
        described["Namespace"],
        described["MetricName"],
        {each["Name"]: each["Value"] for each in described.get("Dimensions", [])},
        described["Statistic"],
        timedelta(seconds=described["Period"]),
        described["EvaluationPeriods"],
        described.get("DatapointsToAlarm") or described["EvaluationPeriods"],
        described["ComparisonOperator"],
        described["Threshold"],
        described.get("TreatMissingData") or "missing",
    )


def _points(watch: Any, alarm: Alarm, now: datetime) -> list[float | None]:
    """The statistic of each of its periods, the newest, which is not over, last."""
    seconds = alarm.period.total_seconds()
    last = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    starts = [last - back * alarm.period for back in reversed(range(alarm.periods))]
    found = watch.get_metric_statistics(
        Namespace=alarm.namespace,
        MetricName=alarm.metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in alarm.dimensions.items()],
        StartTime=starts[0],
        EndTime=last + alarm.period,
        Period=int(seconds),
        Statistics=[alarm.statistic],
    )["Datapoints"]
    by_start = {point["Timestamp"]: point[alarm.statistic] for point in found}
    return [by_start.get(start) for start in starts]
