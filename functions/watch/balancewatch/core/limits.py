"""At or below which amounts a balance is low, and whether the owner edited the rules that say so."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from balancewatch.core.account import Limit, Percentage, Rules
from balancewatch.core.amount import plain
from balancewatch.core.state import Thresholds

_QUARTER = Decimal("0.25")


@dataclass(frozen=True, slots=True)
class Limits:
    """At or below which amounts, in the unit, a balance is low; None where nobody says."""

    warning: Decimal | None = None
    critical: Decimal | None = None
    base: Decimal | None = None
    is_number: bool = True
    """Whether `warning` is a number by itself, and no share of the base."""
    is_stale: bool = False
    """Whether `warning` is the provider's, known from an earlier answer only."""


def limits_of(
    rules: Rules, unit: str, base: Decimal | None, given: Decimal | None, defaults: Thresholds
) -> Limits:
    """The account's own limits, else the provider's (`given`), else the stack's for the unit."""
    own = rules.threshold
    chosen: Limit | None = own if own is not None else given if given is not None else defaults.get(unit)
    warning = _absolute(chosen, base)
    critical = _absolute(rules.critical_threshold, base)
    if critical is None and warning is not None:
        critical = warning * _QUARTER
    return Limits(warning, critical, base, is_number=not isinstance(chosen, Percentage))


def rules_digest(rules: Rules, unit: str, defaults: Thresholds) -> str:
    """What changes when the owner edits a rule by which balances in the unit are judged."""
    written = [
        rules.threshold,
        rules.critical_threshold,
        rules.runway_hours,
        rules.critical_runway_hours,
        rules.scale,
        defaults.get(unit),
    ]
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
