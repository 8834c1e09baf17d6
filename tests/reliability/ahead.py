"""How far ahead anyone can see of an account: bounds, from how long and how steadily it is known to spend.

Nobody works out a forecast here: where it is plain that an account is about to end, it must count as low;
where it is plainly far from it, it must not; and in between both are right.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.reliability.facts import CRITICAL, OK, WARNING, Answer, Rules, Truth

DAY = timedelta(days=1)
SLACK = timedelta(minutes=5)
_STEADY_H, _NEAR_RUNS = 48, 3


def learned(before: Truth, now: Truth, reading: Answer, clock: datetime) -> Truth:
    """For how long spending is known, and for how long it has been of one pace."""
    is_same_unit = (before.unit, before.by) == (now.unit, now.by)
    is_afresh = before.known_from is None or not is_same_unit
    # What was read last is known even where what was spent is not.
    known_from = (before.known_from or before.read_at or clock) if is_same_unit else clock
    known_for = max(timedelta(0) if is_afresh else before.known_for, clock - known_from)
    paced_from = clock if is_afresh or before.paced_from is None else before.paced_from
    return replace(
        now, known_from=known_from, known_for=known_for,
        paced_from=None if reading.lasts is None else paced_from,
    )  # fmt: skip


def soon(before: Truth, now: Truth, rules: Rules, reading: Answer, *, is_by_runway: bool) -> tuple[int, int]:
    """Bounds of the level by its runway: exact only where nobody can say how long it lasts, or plain."""
    if reading.unlimited or not rules.runway:
        return OK, OK
    if reading.amount is None:
        return before.soon
    if now.known_for < DAY - SLACK:
        return (WARNING, CRITICAL) if is_by_runway else before.soon
    return OK, CRITICAL


def paced(truth: Truth, rules: Rules, lasts: float | None) -> Truth:
    """The same with what its pace says: plainly about to end, or plainly far from it."""
    if lasts is None or truth.paced_from is None or truth.read_at is None or not rules.runway:
        return replace(truth, near=0)
    for_h = (truth.read_at - truth.paced_from) / timedelta(hours=1)
    near = truth.near + 1 if lasts < rules.runway / 3 and for_h >= _STEADY_H else 0
    if near >= _NEAR_RUNS and truth.known_for > DAY:
        return replace(truth, near=near, soon=(WARNING, CRITICAL))
    is_far = lasts > 6 * rules.runway and for_h >= 1.5 * _STEADY_H
    return replace(truth, near=near, soon=(OK, OK) if is_far else truth.soon)
