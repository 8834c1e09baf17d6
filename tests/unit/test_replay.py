"""The real decisions over a recorded history: what is read from it, what is told, and how early."""

import argparse
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancewatch.adapters import catalogue
from balancewatch.core.account import Percentage, Rules
from balancewatch.core.reading import Balance, Failure, Reason
from balancewatch_cli.replay import command as replay_command
from balancewatch_cli.replay.chart import ROWS, Line, Mark, Picture, chart
from balancewatch_cli.replay.episodes import Moment, Outcome, episodes_of
from balancewatch_cli.replay.history import History, HistoryError, parse_history
from balancewatch_cli.replay.page import document, sentence
from balancewatch_cli.replay.replay import DEFAULT_THRESHOLDS, Replayed, replay
from tests.pages import ROOT
from tests.translation import parse

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_RUNWAY = {"runway_hours": Decimal(0), "critical_runway_hours": Decimal(0)}


def history(*amounts: object, step: timedelta = HOUR) -> History:
    """A history of amounts, one an hour; None is a run that failed."""
    lines = [
        f"{(START + step * turn).isoformat()},{'' if amount is None else amount}"
        for turn, amount in enumerate(amounts)
    ]
    return parse_history("\n".join(["timestamp,remaining", *lines]).encode(), "USD")


def replayed(*amounts: object, **rules: object) -> Replayed:
    profile = catalogue.profile("laozhang")
    assert profile is not None
    return replay(history(*amounts), Rules(**{**NO_RUNWAY, **rules}), profile)  # type: ignore[arg-type]  # the rules of a test


def parse_rules(*arguments: str) -> Rules:
    """The rules as the command reads them."""
    parser = argparse.ArgumentParser()
    replay_command.declare(parser.add_subparsers().add_parser)
    return replay_command.rules_from(parser.parse_args(["replay", "history.csv", *arguments]))


def told(found: Replayed) -> list[tuple[str, str, str]]:
    return [
        (each.kind.value, each.status.value, each.level.word if each.level is not None else "-")
        for each in found.notifications
    ]


def test_columns_are_found_by_name_in_any_order_and_others_are_left_alone() -> None:
    text = "Used, note ,REMAINING,timestamp,unit\n1.5,x,8.50,2026-11-02T00:00:00Z,CNY\n"
    (row,) = parse_history(text.encode(), "USD").rows
    assert isinstance(row.reading, Balance)
    assert (row.at, row.reading.remaining, row.reading.used, row.reading.unit) == (
        START, Decimal("8.50"), Decimal("1.5"), "CNY",
    )  # fmt: skip


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    text = "timestamp,remaining\n2026-11-02T00:00,10\n\n2026-11-02T01:00,9\n"
    plainly = parse_history(text.encode(), "USD")
    assert parse_history(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), "USD") == plainly
    assert len(plainly.rows) == 2


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02T00:00:00Z",
        "2026-11-02T00:00:00",
        "2026-11-02 00:00",
        "2026-11-02",
        "2026-11-02T08:00:00+08:00",
        "20261102T000000Z",
    ],
)
def test_times_are_iso_8601_and_without_a_zone_utc(text: str) -> None:
    (row,) = parse_history(f"timestamp,remaining\n{text},1".encode(), "USD").rows
    assert row.at == START


def test_rows_come_in_any_order_and_of_one_time_the_last_counts() -> None:
    text = (
        "timestamp,remaining\n2026-11-02T02:00Z,8\n2026-11-02T00:00Z,10\n2026-11-02T02:00Z,7\n"
        "2026-11-02T01:00Z,9\n"
    )
    found = parse_history(text.encode(), "USD")
    assert [str(row.reading.remaining) for row in found.rows if isinstance(row.reading, Balance)] == [
        "10", "9", "7",
    ]  # fmt: skip
    assert (found.doubled, found.step) == (1, HOUR)
    profile = catalogue.profile("laozhang")
    assert profile is not None
    assert "1 row had the time of another" in sentence(replay(found, Rules(), profile))


def test_a_row_without_an_amount_is_a_run_that_failed_for_its_reason() -> None:
    text = "timestamp,remaining,reason\n2026-11-02,1,\n2026-11-03,,\n2026-11-04,,unauthorized\n"
    found = parse_history(text.encode(), "USD")
    assert [row.reading.reason for row in found.rows if isinstance(row.reading, Failure)] == [
        Reason.SERVER_ERROR, Reason.UNAUTHORIZED,
    ]  # fmt: skip
    assert found.failed == 2


def test_what_is_unlimited_or_cannot_be_spent_is_no_failure() -> None:
    text = "timestamp,remaining,spendable\n2026-11-02,unlimited,true\n2026-11-03,,false\n2026-11-04,50,false"
    readings = [row.reading for row in parse_history(text.encode() + b"\n2026-11-05,1,", "USD").rows]
    balances = [each for each in readings if isinstance(each, Balance)]
    assert [(each.unlimited, each.remaining, each.spendable) for each in balances] == [
        (True, None, True), (False, None, False), (False, Decimal(50), False), (False, Decimal(1), None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "line 1: there is no column `timestamp`"),
        (b"when,remaining\n", "line 1: there is no column `timestamp`"),
        (b"timestamp;remaining\n2026-11-02;1\n", "with commas between"),
        (b"timestamp,remaining,remaining\n", "two columns `remaining`"),
        (b"timestamp,remaining\n", "it has no rows"),
        (b"timestamp,remaining\n2026-11-02,\n", "no row has an amount"),
        (b"timestamp,remaining\n2026-11-02,1\nyesterday,2\n", "line 3: `timestamp` must be a time such as"),
        (b"timestamp,remaining\n0001-01-01T00:00+14:00,2\n", "line 2: `timestamp` must be a time"),
        (b"timestamp,remaining\n1970-01-01,2\n", "line 2: `timestamp` must lie between the years 2000 and"),
        (b"timestamp,remaining\n2026-11-02,much\n", "line 2: `remaining` must be a number such as 49.99"),
        (b"timestamp,remaining\n2026-11-02,NaN\n", "line 2: `remaining` must be a number"),
        (b"timestamp,remaining\n2026-11-02,1,200.50\n", "line 2: there are more cells than columns"),
        (b"timestamp,remaining,used\n2026-11-02,1,x\n", "line 2: `used` must be a number"),
        (b"timestamp,remaining,unit\n2026-11-02,1,$$$\n", "line 2: `unit` must be a unit"),
        (b"timestamp,remaining,reason\n2026-11-02,,tired\n", "line 2: `reason` must be one of misconfigured"),
        (b"timestamp,remaining,spendable\n2026-11-02,1,perhaps\n", "line 2: `spendable` must be true"),
        (b'timestamp,remaining\n"2026-11-02,1\n', "line 2: it is not CSV"),
        (b"\xff\xfe\x00", "it is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_history_is_said_with_its_line_and_what_is_wanted(
    content: bytes, words: str
) -> None:
    with pytest.raises(HistoryError) as error:
        parse_history(content, "USD")
    assert words in str(error.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_is_more_than_an_error(content: bytes) -> None:
    for each in (content, b"timestamp,remaining,used,unit,reason\n" + content):
        try:
            parse_history(each, "USD")
        except HistoryError:
            continue


def test_a_threshold_that_is_reached_on_the_way_to_empty_is_told_level_by_level() -> None:
    found = replayed(40, 20, 10, 5, 2, 0, 50, threshold=Decimal(10))
    assert told(found) == [
        ("low_balance", "firing", "warning"),
        ("low_balance", "firing", "critical"),
        ("low_balance", "firing", "empty"),
        ("low_balance", "resolved", "ok"),
    ]
    (episode,) = found.episodes
    assert (episode.outcome, episode.warning, found.missed) == (Outcome.EMPTY, 3 * HOUR, 0)
    assert "was empty once; people knew 3 h before it was. None was missed." in sentence(found)


def test_a_balance_that_falls_to_0_at_once_is_missed_though_it_is_told_then() -> None:
    found = replayed(40, 40, 0, 0, threshold=Decimal(10))
    assert told(found) == [("low_balance", "firing", "empty")]
    assert found.missed == 1
    assert "Missed, since nobody was told before: 1." in sentence(found)


def test_a_top_up_in_time_ends_an_episode_and_begins_the_next() -> None:
    found = replayed(40, 9, 8, 60, 30, 7, threshold=Decimal(10))
    assert [(each.outcome, each.warning) for each in found.episodes] == [
        (Outcome.TOPPED_UP, 2 * HOUR), (Outcome.LASTS, timedelta(0)),
    ]  # fmt: skip
    assert "never empty" in sentence(found)


def test_a_top_up_of_what_was_never_low_is_no_episode() -> None:
    assert replayed(40, 30, 60, 50, threshold=Decimal(10)).episodes == ()


def test_a_share_of_the_last_top_up_is_a_threshold_too() -> None:
    found = replayed(100, 21, 20, 300, 61, 60, threshold=Percentage(Decimal(20)))
    assert told(found) == [
        ("low_balance", "firing", "warning"),
        ("low_balance", "resolved", "ok"),
        ("low_balance", "firing", "warning"),
    ]


def test_failed_runs_are_told_and_are_never_a_0() -> None:
    found = replayed(40, None, None, None, None, 39, 38, threshold=Decimal(10))
    assert told(found) == [("unreachable", "firing", "ok"), ("unreachable", "resolved", "ok")]
    assert (found.episodes, found.history.failed) == ((), 4)


def test_the_runway_rule_tells_long_before_the_threshold() -> None:
    spends = [100 - turn for turn in range(101)]
    early = replayed(*spends, threshold=Decimal(10), runway_hours=Decimal(48))
    late = replayed(*spends, threshold=Decimal(10))
    (soon,), (late_one,) = early.episodes, late.episodes
    assert soon.warning is not None
    assert late_one.warning == 10 * HOUR
    assert soon.warning >= 40 * HOUR


def test_quiet_hours_hold_a_warning_till_the_morning() -> None:
    rules = {"threshold": Decimal(10)}
    quiet = parse_rules("--quiet", "22:00-08:00")
    found = replayed(40, 9, *[9] * 10, **rules, quiet=quiet.quiet)
    assert [each.at for each in found.notifications] == [START + 8 * HOUR]


def test_options_mean_what_the_fields_of_an_account_mean() -> None:
    found = parse_rules(
        "--threshold", "20%", "--runway", "8", "--timezone", "Asia/Shanghai", "--failures", "5"
    )
    assert found.threshold == Percentage(Decimal(20))
    assert (found.runway_hours, found.critical_runway_hours) == (Decimal(8), Decimal(2))
    assert (found.timezone, found.failures) == (ZoneInfo("Asia/Shanghai"), 5)
    assert parse_rules() == Rules()


def test_what_is_left_out_is_as_in_a_stack_that_nobody_changed() -> None:
    text = parse(ROOT / "template.yaml")["Parameters"]["DefaultThresholds"]["Default"]
    assert text == ",".join(f"{unit}={amount}" for unit, amount in DEFAULT_THRESHOLDS.items())
    assert told(replayed(40, 10)) == [("low_balance", "firing", "warning")]


def test_a_warning_that_was_taken_back_does_not_count_as_one() -> None:
    def moment(turn: int, left: int, *, low: bool) -> Moment:
        return Moment(START + HOUR * turn, Decimal(left), topped_up=False, heard_low=low)

    (episode,) = episodes_of(
        [moment(0, 9, low=True), moment(1, 11, low=False), moment(2, 1, low=False), moment(3, 0, low=True)]
    )
    assert (episode.told, episode.is_missed) == (None, True)


def test_the_document_says_the_same_in_texts_and_hours() -> None:
    found = document(replayed(40, 20, 10, 0, threshold=Decimal(10)))
    notifications, episodes = found["notifications"], found["episodes"]
    assert isinstance(notifications, list)
    assert isinstance(episodes, list)
    first = notifications[0]
    assert isinstance(first, dict)
    assert (first["remaining"], first["hours_ahead"], first["ahead_of"]) == ("10", 1.0, "empty")
    assert episodes == [
        {
            "began": "2026-11-02T00:00:00Z", "ended": "2026-11-02T03:00:00Z", "outcome": "empty",
            "told": "2026-11-02T02:00:00Z", "warning_hours": 1.0, "missed": False,
        }
    ]  # fmt: skip


def picture(amounts: list[float | None], marks: list[Mark]) -> Picture:
    points = [(START + HOUR * turn, amount) for turn, amount in enumerate(amounts)]
    return Picture(points, [Line("─", "", [(START, 10.0)])], marks, ZoneInfo("UTC"), 3 * HOUR)


@pytest.mark.parametrize("width", [30, 80, 200])
@pytest.mark.parametrize(
    "amounts",
    [[5.0], [None], [-5.0, -6.0], [0.0, 0.0], [40.0, None, 3.0], [-4.0, 12.0], [1e9, 1e12], [1e-9, 2e-9]],
)
def test_a_chart_keeps_its_width_whatever_it_shows(width: int, amounts: list[float | None]) -> None:
    lines = chart(picture(amounts, [Mark(START, "w", "", 1)]), width)
    assert len(lines) == ROWS + 3
    assert max(line.cell_len for line in lines) <= width
    assert len({line.cell_len for line in lines[:ROWS]}) == 1


def test_a_mark_stands_below_the_moment_at_which_it_was_sent() -> None:
    lines = chart(picture([40.0, 30.0, 20.0, 10.0, 0.0], [Mark(START + 4 * HOUR, "e", "", 1)]), 60)
    assert lines[ROWS + 1].cell_len == lines[0].cell_len
    assert lines[ROWS + 1].plain.endswith("e")
