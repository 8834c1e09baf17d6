"""What is written of an account fits one write unit, however much is remembered and told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from balancewatch.core.account import Language
from balancewatch.core.plan import measured, size
from balancewatch.core.reading import Reason
from balancewatch.core.spending import Sample, Spending
from balancewatch.core.state import Reach, Relief, Seen, State, Status, ToldLevel, ToldReach, TopUp, Why
from balancewatch.core.state_record import state_of
from balancewatch.core.verdict import Cause, Level, Severity
from tests.readings import remembered

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def history(hours: int) -> Spending:
    """Each hour spends another amount, from cents to hundreds."""
    amounts = (Decimal(1 + hour * 7919 % 10007) / 100 for hour in range(hours))
    return remembered(
        Sample(AT - HOUR * (hours - hour), None, used) for hour, used in enumerate(accumulate(amounts))
    )


QUIET = State(
    "a" * 24,
    at=AT,
    title="a" * 24,
    provider="aihubmix",
    seen=Seen(
        AT, Decimal("58.142514"), Decimal("572.806968"), "USD", Decimal(500000), Decimal(100), Decimal(20)
    ),
    spending=history(600),
    rules="abcdef12",
    limit=Decimal(20),
    top_up=TopUp(AT, Decimal("50.123456")),
)
CROWDED = replace(
    QUIET,
    title="长" * 40,
    language=Language.ZH,
    timezone="America/Argentina/ComodRivadavia",
    causes=dict.fromkeys(Cause, Level.CRITICAL),
    reach=Reach(lost=True, failures=1234, since=AT, reason=Reason.BLOCKED_ADDRESS, same=1234),
    told_level=ToldLevel(
        *(Status.RESOLVED, Severity.CRITICAL, "b6e2f334d45a6dad4b504e3b", AT, False),
        *(Level.CRITICAL, "USD", Decimal("12.123456"), Decimal("10.123456")),
        Relief(Why.TOPPED_UP, Decimal("10.123456")),
    ),
    told_reach=ToldReach(
        *(Status.REPEATED, Severity.CRITICAL, "b6e2f334d45a6dad4b504e3b", AT, False), Reason.BLOCKED_ADDRESS
    ),
)


def hours(state: State) -> int:
    found = state_of(state.name, measured(state))
    assert isinstance(found, State)
    assert found.spending is not None
    return len(found.spending.hours)


def test_a_quiet_account_keeps_three_weeks_in_one_write_unit() -> None:
    assert size({"pk": "team#main", "sk": QUIET.name, **measured(QUIET)}) <= 1024
    assert hours(QUIET) == 504


def test_a_crowded_state_keeps_days_and_still_fits() -> None:
    """Low and unreachable at once by every cause, with the longest title, zone and figures."""
    assert size({"pk": "team#main", "sk": CROWDED.name, **measured(CROWDED)}) <= 1024
    assert 96 <= hours(CROWDED) < 504
