"""The stack as a user meets it: built and deployed by the SAM CLI, to AWS emulated on this machine."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import jsonschema
import pytest
from botocore.exceptions import ClientError

from balancewatch_cloud import alarms, sam
from balancewatch_cloud.happenings import Watch
from balancewatch_cloud.place import ROOT, Place
from balancewatch_cloud.stack import Stack, deployed
from tests.end_to_end.conftest import CANARY, NAMES, PARAMETERS, Deployed

pytestmark = pytest.mark.cloud

EVENTS = ROOT / "events"
SCHEMA: Any = json.loads((ROOT / "docs/notification.schema.json").read_text("utf-8"))
SCHEDULED = "2026-11-22T04:00:00Z"
ATTRIBUTES = {"severity", "status", "kind", "account", "provider", "team", "labels"}
PATIENCE_S = 100
Found = TypeVar("Found")


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # a deployed function has the clock of the machine


def eventually(look: Callable[[], Found | None], what: str) -> Found:
    """What a look finds within a bounded time: the emulator's schedules and retries take theirs."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.2)
    pytest.fail(f"{what} did not come in {PATIENCE_S} s")


def taken(place: Place, queue: str) -> list[dict[str, Any]]:
    """The messages of a queue, as they were put there; they are gone from it then."""
    client = place.client("sqs")
    found: list[dict[str, Any]] = []
    while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def peeked(place: Place, queue: str) -> dict[str, Any] | None:
    """The first message of a queue, which stays there."""
    asked = place.client("sqs").receive_message(QueueUrl=queue, VisibilityTimeout=0)
    messages = asked.get("Messages", [])
    return json.loads(messages[0]["Body"]) if messages else None


def alarmed(envelopes: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """The alarms that messages of the topic tell of, by logical id, and their new states."""
    bodies = [json.loads(each["Message"]) for each in envelopes]
    return {
        (each["AlarmName"].split("-")[1], each["NewStateValue"]) for each in bodies if "AlarmName" in each
    }


def items(stack: Stack) -> dict[tuple[str, str], dict[str, Any]]:
    """Every item of the stack's table, by its keys."""
    pages = stack.place.client("dynamodb").get_paginator("scan").paginate(TableName=stack.table)
    return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


def main_team(result: object) -> dict[str, Any] | None:
    """The summary of the one team in what the function returned; None where its run left."""
    match result:
        case {"at": str(), "teams": [dict() as summary], "queued": []}:
            return summary
        case {"at": str(), "teams": [], "queued": []}:
            return None
        case _:
            pytest.fail(f"not a result: {result}")


def at_of(result: object) -> datetime:
    assert isinstance(result, dict)
    return datetime.fromisoformat(result["at"])


@dataclass(frozen=True, slots=True)
class Ran:
    """What the first runs of the stack returned, and what came of them."""

    began: datetime
    by_event: Mapping[str, object]
    repeated: object
    queued: object
    """For a message of the queue of teams."""
    heard: list[dict[str, Any]]
    posted: list[dict[str, Any]]


@pytest.fixture(scope="module")
def ran(live: Deployed, place: Place) -> Ran:
    """Each file of `events/` once, the scheduled one first and twice: its time is the earliest."""
    began = now().replace(microsecond=0)
    results: dict[str, object] = {}
    repeated: object = None
    for path in sorted(EVENTS.glob("*.json"), key=lambda each: each.stem != "scheduled"):
        results[path.stem] = sam.invoke(place, live.stack.name, path)
        if path.stem == "scheduled":
            repeated = sam.invoke(place, live.stack.name, path)
    queued = results.pop("queue")
    heard = taken(place, live.inbox)
    posted = [live.endpoint.next("Notification") for _ in heard]
    return Ran(began, results, repeated, queued, heard, posted)


def test_each_event_file_starts_a_run(ran: Ran) -> None:
    """By hand, by the schedule, and with the placeholder that a local cloud leaves as it is."""
    assert at_of(ran.by_event["scheduled"]) == datetime.fromisoformat(SCHEDULED)
    assert ran.began <= at_of(ran.by_event["manual"]) < at_of(ran.by_event["scheduled-unreplaced"]) <= now()
    for result in ran.by_event.values():
        summary = main_team(result)
        assert summary
        assert summary["counts"]["accounts"] == len(NAMES)
        assert [(each["name"], each["level"]) for each in summary["accounts"]] == [
            ("well", "ok"),
            ("low", "warning"),
            ("refused", None),
        ]


def test_a_repeated_event_is_not_run_again(ran: Ran) -> None:
    assert main_team(ran.repeated) is None


def test_a_message_of_the_queue_is_answered_as_lambda_wants_it(ran: Ran) -> None:
    assert ran.queued == {"batchItemFailures": []}


def test_every_run_leaves_datapoints_and_every_account_a_state(ran: Ran, live: Deployed) -> None:
    found = items(live.stack)
    for result in ran.by_event.values():
        at = at_of(result).strftime("%Y-%m-%dT%H:%M:%SZ")
        well = found["history#well", at]
        assert Decimal(well["remaining"]["S"]) == 100
        assert well["raw"]["M"]["quota"] == {"S": "50000000"}
        assert found["history#refused", at]["reason"] == {"S": "unauthorized"}
    assert {("team#main", name) for name in NAMES} <= found.keys()


def test_everyone_who_listens_hears_it_once_in_the_published_form(ran: Ran) -> None:
    """Four runs; the queue and the HTTP endpoint got the same, and no more than is new."""
    for received in (ran.heard, ran.posted):
        told = [json.loads(each["Message"]) for each in received]
        for each in told:
            jsonschema.validate(each, SCHEMA)
        assert sorted(
            (each["account"], each["kind"], each["status"]) for one in told for each in one["notifications"]
        ) == [("low", "low_balance", "firing"), ("refused", "unreachable", "firing")]
        assert {each["Subject"] for each in received} == {
            "[warning] low: 4.00 USD left",
            "[warning] refused: cannot be read (unauthorized)",
        }


def test_messages_carry_what_they_can_be_filtered_by(ran: Ran) -> None:
    for each in ran.heard:
        attributes = each["MessageAttributes"]
        assert attributes.keys() == ATTRIBUTES
        assert attributes["severity"] == {"Type": "String", "Value": "warning"}
        assert attributes["labels"]["Type"] == "String.Array"
        assert json.loads(attributes["labels"]["Value"]) == ["e2e"]


def test_the_log_carries_metrics_that_cloudwatch_can_draw(ran: Ran, live: Deployed, place: Place) -> None:
    """Of the emulator's log, in the form that CloudWatch reads: counts of the fleet, and each balance."""
    list(Watch(live.stack, live.inbox, ran.began).look(now()))

    def sum_of(name: str, dimension: str, value: str, statistic: str = "Sum") -> float:
        (point,) = place.client("cloudwatch").get_metric_statistics(
            Namespace="BalanceWatch/first",
            MetricName=name,
            Dimensions=[{"Name": dimension, "Value": value}],
            StartTime=ran.began - timedelta(days=1),
            EndTime=now() + timedelta(days=1),
            Period=7 * 24 * 3600,
            Statistics=[statistic],
        )["Datapoints"]
        found: float = point[statistic]
        return found

    assert sum_of("CompletedRuns", "service", "balancewatch") == len(ran.by_event) + 1  # that of the queue
    assert sum_of("Notifications", "service", "balancewatch") == len(ran.heard)
    assert sum_of("LowAccounts", "service", "balancewatch", "Maximum") == 1
    assert sum_of("Balance", "Account", "well", "Average") == 100
    assert sum_of("Balance", "Account", "low", "Average") == 4


def test_no_token_is_in_the_log_the_table_a_message_or_a_result(
    ran: Ran, live: Deployed, place: Place
) -> None:
    pages = place.client("logs").get_paginator("filter_log_events").paginate(logGroupName=live.stack.log)
    logged = [event["message"] for page in pages for event in page["events"]]
    assert len(logged) > len(ran.by_event)
    seen = json.dumps([logged, list(items(live.stack).values()), ran.heard, ran.posted, ran.by_event])
    assert "unauthorized" in seen
    assert CANARY not in seen


@pytest.mark.usefixtures("ran")
def test_the_dashboards_widget_shows_the_accounts(live: Deployed, place: Place) -> None:
    """With a role that can only read."""
    answer = place.client("lambda").invoke(
        FunctionName=live.stack.resources["WidgetFunction"],
        Payload=b'{"widgetContext": {"theme": "dark", "width": 588}}',
    )
    html = json.loads(answer["Payload"].read())
    assert html.startswith('<div class="cwdb-no-default-styles bw bw-dark">')
    for words in (*NAMES, "100.00 USD", "4.00 USD", "the provider does not accept the token"):
        assert words in html
    assert CANARY not in html


@pytest.mark.usefixtures("ran")
def test_the_command_shows_the_accounts_of_the_stack(live: Deployed, place: Place, tmp_path: Path) -> None:
    def shown(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "balancewatch_cli", *arguments, "--stack", live.stack.name],
            env=place.environment() | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert CANARY not in done.stdout + done.stderr
        assert done.returncode in {0, 3}, done.stderr
        return done.stdout

    accounts = json.loads(shown("status", "--json"))["accounts"]
    assert {each["name"]: each["remaining"] for each in accounts} == {
        "refused": None,
        "low": "4",
        "well": "100",
    }
    assert "unauthorized" in shown("status")
    assert shown("history", "well", "--csv").count(",100,") >= len(list(EVENTS.glob("*.json"))) - 1
    shown("report", "--html", str(tmp_path / "page.html"))
    assert "4.00 USD" in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.usefixtures("ran")
def test_silence_raises_an_alarm_and_its_end_is_told(live: Deployed, place: Place) -> None:
    """Judged for a time at which no run will have been completed for long, and then for now."""
    taken(place, live.inbox)
    alarms.judge_all(place, "first-", now())
    taken(place, live.inbox)
    alarms.judge_all(place, "first-", now() + timedelta(hours=5))
    assert ("NoCompletedRun", "ALARM") in alarmed(taken(place, live.inbox))
    alarms.judge_all(place, "first-", now())
    assert ("NoCompletedRun", "OK") in alarmed(taken(place, live.inbox))


@pytest.mark.usefixtures("ran")
def test_an_update_of_the_stack_keeps_accounts_states_and_history(live: Deployed, place: Place) -> None:
    before = items(live.stack)
    taken(place, live.inbox)
    sam.deploy(place, live.template, live.stack.name, {**PARAMETERS, "Language": "zh"})
    after = deployed(place, live.stack.name)
    assert after.outputs == live.stack.outputs
    assert items(after) == before
    summary = main_team(sam.invoke(place, after.name, EVENTS / "manual.json"))
    assert summary
    assert summary["counts"]["accounts"] == len(NAMES)
    assert taken(place, live.inbox) == []


@pytest.fixture(scope="module")
def second(live: Deployed, place: Place) -> Stack:
    """Another stack beside the first, with every default; nobody has put accounts into it."""
    sam.deploy(place, live.template, "second", {})
    return deployed(place, "second")


def test_two_stacks_live_side_by_side(live: Deployed, second: Stack) -> None:
    assert not set(live.stack.resources.values()) & set(second.resources.values())


def test_until_there_are_accounts_a_run_fails_and_says_what_to_paste(second: Stack, place: Place) -> None:
    failed = sam.invoke(place, second.name, EVENTS / "manual.json")
    assert isinstance(failed, dict)
    assert failed["errorMessage"] == (
        f"team main: not configured yet: paste your accounts into the secret {second.secret}, as"
        ' {"accounts": [{"name": "my account", "provider": "laozhang", "token": "..."}]}'
    )


def test_a_run_that_fails_for_good_is_kept_with_its_reason_and_alarms(second: Stack, place: Place) -> None:
    """Started as the schedule starts it: what failed for good goes to the queue, which has an alarm."""
    inbox = second.listen()
    second.start_run()
    kept = eventually(lambda: peeked(place, second.resources["FailureQueue"]), "the failed run")
    assert kept["requestPayload"] == {}
    assert "not configured yet" in str(kept["responsePayload"])
    shown = [each.text for each in Watch(second, inbox, now()).look(now()) if each.kind == "alarm"]
    assert "AbandonedRuns: INSUFFICIENT_DATA -> ALARM" in shown


def test_the_deployed_schedule_starts_runs(live: Deployed) -> None:
    """Every minute, which is all that is changed of it; the emulator leaves the placeholder as it is."""
    before = items(live.stack).keys()
    live.stack.run_every("rate(1 minute)")
    try:
        eventually(
            lambda: [key for key in items(live.stack).keys() - before if key[0] == "history#well"],
            "a scheduled run",
        )
    finally:
        live.stack.run_every("rate(15 minutes)", on=False)


def test_deleting_the_stack_keeps_the_table_and_the_secret(second: Stack, place: Place) -> None:
    second.put_accounts('{"accounts": []}')
    assert main_team(sam.invoke(place, second.name, EVENTS / "manual.json"))
    kept = items(second)
    assert kept
    sam.delete(place, second.name)
    with pytest.raises(ClientError, match="does not exist"):
        place.client("cloudformation").describe_stacks(StackName=second.name)
    with pytest.raises(ClientError, match="NotFound"):
        place.client("lambda").get_function(FunctionName=second.function)
    assert items(second) == kept
    secret = place.client("secretsmanager").get_secret_value(SecretId=second.secret)
    assert secret["SecretString"] == '{"accounts": []}'


@pytest.mark.usefixtures("live")
def test_the_cloud_lets_in_nobody_but_its_roles(place: Place) -> None:
    """Else nothing here would show that the stack's roles are enough."""
    stranger = place.client("sns")
    stranger._request_signer._credentials.access_key = "stranger"
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        stranger.list_topics()
