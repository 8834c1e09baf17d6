"""One notification of every kind, as the program makes it from what a provider answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Language, Misconfigured, Rules
from balancewatch.core.account_list import NAMELESS
from balancewatch.core.notice import Tick
from balancewatch.core.notification import Notification
from balancewatch.core.plan import Plan, plan_account, plan_entries, plan_removed
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.spending import Sample, recorded
from balancewatch.core.state import Seen, State
from balancewatch.core.token import Token

_START = datetime(2026, 11, 22, 3, 45, tzinfo=UTC)
_PERIOD = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_SCALE = 500000
_LONGEST = 24 * 30
"""Hours that a story may go on without a word."""


def _spent(at: datetime) -> Decimal:
    """In an hour, less at night."""
    return Decimal("0.60") if 8 <= (at + 8 * _HOUR).hour < 20 else Decimal("0.20")


class Story:
    """One account's runs; every notification arrives."""

    def __init__(self) -> None:
        profile = catalogue.profile("laozhang")
        if profile is None:
            raise LookupError
        zone = ZoneInfo("Asia/Shanghai")
        self._rules = Rules(threshold=Decimal(10), timezone=zone, failures=1)
        self._account = Account(
            "production", "main", profile, Token("a-token"), "https://api.laozhang.ai", self._rules
        )
        self._at = _START
        self._state = State("production")
        self._left, self._used = Decimal(0), Decimal("20.054182")

    def has(self, dollars: str, *, spendable: bool = True, after: timedelta = _PERIOD) -> list[Notification]:
        """A balance that is what was spent lower, or topped up."""
        left = Decimal(dollars)
        self._used += max(self._left - left, Decimal(0))
        self._left = left
        raw = {"quota": left * _SCALE, "used_quota": self._used * _SCALE, "request_count": Decimal(339)}
        figures = {name: f"{figure:.0f}" for name, figure in raw.items()}
        return self._run(
            lambda asked: Balance(
                left, "USD", asked, self._used, spendable=spendable, raw=figures, scale=Decimal(_SCALE)
            ),
            after,
        )

    def spends(self) -> list[Notification]:
        """Goes on hour by hour, less at night, until there is something to tell."""
        for _ in range(_LONGEST):
            if told := self.has(str(self._left - _spent(self._at)), after=_HOUR):
                return told
        return []

    def spent_for(self, days: int, down_to: str) -> None:
        """So many days of the same, before the story begins."""
        hours = [self._at + _HOUR * hour for hour in range(-24 * days, 1)]
        self._left = Decimal(down_to) + sum((_spent(at) for at in hours), Decimal(0))
        spending, before = None, None
        for at in hours:
            self._left -= _spent(at)
            self._used += _spent(at)
            sample = Sample(at, self._left, self._used)
            spending, before = recorded(spending, before, sample), sample
        seen = Seen(self._at, self._left, self._used, "USD", Decimal(_SCALE), Decimal(500), None)
        self._state = replace(self._state, seen=seen, spending=spending)

    def rests(self) -> list[Notification]:
        """Spends nothing, until there is something to tell."""
        for _ in range(_LONGEST):
            if told := self.has(str(self._left), after=_HOUR):
                return told
        return []

    def refuses(self) -> list[Notification]:
        """Cannot be read, until there is something to tell."""
        rule = self._account.profile.errors[0]
        for _ in range(_LONGEST):
            told = self._run(
                lambda asked: Failure(
                    Reason.UNAUTHORIZED, "Unauthorized", replace(asked, http_status=401), rule.advice
                ),
                _HOUR,
            )
            if told:
                return told
        return []

    def found(self, dollars: str) -> list[Notification]:
        """Is read again, twice, after which it counts as reachable."""
        return self.has(dollars) + self.has(dollars)

    def leaves(self) -> list[Notification]:
        return self._heard(plan_removed(self._state, self._tick(_PERIOD)))

    def entries(self) -> list[Notification]:
        wrong = (("accounts[2].name", "is required"), ("accounts[5].name", "must be text"))
        entry = Misconfigured(NAMELESS, "main", None, wrong, self._rules)
        return self._heard(plan_entries(entry, State(NAMELESS), self._tick(_PERIOD)))

    def _tick(self, after: timedelta) -> Tick:
        self._at += after
        return Tick(self._at, self._at, "main", f"the run of {self._at}", {}, _PERIOD)

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


def _told() -> Iterator[tuple[str, Notification]]:
    """A name and a notification for every kind, status, level and cause."""
    story = Story()
    story.has("49.995818")
    yield from _named("low, on its first day", story.has("8.20"))
    yield from _named("topped up, on its first day", story.has("100"))
    story = Story()
    story.spent_for(days=20, down_to="64")
    yield from _named("low, in two days", story.spends())
    yield from _named("critical, within hours", story.spends())
    yield from _named("critical, a day later", story.has("2.10", after=timedelta(days=1)))
    yield from _named("empty", story.has("0"))
    yield from _named("topped up", story.has("50"))
    yield from _named("cannot be spent", story.has("50", spendable=False))
    yield from _named("can be spent again", story.has("50"))
    yield from _named("cannot be read", story.refuses())
    yield from _named("must be low by now", story.refuses())
    estimate, reachable = story.found("46")
    yield "the estimate was too low", estimate
    yield "can be read again", reachable
    story.spends()
    yield from _named("spends less", story.rests())
    yield from _named("removed", story.leaves())
    yield from _named("entries without a name", story.entries())


@cache
def _examples() -> tuple[tuple[str, Notification], ...]:
    """The same, made once."""
    return tuple(_told())


@cache
def examples(language: Language) -> tuple[tuple[str, Notification], ...]:
    """The same, for accounts of this language."""
    return tuple((name, replace(notification, language=language)) for name, notification in _examples())


def many(language: Language) -> Iterator[Notification]:
    """What one run may have to tell: an outage, a low balance, an end."""
    found = dict(examples(language))
    for name in ("batch jobs", "research", "staging", "team wallet"):
        yield replace(found["cannot be read"], id=name, account=name, title=name)
    for name in ("critical, within hours", "topped up"):
        yield found[name]


def _named(name: str, notifications: list[Notification]) -> Iterator[tuple[str, Notification]]:
    (notification,) = notifications
    yield name, notification
