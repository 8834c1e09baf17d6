"""`balancewatch doctor` on a deployed stack: moto's AWS, and a real provider on loopback."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient

from balancewatch_cli.examination import MUST
from balancewatch_cli.main import main
from tests.deployed import OUTPUTS, CloudFormation, deployed
from tests.provider import listed
from tests.rights import rights
from tests.stage import Stage

ROLE = "arn:aws:iam::123456789012:role/watch"


def answering(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Callable[[Mapping[str, Any]], object]]
) -> None:
    """Let AWS answer what moto knows nothing of."""
    known: Any = vars(BaseClient)["_make_api_call"]

    def call(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        answer = answers.get(operation)
        return answer(parameters) if answer else known(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)


def simulated(*denied: str) -> Callable[[Mapping[str, Any]], object]:
    """IAM's simulation of the role."""

    def answer(parameters: Mapping[str, Any]) -> object:
        (resource,) = parameters["ResourceArns"]
        assert parameters["PolicySourceArn"] == ROLE
        assert all(f":{each.partition(':')[0]}:" in resource for each in parameters["ActionNames"])
        return {
            "EvaluationResults": [
                {"EvalActionName": each, "EvalDecision": "explicitDeny" if each in denied else "allowed"}
                for each in parameters["ActionNames"]
            ]
        }

    return answer


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stage, CloudFormation]]:
    """A stack that is well: one account, read a quarter of an hour ago."""
    with deployed() as (stage, cloud):
        topic = os.environ["BALANCEWATCH_TOPIC"]
        secret = os.environ["BALANCEWATCH_SECRET"]
        cloud.outputs["balancewatch"] = {**OUTPUTS, "SecretArn": secret, "TopicArn": topic, "RoleArn": ROLE}
        cloud.resources["WatchFunctionSchedule"] = "balancewatch-Schedule-1A"
        boto3.client("scheduler").create_schedule(
            Name="balancewatch-Schedule-1A",
            ScheduleExpression="rate(15 minutes)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:lambda:us-east-1:1:function:f", "RoleArn": "arn:aws:iam::1:role/r"},
        )
        boto3.client("cloudwatch").put_metric_alarm(
            AlarmName="balancewatch-FailedRuns-1A",
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Statistic="Sum",
            Period=900,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=[topic],
        )
        stage.provider.has("canary-token-prod", 20_000_000)
        stage.accounts(
            listed(stage.provider, {"name": "prod", "token": "canary-token-prod", "allow_http": True})
        )
        now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # the command's own clock
        stage.now = now - timedelta(minutes=30)
        stage.tick()
        answering(monkeypatch, {"SimulatePrincipalPolicy": simulated()})
        yield stage, cloud
        monkeypatch.undo()


def ran(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    status = main(["doctor", *more])
    told = capsys.readouterr()
    assert "canary-token" not in told.out + told.err
    return status, told.out, told.err


def todo(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    status, shown, _ = ran(capsys, "--json")
    found = {each["what"]: each["words"] for each in json.loads(shown) if each["todo"] is not None}
    assert status == (3 if found else 0)
    return found


@pytest.mark.usefixtures("on")
def test_a_stack_that_is_well_is_ok_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert todo(capsys) == {}
    status, shown, _ = ran(capsys)
    assert (status, "All is ok." in shown) == (0, True)
    for words in ("schedule", "account prod", "15 min ago", "subscription by sqs", "confirmed", "none rings"):
        assert words in shown


def test_everything_that_is_wrong_is_found_at_once(
    on: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, {"SimulatePrincipalPolicy": simulated("sns:Publish")})
    stage, cloud = on
    stage.provider.fails("canary-token-prod", 401)
    del cloud.resources["WatchFunctionSchedule"]
    boto3.client("cloudwatch").disable_alarm_actions(AlarmNames=["balancewatch-FailedRuns-1A"])
    sns = boto3.client("sns")
    for each in sns.list_subscriptions()["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    found = todo(capsys)
    assert found.keys() == {
        "schedule",
        "permissions",
        "account prod",
        "alarm balancewatch-FailedRuns-1A",
        "subscriptions",
    }
    assert found["account prod"].startswith("unauthorized")
    assert found["permissions"] == "the function may not do sns:Publish"
    assert "5 to do." in ran(capsys)[1]


@pytest.mark.usefixtures("on")
def test_a_number_in_the_sandbox_is_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of these two moto knows nothing, and so they are answered here."""
    sns = boto3.client("sns")
    sns.subscribe(TopicArn=os.environ["BALANCEWATCH_TOPIC"], Protocol="sms", Endpoint="+4915112345678")
    answering(
        monkeypatch,
        {
            "GetSMSSandboxAccountStatus": lambda _: {"IsInSandbox": True},
            "GetSMSAttributes": lambda _: {"attributes": {"MonthlySpendLimit": "20"}},
        },
    )
    found = todo(capsys)
    assert found.keys() == {"text messages"}
    assert "only verified numbers get any" in found["text messages"]
    assert "+4915112345678" not in ran(capsys)[1]


def test_a_secret_that_is_not_json_is_one_line_and_stops_no_other(
    on: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str]
) -> None:
    on[0].accounts('{"accounts": [{"token": "canary-token-prod",}]}')
    assert todo(capsys) == {"accounts": "could not be looked at"}


@pytest.mark.usefixtures("on")
def test_a_stack_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = ran(capsys, "--stack", "other")
    assert (status, "there is no stack other" in said) == (4, True)


def test_the_permissions_that_are_looked_at_are_those_of_the_template() -> None:
    granted = [
        action
        for right in rights()
        if right.who == "WatchRole" and not right.when
        for action in right.actions
        if action.startswith(("secretsmanager:", "dynamodb:", "sns:"))
    ]
    assert sorted(MUST) == sorted(granted)
