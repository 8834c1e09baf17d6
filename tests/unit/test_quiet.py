"""When news waits: mute holds everything, quiet hours all but critical, by the clock on the wall."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from balancewatch.core.account import QuietHours, Rules
from balancewatch.core.quiet import covers_every_run, is_held, is_quiet
from balancewatch.core.state import Status
from balancewatch.core.verdict import Severity

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(time(22), time(8))
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("zone", "now", "quiet"),
    [
        (BERLIN, "2026-11-22T20:59Z", False),
        (BERLIN, "2026-11-22T21:00Z", True),
        (BERLIN, "2026-11-23T06:59Z", True),
        (BERLIN, "2026-11-23T07:00Z", False),
        (SHANGHAI, "2026-11-22T14:00Z", True),
        (SHANGHAI, "2026-11-23T00:00Z", False),
        # The night of 2026-03-29 in Berlin is an hour shorter, that of 2026-10-25 an hour longer.
        (BERLIN, "2026-03-28T21:00Z", True),
        (BERLIN, "2026-03-29T05:59Z", True),
        (BERLIN, "2026-03-29T06:00Z", False),
        (BERLIN, "2026-10-24T19:59Z", False),
        (BERLIN, "2026-10-25T06:59Z", True),
        (BERLIN, "2026-10-25T07:00Z", False),
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall(zone: ZoneInfo, now: str, *, quiet: bool) -> None:
    assert is_quiet(Rules(quiet=NIGHT, timezone=zone), datetime.fromisoformat(now)) is quiet


@pytest.mark.parametrize(
    ("now", "quiet"), [("11:59", False), ("12:00", True), ("13:59", True), ("14:00", False)]
)
def test_quiet_hours_may_lie_within_a_day(now: str, *, quiet: bool) -> None:
    rules = Rules(quiet=QuietHours(time(12), time(14)))
    assert is_quiet(rules, datetime.fromisoformat(f"2026-11-22T{now}Z")) is quiet


@pytest.mark.parametrize(
    ("status", "severity", "by_night", "muted"),
    [
        (Status.FIRING, Severity.WARNING, True, True),
        (Status.FIRING, Severity.CRITICAL, False, True),
        (Status.REPEATED, Severity.CRITICAL, False, True),
        (Status.RESOLVED, Severity.WARNING, True, True),
        (Status.RESOLVED, Severity.CRITICAL, True, True),
    ],
)
def test_quiet_hours_hold_all_but_critical_news_and_mute_holds_everything(
    status: Status, severity: Severity, *, by_night: bool, muted: bool
) -> None:
    now = datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert is_held(Rules(quiet=NIGHT), status, severity, now, QUARTER) is by_night
    assert is_held(Rules(mute_until=now + QUARTER), status, severity, now, QUARTER) is muted
    assert not is_held(Rules(mute_until=now), status, severity, now, QUARTER)
    assert not is_held(Rules(), status, severity, now, QUARTER)


@pytest.mark.parametrize(
    ("interval", "end", "covered"),
    [
        (timedelta(days=1), time(8), True),
        (timedelta(hours=3), time(21, 59), True),
        (timedelta(hours=3), time(8), False),
        (QUARTER, time(21, 45), False),
        (QUARTER, time(21, 50), True),
    ],
)
def test_quiet_hours_that_no_run_would_fall_outside_hold_nothing(
    interval: timedelta, end: time, *, covered: bool
) -> None:
    now = datetime(2026, 11, 22, 23, tzinfo=UTC)
    rules = Rules(quiet=QuietHours(time(22), end))
    assert covers_every_run(rules, now, interval) is covered
    assert is_held(rules, Status.FIRING, Severity.WARNING, now, interval) is not covered
