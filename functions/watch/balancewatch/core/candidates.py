"""Simple ways to say what an account will spend, each cheap enough to be tried on its own past."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat
from math import exp, log

HOUR, DAY, WEEK = 1, 24, 168
_SHIFT = 8
_ERROR = {HOUR: 0.4, DAY: 0.25, WEEK: 0.2}
"""The usual error, of the logarithm of the spend, before a candidate is tried."""

_LEVEL_SLACK = 0.25
"""Of a usual day: days on which next to nothing is spent have no level to follow."""
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Candidate:
    """The mean of so many hours, days or weeks, which then come again and again."""

    period: int
    """In hours: 168 tells the hours of the week apart, 24 those of the day, 1 none."""
    rounds: int
    follow: float
    """How far the level of the last hours is followed: 0 not at all, 1 fully."""
    over: int = DAY
    """How many hours: 24 or 8."""


CANDIDATES = (
    Candidate(HOUR, 1 * DAY, 0),
    Candidate(HOUR, 1 * WEEK, 0),
    Candidate(HOUR, 3 * WEEK, 0),
    Candidate(DAY, 1, 0),
    Candidate(DAY, 3, 0),
    Candidate(DAY, 7, 0),
    Candidate(DAY, 7, 0.5),
    Candidate(DAY, 14, 0),
    Candidate(DAY, 14, 0.5),
    Candidate(DAY, 7, 0.5, _SHIFT),
    Candidate(WEEK, 1, 0),
    Candidate(WEEK, 1, 0.5),
    Candidate(WEEK, 1, 1),
    Candidate(WEEK, 2, 0),
    Candidate(WEEK, 2, 0.5),
    Candidate(WEEK, 2, 1),
    Candidate(WEEK, 3, 0),
    Candidate(WEEK, 3, 0.5),
    Candidate(WEEK, 3, 1),
    Candidate(WEEK, 2, 0.5, _SHIFT),
    Candidate(WEEK, 3, 0.5, _SHIFT),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a candidate says of the week to come, and what it would have said in the past."""

    error: float
    ahead: Sequence[float]
    """The spend of each hour of the week to come."""
    said: Sequence[Sequence[float]]
    """For each window the logarithm of its spend, as said at each origin."""


class Past:
    """The hours of an account, none unknown, and where in them (origins) to try for how long (windows).

    Origins are numbers of hours after the first, at least a day, the newest first.
    """

    def __init__(
        self, hours: Sequence[float], origins: Sequence[int], windows: Sequence[int], slack: float
    ) -> None:
        self._hours = hours
        self._windows = windows
        self._origins = origins
        mean = sum(hours) / len(hours)
        self._level_slack = _LEVEL_SLACK * DAY * mean + _TINY
        # A little is added to every spend: of next to nothing the logarithm says too much.
        self._slacks = [slack * mean * window + _TINY for window in windows]
        self._fits = [sum(origin + window > len(hours) for origin in origins) for window in windows]
        self._spent = list(accumulate(hours, initial=0.0))
        self._strided = {DAY: self._every(DAY), WEEK: self._every(WEEK)}
        self._last = {
            over: [self._spent[at] - self._spent[at - over] for at in (*origins, len(hours))]
            for over in (_SHIFT, DAY)
        }

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
            if each.follow:
                *lifts, lift = [each.follow * level for level in levels[each.over]]
                factor = exp(lift)
                ahead = [factor * amount for amount in ahead]
                said = [
                    [amount + lift for amount, lift in zip(row, lifts[first:], strict=True)]
                    for row, first in zip(said, self._fits, strict=True)
                ]
            found.append(Tried(_ERROR[each.period], ahead, said))
        return found

    def _every(self, period: int) -> list[float]:
        """What was spent up to each hour, and up to a period before, and two, and so on."""
        sums = self._spent.copy()
        for hour in range(period, len(sums)):
            sums[hour] += sums[hour - period]
        return sums

    def _mean(
        self, period: int, rounds: int
    ) -> tuple[list[list[float]], dict[int, list[float]], list[float]]:
        """What a mean says for windows and origins, how the last day was against it, and the week ahead."""
        said = [self._totals(period, rounds, at) for at in self._origins]
        rows = [
            [log(totals[number] + slack) for totals in said[first:]]
            for number, (slack, first) in enumerate(zip(self._slacks, self._fits, strict=True))
        ]
        ahead = self._ahead(period, rounds)
        slack = self._level_slack
        levels = {}
        for number, over in enumerate((_SHIFT, DAY), -2):
            usual = [*(totals[number] for totals in said), sum(ahead[-over:])]
            pairs = zip(self._last[over], usual, strict=True)
            levels[over] = [log((amount + slack) / (of + slack)) for amount, of in pairs]
        return rows, levels, ahead

    def _totals(self, period: int, rounds: int, at: int) -> list[float]:
        """What a mean says at an origin for each window, and last what it says of a day like the last."""
        if period == HOUR:
            length = min(rounds, at)
            rate = (self._spent[at] - self._spent[at - length]) / length
            return [*(rate * window for window in self._windows), rate * _SHIFT, rate * DAY]
        if period == WEEK and at < WEEK:
            period, rounds = DAY, 7
        sums = self._strided[period]
        count = min(rounds, at // period)
        newest = at - period
        oldest = newest - period * count
        floor = sums[newest] - (sums[oldest] if oldest >= 0 else 0.0)

        def upto(hours: int) -> float:
            before = sums[oldest + hours] if oldest + hours >= 0 else 0.0
            return (sums[newest + hours] - before - floor) / count

        if period == WEEK:
            week = upto(WEEK)
            return [
                *(upto(window) for window in self._windows),
                week - upto(WEEK - _SHIFT),
                week - upto(WEEK - DAY),
            ]
        day = upto(DAY)
        return [
            *(
                window // DAY * day + (upto(window % DAY) if window % DAY else 0.0)
                for window in self._windows
            ),
            day - upto(DAY - _SHIFT),
            day,
        ]

    def _ahead(self, period: int, rounds: int) -> list[float]:
        hours, end = self._hours, len(self._hours)
        if period == HOUR:
            length = min(rounds, end)
            return [(self._spent[end] - self._spent[end - length]) / length] * WEEK
        if period == WEEK and end < WEEK:
            period, rounds = DAY, 7
        count = min(rounds, end // period)
        starts = [end - period * back for back in range(1, count + 1)]
        mean = [sum(same) / count for same in zip(*(hours[at : at + period] for at in starts), strict=True)]
        return list(chain.from_iterable(repeat(mean, WEEK // period)))
