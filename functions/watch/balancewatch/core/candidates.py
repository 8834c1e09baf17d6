"""Simple ways to say what an account will spend, each cheap enough to be tried on its own past."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain, repeat
from itertools import count as count_from
from math import exp, log
from operator import mul, sub, truediv

HOUR, DAY, WEEK = 1, 24, 168

_LEVEL_SLACK = 0.25
"""Of the usual spend: hours in which next to nothing is spent have no level to follow."""
_MOST = log(3.3)
"""A level further off, up or down, is no level but an event."""
_TINY = 1e-300
_FRIDAY_MIDNIGHT = 5 * DAY
_WEEKEND = 0.8
"""What is supposed of an hour at the weekend, by one of a working day, until both have been seen."""
_WEEKEND_DAYS = 0.5
"""How many seen days that counts for."""
_WEEKEND_SLACK = 0.05
"""Of the mean hour, added to both before they are compared."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The mean of so many hours, days or weeks, which then come again and again."""

    period: int
    """In hours: 168 tells the hours of the week apart, 24 those of the day, 1 none."""
    rounds: int
    error: float
    """Its usual error, of the logarithm of the spend, before it is tried."""
    follows_h: int = 0
    """It follows how the last so many hours were by what it said of them; 0: nothing."""
    fades_h: int = 1
    """After so many hours ahead about a third of that is left."""


def _following(period: int, rounds: int, error: float) -> tuple[Candidate, ...]:
    """A mean as it is, and following the last day, and the last hours."""
    return (
        Candidate(period, rounds, error),
        Candidate(period, rounds, error, follows_h=24, fades_h=96),
        Candidate(period, rounds, error, follows_h=6, fades_h=8),
    )


CANDIDATES = (
    Candidate(HOUR, 1 * DAY, 0.4),
    Candidate(HOUR, 1 * WEEK, 0.4),
    Candidate(HOUR, 3 * WEEK, 0.4),
    Candidate(DAY, 1, 0.25),
    *_following(DAY, 7, 0.25),
    *_following(WEEK, 1, 0.2),
    *_following(WEEK, 2, 0.2),
    *_following(WEEK, 3, 0.2),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a candidate says of the week to come, and what it would have said in the past."""

    error: float
    ahead: Sequence[float]
    """The spend of each hour of the week to come."""
    said: Sequence[Sequence[float]]
    """For each window the logarithm of its spend, as said at each origin."""


@dataclass(frozen=True, slots=True)
class _Mean:
    """A mean of the hours, as it was at every time."""

    period: int
    sums: Sequence[float]
    """What it says was spent up to each hour, from what came before that hour; it begins after a period."""
    said: Sequence[Sequence[float]]
    """The logarithm of what it says of each window, at each origin."""
    ahead: Sequence[float]


class Past:
    """The hours of an account, none unknown, and where in them (origins) to try for how long (windows).

    `first` is the hour of the week (UTC) of the first. Origins are numbers of hours after the first, at least
    a day, the newest first.
    """

    def __init__(
        self,
        hours: Sequence[float],
        first: int,
        origins: Sequence[int],
        windows: Sequence[int],
        slack: float,
    ) -> None:
        self._hours = hours
        self._mean_hour = mean = sum(hours) / len(hours)
        length = len(hours) + WEEK
        weekend = _clock(0.0, 1.0, first, length)
        self._usual = _clock(1.0, _weekend(hours, weekend, mean), first, length)
        self._weekend_hours = list(accumulate(weekend, initial=0))
        self._levelled = list(map(truediv, hours, self._usual))
        self._supposing: dict[int, list[float]] = {}
        self._windows = windows
        self._days = [divmod(window, DAY) for window in windows]
        self._origins = origins
        # A little is added to every spend: of next to nothing the logarithm says too much.
        self._slacks = [slack * mean * window + _TINY for window in windows]
        self._fits = [sum(origin + window > len(hours) for origin in origins) for window in windows]
        self._spent = list(accumulate(hours, initial=0.0))
        self._strided = {DAY: self._every(DAY), WEEK: self._every(WEEK)}

    def spent(self) -> list[list[float]]:
        """For each window the logarithm of what was really spent, from each origin whose window is over."""
        spent = self._spent
        return [
            [log(spent[at + window] - spent[at] + slack) for at in self._origins[first:]]
            for window, slack, first in zip(self._windows, self._slacks, self._fits, strict=True)
        ]

    def weekend_days(self) -> list[list[float]]:
        """For each window, from each such origin, how many days at weekends more or less the next has."""
        sums, end = self._weekend_hours, len(self._hours)
        found = []
        for window, first in zip(self._windows, self._fits, strict=True):
            ahead = sums[end + window] - sums[end]
            found.append([abs(sums[at + window] - sums[at] - ahead) / DAY for at in self._origins[first:]])
        return found

    def tried(self, candidates: Sequence[Candidate]) -> list[Tried]:
        """What each candidate says, for the same windows and origins."""
        means = {key: self._mean(*key) for key in {(each.period, each.rounds) for each in candidates}}
        found = []
        for each in candidates:
            mean = means[each.period, each.rounds]
            said, ahead = mean.said, mean.ahead
            if each.follows_h:
                *levels, level = [
                    self._level(mean, at, each.follows_h) for at in (*self._origins, len(self._hours))
                ]
                said = [
                    [amount + part * lift for amount, lift in zip(row, levels[first:], strict=True)]
                    for row, first, part in zip(said, self._fits, self._left(each.fades_h), strict=True)
                ]
                ahead = list(map(mul, ahead, [exp(level * part) for part in _fading(each.fades_h)]))
            found.append(Tried(each.error, ahead, said))
        return found

    def _every(self, period: int) -> list[float]:
        """What was spent in each hour, and a period before, and two, and so on."""
        sums = list(self._hours)
        for hour in range(period, len(sums)):
            sums[hour] += sums[hour - period]
        return sums

    def _mean(self, period: int, rounds: int) -> _Mean:
        sums: list[float] = []
        if period != HOUR:
            newest = self._strided[period]
            oldest = chain(repeat(0.0, rounds * period), newest)
            counts = chain.from_iterable(repeat(min(count, rounds), period) for count in count_from(1))
            means = map(truediv, map(sub, newest, oldest), counts)
            sums = list(accumulate(chain(repeat(0.0, period), means), initial=0.0))
        totals = [self._totals(period, rounds, sums, at) for at in self._origins]
        said = [
            [log(row[number] + slack) for row in totals[first:]]
            for number, (slack, first) in enumerate(zip(self._slacks, self._fits, strict=True))
        ]
        return _Mean(period, sums, said, self._ahead(period, rounds))

    def _totals(self, period: int, rounds: int, sums: Sequence[float], at: int) -> list[float]:
        """What a mean says at an origin for each window."""
        if period == HOUR:
            length = min(rounds, at)
            rate = (self._spent[at] - self._spent[at - length]) / length
            return [rate * window for window in self._windows]
        if period == WEEK and at < WEEK:
            sums, at = self._supposed(at), DAY
        start = sums[at]
        if period == WEEK:
            return [sums[at + window] - start for window in self._windows]
        day = sums[at + DAY] - start
        return [days * day + sums[at + rest] - start for days, rest in self._days]

    def _ahead(self, period: int, rounds: int) -> list[float]:
        hours, end = self._hours, len(self._hours)
        if period == HOUR:
            length = min(rounds, end)
            return [(self._spent[end] - self._spent[end - length]) / length] * WEEK
        if period == WEEK and end < WEEK:
            sums = self._supposed(end)[DAY:]
            return list(map(sub, sums[1:], sums))
        count = min(rounds, end // period)
        starts = [end - period * back for back in range(1, count + 1)]
        mean = [sum(same) / count for same in zip(*(hours[at : at + period] for at in starts), strict=True)]
        return list(chain.from_iterable(repeat(mean, WEEK // period)))

    def _level(self, mean: _Mean, at: int, length: int) -> float:
        """The logarithm of what was spent in so many hours, by what the mean said of them."""
        if at >= mean.period + length:
            said = mean.sums[at] - mean.sums[at - length]
        elif mean.period == DAY:
            said = mean.sums[at + DAY] - mean.sums[at + DAY - length]
        elif at < WEEK:
            sums = self._supposed(at)
            said = sums[DAY] - sums[DAY - length]
        else:
            return 0.0
        slack = _LEVEL_SLACK * self._mean_hour * length + _TINY
        level = log((self._spent[at] - self._spent[at - length] + slack) / (said + slack))
        return max(-_MOST, min(level, _MOST))

    def _left(self, fades_h: int) -> list[float]:
        """How much of a level is left on average in each window."""
        return [fades_h * (1 - exp(-window / fades_h)) / window for window in self._windows]

    def _supposed(self, at: int) -> list[float]:
        """Before a week has been seen: what is said up to each hour of the day before and the week after."""
        if at not in self._supposing:
            days = at // DAY
            first = at - days * DAY
            day = [sum(self._levelled[first + place : at : DAY]) / days for place in range(DAY)]
            week = chain.from_iterable(repeat(day, 1 + WEEK // DAY))
            said = map(mul, week, self._usual[at - DAY : at + WEEK])
            self._supposing[at] = list(accumulate(said, initial=0.0))
        return self._supposing[at]


@cache
def _fading(fades_h: int) -> Sequence[float]:
    """How much of a level is left in each hour of the week to come."""
    return [exp(-(hour + 0.5) / fades_h) for hour in range(WEEK)]


def _clock(working: float, weekend: float, first: int, length: int) -> list[float]:
    """What an hour is, of working days and of weekends, for so many hours."""
    week = [working] * _FRIDAY_MIDNIGHT + [weekend] * (WEEK - _FRIDAY_MIDNIGHT)
    return (week * (1 + (first + length) // WEEK))[first : first + length]


def _weekend(hours: Sequence[float], weekend: Sequence[float], mean: float) -> float:
    """An hour at the weekend by one of a working day, from the hours of the day seen on both."""
    working_sum = weekend_sum = 0.0
    both = seen = 0
    for place in range(min(DAY, len(hours))):
        amounts, kinds = hours[place::DAY], weekend[place : len(hours) : DAY]
        at_weekends = [amount for amount, is_weekend in zip(amounts, kinds, strict=True) if is_weekend]
        if at_weekends and len(at_weekends) < len(amounts):
            others = len(amounts) - len(at_weekends)
            total = sum(at_weekends)
            weekend_sum += total / len(at_weekends)
            working_sum += (sum(amounts) - total) / others
            seen += min(len(at_weekends), others)
            both += 1
    slack = _WEEKEND_SLACK * mean * both + _TINY
    days = seen / DAY
    ratio = log((weekend_sum + slack) / (max(working_sum, 0.0) + slack))
    return exp((days * ratio + _WEEKEND_DAYS * log(_WEEKEND)) / (days + _WEEKEND_DAYS))
