"""How low a balance is: its causes with their levels, its top-ups, and what is remembered of it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from balancewatch.core.account import Account, Rules
from balancewatch.core.causes import (
    Held,
    amount_level,
    by_amount,
    by_not_spendable,
    by_runway,
    runway_level,
)
from balancewatch.core.limits import Limits, limits_of, rules_digest
from balancewatch.core.outlook import Estimate, Lasting, lasting, learned
from balancewatch.core.reading import Balance
from balancewatch.core.spending import Spending
from balancewatch.core.state import Seen, State, Thresholds, ToldLevel
from balancewatch.core.verdict import Cause, Causes, Level, worst

_TOP_UP = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A balance judged: its causes now, its limits, how long it lasts, and what happened on the way."""

    causes: Causes
    limits: Limits
    lasting: Lasting | None
    seen: Seen
    spending: Spending | None
    topped_up: Decimal
    """By how much, if this reading shows a top-up; else 0."""
    edited: bool
    new_unit: bool


def judge(account: Account, state: State, balance: Balance, defaults: Thresholds) -> Judgement:
    """The causes of a balance, given what is remembered and what people believe."""
    before = state.seen
    new_unit = (
        before is not None and not _is_silent(balance) and _unit(before) != (balance.unit, balance.scale)
    )
    known = None if new_unit else before
    topped_up = _top_up(account, known, balance, defaults)
    seen = _seen(known, balance, topped_up)
    limits = replace(
        limits_of(account.rules, seen.unit, seen.base, seen.threshold, defaults),
        is_stale=account.rules.threshold is None and seen.threshold is not None and balance.threshold is None,
    )
    spending = (
        state.spending
        if _is_silent(balance)
        else learned(state.spending, known, balance, topped_up=topped_up > 0)
    )
    lasts = None if spending is None else lasting(spending, balance)
    unit_before = balance.unit if before is None else before.unit
    edited = bool(state.rules) and state.rules != rules_digest(account.rules, unit_before, defaults)
    at_once = _at_once(state.told_level, topped_up, is_same_unit=not new_unit)

    def held(cause: Cause) -> Held:
        return Held(state.causes.get(cause, Level.OK), at_once, edited)

    causes = {
        Cause.AMOUNT: by_amount(balance, limits, held(Cause.AMOUNT)),
        Cause.RUNWAY: by_runway(
            balance, None if lasts is None else lasts.runway, account.rules, held(Cause.RUNWAY)
        ),
        Cause.NOT_SPENDABLE: by_not_spendable(account, balance, held(Cause.NOT_SPENDABLE).level),
    }
    low = {cause: level for cause, level in causes.items() if level > Level.OK}
    return Judgement(low, limits, lasts, seen, spending, topped_up, edited, new_unit)


def with_estimate(causes: Causes, estimate: Estimate, limits: Limits, rules: Rules) -> Causes:
    """The causes of an account that cannot be read: its level may worsen by the estimate, never improve."""
    known = worst({cause: level for cause, level in causes.items() if cause is not Cause.ESTIMATED})
    level = max(amount_level(estimate.remaining, limits), runway_level(estimate.lasting.runway, rules))
    level = max(level, causes.get(Cause.ESTIMATED, Level.OK))
    return {**causes, Cause.ESTIMATED: level} if level > known else causes


def _unit(seen: Seen) -> tuple[str, Decimal]:
    return seen.unit, seen.scale


def _is_silent(balance: Balance) -> bool:
    """Whether the answer says nothing of amounts, only that nothing can be spent."""
    return balance.remaining is None and not balance.unlimited


def _seen(known: Seen | None, balance: Balance, topped_up: Decimal) -> Seen:
    given = balance.threshold
    if given is None and not balance.threshold_off and known is not None:
        given = known.threshold
    if known is not None and _is_silent(balance):
        return replace(known, threshold=given)
    return Seen(
        at=balance.exchange.asked_at,
        remaining=balance.remaining,
        used=balance.used,
        unit=balance.unit,
        scale=balance.scale,
        base=_base(known, balance, topped_up),
        threshold=given,
    )


def _top_up(account: Account, known: Seen | None, balance: Balance, defaults: Thresholds) -> Decimal:
    """A rise above 0 of at least a tenth of the base, of the threshold if it is a number, and of 1 unit."""
    if known is None or known.remaining is None or balance.remaining is None or balance.remaining <= 0:
        return Decimal(0)
    limits = limits_of(account.rules, balance.unit, known.base, known.threshold, defaults)
    threshold = limits.warning if limits.is_number else None
    least = _TOP_UP * max(known.base or Decimal(0), threshold or Decimal(0), Decimal(1))
    rise = balance.remaining - known.remaining
    return rise if rise >= least else Decimal(0)


def _base(known: Seen | None, balance: Balance, topped_up: Decimal) -> Decimal | None:
    before = None if known is None else known.base
    if balance.remaining is None:
        return before
    if before is None or topped_up:
        return balance.remaining
    return max(before, balance.remaining)


def _at_once(told: ToldLevel | None, topped_up: Decimal, *, is_same_unit: bool) -> bool:
    """Whether a cause goes down without margin: nobody believes in it, or a top-up since it was told."""
    if told is None or (told.level is Level.OK and told.sure):
        return True
    return bool(topped_up) or bool(is_same_unit and told.topped_up)
