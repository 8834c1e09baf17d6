"""The noise table: our rule and those that people use, through the same demand and the same troubles.

`python -m tests.benchmarks.noise [FOLDER] [--svg FILE] [--page FILE]`: the folder has recorded demand as CSV
files with `timestamp,value`; without it the series are made.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from textwrap import fill

from tests.benchmarks.bars import bars
from tests.benchmarks.demand import DAYS, made, recorded
from tests.benchmarks.our_rule import Ours
from tests.benchmarks.post import KilledError, Post
from tests.benchmarks.rules_people_use import RULES_PEOPLE_USE, Rule
from tests.benchmarks.scores import Score, score
from tests.benchmarks.world import World, worlds

SEED = 1
_PROCESSES = 2
_WIDTH = 118
_BEGIN, _END = "<!-- begin: measured -->", "<!-- end: measured -->"
_RULES: Mapping[str, Callable[[], Rule]] = {"balancewatch": Ours, **RULES_PEOPLE_USE}
_HEAD = (
    "rule",
    "notices per episode",
    "missed",
    "hours of warning",
    "10th percentile",
    "false alarms",
    "per dead endpoint",
    "ends told",
    "about hiccups",
)


def played(world: World, rule: Rule) -> Post:
    """The rule's whole life in a world, and what it sent."""
    post = Post({descent.start for number, descent in enumerate(world.descents) if number % 4 == 3})
    for index, run in enumerate(world.runs):
        if run.is_missed:
            continue
        post.begin(index, run)
        try:
            rule.run(run, post)
        except KilledError:
            continue
    return post


def scored(world: World) -> Mapping[str, Score]:
    """The score of each rule."""
    return {name: score(world, played(world, make()).arrived) for name, make in _RULES.items()}


def measured(made_worlds: Sequence[World], note: Callable[[str], None]) -> Mapping[str, Score]:
    """The scores of all rules over all worlds."""
    totals = {name: Score() for name in _RULES}
    with ProcessPoolExecutor(_PROCESSES) as pool:
        for world, found in zip(made_worlds, pool.map(scored, made_worlds), strict=True):
            note(world.name)
            for name, each in found.items():
                totals[name].add(each)
    return totals


def table(scores: Mapping[str, Score]) -> str:
    """The scores as an aligned table, which is Markdown too."""
    rows = [_HEAD, *(_row(name, each) for name, each in scores.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]

    def line(cells: Iterable[str]) -> str:
        padded = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(line(row) for row in (rows[0], ruler, *rows[1:]))


def _row(name: str, found: Score) -> tuple[str, ...]:
    return (
        name,
        f"{found.notices_per_episode:.1f}",
        f"{found.missed} of {len(found.warned)}",
        f"{found.usual_warning:.1f}",
        f"{found.short_warning:.1f}",
        f"{found.false_alarms.total()}",
        f"{found.notices_per_dead:.1f}",
        f"{found.ends_told} of {found.dead}",
        f"{found.about_hiccups}",
    )


def page(scores: Mapping[str, Score], made_worlds: Sequence[World], seed: int) -> str:
    """The table, and what it rests on, as Markdown."""
    counts: Counter[str] = Counter()
    for world in made_worlds:
        counts.update(world.faults)
        counts.update(each.death.value for each in world.dead)
    came = "; ".join(f"{name}: {count:,}" for name, count in sorted(counts.items()))
    return "\n".join(
        [
            table(scores),
            "",
            "False alarms rested on:",
            "",
            *(f"- {name}: {_bases(each)}" for name, each in scores.items()),
            "",
            fill(f"{len(made_worlds)} accounts, seed {seed}. Troubles that came: {came}.", _WIDTH),
        ]
    )


def _bases(found: Score) -> str:
    return ", ".join(f"{count} on {what}" for what, count in found.false_alarms.most_common()) or "none"


def _note(is_shown: bool, name: str) -> None:  # noqa: FBT001  # bound before it is called
    if is_shown:
        print(f"  {name}", file=sys.stderr)


def _put(path: Path, measured_page: str) -> None:
    """Replace what stands between the page's marks."""
    before, _, rest = path.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_BEGIN}\n{measured_page}\n{_END}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="noise", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="recorded demand: CSV files, timestamp,value")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the picture there")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the table into that page")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--days", type=int, default=DAYS, help=f"of each series (default: {DAYS})")
    options = parser.parse_args()
    folder: Path | None = options.folder
    demands = list(recorded(folder, options.days) if folder else made(options.seed, options.days))
    if not demands:
        parser.error(f"{folder} has no CSV file with a day of timestamp,value")
    made_worlds = list(worlds(demands, options.seed))
    scores = measured(made_worlds, partial(_note, sys.stderr.isatty()))
    found = page(scores, made_worlds, options.seed)
    print(found)
    if options.svg:
        options.svg.write_text(bars(scores), "utf-8")
    if options.page:
        _put(options.page, found)


if __name__ == "__main__":
    main()
