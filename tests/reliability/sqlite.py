"""The small AWS with a real SQLite file in the table's place; its calls go through the same passage.

A transaction is one call: it takes effect wholly or not at all, and fails or ends the process before or
after that. Where the world looks into an item, or spoils one, it does so in the table's form.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.core.datapoint import Datapoint
from balancewatch.core.lease import Busy, Leave, Taken
from balancewatch.core.outside import Kept, OutsideError
from balancewatch.core.plan import Part
from balancewatch.core.state_record import Record
from balancewatch_cli.check.store import Store
from tests.reliability.cloud import Cloud, Item, Passage

_write, _read = TypeSerializer().serialize, TypeDeserializer().deserialize


class _NotOursError(Exception):
    """The lease was refused: nothing took effect."""


@dataclass(slots=True, kw_only=True)
class SqliteCloud(Cloud):
    """SNS and the secret as they are, and a store in the table's place."""

    connection: sqlite3.Connection

    def get(self, key: tuple[str, str]) -> Item | None:
        row = self.connection.execute("SELECT record FROM state WHERE team = 'main' AND name = ?", key[1:])
        found = row.fetchone()
        return None if found is None else _item("team#main", key[1], json.loads(found[0]))

    def put(self, key: tuple[str, str], item: Item | None) -> None:
        self.connection.execute("DELETE FROM state WHERE team = 'main' AND name = ?", key[1:])
        if item is not None:
            record = {name: _read(value) for name, value in item.items() if name not in ("pk", "sk")}
            values = ("main", key[1], json.dumps(record))
            self.connection.execute("INSERT INTO state VALUES (?, ?, ?)", values)

    def lose(self, key: tuple[str, str]) -> None:
        self.put(key, None)

    def table(self, passage: Passage, pause: Callable[[float], None]) -> "Any":  # noqa: ARG002  # nothing waits
        return StoreCalls(Store(self.connection, 400), passage)


@dataclass(frozen=True, slots=True)
class StoreCalls:
    """A store whose every call passes through where faults happen."""

    store: Store
    passage: Passage

    def take_lease(
        self, team: str, holder: str, at: datetime, now: datetime, until: datetime
    ) -> Taken | Leave | Busy:
        refused: list[Leave | Busy] = []

        def take() -> Any:
            answer = self.store.take_lease(team, holder, at, now, until)
            if not isinstance(answer, Taken):
                refused.append(answer)
                raise _NotOursError

        with suppress(_NotOursError):
            self._call("UpdateItem", {**_key("#lease"), "ExpressionAttributeValues": {":until": until}}, take)
        return refused[0] if refused else Taken()

    def release(self, team: str, holder: str, done: datetime | None) -> None:
        values = {} if done is None else {":done": done}
        self._call(
            "UpdateItem",
            {**_key("#lease"), "ExpressionAttributeValues": values},
            lambda: self.store.release(team, holder, done),
        )

    def states(self, team: str) -> Mapping[str, Record]:
        found: Mapping[str, Record] = self._call("Query", {}, lambda: self.store.states(team))
        return found

    def set_aside(self, team: str, name: str, record: Record, at: datetime) -> None:
        item = _item(f"aside#{team}", name, record)
        self._call("PutItem", {"Item": item}, lambda: self.store.set_aside(team, name, record, at))

    def keep_states(self, team: str, states: Sequence[tuple[str, Record]], alive: Callable[[], bool]) -> Kept:
        items = [_item(f"team#{team}", name, record) for name, record in states]
        return self._kept(items, alive, lambda: self.store.keep_states(team, states, alive))

    def keep_datapoints(
        self,
        team: str,
        at: datetime,
        datapoints: Sequence[tuple[str, Datapoint]],
        alive: Callable[[], bool],
    ) -> Kept:
        items = [_item(f"history#{name}", str(at), datapoint) for name, datapoint in datapoints]
        return self._kept(items, alive, lambda: self.store.keep_datapoints(team, at, datapoints, alive))

    def make_sure(self, team: str, name: str, part: Part, ident: str) -> None:
        self._call("UpdateItem", _key(name), lambda: self.store.make_sure(team, name, part, ident))

    def forget(self, team: str, name: str, ident: str) -> None:
        self._call("DeleteItem", _key(name), lambda: self.store.forget(team, name, ident))

    def _kept(self, items: Sequence[Item], alive: Callable[[], bool], keep: Callable[[], Kept]) -> Kept:
        if not items or not alive():
            return keep()

        def all_or_nothing() -> Any:
            kept = keep()
            if kept.error is not None:
                raise OutsideError(kept.error)
            return kept

        try:
            kept: Kept = self._call("Transaction", {"Items": items}, all_or_nothing)
        except OutsideError as error:
            return Kept((), str(error))
        return kept

    def _call(self, operation: str, parameters: Mapping[str, Any], effect: Callable[[], Any]) -> Any:
        """What goes wrong with a call to AWS goes wrong with a transaction: for certain, or perhaps not."""
        try:
            return self.passage(operation, parameters, effect)
        except (ClientError, BotoCoreError) as error:
            raise OutsideError(type(error).__name__) from None


def _key(name: str) -> dict[str, Any]:
    return {"Key": {"sk": {"S": name}}}


def _item(pk: str, sk: str, record: Record) -> Item:
    return {name: _write(value) for name, value in {**record, "pk": pk, "sk": sk}.items()}
