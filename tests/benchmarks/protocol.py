"""The life of an account on a trace, and the moments at which its runway is asked for.

How the protocol is read:

- A trace is scaled so that its whole length spends 10.00 a day; a value holds for the whole of its step, and
  a step longer than 15 minutes is spread evenly. Readings show `remaining` and `used` rounded to cents.
- Whenever a 15-minute step would take all that is left, that is an exhaustion: its time is the moment within
  the step at which the balance would be 0, and right then 3 (or in a second life 5) average days times a
  factor, uniform from 0.7 to 1.3 and with a fixed seed, are added to the balance, just after the reading at
  the beginning of the step.
- Asked is 12, 24 and 48 hours before the beginning of each such step, if the account was already on that
  credit then, and had two days of history; and on a clock: at 09:00 UTC of one day and 21:00 of the next,
  where the true runway is 6 to 168 hours. The true runway is the time until that credit is gone.
- The account is asked at the last run at or before the moment, and knows what that run read.
- A runway of more than 30 days counts as 30 days, in forecasts; the truth never is.
- Every run takes the history from its text and puts it back, as the Lambda does.
- Missed runs and outages: of the runs one in ten is missed, and about once in five days, at random, all of
  2 to 24 hours. Short history: the same moments, with the newest 48 to 96 hours of the history only.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate

from balancewatch.core.spending import Sample, Spending, packed, recorded, trimmed, unpacked
from tests.benchmarks.traces import A_DAY, STEP, STEPS_A_DAY, STEPS_AN_HOUR, Trace

BEFORE_H = (12, 24, 48)
CLOCK = "clock"
MOMENTS = (*(f"{hours} h" for hours in BEFORE_H), CLOCK)
TOP_UPS_DAYS = (3, 5)
CLIP_H = 30 * 24.0

_LEAST_HISTORY = 2 * STEPS_A_DAY
_CLOCK_FROM_H, _CLOCK_TO_H = 6, 168


@dataclass(frozen=True, slots=True)
class Variant:
    """What a simulated account shows of itself, and when it is read."""

    name: str
    every: int = 1
    """Steps from run to run."""
    shows_used: bool = True
    fails: bool = False
    is_short: bool = False


USUAL = Variant("15-minute runs")
VARIANTS = (
    USUAL,
    Variant("hourly runs", every=STEPS_AN_HOUR),
    Variant("balance only", shows_used=False),
    Variant("missed runs and outages", fails=True),
    Variant("2 to 4 days of history", is_short=True),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A moment at which the runway is asked for, and what is known then."""

    moment: str
    run: int
    """The step at whose beginning the account was read last."""
    at: datetime
    remaining: Decimal
    true_h: float
    history: str


@dataclass(frozen=True, slots=True)
class _Credit:
    """From a top-up to the exhaustion, in steps; and what was left at the beginning of each step."""

    first: int
    end: float
    left: dict[int, float]


def asked(trace: Trace, top_up_days: float, variant: Variant) -> list[Asked]:
    """All moments of one life, in the order of time."""
    runs = _runs(trace, variant)
    questions = {}
    for credit in _credits(trace, top_up_days):
        for moment, step in _moments(trace, credit):
            run = max(
                (each for each in range(max(step - STEPS_A_DAY, 0), step + 1) if runs[each]), default=-1
            )
            if run >= credit.first and run >= _LEAST_HISTORY:
                true_h = (credit.end - run) / STEPS_AN_HOUR
                questions[run, moment] = Asked(
                    moment, run, trace.start + run * STEP, _cents(credit.left[run]), true_h, ""
                )
    return list(_lived(trace, top_up_days, variant, runs, questions))


def _credits(trace: Trace, top_up_days: float) -> Iterator[_Credit]:
    chance = random.Random(f"top-ups {trace.name} {top_up_days}")
    left = A_DAY * top_up_days * chance.uniform(0.7, 1.3)
    first, at_step = 0, {}
    for step, spent in enumerate(trace.steps):
        at_step[step] = left
        if spent >= left:
            yield _Credit(first, step + left / spent, at_step)
            first, at_step = step + 1, {}
            while spent >= left:
                left += A_DAY * top_up_days * chance.uniform(0.7, 1.3)
        left -= spent


def _moments(trace: Trace, credit: _Credit) -> Iterator[tuple[str, int]]:
    last = int(credit.end)
    for hours in BEFORE_H:
        if last - hours * STEPS_AN_HOUR >= credit.first:
            yield f"{hours} h", last - hours * STEPS_AN_HOUR
    for step in range(max(credit.first, last - _CLOCK_TO_H * STEPS_AN_HOUR), last):
        at = trace.start + step * STEP
        true_h = (credit.end - step) / STEPS_AN_HOUR
        is_time = at.minute == 0 and at.hour == (9 if at.toordinal() % 2 else 21)
        if is_time and _CLOCK_FROM_H <= true_h <= _CLOCK_TO_H:
            yield CLOCK, step


def _runs(trace: Trace, variant: Variant) -> list[bool]:
    """At the beginning of which steps the account is read."""
    chance = random.Random(f"runs {trace.name} {variant.name}")
    runs = [step % variant.every == 0 for step in range(len(trace.steps))]
    if variant.fails:
        runs = [is_run and chance.random() >= 0.1 for is_run in runs]
        step = 0
        while (step := step + int(chance.uniform(1, 9) * STEPS_A_DAY)) < len(runs):
            for missed in range(step, min(step + int(chance.uniform(2, 24) * STEPS_AN_HOUR), len(runs))):
                runs[missed] = False
    return runs


def _lived(
    trace: Trace,
    top_up_days: float,
    variant: Variant,
    runs: list[bool],
    questions: dict[tuple[int, str], Asked],
) -> Iterator[Asked]:
    """The life, run by run, through the text of the state."""
    left = {step: left for credit in _credits(trace, top_up_days) for step, left in credit.left.items()}
    used = list(accumulate(trace.steps, initial=0.0))
    chance = random.Random(f"history {trace.name} {top_up_days}")
    history: str | None = None
    before: Sample | None = None
    for step, is_run in enumerate(runs):
        if not is_run or step not in left:
            continue
        now = Sample(
            trace.start + step * STEP, _cents(left[step]), _cents(used[step]) if variant.shows_used else None
        )
        spending = recorded(None if history is None else unpacked(history), before, now)
        history, before = packed(spending), now
        for moment in MOMENTS:
            if question := questions.get((step, moment)):
                yield _with(question, _short(spending, chance) if variant.is_short else spending)


def _short(spending: Spending, chance: random.Random) -> Spending:
    return trimmed(spending, chance.randint(48, 96))


def _with(question: Asked, spending: Spending) -> Asked:
    return Asked(
        question.moment, question.run, question.at, question.remaining, question.true_h, packed(spending)
    )


def _cents(amount: float) -> Decimal:
    return Decimal(round(amount * 100)).scaleb(-2)
