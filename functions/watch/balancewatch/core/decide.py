"""The decision: from what is remembered and what was read to what is true, kept and told."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from balancewatch.core.account import Account, Entry, Rules, full_name
from balancewatch.core.level import Judgement, Limits, judge, limits_of, rules_digest
from balancewatch.core.reach import counted
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.state import (
    Reach,
    Relief,
    Removal,
    State,
    Status,
    Thresholds,
    Told,
    ToldLevel,
    ToldReach,
    Why,
)
from balancewatch.core.transitions import level_status, reach_status
from balancewatch.core.verdict import Cause, Level, Severity, Verdict, worst


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
    """The run that decides: its scheduled time, its lease holder, the stack's default thresholds."""

    at: datetime
    team: str
    holder: str
    defaults: Thresholds


@dataclass(frozen=True, slots=True)
class Decision:
    """What is true of one account, what to tell, and what to remember."""

    verdict: Verdict
    notices: tuple[Notice, ...]
    untold: State
    """The state to keep where nothing is told: `told` stays."""
    told: State
    """The state to keep before telling: the new `told`, not sure."""
    limits: Limits | None = None


def decide(entry: Entry, state: State, reading: Reading, tick: Tick) -> Decision:
    """Decide one account. Pure: the same values always give the same decision."""
    state = _returned(state)
    rules = entry.rules
    is_new = state.at is None or tick.at > state.at
    reach = counted(state.reach, reading, rules, tick.at) if is_new else _latest(state.reach, reading)
    state = replace(
        state,
        at=tick.at if is_new else state.at,
        title=rules.title or entry.name,
        language=rules.language,
        timezone=str(rules.timezone),
        provider=entry.provider or state.provider,
        reach=reach,
    )
    limits = None
    match entry, reading:
        case Account(), Balance():
            state, limits = _judged(entry, state, reading, tick)
        case Account(), Failure(suspect=suspect):
            state = replace(state, suspect=state.suspect if suspect is None else suspect)
            limits = _last_limits(entry, state, tick)
        case _:
            pass
    verdict = Verdict(
        level=None if state.seen is None and not state.causes else worst(state.causes),
        causes=state.causes,
        unreachable=(reach.reason or Reason.INTERNAL) if reach.lost else None,
    )
    return _told(state, verdict, rules, tick, limits)


def decide_removed(state: State, tick: Tick) -> Decision:
    """An account that is not in the secret any more: told once, then forgotten."""
    earlier = state.removal
    ident = earlier.id if earlier else _id(tick, state.name, Kind.REMOVED, Status.RESOLVED, "")
    notice = Notice(ident, Kind.REMOVED, Status.RESOLVED, Severity.INFO, is_again=earlier is not None)
    verdict = Verdict(None, {}, None)
    return Decision(verdict, (notice,), state, replace(state, removal=Removal(ident, tick.at)))


def decide_mended(entry: Entry, state: State, tick: Tick) -> Decision:
    """What was wrong is not there any more, and one look is enough to know it."""
    state = replace(_returned(state), at=tick.at, reach=Reach())
    return _told(state, Verdict(None, {}, None), entry.rules, tick, None)


def _latest(reach: Reach, reading: Reading) -> Reach:
    """The same counts, but what is told of a lost account is why it could not be read just now."""
    if not (isinstance(reading, Failure) and reach.lost) or reading.reason is reach.reason:
        return reach
    return replace(reach, reason=reading.reason, same=1)


def _returned(state: State) -> State:
    """A state whose account came back before its removal was sure: nobody knows what people believe.

    Whatever is told now has a new id: a receiver that drops those it knows would end at the removal.
    """
    if state.removal is None:
        return state
    level, reach = state.told_level, state.told_reach
    if level is not None and level.level > Level.OK:
        level = replace(level, status=Status.FIRING, sure=False, id="")
    if reach is not None and reach.reason is not None:
        reach = replace(reach, status=Status.FIRING, sure=False, id="")
    return replace(state, removal=None, told_level=level, told_reach=reach)


def _judged(account: Account, state: State, balance: Balance, tick: Tick) -> tuple[State, Limits]:
    told = state.told_level
    judgement = judge(account, state, balance, tick.defaults)
    if told is not None:
        told = _followed(told, state, balance, judgement)
    judged = replace(
        state,
        seen=judgement.seen,
        suspect=None,
        rules=rules_digest(account, balance.unit, tick.defaults),
        causes=judgement.causes,
        told_level=told,
    )
    return judged, judgement.limits


def _last_limits(account: Account, state: State, tick: Tick) -> Limits | None:
    seen = state.seen
    if seen is None:
        return None
    return limits_of(account, seen.unit, seen.base, seen.threshold, tick.defaults)


def _followed(told: ToldLevel, state: State, balance: Balance, judgement: Judgement) -> ToldLevel:
    """What was told, with what happened since; its level follows down only for a good reason."""
    if judgement.new_unit:
        told = replace(told, lowest=None, topped_up=Decimal(0))
    told = replace(
        told, topped_up=told.topped_up + judgement.topped_up, lowest=_least(told.lowest, balance.remaining)
    )
    if told.level is Level.OK:
        return told
    now = worst(judgement.causes)
    if now is Level.OK:
        is_news = bool(state.causes) or told.relief is None
        return replace(told, relief=_relief(told, state, balance, judgement)) if is_news else told
    told = replace(told, relief=None)
    rested = {cause for cause, level in state.causes.items() if level >= told.level}
    is_reason = judgement.topped_up or judgement.edited or rested == {Cause.NOT_SPENDABLE}
    # What is not sure is told again anyway, and by its own level: it must not change before.
    if now < told.level and told.sure and is_reason:
        return replace(told, level=now)
    return told


def _least(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return min((each for each in (first, second) if each is not None), default=None)


def _relief(told: ToldLevel, state: State, balance: Balance, judgement: Judgement) -> Relief:
    if judgement.edited:
        return Relief(Why.EDITED)
    if balance.unlimited:
        return Relief(Why.UNLIMITED)
    if told.unit is not None and told.unit != balance.unit:
        return Relief(Why.NEW_UNIT)
    if set(state.causes) == {Cause.NOT_SPENDABLE}:
        return Relief(Why.SPENDABLE)
    if told.topped_up:
        return Relief(Why.TOPPED_UP, told.topped_up)
    rise = Decimal(0)
    if balance.remaining is not None and told.lowest is not None:
        rise = balance.remaining - told.lowest
    return Relief(Why.RISEN, rise) if rise > 0 else Relief(Why.EDITED)


def _told(state: State, verdict: Verdict, rules: Rules, tick: Tick, limits: Limits | None) -> Decision:
    told, notices = state, []
    level = level_status(state.told_level, verdict, rules, tick.at)
    if level is not None and verdict.level is not None:
        notice, part = _tell_level(state, level, verdict.level, tick)
        notices.append(notice)
        told = replace(told, told_level=part)
    reach = reach_status(state.told_reach, state.reach, verdict, rules, tick.at)
    if reach is not None:
        notice, reach_part = _tell_reach(state, reach, verdict, tick)
        notices.append(notice)
        told = replace(told, told_reach=reach_part)
    return Decision(verdict, tuple(notices), state, told, limits)


def _tell_level(state: State, status: Status, level: Level, tick: Tick) -> tuple[Notice, ToldLevel]:
    before = state.told_level
    is_same = before is not None and not before.sure and (before.status, before.level) == (status, level)
    own = Severity.CRITICAL if level >= Level.CRITICAL else Severity.WARNING
    severity, most = _severities(before, status, own, was_well=before is None or before.level is Level.OK)
    ident = _kept(before, is_same=is_same) or _id(tick, state.name, Kind.LOW_BALANCE, status, level.word)
    relief = before.relief if before and status is Status.RESOLVED else None
    seen = state.seen
    part = ToldLevel(
        status=status,
        severity=severity,
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


def _tell_reach(state: State, status: Status, verdict: Verdict, tick: Tick) -> tuple[Notice, ToldReach]:
    before, reason = state.told_reach, verdict.unreachable
    is_same = before is not None and not before.sure and (before.status, before.reason) == (status, reason)
    severity, most = _severities(
        before, status, verdict.severity, was_well=before is None or before.reason is None
    )
    ident = _kept(before, is_same=is_same) or _id(tick, state.name, Kind.UNREACHABLE, status, reason or "")
    part = ToldReach(
        status=status, severity=severity, worst=most, id=ident, at=tick.at, sure=False, reason=reason
    )
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
