"""A state survives being stored; a record that cannot be read is known as such."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancewatch.core.account import Language
from balancewatch.core.plan import LARGEST_STATE, TooLargeStateError, measured, size
from balancewatch.core.reading import Reason
from balancewatch.core.state import (
    Reach,
    Relief,
    Removal,
    Seen,
    State,
    Status,
    ToldLevel,
    ToldReach,
    TopUp,
    Why,
)
from balancewatch.core.state_record import Unreadable, record_of, state_of
from balancewatch.core.verdict import Cause, Level, Severity

times = st.datetimes(datetime(2020, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  # the zone is given beside it
    lambda at: at.replace(microsecond=0)
)
amounts = st.decimals(-(10**12), 10**12, places=6, allow_nan=False).map(lambda amount: amount.normalize() + 0)
words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40)
told = {
    "status": st.sampled_from(Status),
    "worst": st.sampled_from(Severity),
    "id": st.from_regex(r"[0-9a-f]{24}|", fullmatch=True),
    "at": times,
    "sure": st.booleans(),
}
reliefs = st.builds(Relief, st.sampled_from(Why), st.none() | amounts)
told_levels = st.builds(
    ToldLevel,
    **told,
    level=st.sampled_from(Level),
    unit=st.none() | st.sampled_from(["USD", "CNY"]),
    lowest=st.none() | amounts,
    topped_up=amounts,
    relief=st.none() | reliefs,
)
told_reaches = st.builds(ToldReach, **told, reason=st.none() | st.sampled_from(Reason))
seens = st.builds(
    Seen,
    at=times,
    remaining=st.none() | amounts,
    used=st.none() | amounts,
    unit=st.sampled_from(["USD", "tokens"]),
    scale=st.sampled_from([Decimal(1), Decimal(500000)]),
    base=st.none() | amounts,
    threshold=st.none() | amounts,
)
reaches = st.builds(
    Reach,
    lost=st.booleans(),
    failures=st.integers(0, 10**6),
    since=st.none() | times,
    reason=st.none() | st.sampled_from(Reason),
    same=st.integers(0, 10**6),
    good=st.integers(0, 2),
)
states = st.builds(
    State,
    name=st.just("a" * 24),
    at=st.none() | times,
    title=words,
    language=st.sampled_from(Language),
    timezone=st.sampled_from(["UTC", "America/Argentina/ComodRivadavia"]),
    provider=st.none() | st.sampled_from(["laozhang", "inline"]),
    seen=st.none() | seens,
    suspect=st.none() | amounts,
    rules=st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
    causes=st.dictionaries(st.sampled_from(Cause), st.sampled_from(list(Level)[1:])),
    reach=reaches,
    told_level=st.none() | told_levels,
    told_reach=st.none() | told_reaches,
    removal=st.none() | st.builds(Removal, st.just("0" * 24), times),
    limit=st.none() | amounts,
    top_up=st.none() | st.builds(TopUp, times, amounts),
)


@given(states)
def test_a_stored_state_reads_back_as_it_was(state: State) -> None:
    assert state_of(state.name, record_of(state)) == state


@given(states)
def test_a_state_is_measured_before_it_is_written(state: State) -> None:
    record = record_of(state)
    if size(record) <= LARGEST_STATE:
        assert measured(state) == record
    else:
        with pytest.raises(TooLargeStateError):
            measured(state)


def test_the_state_of_an_ordinary_account_takes_less_than_a_write_unit() -> None:
    at = datetime(2026, 11, 22, 4, tzinfo=UTC)
    common: Any = {
        "status": Status.FIRING,
        "worst": Severity.CRITICAL,
        "id": "0" * 24,
        "at": at,
        "sure": True,
    }
    state = State(
        name="a" * 24,
        at=at,
        title="a" * 24,
        timezone="Asia/Shanghai",
        provider="laozhang",
        seen=Seen(
            at, Decimal("49.995818"), Decimal("20.054182"), "USD", Decimal(500000), Decimal("70.05"), None
        ),
        rules="0" * 8,
        causes={Cause.AMOUNT: Level.CRITICAL},
        reach=Reach(lost=True, failures=12, since=at, reason=Reason.UNAUTHORIZED, same=12),
        told_level=ToldLevel(**common, level=Level.CRITICAL, unit="USD", lowest=Decimal("1.995818")),
        told_reach=ToldReach(**common, reason=Reason.UNAUTHORIZED),
    )
    assert size(record_of(state)) + len("pkskteam#main") + 24 < 1024 - 200


@given(states, st.data())
def test_a_record_with_a_broken_part_is_never_a_crash(state: State, data: st.DataObject) -> None:
    record = dict(record_of(state))
    key = data.draw(st.sampled_from(sorted(record)))
    record[key] = data.draw(st.sampled_from(["garbage", "", {}, {"odd": "x"}, True]))
    assert isinstance(state_of(state.name, record), State | Unreadable)


@given(states)
def test_a_newer_states_told_is_kept_where_it_can_be_read(state: State) -> None:
    found = state_of(state.name, {**record_of(state), "format": "2"})
    assert isinstance(found, Unreadable)
    afresh = found.afresh
    assert (afresh.told_level, afresh.told_reach) == (state.told_level, state.told_reach)
    assert (afresh.removal, afresh.title, afresh.timezone) == (state.removal, state.title, state.timezone)
    assert afresh.seen is None
    if state.told_reach is not None and state.told_reach.reason is not None and state.reach == Reach():
        assert afresh.reach.lost
