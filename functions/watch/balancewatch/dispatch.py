"""All teams for a scheduled time: found, then run here, or handed to the queue and run by its records.

No team touches another: each runs in a thread of its own, with an equal share of what the function has, and
what it does or fails to do is its own result.
"""

import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from balancewatch.core.account import MAIN
from balancewatch.core.event import Due, Record, dues_of
from balancewatch.core.notification import Json
from balancewatch.core.outside import OutsideError
from balancewatch.core.teams import MOST_HERE, Letter, letter_of, teams_of
from balancewatch.world import Alive, Left, RunError

_STILL_AT_WORK = "it was still at work when the function had to end"


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything outside the dispatch. A callable raises `OutsideError` where it can fail."""

    secrets: str | None
    """How the names of the teams' secrets begin; None where `main` is the only team."""
    interval: timedelta
    listed: Callable[[], Collection[str]]
    """The names of the teams' secrets."""
    known: Callable[[], Collection[str]]
    remember: Callable[[Collection[str]], None]
    send: Callable[[Sequence[Letter], Alive], Mapping[str, str]]
    """Why some letters were not taken, by team; never raises."""
    run: Callable[[Due, int], Mapping[str, Json] | Left]
    """A run, and how many share the function. Raises `RunError`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of one team's run."""

    due: Due
    summary: Mapping[str, Json] | None = None
    why: str | None = None
    """Why it failed."""
    left: str | None = None
    """Why there was nothing to do."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What came of a scheduled time, and what failed beside the teams' own runs."""

    ended: Sequence[Ended]
    queued: Sequence[str] = ()
    troubles: Sequence[str] = ()


def dispatch(fleet: Fleet, at: datetime, seconds: float) -> Dispatched:
    """Run few teams here, and hand many over; for so many seconds at most."""
    until = monotonic() + seconds
    teams, troubles = ((MAIN,), ()) if fleet.secrets is None else _found(fleet, fleet.secrets)
    dues = [Due(team, at) for team in teams]
    if len(dues) <= MOST_HERE:
        return Dispatched(run_all(fleet, dues, until - monotonic()), troubles=troubles)
    letters = [letter_of(due, fleet.interval) for due in dues]
    refused = fleet.send(letters, lambda: monotonic() < until)
    queued = [team for team in teams if team not in refused]
    return Dispatched((), queued, [*troubles, *_refusals(refused)])


def run_records(fleet: Fleet, records: Sequence[Record], seconds: float) -> Sequence[Ended]:
    """Run what the queue's records ask for, unless the next interval makes up for it."""
    dues = [replace(due, until=due.at + fleet.interval) for due in dues_of(records)]
    return run_all(fleet, dues, seconds)


def run_all(fleet: Fleet, dues: Sequence[Due], seconds: float) -> Sequence[Ended]:
    """Each run in a thread of its own; whatever has not ended after so many seconds has failed."""
    until = monotonic() + seconds
    arrived: SimpleQueue[Ended] = SimpleQueue()
    for due in dues:
        # Daemons: one that hangs must not hold back the end of the process.
        Thread(target=lambda due=due: arrived.put(_ended(fleet, due, len(dues))), daemon=True).start()
    ended: dict[Due, Ended] = {}
    while len(ended) < len(dues):
        try:
            each = arrived.get(timeout=max(until - monotonic(), 0.0))
        except Empty:
            break
        ended[each.due] = each
    return [ended.get(due) or Ended(due, why=_STILL_AT_WORK) for due in dues]


def _ended(fleet: Fleet, due: Due, among: int) -> Ended:
    try:
        done = fleet.run(due, among)
    except RunError as error:
        return Ended(due, error.summary, str(error))
    except Exception as error:  # noqa: BLE001  # our own bug in one team's run stops no other, and is told
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return Ended(due, why=f"{type(error).__name__} in {frame.name}:{frame.lineno}; please report it")
    return Ended(due, left=done.why) if isinstance(done, Left) else Ended(due, done)


def _found(fleet: Fleet, secrets: str) -> tuple[Sequence[str], Sequence[str]]:
    """`main`, the teams that have a secret and those that had one; and what went wrong in finding them."""
    troubles: list[str] = []
    listed: Collection[str] = ()
    known: Collection[str] = ()
    try:
        listed, strangers = teams_of(fleet.listed(), secrets)
        troubles += [f"the secret {name} has a name that no team can have" for name in strangers]
    except OutsideError as error:
        troubles.append(str(error))
    try:
        known = fleet.known()
        if new := set(listed) - set(known):
            fleet.remember(new)
    except OutsideError as error:
        troubles.append(str(error))
    return (MAIN, *sorted({*listed, *known})), troubles


def _refusals(refused: Mapping[str, str]) -> Sequence[str]:
    """For each reason how many teams, and one of them."""
    reasons: dict[str, list[str]] = {}
    for team, why in refused.items():
        reasons.setdefault(why, []).append(team)
    return [
        f"{len(teams)} teams could not be handed to the queue, {teams[0]} among them: {why}"
        for why, teams in reasons.items()
    ]
