"""Overviews to look at: every way an account can stand, long names, none, three hundred."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from balancewatch.core.datapoint import Point
from balancewatch.core.notice import Kind
from balancewatch.core.overview import LastTold, Overview, Standing, curve_of, overview, standing_of
from balancewatch.core.reading import Reason
from balancewatch.core.spending import Sample, Spending
from balancewatch.core.state import Reach, Seen, State, Status, TopUp
from balancewatch.core.verdict import Cause, Level
from tests.readings import remembered

NOW = datetime(2026, 11, 24, 4, 10, tzinfo=UTC)
_READ_AT = NOW - timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_WELL = Reach()
_DAY = (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 7, 6, 7, 8, 8, 7, 6, 4, 3, 2, 2, 1, 1)
"""How much of a day's spend falls into each hour (UTC), in hundredths."""


def _readings(left: str, daily: str, top_up: tuple[int, str] | None = None) -> list[tuple[datetime, Decimal]]:
    """Hourly balances of three weeks down to `left`, with a top-up so many hours ago."""
    amount, found = Decimal(left), []
    for back in range(21 * 24):
        at = _READ_AT - back * _HOUR
        found.append((at, amount))
        amount += Decimal(daily) * _DAY[at.hour] / 100
        if top_up is not None and back == top_up[0]:
            amount -= Decimal(top_up[1])
    return found[::-1]


@cache
def _spent(
    left: str, daily: str, top_up: tuple[int, str] | None, blind: int
) -> tuple[list[tuple[datetime, Decimal]], Spending]:
    """The readings but those of the last `blind` hours, and what is remembered of them."""
    readings = _readings(left, daily, top_up)[: 21 * 24 - blind]
    return readings, remembered(Sample(at, amount, None) for at, amount in readings)


def account(
    name: str,
    left: str,
    daily: str,
    *,
    unit: str = "USD",
    limit: str | None = "10",
    top_up: tuple[int, str] | None = None,
    causes: Mapping[Cause, Level] | None = None,
    reach: Reach = _WELL,
    blind: int = 0,
    provider: tuple[str, str] = ("laozhang", "LaoZhang API"),
    title: str = "",
) -> Standing:
    """An account that spends; nothing was read in its last `blind` hours."""
    readings, spending = _spent(left, daily, top_up, blind)
    at, amount = readings[-1]
    state = State(
        name,
        at=_READ_AT,
        title=title or name,
        provider=provider[0],
        seen=Seen(at, amount, None, unit, Decimal(1), Decimal(500), None),
        spending=spending,
        causes=causes or {},
        reach=reach,
        limit=None if limit is None else Decimal(limit),
        top_up=None if top_up is None else TopUp(_READ_AT - top_up[0] * _HOUR, Decimal(top_up[1])),
    )
    points = [Point(at, amount, unit=unit) for at, amount in readings]
    if blind:
        points += [Point(_READ_AT - back * _HOUR, reason=Reason.TIMEOUT) for back in reversed(range(blind))]
    standing = standing_of("main", state, provider[1], NOW)
    return replace(standing, curve=curve_of((each for each in points if each.at > NOW - timedelta(14)), unit))


def _ordinary() -> Iterator[Standing]:
    yield account("production", "58.142514", "4.30", provider=("aihubmix", "AIHubMix"), limit="20")
    yield account(
        "night build", "62.40", "58.20", top_up=(130, "300"), causes={Cause.RUNWAY: Level.WARNING}, limit="10"
    )
    yield account("batch jobs", "1.40", "0.90", causes={Cause.AMOUNT: Level.CRITICAL})
    yield account(
        "wallet",
        "14.58",
        "7.10",
        unit="CNY",
        limit="70",
        title="研发团队钱包",
        provider=("gcc-ai", "GCC AI"),
        causes={Cause.AMOUNT: Level.WARNING},
    )
    silent = Reach(lost=True, failures=30, since=_READ_AT - 30 * _HOUR, reason=Reason.TIMEOUT, same=30)
    yield account("staging", "49.995818", "2.10", blind=30, top_up=(60, "40"), reach=silent)
    yield account(
        "agents",
        "31.20",
        "3.00",
        causes={Cause.NOT_SPENDABLE: Level.EMPTY},
        provider=("openrouter", "OpenRouter"),
    )
    bare = State("research", at=_READ_AT, title="research key", provider="gcc-ai-key")
    unlimited = Seen(_READ_AT, None, None, "CNY", Decimal(1), None, None)
    yield standing_of("main", replace(bare, seen=unlimited), "GCC AI (key)", NOW)
    lost = Reach(lost=True, failures=90, since=NOW - timedelta(days=3), reason=Reason.UNAUTHORIZED, same=90)
    yield standing_of(
        "main", State("old laptop", at=_READ_AT, provider="laozhang", reach=lost), "LaoZhang API", NOW
    )
    yield standing_of("main", State("brand new", at=_READ_AT, provider="deepseek"), "DeepSeek", NOW)


def ordinary() -> Overview:
    """An account of every kind."""
    return overview("balancewatch", NOW, _ordinary())


def long_names() -> Overview:
    """Names, titles and figures as long as they can be, without a place to break."""
    base = account("w" * 64, "123456789012.123456", "98765432.10", unit="W" * 16, limit="99999999999.5")
    titles = ("W" * 40, "长" * 40, "ⓦ" * 40, "ﷺ" * 40, "\u202egnp.exe \u0000 <b>&amp;</b>")
    return overview(
        "a-stack-with-a-name-as-long-as-cloudformation-takes-it-" + "x" * 73,
        NOW,
        [
            replace(base, title=title, name=f"{number}{'m' * 40}/{base.name}", provider_title="P" * 60)
            for number, title in enumerate(titles)
        ],
    )


def told() -> Overview:
    """The ordinary accounts of a week in which this and that was told."""
    hours = (3, 30, 100, 60)
    parts = (
        ("batch jobs", LastTold(Kind.LOW_BALANCE, Status.FIRING, NOW, level=Level.CRITICAL)),
        ("staging", LastTold(Kind.UNREACHABLE, Status.FIRING, NOW, reason=Reason.TIMEOUT)),
        ("production", LastTold(Kind.LOW_BALANCE, Status.RESOLVED, NOW, level=Level.OK)),
        ("research key", LastTold(Kind.UNREACHABLE, Status.RESOLVED, NOW)),
    )
    by_title = {
        title: replace(last, at=NOW - back * _HOUR) for (title, last), back in zip(parts, hours, strict=True)
    }
    before = LastTold(Kind.LOW_BALANCE, Status.FIRING, NOW - timedelta(days=8), level=Level.WARNING)
    found = ordinary()
    standings = [
        replace(each, told=(by_title[each.title], before) if each.title in by_title else ())
        for each in found.standings
    ]
    return replace(found, standings=standings)


def nobody() -> Overview:
    """A stack whose secret is still empty."""
    return overview("balancewatch", NOW, [])


def three_hundred() -> Overview:
    """As many as a secret holds."""
    kinds = list(_ordinary())
    return overview(
        "balancewatch",
        NOW,
        [
            replace(kinds[number % len(kinds)], name=f"a{number}", title=f"account {number}")
            for number in range(300)
        ],
    )


GALLERY: Mapping[str, Callable[[], Overview]] = {
    "ordinary": ordinary,
    "long names": long_names,
    "nobody": nobody,
    "three hundred": three_hundred,
}
