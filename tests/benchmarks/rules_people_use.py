"""The four kinds of rule that people use instead, as small as they write them.

Each gets the benefit of the doubt where tastes differ: the last two try a refused message again until it is
accepted, and the last one never repeats itself.
"""

from collections import deque
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from balancewatch.core.reading import Reason
from tests.benchmarks.post import About, Post
from tests.benchmarks.world import THRESHOLD, Answer, Run


class Rule(Protocol):
    """What decides, run by run, what to send."""

    def run(self, run: Run, post: Post) -> None:
        """Take one run. May raise `KilledError`, which the post raised."""


def _low(remaining: Decimal) -> About | None:
    if remaining > THRESHOLD:
        return None
    return About.EMPTY if remaining <= 0 else About.LOW


class FixedThreshold:
    """Look, compare, send: on each run; an error, or an answer without the field, is sent too."""

    def run(self, run: Run, post: Post) -> None:
        about = _seen(run.answer)
        if about is not None:
            post.send(about)


class Cooldown:
    """The same, with an hour of silence after each message; the hour is claimed before sending."""

    _silence = timedelta(minutes=60)

    def __init__(self) -> None:
        self._claimed: dict[str, datetime] = {}

    def run(self, run: Run, post: Post) -> None:
        about = _seen(run.answer)
        if about is None:
            return
        topic = "dead" if about is About.DEAD else "low"
        before = self._claimed.get(topic)
        if before is None or run.at - before >= self._silence:
            self._claimed[topic] = run.at
            post.send(about)


def _seen(answer: Answer | Reason) -> About | None:
    match answer:
        case Answer(missing=False):
            return _low(answer.remaining)
        case _:
            return About.DEAD


class ChangeOfState:
    """Well, low, empty or dead: a change is sent; dead is three failures in a row, a missing field is 0."""

    _patience = 3

    def __init__(self) -> None:
        self._told: About | None = None
        self._failures = 0

    def run(self, run: Run, post: Post) -> None:
        match run.answer:
            case Answer():
                self._failures = 0
                now = _low(run.answer.remaining)
            case _:
                self._failures += 1
                now = About.DEAD if self._failures >= self._patience else self._told
        if now is self._told:
            return
        over = About.ALIVE if self._told is About.DEAD else About.WELL
        if post.send(now or over):
            self._told = now


class Prediction:
    """`predict_linear(balance[1d], 48h) < 0` for an hour; a fetch that fails for an hour is an alert too."""

    _range = timedelta(days=1)
    _ahead = timedelta(hours=48)
    _pending = timedelta(hours=1)

    def __init__(self) -> None:
        self._points: deque[tuple[datetime, float]] = deque()
        self._low = _Alert(About.LOW, About.WELL, self._pending)
        self._dead = _Alert(About.DEAD, About.ALIVE, self._pending)

    def run(self, run: Run, post: Post) -> None:
        match run.answer:
            case Answer(missing=False):
                self._points.append((run.now, float(run.answer.remaining)))
                is_dead = False
            case _:
                is_dead = True
        while self._points and self._points[0][0] <= run.now - self._range:
            self._points.popleft()
        self._low.take(run.at, post, holds=self._predicted(run.now) < 0)
        self._dead.take(run.at, post, holds=is_dead)

    def _predicted(self, now: datetime) -> float:
        """The line of least squares through the range, as Prometheus draws it; infinite without one."""
        if len(self._points) < 2:  # a line needs two
            return float("inf")
        xs = [(at - now).total_seconds() for at, _ in self._points]
        ys = [value for _, value in self._points]
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        spread = sum((each - x) ** 2 for each in xs)
        slope = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / spread
        return y + slope * (self._ahead.total_seconds() - x)


class _Alert:
    """One alert, as an alert manager keeps it: pending, firing, told when it begins and when it ends."""

    def __init__(self, begins: About, ends: About, pending: timedelta) -> None:
        self._begins, self._ends, self._pending = begins, ends, pending
        self._since: datetime | None = None
        self._is_told = False

    def take(self, at: datetime, post: Post, *, holds: bool) -> None:
        self._since = (self._since or at) if holds else None
        is_firing = self._since is not None and at - self._since >= self._pending
        if is_firing and not self._is_told:
            self._is_told = post.send(self._begins)
        elif self._is_told and not holds:
            self._is_told = not post.send(self._ends)


RULES_PEOPLE_USE: dict[str, type[Rule]] = {
    "fixed threshold": FixedThreshold,
    "60 minutes' cooldown": Cooldown,
    "change of state": ChangeOfState,
    "predict_linear": Prediction,
}
