"""A small AWS in memory: a table, a topic and a secret, with the calls that the adapters make.

It exists for speed: a call takes some microseconds, so that hundreds of thousands of runs can be played.
`test_cloud.py` holds it to moto, call by call. Every call goes through a `Passage`, where faults happen.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

from balancewatch.adapters.table import Table
from tests.reliability.expressions import Given, InvalidExpressionError, check_used, holds, updated

Item = dict[str, Any]
Answer = dict[str, Any]
Effect = Callable[[], Answer]

_MOST_IN_BATCH = 25
_LARGEST_ITEM = 400 * 1024
_LARGEST_MESSAGE = 256 * 1024
_LONGEST_SUBJECT = 100


class Passage(Protocol):
    """What every call passes through: it may happen, be refused, lose its answer, or end the process."""

    def __call__(self, operation: str, parameters: Mapping[str, Any], effect: Effect) -> Answer: ...


@dataclass(slots=True)
class Cloud:
    """What AWS holds, and every message that it accepted."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    partitions: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    earlier: dict[tuple[str, str], Item | None] = field(default_factory=dict)
    """Each item before its last write: what a read that is not consistent may still find."""
    secret: str | bytes | None = None
    subscriptions: tuple[str, ...] = ("arn:aws:sns:us-east-1:1:topic:1",)
    accepted: list[Mapping[str, Any]] = field(default_factory=list)
    refuses: frozenset[str] = frozenset()
    """Sort keys whose items the table refuses, as it refuses a number of 39 digits."""
    page: int = 1000
    """How many items a page of a query holds."""

    def table(self, passage: "Passage", pause: Callable[[float], None]) -> Table:
        """The table as a process calls it."""
        return Table(TableClient(self, passage), "table", 400, pause=pause)  # type: ignore[arg-type]  # the calls that are made

    def get(self, key: tuple[str, str]) -> Item | None:
        """Look at an item."""
        return self.items.get(key)

    def lose(self, key: tuple[str, str]) -> None:
        """Delete an item without a trace."""
        self.put(key, None)
        self.earlier.pop(key)

    def put(self, key: tuple[str, str], item: Item | None) -> None:
        """Write or delete an item."""
        self.earlier[key] = self.items.get(key)
        if item is None:
            self.items.pop(key, None)
            return
        self.items[key] = item
        self.partitions.setdefault(key[0], set()).add(key)


def refused(code: str, operation: str, **more: Any) -> ClientError:
    """An error answer of AWS."""
    response: Any = {"Error": {"Code": code, "Message": "planted"}, **more}
    return ClientError(response, operation)


def _key(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _is_too_large(item: Item) -> bool:
    """Whether it may be above the limit: its text is longer than what DynamoDB counts."""
    return len(str(item)) > _LARGEST_ITEM


@dataclass(frozen=True, slots=True)
class TableClient:
    """The calls of a DynamoDB client that the table makes."""

    cloud: Cloud
    passage: Passage

    def update_item(self, **call: Any) -> Answer:
        return self.passage("UpdateItem", call, lambda: self._update(call))

    def put_item(self, **call: Any) -> Answer:
        return self.passage("PutItem", call, lambda: self._put(call["Item"]))

    def delete_item(self, **call: Any) -> Answer:
        return self.passage("DeleteItem", call, lambda: self._delete(call))

    def batch_write_item(self, **call: Any) -> Answer:
        return self.passage("BatchWriteItem", call, lambda: self._batch(call))

    def get_paginator(self, operation: str) -> "Paginator":
        if operation != "query":
            raise NotImplementedError(operation)
        return Paginator(self)

    def query(self, **call: Any) -> Answer:
        """One page."""
        return self.passage("Query", call, lambda: self._query(call))

    def _given(self, call: Mapping[str, Any], operation: str, *expressions: str | None) -> Given:
        names = call.get("ExpressionAttributeNames", {})
        values = call.get("ExpressionAttributeValues", {})
        try:
            check_used(expressions, frozenset(names), frozenset(values))
        except InvalidExpressionError:
            raise refused("ValidationException", operation) from None
        return Given(self.cloud.items.get(_key(call["Key"]), {}), names, values)

    def _checked(self, call: Mapping[str, Any], operation: str, given: Given) -> None:
        if not holds(call.get("ConditionExpression"), given):
            is_shown = call.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and given.item
            more = {"Item": dict(given.item)} if is_shown else {}
            raise refused("ConditionalCheckFailedException", operation, **more)

    def _update(self, call: Mapping[str, Any]) -> Answer:
        update, condition = call["UpdateExpression"], call.get("ConditionExpression")
        given = self._given(call, "UpdateItem", update, condition)
        self._checked(call, "UpdateItem", given)
        try:
            self._put({**call["Key"], **updated(update, given)})
        except InvalidExpressionError:
            raise refused("ValidationException", "UpdateItem") from None
        return {}

    def _put(self, item: Item) -> Answer:
        if self._is_refused(item):
            raise refused("ValidationException", "PutItem")
        self.cloud.put(_key(item), dict(item))
        return {}

    def _is_refused(self, item: Item) -> bool:
        return _is_too_large(item) or item["sk"]["S"] in self.cloud.refuses

    def _delete(self, call: Mapping[str, Any]) -> Answer:
        given = self._given(call, "DeleteItem", call.get("ConditionExpression"))
        self._checked(call, "DeleteItem", given)
        self.cloud.put(_key(call["Key"]), None)
        return {}

    def _batch(self, call: Mapping[str, Any]) -> Answer:
        ((_, requests),) = call["RequestItems"].items()
        items = [request["PutRequest"]["Item"] for request in requests]
        keys = {_key(item) for item in items}
        if not 0 < len(items) <= _MOST_IN_BATCH or len(keys) < len(items):
            raise refused("ValidationException", "BatchWriteItem")
        if any(map(self._is_refused, items)):
            raise refused("ValidationException", "BatchWriteItem")
        for item in items:
            self.cloud.put(_key(item), dict(item))
        return {"UnprocessedItems": {}}

    def _query(self, call: Mapping[str, Any]) -> Answer:
        values, condition = call["ExpressionAttributeValues"], call["KeyConditionExpression"]
        found: dict[tuple[str, str], Item] = {}
        for pk, keys in self.cloud.partitions.items():
            if holds(condition, Given({"pk": {"S": pk}}, {}, values)):
                read = (
                    self.cloud.items if call.get("ConsistentRead") else self.cloud.items | self.cloud.earlier
                )
                found |= {key: item for key in keys if (item := read.get(key)) is not None}
        matching = sorted(found)
        if "ExclusiveStartKey" in call:
            start = _key(call["ExclusiveStartKey"])
            matching = [key for key in matching if key > start]
        page = matching[: self.cloud.page]
        answer: Answer = {"Items": [found[key] for key in page]}
        if len(page) < len(matching):
            pk, sk = page[-1]
            answer["LastEvaluatedKey"] = {"pk": {"S": pk}, "sk": {"S": sk}}
        return answer


@dataclass(frozen=True, slots=True)
class Paginator:
    """Page after page of a query."""

    client: TableClient

    def paginate(self, **call: Any) -> Iterator[Answer]:
        page = self.client.query(**call)
        yield page
        while "LastEvaluatedKey" in page:
            page = self.client.query(**call, ExclusiveStartKey=page["LastEvaluatedKey"])
            yield page


@dataclass(frozen=True, slots=True)
class TopicClient:
    """The calls of an SNS client that the topic makes."""

    cloud: Cloud
    passage: Passage

    def publish(self, **call: Any) -> Answer:
        return self.passage("Publish", call, lambda: self._publish(call))

    def list_subscriptions_by_topic(self, **call: Any) -> Answer:
        found = [{"SubscriptionArn": each} for each in self.cloud.subscriptions]
        return self.passage("ListSubscriptionsByTopic", call, lambda: {"Subscriptions": found})

    def _publish(self, call: Mapping[str, Any]) -> Answer:
        bodies, subject = json.loads(call["Message"]), call["Subject"]
        too_large = len(call["Message"].encode()) > _LARGEST_MESSAGE
        if too_large or "default" not in bodies or not 0 < len(subject) < _LONGEST_SUBJECT:
            raise refused("InvalidParameter", "Publish")
        if not subject.isprintable():
            raise refused("InvalidParameter", "Publish")
        self.cloud.accepted.append(json.loads(bodies["default"]))
        return {"MessageId": str(len(self.cloud.accepted))}


@dataclass(frozen=True, slots=True)
class SecretsClient:
    """The call of a Secrets Manager client that the secrets make."""

    cloud: Cloud
    passage: Passage

    def get_secret_value(self, **call: Any) -> Answer:
        return self.passage("GetSecretValue", call, self._read)

    def _read(self) -> Answer:
        match self.cloud.secret:
            case None:
                raise refused("ResourceNotFoundException", "GetSecretValue")
            case str() as text:
                return {"SecretString": text}
            case bytes() as binary:
                return {"SecretBinary": binary}
