"""The Lambda entry point, and the only place that makes clients."""

import gc

# What is imported stays: to look for garbage in it takes a sixth of a cold start.
gc.disable()

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Protocol

from aws_lambda_powertools import Logger

from balancewatch.adapters import catalogue
from balancewatch.adapters.known_teams import KnownTeams
from balancewatch.adapters.metrics import SERVICE, Metrics
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.adapters.queue import Queue
from balancewatch.adapters.secrets import Secrets
from balancewatch.adapters.table import Table
from balancewatch.adapters.topic import Topic
from balancewatch.aws import Clients
from balancewatch.core.account import MAIN
from balancewatch.core.account_list import Stack
from balancewatch.core.event import Due, EventError, answer_of, records_of, scheduled_time
from balancewatch.core.measures import Measures
from balancewatch.core.notification import Json
from balancewatch.core.state_record import moment
from balancewatch.core.teams import secrets_of
from balancewatch.dispatch import Ended, Fleet, dispatch, run_records
from balancewatch.heartbeat import beat
from balancewatch.readings import guarded
from balancewatch.run import run
from balancewatch.settings import Settings, from_environment
from balancewatch.world import Job, Left, World

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

gc.freeze()
gc.set_threshold(50_000)  # what a run makes is mostly needed to its end
gc.enable()

_MARGIN_S = 1.0
"""How long before the function ends it waits for no team any more."""
_MOST_WORKERS = 64
_LEAST_WORKERS = 16


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
    known: KnownTeams
    secrets: Secrets
    topic: Topic
    queue: Queue
    metrics: Metrics


def handler(event: Mapping[str, object], context: Context) -> Mapping[str, Json]:
    """Run all teams for the event's scheduled time, or those of the queue's records.

    Raises `RunsFailedError` for the first; of the second Lambda is told which failed.
    """
    made = parts()
    now = _now()
    seconds = context.get_remaining_time_in_millis() / 1000
    measured: list[Measures] = []
    ends = now + timedelta(seconds=seconds)
    fleet = _fleet(made, ends, measured)
    try:
        records = records_of(event, now)
        if records is not None:
            ended = run_records(fleet, records, seconds - _MARGIN_S)
            return answer_of(records, _report(made, ended, measured))
        at = scheduled_time(event, now)
    except EventError as error:
        made.metrics.record(Measures(failed=1))
        raise RunsFailedError(str(error), {"at": None, "teams": [], "queued": []}) from None
    done = dispatch(fleet, at, seconds - _MARGIN_S)
    failed = _report(made, done.ended, measured)
    teams: list[Json] = [dict(each.summary) for each in done.ended if each.summary is not None]
    result: dict[str, Json] = {"at": moment(at), "teams": teams, "queued": list(done.queued)}
    if done.troubles:
        made.metrics.record(Measures(failed=1))
        made.logger.error("not all teams", extra={"why": list(done.troubles)})
    if failures := [*done.troubles, *(f"team {team}: {why}" for team, why in failed.items())]:
        raise RunsFailedError("; ".join(failures), result)
    if teams or done.queued:
        _beat(made, ends)
    made.logger.info("done", extra={"at": moment(at), "teams": len(teams), "queued": len(done.queued)})
    return result


def _beat(made: Parts, ends: datetime) -> None:
    """Call the owner's address, if there is one: all runs are complete. Whatever happens fails nothing."""
    if url := made.settings.heartbeat_url:
        with ProvidersHttp(policy_of(made.settings)) as providers:
            world = world_of(made, providers)
            guarded(world, "#heartbeat", beat, world, url, ends)


def _report(made: Parts, ended: Sequence[Ended], measured: Sequence[Measures]) -> Mapping[str, str]:
    """Why runs failed, by team, after log and metrics told so. Here, since lines of two threads may mix."""
    for measures in measured:
        made.metrics.record(measures)
    for each in ended:
        if each.left is not None:
            made.logger.info("left", extra={"team": each.due.team, "why": each.left})
        if each.why is not None:
            if each.summary is None:
                made.metrics.record(Measures(failed=1))
            told = {"team": each.due.team, "why": each.why, "summary": each.summary}
            made.logger.error("run failed", extra=told)
    failed = {each.due.team: each.why for each in ended if each.why is not None}
    for each in ended if failed else ():
        if each.why is None and each.summary is not None:  # which would else be lost with the error
            made.logger.info("run done", extra={"team": each.due.team, "summary": each.summary})
    return failed


@cache
def parts() -> Parts:
    """Made at the first event and kept: importing this module needs no environment and no credentials."""
    settings = from_environment()
    clients = Clients()

    @cache
    def sns() -> "SNSClient":
        client: SNSClient = clients.make("sns", attempts=1)
        return client

    @cache
    def sqs() -> "SQSClient":
        client: SQSClient = clients.make("sqs", attempts=3)
        return client

    dynamodb = clients.make("dynamodb", attempts=3)
    secretsmanager = clients.make("secretsmanager", attempts=3)
    return Parts(
        settings=settings,
        logger=Logger(service=SERVICE, location=None, use_rfc3339=True),
        table=Table(dynamodb, settings.table, settings.history_days),
        known=KnownTeams(dynamodb, settings.table),
        secrets=Secrets(secretsmanager, settings.secret, secrets_of(settings.stack)),
        topic=Topic(sns, settings.topic),
        queue=Queue(sqs, settings.team_queue or ""),
        metrics=Metrics(settings.stack, by_account=settings.account_metrics),
    )


def policy_of(settings: Settings) -> Policy:
    """How providers may be asked: loopback from a terminal only, private addresses also where allowed."""
    return Policy(local=settings.local, allow_private=settings.allow_private)


def _fleet(made: Parts, ends: datetime, measured: list[Measures]) -> Fleet:
    """What the dispatch needs; the runs' measures are collected, for the end."""
    settings = made.settings

    def run_team(due: Due, among: int) -> Mapping[str, Json] | Left:
        workers = max(_MOST_WORKERS // among, _LEAST_WORKERS)
        with ProvidersHttp(replace(policy_of(settings), workers=workers)) as providers:
            world = replace(
                world_of(made, providers),
                measure=measured.append,
                log=lambda event, fields: made.logger.warning(event, extra={"team": due.team, **fields}),
            )
            return run(world, job_of(settings, due.at, ends, due.team, due.until))

    return Fleet(
        secrets=None if settings.team_queue is None else secrets_of(settings.stack),
        interval=timedelta(minutes=settings.interval_minutes),
        listed=made.secrets.names,
        known=made.known.names,
        remember=made.known.add,
        send=made.queue.send,
        run=run_team,
    )


def job_of(
    settings: Settings, at: datetime, ends: datetime, team: str = MAIN, until: datetime | None = None
) -> Job:
    """What to run: a team for a scheduled time."""
    accounts = Stack(settings.timezone, settings.language, catalogue.profile, catalogue.slugs, settings.local)
    interval = timedelta(minutes=settings.interval_minutes)
    return Job(
        team,
        at,
        ends,
        accounts,
        settings.default_thresholds,
        interval,
        settings.digest_above,
        until,
        settings.report_day,
    )


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
        retire=made.known.retire,
        ask=lambda requests, seconds: providers.ask(requests, until=time.monotonic() + seconds, now=_now),
        is_heard=made.topic.is_heard,
        publish=made.topic.publish,
        measure=made.metrics.record,
        log=lambda event, fields: made.logger.warning(event, extra=dict(fields)),
    )


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock, here only
