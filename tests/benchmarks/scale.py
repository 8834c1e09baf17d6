"""One full team, and a hundred of them through schedule, queue and function: `make scale`.

The real handler on embedded AWS (moto) in this process, and ten gateways in another. What stands between
queue and function is played here: `TEAMS_AT_ONCE` threads that take a message, call the handler with it, and
delete it unless the answer names it. Delays are cut to a fifteenth, so that nobody waits for them.

The exit status is 1 if an account was not kept, or not told exactly once where it is low.
"""

import argparse
import contextlib
import io
import json
import math
import os
import platform
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from moto.dynamodb.models import dynamodb_backends

from balancewatch import app
from balancewatch.core.account import MAIN
from balancewatch.core.teams import LONGEST_RUN, delay_s
from tests.benchmarks.gateways import COUNT, LATENCY_S, gateways, is_low
from tests.stage import aws, heard_since, make_stack

FULL = 300
"""Accounts of a full team: some 300 fit into a secret."""
TEAMS_AT_ONCE = 5
_HURRY = 15
_INTERVAL = timedelta(minutes=15)
_PATIENCE_S = 450
_SHARE = 512 / 1769
"""Of a processor, that 512 MB of Lambda have."""
_AT_ONE_HOST = 32
"""Requests at once, where all accounts are at one gateway that answers."""
_CALL: Any = vars(BaseClient)["_make_api_call"]


class Context:
    """A function that has just begun."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + LONGEST_RUN.total_seconds()

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


@dataclass
class Meter:
    """What is asked of AWS, how much CPU that takes here, and how much is logged."""

    calls: Counter[str] = field(default_factory=Counter)
    aws_s: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def call(self, client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        if operation == "SendMessageBatch":
            entries = [
                {**entry, "DelaySeconds": entry["DelaySeconds"] // _HURRY} for entry in parameters["Entries"]
            ]
            parameters = {**parameters, "Entries": entries}
        began = time.thread_time()
        try:
            return _CALL(client, operation, parameters)
        finally:
            with self._lock:
                self.calls[operation] += 1
                self.aws_s += time.thread_time() - began


class Log(io.StringIO):
    """Standard output as CloudWatch gets it: counted, and dropped."""

    size = 0

    def write(self, text: str) -> int:
        self.size += len(text.encode())
        return len(text)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What some work took."""

    wall_s: float
    cpu_s: float
    aws_cpu_s: float
    calls: Counter[str]
    logged: int

    @property
    def own_cpu_s(self) -> float:
        return self.cpu_s - self.aws_cpu_s


class Watch:
    """Takes the time of one stretch after the other."""

    def __init__(self, meter: Meter, log: Log) -> None:
        self._meter, self._log = meter, log
        self.restart()

    def restart(self) -> None:
        self._meter.calls.clear()
        self._meter.aws_s = 0.0
        self._log.size = 0
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def stretch(self) -> Stretch:
        return Stretch(
            time.monotonic() - self._wall,
            time.process_time() - self._cpu,
            self._meter.aws_s,
            Counter(self._meter.calls),
            self._log.size,
        )


def secret(team: int, addresses: Sequence[str]) -> str:
    """The secret of a full team, its accounts at all gateways in turns."""
    first = team * FULL
    accounts = [
        {
            "name": f"a{number}",
            "provider": "laozhang",
            "token": f"token-{number}",
            "base_url": addresses[number % COUNT],
        }
        for number in range(first, first + FULL)
    ]
    return json.dumps({"defaults": {"threshold": 10}, "accounts": accounts})


def one_team(watch: Watch) -> list[Stretch]:
    """The full team `main` at five scheduled times; the first finds an empty table."""
    now = datetime.now(UTC)  # noqa: TID251  # the shell of the benchmark
    found = []
    for before in range(5, 0, -1):
        watch.restart()
        app.handler({"at": (now - before * _INTERVAL).isoformat()}, Context())
        found.append(watch.stretch())
        say(f"one full team: run {6 - before} of 5")
    return found


def many_teams(teams: int, at: datetime, queue: str, what: str) -> Sequence[float]:
    """One scheduled time of all teams: how long the handler took for each of them, in seconds."""
    until = time.monotonic() + _PATIENCE_S
    result: Any = app.handler({"at": at.isoformat()}, Context())
    took: list[float] = []

    def poll() -> None:
        client = boto3.client("sqs")
        while len(took) < len(result["queued"]) and time.monotonic() < until:
            messages = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=1).get("Messages", [])
            if not messages:
                time.sleep(0.2)
            for message in messages:
                began = time.monotonic()
                event = {"Records": [{"messageId": message["MessageId"], "body": message["Body"]}]}
                answer: Any = app.handler(event, Context())
                if answer == {"batchItemFailures": []}:
                    took.append(time.monotonic() - began)
                    client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                if len(took) % 10 == 0:
                    say(f"{teams} teams, {what}: {len(took)} of {teams}")

    with ThreadPoolExecutor(TEAMS_AT_ONCE) as pollers:
        for each in [pollers.submit(poll) for _ in range(TEAMS_AT_ONCE)]:
            each.result()
    return took


def wrongs(teams: int) -> Iterator[str]:
    """What is not as it must be after the run."""
    # Not by a scan: of so many items it takes moto minutes.
    table = dynamodb_backends["123456789012"]["us-east-1"].tables["balancewatch"]
    items = [{name: value.value for name, value in item.attrs.items()} for item in table.all_items()]
    states = sum(item["pk"].startswith("team#") and item["sk"] != "#lease" for item in items)
    histories = len({item["pk"] for item in items if item["pk"].startswith("history#")})
    done = sum("done" in item and "until" not in item for item in items if item["sk"] == "#lease")
    for what, found, wanted in (
        ("states", states, teams * FULL),
        ("accounts with a datapoint", histories, teams * FULL),
        ("teams that are done", done, teams),
    ):
        if found != wanted:
            yield f"{found} {what}, not {wanted}"
    told = Counter(each["account"] for each in heard_since() if each["kind"] == "low_balance")
    if told != Counter(f"a{number}" for number in range(teams * FULL) if is_low(number)):
        yield "not every low account was told, and each once"


def say(words: str) -> None:
    """Progress: in place on a terminal, else a line."""
    is_terminal = sys.stderr.isatty()
    sys.stderr.write(f"\r\033[K{words}" if is_terminal else f"{words}\n")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured."""

    teams: int
    first: Stretch
    usual: Sequence[Stretch]
    """One full team, at its first time and at later ones."""
    all_teams: Stretch
    took: Sequence[float]
    again: Stretch
    """All teams at the same time once more, when there is nothing to do."""

    def median(self, of: Callable[[Stretch], float]) -> float:
        return statistics.median(of(each) for each in self.usual)


def report(found: Found) -> Iterator[str]:
    """What was measured, and what follows for a million accounts."""
    first, everyone, accounts = found.first, found.all_teams, found.teams * FULL
    own_s, aws_s = found.median(lambda each: each.own_cpu_s), found.median(lambda each: each.aws_cpu_s)
    calls = found.usual[-1].calls
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, embedded AWS"
    yield f"{COUNT} gateways on loopback, each answer after {LATENCY_S * 1000:.0f} ms"
    yield ""
    yield f"One full team, {FULL} accounts: median of {len(found.usual)} runs (in brackets the first)"
    yield f"  wall       {found.median(lambda each: each.wall_s):.1f} s ({first.wall_s:.1f})"
    yield f"  CPU        {own_s:.2f} s ({first.own_cpu_s:.2f}), and in AWS's client {aws_s:.2f}"
    yield f"  AWS calls  {calls.total()}: {', '.join(f'{calls[name]} {name}' for name in sorted(calls))}"
    yield f"  log        {found.median(lambda each: each.logged) / 1000:.1f} KB"
    yield ""
    yield f"{found.teams} teams, {accounts:,} accounts, {TEAMS_AT_ONCE} functions at once in this process"
    yield f"  wall       {everyone.wall_s:.0f} s, {accounts / everyone.wall_s:.0f} accounts a second"
    yield f"  CPU        {everyone.own_cpu_s:.0f} s, and in AWS's client {everyone.aws_cpu_s:.0f}"
    yield f"  a team     {statistics.median(found.took):.1f} s, the slowest {max(found.took):.1f}"
    yield f"  handing    {everyone.calls['SendMessageBatch']} calls for {found.teams} messages"
    yield f"  again      {found.again.wall_s:.0f} s: all leave, since this time is done"
    yield f"  memory     {memory_mib:.0f} MiB at most, with AWS and its table"
    yield ""
    yield from million(own_s + aws_s)


def million(cpu_s: float) -> Iterator[str]:
    """What docs/scale.md says of a million accounts."""
    teams = -(-1_000_000 // FULL)
    names = (MAIN, *(f"team-{number:04}" for number in range(1, teams)))
    starts = Counter(delay_s(team, _INTERVAL) for team in names)
    window_s = (_INTERVAL - LONGEST_RUN).total_seconds()
    lasts_s = max(cpu_s / _SHARE, FULL / _AT_ONE_HOST * LATENCY_S)
    yield f"A million accounts: {teams:,} teams every {_INTERVAL.seconds // 60} minutes"
    yield f"  starts     at most {max(starts.values())} in a second; unspread {teams:,} in the first"
    yield f"  a team     {lasts_s:.1f} s at 512 MB, if its processor is like this one"
    yield f"  functions  {math.ceil(teams * lasts_s / window_s)} at once, on average while teams start"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--teams", type=int, default=100, help="how many, `main` among them (more than 4)")
    teams = parser.parse_args().teams
    meter, log = Meter(), Log()

    def between(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        return meter.call(client, operation, parameters)

    stage = aws(BALANCEWATCH_ACCOUNT_METRICS="off")
    with stage, gateways() as addresses, contextlib.redirect_stdout(log):
        make_stack()
        client = boto3.client("secretsmanager")
        client.put_secret_value(SecretId=os.environ["BALANCEWATCH_SECRET"], SecretString=secret(0, addresses))
        for team in range(1, teams):
            client.create_secret(Name=f"test/accounts/team-{team:04}", SecretString=secret(team, addresses))
        with patch.object(BaseClient, "_make_api_call", between):
            watch = Watch(meter, log)
            first, *usual = one_team(watch)
            queue = boto3.client("sqs").create_queue(QueueName="teams")["QueueUrl"]
            os.environ["BALANCEWATCH_TEAM_QUEUE"] = queue
            app.parts.cache_clear()
            at = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # the shell of the benchmark
            watch.restart()
            took = many_teams(teams, at, queue, "by the queue")
            all_teams = watch.stretch()
            watch.restart()
            many_teams(teams, at, queue, "the same time again")
            again = watch.stretch()
        wrong = list(wrongs(teams))
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    found = Found(teams, first, usual, all_teams, took, again)
    for line in (*report(found), *wrong):
        sys.stdout.write(f"{line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
