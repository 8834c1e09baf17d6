"""The table: one lease, whole batches, nothing believed that was not confirmed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from balancewatch.adapters.table import Table
from balancewatch.core.outside import OutsideError
from tests.stage import aws, make_stack

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
NOW = AT + timedelta(seconds=3)
UNTIL = NOW + timedelta(minutes=4)


def alive() -> bool:
    return True


class Hands:
    """A client whose batches are handed back in part, as a table without capacity does."""

    def __init__(self, client: Any, unprocessed: int) -> None:
        self._client = client
        self._left = unprocessed
        self.batches: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, RequestItems: Mapping[str, Any]) -> Any:  # noqa: N803  # boto3's name
        ((name, puts),) = RequestItems.items()
        self.batches.append(len(puts))
        back, taken = puts[: self._left], puts[self._left :]
        self._left = max(0, self._left - 1)
        if taken:
            self._client.batch_write_item(RequestItems={name: taken})
        return {"UnprocessedItems": {name: back} if back else {}}


@pytest.fixture
def client() -> Iterator[Any]:
    with aws():
        make_stack()
        yield boto3.client("dynamodb")


@pytest.fixture
def table(client: Any) -> Table:
    return Table(client, "balancewatch", 400, pause=lambda _: None)


def items(client: Any) -> list[Any]:
    found: list[Any] = client.scan(TableName="balancewatch")["Items"]
    return found


@pytest.mark.parametrize("unprocessed", [0, 1, 4])
def test_what_the_table_hands_back_is_written_again(client: Any, unprocessed: int) -> None:
    hands: Any = Hands(client, unprocessed)
    table = Table(hands, "balancewatch", 400, pause=lambda _: None)
    states = [(f"account {number}", {"format": "1"}) for number in range(60)]
    assert len(table.keep_states("main", states, alive).names) == 60
    assert len(items(client)) == 60
    assert max(hands.batches) == 25


def test_what_stays_unprocessed_does_not_count_as_stored(client: Any) -> None:
    hands: Any = Hands(client, 1000)
    table = Table(hands, "balancewatch", 400, pause=lambda _: None)
    assert table.keep_states("main", [("a", {}), ("b", {})], alive).names == set()


def test_one_item_that_the_table_refuses_costs_only_itself(client: Any, table: Table) -> None:
    states = [("good", {"format": "1"}), ("huge", {"title": "x" * 500_000}), ("fine", {"format": "1"})]
    assert table.keep_states("main", states, alive).names == {"good", "fine"}
    assert {item["sk"]["S"] for item in items(client)} == {"good", "fine"}


def test_more_states_than_a_page_are_all_read(table: Table) -> None:
    states = [(f"account {number}", {"title": "x" * 20_000}) for number in range(120)]
    table.keep_states("main", states, alive)
    assert len(table.states("main")) == 120


def test_a_datapoint_is_keyed_by_its_scheduled_time_and_expires(client: Any, table: Table) -> None:
    table.keep_datapoints("other", AT, [("a", {"remaining": "1.5", "unit": "USD"})], alive)
    (item,) = items(client)
    assert item == {
        "pk": {"S": "history#other/a"},
        "sk": {"S": "2026-11-22T04:00:00Z"},
        "remaining": {"S": "1.5"},
        "unit": {"S": "USD"},
        "expires": {"N": str(int((AT + timedelta(days=400)).timestamp()))},
    }


def test_a_table_that_is_not_there_is_an_error_with_its_code(table: Table, client: Any) -> None:
    client.delete_table(TableName="balancewatch")
    for call in (
        lambda: table.states("main"),
        lambda: table.take_lease("main", "one", AT, NOW, UNTIL),
        lambda: table.set_aside("main", "a", {}, AT),
    ):
        with pytest.raises(OutsideError, match="ResourceNotFoundException"):
            call()
    assert table.keep_states("main", [("a", {})], alive).names == set()


def test_what_is_set_aside_loses_nothing(client: Any, table: Table) -> None:
    """Also of types that are never written here: a newer version may have, or a hand in the console."""
    odd = {
        "n": {"N": "1.50"},
        "l": {"L": [{"S": "a"}, {"N": "2"}]},
        "s": {"SS": ["x", "y"]},
        "b": {"B": b"bytes"},
        "z": {"NULL": True},
        "m": {"M": {"deep": {"L": []}, "flag": {"BOOL": False}}},
    }
    client.put_item(TableName="balancewatch", Item={"pk": {"S": "team#main"}, "sk": {"S": "a"}, **odd})
    table.set_aside("main", "a", table.states("main")["a"], AT)
    (kept,) = (item for item in items(client) if item["pk"]["S"] == "aside#main")
    assert {name: kept[name] for name in odd} == odd
