"""How low a balance is: its limits, its causes with their margins, its top-ups.

A cause goes down only past a margin, so that hovering at a limit is told once; a top-up or an edited
rule ends it at once; and what cannot be worked out improves nothing.
"""

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal

from balancewatch.core.account import Account, Limit, Percentage
from balancewatch.core.amount import plain
from balancewatch.core.reading import Balance
from balancewatch.core.state import Seen, State, Thresholds, ToldLevel
from balancewatch.core.verdict import Cause, Causes, Level

_MARGIN = Decimal("0.05")
_EMPTY_MARGIN_OF_BASE = Decimal("0.005")
_LEAST_EMPTY_MARGIN = Decimal("0.05")
"""In units: a base of nothing has no share that could be a margin."""
_TOP_UP = Decimal("0.1")
_QUARTER = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class Limits:
    """At or below which amounts, in the unit, a balance is low; None where nobody says."""

    warning: Decimal | None
    critical: Decimal | None
    base: Decimal | None
    is_number: bool = True
    """Whether `warning` is a number by itself, and no share of the base."""
    is_stale: bool = False
    """Whether `warning` is the provider's, known from an earlier answer only."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A balance judged: its causes now, its limits, and what happened on the way."""

    causes: Causes
    limits: Limits
    seen: Seen
    topped_up: Decimal
    """By how much, if this reading shows a top-up; else 0."""
    edited: bool
    new_unit: bool


def judge(account: Account, state: State, balance: Balance, defaults: Thresholds) -> Judgement:
    """The causes of a balance, given what is remembered and what people believe."""
    scale = account.rules.scale or account.profile.answer.scale
    before = state.seen
    new_unit = before is not None and (before.unit, before.scale) != (balance.unit, scale)
    known = None if new_unit else before
    remembered = None if known is None else known.threshold
    topped_up = _top_up(account, known, balance, remembered, defaults)
    base = _base(known, balance, topped_up)
    given = balance.threshold
    if given is None and not balance.threshold_off:
        given = remembered
    limits = replace(
        limits_of(account, balance.unit, base, given, defaults),
        is_stale=account.rules.threshold is None and given is not None and balance.threshold is None,
    )
    unit_before = balance.unit if before is None else before.unit
    edited = bool(state.rules) and state.rules != rules_digest(account, unit_before, defaults)
    held = state.causes
    at_once = _at_once(state.told_level, topped_up, is_same_unit=not new_unit)
    causes = {
        Cause.AMOUNT: _amount(
            balance, limits, held.get(Cause.AMOUNT, Level.OK), at_once=at_once, edited=edited
        ),
        Cause.NOT_SPENDABLE: _not_spendable(account, balance, held.get(Cause.NOT_SPENDABLE, Level.OK)),
    }
    seen = Seen(
        at=balance.exchange.asked_at,
        remaining=balance.remaining if balance.remaining is not None or known is None else known.remaining,
        used=balance.used,
        unit=balance.unit,
        scale=scale,
        base=base,
        threshold=given,
    )
    low = {cause: level for cause, level in causes.items() if level > Level.OK}
    return Judgement(low, limits, seen, topped_up, edited, new_unit)


def limits_of(
    account: Account, unit: str, base: Decimal | None, given: Decimal | None, defaults: Thresholds
) -> Limits:
    """The account's own limits, else the provider's (`given`), else the stack's for the unit."""
    own = account.rules.threshold
    chosen: Limit | None = own if own is not None else given if given is not None else defaults.get(unit)
    warning = _absolute(chosen, base)
    critical = _absolute(account.rules.critical_threshold, base)
    if critical is None and warning is not None:
        critical = warning * _QUARTER
    return Limits(warning, critical, base, is_number=not isinstance(chosen, Percentage))


def rules_digest(account: Account, unit: str, defaults: Thresholds) -> str:
    """What changes when the owner edits a rule by which amounts in the unit are judged."""
    rules = account.rules
    written = [rules.threshold, rules.critical_threshold, rules.scale, defaults.get(unit)]
    text = "|".join([rules.unit or "", *map(_limit_text, written)])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _limit_text(limit: Limit | None) -> str:
    match limit:
        case Percentage(percent):
            return f"{plain(percent)}%"
        case Decimal():
            return plain(limit)
        case None:
            return ""


def _absolute(limit: Limit | None, base: Decimal | None) -> Decimal | None:
    match limit:
        case Percentage(percent):
            return None if base is None else base * percent / 100
        case _:
            return limit


def _top_up(
    account: Account, known: Seen | None, balance: Balance, given: Decimal | None, defaults: Thresholds
) -> Decimal:
    """A rise above 0 of at least a tenth of the base, of the threshold if it is a number, and of 1 unit."""
    if known is None or known.remaining is None or balance.remaining is None or balance.remaining <= 0:
        return Decimal(0)
    limits = limits_of(account, balance.unit, known.base, given, defaults)
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


def _amount(balance: Balance, limits: Limits, held: Level, *, at_once: bool, edited: bool) -> Level:
    if balance.unlimited:
        return Level.OK
    if balance.remaining is None:
        return held
    plainly = _at(balance.remaining, limits.warning, limits.critical, Decimal(0))
    if plainly >= held or edited:
        return plainly
    limit = {Level.WARNING: limits.warning, Level.CRITICAL: limits.critical}.get(held, Decimal(0))
    with_margin = _with_margin(balance.remaining, limits)
    if limit is None or (limits.is_stale and not at_once):
        # That something is left is known all the same.
        return held if with_margin is Level.EMPTY else min(held, Level.CRITICAL)
    return plainly if at_once else min(held, with_margin)


def _with_margin(remaining: Decimal, limits: Limits) -> Level:
    """The level if every limit were higher by its margin."""
    if limits.critical is not None and limits.critical > 0:
        empty = limits.critical * _MARGIN
    else:
        empty = max((limits.base or Decimal(0)) * _EMPTY_MARGIN_OF_BASE, _LEAST_EMPTY_MARGIN)
    raised = 1 + _MARGIN
    warning = None if limits.warning is None else limits.warning * raised
    critical = None if limits.critical is None else limits.critical * raised
    return _at(remaining, warning, critical, empty)


def _at(remaining: Decimal, warning: Decimal | None, critical: Decimal | None, empty: Decimal) -> Level:
    if remaining <= empty:
        return Level.EMPTY
    if critical is not None and remaining <= critical:
        return Level.CRITICAL
    if warning is not None and remaining <= warning:
        return Level.WARNING
    return Level.OK


def _at_once(told: ToldLevel | None, topped_up: Decimal, *, is_same_unit: bool) -> bool:
    """Whether a cause goes down without margin: nobody believes in it, or a top-up since it was told."""
    if told is None or (told.level is Level.OK and told.sure):
        return True
    return bool(topped_up) or bool(is_same_unit and told.topped_up)


def _not_spendable(account: Account, balance: Balance, held: Level) -> Level:
    match balance.spendable:
        case None if account.profile.answer.spendable is None:
            return Level.OK  # only an error says that it cannot be spent, and this is none
        case None:
            return held
        case True:
            return Level.OK
        case False:
            return Level.EMPTY
