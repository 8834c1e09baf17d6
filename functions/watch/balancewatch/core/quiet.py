"""When nothing is sent: quiet hours in the account's own time zone, and until when it is muted."""

from datetime import datetime, timedelta

from balancewatch.core.account import QuietHours, Rules
from balancewatch.core.state import Status
from balancewatch.core.verdict import Severity

_DAY = timedelta(days=1)


def is_held(rules: Rules, status: Status, severity: Severity, now: datetime, interval: timedelta) -> bool:
    """Whether a notification waits: mute holds everything, quiet hours all but critical news."""
    if is_muted(rules, now):
        return True
    if severity is Severity.CRITICAL and status is not Status.RESOLVED:
        return False
    return is_quiet(rules, now) and not covers_every_run(rules, now, interval)


def is_muted(rules: Rules, now: datetime) -> bool:
    """Whether the account is muted at that time."""
    return rules.mute_until is not None and now < rules.mute_until


def is_quiet(rules: Rules, now: datetime) -> bool:
    """Whether that time lies in the account's quiet hours, by the clock on its wall."""
    return rules.quiet is not None and _contains(rules.quiet, now.astimezone(rules.timezone))


def covers_every_run(rules: Rules, now: datetime, interval: timedelta) -> bool:
    """Whether no run of the next day falls outside the quiet hours: they would hold news for ever."""
    runs = range(max(_DAY // interval, 1))
    return rules.quiet is not None and all(is_quiet(rules, now + turn * interval) for turn in runs)


def _contains(quiet: QuietHours, local: datetime) -> bool:
    at = local.time()
    if quiet.start < quiet.end:
        return quiet.start <= at < quiet.end
    return at >= quiet.start or at < quiet.end
