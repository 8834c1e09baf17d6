"""What the stack promises where it has many teams, asserted on the template as CloudFormation gets it."""

import re
from pathlib import Path
from typing import Any

import pytest

from balancewatch.core.teams import LONGEST_DELAY, LONGEST_RUN, secrets_of
from tests.translation import parse, translate

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PARAMETERS = parse(TEMPLATE)["Parameters"]
INTERVALS = parse(TEMPLATE)["Mappings"]["Interval"]
RESOURCES = translate(TEMPLATE)["Resources"]


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


STATEMENTS = {each["Sid"]: each for each in properties("TeamsPolicy")["PolicyDocument"]["Statement"]}
QUEUE, DEAD_LETTERS = properties("TeamQueue"), properties("TeamFailureQueue")
QUEUE_ARN = {"Fn::GetAtt": ["TeamQueue", "Arn"]}
SECRETS = {
    "Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
    + secrets_of("${AWS::StackName}")
    + "*"
}
TIMEOUT_S = properties("WatchFunction")["Timeout"]
ONLY_WITH_MANY = {
    "AbandonedTeams",
    "TeamFailureQueue",
    "TeamQueue",
    "TeamQueuesPolicy",
    "TeamSource",
    "TeamsPolicy",
    "WaitingTeams",
}


def test_one_team_is_the_default_and_pays_for_no_queue() -> None:
    assert PARAMETERS["Teams"]["Default"] == "one"
    assert {name for name in RESOURCES if RESOURCES[name].get("Condition") == "ManyTeams"} == ONLY_WITH_MANY


def test_the_function_learns_from_the_queue_that_there_are_many() -> None:
    variables = properties("WatchFunction")["Environment"]["Variables"]
    assert variables["BALANCEWATCH_TEAM_QUEUE"] == {"Fn::If": ["ManyTeams", {"Ref": "TeamQueue"}, ""]}


# --- what more the function may do ---


def test_it_may_do_exactly_this_more() -> None:
    assert {sid: (each["Action"], each["Resource"]) for sid, each in STATEMENTS.items()} == {
        "FindTeams": ("secretsmanager:ListSecrets", "*"),
        "ReadAccountsOfTeams": (["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], SECRETS),
        "HandOverTeams": ("sqs:SendMessage", QUEUE_ARN),
        "TakeTeams": (["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], QUEUE_ARN),
    }
    assert {each["Effect"] for each in STATEMENTS.values()} == {"Allow"}
    assert properties("TeamsPolicy")["Roles"] == [{"Ref": "WatchRole"}]


@pytest.mark.parametrize("sid", STATEMENTS)
def test_every_statement_says_why(sid: str) -> None:
    assert re.search(rf"- Sid: {sid}  # \w+", TEMPLATE.read_text("utf-8"))


def test_unencrypted_connections_are_refused() -> None:
    policy = properties("TeamQueuesPolicy")
    (deny,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": "TeamQueue"}, {"Ref": "TeamFailureQueue"}]
    assert deny["Resource"] == [QUEUE_ARN, {"Fn::GetAtt": ["TeamFailureQueue", "Arn"]}]
    assert (deny["Effect"], deny["Action"], deny["Principal"]) == ("Deny", "sqs:*", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


# --- queue and function ---


def test_a_team_has_a_function_to_itself_and_fails_alone() -> None:
    source = properties("TeamSource")
    assert (source["EventSourceArn"], source["FunctionName"]) == (QUEUE_ARN, {"Ref": "WatchFunction"})
    assert source["BatchSize"] == 1
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_so_many_functions_work_at_once_and_no_more() -> None:
    """Reserved concurrency would not tell the queue: what it throttles counts as a try."""
    assert properties("TeamSource")["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "TeamsAtOnce"}}
    assert "ReservedConcurrentExecutions" not in properties("WatchFunction")
    parameter = PARAMETERS["TeamsAtOnce"]
    assert (parameter["MinValue"], parameter["MaxValue"]) == (2, 1000), "what Lambda takes"
    assert int(parameter["Default"]) < 10, "what a new AWS account may run at once, of all its functions"


def test_the_queue_is_read_only_when_it_may_be() -> None:
    """Lambda refuses an event source that its role cannot read at that moment."""
    assert RESOURCES["TeamSource"]["DependsOn"] == "TeamsPolicy"


def test_the_program_knows_the_timeout() -> None:
    assert LONGEST_RUN.total_seconds() == TIMEOUT_S


def test_a_message_comes_again_only_when_its_function_must_have_ended() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    assert QUEUE["VisibilityTimeout"] == 6 * TIMEOUT_S


def test_a_message_that_fails_each_time_ends_as_a_dead_letter_and_not_by_its_age() -> None:
    """What only grows too old is gone without a trace."""
    redrive = QUEUE["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["TeamFailureQueue", "Arn"]}
    tries = redrive["maxReceiveCount"]
    assert tries >= 2
    takes = LONGEST_DELAY.total_seconds() + (tries + 1) * QUEUE["VisibilityTimeout"]
    assert takes < QUEUE["MessageRetentionPeriod"] < DEAD_LETTERS["MessageRetentionPeriod"] == 14 * 24 * 3600


@pytest.mark.parametrize("queue", [QUEUE, DEAD_LETTERS], ids=["queue", "dead letters"])
def test_queues_have_no_name_that_a_second_stack_would_want(queue: dict[str, Any]) -> None:
    assert "QueueName" not in queue


# --- alarms ---


def test_dead_letters_tell_people() -> None:
    alarm = properties("AbandonedTeams")
    assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["TeamFailureQueue", "QueueName"]}
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ApproximateNumberOfMessagesVisible", "Maximum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 1)


@pytest.mark.parametrize("minutes", INTERVALS)
def test_teams_that_always_wait_tell_people(minutes: str) -> None:
    """One busy minute is how it should be; an interval without an idle one, three times, is not."""
    alarm = properties("WaitingTeams")
    assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": ["TeamQueue", "QueueName"]}
    assert (alarm["MetricName"], alarm["Statistic"]) == ("ApproximateNumberOfMessagesVisible", "Minimum")
    assert alarm["Period"] == {"Fn::FindInMap": ["Interval", {"Ref": "IntervalMinutes"}, "Seconds"]}
    assert INTERVALS[minutes]["Seconds"] * alarm["EvaluationPeriods"] >= 3 * int(minutes) * 60
