"""What a healthy run asks of AWS: calls, units, bytes, counted on a run of the real handler on moto."""

import io
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from tests.benchmarks.fleet import QUOTA, fleet
from tests.benchmarks.speed.child import report, run

_WRITE_UNIT, _READ_UNIT = 1024, 4096
_LOW = 4_500_000
_CALL: Any = vars(BaseClient)["_make_api_call"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one run over so many accounts."""

    accounts: int
    low: int
    """How many of them fell below their threshold, and so are told."""
    calls: Mapping[str, int]
    """By operation."""
    write_units: int
    read_units: float
    state_bytes: int
    """The largest state."""
    datapoint_bytes: int
    """The largest datapoint."""
    log_bytes: int
    """Beside metrics."""
    metric_bytes: int
    """Of the counts of the run."""
    account_metric_bytes: int
    """Of the metrics by account, where they are wanted."""


@dataclass
class _Meter:
    """Counts the calls of a run, by AWS's rules for what they cost."""

    calls: Counter[str] = field(default_factory=Counter)
    write_units: int = 0
    read_units: float = 0
    sizes: dict[str, int] = field(default_factory=dict)
    """The largest item by the first word of its partition."""

    def call(self, client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        self.calls[operation] += 1
        before = self._stored(client, operation, parameters)
        answer = _CALL(client, operation, parameters)
        match operation:
            case "BatchWriteItem":
                for table in parameters["RequestItems"].values():
                    for request in table:
                        self._wrote(request["PutRequest"]["Item"])
            case "PutItem":
                self._wrote(parameters["Item"])
            case "UpdateItem" | "DeleteItem":
                after = self._stored(client, operation, parameters)
                self._wrote(max(before, after, key=item_bytes))
            case "Query":
                size = sum(map(item_bytes, answer["Items"]))
                self.read_units += max(1, math.ceil(size / _READ_UNIT)) / (
                    1 if parameters.get("ConsistentRead") else 2
                )
            case "GetItem" | "Scan" | "BatchGetItem" | "TransactWriteItems":
                raise NotImplementedError(operation)
            case _:
                pass  # of other services, charged by the call
        return answer

    def _wrote(self, item: Mapping[str, Any]) -> None:
        size = item_bytes(item)
        self.write_units += max(1, math.ceil(size / _WRITE_UNIT))
        kind = item["pk"]["S"].partition("#")[0] + "#" * item["sk"]["S"].startswith("#")
        self.sizes[kind] = max(size, self.sizes.get(kind, 0))

    @staticmethod
    def _stored(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """The item that is written to: an update is billed by the larger of before and after."""
        if operation not in {"UpdateItem", "DeleteItem"}:
            return {}
        key = {"TableName": parameters["TableName"], "Key": parameters["Key"]}
        found: Mapping[str, Any] = _CALL(client, "GetItem", key).get("Item", parameters["Key"])
        return found


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size of an item as DynamoDB counts it: names and values, in UTF-8, and a little for what nests."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value.strip("-").replace(".", "")) // 2 + 2
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_bytes(each) for name, each in value.items())
        case _:
            raise NotImplementedError(kind)


@contextmanager
def metered() -> Iterator[_Meter]:
    """Counts every call that is made within."""
    meter = _Meter()

    def between(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        return meter.call(client, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", between):
        yield meter


def counted(accounts: int, low: int = 0) -> Counts:
    """A run in which every balance fell a little, and the first so many below their threshold."""
    with redirect_stdout(io.StringIO()) as printed, fleet(accounts) as counted:
        for number, name in enumerate(counted.names):
            counted.has(name, _LOW if number < low else QUOTA - 6_250)
        printed.truncate(0)
        printed.seek(0)
        with metered() as meter:
            counted.run()
        lines = printed.getvalue().splitlines(keepends=True)
    return _counts(accounts, low, meter, lines)


def counts(accounts: int, low: int = 0) -> Counts:
    """The same in a process of its own."""
    return Counts(**run("tests.benchmarks.cost.counting", [accounts, low]).said["counts"])


def _counts(accounts: int, low: int, meter: _Meter, lines: list[str]) -> Counts:
    said = [(len(line.encode()), json.loads(line)) for line in lines]
    return Counts(
        accounts=accounts,
        low=low,
        calls=dict(sorted(meter.calls.items())),
        write_units=meter.write_units,
        read_units=meter.read_units,
        state_bytes=meter.sizes["team"],
        datapoint_bytes=meter.sizes["history"],
        log_bytes=sum(size for size, line in said if "_aws" not in line),
        metric_bytes=sum(size for size, line in said if "_aws" in line and "Account" not in line),
        account_metric_bytes=sum(size for size, line in said if "Account" in line),
    )


if __name__ == "__main__":
    report(lambda: counted(*json.loads(sys.argv[1])), lambda found: {"counts": asdict(found)})
