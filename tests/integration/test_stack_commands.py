"""`status`, `watch` and `history` on a deployed stack: moto's AWS, filled by the real run."""

import csv
import io
import json
import os
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from balancewatch_cli.look import overview_command
from balancewatch_cli.main import main
from balancewatch_cli.replay.history import parse_history
from tests.deployed import CloudFormation, deployed
from tests.provider import listed
from tests.stage import Stage

ACCOUNTS: list[dict[str, object]] = [
    {"name": "prod", "token": "canary-token-prod"},
    {"name": "staging", "token": "canary-token-staging", "title": "预发布环境"},
    {"name": "old", "token": "canary-token-old", "failures": 1},
]


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Stage, CloudFormation]]:
    """Three accounts after a few runs: one is well and was topped up, one is low, one is refused."""
    with deployed() as (on, cloud):
        on.now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)  # noqa: TID251  # the command's own clock
        on.accounts(listed(on.provider, *ACCOUNTS))
        on.provider.fails("canary-token-old", 401)
        for quota in (40_000_000, 39_000_000, 60_000_000, 59_500_000):
            on.provider.has("canary-token-prod", quota)
            on.provider.has("canary-token-staging", 4_000_000)
            on.tick()
        yield on, cloud


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    told = capsys.readouterr()
    assert "canary-token" not in told.out + told.err
    return status, told.out, told.err


@pytest.mark.usefixtures("made")
def test_status_shows_every_account_worst_first(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = ran(capsys, "status")
    assert status == 3
    assert sorted(("prod", "staging", "old"), key=shown.index) == ["old", "staging", "prod"]
    for words in ("8.00 USD", "119.00 USD", "unreachable", "unauthorized", "预发布环境", "127.00 USD"):
        assert words in shown


@pytest.mark.usefixtures("made")
def test_status_as_json_has_exact_amounts(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown, _ = ran(capsys, "status", "--json")
    found: Any = {each["name"]: each for each in json.loads(shown)["accounts"]}
    prod = found["prod"]
    assert (prod["remaining"], prod["unit"], prod["level"], prod["threshold"]) == ("119", "USD", "ok", "10")
    assert prod["last_top_up"]["amount"] == "42"
    assert prod["curve"][-1][1] == "119"
    assert found["old"]["reason"] == "unauthorized"
    assert found["old"]["reachable"] is False
    assert (found["old"]["level"], found["old"]["remaining"]) == (None, None)


@pytest.mark.usefixtures("made")
def test_report_writes_a_page_that_stands_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, told, said = ran(capsys, "report", "--html", str(tmp_path / "accounts.html"), "--json")
    assert json.loads(told)["accounts"]
    html = (tmp_path / "accounts.html").read_text("utf-8")
    assert (status, "3 accounts written" in said) == (0, True)
    assert html.startswith("<!doctype html>")
    assert "canary-token" not in html
    for words in ("119.00 USD", "预发布环境", "the provider does not accept the token", "Asia/Shanghai"):
        assert words in html


@pytest.mark.usefixtures("made")
def test_report_says_what_the_weekly_one_would_say_now(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = ran(capsys, "report")
    assert status == 0
    assert said.startswith(
        "Subject: [info] weekly report: 3 accounts, 1 low, 1 cannot be read, 1 ok\n\n3 accounts"
    )
    for line in ("  prod (ok): 119.00 USD left", "  old: cannot be read", "  预发布环境: low (warning)"):
        assert line in said or line.strip() in said
    _, document, _ = ran(capsys, "report", "--json")
    assert json.loads(document)["left"] == {"USD": "127"}


@pytest.mark.usefixtures("made")
def test_a_page_that_cannot_be_written_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, error = ran(capsys, "report", "--html", str(tmp_path / "no" / "accounts.html"))
    assert (status, "accounts.html cannot be written: No such file or directory" in error) == (4, True)


@pytest.mark.usefixtures("made")
def test_history_as_csv_is_what_replay_reads(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = ran(capsys, "history", "prod", "--since", "1d", "--csv")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert [Decimal(row["remaining"]) for row in rows] == [80, 78, 120, 119]
    assert len(parse_history(shown.encode(), "USD").rows) == 4


@pytest.mark.usefixtures("made")
def test_history_says_why_there_was_no_balance(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown, _ = ran(capsys, "history", "old", "--json")
    points = json.loads(shown)["datapoints"]
    assert [(each["reason"], each["http_status"], each["remaining"]) for each in points] == [
        ("unauthorized", 401, None)
    ] * 4
    _, table, _ = ran(capsys, "history", "old")
    assert "unauthorized" in table


@pytest.mark.usefixtures("made")
def test_history_reaches_back_as_far_as_asked_and_no_further(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown, _ = ran(capsys, "history", "prod", "--since", "1h", "--csv")
    assert shown.splitlines() == ["timestamp,remaining,used,unit,reason,spendable"]
    assert ran(capsys, "history", "prod", "--since", "1h")[1].startswith("Nothing was read")


@pytest.mark.usefixtures("made")
def test_an_unknown_account_comes_with_a_near_name(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = ran(capsys, "history", "stagign")
    assert status == 4
    assert "there is no account 'stagign' in the stack balancewatch; did you mean 'staging'?" in error


@pytest.mark.parametrize("arguments", [["history", "prod", "--since", "7"], ["watch", "--every", "1"]])
def test_a_wrong_option_says_what_is_wanted(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 4
    assert "must be a " in capsys.readouterr().err


def test_watch_shows_again_and_again_and_outlives_a_failure(
    made: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str]
) -> None:
    """While the table does not answer, what was seen last stands, with its time."""
    on, waits = made[0], list[float]()

    def wait(seconds: float) -> None:
        waits.append(seconds)
        on.refuses_all(refused=len(waits) == 1)
        if len(waits) == 3:
            raise KeyboardInterrupt

    options = Namespace(stack="balancewatch", json=True, no_color=True, every=7)
    with pytest.raises(KeyboardInterrupt):
        overview_command.watch(options, wait)
    first, second, third = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert waits == [7, 7, 7]
    assert first == second
    assert third["at"] >= second["at"]
    assert [len(line["accounts"]) for line in (first, second, third)] == [3, 3, 3]


def test_a_stack_that_is_not_there_names_the_region(
    made: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str]
) -> None:
    assert made
    status, shown, error = ran(capsys, "status", "--stack", "other")
    assert (status, shown) == (4, "")
    assert "there is no stack other in us-east-1: give its name with --stack" in error


def test_a_stack_of_something_else_is_told_apart(
    made: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str]
) -> None:
    made[1].outputs["website"] = {"Url": "https://example.com"}
    assert "has no output TableName" in ran(capsys, "status", "--stack", "website")[2]


def test_a_missing_permission_is_named(
    made: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str]
) -> None:
    made[1].refusal = "AccessDenied"
    try:
        error = ran(capsys, "status", "--json")[2]
    finally:
        made[1].refusal = None
    assert "do not allow cloudformation:DescribeStacks on the stack balancewatch" in error


def test_a_table_that_is_gone_is_named(
    made: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str]
) -> None:
    made[1].outputs["gone"] = {"TableName": "no-such-table"}
    assert (
        "the table no-such-table is gone: restore it by a drift-aware change set"
        in ran(capsys, "status", "--stack", "gone")[2]
    )


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "there are no AWS credentials: run `aws configure`"),
        (("AWS_DEFAULT_REGION",), "no AWS region is set: set AWS_REGION"),
    ],
)
def test_what_is_missing_on_the_callers_side_is_said(
    taken: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nobody = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name in taken:
        del nobody[name]
    with patch.dict(os.environ, nobody, clear=True):
        assert told in ran(capsys, "status")[2]
