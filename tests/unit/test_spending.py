"""The history of what an account spent: what it learns from readings, and that its text loses nothing."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from balancewatch.core.spending import LONGEST, Sample, Spending, packed, recorded, trimmed, unpacked
from tests.readings import remembered

START = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def sample(after: timedelta, remaining: object = None, used: object = None) -> Sample:
    return Sample(
        START + after,
        None if remaining is None else Decimal(str(remaining)),
        None if used is None else Decimal(str(used)),
    )


def total(spending: Spending) -> float:
    return math.fsum(amount or 0 for amount in spending.hours) + spending.current + spending.owed


def test_the_first_reading_tells_nothing_yet() -> None:
    assert recorded(None, None, sample(HOUR, 10, 1)) == Spending(START + HOUR)


def test_a_fall_of_the_balance_is_spend() -> None:
    assert remembered([sample(0 * HOUR, 10), sample(HOUR, 7)]).hours == pytest.approx([3], rel=0.05)


def test_a_rise_of_used_is_spend_whatever_the_balance_does() -> None:
    spending = recorded(Spending(START), sample(0 * HOUR, 10, 5), sample(HOUR, 110, 7))
    assert spending.hours == (2.0,)


def test_after_a_reset_of_used_the_fall_of_the_balance_counts() -> None:
    spending = recorded(Spending(START), sample(0 * HOUR, 10, 500), sample(HOUR, 9, 1))
    assert spending.hours == (1.0,)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (sample(0 * HOUR, 10), sample(HOUR, 60)),
        (sample(0 * HOUR, 10, 500), sample(HOUR, 60, 0)),
        (sample(0 * HOUR, None, None), sample(HOUR, 60)),
        (sample(0 * HOUR, 10), sample(HOUR, None, 5)),
        (sample(0 * HOUR, 10), sample(HOUR, None, None)),
    ],
    ids=["a top-up", "a top-up with a reset", "no balance before", "other figures", "no figures"],
)
def test_an_hour_about_which_the_readings_say_nothing_is_unknown(before: Sample, now: Sample) -> None:
    assert recorded(Spending(START), before, now).hours == (None,)


def test_a_top_up_hides_only_its_own_part_of_the_hour() -> None:
    balances = [10, 9, 8, 107, 106]
    spending = remembered(sample(15 * n * MINUTE, balance) for n, balance in enumerate(balances))
    assert spending.hours == pytest.approx([4], rel=0.05)


def test_a_refund_is_no_spend() -> None:
    spending = remembered([sample(0 * HOUR, 10), sample(HOUR, 8), sample(2 * HOUR, 9), sample(3 * HOUR, 7)])
    assert [amount is None for amount in spending.hours] == [False, True, False]


@pytest.mark.parametrize("minutes", [5, 7, 15, 60, 95, 180, 24 * 60])
def test_whatever_the_schedule_nothing_is_lost(minutes: int) -> None:
    runs = 5 * 24 * 60 // minutes
    spending = remembered(
        sample(n * minutes * MINUTE, used=round(n * minutes * 0.07, 2)) for n in range(runs + 1)
    )
    assert None not in spending.hours
    assert total(spending) == pytest.approx(runs * minutes * 0.07, rel=0.005)


def test_a_changed_schedule_goes_on_with_the_same_history() -> None:
    minutes = [*range(0, 600, 5), *range(600, 3000, 180), *range(3000, 4000, 15)]
    spending = remembered(sample(at * MINUTE, used=round(at * 0.02, 2)) for at in minutes)
    assert None not in spending.hours
    assert spending.hours == pytest.approx([1.2] * len(spending.hours), rel=0.1)


def test_an_outage_is_filled_as_the_account_usually_spends() -> None:
    def used(hour: int) -> int:
        return sum(10 for each in range(hour) if 8 <= each % 24 < 16)

    hours = [*range(72), 96]
    spending = remembered(sample(hour * HOUR, used=used(hour)) for hour in hours)
    night, day = spending.hours[72:80], spending.hours[80:88]
    assert sum(amount or 0 for amount in night) < 5
    assert sum(amount or 0 for amount in day) > 70


def test_time_of_which_nothing_is_known_is_unknown_and_does_not_become_nothing() -> None:
    spending = remembered([sample(0 * HOUR, 10), sample(HOUR, 9), sample(5 * HOUR, 50), sample(6 * HOUR, 49)])
    assert [amount is None for amount in spending.hours] == [False, True, True, True, True, False]


def test_a_clock_that_went_back_changes_nothing() -> None:
    spending = remembered([sample(0 * HOUR, 10), sample(2 * HOUR, 8)])
    assert recorded(spending, sample(2 * HOUR, 8), sample(HOUR, 5)) is spending
    assert recorded(spending, sample(2 * HOUR, 8), sample(2 * HOUR, 5)) is spending
    assert recorded(spending, sample(HOUR, 8), sample(1.5 * HOUR, 5)) is spending


def test_a_gap_of_years_leaves_three_weeks() -> None:
    spending = remembered(
        [sample(0 * HOUR, used=0), sample(HOUR, used=1), sample(40_000 * HOUR, used=40_000)]
    )
    assert len(spending.hours) == LONGEST
    assert total(spending) == pytest.approx(LONGEST, rel=0.01)


def test_three_weeks_take_one_character_an_hour() -> None:
    chance = random.Random(1)
    used, samples = 0.0, []
    for hour in range(600):
        used += chance.lognormvariate(0, 1)
        samples.append(sample(hour * HOUR + 7 * MINUTE, used=round(used, 6)))
    text = packed(remembered(samples))
    assert len(text) <= 540
    assert text.isascii()
    assert text.isprintable()
    assert not set(text) & set('"\\')


def test_trimmed_keeps_the_newest_hours() -> None:
    spending = Spending(START, (1.0, 2.0, 4.0))
    assert trimmed(spending, 2).hours == (2.0, 4.0)
    assert trimmed(spending, 5) == spending
    assert trimmed(spending, 0).hours == ()


def test_a_single_huge_hour_does_not_swallow_the_others() -> None:
    spending = Spending(START, (*[1.0] * 200, 1e6, *[1.0] * 200))
    again = unpacked(packed(spending))
    assert math.fsum(again.hours[:200]) == pytest.approx(200, rel=0.02, abs=1e6 / 2000)  # type: ignore[arg-type]  # all are known
    assert total(again) == pytest.approx(total(spending))


_AMOUNTS = st.one_of(st.none(), st.just(0.0), st.floats(1e-12, 1e12))
_HISTORIES = st.builds(
    Spending,
    until=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001  # hypothesis wants them naive
        lambda at: at.replace(microsecond=0, tzinfo=UTC)
    ),
    hours=st.lists(_AMOUNTS, max_size=60).map(tuple),
    current=st.one_of(st.just(0.0), st.floats(1e-12, 1e12)),
    known_s=st.integers(0, 3599),
    age_s=st.integers(0, 86400),
)


@given(_HISTORIES)
def test_packing_again_changes_nothing(spending: Spending) -> None:
    text = packed(spending)
    for _ in range(3):
        again = unpacked(text)
        assert packed(again) == text


@given(_HISTORIES)
def test_packing_keeps_the_sum_and_what_is_unknown(spending: Spending) -> None:
    again = unpacked(packed(spending))
    assert total(again) == pytest.approx(total(spending), rel=0.01, abs=1e-12)
    assert [amount is None for amount in again.hours] == [amount is None for amount in spending.hours]
    assert replace(again, hours=(), current=0.0, owed=0.0) == replace(spending, hours=(), current=0.0)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 900)), min_size=2, max_size=150))
def test_packing_after_every_run_does_not_drift(runs: list[tuple[int, int]]) -> None:
    minutes, cents = 0, 0
    samples = [sample(0 * HOUR, used=0)]
    for wait, spent in runs:
        minutes, cents = minutes + wait, cents + spent
        samples.append(sample(minutes * MINUTE, used=Decimal(cents) / 100))
    spending = remembered(samples)
    if len(spending.hours) < LONGEST:
        slack = max((amount or 0 for amount in spending.hours), default=0)
        assert total(spending) == pytest.approx(cents / 100, rel=0.001, abs=max(slack / 4, 0.01))


_PACKED = packed(Spending(START, (1.0, None, 0.0, 3.0), 0.5, 900, 86400))


@given(
    st.one_of(st.text(), st.from_regex(r"[0-9a-z]{1,7}( [-0-9a-z.+]{1,6}){5} [!-~]{0,20}", fullmatch=True))
)
@example("")
@example(_PACKED + "\n")
@example(_PACKED + "é")
@example(_PACKED.replace("-", " "))
@example(_PACKED.upper())
@example("zzzzzzz 0 0 0 0 0 ")
def test_a_text_that_packed_did_not_write_is_refused(text: str) -> None:
    try:
        spending = unpacked(text)
    except ValueError:
        return
    assert packed(spending) == text


def test_a_refund_takes_back_what_was_just_spent_and_a_top_up_hides_it() -> None:
    """Gateways charge in advance and give back what was not used: spending 5.00 and getting 4.90 is 0.10."""
    spending, before, left = None, None, Decimal(100)
    for hour in range(48):
        left += Decimal(-5) if hour % 2 else Decimal("4.90")
        sample = Sample(START + hour * HOUR, left, None)
        spending, before = recorded(spending, before, sample, topped_up=False), sample
        spending = unpacked(packed(spending))
    assert spending is not None
    known = [hour for hour in spending.hours if hour is not None]
    assert sum(known[:-3]) < 10


def test_a_rise_that_outweighs_the_last_hours_leaves_the_days_before_alone() -> None:
    spending, before = None, None
    for hour in range(48):
        sample = Sample(START + hour * HOUR, Decimal(1000 - 10 * hour), None)
        spending, before = recorded(spending, before, sample), sample
    assert spending is not None
    risen = Sample(START + 48 * HOUR, Decimal(1000 - 470 + 300), None)
    after = recorded(spending, before, risen, topped_up=False)
    assert sum(hour or 0 for hour in after.hours) > sum(hour or 0 for hour in spending.hours) - 45
