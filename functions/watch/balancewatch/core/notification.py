"""One thing to tell, with all its facts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from balancewatch.core.account import UTC, Account, Entry, Language, Misconfigured, Rules
from balancewatch.core.amount import plain
from balancewatch.core.decide import Decision
from balancewatch.core.forecast import Runway
from balancewatch.core.limits import Limits
from balancewatch.core.notice import Kind, Notice, Tick
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.state import Relief, Seen, State, Status
from balancewatch.core.state_record import moment
from balancewatch.core.verdict import Cause, Causes, Level, Severity

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an account cannot be read, and since when."""

    reason: Reason
    detail: str | None = None
    advice: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """What is told, in facts. Amounts are in `unit`; `balance_at` says how old they are."""

    id: str
    kind: Kind
    status: Status
    severity: Severity
    at: datetime
    team: str
    account: str
    title: str
    provider: str | None = None
    provider_title: str | None = None
    level: Level | None = None
    causes: Causes = field(default_factory=dict)
    unit: str | None = None
    remaining: Decimal | None = None
    balance_at: datetime | None = None
    is_current: bool = False
    """Whether the amounts were read in this run."""
    used: Decimal | None = None
    unlimited: bool = False
    raw: Mapping[str, str] = field(default_factory=dict)
    threshold: Decimal | None = None
    critical_threshold: Decimal | None = None
    runway: Runway | None = None
    """Hours from `at`."""
    daily: Decimal | None = None
    """What it usually spends in a day."""
    runway_limit: Decimal | None = None
    """The hours by which the runway is low at this level, where it is."""
    estimate: Decimal | None = None
    """Where the balance must be by now, where it cannot be read."""
    is_own_estimate: bool = False
    """Whether the balance is worked out from what was bought and spent: no provider says it."""
    refills_at: datetime | None = None
    """When a quota that comes back does so next."""
    host: str | None = None
    relief: Relief | None = None
    trouble: Trouble | None = None
    exchange: Exchange | None = None
    top_up_url: str | None = None
    labels: tuple[str, ...] = ()
    timezone: ZoneInfo = UTC
    language: Language = Language.EN
    is_again: bool = False


def notification_of(
    entry: Entry, decision: Decision, notice: Notice, reading: Reading, tick: Tick
) -> Notification:
    """The facts behind a notice about an account in the secret."""
    state, seen = decision.told, decision.told.seen
    profile = entry.profile if isinstance(entry, Account) else None
    url = None if profile is None else entry.rules.top_up_url or profile.top_up_url
    balance = reading if isinstance(reading, Balance) else None
    outlook = decision.outlook
    limits = outlook.limits or Limits()
    shown = _shown(balance, seen)
    return replace(
        _about(state, notice, tick),
        provider_title=profile.title if profile else state.provider,
        level=decision.verdict.level,
        causes=decision.verdict.causes,
        unit=shown.unit if shown else None,
        remaining=shown.remaining if shown else None,
        balance_at=shown.at if shown else None,
        is_current=balance is not None,
        used=shown.used if shown else None,
        unlimited=balance is not None and balance.unlimited,
        raw=balance.raw if balance else {},
        threshold=limits.warning,
        critical_threshold=limits.critical,
        runway=outlook.lasting.runway if outlook.lasting else None,
        daily=outlook.lasting.daily if outlook.lasting else None,
        runway_limit=_runway_limit(entry.rules, decision.verdict.causes),
        estimate=outlook.estimate.remaining if outlook.estimate else None,
        is_own_estimate=profile is not None and profile.estimate,
        refills_at=balance.refills_at if balance else None,
        host=urlsplit(entry.base_url).hostname if isinstance(entry, Account) else None,
        relief=notice.relief,
        trouble=_trouble(entry, state, reading) if decision.verdict.unreachable else None,
        exchange=reading.exchange,
        top_up_url=url,
        labels=entry.rules.labels,
    )


def removed_notification(decision: Decision, notice: Notice, tick: Tick) -> Notification:
    """The facts behind a notice about an account that left the secret: its state remembers its words."""
    state, seen = decision.told, decision.told.seen
    about = _about(state, notice, tick)
    if seen is None:
        return about
    return replace(about, unit=seen.unit, remaining=seen.remaining, balance_at=seen.at)


def _runway_limit(rules: Rules, causes: Causes) -> Decimal | None:
    by_level = {Level.WARNING: rules.runway_hours, Level.CRITICAL: rules.critical_runway_hours}
    return by_level.get(causes.get(Cause.RUNWAY, Level.OK))


def _about(state: State, notice: Notice, tick: Tick) -> Notification:
    """What every notification says of its account and of itself."""
    try:
        timezone = ZoneInfo(state.timezone)
    except (KeyError, ValueError, OSError):
        timezone = UTC
    return Notification(
        id=notice.id,
        kind=notice.kind,
        status=notice.status,
        severity=notice.severity,
        at=tick.at,
        team=tick.team,
        account=state.name,
        title=state.title or state.name,
        provider=state.provider,
        timezone=timezone,
        language=state.language,
        is_again=notice.is_again,
    )


def _shown(balance: Balance | None, seen: Seen | None) -> Seen | None:
    """The amounts to show: this run's, else the last that were read."""
    if balance is None or seen is None:
        return seen
    return Seen(
        at=balance.exchange.asked_at,
        remaining=balance.remaining,
        used=balance.used,
        unit=balance.unit,
        scale=seen.scale,
        base=seen.base,
        threshold=seen.threshold,
    )


def _trouble(entry: Entry, state: State, reading: Reading) -> Trouble | None:
    since, reason = state.reach.since, state.reach.reason
    match entry, reading:
        case Misconfigured(), _:
            return Trouble(Reason.MISCONFIGURED, entry.mistakes, None, since)
        case _, Failure():
            return Trouble(reading.reason, reading.detail, reading.advice, since)
        case _:
            return None if reason is None else Trouble(reason, since=since)


def facts(notification: Notification) -> dict[str, Json]:
    """The notification as JSON, after docs/notification.schema.json: amounts are texts."""
    trouble, exchange, relief = notification.trouble, notification.exchange, notification.relief
    return {
        "id": notification.id,
        "kind": notification.kind.value,
        "status": notification.status.value,
        "severity": notification.severity.word,
        "at": moment(notification.at),
        "team": notification.team,
        "account": notification.account,
        "title": notification.title,
        "provider": notification.provider,
        "labels": list(notification.labels),
        "level": None if notification.level is None else notification.level.word,
        "causes": ranked(notification.causes),
        "unit": notification.unit,
        "remaining": text_or_none(notification.remaining),
        "balance_at": _moment(notification.balance_at),
        "used": text_or_none(notification.used),
        "unlimited": notification.unlimited,
        "raw": dict(notification.raw),
        "threshold": text_or_none(notification.threshold),
        "critical_threshold": text_or_none(notification.critical_threshold),
        "runway_hours": runway_hours(notification.runway),
        "spend_per_day": text_or_none(notification.daily),
        "top_up_by": _moment(top_up_by(notification)),
        "estimated_remaining": text_or_none(notification.estimate),
        "refills_at": _moment(notification.refills_at),
        "why": relief.why.value if relief else None,
        "why_amount": text_or_none(relief.amount) if relief else None,
        "reason": trouble.reason.value if trouble else None,
        "detail": trouble.detail if trouble else None,
        "advice": trouble.advice if trouble else None,
        "unreachable_since": _moment(trouble.since) if trouble else None,
        "requested_at": _moment(exchange.asked_at) if exchange else None,
        "duration_ms": exchange.duration_ms if exchange else None,
        "http_status": exchange.http_status if exchange else None,
        "top_up_url": notification.top_up_url,
    }


def top_up_by(notification: Notification) -> datetime | None:
    """When it may be empty at the earliest; None where nobody can say, or not within the horizon."""
    runway = notification.runway
    if runway is None or math.isinf(runway.early):
        return None
    return notification.at + timedelta(hours=runway.early)


def runway_hours(runway: Runway | None) -> Json:
    """The hours with one decimal place; null beyond the horizon."""
    if runway is None:
        return None
    hours = {"early": runway.early, "likely": runway.likely, "late": runway.late}
    return {name: None if math.isinf(value) else round(value, 1) for name, value in hours.items()}


def ranked(causes: Causes) -> list[Json]:
    """The names of the causes, worst first."""
    worst_first: list[tuple[Cause, Level]] = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    return [cause.value for cause, _ in worst_first]


def text_or_none(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
