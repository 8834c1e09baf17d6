"""When an account will run dry, from what it spent: early, likely, late.

Every candidate is tried on the account's own past: from the same hour of the day, for windows up to a week.
The better it was for windows as long as the runway, the more it counts: by its error to the power of -6.
How far the mixture was off makes the range, trials with as many days at weekends counting most: a range of
spend, so that the range of hours bends with nights and weekends.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from math import exp, inf, log
from operator import mul, sub

from balancewatch.core.candidates import CANDIDATES, DAY, WEEK, Past, Tried
from balancewatch.core.spending import Spending

HORIZON_H = 90 * DAY
"""A runway beyond is endless, in hours."""

_HOUR_S = 3600
_THURSDAY = 3 * DAY
"""The hour of the week in which 1970 began."""
_LEAST_AGE_S = DAY * _HOUR_S
_LEAST_KNOWN = DAY // 2
"""Hours: of a history with fewer nothing can be said, however old it is."""
_LEAST_OF_HOUR_S = _HOUR_S // 2

_WINDOWS = (6, 12, 24, 48, 96, 168)
"""For how long forecasts are tried, in hours."""
_STEP, _BACK = DAY, 20 * DAY
"""Every how many hours they are tried, and how far back."""
_SLACK = 0.2
"""Of the usual spend, added before logarithms: at night they would say too much."""
_HALF_LIFE = 150.0
"""Hours after which a trial counts half."""
_POWER = 6.0
"""How much more the better candidates count."""
_FLOOR = 0.01
"""Added to errors: after a few lucky trials no candidate counts alone."""
_WORST = 1.0
"""An error beyond says only that something happened that no candidate knew."""
_TRIALS_BEFORE = 1.0
"""How many trials the error known before counts for; more for windows of more than a day."""

_EARLY, _LIKELY, _LATE = 0.9, 0.6, 0.13
"""Quantiles of actual by said spend. Likely is no median: to be late costs more than to be early."""
_PRIOR_WEIGHT = 0.25
_PRIOR = tuple(0.3 * z for z in (-3, -1.6, -1, -0.6, -0.3, 0, 0.3, 0.6, 1, 1.6, 3))
"""How far off (logarithms) forecasts are anyway, with fat tails: what counts while there are few trials."""
_OTHER_DAYS = 0.35
"""Of a trial's part in the range, what a day more or less at a weekend leaves."""
_LEAST_PART = 0.02
"""A candidate that counts less does not change what is said, only how long it takes to say it."""
_STRETCH = 2.5
_UNSTEADY = log(3.5)
"""A range of spend whose ends are further apart says little."""


@dataclass(frozen=True, slots=True)
class Runway:
    """Hours until empty, from the moment asked about; math.inf beyond the horizon."""

    early: float
    likely: float
    late: float
    unsteady: bool
    """Spend is so irregular that the range says little."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What will be spent by the end of each clock hour of a week from now, and then week by week."""

    first_h: float
    """The rest of the first clock hour, in hours."""
    spent: Sequence[float]
    """From 0, never falling."""
    weekly: Sequence[float]
    """What a later week adds, up to each of its hours."""

    def hours_until(self, amount: float) -> float:
        """When so much is spent; inf beyond the horizon."""
        if amount <= 0:
            return 0.0
        if amount <= self.spent[-1]:
            return self._at(_crossing(self.spent, amount))
        amount -= self.spent[-1]
        if self.weekly[-1] * HORIZON_H < amount * WEEK:
            return inf
        weeks, rest = divmod(amount, self.weekly[-1])
        hours = self._at(WEEK * (1 + weeks) + (_crossing(self.weekly, rest) if rest > 0 else 0.0))
        return hours if hours <= HORIZON_H else inf

    def spent_within(self, hours: float) -> float:
        """What is spent within so many hours."""
        at = hours / self.first_h if hours < self.first_h else hours + 1 - self.first_h
        if at <= WEEK:
            return _between(self.spent, max(at, 0.0))
        weeks, rest = divmod(at - WEEK, WEEK)
        return self.spent[-1] + weeks * self.weekly[-1] + _between(self.weekly, rest)

    def _at(self, place: float) -> float:
        """Hours from now, of a place in clock hours."""
        return place * self.first_h if place < 1 else place - 1 + self.first_h


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an account will spend from a moment on."""

    early: Curve
    """The most that it will spend, likely; so the account is empty early."""
    likely: Curve
    late: Curve
    spreads: Sequence[float]
    """For each window how far the ends of the range of spend are apart (logarithm)."""

    @property
    def burn_rate(self) -> float:
        """Likely spend per day, over the week to come."""
        return self.likely.spent_within(WEEK) / (WEEK / DAY)

    def runway(self, remaining: Decimal) -> Runway:
        """How long so much will last."""
        amount = float(remaining)
        if amount <= 0:
            return Runway(0.0, 0.0, 0.0, unsteady=False)
        likely = self.likely.hours_until(amount)
        early = min(self.early.hours_until(amount), likely)
        late = max(self.late.hours_until(amount), likely)
        place, part = _window(likely)
        spread = self.spreads[place] * (1 - part) + self.spreads[place + 1] * part
        return Runway(early, likely, late, unsteady=spread > _UNSTEADY)

    def spent(self, hours: float) -> Decimal:
        """What it will likely spend within so many hours."""
        return Decimal(f"{self.likely.spent_within(hours):.12g}")


def forecast(spending: Spending, at: datetime) -> Forecast | None:
    """What an account will spend from `at` on, which is not before its newest reading.

    None where less than a day of history says what it spends.
    """
    hours = _filled(_hours_before(spending, at))
    if spending.age_s < _LEAST_AGE_S or hours is None:
        return None
    first_h = 1 - at.timestamp() % _HOUR_S / _HOUR_S
    if not any(hours):
        idle = Curve(first_h, [0.0] * (WEEK + 1), [0.0] * (WEEK + 1))
        return Forecast(idle, idle, idle, [0.0] * len(_WINDOWS))
    length = len(hours)
    origins = range(length - _STEP, max(DAY, length - _BACK - _STEP) - 1, -_STEP)
    first = (int(at.timestamp()) // _HOUR_S + _THURSDAY - length) % WEEK
    past = Past(hours, first, origins, _WINDOWS, _SLACK)
    tried = past.tried(CANDIDATES)
    weights, ranges = [], []
    errors = [each.error for each in tried]
    for number, (window, spent, days) in enumerate(
        zip(_WINDOWS, past.spent(), past.weekend_days(), strict=True)
    ):
        ages = [length - origin - window for origin in origins]
        recency = [0.5 ** (age / _HALF_LIFE) for age in ages if age >= 0]
        errors = _errors(tried, number, spent, recency, errors, window)
        weighed = _weights(errors)
        weights.append(weighed)
        alike = [part * _OTHER_DAYS**off for part, off in zip(recency, days, strict=True)]
        ranges.append(_range(tried, number, spent, alike, weighed))
    return _drawn(tried, weights, ranges, first_h)


def _hours_before(spending: Spending, at: datetime) -> list[float | None]:
    """The clock hours before that of `at`."""
    hours = list(spending.hours)
    passed = int(at.timestamp()) // _HOUR_S - int(spending.until.timestamp()) // _HOUR_S
    if passed > 0:
        known_s = spending.known_s
        hours.append(spending.current * _HOUR_S / known_s if known_s >= _LEAST_OF_HOUR_S else None)
        hours += [None] * min(passed - 1, 3 * WEEK)
    return hours[-3 * WEEK :]


def _filled(hours: Sequence[float | None]) -> list[float] | None:
    """The hours from the first known on, the unknown like those of days around; None if too few are known."""
    known = [amount for amount in hours if amount is not None]
    if len(known) < _LEAST_KNOWN or len(hours) < DAY:
        return None
    if len(known) == len(hours):
        return known
    first = next(place for place, amount in enumerate(hours) if amount is not None)
    hours = hours[min(first, len(hours) - DAY) :]
    mean = sum(known) / len(known)
    filled = []
    for place, amount in enumerate(hours):
        if amount is not None:
            filled.append(amount)
        else:
            near = [place + shift for shift in (-DAY, DAY, -WEEK, WEEK, -2 * DAY, 2 * DAY)]
            same = [hours[each] for each in near if 0 <= each < len(hours)]
            some = [each for each in same if each is not None][:3]
            filled.append(sum(some) / len(some) if some else mean)
    return filled


def _errors(
    tried: Sequence[Tried],
    number: int,
    spent: Sequence[float],
    recency: Sequence[float],
    before: Sequence[float],
    window: int,
) -> list[float]:
    """How far off each candidate is for a window, given its errors `before`, for a shorter one."""
    trials_before = _TRIALS_BEFORE * max(1.0, window / DAY)
    trials = sum(recency) + trials_before
    errors = []
    for each, error in zip(tried, before, strict=True):
        missed = list(map(abs, map(sub, each.said[number], spent)))
        if max(missed, default=0.0) > _WORST:
            missed = [min(miss, _WORST) for miss in missed]
        off = sum(map(mul, recency, missed))
        errors.append((off + trials_before * error) / trials)
    return errors


def _weights(errors: Sequence[float]) -> list[float]:
    """How much each candidate counts, in all 1."""
    weights = [(error + _FLOOR) ** -_POWER for error in errors]
    total = sum(weights)
    return [weight / total for weight in weights]


def _range(
    tried: Sequence[Tried],
    number: int,
    spent: Sequence[float],
    alike: Sequence[float],
    weights: Sequence[float],
) -> tuple[float, float, float]:
    """By how much the spend of a window is more than said (logarithm): early, likely, late."""
    said = [sum(map(mul, weights, row)) for row in zip(*(each.said[number] for each in tried), strict=True)]
    off = list(zip(map(sub, spent, said), alike, strict=True))
    off += [(each, _PRIOR_WEIGHT) for each in _PRIOR]
    off.sort()
    late, likely, early = _quantiles(off, (_LATE, _LIKELY, _EARLY))
    early, late = max(early, likely, 0.0), min(late, likely, 0.0)
    # Of irregular spend the trials show too little: its largest bursts are rare.
    stretch = _STRETCH if early - late > _UNSTEADY else 1.0
    return max(early * stretch, likely), likely, min(late * stretch, likely)


def _quantiles(weighed: Sequence[tuple[float, float]], parts: Iterable[float]) -> list[float]:
    """The values below which the parts of the weight lie; values sorted."""
    sums = list(accumulate(weight for _, weight in weighed))
    found = []
    for part in parts:
        wanted = part * sums[-1]
        place = min(bisect_left(sums, wanted), len(weighed) - 1)
        value, weight = weighed[place]
        if place:
            before = weighed[place - 1][0]
            value = before + (value - before) * (1 - max(sums[place] - wanted, 0.0) / weight)
        found.append(value)
    return found


def _drawn(
    tried: Sequence[Tried],
    weights: Sequence[Sequence[float]],
    ranges: Sequence[tuple[float, float, float]],
    first_h: float,
) -> Forecast:
    """The curves: near each window, as it says."""
    sums = []
    # No mixture is asked for beyond the window after its own.
    for row, last in zip(weights, (*_WINDOWS[1:], WEEK), strict=True):
        counted = [weight for weight in row if weight >= _LEAST_PART]
        hours = zip(
            *(each.ahead[:last] for each, weight in zip(tried, row, strict=True) if weight >= _LEAST_PART),
            strict=True,
        )
        total = sum(counted)
        ahead = (sum(map(mul, counted, amounts)) / total for amounts in hours)
        sums.append(list(accumulate(ahead, initial=0.0)))
    missed = [row[1] * (1 - first_h) for row in sums]
    said = [
        (sums[place][hour] - missed[place]) * (1 - part) + (sums[place + 1][hour] - missed[place + 1]) * part
        for hour, (place, part) in enumerate(_PLACES, 1)
    ]
    curves = []
    for offs in zip(*ranges, strict=True):
        off = [offs[place] * (1 - part) + offs[place + 1] * part for place, part in _PLACES]
        # Where the mixture changes, less may be said of a longer time.
        curve = list(accumulate(map(mul, said, map(exp, off)), max, initial=0.0))
        curves.append(Curve(first_h, curve, [exp(offs[-1]) * amount for amount in sums[-1]]))
    early, likely, late = curves
    return Forecast(early, likely, late, [most - least for most, _, least in ranges])


def _window(hours: float) -> tuple[int, float]:
    """The window before so many hours, and how far they are on the way to the next."""
    if hours <= _WINDOWS[0]:
        return 0, 0.0
    if hours >= _WINDOWS[-1]:
        return len(_WINDOWS) - 2, 1.0
    place = bisect_left(_WINDOWS, hours) - 1
    return place, log(hours / _WINDOWS[place]) / log(_WINDOWS[place + 1] / _WINDOWS[place])


_PLACES = [_window(hour) for hour in range(1, WEEK + 1)]


def _crossing(curve: Sequence[float], amount: float) -> float:
    """Where a curve reaches an amount above 0, between its hours."""
    place = min(bisect_left(curve, amount), len(curve) - 1)
    rise = curve[place] - curve[place - 1]
    return place - 1 + (min((amount - curve[place - 1]) / rise, 1.0) if rise > 0 else 1.0)


def _between(curve: Sequence[float], place: float) -> float:
    hour = min(int(place), len(curve) - 2)
    return curve[hour] + (curve[hour + 1] - curve[hour]) * (place - hour)
