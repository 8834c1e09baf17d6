"""Many notifications in one run: one message, or few, and never one that SNS would refuse."""

import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from balancewatch.core.account import Language
from balancewatch.core.digest import LARGEST, digest, digests, worst_first
from balancewatch.core.notice import Kind
from balancewatch.core.notification import Notification
from balancewatch.core.sms import fits
from balancewatch.core.state import Status
from balancewatch.core.verdict import Severity
from tests.examples import examples
from tests.pages import ROOT

SCHEMA: Any = json.loads((ROOT / "docs/notification.schema.json").read_text("utf-8"))
EXAMPLES = dict(examples(Language.EN))
LOW, UNREACHABLE = EXAMPLES["low, on its first day"], EXAMPLES["cannot be read"]


def many(notification: Notification, count: int, **changes: Any) -> list[Notification]:
    return [
        replace(notification, id=f"{name}-{notification.id}", account=name, title=name, **changes)
        for name in (f"{notification.kind}-{number:03}" for number in range(count))
    ]


def test_one_outage_is_one_paragraph_that_names_every_account() -> None:
    message = digest(many(UNREACHABLE, 30))
    assert message.subject == "[warning] 30 messages: 30 cannot be read"
    assert len(re.findall("api.laozhang.ai cannot be read", message.email)) == 1
    assert all(f"unreachable-{number:03} (last known: 50.00 USD)" in message.email for number in range(30))


def test_failures_of_another_host_or_reason_are_another_paragraph() -> None:
    message = digest([*many(UNREACHABLE, 3), *many(UNREACHABLE, 2, host="elsewhere.example.com")])
    assert "3 accounts at api.laozhang.ai" in message.email
    assert "2 accounts at elsewhere.example.com" in message.email


def test_the_worst_comes_first_and_what_failed_last_time_last() -> None:
    listed = [
        replace(LOW, account="again", is_again=True, severity=Severity.CRITICAL),
        EXAMPLES["topped up, on its first day"],
        LOW,
        replace(LOW, account="worst", severity=Severity.CRITICAL),
    ]
    assert [each.account for each in worst_first(listed)] == ["worst", "production", "production", "again"]
    assert [each.status for each in worst_first(listed)][1:3] == [Status.FIRING, Status.RESOLVED]


@pytest.mark.parametrize(("largest", "unreachable"), [(LARGEST, 200), (20_000, 200), (1, 20)])
def test_a_digest_is_cut_before_it_is_too_large_and_every_notification_is_in_one(
    largest: int, unreachable: int
) -> None:
    listed = worst_first([*many(LOW, 60, raw={"figure": "9" * 40}), *many(UNREACHABLE, unreachable)])
    told: list[str] = []
    for message, count in digests(listed, largest):
        assert count == 1 or message.size <= largest
        told += [each["id"] for each in json.loads(message.payload)["notifications"]]
    assert told == [each.id for each in listed]


def test_a_digest_keeps_to_the_published_schema_and_to_the_channels_limits() -> None:
    message = digest([*many(LOW, 60), *many(UNREACHABLE, 200)])
    jsonschema.validate(json.loads(message.payload), SCHEMA)
    assert len(message.subject) <= 99
    assert fits(message.sms)


def test_attributes_are_the_worst_and_the_union() -> None:
    listed = [
        *many(LOW, 2, labels=("payments",)),
        *many(EXAMPLES["topped up"], 1, severity=Severity.CRITICAL, labels=("web", "payments")),
        replace(UNREACHABLE, provider="aihubmix"),
    ]
    attributes = digest(listed).attributes
    assert (attributes["severity"], attributes["status"]) == ("critical", "firing")
    assert attributes["kind"] == (Kind.LOW_BALANCE, Kind.UNREACHABLE)
    assert attributes["provider"] == ("laozhang", "aihubmix")
    assert attributes["labels"] == ("payments", "web")


def test_only_ends_are_marked_as_an_end() -> None:
    assert (
        digest(many(EXAMPLES["topped up"], 6, severity=Severity.WARNING)).subject
        == "[resolved] 6 messages: 6 well again"
    )


def test_the_language_is_that_of_most_accounts() -> None:
    chinese = dict(examples(Language.ZH))
    message = digest([*many(LOW, 2), *many(chinese["cannot be read"], 4)])
    assert message.subject.startswith("[警告] 6 ")
    assert message.subject.endswith("2 个余额偏低、4 个无法查询")
    assert fits(message.sms)
