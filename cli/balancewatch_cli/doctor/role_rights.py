"""What the functions of a stack must be allowed to do, and what IAM says of their roles."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from balancewatch.core.account import MAIN
from balancewatch_cli.deployed.stack import DeployedStack
from balancewatch_cli.doctor.facts import Rights

_KEY, _SECRET_KEY, _MANY_TEAMS = "KmsKeyArn", "SecretKmsKeyArn", "Teams=many"


@dataclass(frozen=True, slots=True)
class Must:
    """What one role must be allowed to do on one thing of the stack."""

    role: str
    """Its logical id in the template, as that of a queue is what the deed is done on."""
    on: str
    actions: tuple[str, ...]
    when: str | None = None
    """The parameter with which it is granted; None for always."""
    via: str | None = None
    """The service through which a key is used."""


MUST: Sequence[Must] = (
    Must("WatchRole", "accounts", ("secretsmanager:GetSecretValue",)),
    Must(
        "WatchRole",
        "table",
        (
            "dynamodb:Query",
            "dynamodb:UpdateItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:PutItem",
            "dynamodb:DeleteItem",
        ),
    ),
    Must("WatchRole", "topic", ("sns:ListSubscriptionsByTopic", "sns:Publish")),
    Must("WatchRole", "FailureQueue", ("sqs:SendMessage",)),
    Must("WatchRole", "key", ("kms:Decrypt",), _KEY, "secretsmanager"),
    Must("WatchRole", "key", ("kms:Decrypt",), _KEY, "dynamodb"),
    Must("WatchRole", "key", ("kms:Decrypt", "kms:GenerateDataKey"), _KEY, "sns"),
    Must("WatchRole", "key", ("kms:Decrypt", "kms:GenerateDataKey"), _KEY, "sqs"),
    Must("WatchRole", "key of the accounts", ("kms:Decrypt",), _SECRET_KEY, "secretsmanager"),
    Must("WatchRole", "all secrets", ("secretsmanager:ListSecrets",), _MANY_TEAMS),
    Must(
        "WatchRole",
        "accounts of a team",
        ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"),
        _MANY_TEAMS,
    ),
    Must(
        "WatchRole",
        "TeamQueue",
        ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
        _MANY_TEAMS,
    ),
    Must("RelayRole", "channels", ("secretsmanager:GetSecretValue",)),
    Must("RelayRole", "table", ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem")),
    Must("RelayRole", "UndeliveredQueue", ("sqs:SendMessage",)),
    Must("RelayRole", "key", ("kms:Decrypt",), _KEY, "secretsmanager"),
    Must("RelayRole", "key", ("kms:Decrypt",), _KEY, "dynamodb"),
    Must("RelayRole", "key", ("kms:Decrypt", "kms:GenerateDataKey"), _KEY, "sqs"),
    Must("WidgetRole", "table", ("dynamodb:Query",)),
    Must("WidgetRole", "key", ("kms:Decrypt",), _KEY, "dynamodb"),
)
"""Logs, and the network interfaces that Lambda makes with `SubnetIds`, are not among it."""

_URL_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
"""By partition; `amazonaws.com` in the others."""


def rights(stack: DeployedStack, client: Any, role: str, arn: str, queue: Callable[[str], str]) -> Rights:
    """What a role may not do of what it must, by all policies but those of the resources.

    `client` is IAM's, of which no types are here; `queue` names one by its logical id.
    """
    denied: list[str] = []
    unsure: list[str] = []
    missing: set[str] = set()
    for must in MUST:
        if must.role != role or not _is_wanted(must.when, stack.parameters):
            continue
        pages = client.get_paginator("simulate_principal_policy").paginate(
            PolicySourceArn=arn,
            ActionNames=must.actions,
            ResourceArns=[_resource(stack, must.on, queue)],
            ContextEntries=_context(stack, must, arn),
        )
        for each in (result for page in pages for result in page["EvaluationResults"]):
            if each["EvalDecision"] == "allowed":
                continue
            wanted = _missing(each)
            (unsure if wanted else denied).append(each["EvalActionName"])
            missing |= wanted
    return Rights(tuple(dict.fromkeys(denied)), tuple(dict.fromkeys(unsure)), tuple(sorted(missing)))


def _is_wanted(when: str | None, parameters: Mapping[str, str]) -> bool:
    if when is None:
        return True
    name, _, value = when.partition("=")
    found = parameters.get(name, "")
    return found == value if value else bool(found)


def _missing(result: Mapping[str, Any]) -> set[str]:
    """The condition keys without which IAM could not weigh a policy, as it lists them.

    Those of an organization's policies it does not list:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
    """
    answers: Iterable[Mapping[str, Any]] = (result, *result.get("ResourceSpecificResults", ()))
    return {key for each in answers for key in each.get("MissingContextValues", ())}


def _context(stack: DeployedStack, must: Must, arn: str) -> Sequence[Mapping[str, Any]]:
    """What a call from the function would tell IAM of itself: boundaries and organizations ask for it."""
    entries = [
        _entry("aws:RequestedRegion", "string", stack.region),
        _entry("aws:SecureTransport", "boolean", "true"),
        _entry("aws:PrincipalArn", "string", arn),
    ]
    if (must.role, must.on) == ("RelayRole", "table"):
        # It may touch only its own partitions.
        entries.append(_entry("dynamodb:LeadingKeys", "stringList", "relay#doctor"))
    if must.via is not None:
        suffix = _URL_SUFFIXES.get(arn.split(":")[1], "amazonaws.com")
        entries.append(_entry("kms:ViaService", "string", f"{must.via}.{stack.region}.{suffix}"))
    return entries


def _entry(name: str, kind: str, value: str) -> Mapping[str, Any]:
    return {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": [value]}


def _resource(stack: DeployedStack, on: str, queue: Callable[[str], str]) -> str:
    """What the role acts on."""
    _, partition, _, _, account, _ = stack.role.split(":", 5)

    def arn(service: str, name: str) -> str:
        return f"arn:{partition}:{service}:{stack.region}:{account}:{name}"

    # AWS ends the ARN of a secret with six characters, which only the secret itself knows.
    match on:
        case "accounts":
            return stack.secret(MAIN)
        case "accounts of a team":
            return arn("secretsmanager", f"secret:{stack.secret('doctor')}-XXXXXX")
        case "all secrets":
            return "*"
        case "channels":
            return arn("secretsmanager", f"secret:{stack.channels}-XXXXXX")
        case "table":
            return arn("dynamodb", f"table/{stack.table}")
        case "topic":
            return stack.topic
        case "key":
            return stack.parameters[_KEY]
        case "key of the accounts":
            return stack.parameters[_SECRET_KEY]
        case _:
            return arn("sqs", queue(on))
