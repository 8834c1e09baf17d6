"""Lease, states and datapoints, in one Amazon DynamoDB table.

BatchWriteItem takes 25 items, has no conditions and hands back what it had no capacity for; one item that
it refuses makes it refuse all. The lease makes batches safe: one run a team writes at a time.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.aws import code_of
from balancewatch.core.account import full_name
from balancewatch.core.datapoint import Datapoint, expiry
from balancewatch.core.lease import LONGEST, Busy, Lease, Leave, Taken, refusal
from balancewatch.core.outside import Kept, OutsideError
from balancewatch.core.plan import Part
from balancewatch.core.state_record import Record, instant, moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, WriteRequestTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

_LEASE = "#lease"
_BATCH = 25
_TRIES = 6
_FIRST_PAUSE_S = 0.05
_NO_TIME = "no time was left"
_CONDITION = "ConditionalCheckFailedException"
_ERRORS = (ClientError, BotoCoreError)


class Table:
    """The table; `pause` waits between tries, in seconds."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        history_days: int,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._name = name
        self._history_days = history_days
        self._pause = pause

    def take_lease(
        self, team: str, holder: str, at: datetime, now: datetime, until: datetime
    ) -> Taken | Leave | Busy:
        """One conditional write. Raises `OutsideError`."""
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_key(_team(team), _LEASE),
                UpdateExpression="SET holder = :holder, #until = :until, #at = :at",
                ConditionExpression=(
                    "(attribute_not_exists(#until) OR #until < :now OR #until > :void)"
                    " AND (attribute_not_exists(done) OR done < :at)"
                ),
                ExpressionAttributeNames={"#until": "until", "#at": "at"},
                ExpressionAttributeValues=_item(
                    {
                        ":holder": holder,
                        ":until": moment(until),
                        ":at": moment(at),
                        ":now": moment(now),
                        ":void": moment(now + LONGEST),
                    }
                ),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except _ERRORS as error:
            if not isinstance(error, ClientError) or code_of(error) != _CONDITION:
                raise OutsideError(code_of(error)) from None
            held = _lease(error)
            return Taken() if held.holder == holder else refusal(held, at)
        return Taken()

    def release(self, team: str, holder: str, done: datetime | None) -> None:
        """Give the lease back, if it is still ours. Raises `OutsideError`."""
        values = {":holder": holder} | ({} if done is None else {":done": moment(done)})
        expression = "REMOVE #until" if done is None else "SET done = :done REMOVE #until"
        self._update(team, _LEASE, expression, "holder = :holder", {"#until": "until"}, values)

    def states(self, team: str) -> Mapping[str, Record]:
        """Every account's record, by name; strongly consistent. Raises `OutsideError`."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=_item({":pk": _team(team)}),
            ConsistentRead=True,
        )
        found: dict[str, Record] = {}
        try:
            for page in pages:
                for item in page["Items"]:
                    record = {key: _plain(value) for key, value in item.items()}
                    name = record.pop("sk")
                    if name != _LEASE:
                        record.pop("pk")
                        found[name] = record
        except _ERRORS as error:
            raise OutsideError(f"the states cannot be read: {code_of(error)}") from None
        return found

    def set_aside(self, team: str, name: str, record: Record, at: datetime) -> None:
        """Put a record that cannot be read where no run takes it for an account. Raises `OutsideError`.

        The same record is put there once, however often it is found.
        """
        digest = hashlib.sha256(json.dumps(record, sort_keys=True, default=str).encode()).hexdigest()[:16]
        place = {"pk": f"aside#{team}", "sk": f"{name}#{digest}"}
        item = _item({**record, **place, "expires": expiry(at, self._history_days)})
        try:
            self._client.put_item(TableName=self._name, Item=item)
        except _ERRORS as error:
            raise OutsideError(code_of(error)) from None

    def keep_states(self, team: str, states: Sequence[tuple[str, Record]], alive: Callable[[], bool]) -> Kept:
        """Store what can be stored while alive; never raises."""
        items = [(name, _item({"pk": _team(team), "sk": name, **record})) for name, record in states]
        return self._keep(items, alive)

    def keep_datapoints(
        self,
        team: str,
        at: datetime,
        datapoints: Sequence[tuple[str, Datapoint]],
        alive: Callable[[], bool],
    ) -> Kept:
        """Store what can be stored while alive; never raises."""
        expires = expiry(at, self._history_days)
        items = [
            (
                name,
                _item(
                    {
                        "pk": f"history#{full_name(team, name)}",
                        "sk": moment(at),
                        **datapoint,
                        "expires": expires,
                    }
                ),
            )
            for name, datapoint in datapoints
        ]
        return self._keep(items, alive)

    def make_sure(self, team: str, name: str, part: Part, ident: str) -> None:
        """Note that a part of told arrived, if it is still the same. Raises `OutsideError`."""
        names = {"#part": part, "#sure": "sure", "#id": "id"}
        values: dict[str, object] = {":sure": True, ":id": ident}
        self._update(team, name, "SET #part.#sure = :sure", "#part.#id = :id", names, values)

    def forget(self, team: str, name: str, ident: str) -> None:
        """Delete the state of an account whose removal was told. Raises `OutsideError`."""
        try:
            self._client.delete_item(
                TableName=self._name,
                Key=_key(_team(team), name),
                ConditionExpression="removal.#id = :id",
                ExpressionAttributeNames={"#id": "id"},
                ExpressionAttributeValues=_item({":id": ident}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except _ERRORS as error:
            if isinstance(error, ClientError) and code_of(error) == _CONDITION and not _old_item(error):
                return
            raise OutsideError(code_of(error)) from None

    def _update(
        self,
        team: str,
        key: str,
        expression: str,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, object],
    ) -> None:
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_key(_team(team), key),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=_item(values),
            )
        except _ERRORS as error:
            raise OutsideError(code_of(error)) from None

    def _keep(self, items: "Sequence[tuple[str, Item]]", alive: Callable[[], bool]) -> Kept:
        names: set[str] = set()
        error = None
        for start in range(0, len(items), _BATCH):
            batch = dict(items[start : start + _BATCH])
            try:
                kept = self._put_all(batch, alive)
            except _ERRORS:
                kept = self._put_each(batch, alive)
            names.update(kept.names)
            error = kept.error or error
        return Kept(names, error)

    def _put_all(self, batch: "Mapping[str, Item]", alive: Callable[[], bool]) -> Kept:
        """One call, and again for what is handed back unprocessed, with pauses."""
        keys = {_sort_key(item): name for name, item in batch.items()}
        waiting: Iterable[Item] = batch.values()
        error: str | None = _NO_TIME
        for attempt in range(_TRIES):
            if not alive():
                break
            requests: Sequence[WriteRequestTypeDef] = [{"PutRequest": {"Item": item}} for item in waiting]
            answer = self._client.batch_write_item(RequestItems={self._name: requests})
            unprocessed = answer.get("UnprocessedItems", {}).get(self._name, [])
            waiting = [each["PutRequest"]["Item"] for each in unprocessed]
            error = "the table has no capacity left" if waiting else None
            if not waiting:
                break
            self._pause(_FIRST_PAUSE_S * 2**attempt)
        return Kept(batch.keys() - {keys[_sort_key(item)] for item in waiting}, error)

    def _put_each(self, batch: "Mapping[str, Item]", alive: Callable[[], bool]) -> Kept:
        """One by one, so that one refused item costs only itself."""
        names: set[str] = set()
        error = None
        for name, item in batch.items():
            if not alive():
                error = _NO_TIME
                break
            try:
                self._client.put_item(TableName=self._name, Item=item)
                names.add(name)
            except _ERRORS as refused:
                error = code_of(refused)
        return Kept(names, error)


@dataclass(frozen=True, slots=True)
class _Other:
    """A value of a type that is never written here: what is set aside must lose nothing."""

    typed: "AttributeValueTypeDef"


def _typed(value: object) -> "AttributeValueTypeDef":
    """A value as DynamoDB wants it (boto3 has the like, but takes long to import)."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case _Other():
            return value.typed
        case Mapping():
            return {"M": _item(value)}
        case _:
            raise TypeError(type(value).__name__)


def _plain(typed: "AttributeValueTypeDef") -> Any:
    ((kind, value),) = typed.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "M":
            return {key: _plain(each) for key, each in typed["M"].items()}
        case _:
            return _Other(typed)


def _item(values: Mapping[str, object]) -> "Item":
    return {key: _typed(value) for key, value in values.items()}


def _key(pk: str, sk: str) -> "Item":
    return _item({"pk": pk, "sk": sk})


def _sort_key(item: "Item") -> tuple[object, object]:
    return _plain(item["pk"]), _plain(item["sk"])


def _lease(error: ClientError) -> Lease:
    held = {key: _plain(value) for key, value in _old_item(error).items()}

    def time_of(key: str) -> datetime | None:
        try:
            return instant(str(held[key])) if key in held else None
        except ValueError:
            return None

    return Lease(held.get("holder"), time_of("until"), time_of("at"), time_of("done"))


def _old_item(error: ClientError) -> "Item":
    """What the table held when it refused; a repeated call may find the work of its own first try."""
    found = error.response.get("Item", {})
    return found if isinstance(found, dict) else {}


def _team(team: str) -> str:
    return f"team#{team}"
