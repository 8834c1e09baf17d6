"""What the stack promises about the relay, asserted on the template as data."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from balancewatch_relay import settings
from balancewatch_relay.adapters.memory import PARTITION
from balancewatch_relay.app import DEADLINE_S
from balancewatch_relay.core.phrases import ALARMS
from tests.translation import Template, parse, translate

ROOT = Path(__file__).parents[2]
TEMPLATE = parse(ROOT / "template.yaml")
RESOURCES = TEMPLATE["Resources"]
ON = {"Fn::Equals": [{"Ref": "Relay"}, "on"]}
TOPIC = {"Fn::If": ["OwnTopic", {"Ref": "Topic"}, {"Ref": "TopicArn"}]}
RIGHTS = {
    "ReadChannels": ("secretsmanager:GetSecretValue",),
    "RememberWhatWasSent": ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"),
    "WriteRelayLog": ("logs:CreateLogStream", "logs:PutLogEvents"),
    "HandOverWhatNoChannelTook": ("sqs:SendMessage",),
}


@cache
def translated() -> Template:
    return translate(ROOT / "template.yaml")


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def statements() -> dict[str, dict[str, Any]]:
    policy, _ = properties("RelayRole")["Policies"]
    return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}


def of_relay() -> dict[str, dict[str, Any]]:
    return {name: each for name, each in translated()["Resources"].items() if name.startswith("Relay")}


def test_nothing_of_the_relay_exists_unless_it_is_on() -> None:
    assert TEMPLATE["Parameters"]["Relay"]["Default"] == "off"
    assert TEMPLATE["Conditions"]["HasRelay"] == ON
    kinds = {each["Type"] for each in of_relay().values()}
    assert kinds == {
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::SNS::Subscription",
    }
    assert {each.get("Condition") for each in of_relay().values()} == {"HasRelay"}
    assert TEMPLATE["Outputs"]["ChannelsSecret"]["Condition"] == "HasRelay"


def test_nothing_else_depends_on_the_relay() -> None:
    others = {name: each for name, each in translated()["Resources"].items() if name not in of_relay()}
    assert not [name for name in of_relay() if f'"{name}"' in json.dumps(others)]


def test_the_topic_and_nobody_else_starts_the_relay() -> None:
    assert properties("RelaySubscription")["Protocol"] == "lambda"
    assert "FilterPolicy" not in properties("RelaySubscription"), "filters are the channels' own"
    permission = properties("RelayPermission")
    assert (permission["Principal"], permission["SourceArn"]) == ("sns.amazonaws.com", TOPIC)


def test_what_no_channel_took_is_tried_three_times_and_then_kept() -> None:
    invoke = translated()["Resources"]["RelayFunctionEventInvokeConfig"]["Properties"]
    assert invoke["MaximumRetryAttempts"] == 2
    for destination in (
        invoke["DestinationConfig"]["OnFailure"]["Destination"],
        properties("RelaySubscription")["RedrivePolicy"]["deadLetterTargetArn"],
    ):
        assert destination == {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]}


def test_every_channel_has_its_time_before_the_function_ends() -> None:
    assert properties("RelayFunction")["Timeout"] >= DEADLINE_S + 10


def test_the_role_has_a_statement_for_each_need_and_no_more() -> None:
    found = {
        name: tuple(each["Action"]) if isinstance(each["Action"], list) else (each["Action"],)
        for name, each in statements().items()
    }
    assert found == RIGHTS


def test_the_relay_reads_the_secret_with_the_channels_and_no_other() -> None:
    name = properties("RelayFunction")["Environment"]["Variables"]["BALANCEWATCH_CHANNELS"]["Fn::Sub"]
    resource = statements()["ReadChannels"]["Resource"]["Fn::Sub"]
    assert name == "${AWS::StackName}/channels"
    assert resource.endswith(f":secret:{name}-??????")


def test_no_state_is_in_reach_of_the_relay() -> None:
    statement = statements()["RememberWhatWasSent"]
    assert statement["Resource"] == {"Fn::GetAtt": ["Table", "Arn"]}
    assert statement["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{PARTITION}*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_the_relay_finds_all_its_settings() -> None:
    assert properties("RelayFunction")["Environment"]["Variables"].keys() == set(settings.VARIABLES)


def test_logs_are_json_in_a_group_of_the_stack_with_retention() -> None:
    logging = properties("RelayFunction")["LoggingConfig"]
    assert (logging["LogFormat"], logging["LogGroup"]) == ("JSON", {"Ref": "RelayLog"})
    assert properties("RelayLog")["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_every_alarm_that_notifies_has_words_in_every_language() -> None:
    told = {
        name
        for name, each in RESOURCES.items()
        if each["Type"] == "AWS::CloudWatch::Alarm" and each["Properties"].get("AlarmActions")
    }
    assert set(ALARMS) == told


@pytest.mark.parametrize("line", ["--no-deps --require-hashes --only-binary=:all:", "-name '*.so' -delete"])
def test_the_layer_is_locked_and_pure(line: str) -> None:
    assert line in (ROOT / "layers/relay/Makefile").read_text(encoding="utf-8")
