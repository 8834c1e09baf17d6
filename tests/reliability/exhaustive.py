"""All histories of three runs of one account, with up to two faults at any AWS call, and one run after them.

Random histories find what nobody thought of; these leave nothing out that is small. Histories that have
come to the same table, the same beliefs and the same truth go on together, so that each is played once.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.reliability.cloud import Cloud
from tests.reliability.facts import Answer, Rules
from tests.reliability.faults import KILLS, LISTENERS, SECRET, STATES, Fault, Mode
from tests.reliability.model import Observer
from tests.reliability.page import measured, write
from tests.reliability.player import Player
from tests.reliability.tick import Tick, figures
from tests.reliability.wire import Entry

START = datetime(2026, 11, 22, 4, tzinfo=UTC)
PERIOD = timedelta(hours=1)
RUNS = 3
_ENTRY = Entry("a", rules=Rules(failures=1))
READINGS: dict[str, Answer | None] = {
    "well": figures("80", "20"),
    "low": figures("9", "91"),
    "critical": figures("2", "98"),
    "empty": figures("0", "100"),
    "fails": Answer(reason="timeout"),
    "removed": None,
}
_MODES = (Mode.REFUSED, Mode.LOST, Mode.KILLED_BEFORE, Mode.KILLED_AFTER)
_READS = frozenset({SECRET, STATES, LISTENERS})


@dataclass(slots=True)
class Search:
    """What was searched, and what broke."""

    histories: int = 0
    runs: int = 0
    states: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    allowed: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, other: "Search") -> None:
        self.histories += other.histories
        self.runs += other.runs
        self.states += other.states
        self.faults += other.faults
        self.allowed += other.allowed
        self.broken += other.broken


@dataclass(slots=True)
class _Node:
    """A player who came to the same point by `ways` histories; one of them in words."""

    player: Player
    ways: int
    story: str


def search(first: str, most: int, words: Sequence[str] = tuple(READINGS)) -> Search:
    """All histories whose first run reads `first`, and the others any of the words."""
    done = Search()
    frontier: dict[tuple[int, str], _Node] = {(0, ""): _Node(_player(), 1, "")}
    for number in range(RUNS):
        found = [first] if number == 0 else words
        reached: dict[tuple[int, str], _Node] = {}
        for (used, _), node in frontier.items():
            for word in found:
                for planned, player in _outcomes(node.player, number, word, most - used, done):
                    story = f"{node.story} {word} {[f'{each.call}: {each.mode}' for each in planned]}"
                    if player.observer.broken:
                        done.broken.append(f"{story}: {player.observer.broken[0]}")
                        continue
                    key = used + len(planned), _fingerprint(player)
                    if key in reached:
                        reached[key].ways += node.ways
                    else:
                        reached[key] = _Node(player, node.ways, story)
        frontier = reached
        done.states += len(reached)
    for node in frontier.values():
        done.histories += node.ways
        player = _after(node.player, RUNS, "low", (), done)
        if player.observer.broken:
            done.broken.append(f"{node.story} low: {player.observer.broken[0]}")
    return done


def _player() -> Player:
    return Player(random.Random(1), call_takes=timedelta(0), is_hurried=True)


def _outcomes(
    player: Player, number: int, word: str, most: int, done: Search
) -> Iterator[tuple[tuple[Fault, ...], Player]]:
    """One run from here, without a fault and with every choice of up to `most`."""
    calm = _after(player, number, word, (), done)
    yield (), calm
    if most == 0:
        return
    for first in _faults_from(1, calm.steps):
        after = _after(player, number, word, (first,), done)
        yield (first,), after
        if most == 1 or first.mode in KILLS:
            continue
        for second in _faults_from(first.call + 1, after.steps):
            yield (first, second), _after(player, number, word, (first, second), done)


def _faults_from(start: int, steps: Sequence[str]) -> Iterator[Fault]:
    """Every fault at these calls, each once: a kill after a call is the kill before the next."""
    for call, step in enumerate(steps, 1):
        if call < start:
            continue
        for mode in _MODES:
            is_twin = mode is Mode.KILLED_BEFORE and call > 1
            if not is_twin and not (mode is Mode.LOST and step in _READS):
                yield Fault(call, mode)


def _after(player: Player, number: int, word: str, planned: tuple[Fault, ...], done: Search) -> Player:
    """The player after one more run, from a copy."""
    copy = _copied(player, number)
    answer, at = READINGS[word], START + number * PERIOD
    copy.play(
        Tick(
            at=at,
            starts=at + timedelta(seconds=2),
            entries=() if answer is None else (_ENTRY,),
            answers={} if answer is None else {"a": (answer,)},
            faults=planned,
        )
    )
    done.runs += 1
    done.faults += copy.faults
    done.allowed += copy.observer.allowed
    return copy


def _copied(player: Player, number: int) -> Player:
    """A player who goes on from the same point; chance is that of the run, so that points can be equal."""
    cloud, observer = player.cloud, player.observer
    beliefs = {
        name: replace(heard, low=replace(heard.low), reach=replace(heard.reach), open=list(heard.open))
        for name, heard in observer.heard.items()
    }
    return Player(
        random.Random(number),
        cloud=Cloud(
            items=dict(cloud.items),
            partitions={pk: set(keys) for pk, keys in cloud.partitions.items()},
            earlier=dict(cloud.earlier),
        ),
        observer=Observer(dict(observer.truths), beliefs, set(observer.ids)),
        now=player.now,
        holding=player.holding,
        done=player.done,
        call_takes=player.call_takes,
        is_hurried=True,
    )


def _fingerprint(player: Player) -> str:
    """All that can matter later; datapoints are written once and never read."""
    states = {key: item for key, item in player.cloud.items.items() if key[0].startswith("team#")}
    heard = {
        name: (replace(each, open=[]), bool(each.open))
        for name, each in sorted(player.observer.heard.items())
    }
    truths = sorted(player.observer.truths.items())
    ids = sorted(player.observer.ids)
    return repr((sorted(states.items()), heard, truths, ids, player.holding, player.done))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--faults", type=int, default=2, choices=(0, 1, 2), help="at most so many in a history"
    )
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    given = parser.parse_args(arguments)
    total, began = Search(), time.monotonic()
    with ProcessPoolExecutor(given.processes) as pool:
        for found in pool.map(search, READINGS, [given.faults] * len(READINGS)):
            total.add(found)
    out = sys.stdout.write
    for line in total.broken[:20]:
        out(f"{line}\n")
    line = (
        f"all histories of three runs with up to {given.faults} faults: {total.histories:,} through "
        f"{total.states:,} states in {total.runs:,} runs, {len(total.faults)} kinds of fault, "
        f"broken {len(total.broken)}, allowed {total.allowed:,}"
    )
    out(f"{line}\n")
    if given.write:
        command = f"python -m tests.reliability.exhaustive --faults {given.faults}"
        write("exhaustive", [measured(command, time.monotonic() - began), "", "```text", line, "```"])
    return int(bool(total.broken))


if __name__ == "__main__":
    sys.exit(main())
