"""How good the forecast is, beside the usual ways: `make forecast`, with TRACES=folder on its traces too.

A folder holds traces of spend, `*.csv` with the columns `timestamp,value`: the start of a step, and the mean
rate in it. Without one only the synthetic traces are run. How the protocol is read, see `protocol.py`.

Each figure is the mean over traces of: the median and the 90th percentile of |likely - true| / true, how
often early <= true <= late, how often the account ran out before `early`, and how often spend was called
unsteady, all in percent; n counts all. Lives with top-ups of 3 and of 5 days are taken together.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from balancewatch.core.forecast import Runway, forecast
from balancewatch.core.spending import LONGEST, Sample, packed, recorded, unpacked
from tests.benchmarks.baselines import baselines
from tests.benchmarks.protocol import CLIP_H, MOMENTS, TOP_UPS_DAYS, USUAL, VARIANTS, Asked, Variant, asked
from tests.benchmarks.traces import STEP, Trace, generated, traces_in

OURS = "balancewatch"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method said at one moment, against the truth."""

    trace: str
    is_synthetic: bool
    method: str
    variant: str
    moment: str
    error: float
    is_held: bool | None = None
    """Whether the truth lies in the stated range, of methods that state one."""
    is_before_early: bool | None = None
    is_unsteady: bool | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One life of an account."""

    trace: Trace
    top_up_days: float
    variant: Variant


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the answers of one method, at one kind of moment, on one trace; in percent, and how many."""

    values: tuple[float | None, ...]
    count: int


def answers(task: Task) -> list[Answer]:
    """All answers of one life: of the usual one also those of the baselines."""
    questions = asked(task.trace, task.top_up_days, task.variant)
    found = [_ours(task, question) for question in questions]
    if task.variant == USUAL:
        for method, runway in baselines(task.trace).items():
            found += [
                _answer(
                    task, question, method, _error(runway(question.run, float(question.remaining)), question)
                )
                for question in questions
            ]
    return found


def _ours(task: Task, question: Asked) -> Answer:
    found = forecast(unpacked(question.history), question.at)
    if found is None:
        raise ValueError("a history of two days has a forecast")
    runway = found.runway(question.remaining)
    return _answer(task, question, OURS, _error(runway.likely, question), runway)


def _answer(task: Task, question: Asked, method: str, error: float, runway: Runway | None = None) -> Answer:
    trace = task.trace
    place = (trace.name, trace.is_synthetic, method, task.variant.name, question.moment, error)
    if runway is None:
        return Answer(*place)
    true_h = question.true_h
    return Answer(*place, runway.early <= true_h <= runway.late, true_h < runway.early, runway.unsteady)


def _error(likely_h: float, question: Asked) -> float:
    return abs(min(likely_h, CLIP_H) - question.true_h) / question.true_h


def _figures(found: Sequence[Answer]) -> Figures:
    errors = sorted(answer.error for answer in found)
    shares = [
        _share(answer.is_held for answer in found),
        _share(answer.is_before_early for answer in found),
        _share(answer.is_unsteady for answer in found),
    ]
    return Figures((100 * _quantile(errors, 0.5), 100 * _quantile(errors, 0.9), *shares), len(found))


def _share(flags: Iterable[bool | None]) -> float | None:
    known = [flag for flag in flags if flag is not None]
    return 100 * sum(known) / len(known) if known else None


def _quantile(values: Sequence[float], part: float) -> float:
    place = part * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _mean(figures: Sequence[Figures]) -> Figures:
    columns = zip(*(each.values for each in figures), strict=True)
    means = tuple(
        None if None in column else sum(value for value in column if value is not None) / len(column)
        for column in columns
    )
    return Figures(means, sum(each.count for each in figures))


def _over_traces(found: Sequence[Answer]) -> Figures | None:
    by_trace: dict[str, list[Answer]] = {}
    for answer in found:
        by_trace.setdefault(answer.trace, []).append(answer)
    return _mean([_figures(each) for each in by_trace.values()]) if by_trace else None


def _table(title: str, rows: Iterable[tuple[str, str, Figures | None]]) -> Iterator[str]:
    yield ""
    yield title
    yield (
        f"  {'method':<32} {'asked':<6} {'median':>7} {'90th':>7} {'in range':>9} {'ran out early':>14} "
        f"{'unsteady':>9} {'n':>6}"
    )
    for name, moment, figures in rows:
        if figures is not None:
            cells = ["-" if value is None else f"{value:.1f}" for value in figures.values]
            yield (
                f"  {name:<32} {moment:<6} {cells[0]:>7} {cells[1]:>7} {cells[2]:>9} {cells[3]:>14} "
                f"{cells[4]:>9} {figures.count:>6}"
            )


def report(found: Sequence[Answer], *, by_trace: bool) -> Iterator[str]:
    """The lines of the report."""
    methods = list(dict.fromkeys(answer.method for answer in found))
    groups: list[tuple[str, Callable[[Answer], bool]]] = [
        ("traces of the folder", lambda answer: not answer.is_synthetic),
        ("synthetic traces but bursts", lambda answer: answer.is_synthetic and answer.trace != "bursts"),
        ("synthetic: bursts", lambda answer: answer.trace == "bursts"),
    ]
    for title, is_in in groups:
        group = [answer for answer in found if is_in(answer)]
        if not group:
            continue
        usual = [answer for answer in group if answer.variant == USUAL.name]
        yield from _table(
            f"{title}, {USUAL.name}, percent",
            (
                (method, moment, _over_traces(_only(usual, method, moment)))
                for method in methods
                for moment in MOMENTS
            ),
        )
        yield from _table(
            f"{title}, {OURS} in other circumstances, percent",
            (
                (variant.name, moment, _over_traces(_only(group, OURS, moment, variant)))
                for variant in VARIANTS
                for moment in MOMENTS
                if variant is not USUAL
            ),
        )
        yield from _table(
            f"{title}, {OURS} in other circumstances, all moments together, percent",
            ((variant.name, "all", _over_traces(_only(group, OURS, None, variant))) for variant in VARIANTS),
        )
        if by_trace:
            names = list(dict.fromkeys(answer.trace for answer in group))
            yield from _table(
                f"{title}, {OURS} by trace, {USUAL.name}, percent",
                (
                    (
                        name,
                        moment,
                        _over_traces([each for each in _only(usual, OURS, moment) if each.trace == name]),
                    )
                    for name in names
                    for moment in MOMENTS
                ),
            )


def _only(
    found: Iterable[Answer], method: str, moment: str | None, variant: Variant | None = None
) -> list[Answer]:
    return [
        answer
        for answer in found
        if answer.method == method
        and (moment is None or answer.moment == moment)
        and (variant is None or answer.variant == variant.name)
    ]


def cpu(trace: Trace) -> str:
    """What one forecast with its runway costs, and one reading kept, on three weeks of history."""
    questions = [each for each in asked(trace, TOP_UPS_DAYS[0], USUAL) if len(each.history) > LONGEST][:100]
    histories = [unpacked(question.history) for question in questions]
    start = time.process_time()
    for history, question in zip(histories, questions, strict=True):
        found = forecast(history, question.at)
        if found is not None:
            found.runway(question.remaining)
    middle = time.process_time()
    for question in questions:
        history = unpacked(question.history)
        before = Sample(question.at, question.remaining, None)
        packed(recorded(history, before, Sample(question.at + STEP, question.remaining, None)))
    end = time.process_time()
    each = [1000 * seconds / len(questions) for seconds in (middle - start, end - middle)]
    return f"CPU: {each[0]:.2f} ms a forecast with its runway, {each[1]:.2f} ms to unpack, record and pack"


def main() -> None:
    """Run everything and print the report."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.forecast", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="traces to run beside the synthetic ones")
    parser.add_argument("--by-trace", action="store_true", help="each trace by itself too")
    chosen = parser.parse_args()
    traces = ([] if chosen.folder is None else traces_in(chosen.folder)) + generated()
    tasks = [Task(trace, days, variant) for trace in traces for variant in VARIANTS for days in TOP_UPS_DAYS]
    found: list[Answer] = []
    with ProcessPoolExecutor() as processes:
        for done, some in enumerate(processes.map(answers, tasks), 1):
            found += some
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{done} of {len(tasks)} lives")
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    for line in report(found, by_trace=chosen.by_trace):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"\n{cpu(traces[0])}\n")


if __name__ == "__main__":
    main()
