"""One run without AWS: state in SQLite, people told through channels, accounts in a file."""

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from balancewatch.adapters import catalogue
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.account import MAIN
from balancewatch.core.account_list import Stack
from balancewatch.core.notification import Json
from balancewatch.core.outside import OutsideError
from balancewatch.core.state_record import moment
from balancewatch.run import run as run_program
from balancewatch.settings import Settings
from balancewatch.world import Job, Left, RunError, World
from balancewatch_cli.check.channels import Channels, Telling
from balancewatch_cli.check.ran import Ran
from balancewatch_cli.check.store import Store
from balancewatch_relay.core.message import Stack as RelayStack
from balancewatch_relay.core.news import Language

FILE: Final = "balancewatch.db"
"""The store's name in the state folder."""

_LASTS: Final = timedelta(seconds=240)


def run(
    accounts: Path, channels: Channels, store: Store, settings: Settings, warn: Callable[[str], None]
) -> Ran:
    """One run. The state folder must be locked: whoever held its lease before is dead."""
    at = _now().replace(microsecond=0)
    summary: Mapping[str, Json] | None = None
    failed: str | None = None
    datapoints: list[Mapping[str, Json]] = []
    with ProvidersHttp(Policy(local=settings.local)) as providers:
        telling = Telling(channels, store, RelayStack(settings.stack, Language(settings.language)), warn)
        try:
            store.break_lease(MAIN)
            told = run_program(_world(accounts, store, telling, providers), _job(settings, at))
            summary = None if isinstance(told, Left) else told
        except RunError as error:
            summary, failed = error.summary, str(error)
        except OutsideError as error:
            failed = str(error)
    try:
        done = store.done(MAIN)
        if summary is not None:
            found = store.datapoints(at)
            datapoints = [{"pk": f"history#{name}", **record} for name, record in found.items()]
    except OutsideError as error:
        done, failed = None, failed or str(error)
    return Ran(summary, failed, datapoints, None if done is None else moment(done))


def _job(settings: Settings, at: datetime) -> Job:
    stack = Stack(settings.timezone, settings.language, catalogue.profile, catalogue.slugs, settings.local)
    interval = timedelta(minutes=settings.interval_minutes)
    thresholds, digest_above = settings.default_thresholds, settings.digest_above
    return Job(MAIN, at, at + _LASTS, stack, thresholds, interval, digest_above)


def _world(accounts: Path, store: Store, telling: Telling, providers: ProvidersHttp) -> World:
    return World(
        now=_now,
        wait=time.sleep,
        holder=lambda: secrets.token_hex(8),
        take_lease=store.take_lease,
        release=store.release,
        secret=lambda _: _read(accounts),
        states=store.states,
        set_aside=store.set_aside,
        keep_states=store.keep_states,
        keep_datapoints=store.keep_datapoints,
        make_sure=store.make_sure,
        forget=store.forget,
        retire=lambda _: None,
        ask=lambda requests, seconds: providers.ask(requests, until=time.monotonic() + seconds, now=_now),
        is_heard=lambda: True,  # without a channel there is no run
        publish=telling.publish,
        measure=lambda _: None,
        log=lambda *_: None,
    )


def _read(accounts: Path) -> str:
    try:
        return accounts.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise OutsideError(f"it cannot be read: {why}") from None


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
