"""Every permission in the template as rows for people: who may do what, on what, when, and why.

The reason is the comment at the statement's `Sid`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.permissions import as_list
from tests.stack import ROOT
from tests.translation import Template, parse

_CONDITIONS = {
    "HasDashboard": "with `Dashboard`",
    "HasKmsKey": "with `KmsKeyArn`",
    "HasSecretKmsKey": "with `SecretKmsKeyArn`",
    "IsInNetwork": "with `SubnetIds`",
    "ManyTeams": "with `Teams=many`",
    "HasRelay": "with `Relay`",
    "HasSubscriptions": "without `TopicArn`, or with `Relay`",
    "OwnTopic": "without `TopicArn`",
}
_POLICIES = ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")


_PLACES = {
    "AccountId": "ACCOUNT",
    "Partition": "aws",
    "Region": "REGION",
    "StackName": "STACK",
    "URLSuffix": "amazonaws.com",
}


@dataclass(frozen=True, slots=True)
class Right:
    """One statement; `who` may act, `when` is empty for always."""

    who: str
    sid: str
    is_denial: bool
    actions: tuple[str, ...]
    on: str
    condition: str
    when: str
    why: str


def rights() -> list[Right]:
    """All rights, in the order of the template. Raises `KeyError` for a statement without a reason."""
    path = ROOT / "template.yaml"
    template = parse(path)
    reasons = dict(re.findall(r"- Sid: (\w+)  # (.+)", path.read_text("utf-8")))
    return [
        Right(
            who=who,
            sid=statement["Sid"],
            is_denial=statement["Effect"] == "Deny",
            actions=tuple(as_list(statement["Action"])),
            on=_shown(statement.get("Resource", {"Ref": role})),
            condition=_condition(statement.get("Condition", {})),
            when=_CONDITIONS[when] if when else "",
            why=reasons[statement["Sid"]],
        )
        for role, who, when, statement in _statements(template)
    ]


def _statements(template: Template) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Resource, who acts, condition, statement."""
    for logical_id, resource in template["Resources"].items():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::IAM::Role":
            for statement in properties["AssumeRolePolicyDocument"]["Statement"]:
                yield logical_id, _principal(statement), "", statement
            for policy in properties["Policies"]:
                always = resource.get("Condition", "")
                when, held = (always, policy) if "PolicyName" in policy else policy["Fn::If"][:2]
                for statement in held["PolicyDocument"]["Statement"]:
                    yield logical_id, logical_id, when, statement
        elif resource["Type"] == "AWS::IAM::Policy":
            (role,) = properties["Roles"]
            for statement in properties["PolicyDocument"]["Statement"]:
                yield role["Ref"], role["Ref"], resource.get("Condition", ""), statement
        elif resource["Type"] in _POLICIES:
            for statement in properties["PolicyDocument"]["Statement"]:
                yield logical_id, _principal(statement), resource.get("Condition", ""), statement


def _principal(statement: Mapping[str, Any]) -> str:
    principal = statement["Principal"]
    return "anyone" if principal == "*" else str(principal["Service"])


def _shown(value: Any) -> str:
    """A value of the template in a few words."""
    match value:
        case {"Ref": "AWS::AccountId"}:
            return "`ACCOUNT`"
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            return f"`{name}`"
        case {"Fn::Sub": str(text)}:
            return "`" + re.sub(r"\$\{AWS::(\w+)\}", lambda found: _PLACES[found[1]], text) + "`"
        case {"Fn::If": [_, one, other]}:
            return f"{_shown(one)} or {_shown(other)}"
        case list():
            return ", ".join(map(_shown, value))
        case _:
            return f"`{value}`"


def _condition(conditions: Mapping[str, Mapping[str, Any]]) -> str:
    return "; ".join(
        f"no `{key}`" if operator == "Null" else f"`{key}` is {_shown(wanted)}"
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )
