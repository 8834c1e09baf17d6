"""Every finding of the doctor: what is ok says so, and what is not says what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from balancewatch.core.fields import Problem
from balancewatch.core.reading import Balance, Exchange, Failure, Reason
from balancewatch_cli.doctor import Alarm, Facts, Subscription, Texting, Unknown, findings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONFIRMED = Subscription("email", "arn:aws:sns:us-east-1:1:t:1")
WELL = Facts(
    now=NOW,
    interval=timedelta(minutes=15),
    readings={"prod": Balance(Decimal(5), "USD", Exchange(NOW, 90))},
    problems=(),
    checked_at=NOW - timedelta(minutes=60),
    schedule="ENABLED",
    denied=[],
    subscriptions=[CONFIRMED],
    texting=None,
    alarms=[Alarm("FailedRuns", "OK", True), Alarm("NoCompletedRun", "OK", True)],
)


def test_a_stack_that_is_well_has_nothing_to_do() -> None:
    found = findings(WELL)
    assert [each.todo for each in found] == [None] * 6
    assert [each.words for each in found] == [
        "enabled",
        "the function may do what it must",
        "its provider told the balance",
        "60 min ago",
        "confirmed",
        "2 would tell the topic, and none rings",
    ]


@pytest.mark.parametrize(
    ("fact", "what", "words"),
    [
        ({"schedule": "DISABLED"}, "schedule", "disabled"),
        ({"denied": ["sns:Publish"]}, "permissions", "may not do sns:Publish"),
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
        ({"texting": Texting(True, "20")}, "text messages", "sandbox"),
        ({"texting": Texting(False, None)}, "text messages", "at most 1 USD"),
        ({"texting": Texting(False, "x")}, "text messages", "nothing may be spent"),
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


def test_an_amount_that_can_be_spent_is_said() -> None:
    found = findings(replace(WELL, texting=Texting(False, "20")))
    assert "at most 20 USD a month" in [each.words for each in found if each.todo is None]
