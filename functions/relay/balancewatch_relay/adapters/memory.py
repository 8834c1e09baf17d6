"""What was sent to which channel, in the stack's DynamoDB table, for seven days.

A retry must not send to those that took the message. The partitions `relay#...` are the relay's own: its
role may touch no other.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch_relay.outside import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        WriteRequestOutputTypeDef,
        WriteRequestTypeDef,
    )

T = TypeVar("T")

Key = tuple[str, str]
"""A channel's digest, and the id of what it was sent."""

KEPT: Final = timedelta(days=7)
PARTITION: Final = "relay#"
_MOST_READ = 100
_MOST_WRITTEN = 25
_TRIES = 4
_FIRST_PAUSE_S = 0.05


class Memory:
    """Remembers keys; `pause` waits between tries, in seconds."""

    def __init__(
        self, client: "DynamoDBClient", table: str, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._table = table
        self._pause = pause

    def sent(self, keys: Collection[Key]) -> set[Key]:
        """Those of the keys that are remembered. Raises `OutsideError`."""
        found: set[Key] = set()
        for part in _parts(sorted(set(keys)), _MOST_READ):
            waiting: Sequence[Mapping[str, AttributeValueTypeDef]] = [_item(key) for key in part]
            for attempt in range(_TRIES):
                try:
                    answer = self._client.batch_get_item(
                        RequestItems={self._table: {"Keys": waiting, "ConsistentRead": True}}
                    )
                except (ClientError, BotoCoreError) as error:
                    raise OutsideError(_name(error)) from None
                found |= {_key(item) for item in answer["Responses"].get(self._table, [])}
                unread = answer["UnprocessedKeys"].get(self._table)
                if unread is None:
                    break
                waiting = unread["Keys"]
                self._pause(_FIRST_PAUSE_S * 2**attempt)
            else:
                raise OutsideError("the table had no capacity")
        return found

    def remember(self, keys: Collection[Key], now: datetime) -> None:
        """Remember what was sent. Raises `OutsideError`."""
        expires: AttributeValueTypeDef = {"N": str(int((now + KEPT).timestamp()))}
        for part in _parts(sorted(set(keys)), _MOST_WRITTEN):
            waiting: Mapping[str, Sequence[WriteRequestTypeDef | WriteRequestOutputTypeDef]] = {
                self._table: [{"PutRequest": {"Item": {**_item(key), "expires": expires}}} for key in part]
            }
            for attempt in range(_TRIES):
                try:
                    answer = self._client.batch_write_item(RequestItems=waiting)
                except (ClientError, BotoCoreError) as error:
                    raise OutsideError(_name(error)) from None
                if not answer["UnprocessedItems"]:
                    break
                waiting = answer["UnprocessedItems"]
                self._pause(_FIRST_PAUSE_S * 2**attempt)
            else:
                raise OutsideError("the table had no capacity")


def _item(key: Key) -> "dict[str, AttributeValueTypeDef]":
    channel, ident = key
    return {"pk": {"S": f"{PARTITION}{channel}"}, "sk": {"S": ident}}


def _key(item: "Mapping[str, AttributeValueTypeDef]") -> Key:
    return item["pk"]["S"].removeprefix(PARTITION), item["sk"]["S"]


def _parts(values: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def _name(error: ClientError | BotoCoreError) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
