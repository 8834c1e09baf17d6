"""What the stack promises, asserted on the template as data: no linter and no emulator shows most of it."""

import json
import re
import tomllib
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from balancewatch import settings
from balancewatch.adapters.metrics import SERVICE, Metrics
from balancewatch.core.measures import Measures
from tests.permissions import as_list
from tests.stack import NAME, REGION, WIDEST, arn, deployed, refused, translated
from tests.translation import Template, parse, translate

ROOT = Path(__file__).parents[2]
TEMPLATE = parse(ROOT / "template.yaml")
RESOURCES = TEMPLATE["Resources"]
PARAMETERS = TEMPLATE["Parameters"]
INTERFACE = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
INTERVALS = [int(minutes) for minutes in PARAMETERS["IntervalMinutes"]["AllowedValues"]]


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def of_type(resource_type: str, template: Template = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of one type, by logical id."""
    resources = template["Resources"].items()
    return {name: each["Properties"] for name, each in resources if each["Type"] == resource_type}


ALARMS = of_type("AWS::CloudWatch::Alarm")
FOR_EYES = {"AnyAccountLow", "AnyAccountUnreachable", "NobodyListens"}
"""Alarms without action: the run itself tells of these, or nobody could hear."""
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC = "arn:aws:sns:us-east-1:123456789012:theirs"
SECRET = "arn:aws:secretsmanager:us-east-1:210987654321:secret:theirs-a1B2c3"
COMPANY = {
    "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
    "KmsKeyArn": KEY,
    "TopicArn": TOPIC,
    "SecretArn": SECRET,
    "SecretKmsKeyArn": KEY.replace("123456789012", "210987654321"),
    "SubnetIds": "subnet-0a1b2c3d,subnet-4e5f6a7b",
    "SecurityGroupIds": "sg-0a1b2c3d",
    "AllowPrivateAddresses": "on",
}
"""Every company rule at once."""
ROLES = deployed({"PermissionsBoundary": COMPANY["PermissionsBoundary"]}).of_type("AWS::IAM::Role")


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


def statement_of(policy: str, effect: str) -> dict[str, Any]:
    """Return the one statement with this effect."""
    document = properties(policy)["PolicyDocument"]
    (found,) = [each for each in document["Statement"] if each["Effect"] == effect]
    return dict(found)


# --- what stays, and what lives side by side ---

PHYSICAL_NAME = {
    "AWS::CloudWatch::Dashboard": "DashboardName",
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
    "AWS::IAM::Policy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
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
    assert properties("Secret").keys() == {"Description", "KmsKeyId"}


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
    for retries in (handing_over, properties("WatchFunctionEventInvokeConfig")):
        assert 60 <= with_interval(retries["MaximumEventAgeInSeconds"], minutes) < minutes * 60


def test_a_failed_run_is_tried_once_more_and_then_kept_for_14_days() -> None:
    invoke = translated()["Resources"]["WatchFunctionEventInvokeConfig"]["Properties"]
    assert invoke["MaximumRetryAttempts"] == 1
    assert target(invoke["DestinationConfig"]["OnFailure"]["Destination"]) == "FailureQueue"
    assert properties("FailureQueue")["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_schedule_hands_over_on_time_or_keeps_what_it_could_not() -> None:
    schedule = deployed().properties("WatchFunctionSchedule")
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 840}
    queue = arn("AWS::SQS::Queue", f"{NAME}-FailureQueue")
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": queue}


def test_no_concurrency_is_reserved() -> None:
    """A new AWS account has 10, all of which must stay unreserved: the deployment would fail."""
    assert "ReservedConcurrentExecutions" not in deployed().properties("WatchFunction")


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
    ("WidgetRole", "dynamodb:Query"): "Table",
    ("WidgetRole", "logs:CreateLogStream"): "WatchLog",
    ("WidgetRole", "logs:PutLogEvents"): "WatchLog",
}


def test_roles_may_do_exactly_this_each_on_one_resource() -> None:
    stack = deployed()
    made = {
        arn(each["Type"], f"{NAME}-{logical_id}"): logical_id
        for logical_id, each in stack.resources.items()
        if logical_id in RIGHTS.values()
    }
    found = {
        (role, action): made[statement["Resource"]]
        for role in ROLES
        for statement in stack.statements(role)
        for action in as_list(statement["Action"])
    }
    assert found == RIGHTS


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_written_out_and_within_the_boundary(role: str) -> None:
    assert ROLES[role]["PermissionsBoundary"] == COMPANY["PermissionsBoundary"]
    assert "PermissionsBoundary" not in deployed().properties(role)
    assert "ManagedPolicyArns" not in ROLES[role]


def test_every_statement_has_a_name_of_its_own() -> None:
    documents = [
        *(each["PolicyDocument"]["Statement"] for each in of_type("AWS::SNS::TopicPolicy").values()),
        *(each["PolicyDocument"]["Statement"] for each in of_type("AWS::SQS::QueuePolicy").values()),
        *(role["AssumeRolePolicyDocument"]["Statement"] for role in ROLES.values()),
        *(deployed(COMPANY).statements(role) for role in ROLES),
    ]
    for document in documents:
        names = [statement["Sid"] for statement in document]
        assert len(names) == len(set(names))


def test_only_schedules_of_this_account_start_the_function() -> None:
    (trust,) = ROLES["ScheduleRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


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
    topic = {"Fn::If": ["OwnTopic", {"Ref": "Topic"}, {"Ref": "TopicArn"}]}
    assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": topic}}


def test_alarms_of_this_account_can_publish_and_those_of_others_cannot() -> None:
    allow = statement_of("TopicPolicy", "Allow")
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert allow["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":${AWS::AccountId}:alarm:*")
    assert "KmsMasterKeyId" not in deployed().properties("Topic"), "alarms cannot use the AWS-managed key"


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
    assert deployed(WIDEST).properties(queue)["SqsManagedSseEnabled"] is True
    with_key = deployed({**WIDEST, "KmsKeyArn": KEY}).properties(queue)
    assert (with_key.get("SqsManagedSseEnabled"), with_key["KmsMasterKeyId"]) == (None, KEY)
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
        "AbandonedTeams": "notBreaching",
        "WaitingTeams": "notBreaching",
        "UndeliveredMessages": "notBreaching",
        "AnyAccountLow": "ignore",
        "AnyAccountUnreachable": "ignore",
        "NobodyListens": "ignore",
    }


def test_a_completed_run_is_what_the_function_itself_reports() -> None:
    alarm = ALARMS["NoCompletedRun"]
    assert alarm["Namespace"] == {"Fn::Sub": "BalanceWatch/${AWS::StackName}"}
    assert alarm["Dimensions"] == [{"Name": "service", "Value": SERVICE}]


def test_nothing_adds_a_dimension_to_the_metrics_of_accounts() -> None:
    """Powertools would add this one to every metric, and an alarm on `Account` alone would see nothing."""
    assert "POWERTOOLS_SERVICE_NAME" not in properties("WatchFunction")["Environment"]["Variables"]


@pytest.mark.parametrize("alarm", ALARMS)
def test_every_alarm_says_what_to_do(alarm: str) -> None:
    words = ALARMS[alarm]["AlarmDescription"]["Fn::Sub"]
    text = words if isinstance(words, str) else words[0]
    assert re.search(r"What to do: \w+", text)
    assert len(text) <= 500  # of 1,024: names are still to be filled in


@pytest.mark.parametrize("topic", ["", TOPIC], ids=["own topic", "existing topic"])
def test_an_alarm_tells_people_also_when_it_is_over_but_for_what_the_run_tells(topic: str) -> None:
    stack = deployed({**WIDEST, "TopicArn": topic})
    told = stack.outputs["TopicArn"]
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        actions = (alarm.get("AlarmActions"), alarm.get("OKActions"))
        assert actions == ((None, None) if name in FOR_EYES else ([told], [told])), name


@pytest.mark.parametrize("minutes", INTERVALS)
@pytest.mark.parametrize("alarm", sorted(FOR_EYES))
def test_alarms_for_eyes_follow_each_run_and_keep_their_state_between_two(alarm: str, minutes: int) -> None:
    """Of several teams' runs in one interval, one that is not well is enough."""
    properties = ALARMS[alarm]
    assert with_interval(properties["Period"], minutes) == minutes * 60
    assert (properties["EvaluationPeriods"], properties["Statistic"]) == (1, "Maximum")


def test_alarms_watch_metrics_that_the_function_prints(capsys: pytest.CaptureFixture[str]) -> None:
    Metrics(NAME, by_account=False).record(Measures(1, 0, 3, 1, 1, 2, 0, 1))
    (printed,) = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    own = [
        alarm
        for alarm in deployed().of_type("AWS::CloudWatch::Alarm").values()
        if not alarm["Namespace"].startswith("AWS/")
    ]
    assert len(own) == 4
    for alarm in own:
        assert (alarm["Namespace"], alarm["Dimensions"]) == (
            printed["Namespace"],
            [{"Name": "service", "Value": SERVICE}],
        )
        assert alarm["MetricName"] in [metric["Name"] for metric in printed["Metrics"]]


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
    ("ReportDay", "off"),
    ("ReportDay", "sunday"),
    ("Email", "ops+balance@example.co.uk"),
    ("Phone", "+4915112345678"),
    ("DefaultThresholds", "USD=10"),
    ("DefaultThresholds", "none"),
    ("DefaultThresholds", "USD=12.50,CNY=70,tokens=1000000"),
    ("Language", "zh"),
    ("TimeZone", "Asia/Shanghai"),
    ("TimeZone", "America/Argentina/Buenos_Aires"),
    ("TimeZone", "Etc/GMT+8"),
    *COMPANY.items(),
    ("HeartbeatUrl", "https://hc-ping.com/5f0c1f5e-0000-4000-8000-000000000000"),
    ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/team/boundary"),
    ("PermissionsBoundary", "arn:aws-cn:iam::aws:policy/PowerUserAccess"),
]
BAD = [
    ("Email", "ops"),
    ("Email", "a@example.com b@example.com"),
    ("Phone", "015112345678"),
    ("Phone", "+49 151 12345678"),
    ("ReportDay", "Monday"),
    ("ReportDay", ""),
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
    ("HeartbeatUrl", "http://hc-ping.com/1"),
    ("HeartbeatUrl", "https://hc-ping.com/1 2"),
    ("KmsKeyArn", "arn:aws:kms:us-east-1:123456789012:alias/mine"),
    ("TopicArn", f"{TOPIC}.fifo"),
    ("SecretArn", "arn:aws:secretsmanager:us-east-1:123456789012:secret:theirs"),
    ("SubnetIds", "subnet-0a1b2c3d, subnet-4e5f6a7b"),
    ("SecurityGroupIds", "default"),
    ("AllowPrivateAddresses", "yes"),
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
    assert {name for name in given if name.startswith("BALANCEWATCH_")} == {
        *settings.VARIABLES,
        *settings.OPTIONAL,
    }


@pytest.mark.parametrize(("name", "value"), BAD)
def test_parameters_refuse_what_is_wrong(name: str, value: str) -> None:
    assert not accepts(name, value)


def test_metrics_by_account_say_their_price() -> None:
    assert "0.30 USD an account and month" in PARAMETERS["AccountMetrics"]["Description"]


def test_outputs_lead_to_everything_that_people_need() -> None:
    wanted = {
        "SecretConsoleUrl",
        "SecretArn",
        "FunctionName",
        "TopicArn",
        "TableName",
        "DashboardUrl",
        "RoleArn",
        "ChannelsSecret",
    }
    assert TEMPLATE["Outputs"].keys() == wanted
    assert all(output["Description"] for output in TEMPLATE["Outputs"].values())


def test_parameters_are_asked_for_in_the_order_of_their_groups() -> None:
    """`sam deploy --guided` goes by the one, the console by the other."""
    grouped = [name for group in INTERFACE["ParameterGroups"] for name in group["Parameters"]]
    assert list(PARAMETERS) == grouped
    assert INTERFACE["ParameterLabels"].keys() == PARAMETERS.keys()


def test_what_is_empty_by_default_may_stay_empty() -> None:
    """And the words say so, or what it goes with."""
    empty = {name for name, each in PARAMETERS.items() if each["Default"] == ""}
    unsaid = {name for name in empty if "Leave empty" not in PARAMETERS[name]["Description"]}
    assert unsaid == {"SecretKmsKeyArn", "SecurityGroupIds"}


def test_the_dashboard_shows_all_accounts_by_a_function_that_gets_the_settings_that_it_reads() -> None:
    stack = deployed()
    body = json.loads(stack.properties("AccountsDashboard")["DashboardBody"])
    (widget,) = [each for each in body["widgets"] if each["type"] == "custom"]
    assert widget["properties"]["endpoint"] == arn("AWS::Lambda::Function", f"{NAME}-WidgetFunction")
    function = stack.properties("WidgetFunction")
    assert function["Handler"] == "balancewatch.widget.handler"
    assert function["Environment"]["Variables"].keys() == set(settings.WIDGET_VARIABLES)
    assert "WidgetFunction" not in deployed({"Dashboard": "off"}).resources


def test_nothing_on_the_dashboard_covers_anything_else() -> None:
    body = json.loads(deployed().properties("AccountsDashboard")["DashboardBody"])
    taken = [
        (x, y)
        for each in body["widgets"]
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


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


# --- company rules ---

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "a key": {"KmsKeyArn": KEY},
    "a topic": {"TopicArn": TOPIC},
    "a secret": {"SecretArn": SECRET},
    "a network": {name: COMPANY[name] for name in ("SubnetIds", "SecurityGroupIds", "AllowPrivateAddresses")},
    "people": {"Email": "ops@example.com", "Phone": "+4915112345678"},
    "less": {"Dashboard": "off", "AccountMetrics": "off"},
}


@pytest.mark.parametrize("chosen", list(combinations(OPTIONS, 2)), ids=" and ".join)
def test_options_go_together(chosen: tuple[str, str]) -> None:
    """Nothing refers to what is not made; only one pair makes no sense, and is refused with the reason."""
    parameters = {name: value for option in chosen for name, value in OPTIONS[option].items()}
    why = refused(parameters)
    assert len(why) == (chosen == ("a topic", "people"))
    assert deployed(parameters).resources


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"TopicArn": TOPIC, "Email": "ops@example.com"}, "Email"),
        ({"TopicArn": TOPIC, "Phone": "+4915112345678"}, "Phone"),
        ({"SecretKmsKeyArn": KEY}, "SecretArn"),
        ({"SubnetIds": "subnet-0a1b2c3d"}, "SecurityGroupIds"),
        ({"SecurityGroupIds": "sg-0a1b2c3d"}, "SubnetIds"),
        ({"AllowPrivateAddresses": "on"}, "SubnetIds"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_reason(parameters: dict[str, str], named: str) -> None:
    (why,) = refused(parameters)
    assert named in why


def test_an_existing_topic_gets_all_and_the_stack_changes_nothing_about_it() -> None:
    stack = deployed({"TopicArn": TOPIC})
    assert not [each["Type"] for each in stack.resources.values() if each["Type"].startswith("AWS::SNS::")]
    assert "UndeliveredQueue" not in stack.resources
    assert stack.properties("WatchFunction")["Environment"]["Variables"]["BALANCEWATCH_TOPIC"] == TOPIC
    for action in ("sns:Publish", "sns:ListSubscriptionsByTopic"):
        (statement,) = [each for each in stack.statements("WatchRole") if each["Action"] == action]
        assert statement["Resource"] == TOPIC


def test_an_existing_secret_is_read_and_no_other() -> None:
    stack = deployed({"SecretArn": SECRET})
    assert not stack.of_type("AWS::SecretsManager::Secret")
    assert stack.properties("WatchFunction")["Environment"]["Variables"]["BALANCEWATCH_SECRET"] == SECRET
    reads = [each for each in stack.statements("WatchRole") if "secretsmanager" in str(each["Action"])]
    assert [each["Resource"] for each in reads] == [SECRET]
    assert SECRET in stack.outputs["SecretConsoleUrl"]


UNDER_KEY: Mapping[str, Mapping[str, object]] = {
    "AWS::DynamoDB::Table": {
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    },
    "AWS::Lambda::Function": {"KmsKeyArn": KEY},
    "AWS::Logs::LogGroup": {"KmsKeyId": KEY},
    "AWS::SNS::Topic": {"KmsMasterKeyId": KEY},
    "AWS::SQS::Queue": {"KmsMasterKeyId": KEY},
    "AWS::Scheduler::Schedule": {"KmsKeyArn": KEY},
    "AWS::SecretsManager::Secret": {"KmsKeyId": KEY},
}


@pytest.mark.parametrize("kind", UNDER_KEY)
def test_a_key_of_ones_own_encrypts_all_that_is_kept(kind: str) -> None:
    made = deployed({**WIDEST, "KmsKeyArn": KEY}).of_type(kind)
    assert made
    for properties in made.values():
        assert properties.items() >= UNDER_KEY[kind].items()
    assert not [
        each for each in deployed(WIDEST).of_type(kind).values() if UNDER_KEY[kind].keys() & each.keys()
    ]


def test_no_other_resource_keeps_anything() -> None:
    """One that comes to the template must be thought of above, or here."""
    nothing = {
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    }
    assert {each["Type"] for each in translated()["Resources"].values()} == nothing | UNDER_KEY.keys()


def test_the_function_runs_in_a_network_only_where_one_is_named() -> None:
    assert "VpcConfig" not in deployed().properties("WatchFunction")
    network = deployed(COMPANY).properties("WatchFunction")["VpcConfig"]
    assert network == {
        "SubnetIds": ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
        "SecurityGroupIds": ["sg-0a1b2c3d"],
    }


def test_the_heartbeat_is_a_secret_and_stands_in_the_environment_alone() -> None:
    assert PARAMETERS["HeartbeatUrl"]["NoEcho"] is True
    text = json.dumps({"resources": translated()["Resources"], "outputs": translated()["Outputs"]})
    assert text.count("HeartbeatUrl") == 1
    given = translated()["Resources"]["WatchFunction"]["Properties"]["Environment"]["Variables"]
    assert given["BALANCEWATCH_HEARTBEAT_URL"] == {"Ref": "HeartbeatUrl"}


# --- the dashboard ---


def widgets(**parameters: str) -> list[dict[str, Any]]:
    body = deployed(parameters).properties("AccountsDashboard")["DashboardBody"]
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


@pytest.mark.parametrize("metrics", ["on", "off"])
@pytest.mark.parametrize("minutes", INTERVALS)
def test_the_dashboard_is_json_in_columns_that_do_not_overlap(metrics: str, minutes: int) -> None:
    found = widgets(AccountMetrics=metrics, IntervalMinutes=str(minutes))
    places = [
        (column, row)
        for each in found
        for column in range(each["x"], each["x"] + each["width"])
        for row in range(each["y"], each["y"] + each["height"])
    ]
    assert len(places) == len(set(places))
    assert max(column for column, _ in places) < 24
    periods = {each["properties"]["period"] for each in found if "period" in each["properties"]}
    assert periods == {minutes * 60}


def test_the_dashboard_finds_every_account_and_names_none() -> None:
    found = [each["properties"]["metrics"] for each in widgets() if "SEARCH" in str(each)]
    assert len(found) == 2
    for ((metric,),) in found:
        search = """SEARCH('{"BalanceWatch/test",Account} MetricName="Balance"', 'Minimum', 900)"""
        assert (metric["expression"], metric["label"]) == (search, "${PROP('Dim.Account')}")
    assert "SEARCH" not in str(widgets(AccountMetrics="off")), "there is nothing to be found"


def test_without_metrics_by_account_the_dashboard_still_shows_who_is_not_well() -> None:
    (query,) = [
        each["properties"]["query"] for each in widgets(AccountMetrics="off") if each["type"] == "log"
    ]
    assert query.startswith("SOURCE 'test-WatchLog' | filter message = 'account' ")


@pytest.mark.parametrize("topic", ["", TOPIC], ids=["own topic", "existing topic"])
def test_the_dashboard_shows_every_alarm(topic: str) -> None:
    alarms = deployed({"TopicArn": topic}).of_type("AWS::CloudWatch::Alarm")
    (shown,) = [each["properties"]["alarms"] for each in widgets(TopicArn=topic) if each["type"] == "alarm"]
    assert sorted(shown) == sorted(arn("AWS::CloudWatch::Alarm", f"{NAME}-{name}") for name in alarms)


def test_a_dashboard_is_told_apart_by_stack_and_region() -> None:
    """All regions of an AWS account share one list of dashboards."""
    assert deployed().properties("AccountsDashboard")["DashboardName"] == f"{NAME}-{REGION}"
    stack = deployed({"Dashboard": "off"})
    assert not stack.of_type("AWS::CloudWatch::Dashboard")
    assert "DashboardUrl" not in stack.outputs


def test_one_translation_serves_every_value_of_the_parameters() -> None:
    """It is what stack sets get, which take no transform: no parameter may be settled in it."""
    assert translate(ROOT / "template.yaml", {**COMPANY, "IntervalMinutes": "60"}) == translated()


# --- updates ---

EARLIER = {path.stem: json.loads(path.read_text("utf-8")) for path in (ROOT / "tests/earlier").glob("*.json")}
"""Of each released template: what an update must not lose, with the properties whose change replaces it."""


def replacing(resource_type: str) -> list[str]:
    """The properties whose change makes CloudFormation replace a resource, by AWS's own schema."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, resource_type).schema
    names = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    return [name.split("/")[2] for name in names]


@pytest.mark.parametrize("version", EARLIER)
def test_an_update_keeps_table_secret_topic_and_all_that_holds_something(version: str) -> None:
    earlier = EARLIER[version]
    now = deployed(earlier["parameters"]).resources
    assert {"Table", "Secret", "Topic"} <= earlier["resources"].keys()
    for logical_id, was in earlier["resources"].items():
        if "Condition" not in was:
            assert logical_id in now, f"{logical_id} would be deleted"
        resource = translated()["Resources"][logical_id]
        assert resource["Type"] == was["Type"]
        is_now = {
            name: resource["Properties"][name]
            for name in replacing(was["Type"])
            if name in resource["Properties"]
        }
        assert is_now == was["Properties"], f"{logical_id} would be replaced"


@pytest.mark.parametrize("version", EARLIER)
def test_an_update_takes_the_values_that_were_given_before(version: str) -> None:
    for name, value in EARLIER[version]["parameters"].items():
        assert accepts(name, value)
    assert TEMPLATE["Outputs"].keys() >= set(EARLIER[version]["outputs"])
    assert refused(EARLIER[version]["parameters"]) == []
