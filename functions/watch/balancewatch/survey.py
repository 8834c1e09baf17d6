"""From what is kept to the overview: states by one query a team, curves by one an account, many at once."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from balancewatch.core.account import MAIN, full_name
from balancewatch.core.account_list import NAMELESS
from balancewatch.core.datapoint import Datapoint, point_of
from balancewatch.core.overview import PAST, Overview, Standing, curve_of, is_watched, overview, standing_of
from balancewatch.core.state import State
from balancewatch.core.state_record import Record, Unreadable, state_of

CURVE_FIELDS = ("remaining", "unit", "reason")
"""All that a curve needs of a datapoint."""

_AT_ONCE = 12


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept, as callables; each raises `OutsideError` where it can fail."""

    known_teams: Callable[[], Collection[str]]
    states: Callable[[str], Mapping[str, Record]]
    curve: Callable[[str, datetime], Iterable[tuple[str, Datapoint]]]
    """The datapoints of an account (full name) from a time on."""
    provider_title: Callable[[str], str | None]


def survey(kept: Kept, stack: str, now: datetime, curves: int | None = None) -> Overview:
    """How all accounts stand; curves of the worst so many, else of all. Raises `OutsideError`."""
    standings = [
        standing_of(team, state, state.provider and kept.provider_title(state.provider), now)
        for team, state in everybody(kept)
    ]
    bare = overview(stack, now, standings)
    drawn, rest = bare.standings[:curves], () if curves is None else bare.standings[curves:]
    with ThreadPoolExecutor(_AT_ONCE) as crew:
        found = list(crew.map(lambda each: _with_curve(kept, each, now), drawn))
    return replace(bare, standings=(*found, *rest))


def everybody(kept: Kept) -> Iterator[tuple[str, State]]:
    """The states of all accounts, with their teams (`main` is noted nowhere). Raises `OutsideError`."""
    for team in sorted({MAIN, *kept.known_teams()}):
        for state in watched(kept.states(team)):
            yield team, state


def watched(records: Mapping[str, Record]) -> Sequence[State]:
    """The states of a team's accounts; of one that cannot be read what is left of it."""
    found = []
    for name, record in records.items():
        if name.startswith("#") and name != NAMELESS:
            continue  # not an account's: names cannot begin so
        state = state_of(name, record)
        known = state.afresh if isinstance(state, Unreadable) else state
        if is_watched(known):
            found.append(known)
    return found


def _with_curve(kept: Kept, standing: Standing, now: datetime) -> Standing:
    if standing.seen_at is None:
        return standing
    read = (point_of(at, record) for at, record in kept.curve(standing.name, now - PAST))
    points = (point for point in read if point is not None)
    return replace(standing, curve=curve_of(points, standing.unit))


def names(kept: Kept) -> Sequence[str]:
    """The full names of all accounts. Raises `OutsideError`."""
    return [full_name(team, state.name) for team, state in everybody(kept)]
