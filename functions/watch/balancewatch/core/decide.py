"""The decision: from what is remembered and what was read to what is true, kept and told."""

from dataclasses import dataclass, replace
from decimal import Decimal

from balancewatch.core.account import Account, Entry, Misconfigured, Rules
from balancewatch.core.level import Judgement, judge, with_estimate
from balancewatch.core.limits import Limits, limits_of, rules_digest
from balancewatch.core.notice import Notice, Tick, tell_level, tell_reach, tell_removed
from balancewatch.core.outlook import Estimate, Lasting, estimated
from balancewatch.core.quiet import is_held
from balancewatch.core.reach import counted
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.state import Reach, Relief, State, Status, ToldLevel, TopUp, Why
from balancewatch.core.transitions import level_status, reach_status
from balancewatch.core.verdict import Cause, Level, Verdict, worst

_JUDGING = frozenset(
    {"unit", "scale", "threshold", "critical_threshold", "runway_hours", "critical_runway_hours"}
)
"""The fields by which a level is worked out."""

_NOT_EARNED = frozenset({Cause.NOT_SPENDABLE, Cause.ESTIMATED})
"""A level that rests on these alone says nothing of what was spent, and is followed down without a word."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known besides the level: its limits, how long it lasts, where it must be by now."""

    limits: Limits | None = None
    lasting: Lasting | None = None
    estimate: Estimate | None = None
    """Only where the account cannot be read."""
    topped_up: Decimal = Decimal(0)
    """By how much, if this reading shows a top-up."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is true of one account, what to tell, and what to remember."""

    verdict: Verdict
    notices: tuple[Notice, ...]
    untold: State
    """The state to keep where nothing is told: `told` stays."""
    told: State
    """The state to keep before telling: the new `told`, not sure."""
    outlook: Outlook = Outlook()


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
    outlook = Outlook()
    match entry, reading:
        case Account(), Balance():
            state, outlook = _judged(entry, state, reading, tick)
        case _, Failure(suspect=suspect):
            state = replace(state, suspect=state.suspect if suspect is None else suspect)
            state, outlook = _unread(entry, state, tick)
        case _:
            pass
    verdict = Verdict(
        level=None if state.seen is None and not state.causes else worst(state.causes),
        causes=state.causes,
        unreachable=(reach.reason or Reason.INTERNAL) if reach.lost else None,
    )
    return _told(state, verdict, rules, tick, outlook)


def decide_removed(state: State, tick: Tick) -> Decision:
    """An account that is not in the secret any more: told at once, once, then forgotten."""
    notice, removal = tell_removed(state, tick)
    return Decision(Verdict(None, {}, None), (notice,), state, replace(state, removal=removal))


def decide_mended(entry: Entry, state: State, tick: Tick) -> Decision:
    """What was wrong is not there any more, and one look is enough to know it."""
    state = replace(_returned(state), at=tick.at, reach=Reach())
    return _told(state, Verdict(None, {}, None), entry.rules, tick, Outlook())


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


def _judged(account: Account, state: State, balance: Balance, tick: Tick) -> tuple[State, Outlook]:
    told = state.told_level
    judgement = judge(account, state, balance, tick.defaults)
    if told is not None:
        told = _followed(told, state, balance, judgement)
    judged = replace(
        state,
        seen=judgement.seen,
        spending=judgement.spending,
        suspect=None,
        rules=rules_digest(account.rules, judgement.seen.unit, tick.defaults),
        causes=judgement.causes,
        told_level=told,
        units=balance.units or state.units,
        limit=judgement.limits.warning,
        top_up=_last_top_up(state.top_up, judgement),
    )
    return judged, Outlook(judgement.limits, judgement.lasting, topped_up=judgement.topped_up)


def _unread(entry: Entry, state: State, tick: Tick) -> tuple[State, Outlook]:
    """What holds while the account is not read: its limits, and once it is lost where it must be by now."""
    seen, rules = state.seen, entry.rules
    if seen is None or (isinstance(entry, Misconfigured) and _JUDGING & {name for name, _ in entry.problems}):
        return state, Outlook()
    limits = limits_of(rules, seen.unit, seen.base, seen.threshold, tick.defaults)
    state = replace(state, limit=limits.warning)
    estimate = estimated(state, tick.now) if state.reach.lost else None
    if estimate is None:
        return state, Outlook(limits)
    causes = with_estimate(state.causes, estimate, limits, rules)
    return replace(state, causes=causes), Outlook(limits, estimate.lasting, estimate)


def _last_top_up(before: TopUp | None, judgement: Judgement) -> TopUp | None:
    if judgement.topped_up > 0:
        return TopUp(judgement.seen.at.replace(microsecond=0), judgement.topped_up)
    return None if judgement.new_unit else before


def _followed(told: ToldLevel, state: State, balance: Balance, judgement: Judgement) -> ToldLevel:
    """What was told, with what happened since; its level follows down only for a good reason.

    An end that was held stays known while it is low again: whoever topped up must hear of that.
    """
    if judgement.new_unit:
        told = replace(told, lowest=None, topped_up=Decimal(0))
    told = replace(
        told, topped_up=told.topped_up + judgement.topped_up, lowest=_least(told.lowest, balance.remaining)
    )
    if told.level is Level.OK:
        return told
    now = worst(judgement.causes)
    if now is Level.OK:
        return replace(told, relief=_ended(told, state, balance, judgement))
    if told.relief is not None and told.relief.why.comes_by_itself:
        told = replace(told, relief=None)
    rested = {cause for cause, level in state.causes.items() if level >= told.level}
    is_reason = judgement.topped_up or judgement.edited or (rested and rested <= _NOT_EARNED)
    # What is not sure is told again anyway, and by its own level: it must not change before.
    if now < told.level and told.sure and is_reason:
        return replace(told, level=now)
    return told


def _ended(told: ToldLevel, state: State, balance: Balance, judgement: Judgement) -> Relief:
    """Why it is well: what ended it last, but nothing that came by itself in place of what people know."""
    held = told.relief
    if held is not None and not (state.causes or judgement.topped_up or judgement.edited):
        return held
    relief = _relief(told, state, balance, judgement)
    if held is None or held.why.comes_by_itself:
        return relief
    return relief if state.causes and not relief.why.comes_by_itself else held


def _least(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    return min((each for each in (first, second) if each is not None), default=None)


def _relief(told: ToldLevel, state: State, balance: Balance, judgement: Judgement) -> Relief:
    causes = state.causes.keys()
    rise = Decimal(0)
    if balance.remaining is not None and told.lowest is not None and causes != {Cause.RUNWAY}:
        rise = balance.remaining - told.lowest
    is_other_unit = told.unit is not None and told.unit != balance.unit
    for holds, relief in (
        (judgement.edited, Relief(Why.EDITED)),
        (balance.unlimited, Relief(Why.UNLIMITED)),
        (is_other_unit, Relief(Why.NEW_UNIT)),
        (causes == {Cause.NOT_SPENDABLE}, Relief(Why.SPENDABLE)),
        (told.topped_up > 0, Relief(Why.TOPPED_UP, told.topped_up)),
        (Cause.ESTIMATED in causes, Relief(Why.ESTIMATE)),
        (rise > 0, Relief(Why.RISEN, rise)),
        (Cause.RUNWAY in causes, Relief(Why.SPENDS_LESS)),
    ):
        if holds:
            return relief
    return Relief(Why.EDITED)


def _told(state: State, verdict: Verdict, rules: Rules, tick: Tick, outlook: Outlook) -> Decision:
    """What differs from what people last heard is told, unless it is held: then `told` stays."""
    told, notices = state, []

    def is_told(notice: Notice) -> bool:
        return not is_held(rules, notice.status, notice.severity, tick.now, tick.interval)

    level = level_status(state.told_level, verdict, rules, tick.at)
    if level is not None and verdict.level is not None:
        notice, part = tell_level(state, level, verdict.level, tick)
        if is_told(notice):
            notices.append(notice)
            told = replace(told, told_level=part)
    reach = reach_status(state.told_reach, state.reach, verdict, rules, tick.at)
    if reach is not None:
        notice, reach_part = tell_reach(state, reach, verdict, tick)
        if is_told(notice):
            notices.append(notice)
            told = replace(told, told_reach=reach_part)
    return Decision(verdict, tuple(notices), state, told, outlook)
