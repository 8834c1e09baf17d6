"""The Lambda handler: events in, summaries out, metrics and log in the form that AWS reads."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from balancewatch import app
from tests.provider import Provider, listed, provider
from tests.stage import aws, environment, make_stack

EVENTS = Path(__file__).parents[2] / "events"
LOW, WELL = 4_000_000, 40_000_000


class Context:
    """As much of a Lambda context as the handler needs."""

    def get_remaining_time_in_millis(self) -> int:
        return 240_000


@pytest.fixture
def on() -> Iterator[Provider]:
    with aws(), provider() as playing:
        make_stack()
        put(listed(playing, {"name": "a", "token": "token-of-a"}, {"name": "b", "token": "token-of-b"}))
        playing.has("token-of-a", LOW)
        playing.has("token-of-b", WELL)
        yield playing


def put(secret: str) -> None:
    boto3.client("secretsmanager").put_secret_value(
        SecretId=os.environ["BALANCEWATCH_SECRET"], SecretString=secret
    )


def lines(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    "event", sorted(set(EVENTS.glob("*.json")) - {EVENTS / "queue.json"}), ids=lambda path: path.stem
)
def test_every_sample_event_runs_the_team(event: Path) -> None:
    result: Any = app.handler(json.loads(event.read_text("utf-8")), Context())
    (summary,) = result["teams"]
    assert (summary["team"], summary["counts"]["warning"], result["queued"]) == ("main", 1, [])
    assert json.loads(json.dumps(result)) == result


@pytest.mark.usefixtures("on")
def test_the_sample_event_of_the_queue_runs_its_team(capsys: pytest.CaptureFixture[str]) -> None:
    """Lambda reads the answer, so it holds nothing else."""
    event = json.loads((EVENTS / "queue.json").read_text("utf-8"))
    assert app.handler(event, Context()) == {"batchItemFailures": []}
    assert [line["CompletedRuns"] for line in lines(capsys) if "CompletedRuns" in line] == [[1]]


@pytest.mark.usefixtures("on")
def test_records_that_cannot_be_told_apart_fail_the_event() -> None:
    with pytest.raises(app.RunsFailedError, match="must be records of the queue"):
        app.handler({"Records": [{"body": "{}"}]}, Context())


@pytest.mark.usefixtures("on")
def test_the_scheduled_time_is_the_runs() -> None:
    result: Any = app.handler({"at": "2026-11-22T04:00:00Z"}, Context())
    assert result["at"] == result["teams"][0]["at"] == "2026-11-22T04:00:00Z"
    assert app.handler({"at": "2026-11-22T04:00:00Z"}, Context())["teams"] == []


@pytest.mark.usefixtures("on")
def test_a_run_that_failed_raises_so_that_lambda_asks_again(capsys: pytest.CaptureFixture[str]) -> None:
    put("not json")
    with pytest.raises(app.RunsFailedError, match="team main: the secret is not JSON: line 1 column 1"):
        app.handler({}, Context())
    (fleet,) = [line for line in lines(capsys) if "_aws" in line]
    assert (fleet["FailedRuns"], fleet["CompletedRuns"]) == ([1], [0])
    assert not {"Accounts", "LowAccounts", "UnreachableAccounts", "NobodyListens"} & fleet.keys(), "not known"


@pytest.mark.usefixtures("on")
def test_an_event_whose_time_is_none_fails() -> None:
    with pytest.raises(app.RunsFailedError, match="must be a time"):
        app.handler({"at": "yesterday"}, Context())


@pytest.mark.usefixtures("on")
def test_metrics_are_lines_that_cloudwatch_extracts(capsys: pytest.CaptureFixture[str]) -> None:
    app.handler({}, Context())
    embedded = [line for line in lines(capsys) if "_aws" in line]
    (fleet,) = [line for line in embedded if "CompletedRuns" in line]
    (directive,) = fleet["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("BalanceWatch/test", [["service"]])
    assert len(directive["Metrics"]) <= 8
    assert (fleet["CompletedRuns"], fleet["LowAccounts"], fleet["service"]) == ([1], [1], "balancewatch")
    balances = {line["Account"]: line["Balance"] for line in embedded if "Balance" in line}
    assert balances == {"a": [8], "b": [80]}
    by_account = [
        line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for line in embedded if "Balance" in line
    ]
    assert by_account == [[["Account"]]] * 2


@pytest.mark.usefixtures("on")
def test_the_log_says_what_is_not_well_and_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    app.handler({}, Context())
    logged = [line for line in lines(capsys) if "_aws" not in line]
    assert [line["message"] for line in logged] == ["account", "done"]
    assert (logged[0]["account"], logged[0]["account_level"], logged[0]["remaining"]) == ("a", "warning", "8")
    assert len(json.dumps(logged[0])) < 500
    assert len(json.dumps(logged[1])) < 3000


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(("switch", "is_allowed"), [("on", True), ("off", False)])
def test_private_addresses_are_asked_where_the_stack_allows_it(switch: str, *, is_allowed: bool) -> None:
    with environment(BALANCEWATCH_ALLOW_PRIVATE_ADDRESSES=switch, BALANCEWATCH_LOCAL="0"):
        policy = app.policy_of(app.parts().settings)
    assert (policy.allow_private, policy.local) == (is_allowed, False)


BEAT = "canary-of-the-heartbeat-5e21"
"""Stands in the address, as the identifiers of such services do."""


def beats(on: Provider) -> int:
    """How often somebody came without a token."""
    return on.asked.count("")


@pytest.fixture
def heartbeat(on: Provider) -> Iterator[Provider]:
    with environment(BALANCEWATCH_HEARTBEAT_URL=f"{on.base_url}/ping/{BEAT}"):
        on.answers("", {"ok": True})
        yield on


def test_a_complete_run_calls_the_heartbeat_and_others_do_not(heartbeat: Provider) -> None:
    app.handler({"at": "2026-11-22T04:00:00Z"}, Context())
    assert beats(heartbeat) == 1
    app.handler({"at": "2026-11-22T04:00:00Z"}, Context())
    put("not json")
    with pytest.raises(app.RunsFailedError):
        app.handler({}, Context())
    assert beats(heartbeat) == 1


@pytest.mark.parametrize("trouble", ["refused", "nowhere", "redirected", "wrong"])
def test_a_heartbeat_that_fails_is_logged_without_its_address_and_fails_nothing(
    heartbeat: Provider, trouble: str, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses = {"nowhere": f"http://127.0.0.1:1/{BEAT}", "wrong": f"ftp://{BEAT} x"}
    address = addresses.get(trouble, f"{heartbeat.base_url}/ping/{BEAT}")
    heartbeat.answers("", {"ok": False}, status={"refused": 404, "redirected": 302}.get(trouble, 200))
    with environment(BALANCEWATCH_HEARTBEAT_URL=address):
        result: Any = app.handler({}, Context())
    printed = capsys.readouterr()
    assert len(result["teams"]) == 1
    (line,) = [line for line in map(json.loads, printed.out.splitlines()) if "heartbeat" in str(line)]
    assert (line["message"], line["level"]) == ("heartbeat not sent", "WARNING")
    assert BEAT not in printed.out + printed.err + json.dumps(result)


def test_importing_needs_no_environment_and_makes_no_client() -> None:
    code = "import balancewatch.app, botocore.client, sys; sys.exit('botocore.data' in sys.modules)"
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(EVENTS.parent / "functions/watch")}
    assert subprocess.run([sys.executable, "-c", code], env=bare, check=False).returncode == 0
