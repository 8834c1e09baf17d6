"""The built function under Lambda's own runtime client: cold, warm, failing, out of time, and killed."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from balancewatch_cloud import sam
from balancewatch_cloud.place import KEY, REGION, Place
from balancewatch_cloud.stack import Stack, deployed
from tests.end_to_end.ports import free_ports, silence
from tests.end_to_end.runtime import Runtime, runtime
from tests.provider import Provider, listed, provider

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(
        sys.platform != "linux", reason="the runtime interface emulator is a program for Linux"
    ),
]

CANARY = "canary-4b8e0d6f2a1c"
TIMEOUT_S = 8
Start = Callable[..., AbstractContextManager[Runtime]]
_SECONDS = count()
_HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251  # events later than the clock are refused


def event() -> dict[str, object]:
    """The schedule's next event: later than all before it."""
    at = _HOUR_AGO + timedelta(seconds=next(_SECONDS))
    return {"at": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


@pytest.fixture(scope="module")
def stack(place: Place, template: Path) -> Stack:
    """A stack of its own: here it is the function that runs elsewhere, with what the stack gave it."""
    sam.deploy(place, template, "runtime", {})
    return deployed(place, "runtime")


@pytest.fixture
def gateway() -> Iterator[Provider]:
    with provider() as answering:
        yield answering


@pytest.fixture
def inbox(stack: Stack) -> Callable[[], list[tuple[str, str, str]]]:
    """What was told since the last look, of accounts that are still there."""
    queue, client = stack.listen(), stack.place.client("sqs")

    def look() -> list[tuple[str, str, str]]:
        found: list[Any] = []
        while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found += json.loads(json.loads(message["Body"])["Message"]).get("notifications", [])
                client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [
            (each["account"], each["kind"], each["status"]) for each in found if each["kind"] != "removed"
        ]

    look()
    return look


@pytest.fixture
def start(stack: Stack, template: Path, tmp_path: Path) -> Start:
    """Starts the built function with the environment that the stack gives it, and more where it is said."""
    place = stack.place
    configured = place.client("lambda").get_function_configuration(FunctionName=stack.function)
    variables = {
        **configured["Environment"]["Variables"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_ENDPOINT_URL": place.url,
        "AWS_CA_BUNDLE": str(place.authority),
        "BALANCEWATCH_LOCAL": "1",
    }
    numbers = count()

    def started(timeout_s: int = TIMEOUT_S, **more: str) -> AbstractContextManager[Runtime]:
        (first, second), folder = free_ports(2), tmp_path / str(next(numbers))
        return runtime(folder, template.parent, (first, second), variables | more, timeout_s=timeout_s)

    return started


def summary(answer: tuple[int, str]) -> dict[str, Any]:
    status, body = answer
    assert status == 200
    (found,) = json.loads(body)["teams"]
    assert isinstance(found, dict)
    return found


def let_the_lease_run_out(stack: Stack) -> None:
    """As time would: the lease of a run that died is good until the run must have ended, and 30 s."""
    stack.place.client("dynamodb").update_item(
        TableName=stack.table,
        Key={"pk": {"S": "team#main"}, "sk": {"S": "#lease"}},
        UpdateExpression="SET #until = :past",
        ExpressionAttributeNames={"#until": "until"},
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00Z"}},
    )


def low(gateway: Provider, name: str) -> dict[str, object]:
    gateway.has(f"{CANARY}-{name}", 2_000_000)
    return {"name": name, "token": f"{CANARY}-{name}", "failures": 1}


def test_the_artefact_runs_cold_and_warm(
    stack: Stack, gateway: Provider, start: Start, inbox: Callable[[], object]
) -> None:
    stack.put_accounts(listed(gateway, low(gateway, "warm")))
    with start() as function:
        cold = summary(function.invoke(event()))
        process = function.process
        warm = summary(function.invoke(event()))
        assert function.process == process
        for found in (cold, warm):
            assert [(each["name"], each["level"]) for each in found["accounts"]] == [("warm", "warning")]
        assert inbox() == [("warm", "low_balance", "firing")]
        ours = [
            line
            for line in function.log.splitlines()
            if line and line.split()[0] not in {"START", "END", "REPORT"}
        ]
        assert [json.loads(line)["at"] for line in ours if '"done"' in line] == [cold["at"], warm["at"]]
        assert CANARY not in function.log


def test_an_error_is_a_genuine_one_and_holds_no_token(stack: Stack, start: Start) -> None:
    stack.put_accounts(f'{{"accounts": [{{"name": "x", "token": "{CANARY}" oops}}]}}')
    with start() as function:
        status, body = function.invoke(event())
        answer = json.loads(body)
        assert status == 200  # as Lambda answers: the error is in the body
        assert answer.keys() == {"errorMessage", "errorType", "requestId", "stackTrace"}
        assert answer["errorType"] == "RunsFailedError"
        assert "JSON" in answer["errorMessage"]
        assert CANARY not in body + function.log


def test_a_provider_that_says_nothing_is_told_before_the_time_is_up(
    stack: Stack, gateway: Provider, start: Start, inbox: Callable[[], object]
) -> None:
    with silence() as host:
        dumb = {"name": "dumb", "token": CANARY, "base_url": f"http://{host}", "failures": 1}
        stack.put_accounts(listed(gateway, dumb, low(gateway, "talks")))
        with start() as function:
            found = summary(function.invoke(event()))
    assert [(each["name"], each["reason"]) for each in found["accounts"]] == [
        ("dumb", "timeout"),
        ("talks", None),
    ]
    assert inbox() == [("talks", "low_balance", "firing"), ("dumb", "unreachable", "firing")]


def test_after_a_run_whose_time_was_up_the_next_tells_it_once(
    stack: Stack, gateway: Provider, start: Start, inbox: Callable[[], object]
) -> None:
    """It hangs at the secret, which it reads after it took the lease, and gives up before Lambda ends it."""
    stack.put_accounts(listed(gateway, low(gateway, "late")))
    at = event()
    with ExitStack() as running:
        reached = threading.Event()
        host = running.enter_context(silence(reached.set))
        hanging = running.enter_context(start(5, AWS_ENDPOINT_URL_SECRETS_MANAGER=f"https://{host}"))
        status, body = hanging.invoke(at)
        assert (status, json.loads(body)["errorType"]) == (
            200,
            "RunsFailedError",
        )  # so that Lambda asks again
        assert "still at work" in json.loads(body)["errorMessage"]
        assert reached.is_set()
    let_the_lease_run_out(stack)
    with start() as function:
        assert summary(function.invoke(at))["counts"]["warning"] == 1
        assert json.loads(function.invoke(at)[1])["teams"] == []
    assert inbox() == [("late", "low_balance", "firing")]


def test_after_a_run_that_was_killed_the_next_tells_it_once(
    stack: Stack, gateway: Provider, start: Start, inbox: Callable[[], object]
) -> None:
    """As Lambda kills what takes more memory than it has: here while it waits for a provider."""
    with ExitStack() as running:
        function = running.enter_context(start())
        host = running.enter_context(silence(lambda: os.kill(function.process, signal.SIGKILL)))
        fatal = {"name": "fatal", "token": CANARY, "base_url": f"http://{host}"}
        stack.put_accounts(listed(gateway, low(gateway, "survivor"), fatal))
        status, body = function.invoke(event())
        assert (status, json.loads(body)["errorType"]) == (502, "Runtime.ExitError")
        assert inbox() == []
        process = function.process
        stack.put_accounts(listed(gateway, low(gateway, "survivor")))
        assert json.loads(function.invoke(event())[1])["teams"] == []  # the lease of the dead is respected
        assert function.process != process
        let_the_lease_run_out(stack)
        assert summary(function.invoke(event()))["counts"]["warning"] == 1
        summary(function.invoke(event()))
    assert inbox() == [("survivor", "low_balance", "firing")]
