"""Where a rule's messages go: what arrives, what is refused, and where a run dies."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tests.benchmarks.world import Kill, Run


class About(StrEnum):
    """What a message says."""

    LOW = "low"
    EMPTY = "empty"
    WELL = "well again"
    DEAD = "cannot be read"
    ALIVE = "can be read again"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message, at the run that sent it."""

    index: int
    at: datetime
    about: About


class KilledError(Exception):
    """The run died."""


class Post:
    """What one rule sends. In every fourth way down, the first message is refused, whatever the rule."""

    def __init__(self, refused_first: set[int]) -> None:
        self.arrived: list[Arrived] = []
        self.refused = 0
        self._starts = refused_first
        self._refuse_next = False
        self._index = -1
        self._run: Run

    def begin(self, index: int, run: Run) -> None:
        """The next run."""
        if index in self._starts:
            self._refuse_next = True
        self._index, self._run = index, run

    def send(self, about: About) -> bool:
        """Try once; whether it was accepted. Raises `KilledError`."""
        if self._run.killed is Kill.BEFORE_SENDING:
            raise KilledError
        is_refused = self._run.refuses or self._refuse_next
        self._refuse_next = False
        if is_refused:
            self.refused += 1
        else:
            self.arrived.append(Arrived(self._index, self._run.now, about))
        if self._run.killed is Kill.AFTER_SENDING:
            raise KilledError
        return not is_refused
