"""The real run on moto's AWS and a real provider on loopback, under a clock and faults that a test sets."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.session import Session
from moto import mock_aws

from balancewatch import app
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.measures import Measures
from balancewatch.core.notification import Json
from balancewatch.run import run
from balancewatch.world import Left, RunError
from balancewatch_cli.check.environment import DEFAULTS
from tests.provider import Provider, provider

START = datetime(2026, 11, 22, 4, tzinfo=UTC)
PERIOD = timedelta(minutes=15)


class KilledError(BaseException):
    """The process ends here: nothing after it happens, not even clean-up."""


Fault = Callable[[str, int], str | None]
"""From an AWS operation and its number in the run to a fault: kill-before, kill-after, refuse, lose."""


@dataclass
class Stage:
    """One stack, its clock, and what people heard."""

    provider: Provider
    now: datetime = START
    fault: Fault | None = None
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    logged: list[tuple[str, Mapping[str, Json]]] = field(default_factory=list)
    measured: list[Measures] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    _dead: bool = False
    _in_run: bool = False

    def accounts(self, secret: str) -> None:
        """Put accounts into the secret."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=os.environ["BALANCEWATCH_SECRET"], SecretString=secret
        )

    def tick(self, at: datetime | None = None, *, fault: Fault | None = None) -> Mapping[str, Json] | None:
        """The next scheduled run; None where it left. Raises `RunError`, or `KilledError`."""
        if at is None:
            self.now += PERIOD
            at = self.now
        self.fault, self._dead, self._in_run = fault, False, True
        self.calls.clear()
        parts = app.parts()
        providers = ProvidersHttp(Policy(local=True), jitter=lambda: 0.0)
        world = replace(
            app.world_of(parts, providers),
            now=lambda: self.now,
            wait=self.waited.append,
            log=lambda event, fields: self.logged.append((event, fields)),
            measure=self.measured.append,
        )
        try:
            done = run(world, app.job_of(parts.settings, at, self.now + timedelta(minutes=4)))
        finally:
            providers.close()
            self._in_run = False
        return None if isinstance(done, Left) else done

    def tick_through(self, fault: Fault) -> None:
        """A run that may die or fail on the way."""
        with suppress(KilledError, RunError):
            self.tick(fault=fault)

    def heard(self) -> list[dict[str, Any]]:
        """Every notification that SNS accepted since the last look."""
        return heard_since()

    def told(self) -> list[tuple[str, str, str]]:
        """Account, kind and status of every notification since the last look."""
        return [(each["account"], each["kind"], each["status"]) for each in self.heard()]

    def items(self, prefix: str = "") -> list[dict[str, Any]]:
        """Every item of the table whose key begins so."""
        found = boto3.client("dynamodb").scan(TableName="balancewatch")["Items"]
        return [item for item in found if item["pk"]["S"].startswith(prefix)]

    def refuses_all(self, *, refused: bool) -> None:
        """Let AWS refuse every call from now on, also outside of runs; or no more."""
        self._in_run = refused
        self.fault = (lambda _operation, _number: "refuse") if refused else None

    def call(self, client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        """What stands between boto3 and moto: records, and plays the faults."""
        if not self._in_run:
            return _CALL(client, operation, parameters)
        if self._dead:
            raise KilledError
        self.calls.append((operation, parameters))
        match self.fault and self.fault(operation, len(self.calls)):
            case None:
                return _CALL(client, operation, parameters)
            case "kill-before":
                self._dead = True
                raise KilledError
            case "kill-after":
                _CALL(client, operation, parameters)
                self._dead = True
                raise KilledError
            case "refuse":
                raise ClientError({"Error": {"Code": "InternalFailure", "Message": "planted"}}, operation)
            case "lose":
                _CALL(client, operation, parameters)
                raise ReadTimeoutError(endpoint_url="https://planted.invalid")
            case unknown:
                raise AssertionError(unknown)


class _Session(Session):
    """Makes one client of a kind, which knows nothing of the stage before: all of its state is moto's."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, BaseClient] = {}

    def create_client(self, service_name: str, *given: Any, **named: Any) -> BaseClient:
        chosen = [each for each in os.environ.items() if each[0].startswith("AWS_")]
        config = named.get("config") and vars(named["config"])
        kind = repr((service_name, given, sorted((named | {"config": config}).items()), sorted(chosen)))
        if kind not in self._made:
            self._made[kind] = super().create_client(service_name, *given, **named)
        return self._made[kind]


@cache
def _sessions() -> tuple[Session, boto3.Session]:
    """The program's and the tests' own."""
    return _Session(), boto3.Session(botocore_session=_Session())


@contextmanager
def aws(**variables: str) -> Iterator[None]:
    """AWS by moto, with nothing in it. Its sessions and clients, which take long to make, are made once."""
    with environment(**variables), mock_aws():
        ours, theirs = _sessions()
        with patch("balancewatch.aws.Session", lambda: ours), patch.object(boto3, "DEFAULT_SESSION", theirs):
            yield


_CALL: Any = vars(BaseClient)["_make_api_call"]
_QUEUE_URL: list[str] = []


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """The environment that the template sets, and nothing of this machine's AWS."""
    common = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        **DEFAULTS,
        "BALANCEWATCH_STACK": "test",
        "BALANCEWATCH_TABLE": "balancewatch",
        "BALANCEWATCH_ACCOUNT_METRICS": "on",
    }
    with patch.dict(os.environ, common | variables):
        app.parts.cache_clear()
        try:
            yield
        finally:
            app.parts.cache_clear()


def make_stack(*, heard: bool = True) -> None:
    """Table, topic, a queue that hears everything, and an empty secret."""
    boto3.client("dynamodb").create_table(
        TableName="balancewatch",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    topic = boto3.client("sns").create_topic(Name="balancewatch")["TopicArn"]
    queue = boto3.client("sqs")
    _QUEUE_URL[:] = [queue.create_queue(QueueName="heard")["QueueUrl"]]
    os.environ["BALANCEWATCH_TOPIC"] = topic
    os.environ["BALANCEWATCH_SECRET"] = boto3.client("secretsmanager").create_secret(Name="accounts")["ARN"]
    if heard:
        listen()


def heard_since() -> list[dict[str, Any]]:
    """Every notification that SNS accepted since the last look."""
    queue = boto3.client("sqs")
    found = []
    while messages := queue.receive_message(QueueUrl=_QUEUE_URL[0], MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found += json.loads(message["Body"])["notifications"]
            queue.delete_message(QueueUrl=_QUEUE_URL[0], ReceiptHandle=message["ReceiptHandle"])
        if len(messages) < 10:
            break
    return found


def listen() -> None:
    """Subscribe the queue to the topic."""
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=_QUEUE_URL[0], AttributeNames=["QueueArn"])
    boto3.client("sns").subscribe(
        TopicArn=os.environ["BALANCEWATCH_TOPIC"],
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )


@contextmanager
def stage(*, heard: bool = True) -> Iterator[Stage]:
    """A stage, while it stands."""
    with aws(), provider() as playing:
        make_stack(heard=heard)
        standing = Stage(playing)

        def between(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
            return standing.call(client, operation, parameters)

        with patch.object(BaseClient, "_make_api_call", between):
            yield standing
