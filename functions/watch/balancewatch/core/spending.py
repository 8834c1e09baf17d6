"""What an account spent, hour by hour, and its text in the state: about one character an hour.

The amounts are floats: they are statistics, not money. A finished hour is kept as one of a fixed ladder of
amounts, each 7 % above the one below; what rounding takes from one hour is given to the next, so that sums
stay right, and an amount on the ladder stays as it is however often it is packed.
"""

import re
import string
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain, pairwise, repeat

LONGEST = 504
"""Hours kept: three weeks."""

DAY = 24
_HOUR_S = 3600
_DAY_S = DAY * _HOUR_S
_LEAST_KNOWN_S = _HOUR_S // 4
"""An hour of which less is known, in seconds, says nothing; of one with more, the rest was like it."""
_EVENLY_S = 2 * _HOUR_S
"""A longer span is spread as the account usually spends, a shorter one evenly."""
_EVEN_PART = 0.1
"""The part of a long span that is spread evenly all the same: the usual may be nothing."""

_REFUNDED = 3
"""Hours: pre-payments come back soon; a rise that outweighs more than these is no refund of them."""

_STEPS_PER_DOUBLING = 10
_LOWEST, _HIGHEST = -60 * _STEPS_PER_DOUBLING, 90 * _STEPS_PER_DOUBLING
_LADDER = [2.0 ** (step / _STEPS_PER_DOUBLING) for step in range(_LOWEST, _HIGHEST + 1)]
_BETWEEN = [(low + high) / 2 for low, high in pairwise(_LADDER)]
_RUNG = {amount: rung for rung, amount in enumerate(_LADDER)}
_KNOWN: dict[float | None, int | None] = {None: None, 0.0: -1, **_RUNG}
_OFF = -2
"""In place of the rung of an amount that is not on the ladder."""

_UNKNOWN, _NOTHING = "-", "."
_SIGNS = "".join(
    sign
    for sign in string.ascii_lowercase + string.ascii_uppercase + string.digits + string.punctuation
    if sign not in _UNKNOWN + _NOTHING + '"\\'
)
"""The ladder from the largest amount of a history downwards; JSON leaves all of them as they are."""
_DIGITS = string.digits + string.ascii_lowercase
_NUMBER = r"-?[0-9][0-9.]*(?:e[+-][0-9]{2})?"
_TEXT = re.compile(
    rf"([0-9a-z]{{1,7}}) ([0-9a-z]{{1,4}}) ({_NUMBER}) ([0-9a-z]{{1,3}}) ({_NUMBER}) ([0-9a-z]{{1,3}}) "
    rf"([!-~]{{0,{LONGEST}}})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a reading showed, and when (aware UTC)."""

    at: datetime
    remaining: Decimal | None
    used: Decimal | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What an account spent in each hour (UTC), the newest last; None where nobody knows."""

    until: datetime
    """The newest reading, in whole seconds."""
    hours: tuple[float | None, ...] = ()
    """The finished hours before that of `until`."""
    current: float = 0.0
    """Spent in the hour of `until` so far, as far as known."""
    known_s: int = 0
    """How many seconds of the hour of `until` are known."""
    age_s: int = 0
    """Seconds since the first reading, counted up to a day."""
    owed: float = 0.0
    """What rounding took from the finished hours: the next one gets it."""


def recorded(
    spending: Spending | None, before: Sample | None, now: Sample, *, topped_up: bool = True
) -> Spending:
    """The history with what happened between two readings; `before` is None for the first.

    A rise is a top-up, and hides what was spent meanwhile; or it is a refund (a pre-payment that came back),
    and then takes back what was spent just before.
    """
    if spending is None:
        spending = Spending((now if before is None else before).at.replace(microsecond=0))
    if now.at <= spending.until or (before is not None and now.at <= before.at):
        return spending
    growing = _Growing(spending)
    spent = None if before is None else _spent(before, now, topped_up=topped_up)
    if before is not None:
        growing.pass_to(_seconds(before.at))
    growing.pass_to(_seconds(now.at), None if spent is None else float(spent))
    return growing.grown()


def trimmed(spending: Spending, hours: int) -> Spending:
    """The history with its newest `hours` only."""
    return replace(spending, hours=spending.hours[max(len(spending.hours) - hours, 0) :])


def packed(spending: Spending) -> str:
    """The history as printable ASCII; what `unpacked` reads from it packs to the same text."""
    rungs, top, owed = _diffused(spending)
    signs: dict[int | None, str] = {None: _UNKNOWN, -1: _NOTHING}
    signs.update(zip(range(top, -1, -1), _SIGNS, strict=False))
    return " ".join(
        [
            _base36(_seconds(spending.until)),
            _base36(spending.age_s),
            f"{spending.current:.6g}",
            _base36(spending.known_s),
            f"{owed:.3g}",
            _base36(top + 1),
            "".join(map(signs.__getitem__, rungs)),
        ]
    )


def unpacked(text: str) -> Spending:
    """The history that `packed` wrote. Raises ValueError for every other text."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("not a packed history")
    until, age_s, current, known_s, owed, above, signs = found.groups()
    try:
        top = int(above, 36) - 1
        amounts: dict[str, float | None] = {_UNKNOWN: None, _NOTHING: 0.0}
        amounts.update(zip(_SIGNS, reversed(_LADDER[: top + 1]), strict=False))
        spending = Spending(
            until=datetime.fromtimestamp(int(until, 36), UTC),
            hours=tuple(map(amounts.__getitem__, signs)),
            current=float(current),
            known_s=int(known_s, 36),
            age_s=int(age_s, 36),
            owed=float(owed),
        )
        same = packed(spending) == text and spending.known_s <= _HOUR_S and spending.age_s <= _DAY_S
    except (LookupError, OverflowError, OSError) as error:
        raise ValueError("not a packed history") from error
    if not same or spending.current < 0:
        raise ValueError("not a packed history")
    return spending


def _spent(before: Sample, now: Sample, *, topped_up: bool) -> Decimal | None:
    """What was spent between two readings, if they tell; below 0 for a refund."""
    if before.used is not None and now.used is not None and now.used >= before.used:
        return now.used - before.used
    if before.remaining is None or now.remaining is None:
        return None
    is_told = now.remaining <= before.remaining or not topped_up
    return before.remaining - now.remaining if is_told else None


class _Growing:
    """A history while time passes; all times in seconds since 1970."""

    def __init__(self, spending: Spending) -> None:
        self._spending = spending
        self._hours = spending.hours
        self._until = _seconds(spending.until)
        self._new: list[float | None] = []
        self._current = spending.current
        self._known_s = spending.known_s

    def grown(self) -> Spending:
        age_s = self._spending.age_s + self._until - _seconds(self._spending.until)
        hours = (*self._hours, *self._new)[-LONGEST:]
        return Spending(
            until=datetime.fromtimestamp(self._until, UTC),
            hours=hours,
            current=self._current,
            known_s=self._known_s,
            age_s=min(age_s, _DAY_S),
            owed=self._spending.owed,
        )

    def pass_to(self, end: int, spent: float | None = None) -> None:
        """Let time pass up to `end`, in which so much was spent; None: nobody knows."""
        span = end - self._until
        if span <= 0:
            return
        if spent is not None and spent < 0:
            self._take_back(-spent)
            spent = 0.0
        longest = (LONGEST + 1) * _HOUR_S
        if span > longest:
            spent = None if spent is None else spent * longest / span
            self._until, self._new, self._current, self._known_s = end - longest, [None] * LONGEST, 0.0, 0
        pieces = list(_pieces(self._until, end))
        shares = self._shares(pieces)
        for (start, seconds), share in zip(pieces, shares, strict=True):
            if spent is not None:
                self._current += spent * share
                self._known_s += seconds
            if (start + seconds) % _HOUR_S == 0:
                self._finish_hour()
        self._until = end

    def _take_back(self, refund: float) -> None:
        """Off what was spent in the last hours, the newest first; what is left of it is not from them."""
        taken = min(refund, self._current)
        self._current -= taken
        last: list[float | None] = []
        for spent in reversed(self._hours[-_REFUNDED:]):
            refund -= taken
            taken = min(refund, spent or 0.0)
            last.append(spent if spent is None else spent - taken)
        self._hours = (*self._hours[:-_REFUNDED], *reversed(last))

    def _finish_hour(self) -> None:
        is_known = self._known_s >= _LEAST_KNOWN_S
        self._new.append(self._current * _HOUR_S / self._known_s if is_known else None)
        self._current, self._known_s = 0.0, 0

    def _shares(self, pieces: Sequence[tuple[int, int]]) -> list[float]:
        """Which share of a span's spend each of its pieces gets."""
        span = sum(seconds for _, seconds in pieces)
        even = [seconds / span for _, seconds in pieces]
        if span <= _EVENLY_S:
            return even
        usual = _usual_day(self._spending)
        weights = [seconds * usual[start // _HOUR_S % DAY] for start, seconds in pieces]
        total = sum(weights)
        if total <= 0:
            return even
        return [
            _EVEN_PART * part + (1 - _EVEN_PART) * weight / total
            for part, weight in zip(even, weights, strict=True)
        ]


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span in pieces that end with the hours: start and length of each, in seconds."""
    while start < end:
        stop = min(end, start - start % _HOUR_S + _HOUR_S)
        yield start, stop - start
        start = stop


def _usual_day(spending: Spending) -> list[float]:
    """The mean spend in each hour of the day (UTC) in the last week; where unknown, the mean of all."""
    newest = _seconds(spending.until) // _HOUR_S - 1
    by_hour: list[list[float]] = [[] for _ in range(DAY)]
    for back, amount in enumerate(reversed(spending.hours[-7 * DAY :])):
        if amount is not None:
            by_hour[(newest - back) % DAY].append(amount)
    known = list(chain.from_iterable(by_hour))
    mean = sum(known) / len(known) if known else 0.0
    return [sum(amounts) / len(amounts) if amounts else mean for amounts in by_hour]


def _diffused(spending: Spending) -> tuple[list[int | None], int, float]:
    """The rung of each hour's amount, -1 for nothing; the highest; what is owed to the hours to come."""
    rungs = list(map(_KNOWN.get, spending.hours, repeat(_OFF)))
    highest = max(filter(None, spending.hours), default=0.0)
    # What is owed may lift the largest amount by a rung, unless it is on the ladder already.
    top = _RUNG.get(highest, _rung(highest) + 1)
    lowest = max(top - len(_SIGNS) + 1, 0)
    owed = _bounded(spending.owed, highest / 2)
    wanted = {rung for rung in set(rungs) if rung is not None and rung != -1 and rung < lowest}
    for place in [place for place, rung in enumerate(rungs) if rung in wanted] if wanted else []:
        amount = spending.hours[place] or 0.0
        # No hour pays more than half of itself: a quiet one must not pay for a busy one at once.
        paid = amount + (owed if amount < _LADDER[lowest] else _bounded(owed, amount / 2))
        given = min(_rung(paid), top, len(_LADDER) - 1)
        if given < lowest:
            given = -1
        owed += amount - (_LADDER[given] if given >= 0 else 0.0)
        rungs[place] = given
    kept = max((rung for rung in set(rungs) if rung is not None), default=-1)
    # What is owed by amounts far larger than all that is kept says nothing any more.
    return rungs, kept, _bounded(owed, _LADDER[kept] / 2 if kept >= 0 else 0.0)


def _bounded(amount: float, limit: float) -> float:
    return min(max(amount, -limit), limit)


def _rung(amount: float) -> int:
    """The rung nearest to an amount; -1 below the ladder."""
    return -1 if amount < _LADDER[0] else bisect_left(_BETWEEN, amount)


def _seconds(at: datetime) -> int:
    return max(int(at.timestamp()), 0)


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
