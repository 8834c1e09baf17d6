"""How a rule did: what people heard of each way down, of nothing at all, and of endpoints that were dead."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median, quantiles

from tests.benchmarks.demand import STEPS_A_DAY
from tests.benchmarks.post import About, Arrived
from tests.benchmarks.world import THRESHOLD, Answer, Descent, World

HORIZON_H = 96
"""Twice the 48 hours of the rules that look ahead."""
_ABOVE = 1.05 * float(THRESHOLD)
_END_TOLD = STEPS_A_DAY // 4
"""Runs after the end of a dead stretch in which a message is about it: six hours."""
_HOUR = timedelta(hours=1)
_LOW = (About.LOW, About.EMPTY)
_OF_BALANCE = (*_LOW, About.WELL)


@dataclass(slots=True)
class Score:
    """Counted over all worlds."""

    episodes: int = 0
    about_balance: int = 0
    warned: list[float] = field(default_factory=list)
    """Hours before empty, of each episode that ended empty; 0 where nobody was told before."""
    missed: int = 0
    false_alarms: Counter[str] = field(default_factory=Counter)
    """By what they rest on."""
    dead: int = 0
    about_dead: int = 0
    ends_told: int = 0
    about_hiccups: int = 0

    def add(self, other: "Score") -> None:
        self.episodes += other.episodes
        self.about_balance += other.about_balance
        self.warned += other.warned
        self.missed += other.missed
        self.false_alarms.update(other.false_alarms)
        self.dead += other.dead
        self.about_dead += other.about_dead
        self.ends_told += other.ends_told
        self.about_hiccups += other.about_hiccups

    @property
    def notices_per_episode(self) -> float:
        return self.about_balance / max(self.episodes, 1)

    @property
    def usual_warning(self) -> float:
        return median(self.warned) if self.warned else 0.0

    @property
    def short_warning(self) -> float:
        """The tenth percentile."""
        return quantiles(self.warned, n=10)[0] if len(self.warned) > 1 else self.usual_warning

    @property
    def notices_per_dead(self) -> float:
        return self.about_dead / max(self.dead, 1)


def score(world: World, arrived: Sequence[Arrived]) -> Score:
    """The score of one rule in one world."""
    found = Score(
        about_balance=sum(each.about in _OF_BALANCE for each in arrived),
        false_alarms=Counter(_basis(world, each) for each in arrived if _is_false(world, each)),
        dead=len(world.dead),
    )
    for descent in _readable(world):
        found.episodes += descent.empty is not None or descent.is_low
        if descent.empty is not None:
            hours = _warning(world, descent, descent.empty, arrived)
            found.missed += hours is None
            found.warned.append(hours or 0.0)
    spans = [(each.start, each.end) for each in world.dead]
    for each in arrived:
        if each.about in (About.DEAD, About.ALIVE):
            is_of_dead = any(start <= each.index < end + _END_TOLD for start, end in spans)
            found.about_dead += is_of_dead
            found.about_hiccups += not is_of_dead
    found.ends_told = sum(
        any(each.about is About.ALIVE and end <= each.index < end + _END_TOLD for each in arrived)
        for _, end in spans
    )
    return found


def _readable(world: World) -> Iterator[Descent]:
    """Ways down in which there was anything to read before they were over: of the others no rule can know."""
    for descent in world.descents:
        over = descent.end if descent.empty is None else descent.empty
        if not any(each.start <= descent.start and over <= each.end for each in world.dead):
            yield descent


def _is_false(world: World, message: Arrived) -> bool:
    """Said to be low though it was above every limit and would last; or empty though it was above."""
    if message.about not in _LOW or world.runs[message.index].truth <= _ABOVE:
        return False
    if message.about is About.EMPTY:
        return True
    is_known = message.index + HORIZON_H * STEPS_A_DAY // 24 < len(world.runs)
    return is_known and world.lasts(message.index, HORIZON_H)


def _basis(world: World, message: Arrived) -> str:
    """What a message about the balance rests on."""
    match world.runs[message.index].answer:
        case Answer(missing=True):
            return "a field that was missing"
        case Answer(remaining=remaining) if remaining == 0:
            return "an answer of 0"
        case Answer():
            return "what was to come"
        case _:
            return "an estimate, nothing could be read"


def _warning(world: World, descent: Descent, empty: int, arrived: Sequence[Arrived]) -> float | None:
    """Hours from when people knew, and were not told otherwise, until it was empty."""
    told = None
    for message in _between(arrived, descent.start, empty):
        if message.about is About.WELL:
            told = None
        elif message.about in _LOW and not _is_false(world, message):
            told = told or message.at
    return None if told is None else (world.runs[empty].at - told) / _HOUR


def _between(arrived: Sequence[Arrived], start: int, end: int) -> Iterator[Arrived]:
    return (each for each in arrived if start <= each.index < end)
