"""Embedded metrics: what CloudWatch takes out of a log line, and the emulator leaves in it.

The form is that of the CloudWatch embedded metric format, in the CloudWatch user guide.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Metric:
    """Values of one metric, at one time, for one set of dimensions."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    unit: str
    values: tuple[float, ...]
    at: datetime


def metrics_in(line: str) -> Iterator[Metric]:
    """The metrics that a log line carries; none of a line that is not of that form."""
    try:
        root = json.loads(line)
    except ValueError:
        return
    match root:
        case {"_aws": {"Timestamp": int() as at, "CloudWatchMetrics": list() as directives}}:
            for directive in directives:
                yield from _directed(root, directive, datetime.fromtimestamp(at / _MILLISECONDS, UTC))
        case _:
            pass


def _directed(root: Mapping[str, object], directive: object, at: datetime) -> Iterator[Metric]:
    match directive:
        case {"Namespace": str() as namespace, "Dimensions": list() as sets, "Metrics": list() as metrics}:
            for each in metrics:
                values = _values(root.get(each["Name"]))
                for names in sets if values else []:
                    dimensions = {name: str(root[name]) for name in names}
                    yield Metric(namespace, each["Name"], dimensions, each.get("Unit", "None"), values, at)
        case _:
            pass


def _values(value: object) -> tuple[float, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(
        float(each) for each in listed if isinstance(each, int | float) and not isinstance(each, bool)
    )
