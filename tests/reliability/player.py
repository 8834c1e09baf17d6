"""One stack with its clock, its table and whoever listens: plays events, and lets the observer see them."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.reliability.belief import Broken
from tests.reliability.cloud import Cloud, Item
from tests.reliability.model import Observer
from tests.reliability.process import Process
from tests.reliability.tick import CONFIRMED, PENDING, SPOILED_SECRETS, Tick
from tests.reliability.wire import secret_of


@dataclass
class Player:
    """One stack, its clock, its table, and whoever listens."""

    rng: random.Random
    cloud: Cloud = field(default_factory=Cloud)
    observer: Observer = field(default_factory=Observer)
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    faults: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    steps: list[str] = field(default_factory=list)
    """The AWS calls of the last run."""
    call_takes: timedelta = timedelta(milliseconds=20)
    is_hurried: bool = False
    """Whether waiting takes no time, so that histories can come to the same point."""
    interval: timedelta = timedelta(hours=1)
    digest_above: int = 5
    digest_bytes: int = 200 * 1024
    """At how many bytes a digest is cut: few, as if it told of hundreds of accounts."""
    trace: Callable[[str], None] | None = None
    holding: tuple[datetime, datetime] | None = None
    """The time of the run that holds the lease, or died holding it, and until when."""
    done: datetime | None = None
    """The time up to which the table knows that all is done."""
    _depth: int = 0

    def play(self, tick: Tick) -> str:
        """Play one event to its end, and say how it ended."""
        if self._depth == 0:
            self.now = max(self.now, tick.starts) if "clock: jumps back" not in tick.kinds else tick.starts
        self.faults.update(tick.kinds)
        for what, name in tick.before:
            self._spoil_state(what, name)
        self.cloud.secret = self._secret(tick)
        self.cloud.subscriptions = (CONFIRMED,) if tick.is_listening else (PENDING,)
        self.say(f"run for {tick.at:%m-%d %H:%M:%S} at {self.now:%m-%d %H:%M:%S}")
        self._depth += 1
        try:
            return Process(self, tick).live()
        finally:
            self._depth -= 1

    def break_promise(self, promise: str, why: str) -> None:
        """The world saw something that no run may do."""
        self.observer.broken.append(Broken(promise, "", why))

    def say(self, line: str) -> None:
        if self.trace is not None:
            self.trace(f"{'    ' * self._depth}{line}")

    def wait(self, seconds: float) -> None:
        """Time passes."""
        if not self.is_hurried:
            self.now += timedelta(seconds=seconds)

    def _secret(self, tick: Tick) -> str | bytes | None:
        if tick.spoiled_secret is None:
            return secret_of(tick.entries, tick.nameless)
        self.faults[tick.spoiled_secret] += 1
        return SPOILED_SECRETS[tick.spoiled_secret]

    def _spoil_state(self, what: str, name: str) -> None:
        key = ("team#main", name)
        item = self.cloud.get(key)
        if item is None:
            return
        self.say(f"the state of {name} is {what}")
        self.faults[f"state: {what}"] += 1
        match what:
            case "of a newer format":
                self.cloud.put(key, {**item, "format": {"S": "99"}})
                self.observer.unreadable(name, is_told_readable=True, told_lost=_told_lost(item))
            case "garbage":
                self.cloud.put(
                    key, {"pk": item["pk"], "sk": item["sk"], "format": {"S": "1"}, "reach": {"S": "?"}}
                )
                self.observer.unreadable(name, is_told_readable=False)
            case "without its spending":
                if item.get("spending") == {"S": "?"}:
                    return
                self.cloud.put(key, {part: value for part, value in item.items() if part != "spending"})
                self.observer.unlearned(name)
            case "with spending that cannot be read":
                if "spending" not in item:
                    return
                self.cloud.put(key, {**item, "spending": {"S": "?"}})
                self.observer.unreadable(name, is_told_readable=True, told_lost=_told_lost(item))
            case "lost":
                self.cloud.lose(key)
                self.observer.forgotten(name)
            case _:
                raise ValueError(what)


def _told_lost(item: Item) -> str | None:
    """Why it cannot be read by what was told, where the state says nothing else of how reading goes."""
    told: Item = {} if "reach" in item else item.get("told_reach", {"M": {}})["M"]
    reason: Item = told.get("reason", {})
    return reason.get("S")
