"""What the stack promises, asserted on the template as data: no linter and no emulator shows most of it."""

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from balancewatch import settings
from balancewatch.adapters.metrics import SERVICE
from tests.translation import Template, parse, translate

ROOT = Path(__file__).parents[2]
TEMPLATE = parse(ROOT / "template.yaml")
RESOURCES = TEMPLATE["Resources"]
PARAMETERS = TEMPLATE["Parameters"]
INTERFACE = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
INTERVALS = [int(minutes) for minutes in PARAMETERS["IntervalMinutes"]["AllowedValues"]]


@cache
def translated() -> Template:
    return translate(ROOT / "template.yaml")


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def of_type(resource_type: str, template: Template = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of one type, by logical id."""
    resources = template["Resources"].items()
    return {name: each["Properties"] for name, each in resources if each["Type"] == resource_type}


ALARMS = of_type("AWS::CloudWatch::Alarm")
ROLES = of_type("AWS::IAM::Role", translated())


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def with_interval(value: Any, minutes: int) -> Any:
    """Return the value, looked up in its mapping for this interval if it stands in one."""
    match value:
        case {"Fn::FindInMap": ["Interval", {"Ref": "IntervalMinutes"}, column]}:
            return TEMPLATE["Mappings"]["Interval"][str(minutes)][column]
        case _:
            return value


def target(value: Any) -> str:
    """Return the logical id that a `Ref` or `GetAtt` points at."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return name
        case _:
            raise AssertionError(f"not a reference to one resource: {value}")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement of every role that says what it may do."""
    for role, each in ROLES.items():
        for policy in each["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement


def statement_of(policy: str, effect: str) -> dict[str, Any]:
    """Return the one statement with this effect."""
    document = properties(policy)["PolicyDocument"]
    (found,) = [each for each in document["Statement"] if each["Effect"] == effect]
    return dict(found)


# --- what stays, and what lives side by side ---

PHYSICAL_NAME = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
}
NAMELESS = {
    "AWS::Lambda::EventInvokeConfig",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}


def test_two_stacks_live_side_by_side_in_one_account() -> None:
    """Whatever CloudFormation does not name itself has the name of the stack in it."""
    for logical_id, resource in translated()["Resources"].items():
        if resource["Type"] not in NAMELESS:
            name = resource["Properties"].get(PHYSICAL_NAME[resource["Type"]])
            assert name is None or "${AWS::StackName}" in name["Fn::Sub"], logical_id


@pytest.mark.parametrize("logical_id", ["Secret", "Table"])
def test_tokens_and_history_outlive_update_replacement_and_deletion(logical_id: str) -> None:
    resource = RESOURCES[logical_id]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_no_update_can_overwrite_the_tokens() -> None:
    """The template holds no value for the secret, and so CloudFormation never writes one."""
    assert properties("Secret").keys() == {"Description"}


def test_the_table_forgets_what_expired_and_can_be_restored() -> None:
    table = properties("Table")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


# --- the schedule and the function ---


def test_the_schedule_hands_over_its_own_time() -> None:
    schedule = properties("WatchFunction")["Events"]["Schedule"]["Properties"]
    assert schedule["OmitName"] is True
    assert schedule["ScheduleExpression"] == {"Fn::Sub": "rate(${IntervalMinutes} minutes)"}
    sample = (ROOT / "events" / "scheduled-unreplaced.json").read_text(encoding="utf-8")
    assert json.loads(schedule["Input"]) == json.loads(sample)


@pytest.mark.parametrize("minutes", INTERVALS)
def test_a_run_ends_and_an_event_is_given_up_before_the_next_is_due(minutes: int) -> None:
    function = properties("WatchFunction")
    assert function["Timeout"] == 240 < minutes * 60
    handing_over = function["Events"]["Schedule"]["Properties"]["RetryPolicy"]
    for retries in (handing_over, function["EventInvokeConfig"]):
        assert 60 <= with_interval(retries["MaximumEventAgeInSeconds"], minutes) < minutes * 60


def test_a_failed_run_is_tried_once_more_and_then_kept_for_14_days() -> None:
    invoke = translated()["Resources"]["WatchFunctionEventInvokeConfig"]["Properties"]
    assert invoke["MaximumRetryAttempts"] == 1
    assert target(invoke["DestinationConfig"]["OnFailure"]["Destination"]) == "FailureQueue"
    assert properties("FailureQueue")["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_logs_are_json_in_a_group_of_the_stack_with_retention() -> None:
    logging = properties("WatchFunction")["LoggingConfig"]
    assert (logging["LogFormat"], target(logging["LogGroup"])) == ("JSON", "WatchLog")
    assert properties("WatchLog")["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("file", ["template.yaml", "samconfig.toml"])
def test_no_deployment_opens_the_addresses_that_only_a_terminal_may_reach(file: str) -> None:
    assert "BALANCEWATCH_LOCAL" not in (ROOT / file).read_text(encoding="utf-8")


# --- who may do what ---

RIGHTS = {
    ("ScheduleRole", "lambda:InvokeFunction"): "WatchFunction",
    ("ScheduleRole", "sqs:SendMessage"): "FailureQueue",
    ("WatchRole", "dynamodb:BatchWriteItem"): "Table",
    ("WatchRole", "dynamodb:DeleteItem"): "Table",
    ("WatchRole", "dynamodb:PutItem"): "Table",
    ("WatchRole", "dynamodb:Query"): "Table",
    ("WatchRole", "dynamodb:UpdateItem"): "Table",
    ("WatchRole", "logs:CreateLogStream"): "WatchLog",
    ("WatchRole", "logs:PutLogEvents"): "WatchLog",
    ("WatchRole", "secretsmanager:GetSecretValue"): "Secret",
    ("WatchRole", "sns:ListSubscriptionsByTopic"): "Topic",
    ("WatchRole", "sns:Publish"): "Topic",
    ("WatchRole", "sqs:SendMessage"): "FailureQueue",
}


def test_roles_may_do_exactly_this_each_on_one_resource() -> None:
    found = {
        (role, action): target(statement["Resource"])
        for role, statement in statements()
        for action in as_list(statement["Action"])
    }
    assert found == RIGHTS


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_written_out_and_within_the_boundary(role: str) -> None:
    boundary = {"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]}
    assert ROLES[role]["PermissionsBoundary"] == boundary
    assert "ManagedPolicyArns" not in ROLES[role]


def test_every_statement_has_a_name_of_its_own() -> None:
    policies = [policy for role in ROLES.values() for policy in role["Policies"]]
    policies += [
        *of_type("AWS::SNS::TopicPolicy").values(),
        *of_type("AWS::SQS::QueuePolicy").values(),
        *({"PolicyDocument": role["AssumeRolePolicyDocument"]} for role in ROLES.values()),
    ]
    for policy in policies:
        names = [statement["Sid"] for statement in policy["PolicyDocument"]["Statement"]]
        assert len(names) == len(set(names))


def test_only_schedules_of_this_account_start_the_function() -> None:
    (trust,) = ROLES["ScheduleRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


# --- who is told ---


def test_text_messages_are_sent_for_what_is_critical_only() -> None:
    assert properties("PhoneSubscription")["FilterPolicy"] == {"severity": ["critical"]}
    assert "FilterPolicy" not in properties("EmailSubscription")


@pytest.mark.parametrize("subscription", of_type("AWS::SNS::Subscription"))
def test_what_cannot_be_delivered_is_kept(subscription: str) -> None:
    dead_letters = properties(subscription)["RedrivePolicy"]["deadLetterTargetArn"]
    assert target(dead_letters) == "UndeliveredQueue"
    allow = statement_of("UndeliveredQueuePolicy", "Allow")
    assert allow["Principal"] == {"Service": "sns.amazonaws.com"}
    assert allow["Action"] == "sqs:SendMessage"
    assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "Topic"}}}


def test_alarms_of_this_account_can_publish_and_those_of_others_cannot() -> None:
    allow = statement_of("TopicPolicy", "Allow")
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert allow["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":${AWS::AccountId}:alarm:*")
    assert "KmsMasterKeyId" not in properties("Topic"), "alarms cannot use the AWS-managed key"


@pytest.mark.parametrize(
    ("policy", "resource"),
    [
        ("TopicPolicy", "Topic"),
        ("FailureQueuePolicy", "FailureQueue"),
        ("UndeliveredQueuePolicy", "UndeliveredQueue"),
    ],
)
def test_unencrypted_connections_are_refused(policy: str, resource: str) -> None:
    deny = statement_of(policy, "Deny")
    assert target(deny["Resource"]) == resource
    assert (deny["Principal"], deny["Condition"]) == ("*", {"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.parametrize("queue", of_type("AWS::SQS::Queue"))
def test_every_queue_is_encrypted_and_has_an_alarm(queue: str) -> None:
    assert properties(queue)["SqsManagedSseEnabled"] is True
    watched = [alarm["Dimensions"] for alarm in ALARMS.values() if alarm["Namespace"] == "AWS/SQS"]
    assert [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}] in watched


# --- alarms ---


@pytest.mark.parametrize("minutes", INTERVALS)
@pytest.mark.parametrize("alarm", ALARMS)
def test_alarm_windows_are_within_the_limits_of_cloudwatch(alarm: str, minutes: int) -> None:
    period = with_interval(ALARMS[alarm]["Period"], minutes)
    evaluated = ALARMS[alarm]["EvaluationPeriods"]
    assert period % 60 == 0
    assert period * evaluated <= (86_400 if period < 3_600 else 604_800)
    assert 1 <= ALARMS[alarm].get("DatapointsToAlarm", evaluated) <= evaluated


@pytest.mark.parametrize("minutes", INTERVALS)
@pytest.mark.parametrize("alarm", ["NoCompletedRun", "FailedRuns"])
def test_alarms_on_runs_look_at_three_runs_or_more(alarm: str, minutes: int) -> None:
    """In a window of one run, jitter alone gives two runs, and then none."""
    window = with_interval(ALARMS[alarm]["Period"], minutes) * ALARMS[alarm]["EvaluationPeriods"]
    assert window >= 3 * minutes * 60


def test_silence_is_alarming_only_where_runs_should_report() -> None:
    silence = {name: alarm["TreatMissingData"] for name, alarm in ALARMS.items()}
    assert silence == {
        "NoCompletedRun": "breaching",
        "FailedRuns": "notBreaching",
        "AbandonedRuns": "notBreaching",
        "UndeliveredMessages": "notBreaching",
    }


def test_a_completed_run_is_what_the_function_itself_reports() -> None:
    alarm = ALARMS["NoCompletedRun"]
    assert alarm["Namespace"] == {"Fn::Sub": "BalanceWatch/${AWS::StackName}"}
    assert alarm["Dimensions"] == [{"Name": "service", "Value": SERVICE}]


def test_nothing_adds_a_dimension_to_the_metrics_of_accounts() -> None:
    """Powertools would add this one to every metric, and an alarm on `Account` alone would see nothing."""
    assert "POWERTOOLS_SERVICE_NAME" not in properties("WatchFunction")["Environment"]["Variables"]


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_tells_people_what_to_do_and_when_it_is_over(alarm: str) -> None:
    words = ALARMS[alarm]["AlarmDescription"]["Fn::Sub"]
    assert re.search(r"What to do: \w+", words)
    assert len(words) <= 500  # of 1,024: names are still to be filled in
    assert ALARMS[alarm]["AlarmActions"] == ALARMS[alarm]["OKActions"] == [{"Ref": "Topic"}]


def test_every_alarm_watches_one_metric() -> None:
    """Local clouds refuse metric math and composite alarms."""
    assert all("MetricName" in alarm for alarm in ALARMS.values())
    assert not of_type("AWS::CloudWatch::CompositeAlarm")


# --- parameters and outputs ---


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_default_a_label_and_words_for_people(name: str) -> None:
    parameter = PARAMETERS[name]
    assert "Default" in parameter
    assert parameter["Description"]
    assert parameter["ConstraintDescription"].startswith("must be ")
    assert INTERFACE["ParameterLabels"][name]["default"]
    groups = [
        group["Label"]["default"] for group in INTERFACE["ParameterGroups"] if name in group["Parameters"]
    ]
    assert len(groups) == 1


def accepts(name: str, value: str) -> bool:
    """Tell whether CloudFormation would take the value."""
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        return value in parameter["AllowedValues"]
    if "AllowedPattern" in parameter:
        return re.fullmatch(parameter["AllowedPattern"], value) is not None
    return int(parameter["MinValue"]) <= int(value) <= int(parameter["MaxValue"])


GOOD = [
    *((name, parameter["Default"]) for name, parameter in PARAMETERS.items()),
    ("Email", "ops+balance@example.co.uk"),
    ("Phone", "+4915112345678"),
    ("DefaultThresholds", "USD=10"),
    ("DefaultThresholds", "none"),
    ("DefaultThresholds", "USD=12.50,CNY=70,tokens=1000000"),
    ("Language", "zh"),
    ("TimeZone", "Asia/Shanghai"),
    ("TimeZone", "America/Argentina/Buenos_Aires"),
    ("TimeZone", "Etc/GMT+8"),
    ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/team/boundary"),
    ("PermissionsBoundary", "arn:aws-cn:iam::aws:policy/PowerUserAccess"),
]
BAD = [
    ("Email", "ops"),
    ("Email", "a@example.com b@example.com"),
    ("Phone", "015112345678"),
    ("Phone", "+49 151 12345678"),
    ("IntervalMinutes", "1"),
    ("DefaultThresholds", ""),
    ("DefaultThresholds", "10"),
    ("DefaultThresholds", "USD=10;CNY=70"),
    ("DefaultThresholds", "USD=10,"),
    ("DefaultThresholds", "USD=-1"),
    ("TimeZone", "+08:00"),
    ("TimeZone", "/etc/passwd"),
    ("HistoryDays", "0"),
    ("PermissionsBoundary", "boundary"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_parameters_take_what_is_right_and_the_function_then_starts(name: str, value: str) -> None:
    assert accepts(name, value)
    settings.from_environment(environment(name, value))


def environment(name: str, value: str) -> dict[str, str]:
    """Return the function's variables where one parameter has this value and the others their defaults."""
    values = {each: parameter["Default"] for each, parameter in PARAMETERS.items()} | {name: value}
    variables = properties("WatchFunction")["Environment"]["Variables"]
    return {key: values.get(each["Ref"], "x") if "Ref" in each else "x" for key, each in variables.items()}


def test_the_function_gets_the_settings_that_it_reads() -> None:
    given = properties("WatchFunction")["Environment"]["Variables"]
    assert {name for name in given if name.startswith("BALANCEWATCH_")} == set(settings.VARIABLES)


@pytest.mark.parametrize(("name", "value"), BAD)
def test_parameters_refuse_what_is_wrong(name: str, value: str) -> None:
    assert not accepts(name, value)


def test_metrics_by_account_say_their_price() -> None:
    assert "0.30 USD an account and month" in PARAMETERS["AccountMetrics"]["Description"]


def test_outputs_lead_to_everything_that_people_need() -> None:
    wanted = {"SecretConsoleUrl", "SecretArn", "FunctionName", "TopicArn", "TableName"}
    assert TEMPLATE["Outputs"].keys() == wanted
    assert all(output["Description"] for output in TEMPLATE["Outputs"].values())


def test_settings_of_the_command_line_hold_nothing_of_one_person() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    settings = {name for command in config["default"].values() for name in command["parameters"]}
    assert not settings & {"region", "profile", "s3_bucket", "parameter_overrides"}


# --- the layer's lock ---


def pins(lock: Path) -> dict[str, str]:
    """Return name and version of each requirement; every entry must be a plain pin with hashes."""
    text = re.sub(r"^ *#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = {}
    for entry in text.replace("\\\n", " ").splitlines():
        pin = re.fullmatch(r"([a-z0-9-]+)==([0-9.]+)((?: +--hash=sha256:[0-9a-f]{64})+)", entry.rstrip())
        assert pin, f"has a marker, an option or no hash: {entry[:80]}"
        found[pin[1]] = pin[2]
    return found


def test_the_layer_is_locked_with_hashes_and_without_markers() -> None:
    """Markers would be judged by the Python that builds, not by the one on Lambda."""
    layer = pins(ROOT / "layers" / "dependencies" / "requirements.txt")
    assert {"aws-lambda-powertools", "jmespath", "requests", "tzdata", "urllib3"} <= layer.keys()
    assert not {"boto3", "botocore"} & layer.keys(), "those are the runtime's own"


def test_what_is_tested_is_what_is_shipped() -> None:
    layer = pins(ROOT / "layers" / "dependencies" / "requirements.txt")
    run = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert {name for name, version in layer.items() if f"\n{name}=={version} " not in run} == set()
