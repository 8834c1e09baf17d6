"""The small AWS does what moto does, call by call, through the adapters that use it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from balancewatch.adapters.secrets import Secrets
from balancewatch.adapters.table import Table
from balancewatch.adapters.topic import Topic
from balancewatch.core.message import Message
from balancewatch.core.outside import OutsideError
from tests.reliability.cloud import Answer, Cloud, Effect, SecretsClient, TableClient, TopicClient
from tests.reliability.tick import CONFIRMED, PENDING
from tests.stage import aws, listen, make_stack

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
PARTS = ("told_level", "told_reach")


@dataclass
class Two:
    """The same adapters on both."""

    real: Any
    small: Cloud
    tables: tuple[Table, Table]

    def both(self, call: Callable[[Table], object]) -> None:
        """The same call has the same result, or the same error, and leaves the same items."""
        first, second = (_result(call, table) for table in self.tables)
        assert first == second
        assert self.stored() == self.small.items

    def stored(self) -> dict[tuple[str, str], Any]:
        items = self.real.scan(TableName="balancewatch")["Items"]
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}


def _result(call: Callable[[Table], object], table: Table) -> object:
    try:
        return call(table)
    except OutsideError as error:
        return str(error)


def passed(operation: str, parameters: Mapping[str, Any], effect: Effect) -> Answer:
    """Every call goes well."""
    del operation, parameters
    return effect()


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with aws():
        make_stack(heard=False)
        client, cloud = boto3.client("dynamodb"), Cloud()
        tables = (
            Table(client, "balancewatch", 400, pause=lambda _: None),
            Table(TableClient(cloud, passed), "balancewatch", 400, pause=lambda _: None),  # type: ignore[arg-type]  # the calls that are made
        )
        yield Two(client, cloud, tables)


minutes = st.integers(-40, 40)
holders = st.sampled_from(["one", "two"])
names = st.sampled_from(["a", "b", "c"])
idents = st.sampled_from(["x", "y"])
told = st.fixed_dictionaries(
    {"format": st.just("1")},
    optional={
        part: st.fixed_dictionaries({"id": idents, "sure": st.booleans()}) for part in (*PARTS, "removal")
    },
)
moves = st.one_of(
    st.tuples(st.just("take"), holders, minutes, minutes, minutes),
    st.tuples(st.just("release"), holders, st.none() | minutes),
    st.tuples(st.just("keep"), st.dictionaries(names, told, max_size=3)),
    st.tuples(st.just("history"), st.dictionaries(names, told, max_size=2), minutes),
    st.tuples(st.just("sure"), names, st.sampled_from(PARTS), idents),
    st.tuples(st.just("forget"), names, idents),
    st.tuples(st.just("aside"), names, told),
    st.tuples(st.just("states")),
)


def moved(table: Table, move: tuple[Any, ...]) -> object:
    """One call of an adapter."""

    def at(number: int) -> datetime:
        return AT + timedelta(minutes=number)

    match move:
        case ("take", holder, scheduled, now, until):
            return table.take_lease("main", holder, at(scheduled), at(now), at(until))
        case ("release", holder, done):
            table.release("main", holder, None if done is None else at(done))
            return None
        case ("keep", states):
            return table.keep_states("main", list(states.items()), lambda: True)
        case ("history", datapoints, scheduled):
            return table.keep_datapoints("main", at(scheduled), list(datapoints.items()), lambda: True)
        case ("sure", name, part, ident):
            table.make_sure("main", name, part, ident)
            return None
        case ("forget", name, ident):
            table.forget("main", name, ident)
            return None
        case ("aside", name, record):
            table.set_aside("main", name, record, AT)
            return None
        case _:
            return table.states("main")


@settings(max_examples=40, deadline=None)
@given(st.lists(moves, max_size=8))
def test_the_small_table_does_what_motos_does(two: Two, calls: list[tuple[Any, ...]]) -> None:
    for key in two.stored():
        two.real.delete_item(TableName="balancewatch", Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
    two.small.items.clear()
    for call in calls:
        two.both(partial(moved, move=call))


@pytest.mark.parametrize(
    "call",
    [
        {"UpdateExpression": "SET a = :v", "ExpressionAttributeValues": {":v": {"S": "1"}, ":w": {"S": "2"}}},
        {"UpdateExpression": "SET a.b = :v", "ExpressionAttributeValues": {":v": {"S": "1"}}},
        {
            "UpdateExpression": "REMOVE a",
            "ConditionExpression": "attribute_exists(nowhere) AND NOWHERE <> :v",
            "ExpressionAttributeValues": {":v": {"S": "1"}},
        },
        {
            "UpdateExpression": "SET a = :v REMOVE #b",
            "ConditionExpression": "attribute_not_exists(nowhere) AND (a < :v OR attribute_not_exists(a))",
            "ExpressionAttributeNames": {"#b": "b"},
            "ExpressionAttributeValues": {":v": {"S": "1"}},
        },
    ],
)
def test_odd_expressions_are_refused_alike(two: Two, call: dict[str, Any]) -> None:
    """So that an edited expression behaves as it would at AWS."""
    key = {"pk": {"S": "odd"}, "sk": {"S": "item"}}
    results = []
    for client in (two.real, TableClient(two.small, passed)):
        try:
            client.update_item(TableName="balancewatch", Key=key, **call)
            results.append("done")
        except ClientError as error:
            results.append(error.response["Error"]["Code"])
    assert results[0] == results[1]


def test_a_batch_with_the_same_key_twice_is_refused_whole(two: Two) -> None:
    item = {"pk": {"S": "twice"}, "sk": {"S": "a"}}
    for client in (two.real, TableClient(two.small, passed)):
        with pytest.raises(ClientError, match="ValidationException"):
            client.batch_write_item(RequestItems={"balancewatch": [{"PutRequest": {"Item": item}}] * 2})


def test_pages_of_a_query_hold_every_state_once() -> None:
    cloud = Cloud(page=2)
    table = Table(TableClient(cloud, passed), "table", 400, pause=lambda _: None)  # type: ignore[arg-type]  # the calls that are made
    states: list[tuple[str, Any]] = [(name, {"format": "1"}) for name in "abcde"]
    table.keep_states("main", states, lambda: True)
    assert table.states("main") == dict(states)


@pytest.mark.usefixtures("two")
def test_the_small_topic_and_secret_do_what_motos_do() -> None:
    message = Message("a subject", "an e-mail", "a text", '{"notifications": []}', {"severity": "warning"})
    large = Message("a subject", "an e-mail" * 40_000, "a text", "{}", {"severity": "warning"})
    two_lines = Message("a\nsubject", "an e-mail", "a text", "{}", {"severity": "warning"})
    arn = boto3.client("sns").list_topics()["Topics"][0]["TopicArn"]
    secret = boto3.client("secretsmanager").list_secrets()["SecretList"][0]["ARN"]
    cloud = Cloud(subscriptions=(PENDING,))
    topics = (
        Topic(lambda: boto3.client("sns"), arn),
        Topic(lambda: TopicClient(cloud, passed), arn),  # type: ignore[arg-type,return-value]  # the calls that are made
    )
    secrets = (
        Secrets(boto3.client("secretsmanager"), secret, "stack/accounts/"),
        Secrets(SecretsClient(cloud, passed), secret, "stack/accounts/"),  # type: ignore[arg-type]  # the same
    )
    assert [topic.is_heard() for topic in topics] == [False, False]
    listen()
    cloud.subscriptions = (CONFIRMED,)
    assert [topic.is_heard() for topic in topics] == [True, True]
    for topic in topics:
        topic.publish(message)
        with pytest.raises(OutsideError, match="InvalidParameter"):
            topic.publish(large)
    with pytest.raises(OutsideError, match="InvalidParameter"):
        topics[1].publish(two_lines)
    for each in secrets:
        with pytest.raises(OutsideError, match="not configured yet"):
            each.read("main")
    boto3.client("secretsmanager").put_secret_value(SecretId=secret, SecretString="{}")
    cloud.secret = "{}"
    assert [each.read("main") for each in secrets] == ["{}", "{}"]
    assert cloud.accepted == [{"notifications": []}]
