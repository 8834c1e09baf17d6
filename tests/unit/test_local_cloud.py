"""The parts of the local cloud that need no cloud: what CloudWatch would do, and what keeps it apart."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from balancewatch.adapters.metrics import Metrics
from balancewatch.core.measures import Measures
from balancewatch_cloud import happenings, hold, sam, story
from balancewatch_cloud.alarms import Alarm, judge
from balancewatch_cloud.embedded_metrics import metrics_in
from balancewatch_cloud.place import CloudError, Place

ALARM = Alarm(
    "silent",
    "OK",
    "BalanceWatch/balancewatch",
    "CompletedRuns",
    {"service": "balancewatch"},
    "Sum",
    timedelta(minutes=5),
    4,
    4,
    "LessThanThreshold",
    1,
    "breaching",
)
FAILED = replace(
    ALARM,
    metric="Errors",
    periods=3,
    to_alarm=2,
    comparison="GreaterThanOrEqualToThreshold",
    missing="notBreaching",
)


@pytest.mark.parametrize(
    ("alarm", "points", "state"),
    [
        (ALARM, [1, 1, 1, 1], "OK"),
        (ALARM, [None, None, None, None], "ALARM"),
        (ALARM, [None, 0, None, 0], "ALARM"),
        (ALARM, [None, None, 2, None], "OK"),
        (FAILED, [1, None, None], "OK"),
        (FAILED, [1, None, 3], "ALARM"),
        (FAILED, [None, None, None], "OK"),
        (replace(FAILED, missing="missing"), [None, None, None], "INSUFFICIENT_DATA"),
        (replace(FAILED, missing="missing"), [None, 1, 1], "ALARM"),
        (replace(FAILED, missing="ignore", state="ALARM"), [None, None, None], "ALARM"),
        (replace(FAILED, missing="ignore", state="ALARM"), [None, None, 0], "OK"),
        (replace(FAILED, comparison="GreaterThanThreshold"), [1, 1, 1], "OK"),
        (replace(ALARM, comparison="LessThanOrEqualToThreshold"), [1, 1, 1, 1], "ALARM"),
    ],
)
def test_an_alarm_is_judged_as_cloudwatch_does(
    alarm: Alarm, points: Sequence[float | None], state: str
) -> None:
    assert judge(alarm, points) == state


def test_what_the_function_embeds_is_found_with_its_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    measures = Measures(accounts=2, low=1, completed=1, balances=(("prod", Decimal("1.5")),))
    Metrics("mine", by_account=True).record(measures)
    found = [metric for line in capsys.readouterr().out.splitlines() for metric in metrics_in(line)]
    assert {metric.namespace for metric in found} == {"BalanceWatch/mine"}
    values = {(metric.name, *metric.dimensions.items()): metric.values for metric in found}
    assert values["Accounts", ("service", "balancewatch")] == (2,)
    assert values["CompletedRuns", ("service", "balancewatch")] == (1,)
    assert values["Balance", ("Account", "prod")] == (1.5,)


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        (
            Measures(accounts=2, low=1, unreachable=0, sent=0, completed=1),
            ["completed: 2 accounts, 1 low, 0 unreachable, 0 told"],
        ),
        (Measures(completed=0, failed=1), []),
    ],
)
def test_a_run_that_failed_before_it_counted_is_told_by_its_own_line(
    measures: Measures, said: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Metrics("mine", by_account=False).record(measures)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    found = [each for line in capsys.readouterr().out.splitlines() for each in happenings._runs(line, now)]
    assert [each.text for each in found] == said


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: 1",
        '{"level": "INFO", "message": "done"}',
        "[]",
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": 0, "CloudWatchMetrics": [{"Namespace": "x"}]}}',
        '{"_aws": {"Timestamp": 0, "CloudWatchMetrics": ["x"]}}',
    ],
)
def test_other_lines_of_a_log_carry_no_metrics(line: str) -> None:
    assert list(metrics_in(line)) == []


def test_the_demo_has_an_account_that_runs_low_and_is_topped_up() -> None:
    spent = [quota_of(minutes) for minutes in range(17)]
    levels = [spent[minutes] / 500_000 for minutes in range(17)]
    assert levels[0] > 10 > levels[5] > 2.5 >= levels[6] > 0
    assert spent[8] == spent[0] == spent[16]


def quota_of(minutes: int) -> int:
    (staging,) = (each for each in story.accounts(timedelta(minutes=minutes)) if each.name == "staging")
    data = staging.answer["data"]
    assert isinstance(data, dict)
    return int(data["quota"])


def test_tools_meet_no_profile_key_or_address_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SNS", "SAM_CLI_POLL_DELAY"):
        monkeypatch.setenv(name, "real")
    found = Place(tmp_path, 1, 2).environment()
    assert "real" not in found.values()
    assert {name: found[name] for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")} == {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    assert found["AWS_ENDPOINT_URL"] == "https://127.0.0.1:1"


def test_what_a_guided_deployment_saved_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samconfig.toml").write_text(
        'version = 0.1\n[default.deploy.parameters]\nprofile = "prod"\nregion = "eu-west-1"\n'
        'parameter_overrides = "Email=me@example.com"\ncapabilities = "CAPABILITY_IAM"\n',
        "utf-8",
    )
    monkeypatch.setattr(sam, "ROOT", tmp_path)
    kept = yaml.safe_load(sam._defaults(Place(tmp_path, 1, 2)).read_text("utf-8"))
    assert kept["default"]["deploy"]["parameters"] == {"capabilities": "CAPABILITY_IAM"}


def test_a_folder_has_one_local_cloud_at_a_time(tmp_path: Path) -> None:
    assert hold.stop(tmp_path) is None
    with (
        hold.held(tmp_path),
        pytest.raises(CloudError, match=rf"process {os.getpid()}\); end it with: make cloud-stop"),
        hold.held(tmp_path),
    ):
        pass
    assert hold.stop(tmp_path) is None


def test_a_time_in_a_metric_is_aware() -> None:
    line = json.dumps(
        {
            "_aws": {
                "Timestamp": 1795351755551,
                "CloudWatchMetrics": [{"Namespace": "n", "Dimensions": [["d"]], "Metrics": [{"Name": "m"}]}],
            },
            "d": "x",
            "m": [1, 2.5],
        }
    )
    (found,) = metrics_in(line)
    assert (found.at.astimezone(UTC), found.values) == (
        datetime(2026, 11, 22, 12, 49, 15, 551000, UTC),
        (1, 2.5),
    )
