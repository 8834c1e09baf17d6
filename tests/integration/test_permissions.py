"""Least privilege, proved: the roles allow what is done, and nothing in them can be left out.

What the program does is seen by a hook on its AWS clients (in every test: see conftest.py); what AWS itself
does with a role is worked out from the resources that make it do so.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from balancewatch_relay.adapters.memory import PARTITION
from tests.permissions import Call, as_list, called, is_allowed, noted
from tests.provider import listed
from tests.stack import ACCOUNT, NAME, REGION, Stack, arn, deployed
from tests.stage import stage

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY = f"arn:aws:kms:{REGION}:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_SECRET = f"arn:aws:secretsmanager:{REGION}:210987654321:secret:theirs-a1B2c3"
DEPLOYMENTS: Mapping[str, Mapping[str, str]] = {
    "as it comes": {},
    "with a key, in a network": {
        "KmsKeyArn": KEY,
        "SubnetIds": "subnet-0a1b2c3d",
        "SecurityGroupIds": "sg-0a1b2c3d",
        "Relay": "on",
    },
    "with a secret of another account": {"SecretArn": OTHER_SECRET, "SecretKmsKeyArn": OTHER_KEY},
    "with a topic that was there": {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:theirs", "Relay": "on"},
    "with many teams": {"Teams": "many"},
}
ROLES = [
    (deployment, role)
    for deployment, parameters in DEPLOYMENTS.items()
    for role in deployed(parameters).of_type("AWS::IAM::Role")
]


@pytest.fixture(scope="module")
def done() -> Collection[Call]:
    """Every call of runs in which all happens that can: news, a refused batch, an account that goes."""
    noted.clear()
    with stage() as on:
        on.provider.has("low", 4_000_000)
        on.provider.has("well", 40_000_000)
        accounts = [{"name": "a", "token": "low"}, {"name": "b", "token": "well"}]
        on.accounts(listed(on.provider, *accounts))
        on.tick()
        on.tick(fault=lambda operation, _: "refuse" if operation == "BatchWriteItem" else None)
        on.accounts(listed(on.provider, accounts[1]))
        on.tick()
        return called()


@dataclass(frozen=True)
class Needs:
    """What AWS does with the roles of one stack, so that it works as the template says."""

    stack: Stack

    def of(self, role: str, done: Iterable[Call]) -> set[Call]:
        """All that a role is used for; the program's own calls are the function's."""
        match role:
            case "ScheduleRole":
                return set(self._schedule())
            case "RelayRole":
                return {*self._relay(), *self._log("RelayFunction")}
            case "WidgetRole":
                return {*self._widget(), *self._log("WidgetFunction")}
            case _:
                moved = self._moved(done)
        return {*moved, *self._function(), *self._teams(), *self._network(), *self._keys()}

    def _moved(self, done: Iterable[Call]) -> Iterator[Call]:
        """The calls that were seen, on a topic and a secret that are not the stack's own."""
        plain = deployed().properties("WatchFunction")["Environment"]["Variables"]
        here = self.stack.properties("WatchFunction")["Environment"]["Variables"]
        places = {plain[name]: here[name] for name in ("BALANCEWATCH_TOPIC", "BALANCEWATCH_SECRET")}
        for call in done:
            yield Call(call.action, places.get(call.resource, call.resource), call.context)

    def _function(self) -> Iterator[Call]:
        yield from self._log("WatchFunction")
        invoke = self.stack.properties("WatchFunctionEventInvokeConfig")
        yield Call("sqs:SendMessage", invoke["DestinationConfig"]["OnFailure"]["Destination"])

    def _log(self, function: str) -> Iterator[Call]:
        group = self.stack.properties(function)["LoggingConfig"]["LogGroup"]
        stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:2026/11/22/1"
        yield Call("logs:CreateLogStream", stream)
        yield Call("logs:PutLogEvents", stream)

    def _relay(self) -> Iterator[Call]:
        """What the relay does (test_relay.py sees that), in partitions of its own."""
        yield Call(
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}/channels-a1B2c3",
        )
        table, partition = self._table(), (("dynamodb:leadingkeys", f"{PARTITION}0123abcd"),)
        yield Call("dynamodb:BatchGetItem", table, partition)
        yield Call("dynamodb:BatchWriteItem", table, partition)
        invoke = self.stack.properties("RelayFunctionEventInvokeConfig")
        yield Call("sqs:SendMessage", invoke["DestinationConfig"]["OnFailure"]["Destination"])
        if key := self.stack.properties("UndeliveredQueue").get("KmsMasterKeyId"):
            for service in ("secretsmanager", "dynamodb", "sqs"):
                yield _through(service, "Decrypt", key)
            yield _through("sqs", "GenerateDataKey", key)

    def _widget(self) -> Iterator[Call]:
        """What the widget does: test_widget.py sees that."""
        yield Call("dynamodb:Query", self._table())
        if key := self.stack.properties("Table").get("SSESpecification", {}).get("KMSMasterKeyId"):
            yield _through("dynamodb", "Decrypt", key)

    def _table(self) -> str:
        variables = self.stack.properties("WatchFunction")["Environment"]["Variables"]
        return arn("AWS::DynamoDB::Table", variables["BALANCEWATCH_TABLE"])

    def _teams(self) -> Iterator[Call]:
        """What the program does (test_teams.py sees that), and what Lambda does to read the queue."""
        if "TeamQueue" in self.stack.resources:
            secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}/accounts/shop-a1B2c3"
            yield Call("secretsmanager:ListSecrets", "*")
            yield Call("secretsmanager:GetSecretValue", secret)
            yield Call("secretsmanager:DescribeSecret", secret)
            queue = self.stack.properties("TeamSource")["EventSourceArn"]
            for action in ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
                yield Call(f"sqs:{action}", queue)

    def _network(self) -> Iterator[Call]:
        if "VpcConfig" in self.stack.properties("WatchFunction"):
            here = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
            yield Call("ec2:DescribeNetworkInterfaces", "*")
            yield Call("ec2:DescribeSubnets", "*")
            yield Call(
                "ec2:CreateNetworkInterface", f"arn:aws:ec2:{REGION}:210987654321:subnet/subnet-0a1b2c3d"
            )
            yield Call("ec2:CreateNetworkInterface", f"{here}:security-group/sg-0a1b2c3d")
            yield Call("ec2:CreateNetworkInterface", f"{here}:network-interface/*")
            for action in (
                "DeleteNetworkInterface",
                "AssignPrivateIpAddresses",
                "UnassignPrivateIpAddresses",
            ):
                yield Call(f"ec2:{action}", f"{here}:network-interface/eni-1")

    def _keys(self) -> Iterator[Call]:
        """The keys under which lies what the function reads and sends."""
        resources = self.stack.resources
        secret = resources["Secret"]["Properties"].get("KmsKeyId") if "Secret" in resources else OTHER_KEY
        topic = resources["Topic"]["Properties"].get("KmsMasterKeyId") if "Topic" in resources else None
        table = resources["Table"]["Properties"].get("SSESpecification", {}).get("KMSMasterKeyId")
        queue = resources["FailureQueue"]["Properties"].get("KmsMasterKeyId")
        for service, key in (("secretsmanager", secret), ("dynamodb", table), ("sns", topic), ("sqs", queue)):
            if key:
                yield _through(service, "Decrypt", key)
        for service, key in (("sns", topic), ("sqs", queue)):
            if key:
                yield _through(service, "GenerateDataKey", key)

    def _schedule(self) -> Iterator[Call]:
        schedule = self.stack.properties("WatchFunctionSchedule")
        yield Call("lambda:InvokeFunction", schedule["Target"]["Arn"])
        yield Call("sqs:SendMessage", schedule["Target"]["DeadLetterConfig"]["Arn"])
        if key := schedule.get("KmsKeyArn"):
            of = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/test-WatchFunctionSchedule-1"
            yield Call("kms:Decrypt", key, (("kms:encryptioncontext:aws:scheduler:schedule:arn", of),))
        if key := self.stack.properties("FailureQueue").get("KmsMasterKeyId"):
            yield _through("sqs", "Decrypt", key)
            yield _through("sqs", "GenerateDataKey", key)


def _through(service: str, action: str, key: str) -> Call:
    return Call(f"kms:{action}", key, (("kms:viaservice", f"{service}.{REGION}.amazonaws.com"),))


@pytest.mark.parametrize(("deployment", "role"), ROLES)
def test_a_role_allows_all_that_it_is_used_for(deployment: str, role: str, done: Collection[Call]) -> None:
    stack = deployed(DEPLOYMENTS[deployment])
    needs = Needs(stack).of(role, done)
    assert needs
    assert {call for call in needs if not is_allowed(call, stack.statements(role))} == set()


@pytest.mark.parametrize(("deployment", "role"), ROLES)
def test_nothing_in_a_role_can_be_left_out(deployment: str, role: str, done: Collection[Call]) -> None:
    """Without any one action of any one statement, something that is done is not allowed."""
    stack = deployed(DEPLOYMENTS[deployment])
    needs = Needs(stack).of(role, done)
    statements = stack.statements(role)
    for at, statement in enumerate(statements):
        for action in as_list(statement["Action"]):
            fewer = [each for each in as_list(statement["Action"]) if each != action]
            rest = [*statements[:at], {**statement, "Action": fewer}, *statements[at + 1 :]]
            missed = [call for call in needs if not is_allowed(call, rest)]
            assert missed, f"{role} does not need {action} of {statement['Sid']}"


@pytest.mark.parametrize(("deployment", "role"), ROLES)
def test_every_service_through_which_a_key_is_used_is_one_that_uses_it(
    deployment: str, role: str, done: Collection[Call]
) -> None:
    stack = deployed(DEPLOYMENTS[deployment])
    used = {value for call in Needs(stack).of(role, done) for key, value in call.context if "via" in key}
    named = {
        service
        for statement in stack.statements(role)
        for service in as_list(
            statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", [])
        )
    }
    assert named == used


def test_the_code_of_the_function_cannot_touch_the_network() -> None:
    """AWS names the function in each call of its code, and in none that Lambda makes with its role."""
    statements = deployed(DEPLOYMENTS["with a key, in a network"]).statements("WatchRole")
    by_code = (
        ("lambda:sourcefunctionarn", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:test-WatchFunction"),
    )
    for resource in ("*", f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/eni-1"):
        for statement in statements:
            for action in as_list(statement["Action"]):
                if action.startswith("ec2:"):
                    assert not is_allowed(Call(action, resource, by_code), statements)


DEMANDED = {"FindNetwork", "JoinNetwork", "FindTeams"}
"""Where AWS knows no narrower resource, or Lambda insists on all."""
UNCONDITIONAL = {"FindTeams"}
"""Where AWS knows no condition either."""
OWN = (":log-group:", f":secret:{NAME}/accounts/*", f":secret:{NAME}/channels-")
"""What is the stack's own by the beginning of its name."""


@pytest.mark.parametrize(("deployment", "role"), ROLES)
def test_wildcards_stand_only_where_aws_demands_them_and_have_a_condition(deployment: str, role: str) -> None:
    for statement in deployed(DEPLOYMENTS[deployment]).statements(role):
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        wild = [
            each
            for each in as_list(statement["Resource"])
            if "*" in each and not any(own in each for own in OWN)
        ]
        sid = statement["Sid"]
        assert not wild or (sid in DEMANDED and (sid in UNCONDITIONAL or statement["Condition"])), wild


def test_a_call_that_no_statement_allows_is_noticed(done: Collection[Call]) -> None:
    """What the check of every test rests on: without permission for what they do, tests fail."""
    assert {call.action for call in done} == {
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "secretsmanager:GetSecretValue",
        "sns:ListSubscriptionsByTopic",
        "sns:Publish",
    }
    statements: list[Any] = deployed().statements("WatchRole")
    for call in done:
        without = [each for each in statements if call.action not in as_list(each["Action"])]
        assert not is_allowed(call, without)
        elsewhere = Call(call.action, call.resource.replace(ACCOUNT, "210987654321"))
        assert not is_allowed(elsewhere, statements)
