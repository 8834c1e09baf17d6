"""Every finding of the doctor: what is ok says so, and what is not says what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from balancewatch.core.fields import Problem
from balancewatch.core.reading import Balance, Exchange, Failure, Reason
from balancewatch_cli.channels.todos import Tried
from balancewatch_cli.doctor.examination import limit
from balancewatch_cli.doctor.facts import (
    Alarm,
    ChannelFact,
    Facts,
    Queue,
    Relay,
    Rights,
    Subscription,
    Texting,
    TopicTest,
    Unknown,
)
from balancewatch_cli.doctor.findings import findings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIRMED = Subscription("email", "arn:aws:sns:us-east-1:1:t:1")
WELL = Facts(
    now=NOW,
    interval=timedelta(minutes=15),
    readings={"prod": Balance(Decimal(5), "USD", Exchange(NOW, 90))},
    problems=(),
    checked_at=NOW - timedelta(minutes=60),
    schedule="ENABLED",
    rights={"the function": Rights(), "the relay": Rights()},
    subscriptions=[CONFIRMED],
    texting=None,
    alarms=[Alarm("FailedRuns", "OK", True), Alarm("NoCompletedRun", "OK", True)],
    relay=Relay("Active", is_subscribed=True),
    channels=[ChannelFact("#1", is_enabled=True), ChannelFact("#2 (ops)", is_enabled=False)],
    queues=[Queue("undelivered messages", "q", 0)],
)


def test_a_stack_that_is_well_has_nothing_to_do() -> None:
    found = findings(WELL)
    assert [each.todo for each in found] == [None] * 11
    assert [each.words for each in found] == [
        "enabled",
        "by its role the function may do what it must",
        "by its role the relay may do what it must",
        "its provider told the balance",
        "60 min ago",
        "confirmed",
        "hears the topic",
        "can be used",
        "is switched off",
        "none",
        "2 would tell the topic, and none rings",
    ]


@pytest.mark.parametrize(
    ("fact", "what", "words"),
    [
        ({"schedule": "DISABLED"}, "schedule", "disabled"),
        ({"rights": {"the function": Rights(("sns:Publish",))}}, "permissions", "may not do sns:Publish"),
        (
            {"rights": {"the relay": Rights(("a:B", "c:D"))}},
            "permissions of the relay",
            "may not do a:B, c:D",
        ),
        (
            {"rights": {"the relay": Rights((), ("a:B",), ("aws:X",))}},
            "permissions of the relay",
            "could not be looked at",
        ),
        ({"rights": {"the widget": Unknown("ask")}}, "permissions of the widget", "could not be looked at"),
        ({"relay": Relay("Failed", is_subscribed=True)}, "relay", "is failed"),
        ({"relay": Relay("Inactive", is_subscribed=False)}, "relay", "does not hear the topic"),
        ({"relay": Unknown("ask")}, "relay", "could not be looked at"),
        ({"channels": Unknown("ask")}, "channels", "could not be looked at"),
        ({"channels": ()}, "channels", "there are none"),
        ({"channels": [ChannelFact("#1", True, ("`url` is wrong",))]}, "channel #1", "`url` is wrong"),
        (
            {"channels": [ChannelFact("#1", True, (), Tried("#1", "it answers HTTP 404"))]},
            "channel #1",
            "it answers HTTP 404",
        ),
        (
            {"queues": [Queue("undelivered messages", "q", 3)]},
            "undelivered messages",
            "3 wait in",
        ),
        ({"queues": Unknown("ask")}, "queues", "could not be looked at"),
        ({"topic_test": TopicTest("confirm a subscription")}, "test to the topic", "not published"),
        ({"checked_at": None}, "last run", "was ever checked"),
        ({"checked_at": NOW - timedelta(minutes=61)}, "last run", "61 min ago, which is too long"),
        ({"readings": {}}, "accounts", "there are none"),
        ({"readings": {"a": Failure(Reason.UNAUTHORIZED, "no")}}, "account a", "unauthorized: no"),
        ({"readings": {}, "problems": [Problem("a", "unit", "is wrong")]}, "account a", "`unit` is wrong"),
        ({"subscriptions": []}, "subscriptions", "nobody gets the messages"),
        (
            {"subscriptions": [CONFIRMED, Subscription("email", "PendingConfirmation")]},
            "subscription by email",
            "not confirmed yet",
        ),
        (
            {"subscriptions": [CONFIRMED, Subscription("email", "Deleted")]},
            "subscription by email",
            "deleted",
        ),
        ({"texting": Texting(True, Decimal(20))}, "text messages", "sandbox"),
        ({"texting": Texting(False, Decimal(1))}, "text messages", "at most 1 USD"),
        ({"texting": Texting(False, Decimal(0))}, "text messages", "nothing may be spent"),
        ({"texting": Texting(False, Unknown("look"))}, "text messages", "could not be read"),
        ({"texting": Unknown("ask for sns:GetSMSAttributes")}, "text messages", "could not be looked at"),
        ({"alarms": []}, "alarms", "none tells the topic"),
        ({"alarms": [Alarm("FailedRuns", "ALARM", True)]}, "alarm FailedRuns", "rings"),
        ({"alarms": [Alarm("FailedRuns", "OK", False)]}, "alarm FailedRuns", "is switched off"),
    ],
)
def test_what_is_wrong_is_one_line_with_what_to_do(fact: dict[str, object], what: str, words: str) -> None:
    (found,) = [each for each in findings(replace(WELL, **fact)) if each.todo]  # type: ignore[arg-type]
    assert found.what == what
    assert words in found.words


def test_a_stack_without_a_relay_has_no_line_about_channels() -> None:
    found = findings(replace(WELL, relay=None, channels=()))
    assert not [each for each in found if "channel" in each.what or each.what == "relay"]


def test_what_was_sent_is_said_line_by_line() -> None:
    tried = [ChannelFact("#1", True, (), Tried("#1", None))]
    found = {each.what: each for each in findings(replace(WELL, channels=tried, topic_test=TopicTest(None)))}
    assert found["channel #1"].words == "it took the test"
    assert found["test to the topic"].words.startswith("published: look whether it came")
    assert {each.todo for each in found.values()} == {None}


def test_an_amount_that_can_be_spent_is_said() -> None:
    found = findings(replace(WELL, texting=Texting(False, Decimal(20))))
    assert "at most 20 USD a month" in [each.words for each in found if each.todo is None]


def test_what_iam_could_not_weigh_is_told_beside_what_it_denies() -> None:
    rights = Rights(("sns:Publish",), ("kms:Decrypt",), ("aws:SourceVpc",))
    denied, unsure = [
        each for each in findings(replace(WELL, rights={"the function": rights})) if each.todo is not None
    ]
    assert denied.words == "the function may not do sns:Publish"
    assert "aws:SourceVpc" in str(unsure.todo)
    assert "kms:Decrypt" in str(unsure.todo)


def test_what_was_not_looked_at_in_a_network_is_said() -> None:
    found = {each.what: each.words for each in findings(replace(WELL, is_in_network=True))}
    assert found["permissions"].endswith("whether it may join your network was not looked at")
    assert found["permissions of the relay"].endswith("may do what it must")


@pytest.mark.parametrize(
    ("told", "expected"), [(None, Decimal(1)), ("0", Decimal(0)), ("20.5", Decimal("20.5"))]
)
def test_a_limit_is_what_aws_tells_or_its_default(told: str | None, expected: Decimal) -> None:
    assert limit(told) == expected


@pytest.mark.parametrize("told", ["", "x", "NaN", "Infinity"])
def test_a_limit_that_cannot_be_read_is_not_zero(told: str) -> None:
    assert isinstance(limit(told), Unknown)
