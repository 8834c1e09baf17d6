"""The stack that CloudFormation would make of the template: conditions, references and functions worked out.

Offline and without credentials. What AWS names itself is named after its logical id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.translation import Template, translate

ROOT = Path(__file__).parent.parent
WIDEST: Mapping[str, str] = {"Teams": "many", "Relay": "on"}
"""Parameters under which every resource is made, and the function may do most."""
ACCOUNT, REGION, NAME = "123456789012", "us-east-1", "test"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{NAME}/1",
    "AWS::StackName": NAME,
    "AWS::URLSuffix": "amazonaws.com",
}
_ARNS = {
    "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
}
_REF_IS_ARN = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret"}
_ABSENT = object()
"""What `AWS::NoValue` stands for."""


@dataclass(frozen=True)
class Stack:
    """What is made: resources by logical id, without those whose condition does not hold; and outputs."""

    resources: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Any]

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.resources[logical_id]["Properties"]
        return found

    def of_type(self, resource_type: str) -> Mapping[str, Mapping[str, Any]]:
        """The properties of all resources of one type, by logical id."""
        return {
            logical_id: each["Properties"]
            for logical_id, each in self.resources.items()
            if each["Type"] == resource_type
        }

    def statements(self, role: str) -> list[Mapping[str, Any]]:
        """What a role may do, by its own policies and by those that name it."""
        named = [
            each for each in self.of_type("AWS::IAM::Policy").values() if f"{NAME}-{role}" in each["Roles"]
        ]
        return [
            statement
            for policy in [*self.properties(role)["Policies"], *named]
            for statement in policy["PolicyDocument"]["Statement"]
        ]


@cache
def translated() -> Template:
    return translate(ROOT / "template.yaml")


def arn(resource_type: str, name: str) -> str:
    """The ARN of a resource of this type in the stack's account."""
    return "arn:aws:" + _ARNS[resource_type].format(region=REGION, account=ACCOUNT, name=name)


def deployed(parameters: Mapping[str, str] | None = None) -> Stack:
    """The stack for these parameters; the others have their defaults."""
    return _made(frozenset((parameters or {}).items()))


@cache
def _made(parameters: frozenset[tuple[str, str]]) -> Stack:
    making = _Making(translated(), dict(parameters))
    resources = {
        logical_id: making.worked_out(resource)
        for logical_id, resource in translated()["Resources"].items()
        if making.holds(resource.get("Condition"))
    }
    outputs = {
        name: making.worked_out(output["Value"])
        for name, output in translated()["Outputs"].items()
        if making.holds(output.get("Condition"))
    }
    return Stack(resources, outputs)


def refused(parameters: Mapping[str, str]) -> list[str]:
    """Why CloudFormation refuses these parameters by the template's rules."""
    making = _Making(translated(), parameters)
    return [
        assertion["AssertDescription"]
        for rule in translated()["Rules"].values()
        if making.worked_out(rule["RuleCondition"])
        for assertion in rule["Assertions"]
        if not making.worked_out(assertion["Assert"])
    ]


class _Making:
    """Works out values of one template for one set of parameters."""

    def __init__(self, template: Template, parameters: Mapping[str, str]) -> None:
        unknown = parameters.keys() - template["Parameters"].keys()
        assert not unknown, f"the template has no parameter {unknown}"
        self._template = template
        self._values = {name: each["Default"] for name, each in template["Parameters"].items()} | dict(
            parameters
        )

    def holds(self, condition: str | None) -> bool:
        return condition is None or bool(self.worked_out(self._template["Conditions"][condition]))

    def worked_out(self, value: Any) -> Any:
        match value:
            case {"Ref": str(name)} if len(value) == 1:
                return self._ref(name)
            case {"Condition": str(name)} if len(value) == 1:
                return self.holds(name)
            case dict() if len(value) == 1 and (function := next(iter(value))).startswith("Fn::"):
                return self._called(function, value[function])
            case dict():
                return self._present({key: self.worked_out(each) for key, each in value.items()})
            case list():
                return [found for each in value if (found := self.worked_out(each)) is not _ABSENT]
            case _:
                return value

    def _present(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        return {key: each for key, each in found.items() if each is not _ABSENT}

    def _called(self, function: str, given: Any) -> Any:  # noqa: C901  # one case a function
        if function == "Fn::If":
            return self.worked_out(given[1] if self.holds(given[0]) else given[2])
        if function == "Fn::GetAtt":
            return self._attribute(*given)
        if function == "Fn::Sub":
            return self._filled(given)
        values = [self.worked_out(each) for each in given]
        match function:
            case "Fn::Equals":
                return values[0] == values[1]
            case "Fn::Not":
                return not values[0]
            case "Fn::And":
                return all(values)
            case "Fn::Or":
                return any(values)
            case "Fn::FindInMap":
                mapping, top, second = values
                return self._template["Mappings"][mapping][top][second]
            case "Fn::Split":
                return values[1].split(values[0])
            case "Fn::Join":
                return values[0].join(values[1])
            case _:
                raise AssertionError(function)

    def _filled(self, given: Any) -> str:
        text, own = (given, {}) if isinstance(given, str) else given

        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in own:
                return str(self.worked_out(own[name]))
            return str(self._attribute(*name.split(".", 1)) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _ABSENT
        if name in _PSEUDO or name in self._values:
            return _PSEUDO.get(name) or self._values[name]
        kind = self._made(name)
        return arn(kind, f"{NAME}-{name}") if kind in _REF_IS_ARN else f"{NAME}-{name}"

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self._made(name)
        return arn(kind, f"{NAME}-{name}") if attribute in {"Arn", "Id"} else f"{NAME}-{name}"

    def _made(self, name: str) -> str:
        """The type of a resource, which must be one that is made."""
        resource = self._template["Resources"][name]
        assert self.holds(resource.get("Condition")), f"{name} is referred to, and is not made"
        return str(resource["Type"])
