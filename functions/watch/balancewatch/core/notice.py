"""What is told: one notice for each part that differs, with its id, its severity, and what is told by it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from balancewatch.core.account import full_name
from balancewatch.core.state import Relief, Removal, State, Status, Thresholds, Told, ToldLevel, ToldReach
from balancewatch.core.verdict import Level, Severity, Verdict


class Kind(StrEnum):
    """What a notification is about."""

    LOW_BALANCE = "low_balance"
    UNREACHABLE = "unreachable"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell of one account."""

    id: str
    kind: Kind
    status: Status
    severity: Severity
    relief: Relief | None = None
    is_again: bool = False
    """Whether an earlier run tried to tell it, or its part, and was not sure."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The run that decides: its scheduled time, the clock, its lease holder, the stack's defaults."""

    at: datetime
    now: datetime
    team: str
    holder: str
    defaults: Thresholds
    interval: timedelta
    """How far scheduled times lie apart."""


def tell_removed(state: State, tick: Tick) -> tuple[Notice, Removal]:
    """The notice that an account is no longer watched, and what is told by it."""
    earlier = state.removal
    ident = earlier.id if earlier else _id(tick, state.name, Kind.REMOVED, Status.RESOLVED, "")
    notice = Notice(ident, Kind.REMOVED, Status.RESOLVED, Severity.INFO, is_again=earlier is not None)
    return notice, Removal(ident, tick.at)


def tell_level(state: State, status: Status, level: Level, tick: Tick) -> tuple[Notice, ToldLevel]:
    """The notice about the level, and what is told by it."""
    before = state.told_level
    is_same = before is not None and not before.sure and (before.status, before.level) == (status, level)
    own = Severity.CRITICAL if level >= Level.CRITICAL else Severity.WARNING
    severity, most = _severities(before, status, own, was_well=before is None or before.level is Level.OK)
    ident = _kept(before, is_same=is_same) or _id(tick, state.name, Kind.LOW_BALANCE, status, level.word)
    relief = before.relief if before and status is Status.RESOLVED else None
    seen = state.seen
    part = ToldLevel(
        status=status,
        worst=most,
        id=ident,
        at=tick.at,
        sure=False,
        level=level,
        unit=seen.unit if seen else None,
        lowest=seen.remaining if seen else None,
        relief=relief,
    )
    is_again = before is not None and not before.sure
    return Notice(ident, Kind.LOW_BALANCE, status, severity, relief, is_again), part


def tell_reach(state: State, status: Status, verdict: Verdict, tick: Tick) -> tuple[Notice, ToldReach]:
    """The notice about whether the account can be read, and what is told by it."""
    before, reason = state.told_reach, verdict.unreachable
    is_same = before is not None and not before.sure and (before.status, before.reason) == (status, reason)
    severity, most = _severities(
        before, status, verdict.severity, was_well=before is None or before.reason is None
    )
    ident = _kept(before, is_same=is_same) or _id(tick, state.name, Kind.UNREACHABLE, status, reason or "")
    part = ToldReach(status=status, worst=most, id=ident, at=tick.at, sure=False, reason=reason)
    is_again = before is not None and not before.sure
    return Notice(ident, Kind.UNREACHABLE, status, severity, is_again=is_again), part


def _kept(before: Told | None, *, is_same: bool) -> str | None:
    """The id that the same words had when it was not sure that they arrived."""
    return before.id if before is not None and is_same else None


def _severities(
    before: Told | None, status: Status, own: Severity, *, was_well: bool
) -> tuple[Severity, Severity]:
    """The notification's severity, and the worst since the part was well: an end is as loud as its worst."""
    most = own if before is None or (was_well and before.sure) else max(before.worst, own)
    if status is Status.RESOLVED:
        most = own if before is None else before.worst
        return most, most
    return own, most


def _id(tick: Tick, name: str, kind: Kind, status: Status, what: str) -> str:
    """The same for the same words of the run that first stored them, and for nothing else."""
    text = "|".join((full_name(tick.team, name), kind, status, what, tick.holder))
    return hashlib.sha256(text.encode()).hexdigest()[:24]
