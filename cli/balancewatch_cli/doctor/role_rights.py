"""What the functions of a stack must be allowed to do, and what IAM says their roles may not."""

from collections.abc import Mapping, Sequence
from typing import Any

from balancewatch.core.account import MAIN
from balancewatch_cli.deployed.stack import DeployedStack

MUST: Mapping[str, Sequence[str]] = {
    "WatchRole": (
        "secretsmanager:GetSecretValue",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        "sns:ListSubscriptionsByTopic",
        "sns:Publish",
        "sqs:SendMessage",
    ),
    "RelayRole": (
        "secretsmanager:GetSecretValue",
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "sqs:SendMessage",
    ),
    "WidgetRole": ("dynamodb:Query",),
}
"""By the role's logical id in the template: what is done on the stack's secret, table, topic and queue."""

_PARTITIONS: Mapping[str, Any] = {
    "ContextKeyName": "dynamodb:LeadingKeys",
    "ContextKeyType": "stringList",
    "ContextKeyValues": ["relay#doctor"],
}
"""The relay may touch only its own partitions, and IAM asks which."""


def denied(stack: DeployedStack, client: Any, role: str, arn: str, queue: str | None = None) -> Sequence[str]:
    """What the role must do and may not, by all policies but those of the resources.

    `client` is IAM's, of which no types are here; `queue` the name of the one where Lambda leaves what the
    function could not do.
    """
    resources = _resources(stack, role, queue)
    answers = [
        client.simulate_principal_policy(
            PolicySourceArn=arn,
            ActionNames=[each for each in MUST[role] if each.startswith(f"{service}:")],
            ResourceArns=[resources[service]],
            ContextEntries=[_PARTITIONS] if (role, service) == ("RelayRole", "dynamodb") else [],
        )
        for service in dict.fromkeys(each.partition(":")[0] for each in MUST[role])
    ]
    return [
        each["EvalActionName"]
        for answer in answers
        for each in answer["EvaluationResults"]
        if each["EvalDecision"] != "allowed"
    ]


def _resources(stack: DeployedStack, role: str, queue: str | None) -> Mapping[str, str]:
    """What the role acts on, by service."""
    _, partition, _, _, account, _ = stack.role.split(":", 5)

    def arn(service: str, name: str) -> str:
        return f"arn:{partition}:{service}:{stack.region}:{account}:{name}"

    is_relay = role == "RelayRole"
    # AWS ends the ARN of a secret with six characters, which only the secret itself knows.
    channels = arn("secretsmanager", f"secret:{stack.channels}-XXXXXX") if is_relay else ""
    return {
        "secretsmanager": channels or stack.secret(MAIN),
        "dynamodb": arn("dynamodb", f"table/{stack.table}"),
        "sns": stack.topic,
        "sqs": arn("sqs", queue or ""),
    }
