"""Simple ways to say what an account will spend, each cheap enough to be tried on its own past."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat
from math import exp, log
from operator import mul, truediv

HOUR, DAY, WEEK = 1, 24, 168

_LEVEL_SLACK = 0.25
"""Of a usual day: days on which next to nothing is spent have no level to follow."""
_TINY = 1e-300
_FRIDAY_MIDNIGHT = 5 * DAY
_WEEKEND = 0.8
"""What is supposed of an hour at the weekend, by one of a working day, until a week has been seen."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The mean of so many hours, days or weeks, which then come again and again."""

    period: int
    """In hours: 168 tells the hours of the week apart, 24 those of the day, 1 none."""
    rounds: int
    follow: float
    """How far the level of the last day is followed: 0 not at all, 1 fully."""
    error: float
    """Its usual error, of the logarithm of the spend, before it is tried."""


CANDIDATES = (
    Candidate(HOUR, 1 * DAY, 0, 0.4),
    Candidate(HOUR, 1 * WEEK, 0, 0.4),
    Candidate(HOUR, 3 * WEEK, 0, 0.4),
    Candidate(DAY, 1, 0, 0.25),
    Candidate(DAY, 3, 0, 0.25),
    Candidate(DAY, 7, 0, 0.25),
    Candidate(DAY, 7, 0.5, 0.25),
    Candidate(DAY, 14, 0, 0.25),
    Candidate(DAY, 14, 0.5, 0.25),
    Candidate(WEEK, 1, 0, 0.2),
    Candidate(WEEK, 1, 0.5, 0.2),
    Candidate(WEEK, 1, 1, 0.2),
    Candidate(WEEK, 2, 0, 0.2),
    Candidate(WEEK, 2, 0.5, 0.2),
    Candidate(WEEK, 2, 1, 0.2),
    Candidate(WEEK, 3, 0, 0.2),
    Candidate(WEEK, 3, 0.5, 0.2),
    Candidate(WEEK, 3, 1, 0.2),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a candidate says of the week to come, and what it would have said in the past."""

    error: float
    factor: float
    """What `ahead` is to be multiplied by: candidates of one mean share it."""
    ahead: Sequence[float]
    """The spend of each hour of the week to come."""
    said: Sequence[Sequence[float]]
    """For each window the logarithm of its spend, as said at each origin."""


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
        clock = range(first, first + len(hours) + WEEK)
        self._usual = [_WEEKEND if hour % WEEK >= _FRIDAY_MIDNIGHT else 1.0 for hour in clock]
        self._levelled = list(map(truediv, hours, self._usual))
        self._supposing: dict[int, list[float]] = {}
        self._windows = windows
        self._origins = origins
        mean = sum(hours) / len(hours)
        self._level_slack = _LEVEL_SLACK * DAY * mean + _TINY
        # A little is added to every spend: of next to nothing the logarithm says too much.
        self._slacks = [slack * mean * window + _TINY for window in windows]
        self._fits = [sum(origin + window > len(hours) for origin in origins) for window in windows]
        self._spent = list(accumulate(hours, initial=0.0))
        self._strided = {DAY: self._every(DAY), WEEK: self._every(WEEK)}
        self._days = [self._spent[at] - self._spent[at - DAY] for at in (*origins, len(hours))]

    def spent(self) -> list[list[float]]:
        """For each window the logarithm of what was really spent, from each origin whose window is over."""
        spent = self._spent
        return [
            [log(spent[at + window] - spent[at] + slack) for at in self._origins[first:]]
            for window, slack, first in zip(self._windows, self._slacks, self._fits, strict=True)
        ]

    def tried(self, candidates: Sequence[Candidate]) -> list[Tried]:
        """What each candidate says, for the same windows and origins."""
        means = {key: self._mean(*key) for key in {(each.period, each.rounds) for each in candidates}}
        found = []
        for each in candidates:
            said, levels, ahead = means[each.period, each.rounds]
            factor = 1.0
            if each.follow:
                *lifts, lift = [each.follow * level for level in levels]
                factor = exp(lift)
                said = [
                    [amount + lift for amount, lift in zip(row, lifts[first:], strict=True)]
                    for row, first in zip(said, self._fits, strict=True)
                ]
            found.append(Tried(each.error, factor, ahead, said))
        return found

    def _every(self, period: int) -> list[float]:
        """What was spent up to each hour, and up to a period before, and two, and so on."""
        sums = self._spent.copy()
        for hour in range(period, len(sums)):
            sums[hour] += sums[hour - period]
        return sums

    def _mean(self, period: int, rounds: int) -> tuple[list[list[float]], list[float], list[float]]:
        """What a mean says for windows and origins, how the last day was against it, and the week ahead."""
        said = [self._totals(period, rounds, at) for at in self._origins]
        rows = [
            [log(totals[number] + slack) for totals in said[first:]]
            for number, (slack, first) in enumerate(zip(self._slacks, self._fits, strict=True))
        ]
        ahead = self._ahead(period, rounds)
        of_days = [totals[-1] for totals in said]
        of_days.append(sum(ahead[-DAY:]))
        slack = self._level_slack
        levels = [log((day + slack) / (of + slack)) for day, of in zip(self._days, of_days, strict=True)]
        return rows, levels, ahead

    def _totals(self, period: int, rounds: int, at: int) -> list[float]:
        """What a mean says at an origin for each window, and last what it says of a day like the last."""
        if period == HOUR:
            length = min(rounds, at)
            rate = (self._spent[at] - self._spent[at - length]) / length
            return [*(rate * window for window in self._windows), rate * DAY]
        if period == WEEK and at < WEEK:
            supposed = list(accumulate(self._supposed(at), initial=0.0))
            return [*(supposed[DAY + window] - supposed[DAY] for window in self._windows), supposed[DAY]]
        sums = self._strided[period]
        count = min(rounds, at // period)
        newest = at - period
        oldest = newest - period * count
        floor = sums[newest] - (sums[oldest] if oldest >= 0 else 0.0)

        def upto(hours: int) -> float:
            before = sums[oldest + hours] if oldest + hours >= 0 else 0.0
            return (sums[newest + hours] - before - floor) / count

        if period == WEEK:
            return [*(upto(window) for window in self._windows), upto(WEEK) - upto(WEEK - DAY)]
        day = upto(DAY)
        return [
            *(
                window // DAY * day + (upto(window % DAY) if window % DAY else 0.0)
                for window in self._windows
            ),
            day,
        ]

    def _ahead(self, period: int, rounds: int) -> list[float]:
        hours, end = self._hours, len(self._hours)
        if period == HOUR:
            length = min(rounds, end)
            return [(self._spent[end] - self._spent[end - length]) / length] * WEEK
        if period == WEEK and end < WEEK:
            return self._supposed(end)[DAY:]
        count = min(rounds, end // period)
        starts = [end - period * back for back in range(1, count + 1)]
        mean = [sum(same) / count for same in zip(*(hours[at : at + period] for at in starts), strict=True)]
        return list(chain.from_iterable(repeat(mean, WEEK // period)))

    def _supposed(self, at: int) -> list[float]:
        """What is said of the day before and the week after, before a week has been seen."""
        if at not in self._supposing:
            days = at // DAY
            first = at - days * DAY
            day = [sum(self._levelled[first + place : at : DAY]) / days for place in range(DAY)]
            week = chain.from_iterable(repeat(day, 1 + WEEK // DAY))
            self._supposing[at] = list(map(mul, week, self._usual[at - DAY : at + WEEK]))
        return self._supposing[at]
