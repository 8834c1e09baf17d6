"""What the program asks of AWS, as IAM sees it, and whether a role's statements allow it.

Calls are noted by an event of botocore, before anything is sent, and only those of the program's own clients.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import botocore.handlers

from tests.stack import ACCOUNT, REGION, WIDEST, arn, deployed

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """An action on a resource, with what conditions ask about (keys in lower case)."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


_VARIABLES = {"dynamodb": "TABLE", "secretsmanager": "SECRET", "sns": "TOPIC", "sqs": "TEAM_QUEUE"}
"""Where the environment names what is called at each service: tests make it under names of their own."""


def _of_stack(call: Call, named: str) -> Call:
    """The call on what the stack made, where it is on what the environment named so."""
    service = call.action.partition(":")[0]
    stack = deployed(WIDEST).properties("WatchFunction")["Environment"]["Variables"]
    place, _, name = call.resource.rpartition(_separator(call.resource))
    if name != _last(named):
        return call
    made = _last(stack[f"BALANCEWATCH_{_VARIABLES[service]}"])
    return Call(call.action, f"{place}{_separator(call.resource)}{made}", call.context)


def _separator(resource: str) -> str:
    return "/" if ":table/" in resource else ":"


def _last(name: str) -> str:
    """The name at the end of an ARN or a URL."""
    return name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


_ACTIONS = {"SendMessageBatch": "SendMessage"}
"""Operations that IAM knows by another name."""

noted: set[tuple[Call, str]] = set()
"""Every call of the program since this was last cleared, and what the environment named at its service."""


def note_calls() -> None:
    """Note calls from now on, in every session that is made."""
    botocore.handlers.BUILTIN_HANDLERS.append(("provide-client-params", _note))


def called() -> set[Call]:
    """The noted calls, on the stack's own names."""
    return {_of_stack(call, named) for call, named in noted}


def _note(params: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
    if "balancewatch/" not in (context["client_config"].user_agent_extra or ""):
        return
    service = model.service_model.endpoint_prefix
    action = f"{service}:{_ACTIONS.get(model.name, model.name)}"
    named = os.environ.get(f"BALANCEWATCH_{_VARIABLES.get(service)}", "")
    noted.update((Call(action, resource), named) for resource in _resources(service, params))


def _resources(service: str, params: Mapping[str, Any]) -> Iterable[str]:
    match service:
        case "dynamodb":
            tables: Collection[str] = params.get("RequestItems") or [params["TableName"]]
            return [arn("AWS::DynamoDB::Table", table) for table in tables]
        case "secretsmanager":
            secret = params.get("SecretId", "*")
            is_name = secret != "*" and not secret.startswith("arn:")
            return [arn("AWS::SecretsManager::Secret", secret) if is_name else secret]
        case "sns":
            return [params["TopicArn"]]
        case "sqs":
            return [f"arn:aws:sqs:{REGION}:{ACCOUNT}:{params['QueueUrl'].rsplit('/', 1)[-1]}"]
        case _:
            raise AssertionError(f"which resource does {service} call? Say it in tests/permissions.py")


def is_allowed(call: Call, statements: Iterable[Statement]) -> bool:
    """Whether at least one of the statements, all of which allow, allows the call."""
    return any(_covers(statement, call) for statement in statements)


def _covers(statement: Statement, call: Call) -> bool:
    assert statement["Effect"] == "Allow", "denials are not worked out here"
    return (
        any(fnmatchcase(call.action, pattern) for pattern in as_list(statement["Action"]))
        and any(fnmatchcase(call.resource, pattern) for pattern in as_list(statement["Resource"]))
        and all(
            _meets(operator, dict(call.context).get(key.lower()), as_list(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _meets(operator: str, found: str | None, wanted: list[str]) -> bool:
    match operator:
        case "Null":
            return (found is None) == (wanted == ["true"])
        case "StringEquals":
            return found in wanted
        case "ArnLike" | "StringLike":
            return found is not None and any(fnmatchcase(found, pattern) for pattern in wanted)
        case "ForAllValues:StringLike":
            return found is None or any(fnmatchcase(found, pattern) for pattern in wanted)
        case _:
            raise AssertionError(operator)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
