"""What is true of one account, worked out from what its provider answered: the first half of the observer.

Written from the promises, not from the program, of which nothing is imported. Where the promises leave
freedom it gives a span: a balance just above its limit may or may not count as low.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tests.reliability.ahead import DAY, SLACK, learned, paced, soon
from tests.reliability.facts import CRITICAL, DEFAULTS, EMPTY, OK, WARNING, Answer, Rules, Truth

_MARGIN = Decimal("1.05")
_TENTH = Decimal("0.1")


def after(
    before: Truth, rules: Rules, answers: tuple[Answer, ...], at: datetime, clock: datetime,
    *, is_free: bool, is_by_runway: bool = False,
) -> Truth:  # fmt: skip
    """The truth after one more run.

    `is_free`: people believe in no low balance, or know of a top-up. `is_by_runway`: it is low, and by
    nothing but its runway.
    """
    first, second = (answer.scaled(rules.divide) for answer in (answers[0], answers[-1]))
    reading, suspect = _believed(before, rules, first, second)
    counted = _counted(before, rules, reading.reason, at)
    now = replace(
        counted, current=None, is_good=False, may_follow=False, must_follow=False, topped_up=False,
        whys=frozenset(),
    )  # fmt: skip
    if reading.reason is not None:
        is_known = now.amount is not None and now.known_for >= DAY - SLACK
        return replace(
            now,
            suspect=before.suspect if suspect is None else suspect,
            may_estimate=before.may_estimate or (now.lost and is_known),
            is_loose=before.is_loose
            or before.judged != rules.judging
            or (before.read_at is not None and clock < before.read_at),
        )
    now = _judged(before, now, rules, reading, is_free=is_free)
    if not reading.is_mute:
        now = learned(before, now, reading, clock)
    now = replace(
        now,
        read_at=now.read_at if reading.is_mute and before.unit else clock,
        soon=soon(before, now, rules, reading, is_by_runway=is_by_runway),
    )
    return paced(now, rules, reading.lasts)


def _believed(before: Truth, rules: Rules, first: Answer, second: Answer) -> tuple[Answer, Decimal | None]:
    """What to believe: a fall by nine tenths that `used` does not explain wants a second witness."""
    if rules.wrong:
        return Answer(reason="misconfigured"), None
    if not _is_doubtful(before, rules, first):
        return first, None
    if second.reason is None:
        if second.amount is not None and first.amount is not None and second.amount <= first.amount:
            return second, None
        if not _is_doubtful(before, rules, second):
            return second, None
    return Answer(reason="implausible"), first.amount if second.amount is None else second.amount


def _is_doubtful(before: Truth, rules: Rules, answer: Answer) -> bool:
    known, now = before.amount, answer.amount
    if answer.reason or now is None or known is None or known <= 0:
        return False
    if (before.unit, before.by) != (rules.unit, rules.by) or now > known * _TENTH:
        return False
    if before.suspect is not None and now <= before.suspect:
        return False
    if answer.used is None or before.used is None:
        return True
    return answer.used - before.used < (known - now) * Decimal("0.9")


def _counted(before: Truth, rules: Rules, reason: str | None, at: datetime) -> Truth:
    """How reading went: some failures in a row lose it, two good runs find it; each time counts once."""
    if before.at is not None and at <= before.at:
        is_other = reason is not None and before.lost and reason != before.reason
        return replace(before, reason=reason, same=1) if is_other else before
    if reason is None:
        if before.lost and before.good == 0:
            return replace(before, at=at, good=1)
        return replace(before, at=at, lost=False, reason=None, failures=0, same=0, good=0)
    failures = before.failures + 1
    is_same = reason == before.reason and not before.good
    return replace(
        before,
        at=at,
        lost=before.lost or failures >= rules.patience(reason),
        reason=reason,
        failures=failures,
        same=before.same + 1 if is_same else 1,
        good=0,
    )


def _limits(
    rules: Rules, base: Decimal | None, given: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    """Warning and critical: the owner's, else the provider's, else the stack's; critical a quarter of it."""

    def number(limit: Decimal | str | None) -> Decimal | None:
        if isinstance(limit, str):
            return None if base is None else base * Decimal(limit[:-1]) / 100
        return limit

    own = rules.threshold if rules.threshold is not None else given
    warning = number(own if own is not None else DEFAULTS.get(rules.unit))
    critical = number(rules.critical)
    return warning, critical if critical is not None or warning is None else warning / 4


def by_estimate(truth: Truth, estimate: Decimal, rules: Rules) -> int:
    """The level that an estimate has by the rules; the worst where an earlier one may have been worse."""
    if truth.is_loose or rules.runway:
        return EMPTY
    limits = _limits(replace(rules, unit=truth.unit or rules.unit), truth.base, truth.given)
    return level_at(estimate, *limits, Decimal(0))


def level_at(amount: Decimal, warning: Decimal | None, critical: Decimal | None, empty: Decimal) -> int:
    if amount <= empty:
        return EMPTY
    if critical is not None and amount <= critical:
        return CRITICAL
    return WARNING if warning is not None and amount <= warning else OK


def _judged(before: Truth, now: Truth, rules: Rules, reading: Answer, *, is_free: bool) -> Truth:
    is_same_unit = (before.unit, before.by) == (rules.unit, rules.by)
    is_other_unit = not is_same_unit and not (reading.is_mute and before.unit)
    known = None if is_other_unit else before.amount
    base = None if is_other_unit else before.base
    given = None if is_other_unit else before.given
    topped_up = _is_top_up(rules, known, base, given, reading.amount)
    if reading.amount is not None:
        base = reading.amount if base is None or topped_up else max(base, reading.amount)
    if reading.threshold is not None:
        given = None if reading.threshold is False else reading.threshold
    edited = before.judged is not None and before.judged != rules.judging
    is_stale = rules.threshold is None and given is not None and reading.threshold is None
    low, high = _span(
        before, reading, *_limits(rules, base, given), base,
        edited=edited, is_free=is_free or topped_up, is_stale=is_stale,
    )  # fmt: skip
    blocked = before.blocked if reading.spendable is None else not reading.spendable
    is_end = before.blocked and not blocked
    whys = {
        "topped_up": topped_up, "edited": edited, "unlimited": reading.unlimited, "spendable": is_end,
        "new_unit": is_other_unit, "estimate": before.may_estimate, "spends_less": rules.runway > 0,
    }  # fmt: skip
    is_old = reading.is_mute and bool(before.unit)
    return replace(
        now,
        current=reading.amount,
        is_good=True,
        amount=known if reading.is_mute else reading.amount,
        used=before.used if is_old else reading.used,
        unit=before.unit if is_old else rules.unit,
        by=before.by if is_old else rules.by,
        base=base,
        given=given,
        suspect=None,
        judged=rules.judging,
        was_read=True,
        low=low,
        high=high,
        blocked=blocked,
        may_follow=topped_up
        or edited
        or given != before.given  # the owner edits that at the provider
        or before.may_estimate
        or reading.unlimited
        or (is_end and before.low < EMPTY),
        must_follow=topped_up or edited or (is_end and before.high < EMPTY),
        topped_up=topped_up,
        whys=frozenset(why for why, holds in whys.items() if holds),
        may_estimate=False,
        is_loose=False,
    )


def _is_top_up(
    rules: Rules, known: Decimal | None, base: Decimal | None, given: Decimal | None, amount: Decimal | None
) -> bool:
    """A rise above 0 of at least a tenth of the base, of a threshold in figures, and of one unit."""
    if known is None or amount is None or amount <= 0:
        return False
    is_share = isinstance(rules.threshold, str)
    figures = Decimal(0) if is_share else _limits(rules, base, given)[0] or Decimal(0)
    return amount - known >= _TENTH * max(base or Decimal(0), figures, Decimal(1))


def _span(
    before: Truth, reading: Answer, warning: Decimal | None, critical: Decimal | None, base: Decimal | None,
    *, edited: bool, is_free: bool, is_stale: bool,
) -> tuple[int, int]:  # fmt: skip
    """The least and the most that the level can be: it falls only past the margin, or for a reason."""
    if reading.unlimited:
        return OK, OK
    if reading.amount is None:
        return before.low, before.high
    plain = level_at(reading.amount, warning, critical, Decimal(0))
    if edited:
        return plain, plain
    if critical is not None and critical > 0:
        empty = critical * (_MARGIN - 1)
    else:
        empty = max((base or Decimal(0)) * Decimal("0.005"), Decimal("0.05"))
    if warning is None or is_stale:
        # A limit that nobody can name now improves nothing; that something is left is seen all the same.
        unnamed = before.high if reading.amount <= empty else min(before.high, CRITICAL)
        return plain, max(plain, unnamed)
    raised = level_at(
        reading.amount, warning * _MARGIN, None if critical is None else critical * _MARGIN, empty
    )
    low = plain if is_free or before.judged is None else max(plain, min(before.low, raised))
    return low, max(plain, min(before.high, raised))
