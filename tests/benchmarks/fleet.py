"""A team with three weeks behind it, on moto's AWS: what measurements of whole runs start from."""

import json
import logging
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import boto3

from balancewatch import app
from balancewatch.core.account import MAIN
from balancewatch.core.notification import Json
from balancewatch.core.spending import LONGEST, Spending
from balancewatch.core.state import Seen, State
from balancewatch.core.state_record import record_of
from tests.provider import Provider, provider
from tests.stage import aws, make_stack

PERIOD = timedelta(minutes=15)
QUOTA, USED = 24_997_909, 10_027_091
"""What every account has left and has used; 500,000 are one dollar."""
_DOLLAR = 500_000
_AN_HOUR = 0.05
"""Dollars that an account spends, more or less."""


class Context:
    """As much of a Lambda context as the handler needs."""

    def get_remaining_time_in_millis(self) -> int:
        return 240_000


@dataclass
class Fleet:
    """The accounts, their provider, and the clock that runs go by."""

    names: Sequence[str]
    provider: Provider
    now: datetime

    def has(self, name: str, quota: int) -> None:
        """What is left of an account from now on."""
        self.provider.has(_token(name), quota, used_quota=USED + QUOTA - quota, group="default", id=271)

    def run(self) -> Mapping[str, Json]:
        """The next scheduled run, by the real handler."""
        self.now += PERIOD
        with patch.object(app, "_now", lambda: self.now + timedelta(seconds=2)):
            return app.handler({"at": f"{self.now:%Y-%m-%dT%H:%M:%SZ}"}, Context())

    @property
    def states(self) -> list[dict[str, Any]]:
        """The states as the table has them."""
        found = boto3.client("dynamodb").scan(TableName=os.environ["BALANCEWATCH_TABLE"])["Items"]
        return [
            dict(item) for item in found if item["pk"]["S"] == "team#main" and item["sk"]["S"] != "#lease"
        ]


def secret(names: Sequence[str], base_url: Callable[[int], str]) -> str:
    """The secret's JSON, as an owner would write it who says little."""
    accounts = [
        {"name": name, "provider": "laozhang", "base_url": base_url(number), "token": _token(name)}
        for number, name in enumerate(names)
    ]
    return json.dumps({"defaults": {"threshold": 10}, "accounts": accounts})


def names(count: int) -> list[str]:
    """Names of 24 bytes: the length for which the size of a state is promised."""
    return [f"production-account-{number:05}" for number in range(count)]


@contextmanager
def fleet(count: int, **variables: str) -> Iterator[Fleet]:
    """A fleet whose accounts have been read for three weeks; its last run has just ended, all well."""
    listed = names(count)
    now = datetime(2026, 11, 24, 10, tzinfo=UTC)
    with aws(**variables), provider() as playing:
        make_stack()
        put = boto3.client("secretsmanager").put_secret_value
        text = secret(listed, lambda _: playing.base_url)
        put(SecretId=os.environ["BALANCEWATCH_SECRET"], SecretString=text)
        parts = app.parts()
        parts.table.keep_states(
            MAIN, [(name, record_of(_state(name, now))) for name in listed], alive=lambda: True
        )
        if isinstance(log := parts.logger.registered_handler, logging.StreamHandler):
            log.setStream(sys.stdout)  # it keeps the one of the first logger of this process
        made = Fleet(listed, playing, now)
        for name in listed:
            made.has(name, QUOTA)
        made.run()
        yield made


def _token(name: str) -> str:
    return f"sk-{name}-0123456789abcdef0123456789abcdef"[:51]


def _state(name: str, at: datetime) -> State:
    chance = random.Random(name)
    hours = tuple(_AN_HOUR * chance.lognormvariate(0, 0.5) for _ in range(LONGEST))
    spending = Spending(at, hours, age_s=86_400)
    left = Decimal(QUOTA + 5_000) / _DOLLAR
    used = Decimal(USED - 5_000) / _DOLLAR
    seen = Seen(at, left, used, "USD", Decimal(_DOLLAR), base=Decimal(100), threshold=None)
    return State(name, at=at, seen=seen, spending=spending)
