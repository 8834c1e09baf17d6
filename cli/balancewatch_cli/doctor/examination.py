"""The facts of a deployed stack for `balancewatch doctor`, asked of AWS with the caller's own credentials."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import boto3
from botocore.exceptions import ClientError

from balancewatch.core.outside import OutsideError
from balancewatch.survey import survey
from balancewatch_cli.deployed.deployment import config, explained, kept, unread
from balancewatch_cli.deployed.stack import DeployedStack, StackError
from balancewatch_cli.doctor.facts import Alarm, Queue, Relay, Rights, Subscription, Texting, Unknown
from balancewatch_cli.doctor.role_rights import rights

T = TypeVar("T")
_SCHEDULE = "WatchFunctionSchedule"
"""As SAM names the schedule of the function `WatchFunction`."""
_QUEUES = {
    "FailureQueue": "runs that were given up",
    "TeamFailureQueue": "teams that were given up",
    "UndeliveredQueue": "undelivered messages",
}
"""By the logical ids in the template: what waits there was lost, and nobody else says so twice."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Asks one thing each; what cannot be asked is `Unknown`, and stops no other."""

    stack: DeployedStack
    caller: boto3.session.Session
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    """Making one takes longer than asking it."""

    def schedule(self) -> str | Unknown:
        """ENABLED or DISABLED."""
        return _tried(self._schedule)

    def rights(self) -> Mapping[str, Rights | Unknown]:
        """Of each function: what it must do and its role may not."""
        found = {"the function": _tried(lambda: self._rights("WatchRole", self.stack.role))}
        if self.stack.has_relay:
            found["the relay"] = _tried(lambda: self._rights("RelayRole"))
        if self.stack.has_dashboard:
            found["the widget"] = _tried(lambda: self._rights("WidgetRole"))
        return found

    def relay(self, subscriptions: Sequence[Subscription] | Unknown) -> Relay | Unknown | None:
        """How the relay is; None where the stack has none."""
        if not self.stack.has_relay:
            return None
        if isinstance(subscriptions, Unknown):
            return subscriptions
        return _tried(lambda: self._relay(subscriptions))

    def queues(self) -> Sequence[Queue] | Unknown:
        """What waits in the queues of what was lost."""
        return _tried(self._queues)

    def checked_at(self, now: datetime) -> datetime | Unknown | None:
        """The scheduled time of the last run that looked at an account."""
        return _tried(lambda: self._checked_at(now))

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

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = self.caller.client
            self._clients[service] = make(service, config=config())
        return self._clients[service]

    def _resource(self, logical_id: str) -> str:
        with explained("cloudformation:DescribeStackResource on the stack"):
            client = self._client("cloudformation")
            try:
                found = client.describe_stack_resource(
                    StackName=self.stack.name, LogicalResourceId=logical_id
                )
            except ClientError as error:
                if error.response["Error"]["Code"] == "ValidationError":
                    raise StackError(
                        f"the stack {self.stack.name} has no {logical_id}: deploy it again from this version"
                    ) from None
                raise
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def _schedule(self) -> str:
        name = self._resource(_SCHEDULE).rpartition("/")[2]
        with explained(f"scheduler:GetSchedule on the schedule {name}"):
            return str(self._client("scheduler").get_schedule(Name=name)["State"])

    def _rights(self, role: str, arn: str | None = None) -> Rights:
        """The ARN of a role that no output tells differs by the name at its end."""
        arn = arn or f"{self.stack.role.rpartition('/')[0]}/{self._resource(role)}"
        with explained(f"iam:SimulatePrincipalPolicy on the role {arn}"):
            return rights(
                self.stack, self._client("iam"), role, arn, lambda queue: _name(self._resource(queue))
            )

    def _checked_at(self, now: datetime) -> datetime | None:
        try:
            return survey(kept(self.stack, self.caller), self.stack.name, now, curves=0).checked_at
        except OutsideError as error:
            raise StackError(unread(self.stack, error)) from None

    def _relay(self, subscriptions: Sequence[Subscription]) -> Relay:
        name = self._resource("RelayFunction")
        with explained(f"lambda:GetFunctionConfiguration on the function {name}"):
            client = self._client("lambda")
            state = str(client.get_function_configuration(FunctionName=name)["State"])
        subscription = self._resource("RelaySubscription")
        return Relay(state, any(each.arn == subscription for each in subscriptions))

    def _queues(self) -> Sequence[Queue]:
        is_there = {
            "FailureQueue": True,
            "TeamFailureQueue": self.stack.parameters.get("Teams") == "many",
            "UndeliveredQueue": self.stack.has_relay or not self.stack.parameters.get("TopicArn"),
        }
        return [self._queue(what, self._resource(each)) for each, what in _QUEUES.items() if is_there[each]]

    def _queue(self, what: str, url: str) -> Queue:
        with explained(f"sqs:GetQueueAttributes on the queue {_name(url)}"):
            client = self._client("sqs")
            found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return Queue(what, _name(url), int(found["Attributes"]["ApproximateNumberOfMessages"]))

    def _subscriptions(self) -> Sequence[Subscription]:
        topic = self.stack.topic
        with explained(f"sns:ListSubscriptionsByTopic on the topic {topic}"):
            client = self._client("sns")
            pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            return [
                Subscription(each["Protocol"], each["SubscriptionArn"])
                for page in pages
                for each in page["Subscriptions"]
            ]

    def _texting(self) -> Texting:
        client = self._client("sns")
        with explained("sns:GetSMSSandboxAccountStatus"):
            is_sandboxed = client.get_sms_sandbox_account_status()["IsInSandbox"]
        with explained("sns:GetSMSAttributes"):
            found = client.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"]
        return Texting(is_sandboxed, limit(found.get("MonthlySpendLimit")))

    def _alarms(self) -> Sequence[Alarm]:
        topic = self.stack.topic
        with explained("cloudwatch:DescribeAlarms"):
            client = self._client("cloudwatch")
            pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self.stack.name}-")
            return [
                Alarm(each["AlarmName"], each["StateValue"], each["ActionsEnabled"])
                for page in pages
                for each in page["MetricAlarms"]
                if topic in each["AlarmActions"]
            ]


def limit(text: str | None) -> Decimal | Unknown:
    """What may be spent on text messages, in USD a month; AWS allows 1 where nothing was ever set."""
    try:
        found = Decimal(1 if text is None else text)
    except InvalidOperation:
        found = Decimal("NaN")
    if found.is_finite():
        return found
    return Unknown("look at the spending limit in the console of SNS under Text messaging: it is no number")


def _name(url: str) -> str:
    """Of a queue."""
    return url.rpartition("/")[2]


def _tried(ask: Callable[[], T]) -> T | Unknown:
    try:
        return ask()
    except StackError as error:
        return Unknown(str(error))
