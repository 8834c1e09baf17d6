"""What a forecast promises, from readings to hours."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balancewatch.core.forecast import HORIZON_H, Forecast, Runway, forecast
from balancewatch.core.spending import LONGEST, Sample, Spending, packed, recorded, trimmed, unpacked
from tests.readings import remembered

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)

Rate = Callable[[datetime], float]
"""Spend per hour."""


def steady(_: datetime) -> float:
    return 1.0


def office(at: datetime) -> float:
    return 1.0 if at.weekday() < 5 and 8 <= at.hour < 18 else 0.0


def samples(
    rate: Rate, length: timedelta, every: timedelta = HOUR / 4, start: datetime = MONDAY
) -> Iterator[Sample]:
    used = 0.0
    for run in range(length // every + 1):
        at = start + run * every
        yield Sample(at, Decimal(str(round(1000 - used, 2))), Decimal(str(round(used, 2))))
        minutes = every // timedelta(minutes=1)
        used += sum(rate(at + timedelta(minutes=minute)) for minute in range(0, minutes, 5)) / 12


def forecast_of(spending: Spending) -> Forecast:
    found = forecast(spending, spending.until)
    assert found is not None
    return found


def after(rate: Rate, length: timedelta, every: timedelta = HOUR) -> Forecast:
    return forecast_of(remembered(samples(rate, length, every)))


def hours(runway: Runway) -> tuple[float, float, float]:
    return runway.early, runway.likely, runway.late


def test_before_a_day_of_history_there_is_none() -> None:
    for minutes in (0, 8, 52):
        start = MONDAY + timedelta(minutes=minutes)
        spending = remembered(samples(steady, DAY - HOUR / 4, start=start))
        assert forecast(spending, spending.until) is None
        spending = remembered(samples(steady, DAY, start=start))
        assert forecast(spending, spending.until) is not None


def test_a_day_of_which_hardly_anything_is_known_is_not_enough() -> None:
    spending = remembered(iter([Sample(MONDAY, Decimal(9), None), Sample(MONDAY + DAY, Decimal(50), None)]))
    assert forecast(spending, spending.until) is None


def test_two_readings_a_day_apart_are_enough() -> None:
    spending = remembered(samples(steady, DAY, every=DAY))
    assert forecast_of(spending).runway(Decimal(24)).likely == pytest.approx(24, rel=0.1)


def test_an_idle_account_lasts_for_ever() -> None:
    found = after(lambda _: 0.0, DAY)
    assert found.runway(Decimal("0.01")) == Runway(math.inf, math.inf, math.inf, unsteady=False)
    assert found.burn_rate == 0
    assert found.spent(1000) == 0


def test_an_account_with_nothing_left_has_no_time_left() -> None:
    for found in (after(steady, 2 * DAY), after(lambda _: 0.0, 2 * DAY)):
        for remaining in (Decimal(0), Decimal(-3)):
            assert found.runway(remaining) == Runway(0, 0, 0, unsteady=False)


def test_steady_spend_lasts_as_long_as_it_divides() -> None:
    found = after(steady, 3 * WEEK)
    for remaining in (2, 24, 100, 1000):
        assert found.runway(Decimal(remaining)).likely == pytest.approx(remaining, rel=0.05)
    assert found.burn_rate == pytest.approx(24, rel=0.05)
    assert float(found.spent(7.5)) == pytest.approx(7.5, rel=0.05)
    assert float(found.spent(1000.25)) == pytest.approx(1000.25, rel=0.05)


def test_beyond_the_horizon_it_is_endless() -> None:
    found = after(steady, WEEK)
    assert found.runway(Decimal(HORIZON_H * 2)).likely == math.inf
    assert found.runway(Decimal(10**24)).early == math.inf


def test_on_friday_evening_an_office_account_lasts_over_the_weekend() -> None:
    spending = remembered(samples(office, 2 * WEEK + 4 * DAY + 18 * HOUR))
    found = forecast_of(spending)
    monday_8 = 48 + 14
    assert found.runway(Decimal(3)).likely == pytest.approx(monday_8 + 3, abs=2)
    assert found.runway(Decimal(3)).early > 48


def test_in_the_evening_an_office_account_lasts_over_the_night() -> None:
    found = forecast_of(remembered(samples(office, 2 * WEEK + DAY + 18 * HOUR)))
    assert found.runway(Decimal(2)).likely == pytest.approx(14 + 2, abs=1)
    assert float(found.spent(12)) < 0.5


def test_after_some_days_the_hour_of_the_day_is_known() -> None:
    found = forecast_of(remembered(samples(office, 3 * DAY + 18 * HOUR)))
    assert found.runway(Decimal(2)).likely == pytest.approx(14 + 2, abs=2)


def noisy(at: datetime) -> float:
    return (1.5 + math.sin(at.hour / 24 * math.tau)) * random.Random(str(at)[:13]).lognormvariate(0, 0.3)


@pytest.mark.parametrize("every", [HOUR / 12, HOUR, 3 * HOUR])
def test_the_schedule_hardly_matters(every: timedelta) -> None:
    usual = after(noisy, 2 * WEEK, HOUR / 4).runway(Decimal(30))
    other = after(noisy, 2 * WEEK, every).runway(Decimal(30))
    assert other.likely == pytest.approx(usual.likely, rel=0.1)


def test_top_ups_hardly_matter() -> None:
    def topped_up() -> Iterator[Sample]:
        added = Decimal(0)
        for number, each in enumerate(samples(noisy, 2 * WEEK)):
            assert each.remaining is not None
            if number % 150 == 149:
                added += 40
            yield Sample(each.at, each.remaining + added, None)

    usual = after(noisy, 2 * WEEK, HOUR / 4).runway(Decimal(30))
    assert forecast_of(remembered(topped_up())).runway(Decimal(30)).likely == pytest.approx(
        usual.likely, rel=0.05
    )


def test_resets_of_used_and_refunds_hardly_matter() -> None:
    def disturbed() -> Iterator[Sample]:
        for number, each in enumerate(samples(noisy, 2 * WEEK)):
            assert each.remaining is not None
            assert each.used is not None
            refunded = Decimal(number // 200)
            yield Sample(each.at, each.remaining + refunded, each.used % 50)

    usual = after(noisy, 2 * WEEK, HOUR / 4).runway(Decimal(30))
    assert forecast_of(remembered(disturbed())).runway(Decimal(30)).likely == pytest.approx(
        usual.likely, rel=0.05
    )


def test_missed_runs_and_outages_hardly_matter() -> None:
    def missed() -> Iterator[Sample]:
        chance = random.Random(3)
        for number, each in enumerate(samples(noisy, 2 * WEEK)):
            if chance.random() < 0.8 and number % 400 > 40:
                yield each

    usual = after(noisy, 2 * WEEK, HOUR / 4).runway(Decimal(30))
    assert forecast_of(remembered(missed())).runway(Decimal(30)).likely == pytest.approx(
        usual.likely, rel=0.1
    )


def test_an_account_that_starts_again_after_idle_days_is_not_endless() -> None:
    def resumed(at: datetime) -> float:
        return 1.0 if at >= MONDAY + 12 * DAY else 0.0

    runway = after(resumed, 2 * WEEK).runway(Decimal(24))
    assert runway.early <= 24
    assert runway.likely < 100


def test_the_time_since_the_newest_reading_counts() -> None:
    spending = remembered(samples(office, 2 * WEEK + 2 * DAY + 7 * HOUR))
    found = forecast(spending, spending.until + 5 * HOUR)
    assert found is not None
    assert found.runway(Decimal(4)).likely == pytest.approx(4, abs=1)


def test_bursts_are_unsteady_and_regular_spend_is_not() -> None:
    chance = random.Random(5)
    bursts = [chance.expovariate(1) if chance.random() < 0.04 else 0.0 for _ in range(LONGEST)]
    unsteady = forecast_of(Spending(MONDAY, tuple(bursts), age_s=86400)).runway(Decimal(1))
    assert unsteady.unsteady
    assert not after(office, 3 * WEEK).runway(Decimal(20)).unsteady
    assert not after(noisy, 3 * WEEK).runway(Decimal(20)).unsteady


def test_the_packed_history_says_the_same_as_the_raw_within_a_percent_or_three_minutes() -> None:
    for name, rate in (("office", office), ("noisy", noisy)):
        raw: Spending | None = None
        before: Sample | None = None
        for now in samples(rate, 3 * WEEK + 11 * HOUR):
            raw, before = recorded(raw, before, now), now
        assert raw is not None
        exact, kept = forecast_of(raw), forecast_of(unpacked(packed(raw)))
        for remaining in (5, 15, 40, 90):
            expected = hours(exact.runway(Decimal(remaining)))
            assert hours(kept.runway(Decimal(remaining))) == pytest.approx(expected, rel=0.01, abs=0.05), name


def test_less_history_makes_the_range_no_narrower_than_it_can_be_known() -> None:
    spending = remembered(samples(noisy, 3 * WEEK))
    much = forecast_of(spending).runway(Decimal(36))
    little = forecast_of(trimmed(spending, 30)).runway(Decimal(36))
    assert little.late / little.early > much.late / much.early


_AMOUNTS = st.one_of(st.none(), st.just(0.0), st.floats(0, 10), st.floats(1e-12, 1e24))
_REMAINING = st.lists(st.decimals("1e-12", "1e24"), min_size=2, max_size=6).map(sorted)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_AMOUNTS, max_size=30),
    st.integers(0, LONGEST),
    st.integers(0, 3599),
    st.floats(0, 5000),
    _REMAINING,
)
def test_whatever_the_history_more_money_lasts_as_long_at_least(
    amounts: list[float | None], length: int, second: int, gap_h: float, remaining: list[Decimal]
) -> None:
    repeated = (amounts * (length // len(amounts) + 1))[:length] if amounts else []
    until = MONDAY + timedelta(seconds=second)
    spending = Spending(until, tuple(repeated), current=1.0, known_s=second, age_s=86400)
    for each in (spending, unpacked(packed(spending))):
        found = forecast(each, until + gap_h * HOUR)
        if found is None:
            continue
        runways = [hours(found.runway(left)) for left in remaining]
        for runway in runways:
            assert not any(map(math.isnan, runway))
            assert 0 <= runway[0] <= runway[1] <= runway[2]
        for less, more in pairwise(runways):
            assert all(short <= long * (1 + 1e-9) for short, long in zip(less, more, strict=True))
        spent = [found.spent(within) for within in (0, 0.3, 1, 13.7, 168, 4000)]
        assert spent == sorted(spent)
        assert found.burn_rate >= 0


def test_the_runway_of_what_is_spent_within_some_hours_is_these_hours() -> None:
    found = forecast_of(replace(remembered(samples(noisy, 2 * WEEK)), until=MONDAY + 2 * WEEK + HOUR / 3))
    for within in (0.2, 0.9, 5.5, 100.0, 400.0):
        assert found.runway(found.spent(within)).likely == pytest.approx(within, rel=0.001)
