"""A deployed stack, as its outputs and resources say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from balancewatch_cloud.place import Place

_INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the parts of a deployed stack are; resources by logical id."""

    name: str
    place: Place
    resources: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def table(self) -> str:
        """The table's name."""
        return self.outputs["TableName"]

    @property
    def topic(self) -> str:
        """The topic's ARN."""
        return self.outputs["TopicArn"]

    @property
    def secret(self) -> str:
        """The secret's ARN."""
        return self.outputs["SecretArn"]

    @property
    def function(self) -> str:
        """The function's name."""
        return self.outputs["FunctionName"]

    @property
    def schedule(self) -> str:
        """The schedule's name."""
        return self.resources["WatchFunctionSchedule"]

    @property
    def log(self) -> str:
        """The log group's name."""
        return self.resources["WatchLog"]

    def put_accounts(self, accounts: str) -> None:
        """Put accounts into the secret, as its owner would."""
        self.place.client("secretsmanager").put_secret_value(SecretId=self.secret, SecretString=accounts)

    def run_every(self, expression: str, *, on: bool = True) -> None:
        """Change the deployed schedule only; the template's parameter allows no less than 5 minutes."""
        scheduler = self.place.client("scheduler")
        there = scheduler.get_schedule(Name=self.schedule)
        kept = {
            key: there[key] for key in ("Name", "GroupName", "Target", "FlexibleTimeWindow") if key in there
        }
        scheduler.update_schedule(
            **kept, ScheduleExpression=expression, State="ENABLED" if on else "DISABLED"
        )

    def start_run(self) -> None:
        """Start the function as AWS services do, without waiting for it."""
        self.place.client("lambda").invoke(FunctionName=self.function, InvocationType="Event", Payload=b"{}")

    def listen(self) -> str:
        """Subscribe a queue to the topic, once; its URL."""
        queues = self.place.client("sqs")
        url: str = queues.create_queue(QueueName=f"{self.name}-{_INBOX}")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}},
                }
            ],
        }
        queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        self.place.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        return url


def deployed(place: Place, name: str) -> Stack:
    """The stack of this name."""
    formation = place.client("cloudformation")
    (described,) = formation.describe_stacks(StackName=name)["Stacks"]
    resources = formation.describe_stack_resources(StackName=name)["StackResources"]
    return Stack(
        name,
        place,
        {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources},
        {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]},
    )
