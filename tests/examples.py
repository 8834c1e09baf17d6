"""One notification of every kind, as the program makes it from what a provider answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Language, Misconfigured, Rules
from balancewatch.core.account_list import NAMELESS
from balancewatch.core.decide import Tick
from balancewatch.core.notification import Notification
from balancewatch.core.plan import Plan, plan_account, plan_entries, plan_removed
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.state import State
from balancewatch.core.token import Token

_START = datetime(2026, 11, 22, 3, 45, tzinfo=UTC)
_PERIOD = timedelta(minutes=15)


class Story:
    """One account's runs; every notification arrives."""

    def __init__(self, language: Language) -> None:
        profile = catalogue.profile("laozhang")
        if profile is None:
            raise LookupError
        zone = ZoneInfo("Asia/Shanghai")
        self._rules = Rules(threshold=Decimal(10), language=language, timezone=zone, failures=1)
        self._account = Account(
            "production", "main", profile, Token("a-token"), "https://api.laozhang.ai", self._rules
        )
        self._at = _START
        self._state = State("production")

    def has(self, quota: int, *, spendable: bool = True, after: timedelta = _PERIOD) -> list[Notification]:
        scale = Decimal(500000)
        raw = {"quota": str(quota), "used_quota": "10027091", "request_count": "339"}
        return self._run(
            lambda asked: Balance(
                quota / scale, "USD", asked, Decimal("20.054182"), spendable=spendable, raw=raw
            ),
            after,
        )

    def refuses(self) -> list[Notification]:
        rule = self._account.profile.errors[0]
        return self._run(
            lambda asked: Failure(
                Reason.UNAUTHORIZED, "Unauthorized", replace(asked, http_status=401), rule.advice
            ),
            _PERIOD,
        )

    def leaves(self) -> list[Notification]:
        return self._heard(plan_removed(self._state, self._tick(_PERIOD)))

    def entries(self) -> list[Notification]:
        wrong = (("accounts[2].name", "is required"), ("accounts[5].name", "must be text"))
        entry = Misconfigured(NAMELESS, "main", None, wrong, self._rules)
        return self._heard(plan_entries(entry, State(NAMELESS), self._tick(_PERIOD)))

    def _tick(self, after: timedelta) -> Tick:
        self._at += after
        return Tick(self._at, "main", f"the run of {self._at}", {})

    def _run(self, read: Callable[[Exchange], Reading], after: timedelta) -> list[Notification]:
        tick = self._tick(after)
        asked = Exchange(tick.at + timedelta(seconds=1), 301, 200)
        return self._heard(plan_account(self._account, self._state, read(asked), tick))

    def _heard(self, plan: Plan) -> list[Notification]:
        told = plan.decision.told
        level, reach = told.told_level, told.told_reach
        self._state = replace(
            told,
            told_level=level and replace(level, sure=True),
            told_reach=reach and replace(reach, sure=True),
        )
        return [draft.notification for draft in plan.drafts]


def examples(language: Language) -> Iterator[tuple[str, Notification]]:
    """A name and a notification for every kind, status and level."""
    day = timedelta(days=1)
    story = Story(language)
    story.has(24997909)
    yield from _named("low", story.has(4100000))
    yield from _named("critical", story.has(1100000))
    yield from _named("critical, a day later", story.has(1050000, after=day))
    yield from _named("empty", story.has(0))
    yield from _named("topped up", story.has(25000000))
    yield from _named("cannot be spent", story.has(25000000, spendable=False))
    yield from _named("can be spent again", story.has(25000000))
    yield from _named("cannot be read", story.refuses())
    story.has(24000000)
    yield from _named("can be read again", story.has(24000000))
    yield from _named("removed", story.leaves())
    yield from _named("entries without a name", story.entries())


def _named(name: str, notifications: list[Notification]) -> Iterator[tuple[str, Notification]]:
    (notification,) = notifications
    yield name, notification
