"""Episodes: each way of a balance down, and how early people heard of it.

A way down goes from a top-up, or the first row, to the next top-up. It is an episode if the balance was at
0 or below in it, or if people were told that it is low. Its warning is the time from when they were told
for good (what was taken back before does not count) until it was empty, else until the top-up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Outcome(StrEnum):
    """How an episode ended."""

    EMPTY = "empty"
    TOPPED_UP = "topped_up"
    TAKEN_BACK = "taken_back"
    """Told to be low, and well again without a top-up."""
    LASTS = "lasts"
    """Still low, and not empty, when the history ends."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One run: what was left, whether a top-up was seen, and what people believe after it."""

    at: datetime
    remaining: Decimal | None
    topped_up: bool
    heard_low: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """One way down. `ended` is when it was empty, else topped up, else last read."""

    began: datetime
    ended: datetime
    outcome: Outcome
    told: datetime | None
    """Since when people knew for good; None where they did not before it ended."""

    @property
    def warning(self) -> timedelta | None:
        return None if self.told is None else self.ended - self.told

    @property
    def is_missed(self) -> bool:
        return self.outcome is Outcome.EMPTY and self.told is None


def episodes_of(moments: Sequence[Moment]) -> Iterator[Episode]:
    """The episodes of a history, in order."""
    start = 0
    for index, moment in enumerate(moments):
        if moment.topped_up:
            yield from _episode(moments[start:index], moment)
            start = index
    yield from _episode(moments[start:], None)


def _episode(way: Sequence[Moment], top_up: Moment | None) -> Iterator[Episode]:
    """The episode of one way down, if it is one."""
    empty = next((each for each in way if each.remaining is not None and each.remaining <= 0), None)
    until = empty or top_up
    told = _told(way, empty)
    was_told = any(each.heard_low for each in way if empty is None or each.at < empty.at)
    if not way or (empty is None and not was_told):
        return
    ended = until.at if until is not None else way[-1].at
    if empty is not None:
        outcome = Outcome.EMPTY
    elif told is None:
        outcome = Outcome.TAKEN_BACK
    else:
        outcome = Outcome.LASTS if top_up is None else Outcome.TOPPED_UP
    yield Episode(way[0].at, ended, outcome, told)


def _told(way: Sequence[Moment], empty: Moment | None) -> datetime | None:
    """When people were told that it is low, and were not told otherwise until it ended."""
    told = None
    for moment in way:
        if empty is not None and moment.at >= empty.at:
            break
        told = (told or moment.at) if moment.heard_low else None
    return told
