"""`balancewatch doctor` on a deployed stack: moto's AWS, and a real provider on loopback."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
from botocore.client import BaseClient

from balancewatch.core.sms import fits
from balancewatch_cli.channels.trial import topic_message
from balancewatch_cli.deployed.stack import DeployedStack
from balancewatch_cli.doctor.role_rights import MUST
from balancewatch_cli.doctor.role_rights import rights as rights_of
from balancewatch_cli.main import main
from balancewatch_relay.core.channel import Filter
from balancewatch_relay.core.event import deliveries
from balancewatch_relay.core.message import Stack
from balancewatch_relay.core.news import Language, Text
from balancewatch_relay.core.plan import messages
from tests import chats
from tests.chats import Chats
from tests.deliveries import event
from tests.deployed import OUTPUTS, CloudFormation, deployed
from tests.provider import listed
from tests.rights import rights
from tests.stage import Stage

ROOT = Path(__file__).parents[2]
STACK = Stack("balancewatch", Language.EN)
ROLE = "arn:aws:iam::123456789012:role/watch"
ROLES = (ROLE, "arn:aws:iam::123456789012:role/relay-1A", "arn:aws:iam::123456789012:role/widget-1A")


def answering(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Callable[[Mapping[str, Any]], object]]
) -> None:
    """Let AWS answer what moto knows nothing of."""
    known: Any = vars(BaseClient)["_make_api_call"]

    def call(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        answer = answers.get(operation)
        return answer(parameters) if answer else known(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)


def simulated(*denied: str, missing: Sequence[str] = ()) -> Callable[[Mapping[str, Any]], object]:
    """IAM's simulation of a role, which weighs conditions by what it is told of the call."""

    def answer(parameters: Mapping[str, Any]) -> object:
        (resource,) = parameters["ResourceArns"]
        actions = parameters["ActionNames"]
        assert parameters["PolicySourceArn"] in ROLES
        assert not resource.endswith((":", "/")), "a resource must have a name"
        if resource != "*":
            assert all(f":{each.partition(':')[0]}:" in resource for each in actions)
        told = {each.pop("ContextKeyName"): each for each in map(dict, parameters["ContextEntries"])}
        assert told.pop("aws:RequestedRegion") == entry("string", "us-east-1")
        assert told.pop("aws:SecureTransport") == entry("boolean", "true")
        assert told.pop("aws:PrincipalArn") == entry("string", parameters["PolicySourceArn"])
        leading, via = told.pop("dynamodb:LeadingKeys", None), told.pop("kms:ViaService", None)
        assert not told
        is_relays = parameters["PolicySourceArn"] == ROLES[1] and ":dynamodb:" in resource
        assert leading == (entry("stringList", "relay#doctor") if is_relays else None)
        assert (via is not None) == (":kms:" in resource)
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": each,
                    "EvalDecision": "explicitDeny" if each in denied else "allowed",
                    "ResourceSpecificResults": [{"MissingContextValues": list(missing)}],
                }
                for each in actions
            ]
        }

    return answer


def entry(kind: str, value: str) -> dict[str, object]:
    return {"ContextKeyType": kind, "ContextKeyValues": [value]}


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stage, CloudFormation]]:
    """A stack that is well: one account, read a quarter of an hour ago."""
    monkeypatch.setenv("COLUMNS", "120")
    with deployed() as (stage, cloud):
        topic = os.environ["BALANCEWATCH_TOPIC"]
        secret = os.environ["BALANCEWATCH_SECRET"]
        cloud.outputs["balancewatch"] = {**OUTPUTS, "SecretArn": secret, "TopicArn": topic, "RoleArn": ROLE}
        cloud.resources["WatchFunctionSchedule"] = "balancewatch-Schedule-1A"
        for queue in ("FailureQueue", "UndeliveredQueue"):
            made = boto3.client("sqs").create_queue(QueueName=f"balancewatch-{queue}-1A")
            cloud.resources[queue] = made["QueueUrl"]
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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chats]:
    with chats.chats(tmp_path_factory.mktemp("chats")) as here:
        yield here


@pytest.fixture
def relayed(
    on: tuple[Stage, CloudFormation], server: Chats, monkeypatch: pytest.MonkeyPatch
) -> tuple[Stage, CloudFormation]:
    """The same with a relay, two channels and a dashboard."""
    cloud = on[1]
    for name, value in {**server.environment, "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    server.plays = {"ntfy.sh": chats.ntfy, "qyapi.weixin.qq.com": chats.wecom("canary-token-key")}
    server.sent = []
    topic = os.environ["BALANCEWATCH_TOPIC"]
    arn = "arn:aws:sqs:us-east-1:123456789012:balancewatch-FailureQueue-1A"  # moto would run a function
    made = boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloud.outputs["balancewatch"] = {
        **cloud.outputs["balancewatch"],
        "ChannelsSecret": "balancewatch/channels",
        "DashboardUrl": "https://...",
    }
    cloud.resources |= {
        "RelayFunction": "relay-1A",
        "RelayRole": "relay-1A",
        "WidgetRole": "widget-1A",
        "RelaySubscription": made["SubscriptionArn"],
    }
    channels([{"url": "wecombot://canary-token-key", "name": "team"}, "ntfys://ntfy.sh/canary-token-topic"])
    answering(
        monkeypatch,
        {
            "SimulatePrincipalPolicy": simulated(),
            "GetFunctionConfiguration": lambda _: {"State": "Active"},
        },
    )
    return on


def channels(entries: list[object]) -> None:
    text = json.dumps({"channels": entries})
    client = boto3.client("secretsmanager")
    if not client.list_secrets(Filters=[{"Key": "name", "Values": ["balancewatch/channels"]}])["SecretList"]:
        client.create_secret(Name="balancewatch/channels", SecretString=text)
    else:
        client.put_secret_value(SecretId="balancewatch/channels", SecretString=text)


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


@pytest.mark.usefixtures("relayed")
def test_a_relay_that_is_well_is_ok_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = ran(capsys)
    flat = " ".join(shown.split())
    assert (status, "All is ok." in flat) == (0, True)
    for words in (
        "relay hears the topic",
        "channel #1 (team) can be used",
        "channel #2 can be used",
        "permissions of the relay by its role the relay may do what it must",
        "permissions of the widget by its role the widget may do what it must",
        "undelivered messages none",
    ):
        assert f"ok {words}" in flat


def test_everything_that_is_wrong_with_the_relay_is_found(
    relayed: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = relayed[1]
    boto3.client("sns").unsubscribe(SubscriptionArn=cloud.resources["RelaySubscription"])
    boto3.client("sqs").send_message(QueueUrl=cloud.resources["UndeliveredQueue"], MessageBody="canary-token")
    channels(["nonsense://canary-token", {"url": "canary-token", "name": "wrong"}])
    answering(
        monkeypatch,
        {
            "SimulatePrincipalPolicy": simulated("dynamodb:BatchGetItem"),
            "GetFunctionConfiguration": lambda _: {"State": "Failed"},
        },
    )
    found = todo(capsys)
    assert found.keys() == {
        "relay",
        "channel #1",
        "channel #2 (wrong)",
        "permissions of the relay",
        "undelivered messages",
    }
    assert found["undelivered messages"].startswith("1 wait in the queue balancewatch-UndeliveredQueue")
    assert found["permissions of the relay"] == "the relay may not do dynamodb:BatchGetItem"
    del cloud.resources["RelayFunction"]
    boto3.client("secretsmanager").delete_secret(SecretId="balancewatch/channels")
    found = todo(capsys)
    assert (found["relay"], found["channels"]) == ("could not be looked at",) * 2


def test_marked_tests_go_to_every_channel_and_to_the_topic(
    relayed: tuple[Stage, CloudFormation], server: Chats, capsys: pytest.CaptureFixture[str]
) -> None:
    before = relayed[0].items()
    relayed[0].heard()
    status, shown, _ = ran(capsys, "--send")
    flat = " ".join(shown.split())
    assert status == 0
    assert flat.count("it took the test") == 2
    assert "ok test to the topic published" in flat
    assert len(server.sent) == 2
    assert relayed[0].items() == before
    server.plays["qyapi.weixin.qq.com"] = chats.wecom("another")
    sns = boto3.client("sns")
    for each in sns.list_subscriptions()["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    found = json.loads(ran(capsys, "--send", "--json")[1])
    todos = {each["what"]: each["todo"] for each in found if each["todo"]}
    assert todos["channel #1 (team)"].startswith("take a new address")
    assert todos["test to the topic"] == "confirm a subscription: nobody gets the messages"


def test_a_test_of_the_topic_is_one_for_programs_and_for_chats() -> None:
    """What the relay gets of it is a text, which opens no incident."""
    message = topic_message("balancewatch", "zh", datetime(2026, 11, 22, 4, tzinfo=UTC))
    document = json.loads(message.payload)
    schema = json.loads((ROOT / "docs/notification.schema.json").read_text("utf-8"))
    jsonschema.validate(document, schema)
    assert document["notifications"] == []
    (delivery,) = deliveries(event(message.payload, message.subject))
    assert isinstance(delivery.news, Text)
    assert messages(delivery, Filter(), (), STACK, one_each=True) == ()
    (said,) = messages(delivery, Filter(), (), STACK, one_each=False)
    assert said.title == "【测试】balancewatch：消息可以送达"  # noqa: RUF001  # Chinese has its own
    assert fits(message.sms)


@pytest.mark.usefixtures("on")
def test_what_iam_cannot_weigh_is_not_said_to_be_denied(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A boundary may ask for keys that only AWS knows."""
    denied = simulated("sns:Publish", missing=["aws:SourceVpc"])
    answering(monkeypatch, {"SimulatePrincipalPolicy": denied})
    (found,) = [each for each in json.loads(ran(capsys, "--json")[1]) if each["todo"]]
    assert (found["what"], found["words"]) == ("permissions", "could not be looked at")
    assert "aws:SourceVpc" in found["todo"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_what_parameters_grant_is_looked_at_where_they_are_set(partition: str) -> None:
    asked: list[tuple[str, str, str | None]] = []

    class Iam:
        def get_paginator(self, _: str) -> "Iam":
            return self

        def paginate(self, **parameters: Any) -> Sequence[Mapping[str, Any]]:
            told = {
                each["ContextKeyName"]: each["ContextKeyValues"][0] for each in parameters["ContextEntries"]
            }
            (resource,) = parameters["ResourceArns"]
            asked.extend((each, resource, told.get("kms:ViaService")) for each in parameters["ActionNames"])
            return [{"EvaluationResults": []}]

    outputs = {**OUTPUTS, "SecretArn": "s", "TopicArn": "t", "RoleArn": ROLE.replace("aws", partition)}
    parameters = {"KmsKeyArn": "own-key", "SecretKmsKeyArn": "their-key", "Teams": "many"}
    stack = DeployedStack("b", "eu-west-1", outputs, parameters)
    suffix = "eu-west-1.amazonaws.com" + (".cn" if partition == "aws-cn" else "")
    rights_of(stack, Iam(), "WatchRole", stack.role, str)
    assert {(action, on, via) for action, on, via in asked if action.startswith("kms:")} == {
        *(
            ("kms:Decrypt", "own-key", f"{each}.{suffix}")
            for each in ("secretsmanager", "dynamodb", "sns", "sqs")
        ),
        *(("kms:GenerateDataKey", "own-key", f"{each}.{suffix}") for each in ("sns", "sqs")),
        ("kms:Decrypt", "their-key", f"secretsmanager.{suffix}"),
    }
    team = f"arn:{partition}:secretsmanager:eu-west-1:123456789012:secret:b/accounts/doctor-XXXXXX"
    assert ("secretsmanager:GetSecretValue", team, None) in asked
    assert ("secretsmanager:ListSecrets", "*", None) in asked
    assert {on for action, on, _ in asked if action == "sqs:ReceiveMessage"} == {
        f"arn:{partition}:sqs:eu-west-1:123456789012:TeamQueue"
    }
    asked.clear()
    rights_of(replace(stack, parameters={"Teams": "one"}), Iam(), "WatchRole", stack.role, str)
    assert not [each for each in asked if each[0].startswith("kms:") or "/accounts/" in each[1]]


@pytest.mark.parametrize("role", ["WatchRole", "RelayRole", "WidgetRole"])
def test_the_permissions_that_are_looked_at_are_those_of_the_template(role: str) -> None:
    """But for logs, and the network that Lambda joins."""
    granted = {
        (right.when, action)
        for right in rights()
        if right.who == role
        for action in right.actions
        if not action.startswith(("sts:", "logs:", "ec2:"))
    }
    always = {"WatchRole": "", "RelayRole": "with `Relay`", "WidgetRole": "with `Dashboard`"}[role]
    asked = {
        (f"with `{must.when}`" if must.when else always, action)
        for must in MUST
        if must.role == role
        for action in must.actions
    }
    assert asked == granted


@pytest.mark.usefixtures("relayed")
def test_all_is_asked_with_one_session_of_a_stack_that_is_described_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: list[object] = []
    called: list[str] = []
    make: Any = boto3.session.Session.__init__
    call: Any = vars(BaseClient)["_make_api_call"]

    def made(session: object, *arguments: Any, **options: Any) -> None:
        sessions.append(session)
        make(session, *arguments, **options)

    def calling(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        called.append(operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(boto3.session.Session, "__init__", made)
    monkeypatch.setattr(BaseClient, "_make_api_call", calling)
    assert ran(capsys, "--send")[0] == 0
    assert (len(sessions), called.count("DescribeStacks")) == (1, 1)


def test_what_was_deleted_by_hand_is_told_with_what_to_do(
    on: tuple[Stage, CloudFormation], capsys: pytest.CaptureFixture[str]
) -> None:
    boto3.client("scheduler").delete_schedule(Name="balancewatch-Schedule-1A")
    boto3.client("sqs").delete_queue(QueueUrl=on[1].resources["FailureQueue"])
    todos = {each["what"]: each["todo"] for each in json.loads(ran(capsys, "--json")[1]) if each["todo"]}
    assert todos.keys() == {"schedule", "queues"}
    assert todos["schedule"].startswith("the schedule balancewatch-Schedule-1A is gone: restore it by")
    assert todos["queues"].startswith("the queue balancewatch-FailureQueue-1A is gone: restore it by")
    del on[1].resources["WatchFunctionSchedule"]
    todos = {each["what"]: each["todo"] for each in json.loads(ran(capsys, "--json")[1]) if each["todo"]}
    assert todos["schedule"].startswith(
        "the stack balancewatch has no WatchFunctionSchedule: deploy it again"
    )
    assert ran(capsys, "--team", "typo")[1].count("there is no secret")
