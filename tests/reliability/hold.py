"""When nothing may be said of an account, by its owner's own clock: a small part of the observer."""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tests.reliability.facts import Rules

Hold = Literal["", "quiet", "mute"]
"""Nothing is held; all but a critical beginning or repeat is; everything is."""


def hold(rules: Rules, clock: datetime, interval: timedelta) -> Hold:
    """What is held in a run that begins now, where runs lie so far apart."""
    if rules.mute_until is not None and clock < rules.mute_until:
        return "mute"
    if rules.quiet is None or not _is_quiet(rules, clock):
        return ""
    later = [clock + interval * number for number in range(1, int(timedelta(days=1) / interval))]
    return "quiet" if any(not _is_quiet(rules, each) for each in later) else ""


def _is_quiet(rules: Rules, clock: datetime) -> bool:
    if rules.quiet is None:
        return False
    start, end = rules.quiet
    wall = clock.astimezone(ZoneInfo(rules.zone)).strftime("%H:%M")
    return start <= wall < end if start < end else not end <= wall < start
