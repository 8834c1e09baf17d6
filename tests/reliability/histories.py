"""Plays many random histories and counts what went wrong in them: `make histories N=20000`.

The last line says whether every promise held; the exit status is 1 if one broke.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

from tests.reliability.cloud import Cloud
from tests.reliability.facts import Answer
from tests.reliability.model import PROMISES
from tests.reliability.page import measured, write
from tests.reliability.player import Player
from tests.reliability.story import history
from tests.reliability.tick import Tick

_CHUNK = 50


@dataclass(slots=True)
class Count:
    """What was played, and what broke."""

    histories: int = 0
    runs: int = 0
    account_hours: float = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    allowed: int = 0
    found: list[tuple[int, str]] = field(default_factory=list)
    """The histories that broke a promise, and how."""

    def add(self, other: "Count") -> None:
        self.histories += other.histories
        self.runs += other.runs
        self.account_hours += other.account_hours
        self.faults += other.faults
        self.broken += other.broken
        self.allowed += other.allowed
        self.found += other.found


def play(
    seed: int,
    index: int,
    *,
    verbose: bool = False,
    until_broken: bool = True,
    cloud: Callable[[], Cloud] = Cloud,
) -> Count:
    """One history, up to the first promise that broke."""
    rng, ticks, story = history(seed, index)
    player = Player(
        rng,
        cloud(),
        trace=_line if verbose else None,
        interval=story.interval,
        digest_above=story.digest_above,
        digest_bytes=story.digest_bytes,
    )
    count = Count(histories=1)
    before = None
    for tick in ticks:
        hours = timedelta(0) if before is None else max(tick.at - before, timedelta(0))
        if hours < timedelta(days=2):
            count.account_hours += hours.total_seconds() / 3600 * len(story.lives)
            before = tick.at if before is None else max(before, tick.at)
        if verbose:
            _line("\n".join(_shown(tick)))
        player.play(tick)
        if player.observer.broken and until_broken:
            break
    count.runs = player.runs
    count.faults = player.faults
    count.allowed = player.observer.allowed
    for each in player.observer.broken:
        count.broken[each.promise] += 1
    if player.observer.broken:
        first = player.observer.broken[0]
        count.found.append((index, f"{first.promise}: {first.account} {first.why}"))
    return count


def _line(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _shown(tick: Tick) -> Iterator[str]:
    """An event as a small table: each account with its rules and what its provider says."""
    yield ""
    what = [*tick.kinds, *(() if tick.spoiled_secret is None else (tick.spoiled_secret,)), *sorted(tick.down)]
    what += [f"{tick.nameless} entries without a name"] * (tick.nameless > 0)
    what += ["nobody listens"] * (not tick.is_listening)
    yield f"{tick.at:%m-%d %H:%M:%S} {'; '.join(what)}"
    written = {entry.name: entry for entry in tick.entries}
    for name, answers in sorted(tick.answers.items()):
        entry = written.get(name)
        if entry is None:
            continue
        rules = entry.rules
        said = " then ".join(_said(answer) for answer in answers)
        limits = f"threshold {rules.threshold} critical {rules.critical} {rules.unit}/{rules.divide}"
        more = f"failures {rules.failures} repeat {rules.repeat_hours}h"
        more += f" runway {rules.runway}h" if rules.runway else ""
        more += f" quiet {'-'.join(rules.quiet)} {rules.zone}" if rules.quiet else ""
        more += f" mute until {rules.mute_until:%m-%d %H:%M}" if rules.mute_until else ""
        state = entry.spoiled or ("" if entry.enabled else "disabled")
        yield f"  {name} {entry.provider}: {limits} {more} {state} says {said}"


def _said(answer: Answer) -> str:
    if answer.reason is not None:
        return f"{answer.reason} {answer.form}".rstrip()
    told = [f"amount {answer.amount} used {answer.used}"]
    told += ["unlimited"] * answer.unlimited
    told += [f"lasts {answer.lasts}h"] * (answer.lasts is not None)
    told += [f"spendable {answer.spendable}"] * (answer.spendable is not True)
    told += [f"threshold {answer.threshold}"] * (answer.threshold is not None)
    return " ".join(told)


def _chunk(job: tuple[int, int, int]) -> Count:
    seed, start, end = job
    count = Count()
    for index in range(start, end):
        count.add(play(seed, index))
    return count


def played(number: int, seed: int, processes: int) -> Iterator[Count]:
    """Chunk after chunk of histories, as they are done."""
    jobs = [(seed, start, min(start + _CHUNK, number)) for start in range(0, number, _CHUNK)]
    if processes == 1:
        yield from map(_chunk, jobs)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_chunk, jobs)


def last_line(count: Count, seed: int) -> str:
    """What was played and whether the promises held, in one line."""
    broken = count.broken
    return (
        f"histories {count.histories}, account-hours {count.account_hours:.0f}, "
        f"faults {count.faults.total()} of {len(count.faults)} kinds, lost {broken['lost']}, "
        f"doubled {broken['doubled']}, allowed {count.allowed}, "
        f"false recoveries {broken['false recovery']}, failures as numbers {broken['failure as number']}, "
        f"seed {seed}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="how many histories")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="play this one again, and print every step")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    given = parser.parse_args(arguments)
    total, began = Count(), time.monotonic()
    if given.only is not None:
        total = play(given.seed, given.only, verbose=True)
    else:
        for count in played(given.count, given.seed, given.processes):
            total.add(count)
            if total.histories % 1000 == 0:
                sys.stderr.write(f"{last_line(total, given.seed)}; {len(total.found)} broken\n")
    if given.write:
        kinds = [f"| {kind} | {times:,} |" for kind, times in sorted(total.faults.items())]
        took = measured(f"make histories N={given.count}", time.monotonic() - began)
        line = last_line(total, given.seed)
        head = ["| fault | times |", "| --- | ---: |"]
        write("histories", [took, "", "```text", line, "```", "", f"{total.runs:,} runs.", "", *head, *kinds])
    out = sys.stdout.write
    for kind, times in sorted(total.faults.items()):
        out(f"{times:>9,}  {kind}\n")
    out(f"{total.runs:>9,}  runs\n")
    if total.broken["untrue"]:
        out(f"untrue {total.broken['untrue']}\n")
    for index, why in total.found:
        out(f"broken: {why}\n")
        out(f"  see it: python -m tests.reliability.histories --seed {given.seed} --only {index}\n")
    out(f"{last_line(total, given.seed)}\n")
    return int(any(total.broken[promise] for promise in PROMISES))


if __name__ == "__main__":
    sys.exit(main())
