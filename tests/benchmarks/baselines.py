"""The usual ways to say when something runs out, from the exact spend of each 15 minutes.

They are given more than an account shows: spend without rounding, and none of it hidden by top-ups, which
would make `predict_linear` on the balance itself worse.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate

from tests.benchmarks.traces import STEPS_A_DAY, STEPS_AN_HOUR, Trace

Runway = Callable[[int, float], float]
"""Hours until a balance is empty, asked at the beginning of a step."""

_HORIZON = 31 * STEPS_A_DAY
_WEEK = 7 * STEPS_A_DAY


def baselines(trace: Trace) -> dict[str, Runway]:
    """Every baseline, for one trace."""
    return {
        "predict_linear 1 h": _linear(trace, STEPS_AN_HOUR),
        "predict_linear 6 h": _linear(trace, 6 * STEPS_AN_HOUR),
        "predict_linear 24 h": _linear(trace, STEPS_A_DAY),
        "mean 24 h": _mean(trace, STEPS_A_DAY),
        "mean 7 d": _mean(trace, _WEEK),
        "seasonal naive 24 h": _seasonal(trace, STEPS_A_DAY),
        "seasonal naive 7 d": _seasonal(trace, _WEEK),
        "Holt-Winters": _holt_winters(trace),
    }


def _at_rate(remaining: float, rate: float) -> float:
    return remaining / rate / STEPS_AN_HOUR if rate > 0 else math.inf


def _linear(trace: Trace, window: int) -> Runway:
    """The slope of the least-squares line through what was used; from the balance now, as Prometheus does not
    do: its line starts off the balance by the residual.
    """
    used = list(accumulate(trace.steps, initial=0.0))

    def runway(step: int, remaining: float) -> float:
        first = max(step - window, 0)
        ys = used[first : step + 1]
        middle = (len(ys) - 1) / 2
        spread = sum((x - middle) ** 2 for x in range(len(ys)))
        slope = sum((x - middle) * y for x, y in enumerate(ys)) / spread
        return _at_rate(remaining, slope)

    return runway


def _mean(trace: Trace, window: int) -> Runway:
    used = list(accumulate(trace.steps, initial=0.0))

    def runway(step: int, remaining: float) -> float:
        first = max(step - window, 0)
        return _at_rate(remaining, (used[step] - used[first]) / (step - first))

    return runway


def _until_spent(remaining: float, steps: Sequence[float]) -> float:
    """Hours until so much is spent, if these steps come again and again."""
    used = list(accumulate(steps, initial=0.0))
    if used[-1] <= 0:
        return math.inf
    rounds, rest = divmod(remaining, used[-1])
    step = max(bisect_left(used, rest), 1)
    part = (rest - used[step - 1]) / steps[step - 1] if steps[step - 1] > 0 else 1.0
    return (rounds * len(steps) + step - 1 + part) / STEPS_AN_HOUR


def _seasonal(trace: Trace, season: int) -> Runway:
    """The last season again and again; the last whole days where there is no season yet."""

    def runway(step: int, remaining: float) -> float:
        length = season if step >= season else step // STEPS_A_DAY * STEPS_A_DAY
        return _until_spent(remaining, trace.steps[step - length : step])

    return runway


def _holt_winters(trace: Trace) -> Runway:
    """Additive, by the hour, with a season of a day: level 0.1, trend 0.01 damped by 0.98, season 0.2."""
    alpha, beta, gamma, damping = 0.1, 0.01, 0.2, 0.98
    hourly = [
        sum(trace.steps[step : step + STEPS_AN_HOUR])
        for step in range(0, len(trace.steps) // STEPS_AN_HOUR * STEPS_AN_HOUR, STEPS_AN_HOUR)
    ]
    level, trend = sum(hourly[:24]) / 24, 0.0
    season = [amount - level for amount in hourly[:24]]
    states = [(level, trend, season)] * 25
    for hour in range(24, len(hourly)):
        expected = level + damping * trend
        amount = hourly[hour]
        new_level = alpha * (amount - season[hour % 24]) + (1 - alpha) * expected
        trend = beta * (new_level - level) + (1 - beta) * damping * trend
        level = new_level
        season = season.copy()
        season[hour % 24] = gamma * (amount - level) + (1 - gamma) * season[hour % 24]
        states.append((level, trend, season))

    def runway(step: int, remaining: float) -> float:
        hour = step // STEPS_AN_HOUR
        level, trend, season = states[hour]
        left, at = remaining, 0.0
        part = 1 - step % STEPS_AN_HOUR / STEPS_AN_HOUR
        for ahead in range(_HORIZON // STEPS_AN_HOUR):
            trend *= damping
            level += trend
            spent = max(level + season[(hour + ahead) % 24], 0.0) * part
            if spent >= left:
                return at + (left / spent if spent else 0.0) * part
            left -= spent
            at += part
            part = 1.0
        return math.inf

    return runway
