"""The real Lambda handler on AWS embedded in this process (moto), its table kept in a folder."""

import contextlib
import io
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import boto3
from botocore.exceptions import ClientError, ParamValidationError
from moto import mock_aws

from balancewatch import app
from balancewatch.core.account import MAIN
from balancewatch.core.notification import Json
from balancewatch.core.state_record import Record
from balancewatch_cli.check.environment import DEFAULTS
from balancewatch_cli.check.folder import Folder, FolderError, Item
from balancewatch_cli.check.ran import Ran

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

_REGION = "us-east-1"
_TABLE = "balancewatch"
_TIMEOUT_S = 240
_BATCH = 25
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "embedded",
    "AWS_SECRET_ACCESS_KEY": "embedded",  # moto's, not anyone's
    "AWS_SESSION_TOKEN": "embedded",
    "AWS_DEFAULT_REGION": _REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    **DEFAULTS,
    "BALANCEWATCH_TABLE": _TABLE,
}


class Context:
    """A Lambda context: all that the handler asks of it is how long it still has."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + _TIMEOUT_S

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


def run(accounts: str, folder: Folder, past: Iterable[tuple[str, Record]] = ()) -> Ran:
    """One run of the handler over the accounts; an empty folder has their `past`.

    The log lines that Lambda would take are dropped. Raises `FolderError`.
    """
    items = folder.load()
    with _environment(), mock_aws(), contextlib.redirect_stdout(io.StringIO()):
        _make(accounts, items)
        app.parts.cache_clear()
        try:
            if not items:
                app.parts().table.keep_states(MAIN, list(past), alive=lambda: True)
            summary, failed = _invoke()
        finally:
            app.parts.cache_clear()
        kept = _items()
        folder.save(kept)
    at = None if summary is None else summary["at"]
    datapoints = [_plain(item) for item in kept if item["sk"]["S"] == at]
    done = (item["done"]["S"] for item in kept if item["sk"]["S"] == "#lease" and "done" in item)
    return Ran(summary, failed, datapoints, next(done, None))


def _invoke() -> tuple[Mapping[str, Json] | None, str | None]:
    """The summary, and why the run failed."""
    failed = None
    try:
        result = app.handler({}, Context())
    except app.RunsFailedError as error:
        result, failed = error.result, str(error).removeprefix("team main: ")
    teams = result["teams"]
    match teams:
        case [dict() as summary, *_]:
            return summary, failed
        case _:
            return None, failed


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("AWS_")]:
        del os.environ[name]  # an endpoint of the caller's would be sent the tokens
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _make(accounts: str, items: Sequence[Item]) -> None:
    """The stack's table, topic with one e-mail and one SMS subscription, and secret."""
    table = boto3.client("dynamodb")
    table.create_table(
        TableName=_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    try:
        for start in range(0, len(items), _BATCH):
            puts: list[WriteRequestTypeDef] = [
                {"PutRequest": {"Item": item}} for item in items[start : start + _BATCH]
            ]
            table.batch_write_item(RequestItems={_TABLE: puts})
    except (ClientError, ParamValidationError):
        raise FolderError("the kept table cannot be put back; move the state folder away") from None
    topics = boto3.client("sns")
    topic = topics.create_topic(Name="balancewatch")["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="email", Endpoint="you@example.com")
    topics.subscribe(
        TopicArn=topic,
        Protocol="sms",
        Endpoint="+12025550123",
        Attributes={"FilterPolicy": json.dumps({"severity": ["critical"]})},
    )
    value = accounts or " "  # blank, as a secret is that was never filled: the API takes no empty text
    secret = boto3.client("secretsmanager").create_secret(Name="balancewatch", SecretString=value)
    os.environ["BALANCEWATCH_TOPIC"] = topic
    os.environ["BALANCEWATCH_SECRET"] = secret["ARN"]


def _items() -> list[Item]:
    """Every item that time to live would not have deleted."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=_TABLE)
    now = time.time()  # noqa: TID251  # the shell reads the clock
    return [
        dict(item)
        for page in pages
        for item in page["Items"]
        if float(item.get("expires", {}).get("N", now + 1)) > now
    ]


def _plain(item: Item) -> dict[str, Json]:
    return {name: _value(typed) for name, typed in item.items()}


def _value(typed: Item) -> Json:
    match typed:
        case {"M": dict() as inner}:
            return {name: _value(each) for name, each in inner.items()}
        case _:
            return cast("Json", next(iter(typed.values())))
