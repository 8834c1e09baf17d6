"""The weekly report on moto's AWS: once a week, neither lost nor doubled, whatever fails."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from balancewatch import app
from balancewatch.world import RunError
from tests.provider import listed
from tests.stage import Fault, KilledError, Stage, listen, stage

SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage() as standing:
        monkeypatch.setenv("BALANCEWATCH_REPORT_DAY", "monday")
        app.parts.cache_clear()
        standing.accounts(listed(standing.provider, {"name": "prod", "token": "a-token"}))
        standing.provider.has("a-token", 30_000_000)
        standing.now = SUNDAY
        standing.tick()
        standing.heard()
        yield standing


def reports() -> list[Any]:
    """The reports that SNS accepted since the last look; there must be nothing else."""
    queue, found = boto3.client("sqs"), []
    url = queue.get_queue_url(QueueName="heard")["QueueUrl"]
    while messages := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            document = json.loads(message["Body"])
            assert document["notifications"] == []
            found.append(document["report"])
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def at(on: Stage, when: datetime, fault: Any = None) -> None:
    on.now = when
    on.tick(when, fault=fault)


@pytest.mark.usefixtures("on")
def test_a_new_stack_does_not_report_before_its_first_monday() -> None:
    assert reports() == []


def test_it_is_told_on_monday_at_nine_and_not_again_that_week(on: Stage) -> None:
    at(on, MONDAY - QUARTER)
    assert reports() == []
    at(on, MONDAY)
    (report,) = reports()
    assert (report["at"], report["count"], report["left"]) == ("2026-11-23T09:00:00Z", 1, {"USD": "60"})
    assert report["accounts"][0]["threshold"] == "10"
    for hours in (1, 24, 24 * 6):
        at(on, MONDAY + timedelta(hours=hours))
    assert reports() == []
    at(on, MONDAY + timedelta(days=7))
    (next_week,) = reports()
    assert next_week["id"] != report["id"]


def test_a_monday_without_a_run_is_made_up_for_once(on: Stage) -> None:
    at(on, MONDAY + timedelta(days=15, hours=3))
    assert len(reports()) == 1
    at(on, MONDAY + timedelta(days=15, hours=4))
    assert reports() == []


@pytest.mark.parametrize("kind", ["refuse", "lose"])
def test_what_sns_does_not_take_is_told_by_the_next_run_with_the_same_id(on: Stage, kind: str) -> None:
    """The run itself is done: alerts do not wait for a report."""
    at(on, MONDAY, lambda operation, _: kind if operation == "Publish" else None)
    first = reports()
    at(on, MONDAY + QUARTER)
    (second,) = reports()
    assert [each["id"] for each in first] == ([second["id"]] if kind == "lose" else [])
    at(on, MONDAY + 2 * QUARTER)
    assert reports() == []


def test_a_report_that_could_not_be_stored_is_not_told(on: Stage) -> None:
    def refuse(operation: str, _: int) -> str | None:
        calls = [each for each in on.calls if each[0] in {"BatchWriteItem", "PutItem"}]
        return "refuse" if operation in {"BatchWriteItem", "PutItem"} and len(calls) > 2 else None

    at(on, MONDAY, refuse)
    assert reports() == []
    assert ("report not stored", "main") in [(event, fields.get("team")) for event, fields in on.logged]
    at(on, MONDAY + QUARTER)
    assert len(reports()) == 1


def fault_at(number: int, kind: str) -> Fault:
    """A fault at the call of that number."""
    return lambda _, count: kind if count == number else None


@pytest.mark.parametrize("kind", ["kill-before", "kill-after", "refuse", "lose"])
def test_wherever_a_run_breaks_the_week_is_told_and_a_copy_has_the_same_id(on: Stage, kind: str) -> None:
    """At each call from the report's first on."""
    at(on, MONDAY)
    assert len(reports()) == 1
    calls = [operation for operation, _ in on.calls]
    first = calls.index("ListSubscriptionsByTopic") + 1
    assert calls[first:] == ["BatchWriteItem", "Publish", "UpdateItem", "UpdateItem"]
    for number in range(first, len(calls) + 1):
        on.now = MONDAY + number * timedelta(days=7)
        with suppress(KilledError, RunError):
            on.tick(on.now, fault=fault_at(number, kind))
        on.now += 2 * QUARTER  # after the dead run's lease
        on.tick(on.now)
        found = reports()
        assert len({each["id"] for each in found}) == 1, calls[number - 1]
        assert len(found) <= 2
        on.now += QUARTER
        on.tick(on.now)
        assert reports() == []


def test_with_nobody_to_hear_it_the_week_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    with stage(heard=False) as on:
        monkeypatch.setenv("BALANCEWATCH_REPORT_DAY", "monday")
        app.parts.cache_clear()
        on.accounts(listed(on.provider, {"name": "prod", "token": "a-token"}))
        on.provider.has("a-token", 30_000_000)
        at(on, SUNDAY)
        at(on, MONDAY)
        listen()
        at(on, MONDAY + QUARTER)
        assert len(reports()) == 1


def test_with_the_report_off_there_is_none(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALANCEWATCH_REPORT_DAY", "off")
    app.parts.cache_clear()
    at(on, MONDAY)
    assert reports() == []
    assert os.environ["BALANCEWATCH_REPORT_DAY"] == "off"
