"""What a notification about an account of a stack would say: its facts, of what is known of it."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from balancewatch.core.account import UTC, Entry, Misconfigured, Rules
from balancewatch.core.forecast import Runway
from balancewatch.core.limits import Limits, limits_of
from balancewatch.core.notice import Kind
from balancewatch.core.notification import Notification, Trouble
from balancewatch.core.outlook import estimated
from balancewatch.core.overview import standing_of
from balancewatch.core.reading import Reason
from balancewatch.core.state import Relief, State, Status, Why
from balancewatch.core.verdict import Cause, Causes, Level, Severity, worst

_CENT = Decimal("0.01")
_THRESHOLD = Decimal(10)
_DAILY = Decimal("9.60")
_RUNWAYS = {
    Level.WARNING: Runway(38.0, 46.0, 58.0, unsteady=False),
    Level.CRITICAL: Runway(10.0, 15.0, 24.5, unsteady=False),
}
_RISE = Decimal(50)
_PART = Decimal("0.76")
"""Of the threshold: what is told to be left of an account of which nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notification; a level of None is the one that is true, or else a warning."""

    kind: Kind
    status: Status
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An account as the table has it and as the secret has it; at least one of them does."""

    team: str
    name: str
    state: State | None
    entry: Entry | None
    provider_title: str | None = None
    top_up_url: str | None = None
    """The provider's."""

    @property
    def rules(self) -> Rules | None:
        return self.entry.rules if self.entry else None


@dataclass(frozen=True, slots=True)
class Preview:
    """A notification, and what of it is made up since nobody knows it yet."""

    notification: Notification
    made_up: tuple[str, ...]


def previewed(wanted: Wanted, known: Known, now: datetime, ident: str) -> Preview:
    """The notification as it would be told now. Pure; `ident` is its id."""
    told = _known(known, now, ident)
    level = wanted.level or max(told.level or Level.OK, Level.WARNING)
    told = replace(told, kind=wanted.kind, status=wanted.status, severity=_severity(wanted.kind, level))
    made_up: tuple[str, ...] = ()
    if told.remaining is None and wanted.kind is Kind.LOW_BALANCE:
        told, made_up = _invented(told, known.rules or Rules(), level)
    match wanted.kind:
        case Kind.REMOVED:
            return Preview(replace(told, status=Status.RESOLVED, level=None, causes={}), made_up)
        case Kind.UNREACHABLE:
            told, more = _reach(told, known, wanted.status, now)
        case Kind.LOW_BALANCE if wanted.status is Status.RESOLVED:
            told, more = _well(told, known)
        case Kind.LOW_BALANCE:
            told, more = _low(told, level)
    return Preview(told, (*made_up, *more))


def _severity(kind: Kind, level: Level) -> Severity:
    if kind is Kind.REMOVED:
        return Severity.INFO
    return Severity.CRITICAL if level >= Level.CRITICAL else Severity.WARNING


def _known(known: Known, now: datetime, ident: str) -> Notification:
    """All that is known of the account."""
    state, rules = known.state or State(known.name), known.rules or Rules()
    standing = standing_of(known.team, state, known.provider_title, now)
    zone = rules.timezone if known.entry else _zone(state.timezone)
    about = Notification(
        id=ident,
        kind=Kind.LOW_BALANCE,
        status=Status.FIRING,
        severity=Severity.WARNING,
        at=now,
        team=known.team,
        account=known.name,
        title=rules.title or standing.title,
        provider=known.entry.provider if known.entry else state.provider,
        provider_title=standing.provider_title,
        level=standing.level,
        causes=standing.causes,
        top_up_url=rules.top_up_url or known.top_up_url,
        labels=rules.labels,
        timezone=zone,
        language=rules.language if known.entry else state.language,
    )
    if state.seen is None:
        return about
    limits = _limits(state, known.entry)
    return replace(
        about,
        unit=standing.unit,
        remaining=standing.remaining,
        balance_at=standing.seen_at,
        is_current=True,
        used=state.seen.used,
        unlimited=standing.unlimited,
        threshold=limits.warning,
        critical_threshold=limits.critical,
        runway=standing.runway,
        daily=standing.daily,
    )


def _zone(name: str) -> ZoneInfo:
    """A state may be older than this computer's time zones are."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _limits(state: State, entry: Entry | None) -> Limits:
    """The limits as last judged; the secret knows the critical one."""
    seen = state.seen
    if seen is None or state.limit is None:
        return Limits()
    rules = replace(entry.rules if entry else Rules(), threshold=state.limit)
    return limits_of(rules, seen.unit, seen.base, None, {})


def _invented(about: Notification, rules: Rules, level: Level) -> tuple[Notification, tuple[str, ...]]:
    """An account without a balance, with figures as they may be."""
    threshold = rules.threshold if isinstance(rules.threshold, Decimal) else _THRESHOLD
    remaining = Decimal(0) if level is Level.EMPTY else (threshold * _PART).quantize(_CENT)
    told = replace(
        about,
        unit=about.unit or rules.unit or "USD",
        remaining=remaining,
        balance_at=about.at,
        is_current=True,
        unlimited=False,
        threshold=threshold,
        critical_threshold=threshold / 4,
        daily=None if level is Level.EMPTY else _DAILY,
        runway=_RUNWAYS.get(level),
    )
    return told, ("its balance", "what it spends", "how long it lasts")


def _low(told: Notification, level: Level) -> tuple[Notification, tuple[str, ...]]:
    """Low by what is true of it; where it is not low, by nothing that is false of it."""
    if worst(told.causes) is level:
        return replace(told, level=level), ()
    if told.runway is not None and not math.isinf(told.runway.early) and level in _RUNWAYS:
        return replace(told, level=level, causes={Cause.RUNWAY: level}), ("that it is low",)
    causes: Causes = {Cause.AMOUNT: level}
    told = replace(told, level=level, causes=causes)
    limit = told.critical_threshold if level is Level.CRITICAL else told.threshold
    is_below = told.remaining is not None and limit is not None and told.remaining <= limit
    if not is_below:
        told = replace(told, threshold=None, critical_threshold=None)
    return told, ("that it is low",)


def _well(told: Notification, known: Known) -> tuple[Notification, tuple[str, ...]]:
    """Well again, by its last top-up."""
    told = replace(told, level=Level.OK, causes={})
    top_up = known.state.top_up if known.state else None
    if top_up is not None:
        return replace(told, relief=Relief(Why.TOPPED_UP, top_up.amount)), ()
    return replace(told, relief=Relief(Why.TOPPED_UP, _RISE)), ("the top-up",)


def _reach(
    told: Notification, known: Known, status: Status, now: datetime
) -> tuple[Notification, tuple[str, ...]]:
    if status is Status.RESOLVED:
        return told, ()
    if isinstance(known.entry, Misconfigured):
        trouble = Trouble(Reason.MISCONFIGURED, known.entry.mistakes, since=now)
        return replace(told, is_current=False, trouble=trouble), ()
    reach = known.state.reach if known.state else None
    is_failing = reach is not None and reach.reason is not None and reach.failures > 0
    since = reach.since if reach and is_failing else now - timedelta(hours=1)
    reason = reach.reason if reach and is_failing else None
    estimate = estimated(known.state, now) if known.state else None
    told = replace(
        told,
        is_current=False,
        trouble=Trouble(reason or Reason.TIMEOUT, since=since),
        estimate=estimate.remaining.quantize(_CENT) if estimate else None,
    )
    return told, () if is_failing else ("the reason",)
