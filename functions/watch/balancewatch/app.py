"""The Lambda entry point, and the only place that makes clients."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Protocol

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from balancewatch import VERSION
from balancewatch.adapters import catalogue
from balancewatch.adapters.metrics import SERVICE, Metrics
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.adapters.secrets import Secrets
from balancewatch.adapters.table import Table
from balancewatch.adapters.topic import Topic
from balancewatch.core.account_list import Stack
from balancewatch.core.event import EventError, scheduled_time
from balancewatch.core.measures import Measures
from balancewatch.core.notification import Json
from balancewatch.core.state_record import moment
from balancewatch.heartbeat import beat
from balancewatch.readings import guarded
from balancewatch.run import run
from balancewatch.settings import Settings, from_environment
from balancewatch.world import Job, Left, RunError, World

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

MAIN = "main"


class Context(Protocol):
    """What the handler needs of the Lambda context."""

    def get_remaining_time_in_millis(self) -> int: ...


class RunsFailedError(Exception):
    """At least one team's run failed; Lambda asks again. `result` is what would have been returned."""

    def __init__(self, why: str, result: Mapping[str, Json]) -> None:
        super().__init__(why)
        self.result = result


@dataclass(frozen=True, slots=True)
class Parts:
    """What is made once and used by every run of this environment."""

    settings: Settings
    logger: Logger
    table: Table
    secrets: Secrets
    topic: Topic
    metrics: Metrics


def handler(event: Mapping[str, object], context: Context) -> Mapping[str, Json]:
    """Run the team for the event's scheduled time. Raises `RunsFailedError`."""
    made = parts()
    now = _now()
    try:
        at = scheduled_time(event, now)
    except EventError as error:
        made.metrics.record(Measures(failed=1))
        raise RunsFailedError(str(error), {"at": None, "teams": [], "queued": []}) from None
    ends = now + timedelta(milliseconds=context.get_remaining_time_in_millis())
    teams: list[Json] = []
    failures: list[str] = []
    providers = ProvidersHttp(policy_of(made.settings))
    try:
        done = run(world_of(made, providers), job_of(made.settings, at, ends))
        if isinstance(done, Left):
            made.logger.info("left", extra={"team": MAIN, "why": done.why})
        else:
            teams.append(dict(done))
    except RunError as error:
        failures.append(f"team {MAIN}: {error}")
        if error.summary is None:
            made.metrics.record(Measures(failed=1))
        else:
            teams.append(dict(error.summary))
        told = {"team": MAIN, "why": str(error), "summary": error.summary}
        made.logger.error("run failed", extra=told)  # noqa: TRY400  # a traceback would say nothing more
    finally:
        providers.close()
    result: dict[str, Json] = {"at": moment(at), "teams": teams, "queued": []}
    if failures:
        raise RunsFailedError("; ".join(failures), result)
    if teams:
        _beat(made, ends)
    made.logger.info("done", extra={"at": moment(at), "teams": len(teams)})
    return result


def _beat(made: Parts, ends: datetime) -> None:
    """Call the owner's address, if there is one: all runs are complete. Whatever happens fails nothing."""
    if url := made.settings.heartbeat_url:
        with ProvidersHttp(policy_of(made.settings)) as providers:
            world = world_of(made, providers)
            guarded(world, "#heartbeat", beat, world, url, ends)


@cache
def parts() -> Parts:
    """Made at the first event and kept: importing this module needs no environment and no credentials."""
    settings = from_environment()
    session = boto3.session.Session()

    @cache
    def sns() -> "SNSClient":
        return session.client("sns", config=_config(attempts=1))

    return Parts(
        settings=settings,
        logger=Logger(service=SERVICE, location=None, use_rfc3339=True),
        table=Table(
            session.client("dynamodb", config=_config(attempts=3)), settings.table, settings.history_days
        ),
        secrets=Secrets(session.client("secretsmanager", config=_config(attempts=3)), settings.secret),
        topic=Topic(sns, settings.topic),
        metrics=Metrics(settings.stack, by_account=settings.account_metrics),
    )


def _config(attempts: int) -> Config:
    """botocore waits 60 s and its retries differ by version; both are said here."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        user_agent_extra=f"balancewatch/{VERSION}",
        connect_timeout=2,
        read_timeout=5,
    )


def policy_of(settings: Settings) -> Policy:
    """How providers may be asked: loopback from a terminal only, private addresses also where allowed."""
    return Policy(local=settings.local, allow_private=settings.allow_private)


def job_of(settings: Settings, at: datetime, ends: datetime) -> Job:
    """What to run: team `main` for a scheduled time."""
    accounts = Stack(settings.timezone, settings.language, catalogue.profile, catalogue.slugs, settings.local)
    interval = timedelta(minutes=settings.interval_minutes)
    return Job(MAIN, at, ends, accounts, settings.default_thresholds, interval, settings.digest_above)


def world_of(made: Parts, providers: ProvidersHttp) -> World:
    """The world of a run, made of the adapters."""
    return World(
        now=_now,
        wait=time.sleep,
        holder=lambda: secrets.token_hex(8),
        take_lease=made.table.take_lease,
        release=made.table.release,
        secret=made.secrets.read,
        states=made.table.states,
        set_aside=made.table.set_aside,
        keep_states=made.table.keep_states,
        keep_datapoints=made.table.keep_datapoints,
        make_sure=made.table.make_sure,
        forget=made.table.forget,
        ask=lambda requests, seconds: providers.ask(requests, until=time.monotonic() + seconds, now=_now),
        is_heard=made.topic.is_heard,
        publish=made.topic.publish,
        measure=made.metrics.record,
        log=lambda event, fields: made.logger.warning(event, extra=dict(fields)),
    )


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock, here only
