"""Random histories: accounts that are spent, topped up, edited and fail, under faults of every kind.

Everything comes from one seed, so that a history can be played again by its seed and its number.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from tests.reliability.edits import edit, new_life, steady_life
from tests.reliability.faults import DIGEST, FORGET, KEEP, NOTE, PUBLISH, SECRET, STATES, Fault, Mode
from tests.reliability.lives import Life
from tests.reliability.tick import SPOILED_SECRETS, Tick

_STARTS = (
    datetime(2026, 1, 31, 21, tzinfo=UTC),
    datetime(2026, 3, 28, 18, tzinfo=UTC),  # Europe: an hour is missing that night
    datetime(2026, 10, 24, 18, tzinfo=UTC),  # Europe: an hour comes twice
    datetime(2026, 10, 31, 22, tzinfo=UTC),  # America: an hour comes twice
    datetime(2028, 2, 28, 20, tzinfo=UTC),
)
_INTERVALS = (900, 1800, 3600, 3600, 5400, 7200)
"""Most histories are shorter than a day: then nothing can be forecast, and they cost little."""
_LONG_INTERVALS = (7200, 10800, 10800)
_LONG_DAYS = (4, 5, 6, 8)

_SPOILED_STATES = (
    "of a newer format", "of a newer format", "garbage", "lost",
    "without its spending", "without its spending", "with spending that cannot be read",
)  # fmt: skip

Weather = Literal["calm", "single", "stormy"]
Kind = Literal["short", "estimates", "runways"]
"""Some hours of anything; two or three days of steady accounts, which fail for long; days under the rule on
runways."""


@dataclass
class Story:
    """One history as it unfolds."""

    rng: random.Random
    lives: list[Life] = field(default_factory=list)
    interval: timedelta = timedelta(hours=1)
    at: datetime = _STARTS[0]
    kind: Kind = "short"
    digest_above: int = 5
    digest_bytes: int = 200 * 1024
    weather: Weather = "single"
    down: frozenset[str] = frozenset()
    down_for: int = 0
    unheard_for: int = 0
    nameless_for: int = 0
    spoiled_for: int = 0
    spoiled: str | None = None

    def __post_init__(self) -> None:
        rng = self.rng
        self.at = rng.choice(_STARTS)
        self.kind = rng.choices(("short", "estimates", "runways"), (78, 12, 10))[0]
        self.interval = timedelta(seconds=rng.choice(_INTERVALS if self.kind == "short" else _LONG_INTERVALS))
        self.digest_above = rng.choice([1, 1, 2, 3, 4, 5, 6])
        self.digest_bytes = rng.choice([200 * 1024, 12_000, 6_000])
        self.weather = rng.choice(["calm", "single", "single", "stormy", "stormy"])
        numbers = [1, 1, 2] if self.kind == "runways" else [1, 1, 2, 2, 2, 3, 3, 4, 6]
        for name in "abcdef"[: rng.choice(numbers)]:
            is_steady = self.kind == "runways" or (self.kind == "estimates" and rng.random() < 0.7)
            self.lives.append(
                steady_life(rng, name, is_watched=self.kind == "runways")
                if is_steady
                else new_life(rng, name)
            )

    def _number(self) -> int:
        """How many scheduled times there are."""
        match self.kind:
            case "short":
                return self.rng.randrange(7, 21)
            case "estimates":
                return self.rng.randrange(16, 30)
            case "runways":
                return int(timedelta(days=self.rng.choice(_LONG_DAYS)) / self.interval)

    def ticks(self) -> Iterator[Tick]:
        """The events, one after the other, and at the end three runs under a clear sky."""
        for _ in range(self._number()):
            self.at += self.interval
            yield from self._event()
        self.weather, self.down_for, self.unheard_for, self.nameless_for, self.spoiled_for = (
            "calm",
            0,
            0,
            0,
            0,
        )
        for life in self.lives:
            unheld = replace(life.entry.rules, quiet=None, mute_until=None)
            life.entry = replace(life.entry, rules=unheld)
        self.at += timedelta(hours=5)
        for _ in range(3):
            self.at += self.interval
            yield self._tick()

    def _event(self) -> Iterator[Tick]:
        """One scheduled time: usually one run; sometimes none, a late one, or the same again."""
        rng = self.rng
        for life in self.lives:
            if rng.random() < (0.07 if self.kind == "short" else 0.03):
                edit(rng, life, {each.entry.name for each in self.lives}, self.at)
            elif not (life.is_listed and life.entry.enabled) and rng.random() < 0.3:
                life.is_listed, life.entry = True, replace(life.entry, enabled=True)
        self._change_weather()
        tick = self._tick()
        if self.weather == "calm":
            yield tick
            return
        chance = rng.random()
        if chance < 0.04:
            return  # the run is missed; what is counted is the time that passed
        if 0.07 <= chance < 0.09:
            far = tick.at + timedelta(days=rng.choice([1, 30000]))
            yield replace(tick, at=far, kinds=("run: for a time far ahead",))
        tick = self._shifted(tick, chance)
        yield tick
        if rng.random() < 0.2:
            yield self._again(tick)
        if rng.random() < 0.02:
            old = tick.at - self.interval * rng.choice([1, 2, 5])
            yield replace(self._tick(), at=old, kinds=("run: for a time long past",))

    def _shifted(self, tick: Tick, chance: float) -> Tick:
        """The run as it comes late, by hand, or under a clock that jumps."""
        rng = self.rng
        if chance < 0.07:
            return replace(tick, starts=tick.at + self.interval * rng.choice([1, 2]), kinds=("run: late",))
        if 0.09 <= chance < 0.11:
            at = tick.at + timedelta(seconds=rng.randrange(1, 60))
            return replace(tick, at=at, kinds=("run: by hand",))
        if 0.11 <= chance < 0.13:
            return replace(tick, kinds=("clock: jumps forwards",), starts=tick.starts + timedelta(hours=1))
        if 0.13 <= chance < 0.15:
            back = timedelta(seconds=rng.choice([1, 60, 200, 3600]))
            return replace(tick, kinds=("clock: jumps back",), starts=tick.starts - back)
        return tick

    def _again(self, tick: Tick) -> Tick:
        """The same time asked again, a minute or some minutes later, as Lambda does with a failed run."""
        after = tick.starts + timedelta(seconds=self.rng.choice([1, 60, 150, 300, 400]))
        return replace(self._tick(), at=tick.at, starts=after, kinds=("run: repeated for the same time",))

    def _tick(self) -> Tick:
        rng = self.rng
        tick = Tick(
            at=self.at,
            starts=self.at + timedelta(seconds=rng.choice([1, 2, 20, 50])),
            entries=tuple(life.entry for life in self.lives if life.is_listed),
            answers={life.entry.name: life.answers(rng, self.at) for life in self.lives},
            nameless=int(self.nameless_for > 0),
            spoiled_secret=self.spoiled if self.spoiled_for > 0 else None,
            is_listening=self.unheard_for <= 0,
            down=self.down if self.down_for > 0 else frozenset(),
        )
        return tick if self.weather == "calm" else self._with_faults(tick)

    def _with_faults(self, tick: Tick) -> Tick:
        rng = self.rng
        often = 0.15 if self.weather == "single" else 0.5
        if rng.random() > often:
            return tick
        most = 6 + 2 * len(tick.entries)
        count = 1 if self.weather == "single" else rng.choice([1, 1, 2])
        faults = tuple(Fault(rng.randrange(1, most + 1), rng.choice(list(Mode))) for _ in range(count))
        meanwhile = replace(
            tick,
            at=rng.choice([tick.at, tick.at + self.interval, tick.at + timedelta(seconds=5)]),
            answers={life.entry.name: life.answers(rng, self.at) for life in self.lives},
            faults=() if rng.random() < 0.8 else (Fault(rng.randrange(1, most), rng.choice(list(Mode))),),
        )
        before: tuple[tuple[str, str], ...] = ()
        if rng.random() < 0.08 and self.lives:
            what = rng.choice(_SPOILED_STATES)
            before = ((what, rng.choice(self.lives).entry.name),)
        return replace(tick, faults=faults, meanwhile=meanwhile, before=before)

    def _change_weather(self) -> None:
        """Things that last for several runs."""
        rng = self.rng
        self.down_for -= 1
        self.unheard_for -= 1
        self.nameless_for -= 1
        self.spoiled_for -= 1
        if self.weather == "calm":
            if rng.random() < 0.01:
                self.nameless_for = rng.choice([1, 2, 3])
            return
        if self.down_for == 0 and PUBLISH in self.down:
            # Whoever waits for news may well be muted while nothing is sure.
            life = rng.choice(self.lives)
            until = self.at + self.interval * rng.choice([1, 2, 3]) - timedelta(minutes=5)
            life.entry = replace(life.entry, rules=replace(life.entry.rules, mute_until=until))
        if self.down_for <= 0 and rng.random() < 0.02:
            step = rng.choice([PUBLISH, PUBLISH, PUBLISH, DIGEST, KEEP, NOTE, STATES, SECRET, FORGET])
            self.down = frozenset({PUBLISH, DIGEST} if step == PUBLISH else {step})
            self.down_for = rng.choice([1, 2, 4, 12])
        if self.unheard_for <= 0 and rng.random() < 0.02:
            self.unheard_for = rng.choice([1, 2, 6])
        if self.nameless_for <= 0 and rng.random() < 0.02:
            self.nameless_for = rng.choice([1, 2, 4])
        if self.spoiled_for <= 0 and rng.random() < 0.02:
            self.spoiled, self.spoiled_for = rng.choice(list(SPOILED_SECRETS)), rng.choice([1, 2, 4])


def history(seed: int, index: int) -> tuple[random.Random, Iterator[Tick], Story]:
    """A history by its seed and number, and the chance that the player takes from it."""
    rng = random.Random(f"{seed}-{index}")
    story = Story(random.Random(f"{seed}-{index}-story"))
    return rng, story.ticks(), story
