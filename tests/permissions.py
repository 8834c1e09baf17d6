"""What the program asks of AWS, as IAM sees it, and whether a role's statements allow it.

Calls are noted by an event of botocore, before anything is sent, and only those of the program's own clients.
"""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import botocore.handlers

from tests.stack import ACCOUNT, REGION, arn, deployed

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """An action on a resource, with what conditions ask about (keys in lower case)."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Names:
    """What the environment calls the stack's own things: tests make them under other names."""

    table: str
    topic: str
    secret: str

    def of_stack(self, call: Call) -> Call:
        """The call with the names that the stack has for these."""
        stack = deployed().properties("WatchFunction")["Environment"]["Variables"]
        pairs = (
            (
                arn("AWS::DynamoDB::Table", self.table),
                arn("AWS::DynamoDB::Table", stack["BALANCEWATCH_TABLE"]),
            ),
            (self.topic, stack["BALANCEWATCH_TOPIC"]),
            (self.secret, stack["BALANCEWATCH_SECRET"]),
        )
        return Call(call.action, dict(pairs).get(call.resource, call.resource), call.context)


_ACTIONS = {"SendMessageBatch": "SendMessage"}
"""Operations that IAM knows by another name."""

noted: set[tuple[Call, _Names]] = set()
"""Every call of the program since this was last cleared."""


def note_calls() -> None:
    """Note calls from now on, in every session that is made."""
    botocore.handlers.BUILTIN_HANDLERS.append(("provide-client-params", _note))


def called() -> set[Call]:
    """The noted calls, on the stack's own names."""
    return {names.of_stack(call) for call, names in noted}


def _note(params: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
    if "balancewatch/" not in (context["client_config"].user_agent_extra or ""):
        return
    service = model.service_model.endpoint_prefix
    action = f"{service}:{_ACTIONS.get(model.name, model.name)}"
    names = _Names(*(os.environ.get(f"BALANCEWATCH_{name}", "") for name in ("TABLE", "TOPIC", "SECRET")))
    noted.update((Call(action, resource), names) for resource in _resources(service, params))


def _resources(service: str, params: Mapping[str, Any]) -> Iterable[str]:
    match service:
        case "dynamodb":
            tables: Collection[str] = params.get("RequestItems") or [params["TableName"]]
            return [arn("AWS::DynamoDB::Table", table) for table in tables]
        case "secretsmanager":
            return [params.get("SecretId", "*")]
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
        case _:
            raise AssertionError(operator)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
