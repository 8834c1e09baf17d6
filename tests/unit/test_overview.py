"""How accounts stand, by what is kept of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len
from rich.console import Console

from balancewatch.core.datapoint import Point, datapoint_of, point_of
from balancewatch.core.overview import (
    Standing,
    curve_of,
    is_watched,
    overview,
    spent_in_week,
    standing_of,
)
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.spending import Sample
from balancewatch.core.state import Reach, Removal, Seen, State, TopUp
from balancewatch.core.state_record import Record, moment
from balancewatch.core.verdict import Cause, Level
from balancewatch.survey import Kept, survey, watched
from balancewatch_cli.look.overview_page import page, sparkline
from tests.gallery import nobody, ordinary
from tests.readings import remembered

NOW = datetime(2026, 11, 22, 4, 10, tzinfo=UTC)
SEEN_AT = NOW - timedelta(minutes=10)
HOUR = timedelta(hours=1)
SPENDING = remembered(
    Sample(SEEN_AT - HOUR * back, Decimal(100 + back), None) for back in reversed(range(400))
)
SEEN = Seen(SEEN_AT, Decimal(100), None, "USD", Decimal(1), Decimal(500), None)
PROD = State("prod", at=SEEN_AT, title="Production", provider="laozhang", seen=SEEN, spending=SPENDING)


def stood(state: State) -> Standing:
    return standing_of("main", state, "LaoZhang API", NOW)


def test_what_is_known_of_an_account_that_spends_a_dollar_an_hour() -> None:
    last = TopUp(NOW - timedelta(days=9), Decimal(300))
    found = stood(replace(PROD, limit=Decimal(20), top_up=last))
    assert (found.title, found.level) == ("Production", Level.OK)
    assert (found.remaining, found.limit) == (Decimal(100), Decimal(20))
    assert found.top_up == last
    assert found.runway is not None
    assert found.runway.early < 100 - 10 / 60 <= found.runway.late
    assert (found.daily, found.spent) == (Decimal("24.00"), Decimal("168.00"))
    assert found.estimate is None
    first, *_, end = found.fan
    assert (first.at, first.least, first.likely, first.most) == (SEEN_AT, 100, 100, 100)
    assert end.at == SEEN_AT + timedelta(days=7)
    assert end.least == 0 <= end.likely <= end.most


def test_what_is_not_known_is_none_and_never_nought() -> None:
    """Never read; read but unlimited; read less than a day ago."""
    never = stood(State("new"))
    assert (never.level, never.remaining, never.runway, never.daily, never.fan) == (
        None,
        None,
        None,
        None,
        (),
    )
    assert not never.unlimited
    unlimited = stood(replace(PROD, seen=replace(SEEN, remaining=None), spending=None))
    assert (unlimited.unlimited, unlimited.remaining, unlimited.runway) == (True, None, None)
    young = stood(replace(PROD, spending=remembered([Sample(SEEN_AT, Decimal(100), None)])))
    assert (young.runway, young.daily, young.spent, young.fan) == (None, None, None, ())


def test_an_account_that_cannot_be_read_has_an_estimate_of_its_own() -> None:
    since = SEEN_AT + HOUR
    lost = Reach(lost=True, failures=20, since=since, reason=Reason.TIMEOUT, same=20)
    found = standing_of("main", replace(PROD, reach=lost), None, SEEN_AT + 20 * HOUR)
    assert (found.unreachable, found.failing_since) == (Reason.TIMEOUT, since)
    assert found.estimate is not None
    assert Decimal(75) < found.estimate < Decimal(85)
    assert found.provider_title == "laozhang"


def test_an_account_that_failed_once_is_not_unreachable_yet() -> None:
    found = stood(replace(PROD, reach=Reach(failures=1, since=SEEN_AT, reason=Reason.DNS, same=1)))
    assert (found.unreachable, found.failing, found.estimate) == (None, Reason.DNS, None)


def test_idle_is_endless_and_draws_no_fan() -> None:
    flat = remembered(Sample(SEEN_AT - HOUR * back, Decimal(100), None) for back in reversed(range(60)))
    found = stood(replace(PROD, spending=flat))
    assert found.runway is not None
    assert found.runway.early == float("inf")
    assert (found.spent, found.fan) == (Decimal("0.00"), ())


def test_the_worst_is_first_and_what_cannot_be_read_is_no_better_than_low() -> None:
    def level(name: str, level: Level | None, *, reason: Reason | None = None) -> Standing:
        return replace(stood(replace(PROD, title=name, spending=None)), level=level, unreachable=reason)

    found = overview(
        "balancewatch",
        NOW,
        [
            level("b well", Level.OK),
            level("a well", Level.OK),
            level("new", None),
            level("low", Level.WARNING),
            level("lost", None, reason=Reason.DNS),
            level("empty", Level.EMPTY),
            level("critical", Level.CRITICAL),
        ],
    )
    titles = [each.title for each in found.standings]
    assert titles == ["empty", "critical", "lost", "low", "a well", "b well", "new"]


def test_sums_are_exact_and_by_unit() -> None:
    standings = [
        replace(stood(PROD), unit=unit, remaining=None if left is None else Decimal(left), spent=None)
        for unit, left in (("USD", "0.1"), ("USD", "0.2"), ("CNY", "7"), ("CNY", None), (None, None))
    ]
    found = overview("balancewatch", NOW, standings)
    assert found.sums == {"CNY": Decimal(7), "USD": Decimal("0.3")}
    assert found.spent == {}


def point(hours: float, left: str | None, unit: str = "USD", reason: Reason | None = None) -> Point:
    return Point(SEEN_AT + hours * HOUR, None if left is None else Decimal(left), unit=unit, reason=reason)


@pytest.mark.parametrize(
    ("points", "curve"),
    [
        ([], []),
        ([point(0, "5"), point(0.25, "4")], ["4"]),
        ([point(0, "5"), point(3, None, reason=Reason.DNS), point(6, "4")], ["5", None, "4"]),
        ([point(0, "5"), point(0.25, None, reason=Reason.DNS)], ["5"]),
        ([point(0, None, reason=Reason.DNS), point(0.25, "5")], ["5"]),
        ([point(0, "35", "CNY"), point(3, "5")], ["5"]),
        ([point(0, None), point(3, "5")], ["5"]),
    ],
    ids=[
        "nothing",
        "the last of a few hours",
        "a gap",
        "failed after",
        "failed before",
        "old unit",
        "unlimited",
    ],
)
def test_the_curve_has_the_last_of_each_few_hours(points: list[Point], curve: list[str | None]) -> None:
    drawn = [None if amount is None else str(amount) for _, amount in curve_of(points, "USD")]
    assert drawn == curve


def test_the_week_counts_seven_days_and_no_more() -> None:
    assert spent_in_week(SPENDING) == Decimal("168.00")
    assert spent_in_week(None) is None


EXCHANGE = Exchange(NOW, 301, 200)


@pytest.mark.parametrize(
    "reading",
    [
        Balance(
            Decimal("49.995818"), "USD", EXCHANGE, Decimal(20), spendable=True, raw={"quota": "24997909"}
        ),
        Balance(None, "USD", EXCHANGE, unlimited=True),
        Failure(Reason.RATE_LIMITED, "slow down", Exchange(NOW, 5, 429)),
        Failure(Reason.MISCONFIGURED, "`token` is required"),
    ],
    ids=["balance", "unlimited", "failure", "not asked"],
)
def test_a_datapoint_reads_back_as_it_was_read(reading: Reading) -> None:
    found = point_of(moment(NOW), datapoint_of(reading))
    assert found is not None
    asked = reading.exchange
    assert (found.http_status, found.duration_ms) == (
        (asked.http_status, asked.duration_ms) if asked else (None, None)
    )
    match reading:
        case Balance():
            assert (found.remaining, found.used, found.unit) == (
                reading.remaining,
                reading.used,
                reading.unit,
            )
            assert (found.unlimited, found.raw) == (reading.unlimited, reading.raw)
        case Failure():
            assert (found.reason, found.detail) == (reading.reason, reading.detail)


@pytest.mark.parametrize(
    ("at", "record"),
    [
        ("yesterday", {}),
        (moment(NOW), {"remaining": "much"}),
        (moment(NOW), {"reason": "a new one"}),
        (moment(NOW), {"http_status": "OK"}),
    ],
)
def test_a_datapoint_of_another_version_is_left_out(at: str, record: dict[str, str]) -> None:
    assert point_of(at, record) is None


def test_what_is_no_account_is_not_shown() -> None:
    assert is_watched(PROD)
    assert not is_watched(replace(PROD, removal=Removal("0" * 24, NOW)))
    assert not is_watched(State("#entries"))
    assert is_watched(State("#entries", reach=Reach(lost=True, failures=1, reason=Reason.MISCONFIGURED)))
    assert watched({"#report": {"due": "2026-11-23"}, "#lease": {"holder": "x"}}) == []


def test_a_state_of_another_version_is_shown_with_what_is_left_of_it() -> None:
    (state,) = watched({"prod": {"format": "2", "title": "Production"}})
    found = standing_of("main", state, None, NOW)
    assert (found.title, found.level, found.remaining) == ("Production", None, None)


def test_a_survey_draws_the_worst_only_where_it_is_told_so() -> None:
    """Each curve is a query; the teams' accounts stand in one list."""
    asked: list[str] = []
    low: Record = {
        "format": "1",
        "seen": {"at": moment(SEEN_AT), "unit": "USD", "scale": "1", "remaining": "3"},
    }
    records: dict[str, dict[str, Record]] = {
        "main": {"a": {**low, "causes": {"amount": "critical"}}, "b": low},
        "ops": {"c": {**low, "causes": {"amount": "warning"}}},
    }

    def curve(account: str, since: datetime) -> list[tuple[str, Record]]:
        asked.append(account)
        assert since == NOW - timedelta(days=14)
        return [(moment(SEEN_AT), {"remaining": "3", "unit": "USD"})]

    kept = Kept(lambda: ["ops", "main"], lambda team: records[team], curve, lambda _: None)
    found = survey(kept, "balancewatch", NOW, curves=2)
    assert [each.name for each in found.standings] == ["a", "ops/c", "b"]
    assert sorted(asked) == ["a", "ops/c"]
    assert [len(each.curve) for each in found.standings] == [1, 1, 0]
    assert Cause.AMOUNT in found.standings[0].causes


def test_a_sparkline_is_a_bar_a_day() -> None:
    day = timedelta(days=1)
    curve = [(NOW - day * 3, Decimal(8)), (NOW - day * 2, None), (NOW - day, Decimal(4)), (NOW, Decimal(0))]
    assert sparkline(replace(stood(PROD), curve=curve)) == " " * 10 + "█·▅▁"
    assert sparkline(stood(PROD)) == ""


@pytest.mark.parametrize("width", [60, 80, 100, 130])
def test_a_terminal_shows_every_account_on_lines_that_fit(width: int) -> None:
    terminal = Console(width=width, file=StringIO(), force_terminal=False)
    with terminal.capture() as shown:
        terminal.print(page(ordinary(), ZoneInfo("Asia/Shanghai"), width))
    lines = shown.get().splitlines()
    assert max(map(cell_len, lines)) <= width
    for words in ("night build", "58.142514 USD", "研发团队钱包", "~49.99 by now", "never read", "unlimited"):
        assert any(words in line for line in lines)
    sums = "left in all 14.58 CNY, 205.364332 USD spent in 7 days 49.70 CNY, 477.03 USD"
    assert sums in " ".join(shown.get().split())


def test_a_terminal_says_where_to_begin() -> None:
    terminal = Console(width=80, file=StringIO(), force_terminal=False)
    with terminal.capture() as shown:
        terminal.print(page(nobody(), ZoneInfo("UTC"), 80))
    assert "no accounts yet" in shown.get()
