"""The Lambda entry point, and the only place that makes clients."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final, Protocol

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from balancewatch_relay import AGENT
from balancewatch_relay.adapters.memory import Memory
from balancewatch_relay.adapters.secrets import Secrets
from balancewatch_relay.adapters.services import service_of
from balancewatch_relay.core.event import EventError
from balancewatch_relay.core.message import Stack
from balancewatch_relay.relay import RelayError, World, relay
from balancewatch_relay.settings import Settings, from_environment

DEADLINE_S: Final = 20.0
"""How long every channel has."""
_TO_FINISH_S = 5.0
SERVICE: Final = "balancewatch-relay"


class Context(Protocol):
    """What the handler needs of the Lambda context."""

    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What is made once and used by every event of this environment."""

    settings: Settings
    logger: Logger
    secrets: Secrets
    memory: Memory


def handler(event: Mapping[str, object], context: Context) -> dict[str, int]:
    """Pass on what the event holds. Raises `RelayError` and `EventError`: then Lambda tries again."""
    made = parts()
    stack = Stack(made.settings.stack, made.settings.language)
    left = context.get_remaining_time_in_millis() / 1000 - _TO_FINISH_S
    try:
        return relay(event, world_of(made), stack, max(min(DEADLINE_S, left), 0.0))
    except (RelayError, EventError) as error:
        made.logger.error("not relayed", extra={"why": str(error)})  # noqa: TRY400  # a traceback would say no more
        raise


@cache
def parts() -> Parts:
    """Made at the first event and kept: importing this module needs no environment and no credentials."""
    settings = from_environment()
    session = boto3.session.Session()
    return Parts(
        settings=settings,
        logger=Logger(service=SERVICE, location=None, use_rfc3339=True),
        secrets=Secrets(session.client("secretsmanager", config=_config()), settings.channels),
        memory=Memory(session.client("dynamodb", config=_config()), settings.table),
    )


def _config() -> Config:
    """botocore waits 60 s and its retries differ by version; both are said here."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": 3},
        user_agent_extra=AGENT,
        connect_timeout=2,
        read_timeout=3,
    )


def world_of(made: Parts) -> World:
    """The world of an event, made of the adapters."""
    return World(
        secret=made.secrets.read,
        sender=lambda url: service_of(url, _now),
        sent=made.memory.sent,
        remember=lambda keys: made.memory.remember(keys, _now()),
        log=lambda event, fields: made.logger.info(event, extra=dict(fields)),
        warn=lambda event, fields: made.logger.warning(event, extra=dict(fields)),
        clock=time.monotonic,
    )


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
