"""The facts of a deployed stack for `balancewatch doctor`, asked of AWS with the caller's own credentials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import boto3

from balancewatch.core.account import MAIN
from balancewatch_cli.deployed import DeployedStack, StackError
from balancewatch_cli.doctor import Alarm, Subscription, Texting, Unknown
from balancewatch_cli.look import Look
from balancewatch_cli.stack import config, explained

T = TypeVar("T")
_SCHEDULE = "WatchFunctionSchedule"
"""As SAM names the schedule of the function `WatchFunction`."""
MUST = (
    "secretsmanager:GetSecretValue",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
    "sns:ListSubscriptionsByTopic",
    "sns:Publish",
)
"""What a run does on the stack's secret, table and topic."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Asks one thing each; what cannot be asked is `Unknown`, and stops no other."""

    stack: DeployedStack
    caller: boto3.session.Session

    def schedule(self) -> str | Unknown:
        """ENABLED or DISABLED."""
        return _tried(self._schedule)

    def denied(self) -> Sequence[str] | Unknown:
        """What the function must do and its role may not, by all policies but those of the resources."""
        return _tried(self._denied)

    def checked_at(self) -> datetime | Unknown | None:
        """The scheduled time of the last run that looked at an account."""
        return _tried(lambda: Look(self.stack.name).now(curves=0).overview.checked_at)

    def subscriptions(self) -> Sequence[Subscription] | Unknown:
        """Who gets the messages."""
        return _tried(self._subscriptions)

    def texting(self, subscriptions: Sequence[Subscription] | Unknown) -> Texting | Unknown | None:
        """How text messages may be sent; None where nobody gets any."""
        if isinstance(subscriptions, Unknown) or all(each.protocol != "sms" for each in subscriptions):
            return None
        return _tried(self._texting)

    def alarms(self) -> Sequence[Alarm] | Unknown:
        """Those of the stack that tell its topic; the others are there to be looked at."""
        return _tried(self._alarms)

    def _schedule(self) -> str:
        with explained("cloudformation:DescribeStackResource on the stack"):
            client = self.caller.client("cloudformation", config=config())
            found = client.describe_stack_resource(StackName=self.stack.name, LogicalResourceId=_SCHEDULE)
        name = found["StackResourceDetail"]["PhysicalResourceId"].rpartition("/")[2]
        with explained(f"scheduler:GetSchedule on the schedule {name}"):
            return str(self.caller.client("scheduler", config=config()).get_schedule(Name=name)["State"])

    def _denied(self) -> Sequence[str]:
        role = self.stack.role
        _, partition, _, _, account, _ = role.split(":", 5)
        table = f"arn:{partition}:dynamodb:{self.stack.region}:{account}:table/{self.stack.table}"
        resources = {"secretsmanager": self.stack.secret(MAIN), "dynamodb": table, "sns": self.stack.topic}
        with explained(f"iam:SimulatePrincipalPolicy on the role {role}"):
            client = self.caller.client("iam", config=config())
            answers = [
                client.simulate_principal_policy(
                    PolicySourceArn=role,
                    ActionNames=[each for each in MUST if each.startswith(f"{service}:")],
                    ResourceArns=[resource],
                )
                for service, resource in resources.items()
            ]
        return [
            each["EvalActionName"]
            for answer in answers
            for each in answer["EvaluationResults"]
            if each["EvalDecision"] != "allowed"
        ]

    def _subscriptions(self) -> Sequence[Subscription]:
        topic = self.stack.topic
        with explained(f"sns:ListSubscriptionsByTopic on the topic {topic}"):
            client = self.caller.client("sns", config=config())
            pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            return [
                Subscription(each["Protocol"], each["SubscriptionArn"])
                for page in pages
                for each in page["Subscriptions"]
            ]

    def _texting(self) -> Texting:
        client = self.caller.client("sns", config=config())
        with explained("sns:GetSMSSandboxAccountStatus"):
            is_sandboxed = client.get_sms_sandbox_account_status()["IsInSandbox"]
        with explained("sns:GetSMSAttributes"):
            found = client.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"]
        return Texting(is_sandboxed, found.get("MonthlySpendLimit"))

    def _alarms(self) -> Sequence[Alarm]:
        topic = self.stack.topic
        with explained("cloudwatch:DescribeAlarms"):
            client = self.caller.client("cloudwatch", config=config())
            pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self.stack.name}-")
            return [
                Alarm(each["AlarmName"], each["StateValue"], each["ActionsEnabled"])
                for page in pages
                for each in page["MetricAlarms"]
                if topic in each["AlarmActions"]
            ]


def _tried(ask: Callable[[], T]) -> T | Unknown:
    try:
        return ask()
    except StackError as error:
        return Unknown(str(error))
