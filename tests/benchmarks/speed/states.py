"""States read and written, together or one by one: `python -m tests.benchmarks.speed.states '[...]'`."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.speed.child import report

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


def ours(_: Sequence[str]) -> Callable[[], int]:
    """Lease, one query, every state parsed and made again, batches, release."""
    from balancewatch import app  # noqa: PLC0415  # imports are not counted
    from balancewatch.core.state import State  # noqa: PLC0415
    from balancewatch.core.state_record import record_of, state_of  # noqa: PLC0415

    table = app.parts().table

    def work() -> int:
        table.take_lease("main", "holder", AT, AT, AT + timedelta(minutes=5))
        found = {name: state_of(name, record) for name, record in table.states("main").items()}
        kept = table.keep_states(
            "main",
            [(name, record_of(state)) for name, state in found.items() if isinstance(state, State)],
            alive=lambda: True,
        )
        table.release("main", "holder", AT)
        return len(kept.names)

    return work


def each(names: Sequence[str]) -> Callable[[], int]:
    """GetItem and UpdateItem for every account, by boto3."""
    import boto3  # noqa: PLC0415

    client: Any = boto3.client("dynamodb")

    def work() -> int:
        for name in names:
            key = {"pk": {"S": "team#main"}, "sk": {"S": name}}
            item = client.get_item(TableName="balancewatch", Key=key, ConsistentRead=True)["Item"]
            changed = [attribute for attribute in item if attribute not in key]
            client.update_item(
                TableName="balancewatch",
                Key=key,
                UpdateExpression="SET "
                + ", ".join(f"#{number} = :{number}" for number in range(len(changed))),
                ExpressionAttributeNames={
                    f"#{number}": attribute for number, attribute in enumerate(changed)
                },
                ExpressionAttributeValues={
                    f":{number}": item[attribute] for number, attribute in enumerate(changed)
                },
            )
        return len(names)

    return work


def main() -> None:
    way, names = json.loads(sys.argv[1])
    report({"ours": ours, "each": each}[way](names), lambda stored: {"stored": stored})


if __name__ == "__main__":
    main()
