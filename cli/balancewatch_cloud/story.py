"""The demo's accounts as time goes by, so that there is something to see within minutes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from balancewatch_cli.check.demo import ACCOUNTS, DemoAccount

_SPENDER = "staging"
_SPEND_A_MINUTE = 4_500_000
_FULL = 24_997_909
_LEAST = 600_000
_CYCLE_MIN = 8


def accounts(since: timedelta) -> Sequence[DemoAccount]:
    """One of them spends 9 USD a minute, and somebody tops it up every eight minutes."""
    return [_spent(each, since) if each.name == _SPENDER else each for each in ACCOUNTS]


def _spent(account: DemoAccount, since: timedelta) -> DemoAccount:
    minutes = int(since.total_seconds() // 60)
    spent_now = _SPEND_A_MINUTE * (minutes % _CYCLE_MIN)
    data = account.answer["data"]
    if not isinstance(data, dict):
        raise TypeError("the demo's spender answers like one-api")
    quota = max(_FULL - spent_now, _LEAST)
    used = int(data["used_quota"]) + _SPEND_A_MINUTE * minutes
    return replace(account, answer={**account.answer, "data": {**data, "quota": quota, "used_quota": used}})
