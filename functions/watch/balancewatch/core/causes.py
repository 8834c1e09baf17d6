"""Each cause of a low balance by itself: the level that it has, and how it goes down only past a margin.

Hovering at a limit is told once; a top-up or an edited rule ends a cause at once; and what cannot be
worked out improves nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from balancewatch.core.account import Account, Rules
from balancewatch.core.forecast import Runway
from balancewatch.core.limits import Limits
from balancewatch.core.reading import Balance
from balancewatch.core.verdict import Level

_RAISED = Decimal("1.05")
_RUNWAY_RAISED = Decimal("1.25")
_EMPTY_MARGIN = Decimal("0.05")
"""Of the critical threshold."""
_EMPTY_MARGIN_OF_BASE = Decimal("0.005")
_LEAST_EMPTY_MARGIN = Decimal("0.05")
"""In units: a base of nothing has no share that could be a margin."""


@dataclass(frozen=True, slots=True)
class Held:
    """The level that a cause had, and whether it may go down without its margin."""

    level: Level
    at_once: bool
    """Nobody believes in it, or there was a top-up since it was told."""
    edited: bool
    """The rules as written differ from those by which it was judged."""


def by_amount(balance: Balance, limits: Limits, held: Held) -> Level:
    """The level by what is left."""
    if balance.unlimited:
        return Level.OK
    if balance.remaining is None:
        return held.level
    plainly = amount_level(balance.remaining, limits)
    if plainly >= held.level or held.edited:
        return plainly
    limit = {Level.WARNING: limits.warning, Level.CRITICAL: limits.critical}.get(held.level, Decimal(0))
    with_margin = _amount_level_with_margin(balance.remaining, limits)
    if limit is None or (limits.is_stale and not held.at_once):
        # That something is left is known all the same.
        return held.level if with_margin is Level.EMPTY else min(held.level, Level.CRITICAL)
    return plainly if held.at_once else min(held.level, with_margin)


def amount_level(remaining: Decimal, limits: Limits) -> Level:
    """The level of an amount by the limits as they are."""
    return _lowest(
        remaining,
        (Decimal(0), Level.EMPTY),
        (limits.critical, Level.CRITICAL),
        (limits.warning, Level.WARNING),
    )


def _amount_level_with_margin(remaining: Decimal, limits: Limits) -> Level:
    """The level if every limit were higher by its margin."""
    if limits.critical is not None and limits.critical > 0:
        empty = limits.critical * _EMPTY_MARGIN
    else:
        empty = max((limits.base or Decimal(0)) * _EMPTY_MARGIN_OF_BASE, _LEAST_EMPTY_MARGIN)
    return _lowest(
        remaining,
        (empty, Level.EMPTY),
        (_times(limits.critical, _RAISED), Level.CRITICAL),
        (_times(limits.warning, _RAISED), Level.WARNING),
    )


def by_runway(balance: Balance, runway: Runway | None, rules: Rules, held: Held) -> Level:
    """The level by how soon it may be empty; as it was where nobody can say how soon."""
    if balance.unlimited or not (rules.runway_hours or rules.critical_runway_hours):
        return Level.OK
    if runway is None:
        return held.level
    plainly = runway_level(runway, rules)
    if plainly >= held.level or held.edited or held.at_once:
        return plainly
    return min(held.level, runway_level(runway, rules, _RUNWAY_RAISED))


def runway_level(runway: Runway, rules: Rules, raised: Decimal = Decimal(1)) -> Level:
    """The level of a runway by the hours of the rules, raised by a factor; 0 hours are no rule."""
    return _lowest(
        runway.early,
        (_times(rules.critical_runway_hours or None, raised), Level.CRITICAL),
        (_times(rules.runway_hours or None, raised), Level.WARNING),
    )


def by_not_spendable(account: Account, balance: Balance, held: Level) -> Level:
    """The level by what the provider says of spending."""
    match balance.spendable:
        case None if account.profile.answer.spendable is None:
            return Level.OK  # only an error says that it cannot be spent, and this is none
        case None:
            return held
        case True:
            return Level.OK
        case False:
            return Level.EMPTY


def _times(limit: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if limit is None else limit * factor


def _lowest(value: Decimal | float, *limits: tuple[Decimal | None, Level]) -> Level:
    """The level of the first limit that the value does not exceed; the worst comes first."""
    found: Iterable[Level] = (level for limit, level in limits if limit is not None and value <= limit)
    return next(iter(found), Level.OK)
